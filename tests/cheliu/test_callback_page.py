"""What a callback's own page tells: whom it was about, what waits, and what was answered, in the reader's language."""

from datetime import date

FIRST_DAY = date(2026, 10, 15)


def test_the_page_leads_to_the_task_and_afterwards_shows_the_answers_in_words(made):
    made.until(FIRST_DAY)
    (visit,) = made.visits()
    page, manager = f"/callbacks/{visit.callback_no}", made.browser("postloan_manager")
    before = manager.get(page).text
    task = made.task("Task_Prepare")

    made.call_back(mileage_km=12345)
    after = manager.get(page).text
    manager.post("/language", {"language": "en"})
    english = manager.get(page).text

    assert f"/inbox/{task}" in before
    assert "准备回访" in before
    assert "回访清单</h2>" not in before
    assert "/inbox/" not in after.partition("<main")[2]
    for words in ("里程（公里）", "12345", "平时由谁使用", "本人"):
        assert words in after, words
    for words in ("Mileage (km)", "12345"):
        assert words in english, words

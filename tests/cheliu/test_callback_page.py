"""What a callback's own page tells: whom it was about, what waits, and what was answered, in the reader's language."""

from datetime import date
from random import Random
from types import SimpleNamespace

import pytest

from cheliu.demo import duties
from company.calendar import ZONE
from lending import customers
from lending.callback_contacts import CallbackContactRefused
from lending.callback_kinds import CallbackOutcome
from lending.contact_gate import Channel, ContactAttempt, Purpose, Result
from lending.personal_access import AccessKind, PersonalAccess

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


def held(made, element_id):
    """The open task of a step, taken by the post-loan manager."""
    task = made.task(element_id)
    with made.house.database.write() as session:
        made.house.engine.claim(session, task, made.who("postloan_manager"))
    return task


def calling(made):
    """The page of a callback by telephone that the post-loan manager is about to make, and his browser."""
    made.until(FIRST_DAY)
    (visit,) = made.visits()
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")
    held(made, "Task_Contact")
    return f"/callbacks/{visit.callback_no}", made.browser("postloan_manager")


def contacts(made):
    return [each for each in made.rows(ContactAttempt) if each.purpose is Purpose.CALLBACK]


@pytest.mark.feature("M-128")
def test_whoever_holds_the_task_asks_the_gate_and_then_sees_how_the_customer_is_reached(made):
    made.until(FIRST_DAY)
    (visit,) = made.visits()
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")
    page, manager = f"/callbacks/{visit.callback_no}", made.browser("postloan_manager")
    with made.house.database.read() as session:
        customer = customers.get(session, made.loan.customer_id)
        phone = customers.phone_of(session, made.house.world.vault, customer)
    manager.get(page)
    not_holding = manager.post(f"{page}/contact", {})
    task = held(made, "Task_Contact")

    led = manager.get(f"/inbox/{task}").text
    before = manager.get(page).text
    shown = manager.post(f"{page}/contact", {}).text
    made.do("postloan_manager", "Task_Contact", attempt_result="no_answer")

    assert not_holding.status_code == 403
    assert page in led
    assert phone not in before
    assert phone in shown
    assert phone not in manager.get(page).text
    (asked,) = contacts(made)
    assert (asked.allowed, asked.channel, asked.result) == (True, Channel.CALL, Result.NO_ANSWER)
    seen = [each for each in made.rows(PersonalAccess) if each.kind is AccessKind.REVEAL]
    assert {(each.field, each.reason) for each in seen} == {
        ("phone", visit.callback_no),
        ("address", visit.callback_no),
    }


@pytest.mark.feature("M-128")
def test_a_callback_at_five_past_ten_in_the_evening_is_refused_with_its_rule(made):
    page, manager = calling(made)
    local = made.clock.now().astimezone(ZONE)
    made.clock.advance(local.replace(hour=22, minute=5) - local)

    manager.get(page)
    refused = manager.post(f"{page}/contact", {})
    told = manager.get(page).text
    with pytest.raises(CallbackContactRefused) as refusal:
        made.do("postloan_manager", "Task_Contact", attempt_result="reached")

    assert refused.status_code == 303
    assert "二十二时至次日八时不得联系" in told
    assert "二十二时至次日八时不得联系" in refusal.value.text("zh")
    assert [each.rule for each in contacts(made)] == ["hours"], (
        "the question asked is kept, the contact was not made"
    )


@pytest.mark.feature("M-128")
def test_what_was_allowed_in_the_morning_is_asked_again_before_the_number_is_shown_in_the_evening(made):
    page, manager = calling(made)
    manager.get(page)
    morning = manager.post(f"{page}/contact", {})
    again = [manager.post(f"{page}/contact", {}).status_code for _look in range(7)]
    local = made.clock.now().astimezone(ZONE)
    made.clock.advance(local.replace(hour=22, minute=5) - local)
    late = made.browser("postloan_manager")
    late.get(page)
    evening = late.post(f"{page}/contact", {})

    assert (morning.status_code, evening.status_code) == (200, 303)
    assert again == [200] * 7, "to look at the number again is no second call"
    assert [each.allowed for each in contacts(made)] == [True, False]


@pytest.mark.feature("M-128")
def test_a_customer_known_to_be_dead_is_not_called_and_the_callback_ends(made):
    made.until(FIRST_DAY)
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")
    manager, page = made.browser("postloan_manager"), f"/customers/{made.loan.customer_id}"
    manager.get(page)
    manager.post(f"{page}/contact-circumstances", {"kind": "deceased", "note": "家属来函"})

    with pytest.raises(CallbackContactRefused):
        made.do("postloan_manager", "Task_Contact", attempt_result="no_answer")
    of_demo = duties.DUTIES["callback_visit", "Task_Contact"]
    answers = of_demo.answers(SimpleNamespace(player=made, loan_no=made.loan_no, lots=Random(1)))
    made.do("postloan_manager", "Task_Contact", **answers)

    assert answers == {"attempt_result": "deceased"}
    assert made.running("callback_visit") == []
    assert made.visits()[0].outcome is CallbackOutcome.DECEASED
    assert [each for each in contacts(made) if each.allowed] == []


def test_the_living_demo_ends_a_callback_in_the_way_in_which_it_was_prepared_also_after_new_year(made):
    made.until(FIRST_DAY)
    visits = SimpleNamespace(by_chance=lambda _occasion: SimpleNamespace(random=lambda: 0.0))
    work = SimpleNamespace(player=made, loan_no=made.loan_no, today=date(2027, 1, 4), borrower=visits)

    by_lot = duties.is_on_site(work)
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")

    assert by_lot
    assert not duties.is_on_site(work)

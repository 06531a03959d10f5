"""Every page: who may open it, what it carries, and how it fails."""

import re

import pytest

from company.organisation import business_date

CHINESE = re.compile("[\u3400-\u9fff]+")

# Each page with somebody who may open it.
PAGES = [
    ("/start", "front_desk"),
    ("/start", "finance_checker"),
    ("/start", "auditor"),
    ("/start", "admin"),
    ("/customers", "customer_manager"),
    ("/customers/new", "front_desk"),
    ("/customers/duplicates", "customer_manager"),
    ("/vehicles", "reviewer_l1"),
    ("/dealers", "branch_manager"),
    ("/dealers/new", "branch_manager"),
    ("/products", "reviewer_l2"),
    ("/products/NEW_STD", "reviewer_l2"),
    ("/prices", "appraiser"),
    ("/changes?all=1", "risk_committee"),
    ("/inbox", "reviewer_l1"),
    ("/inbox?tab=pool&due=late", "reviewer_l1"),
    ("/inbox?tab=pool&order=priority&q=APP&process=credit_application", "reviewer_l1"),
    ("/inbox/filter", "reviewer_l1"),
    ("/inbox/many", "reviewer_l1"),
    ("/inbox/many", "branch_manager"),
    ("/lists/opinions", "reviewer_l1"),
    ("/lists/done", "reviewer_l1"),
    ("/lists/started", "customer_manager"),
    ("/lists/copies", "finance_checker"),
    ("/phrases", "reviewer_l2"),
    ("/cases", "reviewer_l1"),
    ("/cases?q=APP", "reviewer_l1"),
    ("/cases/new", "customer_manager"),
    ("/loans", "finance_maker"),
    ("/loans?q=CY", "finance_maker"),
    ("/ledger", "finance_maker"),
    ("/ledger", "auditor"),
    ("/ledger/trial-balance", "auditor"),
    ("/ledger/trial-balance?on=2026-01-31", "branch_manager"),
    ("/fund-journal", "finance_maker"),
    ("/notices", "branch_manager"),
    ("/account", "front_desk"),
    ("/audit?since=2026-09-01&who=admin&act=sign&thing=employee", "auditor"),
    ("/staff", "auditor"),
    ("/staff/2", "admin"),
    ("/staff/new", "admin"),
    ("/incidents", "admin"),
    ("/incidents?all=1", "auditor"),
    ("/processes", "process_analyst"),
    ("/processes/credit_application", "process_analyst"),
    ("/processes/credit_application/1", "process_analyst"),
]


@pytest.mark.parametrize(("address", "username"), PAGES)
def test_a_page_opens_for_who_may_see_it_in_both_languages(house, address, username):
    browser = house.browser(username)

    chinese = browser.get(address)
    browser.post("/language", {"language": "en"})
    english = browser.get(address)

    assert (chinese.status_code, english.status_code) == (200, 200)
    shown = re.sub(r"<title>.*?</title>|\blang=\"zh-CN\">中文|value=\"[^\"]*\"", "", english.text)
    # The company's own data keep their language: texts of the deployment, a product's name, the brand's sign.
    assert set(CHINESE.findall(shown)) <= {"车", "中文", "系统", "测试部署", "新车标准贷"}


@pytest.mark.parametrize(
    ("address", "username"),
    [
        ("/cases/new", "reviewer_l1"),
        ("/ledger", "contract_officer"),
        ("/ledger", "customer_manager"),
        ("/fund-journal", "customer_manager"),
        ("/incidents", "branch_manager"),
        ("/processes", "customer_manager"),
        ("/loans", "admin"),
    ],
)
def test_a_page_is_closed_to_who_has_no_right_to_it(house, address, username):
    answer = house.browser(username).get(address)

    assert answer.status_code == 403
    assert "没有权限" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/cases/APP-310115-2026-999999",
        "/loans/CY2026SH1JK000001",
        "/documents/1",
        "/documents/9223372036854775807",
        "/inbox/1",
        "/nothing",
    ],
)
def test_what_does_not_exist_is_not_found(house, address):
    answer = house.browser("branch_manager").get(address)

    assert answer.status_code == 404
    assert "页面不存在" in answer.text


def test_the_case_of_another_branch_is_not_found(house):
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()
    address = f"/cases/{task.business_key}"

    seen = {
        name: house.browser(name).get(address).status_code for name in ("branch_manager", "branch_manager_2")
    }
    listed = house.browser("branch_manager_2").get("/cases").text

    assert seen == {"branch_manager": 200, "branch_manager_2": 404}
    assert task.business_key not in listed


def test_the_withdrawal_of_another_branchs_case_is_not_found(house):
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()

    answer = house.browser("customer_manager_2").post(f"/cases/{task.business_key}/withdraw", {"reason": "x"})

    assert answer.status_code == 404


def test_every_answer_carries_the_strict_policy(house):
    for answer in (house.visitor().get("/sign-in"), house.browser("auditor").get("/ledger")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("address", "username"), PAGES)
def test_no_page_carries_script_or_style_of_its_own(house, address, username):
    page = house.browser(username).get(address).text

    scripts = re.findall(r"<script\b([^>]*)>", page)
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", page)


def test_built_files_are_kept_by_browsers_for_a_year(house):
    visitor = house.visitor()
    script = re.search(r'src="(/assets/[^"]+)"', visitor.get("/sign-in").text)[1]

    answer = visitor.get(script)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/assets/../application.py", "/assets/%2e%2e/application.py", "/assets/.vite/x"]
)
def test_nothing_beside_the_built_files_is_handed_out(house, path):
    assert house.visitor().get(path).status_code == 404


def test_a_failure_shows_a_number_and_writes_no_personal_data(house, caplog, monkeypatch):
    phone = "".join(map(str, (139, 1234, 5678)))

    def fail(*_arguments, **_named):
        raise RuntimeError(phone)

    browser = house.browser("auditor")
    monkeypatch.setattr("web.ledger.day_asked", fail)
    answer = browser.get("/ledger/trial-balance")

    number = re.search(r"错误编号 (\w{8})", answer.text)[1]
    assert answer.status_code == 500
    assert number in caplog.text
    assert "RuntimeError" in caplog.text
    assert phone not in caplog.text + answer.text


def test_the_process_lives_and_is_ready(house):
    visitor = house.visitor()

    assert visitor.get("/healthz").json == {"status": "ok"}
    assert visitor.get("/readyz").json == {"status": "ok"}


def test_a_house_whose_schema_or_folder_is_not_its_own_is_not_ready(house, monkeypatch):
    visitor = house.visitor()

    monkeypatch.setattr("web.health.stands_at", lambda _database: "0001")
    behind = visitor.get("/readyz")
    monkeypatch.undo()
    monkeypatch.setattr("web.health.os.access", lambda _path, _mode: False)
    locked = visitor.get("/readyz")

    assert (behind.status_code, behind.json["status"]) == (503, "schema differs")
    assert (locked.status_code, locked.json["status"]) == (503, "file store unavailable")


def test_a_page_asked_for_by_an_island_after_the_session_ended_leads_to_sign_in(house):
    answer = house.visitor().client.get("/inbox/1", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_a_wrong_day_in_the_address_shows_the_business_date(house):
    page = house.browser("auditor").get("/ledger/trial-balance?on=2026-13-99").text

    with house.database.read() as session:
        assert f'value="{business_date(session)}"' in page

"""Cases and their documents: the search, the page, the withdrawal, and who may have a file."""

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from company.audit import AuditEntry
from engine.punctuality import TimerFiring
from engine.waits import Incident, Message
from lending import customers, documents, fraud
from lending.applications import Application
from lending.customers import Customer
from lending.documents import DocumentKind
from lending.fraud import Finding, FraudHit, FraudOutcome, FraudVerdict

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def case(house):
    """The number of an application of Shanghai, opened by its customer manager, with one document."""
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()
    stored = documents.store(house.wiring.files, "身份证.pdf", PDF)
    with house.database.write() as session:
        documents.attach(
            session,
            task.business_key,
            DocumentKind.RESIDENT_ID_FRONT,
            "身份证.pdf",
            stored,
            by=None,
            now=house.clock.now(),
        )
    return task.business_key


def test_a_document_is_handed_to_who_may_read_the_customer_and_that_is_written_down(house, case):
    browser = house.browser("customer_manager")
    page = browser.get(f"/cases/{case}").text

    answer = browser.get("/documents/1")

    assert "/documents/1" in page
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "document.read")).one()
    assert (entry.actor_name, entry.object_id) == ("customer_manager", "1")


@pytest.mark.parametrize(
    ("username", "status"), [("branch_manager", 200), ("branch_manager_2", 404), ("process_analyst", 403)]
)
def test_a_document_is_kept_from_other_branches_and_from_who_may_not_read_customers(
    house, case, username, status
):
    assert house.browser(username).get("/documents/1").status_code == status


def test_who_may_not_read_customers_sees_no_documents_on_the_page(house, case):
    page = house.browser("process_analyst").get(f"/cases/{case}").text

    assert "/documents/" not in page


@pytest.mark.parametrize("wanted", ["APP-310115", "app-310115", "000001"])
def test_a_case_is_found_by_a_part_of_its_number(house, case, wanted):
    assert case in house.browser("customer_manager").get("/cases", query_string={"q": wanted}).text


@pytest.mark.parametrize("wanted", ["%", "_", "' OR 1=1 --", "王", "\\", "999X", "13900000000", "x" * 500])
def test_a_search_word_is_taken_literally(house, case, wanted):
    answer = house.browser("customer_manager").get("/cases", query_string={"q": wanted})

    assert answer.status_code == 200
    assert "没有符合条件的案件。" in answer.text


def test_a_phone_is_looked_up_only_when_no_address_holds_it(house, case):
    owner = enter(house, "张三丰", ZHANG)
    with house.database.write() as session:
        session.scalars(select(Application)).one().customer_id = owner
        phone = customers.phone_of(session, house.vault, session.get_one(Customer, owner))
    browser = house.browser("customer_manager")

    sent = [browser.post("/cases", {"q": wanted}) for wanted in (phone, phone[-4:])]
    in_address = [browser.get("/cases", query_string={"q": wanted}).text for wanted in (phone, phone[-4:])]
    by_name = browser.post("/cases", {"q": "张三"})

    assert all(case in answer.text for answer in sent)
    assert not any(case in page for page in in_address)
    assert by_name.location == "/cases?q=%E5%BC%A0%E4%B8%89"
    assert "<form" in sent[0].text
    assert 'method="post" action="/cases"' in sent[0].text


@pytest.mark.feature("M-048")
def test_the_anti_fraud_checks_are_shown_to_the_risk_staff_and_not_to_who_brings_the_customer(house, case):
    judge = house.who("reviewer_l2").employee_id
    with house.database.write() as session:
        fraud.record_score(session, case, request_id="F-1", score=80, model="m", now=house.clock.now())
        found = [Finding(FraudHit.PHONE, ("APP-310115-2026-000099",))]
        fraud.conclude(session, case, found, FraudOutcome.REFER)
        verdict = FraudVerdict.CLEARED
        fraud.judge(session, case, verdict, reason="兄弟共用号码", by=judge, now=house.clock.now())

    shown = house.browser("reviewer_l2").get(f"/cases/{case}").text
    hidden = house.browser("customer_manager").get(f"/cases/{case}").text

    for words in ("APP-310115-2026-000099", "转反欺诈岗", "排除疑点", "兄弟共用号码"):
        assert words in shown
        assert words not in hidden


def test_the_customers_withdrawal_reaches_every_case_of_the_application_once(house, case):
    browser = house.browser("customer_manager")
    browser.get(f"/cases/{case}")

    for _ in range(2):
        answer = browser.post(f"/cases/{case}/withdraw", {"reason": "不买了"})

    assert answer.location == f"/cases/{case}"
    with house.database.read() as session:
        message = session.scalars(select(Message)).one()
    assert (message.name, message.correlation_key) == ("CustomerWithdrew", case)
    assert message.payload["withdrawal_reason"] == "不买了"


def test_a_withdrawal_without_a_reason_is_refused(house, case):
    browser = house.browser("customer_manager")
    browser.get(f"/cases/{case}")

    browser.post(f"/cases/{case}/withdraw", {"reason": "  "})

    assert "请填写撤回原因。" in browser.get(f"/cases/{case}").text
    with house.database.read() as session:
        assert session.scalars(select(Message)).all() == []


def test_who_only_reads_a_case_cannot_withdraw_it(house, case):
    browser = house.browser("auditor")
    page = browser.get(f"/cases/{case}").text

    answer = browser.post(f"/cases/{case}/withdraw", {"reason": "x"})

    assert "客户撤回" not in page
    assert answer.status_code == 403


def test_an_auditor_cannot_set_a_failed_step_going_again(house):
    browser = house.browser("auditor")
    browser.get("/incidents")

    assert browser.post("/incidents/1/retry").status_code == 403


def test_an_incident_that_does_not_exist_is_not_found(house):
    browser = house.browser("admin")
    browser.get("/incidents")

    assert browser.post("/incidents/1/retry").status_code == 404


def test_the_audit_tells_from_where_a_command_came(house, case):
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "instance.start")).one()

    assert entry.remote == "127.0.0.1"


def test_the_incidents_page_tells_how_late_timers_fire_and_shows_one_without_a_case(house):
    now = house.clock.now()
    with house.database.write() as session:
        session.add(
            TimerFiring(
                process_id="p", element_id="wait", due_at=now, fired_at=now, late_ms=1250, instance_id=None
            )
        )
        session.add(
            Incident(
                business_key="",
                process_id="day_end",
                element_id="s",
                name="日终定时",
                token_id=0,
                cause="business_key_unreadable",
                message="no key",
                place="",
                attempts=4,
                at=now,
            )
        )

    page = house.browser("admin").get("/incidents").text

    assert "定时器准点情况" in page
    assert "1.25 秒" in page
    assert "日终定时" in page

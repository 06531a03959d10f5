"""The pages of collections: worklist, call screen with the gate, the supervisor, agencies, the report."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from overdue_loan import OverdueLoan
from sqlalchemy import select

from cheliu.working import work_off
from company.calendar import ZONE
from company.notices import Notice
from lending import customers, loans
from lending.collections.agencies import AgencyBatch, AgencyPlacement
from lending.collections.cases import CollectionCase
from lending.collections.kinds import Action, CaseStatus, PlacementEnd, PromiseStatus
from lending.collections.promises import PromiseToPay
from lending.contact_gate import ContactAttempt
from lending.customers import Customer

COLLECTOR, SUPERVISOR = "collector", "postloan_manager"
CREDIT_CODE = "91310115MA1K4BCD6M"


class Desk(OverdueLoan):
    """What a collector does at the screen."""

    def __init__(self, home):
        super().__init__(home)
        self.browsers = {}

    def screen(self, username=COLLECTOR):
        if username not in self.browsers:
            self.browsers[username] = self.browser(username)
        browser = self.browsers[username]
        answer = browser.get(f"/collections/{self.case.case_no}")
        assert answer.status_code == 200, answer.text
        return browser, answer.text

    def dial(self, **asked):
        """Ask the gate by the button; the attempt that was written down."""
        browser, _page = self.screen()
        wanted = {"channel": "call", "person": "borrower", **asked}
        browser.post(f"/collections/{self.case.case_no}/dial", wanted)
        return self.rows(ContactAttempt)[-1]

    def result(self, code, **more):
        browser, _page = self.screen()
        answer = browser.post(f"/collections/{self.case.case_no}/result", {"result_code": code, **more})
        work_off(self.house)
        return answer


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "house")
    desk.overdue(1)
    yield desk
    desk.close()


@pytest.mark.feature("M-128")
def test_story_8_a_call_at_2205_and_the_seventh_unanswered_one_are_denied_and_logged(desk):
    desk.at(22, 5)
    refused = desk.dial()
    assert (refused.allowed, refused.rule, refused.by) == (
        False,
        "hours",
        desk.who(COLLECTOR).employee_id,
    )
    assert "二十二时至次日八时不得联系" in desk.screen()[1]

    desk.at(9)
    for _ in range(6):
        assert desk.dial().allowed
        desk.result("no_answer", again="1")
    seventh = desk.dial()
    assert (seventh.allowed, seventh.rule) == (False, "calls_per_day")
    assert desk.dial(person="unrelated", number="13912345678").rule == "unrelated_person"
    listed = desk.screen()[1]
    assert "同一号码当日未接通已达六次" in listed
    assert "不得联系无关第三人" in listed
    # The task is still there: the next day begins anew.
    assert desk.task("Task_Contact") is not None


@pytest.mark.parametrize(
    ("hour", "minute", "allowed"), [(21, 59, True), (22, 1, False), (7, 59, False), (8, 0, True)]
)
def test_the_hours_of_contact_end_at_ten_and_begin_at_eight_to_the_minute(desk, hour, minute, allowed):
    desk.at(hour, minute)

    browser, _page = desk.screen()
    asked = {"channel": "call", "person": "borrower"}
    answer = browser.post(f"/collections/{desk.case.case_no}/dial", asked, follow_redirects=True)

    attempt = desk.rows(ContactAttempt)[-1]
    assert (attempt.allowed, attempt.rule) == (allowed, "allow" if allowed else "hours")
    assert ("二十二时至次日八时不得联系" in answer.text) is not allowed


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "承诺还款日 {on} 早于今天 {today}，请填写今天或以后的日期。"),
        (31, "承诺还款日 {on} 超过三十天（最晚 {latest}）"),
    ],
)
def test_a_promise_in_the_past_or_too_far_ahead_is_refused_on_the_page_with_both_days(desk, days, said):
    desk.at(10)
    desk.dial()
    today = desk.clock.now().astimezone(ZONE).date()
    on = today + timedelta(days=days)

    answer = desk.result("connected_promise", promise_amount="100.00", promise_on=on.isoformat())

    assert answer.status_code == 422
    assert said.format(on=on, today=today, latest=today + timedelta(days=30)) in answer.text
    assert f'value="{on}"' in answer.text
    assert desk.rows(PromiseToPay) == []
    assert desk.task("Task_Contact") is not None


def test_story_14_a_complaint_about_the_debt_holds_collections_until_it_is_decided(desk):
    with desk.house.database.write() as session:
        loan = loans.get(session, desk.loan_no)
        customer = session.get_one(Customer, loan.customer_id)
        customer.owner_id, customer.unit_id = desk.who("customer_manager").employee_id, loan.unit_id
        customer_id = customer.id
    desk.at(10)
    assert desk.dial().allowed
    desk.result("no_answer", again="1")
    manager = desk.browser("customer_manager")
    manager.get(f"/customers/{customer_id}")

    manager.post(
        f"/customers/{customer_id}/complaints",
        {"way": "phone", "text": "罚息多算了", "loan_no": desk.loan_no},
    )
    work_off(desk.house)

    held = desk.case
    assert (held.status, held.held_for, held.action) == (CaseStatus.HELD, "complaint", Action.HOLD)
    assert desk.task("Task_Contact") is None
    assert desk.dial().rule == "complaint"
    assert "催收已暂停" in desk.screen()[1]
    desk.wait(days=3)
    assert desk.case.status is CaseStatus.HELD

    officer = desk.browser("complaints_officer")
    found = re.search(r"/complaints/(\d+)/answer", officer.get("/complaints").text)
    officer.post(f"/complaints/{found[1]}/answer", {"text": "罚息计算无误，已寄送明细"})
    work_off(desk.house)
    assert desk.case.status is CaseStatus.OPEN
    assert desk.task("Task_Contact") is not None
    desk.at(10)
    assert desk.dial().allowed


@pytest.mark.feature("M-124")
def test_a_contact_is_logged_with_its_number_result_and_promise(desk):
    desk.at(10)
    masked = desk.screen()[1]
    with desk.house.database.read() as session:
        customer = session.get_one(Customer, desk.case.customer_id)
        phone = customers.phone_of(session, desk.house.world.vault, customer)
    assert phone not in masked
    assert desk.dial().number_index is not None
    assert phone in desk.screen()[1]
    on = desk.clock.now().astimezone(ZONE).date() + timedelta(days=2)
    more = {"promise_amount": "1000.00", "promise_on": on.isoformat(), "contact_note": "周五发工资"}

    desk.result("connected_promise", contact_minutes="4", **more)

    page = desk.screen()[1]
    assert "周五发工资" in page
    assert 'data-promise="pending"' in page
    (made,) = desk.rows(PromiseToPay)
    assert (made.status, made.on) == (PromiseStatus.PENDING, on)
    assert desk.case.status is CaseStatus.PROMISED
    assert desk.task("Task_Contact") is None


def test_bad_results_are_refused_in_the_readers_language_and_change_nothing(desk):
    desk.at(10)
    assert desk.dial().allowed
    past = {"result_code": "connected_promise", "promise_amount": "10.00", "promise_on": "2026-10-01"}
    browser, _page = desk.screen()
    for fields, zh, en in (
        (past, "早于今天", "lies before today"),
        ({"result_code": "nonsense"}, "nonsense", "nonsense"),
        ({"result_code": "connected_promise"}, "承诺金额：必填", "Promised amount: This field is required"),
    ):
        for language, words in (("zh", zh), ("en", en)):
            browser.post("/language", {"language": language, "next": "/"})
            answer = browser.post(f"/collections/{desk.case.case_no}/result", fields, follow_redirects=True)
            assert words in answer.text
    assert desk.rows(PromiseToPay) == []
    assert desk.task("Task_Contact") is not None


@pytest.mark.feature("M-127")
def test_the_worklist_is_ordered_by_priority_with_a_suggested_script_and_the_human_decides(desk):
    browser, page = desk.screen()
    assert "data-script" in page
    assert "话术仅为建议" in page
    assert "优先级" in page
    listed = browser.get("/collections").text
    assert desk.case.case_no in listed
    assert "先办哪个由您决定" in listed
    with desk.house.database.write() as session:
        loan = loans.get(session, desk.loan_no)
        first = session.scalars(select(CollectionCase)).one()
        # Another loan of the same customer is the same line; another customer of a worse grade stands above.
        for number, (same, grade) in enumerate(((True, "A"), (False, "D"))):
            other = Customer(**_copied(session.get_one(Customer, first.customer_id)))
            if not same:
                session.add(other)
                session.flush()
            session.add(
                CollectionCase(
                    case_no=f"CS-2026-90000{number}",
                    loan_no=loan.loan_no,
                    customer_id=first.customer_id if same else other.id,
                    open_for=f"other-{number}",
                    status=CaseStatus.OPEN,
                    stage=first.stage,
                    days_past_due=1,
                    grade=grade,
                    collector_id=first.collector_id,
                    opened_on=first.opened_on,
                )
            )

    again = browser.get("/collections").text

    rows = re.findall(r"data-customer=", again)
    assert len(rows) == 2
    assert again.index("CS-2026-900001") < again.index("CS-2026-000001")
    assert "同一客户的另一笔" in browser.get("/collections/CS-2026-000001").text


def _copied(found):
    """The columns of another customer like this one."""
    columns = [column.key for column in Customer.__mapper__.column_attrs if column.key != "id"]
    return {**{key: getattr(found, key) for key in columns}, "identity_index": b"another"}


@pytest.mark.feature("M-122")
def test_the_supervisor_sees_load_and_skill_and_gives_a_case_to_another(desk):
    supervisor, page = desk.screen(SUPERVISOR)
    assert "改派" in page
    team = supervisor.get("/collections/team")
    assert team.status_code == 200
    collector_id = desk.who(COLLECTOR).employee_id
    supervisor.post(f"/collections/team/{collector_id}", {"skill": ["senior", "field"], "cases_max": "30"})
    assert " / 30" in supervisor.get("/collections/team").text
    answer = supervisor.post(f"/collections/team/{collector_id}", {"cases_max": "0"}, follow_redirects=True)
    assert "案件上限应在" in answer.text
    supervisor.post(f"/collections/{desk.case.case_no}/assign", {"collector": collector_id})
    assert desk.case.collector_id == collector_id
    refused = supervisor.post(
        f"/collections/{desk.case.case_no}/assign",
        {"collector": desk.who("legal").employee_id},
        follow_redirects=True,
    )
    assert "不是该机构的催收员" in refused.text
    assert desk.browser(COLLECTOR).get("/collections/team").status_code == 403


@pytest.mark.feature("M-126")
def test_the_report_shows_cure_rate_and_days_by_stage(desk):
    desk.overdue(31)
    desk.days(4)
    desk.say("LoanCured")

    page = desk.screen(SUPERVISOR)[0].get("/collections/report?since=2026-10-01&until=2026-12-31").text

    rows = {
        stage: re.findall(r'<td class="number">([^<]*)</td>', text)
        for stage, text in re.findall(r'data-stage="(m\d)">(.*?)</tr>', page, re.S)
    }
    assert rows["m1"][:3] == ["1", "1", "0"]
    assert rows["m2"] == ["1", "1", "1", "100.00%", "4"]


def assert_masked(desk, case_no, data):
    """The file names the case and the agency, and neither the customer, nor his number, nor the loan."""
    rows = load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    everything = "\n".join(str(cell) for row in rows for cell in row if cell is not None)
    with desk.house.database.read() as session:
        customer = session.get_one(Customer, desk.case.customer_id)
        phone = customers.phone_of(session, desk.house.world.vault, customer)
    assert case_no in everything
    assert "沪信咨询" in everything
    for secret in (customer.name, phone, desk.loan_no):
        assert secret not in everything


def outsourced(desk):
    """Legal releases the case for an agency; her browser, the case, today."""
    desk.overdue(91)
    desk.do("legal", "Task_DecideRecovery", recovery_choice="outsource", recovery_ground="多次联系未果")
    legal = desk.browser("legal")
    legal.get("/collections/agencies")
    return legal, desk.case.case_no, desk.clock.now().astimezone(ZONE).date()


@pytest.mark.feature("M-130")
def test_a_case_goes_to_an_agency_masked_until_a_day_and_comes_back(desk):
    legal, case_no, today = outsourced(desk)
    until, agency = (today + timedelta(days=60)).isoformat(), {"name": "沪信咨询", "contract_no": "WT-1"}
    bad = legal.post(
        "/collections/agencies",
        {**agency, "credit_code": "123", "contract_until": until},
        follow_redirects=True,
    )
    assert "统一社会信用代码" in bad.text
    legal.post("/collections/agencies", {**agency, "credit_code": CREDIT_CODE, "contract_until": until})
    placed = {"agency": "1", "case_no": case_no}
    for on, words in ((today.isoformat(), "应晚于今天"), ((today + timedelta(days=90)).isoformat(), "到期")):
        refused = legal.post("/collections/batches", {**placed, "expires_on": on}, follow_redirects=True)
        assert words in refused.text
    assert desk.rows(AgencyBatch) == []

    legal.post("/collections/batches", {**placed, "expires_on": (today + timedelta(days=30)).isoformat()})
    work_off(desk.house)

    assert desk.case.status is CaseStatus.PLACED
    (batch,) = desk.rows(AgencyBatch)
    file = legal.get(f"/collections/batches/{batch.batch_no}.xlsx?purpose=委外催收")
    assert_masked(desk, case_no, file.data)
    refused = legal.post(f"/collections/batches/{batch.batch_no}/recall", {"why": ""}, follow_redirects=True)
    assert "请写明收回原因" in refused.text
    legal.post(f"/collections/batches/{batch.batch_no}/recall", {"why": "客户投诉机构"})
    work_off(desk.house)
    assert desk.case.status is CaseStatus.LEGAL
    assert [each.end for each in desk.rows(AgencyPlacement)] == [PlacementEnd.RECALLED]

    # Placed again it comes back by itself after its last day.
    legal.post("/collections/batches", {**placed, "expires_on": (today + timedelta(days=5)).isoformat()})
    work_off(desk.house)
    assert desk.case.status is CaseStatus.PLACED
    desk.wait(days=7)
    assert desk.rows(AgencyPlacement)[-1].end is PlacementEnd.EXPIRED
    assert desk.case.status is CaseStatus.LEGAL
    complaint = {"way": "phone", "text": "机构态度恶劣"}
    with desk.house.database.write() as session:
        loan = loans.get(session, desk.loan_no)
        found = session.get_one(Customer, loan.customer_id)
        found.owner_id, found.unit_id = desk.who("customer_manager").employee_id, loan.unit_id
    manager = desk.browser("customer_manager")
    manager.get(f"/customers/{desk.case.customer_id}")
    manager.post(f"/customers/{desk.case.customer_id}/complaints", complaint)
    legal.post("/collections/agencies/1/complaints", {"complaint": "1"})
    performance = re.search(r'data-agency="1">(.*?)</tr>', legal.get("/collections/agencies").text, re.S)[1]
    numbers = re.findall(r'<td class="number">([^<]*)</td>', performance)
    # Placed twice, none out, none cured, nothing received, one complaint.
    assert (numbers[0], numbers[1], numbers[2], numbers[4], numbers[5]) == ("2", "0", "0", "0.00%", "1")


@pytest.mark.feature("M-123")
def test_a_notice_of_collections_leads_to_its_case(desk):
    browser, _page = desk.screen()
    assert "已分派给您" in browser.get("/notices").text
    with desk.house.database.read() as session:
        notice_id = session.scalar(select(Notice.id).where(Notice.template == "collection_assigned"))

    assert browser.post(f"/notices/{notice_id}").location.endswith(f"/collections/{desk.case.case_no}")


def test_who_has_nothing_to_do_with_a_case_does_not_see_it(desk):
    for username, status in (("front_desk", 403), ("collector_2", 404), ("auditor", 200)):
        assert desk.browser(username).get(f"/collections/{desk.case.case_no}").status_code == status
    auditor = desk.browser("auditor")
    auditor.get("/collections")
    assert auditor.post(f"/collections/{desk.case.case_no}/dial", {"channel": "call"}).status_code == 403

"""What a collector sees and writes down: arrears of today's books, results of the contact that was let through."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from overdue_loan import OverdueLoan
from sqlalchemy import event, select

from cheliu import case_money
from cheliu.working import work_off
from company.audit import AuditEntry
from company.calendar import ZONE
from company.notices import Notice
from company.organisation import business_date, unit_of
from company.people import Employee, give_role
from forms.errors import FormTooLarge
from forms.gate import CHARACTERS_MAX, VALUES_MAX
from lending import contact_circumstances, loans
from lending.collections import contact_log
from lending.collections.contact_log import (
    CollectionContact,
    ContactOfAnotherKind,
    ContactWasRefused,
    NotAskedBefore,
)
from lending.collections.kinds import CaseStatus, PromiseStatus, ResultCode
from lending.collections.promises import PromiseToPay
from lending.contact_circumstances import Circumstance, ContactCircumstance
from lending.contact_gate import Channel, ContactAttempt, Person
from lending.life import arrears, changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind

COLLECTOR, SUPERVISOR = "collector", "postloan_manager"


class Desk(OverdueLoan):
    """What a collector does at the screen of the case."""

    def __init__(self, home):
        super().__init__(home)
        self.signed_in = {}

    def by(self, username):
        if username not in self.signed_in:
            self.signed_in[username] = self.browser(username)
        return self.signed_in[username]

    def page(self, username=COLLECTOR):
        answer = self.by(username).get(f"/collections/{self.case.case_no}")
        assert answer.status_code == 200
        return answer.text

    def dial(self, channel="call", person="borrower"):
        self.page()
        asked = {
            "channel": channel,
            "person": person,
            "number": "13812345678" if person != "borrower" else "",
        }
        self.by(COLLECTOR).post(f"/collections/{self.case.case_no}/dial", asked)
        return self.rows(ContactAttempt)[-1]

    def result(self, code, **more):
        answer = self.by(COLLECTOR).post(
            f"/collections/{self.case.case_no}/result", {"result_code": code, **more}
        )
        work_off(self.house)
        return answer

    def in_days(self, days):
        return (self.clock.now().astimezone(ZONE).date() + timedelta(days=days)).isoformat()

    def hold(self, kind=Circumstance.DISPUTE):
        with self.house.database.write() as session:
            contact_circumstances.note(
                session,
                self.case.customer_id,
                kind,
                "客户来电",
                loan_no=self.loan_no,
                by=None,
                now=self.clock.now(),
            )
        work_off(self.house)

    def read(self, question, *given):
        with self.house.database.read() as session:
            return question(session, *given)


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "house")
    yield desk
    desk.close()


def late_by_day_ends(desk, days):
    """The books closed day by day until the first instalment is so many days late."""
    case_money.stand_at(desk.house, desk.clock, date(2026, 10, 15))
    case_money.run_day_ends(desk.house, desk.clock, days)


def figures(page):
    """Overdue amount and days on the page of a case."""
    return re.search(r"data-overdue>([^<]+)<", page)[1].strip("¥ "), int(
        re.search(r"data-days>(\d+)<", page)[1]
    )


@pytest.mark.feature("M-127")
def test_a_case_on_hold_shows_the_arrears_of_todays_books_as_the_loans_page_and_the_register_do(desk):
    late_by_day_ends(desk, 3)
    desk.hold()
    case_money.run_day_ends(desk.house, desk.clock, 7)
    on = desk.read(business_date)
    kept = desk.case

    page = desk.page()

    amount, days = figures(page)
    loan = desk.by(SUPERVISOR).get(f"/loans/{desk.loan_no}").text
    assert days == (on - date(2026, 10, 15)).days == int(re.search(r'data-days="(\d+)"', loan)[1])
    assert kept.days_past_due < days  # what the strategy read last is no answer
    assert Decimal(amount.replace(",", "")) > kept.overdue
    script = re.search(r"data-script>(.*?)</ol>", page, re.S)[1]
    assert f"逾期 {days} 天，共 {amount} 元" in script
    assert f"截至 {on}" in script
    listed = desk.by(COLLECTOR).get("/collections").text
    line = re.search(r"<tr data-customer=.*?</tr>", listed, re.S)[0]
    assert amount in line
    assert f"{days} 天" in line
    in_english = desk.by(COLLECTOR)
    in_english.post("/language", {"language": "en", "next": "/"})
    assert f"as of {on}" in desk.page()
    case_money.run_day_ends(desk.house, desk.clock, 1)
    register = desk.by(SUPERVISOR).get(f"/registers/overdue?until={on}").text
    row = next(row for row in re.findall(r"<tr.*?</tr>", register, re.S) if desk.loan_no in row)
    assert amount in row


def test_what_many_positions_say_of_arrears_is_what_the_events_of_each_loan_say(desk):
    """Also after a payment in part, whose penalty is no straight line until the next day-end."""
    late_by_day_ends(desk, 2)
    for _ in range(4):
        case_money.run_day_ends(desk.house, desk.clock, 1)
        with desk.house.database.write() as session:
            on = business_date(session)
            paid = Happening(EventKind.RECEIPT, on, Decimal("333.33"))
            changes.record(
                session, desk.loan_no, paid, reference=f"B-{on}", booked_on=on, now=desk.clock.now()
            )
        many = desk.read(arrears.of_loans, [desk.loan_no], on)
        assert many == {desk.loan_no: desk.read(arrears.of_loan, desk.loan_no, on)}
        assert many[desk.loan_no].days_past_due == (on - date(2026, 10, 15)).days
        case_money.run_day_ends(desk.house, desk.clock, 1)
        on = desk.read(business_date)
        many = desk.read(arrears.of_loans, [desk.loan_no, "no such loan"], on)
        assert many == {desk.loan_no: desk.read(arrears.of_loan, desk.loan_no, on)}


def about_cases(asked):
    """The questions about cases, their people and their money; a session's own upkeep is none."""
    return [words for words in asked if re.search("collection_case|customer|loan|promise", words)]


def test_a_longer_worklist_asks_no_more_questions_of_the_database(desk):
    desk.overdue(1)
    asked = []
    browser = desk.by(COLLECTOR)
    browser.get("/collections")
    event.listen(desk.house.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    browser.get("/collections")
    alone = len(about_cases(asked))
    with desk.house.database.write() as session:
        first = session.merge(desk.case)
        for number in range(5):
            columns = {
                column.key: getattr(first, column.key) for column in type(first).__mapper__.column_attrs
            }
            columns |= {"id": None, "case_no": f"CS-2026-9{number}", "open_for": f"other-{number}"}
            session.add(type(first)(**columns))
    asked.clear()

    listed = browser.get("/collections").text

    assert "CS-2026-94" in listed
    assert len(about_cases(asked)) == alone > 2


def asked_by(desk, username, address):
    """What the second look at a page asks of the database, and the page; the first one signs in."""
    browser = desk.by(username)
    browser.get(address)
    asked, engine = [], desk.house.database.engine

    def hear(*told):
        asked.append(told[2])

    event.listen(engine, "before_cursor_execute", hear)
    page = browser.get(address).text
    event.remove(engine, "before_cursor_execute", hear)
    return asked, page


@pytest.mark.feature("M-127")
def test_the_start_page_reads_a_collectors_own_cases_once_and_counts_those_of_the_company(desk):
    desk.overdue(4)
    until = desk.case.due_on
    desk.wait(days=(until - desk.clock.now().astimezone(ZONE).date()).days + 1)

    def reads(asked, table):
        return [words for words in asked if re.search(rf"FROM {table}\b", words)]

    asked, page = asked_by(desk, COLLECTOR, "/start")
    assert "我的催收案件" in page
    assert len(reads(asked, "loan_late")) == 1
    for username in ("legal", "auditor"):
        asked, page = asked_by(desk, username, "/start")
        figure = re.search(r'href="([^"]*)">在催案件</a><span class="outcome">(.*?)</span>', page)
        assert (figure[1], figure[2]) == ("/collections", "<b>1</b>")
        assert re.search(r'催收期限已过</a><span class="outcome late">1<', page)
        assert len([words for words in asked if "collection_case" in words and "count(" in words]) == 1
        assert reads(asked, "loan_late") == []


def test_the_page_of_a_case_asks_once_who_has_the_customers_cases_however_many_collectors_there_are(desk):
    desk.overdue(1)
    address = f"/collections/{desk.case.case_no}"

    def questions():
        return len(about_cases(asked_by(desk, SUPERVISOR, address)[0]))

    alone = questions()
    with desk.house.database.write() as session:
        unit = unit_of(session, loans.get(session, desk.loan_no).unit_id)
        for username in ("collector_2", "legal"):
            give_role(session, session.get_one(Employee, desk.who(username).employee_id), COLLECTOR, unit)

    assert questions() == alone > 2
    assert len(re.findall(r'<option value="\d+">[^<]*件</option>', desk.page(SUPERVISOR))) == 2


@pytest.mark.feature("M-129")
def test_a_promise_may_be_as_much_as_is_overdue_today_though_the_strategy_read_less(desk):
    late_by_day_ends(desk, 4)
    desk.at(15)
    case_money.run_day_ends(desk.house, desk.clock, 6)
    owed = desk.read(arrears.of_loan, desk.loan_no, desk.read(business_date)).overdue
    assert owed > desk.case.overdue
    assert desk.dial().allowed

    desk.result("connected_promise", promise_amount=str(owed), promise_on=desk.in_days(2))

    assert [each.amount for each in desk.rows(PromiseToPay)] == [owed]


@pytest.mark.feature("M-124")
def test_a_call_during_a_visits_task_is_written_down_as_a_call_and_the_visit_stays_to_be_made(desk):
    desk.overdue(31)
    desk.at(10)
    assert desk.task("Task_Visit") is not None
    assert desk.dial().allowed
    assert "结果单独登记，不结束任何任务" in desk.page()

    answer = desk.result("connected_refuse", contact_minutes="3", contact_note="称下周再说")

    assert answer.status_code == 303
    (made,) = desk.rows(CollectionContact)
    assert (made.result, made.minutes, made.companion_id) == (ResultCode.REFUSED, 3, None)
    assert desk.task("Task_Visit") is not None
    assert "称下周再说" in desk.page()


@pytest.mark.feature("M-129")
def test_a_promise_made_on_a_call_that_no_task_asked_for_is_recorded_awaited_and_judged(desk):
    desk.overdue(31)
    desk.at(10)
    assert desk.dial().allowed

    answer = desk.result("connected_promise", promise_amount="1000", promise_on=desk.in_days(1))

    assert answer.status_code == 303
    assert 'data-promise="pending"' in desk.page()
    assert desk.case.status is CaseStatus.PROMISED
    assert desk.task("Task_Visit") is None  # nobody goes there while the money is awaited
    desk.wait(days=4)
    (made,) = desk.rows(PromiseToPay)
    assert made.status is PromiseStatus.BROKEN


@pytest.mark.feature("M-129")
def test_a_new_promise_in_the_place_of_one_whose_day_is_over_tells_who_supervises_that_it_was_broken(desk):
    desk.overdue(1)
    desk.at(10)
    desk.dial()
    desk.result("connected_promise", promise_amount="1000", promise_on=desk.in_days(1))
    desk.clock.advance(timedelta(days=3))  # the worker has not come to judge it yet
    desk.signed_in.clear()
    assert desk.dial().allowed

    desk.result("connected_promise", promise_amount="500", promise_on=desk.in_days(2))

    statuses = [each.status for each in desk.rows(PromiseToPay)]
    assert statuses == [PromiseStatus.BROKEN, PromiseStatus.PENDING]
    asked = select(Notice.template).where(Notice.employee_id == desk.who(SUPERVISOR).employee_id)
    with desk.house.database.read() as session:
        assert list(session.scalars(asked)).count("promise_broken") == 1


@pytest.mark.feature("M-129")
def test_without_any_contact_task_a_promise_is_recorded_too(desk):
    desk.overdue(1)
    desk.at(10)
    desk.dial()
    desk.result("connected_refuse")
    assert desk.task("Task_Contact") is None
    assert desk.dial().allowed

    answer = desk.result("connected_promise", promise_amount="1000", promise_on=desk.in_days(3))

    assert answer.status_code == 303
    assert [each.amount for each in desk.rows(PromiseToPay)] == [Decimal("1000.00")]


def test_a_dispute_told_on_a_call_that_no_task_asked_for_holds_the_case(desk):
    desk.overdue(31)
    desk.at(10)
    desk.dial()

    desk.result("connected_dispute", contact_note="称已还一期")

    assert (desk.case.status, desk.case.held_for) == (CaseStatus.HELD, "dispute")


def test_what_cannot_be_recorded_names_its_field_and_keeps_what_was_typed(desk):
    desk.overdue(31)
    desk.at(10)
    desk.dial()
    typed = {
        "promise_amount": "abc",
        "promise_on": "",
        "contact_minutes": "-3",
        "contact_note": "周五发工资",
        "recording_ref": "R-77",
    }

    for language, words in (
        ("zh", ("承诺金额：", "承诺还款日：必填", "用时（分钟）：“-3”不是整数")),
        ("en", ("Promised amount: ", "Promised day: This field is required", "Minutes: “-3” is not a whole")),
    ):
        desk.by(COLLECTOR).post("/language", {"language": language, "next": "/"})
        refused = desk.result("connected_promise", **typed)
        assert refused.status_code == 422
        for said in (*words, "周五发工资", 'value="R-77"', 'value="abc"', 'value="-3"'):
            assert said in refused.text
        assert '<option value="connected_promise" selected>' in refused.text
    assert desk.rows(CollectionContact) == []
    desk.by(COLLECTOR).post("/language", {"language": "zh", "next": "/"})
    assert "用时（分钟）：" in desk.result("connected_refuse", contact_minutes="999").text


def test_the_minutes_of_a_tasks_call_are_refused_by_the_name_of_the_field(desk):
    desk.overdue(1)
    desk.at(10)
    desk.dial()

    refused = desk.result("connected_refuse", contact_minutes="-3", contact_note="称没有钱")

    assert refused.status_code == 422
    assert "用时（分钟）：不能小于 0" in refused.text
    assert "称没有钱" in refused.text
    assert desk.task("Task_Contact") is not None


def test_a_note_that_is_too_long_for_any_form_is_refused_on_the_page(desk):
    desk.overdue(1)
    desk.at(10)
    desk.dial()

    refused = desk.result("connected_refuse", contact_note="a" * (CHARACTERS_MAX + 1))

    assert refused.status_code == 422
    assert (
        f"<li>{FormTooLarge(maximum=VALUES_MAX, characters=CHARACTERS_MAX).text('zh')}</li>" in refused.text
    )
    assert desk.task("Task_Contact") is not None


def visited(desk):
    """The visit's own form, sent from the inbox."""
    desk.do(COLLECTOR, "Task_Visit", result_code="connected_refuse", visit_place="home", companion="legal")


@pytest.mark.feature("M-128")
def test_a_permission_to_call_is_none_to_visit_and_the_refusal_names_the_rule(desk):
    desk.overdue(31)
    desk.at(10)
    with pytest.raises(NotAskedBefore):
        visited(desk)
    assert desk.dial().allowed
    with pytest.raises(ContactOfAnotherKind) as refused:
        visited(desk)
    assert "电话" in refused.value.text("zh")
    desk.result("connected_refuse")
    desk.at(22, 5)
    visit = desk.dial("visit")
    assert (visit.allowed, visit.rule) == (False, "hours")
    desk.at(10)
    assert desk.dial().allowed

    with pytest.raises(ContactWasRefused) as named:
        visited(desk)

    assert visit.note in named.value.text("zh")
    assert visit.note not in named.value.text("en")
    assert desk.task("Task_Visit") is not None
    desk.result("no_answer")
    assert desk.dial("visit").allowed
    visited(desk)
    assert desk.task("Task_Visit") is None


@pytest.mark.parametrize(
    ("kind", "channel", "person", "covered"),
    [
        (contact_log.GUARANTOR_CALL, Channel.CALL, Person.GUARANTOR, True),
        (contact_log.GUARANTOR_CALL, Channel.CALL, Person.BORROWER, False),
        (contact_log.GUARANTOR_CALL, Channel.VISIT, Person.GUARANTOR, False),
        (contact_log.CALL, Channel.CALL, Person.BORROWER, True),
        (contact_log.CALL, Channel.CALL, Person.CO_BORROWER, True),
        (contact_log.CALL, Channel.CALL, Person.GUARANTOR, False),
        (contact_log.CALL, Channel.CALL, Person.RELATED, False),
        (contact_log.VISIT, Channel.VISIT, Person.RELATED, True),
        (contact_log.VISIT, Channel.CALL, Person.BORROWER, False),
    ],
)
def test_the_borrower_is_no_guarantor_and_a_call_no_visit(kind, channel, person, covered):
    assert kind.covers(ContactAttempt(channel=channel, person=person)) is covered


def test_a_call_to_the_guarantor_is_written_down_and_the_borrower_is_still_to_be_called(desk):
    desk.overdue(1)
    desk.at(10)
    assert desk.dial(person="guarantor").allowed
    assert "结果单独登记，不结束任何任务" in desk.page()
    with pytest.raises(ContactOfAnotherKind) as refused:
        desk.do(COLLECTOR, "Task_Contact", result_code="connected_refuse")
    assert "电话·借款人或共同借款人" in refused.value.text("zh")

    assert desk.result("connected_refuse").status_code == 303

    assert len(desk.rows(CollectionContact)) == 1
    assert desk.task("Task_Contact") is not None
    assert desk.dial().allowed
    desk.result("connected_refuse")
    assert desk.task("Task_Contact") is None


def test_a_permission_to_visit_is_none_to_call(desk):
    desk.overdue(1)
    desk.at(10)
    assert desk.dial("visit").allowed

    with pytest.raises(ContactOfAnotherKind):
        desk.do(COLLECTOR, "Task_Contact", result_code="connected_refuse")

    answer = desk.result("connected_refuse", companion="legal")
    assert answer.status_code == 303
    assert desk.task("Task_Contact") is not None
    assert desk.rows(CollectionContact)[-1].companion_id == desk.who("legal").employee_id


def lifted(desk, why):
    """The supervisor lifts the hold on the page of the case; the page that follows, before the worker has run."""
    (held,) = desk.rows(ContactCircumstance)
    address = f"/collections/{desk.case.case_no}/circumstances/{held.id}/lift"
    assert address in desk.page(SUPERVISOR)
    return desk.by(SUPERVISOR).post(address, {"why": why}, follow_redirects=True).text


@pytest.mark.feature("M-128")
def test_a_hold_is_lifted_for_a_reason_that_is_kept_and_the_page_says_at_once_that_it_is_over(desk):
    desk.overdue(1)
    desk.hold()
    assert "催收已暂停：对债务有争议" in desk.page()

    assert "请写明解除理由" in lifted(desk, " ")
    assert desk.rows(ContactCircumstance)[0].lifted_at is None
    page = lifted(desk, "流水已核对，客户认可")

    assert "“对债务有争议”已解除，即刻生效" in page
    assert "催收已暂停" not in page
    assert "暂停已解除，催收即刻恢复" in page
    (noted,) = [each for each in desk.rows(AuditEntry) if each.action == "contact_circumstance.lift"]
    assert noted.reason == "流水已核对，客户认可"
    work_off(desk.house)
    assert desk.case.status is CaseStatus.OPEN
    assert "暂停已解除" not in desk.page(SUPERVISOR)


def test_a_hold_lifted_beside_another_one_says_what_still_holds_the_case(desk):
    desk.overdue(1)
    desk.hold()
    with desk.house.database.write() as session:
        first = session.merge(desk.rows(ContactCircumstance)[0])
        contact_circumstances.note(
            session, first.customer_id, Circumstance.DECEASED, "家属来电", by=None, now=desk.clock.now()
        )
    address = f"/collections/{desk.case.case_no}/circumstances/{first.id}/lift"
    desk.page(SUPERVISOR)

    page = desk.by(SUPERVISOR).post(address, {"why": "已核对"}, follow_redirects=True).text

    assert "“对债务有争议”已解除；本案仍因“已身故”暂停催收" in page


@pytest.mark.feature("M-122")
def test_a_case_is_given_only_to_another_collector_and_the_page_says_when_there_is_none(desk):
    desk.overdue(1)
    address = f"/collections/{desk.case.case_no}/assign"
    assert "没有可改派的其他催收员" in desk.page(SUPERVISOR)
    same = {"collector": desk.case.collector_id}
    assert "没有改派" in desk.by(SUPERVISOR).post(address, same, follow_redirects=True).text
    second = desk.who("collector_2").employee_id
    with desk.house.database.write() as session:
        unit_id = loans.get(session, desk.loan_no).unit_id
        give_role(session, session.get_one(Employee, second), COLLECTOR, unit_of(session, unit_id))
    page = desk.page(SUPERVISOR)
    assert re.findall(r'<option value="(\d+)">[^<]*件</option>', page) == [str(second)]

    given = desk.by(SUPERVISOR).post(address, {"collector": second}, follow_redirects=True).text

    assert "1 个案件已改派给" in given
    assert desk.case.collector_id == second


@pytest.mark.parametrize(
    ("days", "element_id", "username"), [(31, "Task_Visit", COLLECTOR), (61, "Task_DecideRecovery", "legal")]
)
@pytest.mark.feature("M-125")
def test_a_task_of_the_case_shows_who_owes_how_late_and_how_much(desk, days, element_id, username):
    desk.overdue(days)
    task_id = desk.task(element_id)
    owed = desk.read(arrears.of_loan, desk.loan_no, desk.read(business_date))

    page = desk.by(username).get(f"/inbox/{task_id}", follow_redirects=True).text

    summary = re.search(r"案件摘要.*?</dl>", page, re.S)[0]
    told = dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", summary))
    assert told["逾期天数"] == str(owed.days_past_due)
    assert told["逾期金额"] == f"¥{owed.overdue:,.2f}"
    assert told["剩余本金"] == f"¥{owed.principal:,.2f}"
    assert told["阶段"] == desk.case.stage.label("zh")
    assert "陈" in told["客户"]
    assert f'href="/loans/{desk.loan_no}"' in told["贷款编号"] or username == COLLECTOR
    assert f'href="/collections/{desk.case.case_no}"' in told["催收案件"]


@pytest.mark.feature("M-127")
def test_the_collectors_day_begins_with_his_cases_and_what_is_overdue_on_them(desk):
    assert "我的催收案件" in (before := desk.by(COLLECTOR).get("/start").text)
    assert desk.loan_no not in before
    desk.overdue(4)
    owed = desk.read(arrears.of_loan, desk.loan_no, desk.read(business_date))

    page = desk.by(COLLECTOR).get("/start").text

    figure = re.search(r'href="([^"]*)">我的催收案件</a><span class="outcome">(.*?)</span>', page)
    assert figure[1] == "/collections?mine=1"
    assert f"¥{owed.overdue:,.2f}" in figure[2]
    assert "<b>1</b>" in figure[2]
    listed = re.search(r"<h2>我的催收案件</h2>.*?</section>", page, re.S)[0]
    assert desk.case.case_no in listed
    assert f"{owed.days_past_due} 天" in listed
    assert "没有在办案件" not in page
    assert "催收期限已过" not in page
    until = desk.case.due_on
    desk.wait(days=(until - desk.clock.now().astimezone(ZONE).date()).days + 1)
    assert "催收期限已过" in desk.by(COLLECTOR).get("/start").text
    others = desk.by("collector_2").get("/start").text
    assert desk.case.case_no not in others

"""Changes that a customer asks for: an extension, a plan adjusted in hardship; what is possible, refused, and left."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from cheliu.case_answers import answers
from cheliu.loan_changes import open_loan_change
from cheliu.working import work_off
from company.notices import Notice
from company.people import Employee
from forms.errors import FormRefused
from lending import customers, documents, parties
from lending.documents import DocumentKind
from lending.life import changes, events
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.positions import LoanPosition
from lending.loan_changes import (
    ChangeConsent,
    ChangeKind,
    ChangeOpen,
    ChangeStatus,
    ConsentsMissing,
    LoanChange,
    PlanHasChanged,
    RefusedFor,
)
from lending.loans import ScheduleVersion
from lending.maths.choices import Prepayment
from lending.parties import Named, PartyPlace
from lending.prepayments import LoanPrepayment

OFFICER = "contract_officer"
GUARANTOR = "360426199101010071"


def ask(made, kind, by="postloan_manager"):
    with made.house.database.write() as session:
        open_loan_change(made.house.engine, session, made.who(by), made.loan_no, kind)
    work_off(made.house)


def guaranteed(made):
    """Let somebody answer for the loan."""
    with made.house.database.write() as session:
        loan, now = made.loan, made.clock.now()
        somebody = customers.register(
            session,
            made.house.world.vault,
            name="李保证",
            identity=GUARANTOR,
            phone="13812345678",
            unit_id=loan.unit_id,
            owner_id=None,
            now=now,
        )
        borrower = customers.get(session, loan.customer_id)
        named = {PartyPlace.GUARANTOR_1: Named(somebody)}
        parties.name(session, loan.application_no, borrower, named, now=now)


def enter(made, months, **more):
    made.do(
        "postloan_manager", "Task_EnterRequest", change_months=months, change_reason="工程回款推迟", **more
    )


def inspect(made):
    made.do(
        "postloan_manager", "Task_Inspect", inspection_result="sound", inspection_note="收入稳定，车辆在用"
    )


def change_of(made):
    (change,) = made.rows(LoanChange)
    return change


def sign(made):
    made.do(OFFICER, "Task_SignAgreement", sign_state="signed", doc_signed_supplement="file:协议.pdf")


@pytest.mark.feature("M-073")
def test_an_extension_goes_from_request_over_consents_and_approval_to_a_new_schedule_version(made):
    guaranteed(made)
    ask(made, ChangeKind.EXTENSION)
    enter(made, 6)
    inspect(made)
    given = answers({"consents_state": "complete"})
    task_id = made.task("Task_CollectConsents")
    with pytest.raises(ConsentsMissing), made.house.database.write() as session:
        made.house.engine.complete(session, task_id, made.who(OFFICER), given)
    made.do(
        OFFICER,
        "Task_CollectConsents",
        consents_given=["guarantor_1"],
        doc_change_consent="file:同意书.pdf",
        consents_state="complete",
    )
    made.do("reviewer_l1", "Task_ReviewL1", review_decision="approve", review_comment="同意展期六个月")
    with made.house.database.read() as session:
        kinds = {each.kind: each.filename for each in documents.current(session, made.loan.application_no)}
    assert kinds[DocumentKind.SUPPLEMENTARY_AGREEMENT].endswith("-XY.pdf")
    assert kinds[DocumentKind.COST_SHEET].endswith("-MS.pdf")
    sign(made)

    change = change_of(made)
    assert (change.status, change.months_max) == (ChangeStatus.DONE, 24)
    with made.house.database.read() as session:
        versions = session.scalars(select(ScheduleVersion).order_by(ScheduleVersion.version)).all()
        assert [(each.version, len(each.instalments)) for each in versions] == [(1, 36), (2, 42)]
        assert sum(row.principal for row in versions[1].instalments) == Decimal("100000.00")
        assert session.scalars(select(LoanPosition.observed_until)).one() is None
    assert made.loan.maturity_date == date(2030, 3, 15)
    assert change.rows[-1][1] == date(2030, 3, 15)
    assert "loan_changed" in {note.template for note in made.rows(Notice)}
    page = made.browser("branch_manager").get(f"/loans/{made.loan_no}").text
    assert change.change_no in page
    assert "第 2 版" in page


def test_what_waits_for_approval_is_not_booked_across_a_change_that_has_begun_since(made):
    desk, address = made.browser("postloan_manager"), f"/loans/{made.loan_no}"
    asked = {"booking_date": "2026-09-15", "rate_percent": "5", "booking_reason": "优惠利率"}
    assert desk.post(f"{address}/bookings/rate_change", {**asked, "do": "send"}).status_code == 303
    ask(made, ChangeKind.EXTENSION)

    with pytest.raises(ChangeOpen) as refused:
        made.do("reviewer_l1", "Task_ApproveChange", check_decision="approve")
    returned = {"check_decision": "return", "check_comment": "展期在办"}
    made.do("reviewer_l1", "Task_ApproveChange", **returned)
    with pytest.raises(ChangeOpen):
        made.do("postloan_manager", "Task_RegisterBooking", **asked)

    assert change_of(made).change_no in refused.value.text("zh")
    with made.house.database.read() as session:
        assert not [
            each for each in events.listed(session, made.loan_no) if each.kind is EventKind.RATE_CHANGE
        ]


def test_no_early_repayment_begins_beside_a_change_and_the_page_offers_none(made):
    desk, address = made.browser("finance_maker"), f"/loans/{made.loan_no}"
    before = desk.get(address).text
    ask(made, ChangeKind.EXTENSION)
    page = desk.get(address).text

    answer = desk.post(f"{address}/prepayments", follow_redirects=True).text

    assert ("办理提前还款" in before, "办理提前还款" in page) == (True, False)
    assert f"已有在办的变更 {change_of(made).change_no}" in answer
    assert made.rows(LoanPrepayment) == []


def approved(made):
    """An extension by six months, reckoned on 15 September and waiting to be signed."""
    ask(made, ChangeKind.EXTENSION)
    enter(made, 6)
    inspect(made)
    made.do(OFFICER, "Task_CollectConsents", consents_state="complete")
    made.do("reviewer_l1", "Task_ReviewL1", review_decision="approve", review_comment="同意")


def happens(made, kind, on, amount, **facts):
    with made.house.database.write() as session:
        told = Happening(kind, on, Decimal(amount), **facts)
        changes.record(session, made.loan_no, told, reference="B-1", booked_on=on, now=made.clock.now())


def newest_rows(made):
    with made.house.database.read() as session:
        newest = session.scalars(select(ScheduleVersion).order_by(ScheduleVersion.version.desc())).first()
        return [(row.number, row.due_date, row.principal, row.interest) for row in newest.instalments]


def test_an_agreement_signed_after_the_next_instalment_was_paid_is_booked_as_it_was_printed(made):
    approved(made)
    printed = change_of(made).rows
    made.until(date(2026, 10, 15))
    happens(made, EventKind.RECEIPT, date(2026, 10, 15), "3036.76")
    made.until(date(2026, 10, 20))
    sign(made)

    assert change_of(made).status is ChangeStatus.DONE
    assert newest_rows(made) == [tuple(row[:4]) for row in printed]


def test_an_agreement_that_the_loan_has_outlived_is_refused_and_can_be_asked_for_anew(made):
    approved(made)
    made.until(date(2026, 9, 20))
    happens(made, EventKind.PREPAYMENT, date(2026, 9, 20), "30000.00", rule=Prepayment.LOWER_INSTALMENT)

    with pytest.raises(PlanHasChanged):
        sign(made)

    assert change_of(made).status is ChangeStatus.ASKED
    made.do(OFFICER, "Task_SignAgreement", sign_state="withdrawn")
    approved(made)
    sign(made)
    given_up, booked = made.rows(LoanChange)
    assert (given_up.status, booked.status) == (ChangeStatus.REFUSED, ChangeStatus.DONE)
    assert newest_rows(made) == [tuple(row[:4]) for row in booked.rows]


@pytest.mark.feature("M-073")
def test_beyond_the_limit_it_is_refused_by_itself_and_the_longest_possible_is_told(made):
    ask(made, ChangeKind.EXTENSION)
    with pytest.raises(FormRefused) as slip:
        enter(made, 25)
    enter(made, 25, beyond_limit_known=True)

    assert set(slip.value.errors) == {"beyond_limit_known"}
    change = change_of(made)
    assert (change.status, change.refused_for) == (ChangeStatus.REFUSED, RefusedFor.BEYOND_LIMIT)
    assert made.running("loan_extension") == []
    owner = [note for note in made.rows(Notice) if note.template == "loan_changed"]
    assert owner[0].facts["months_max"] == 24
    assert [each.version for each in made.rows(ScheduleVersion)] == [1]


@pytest.mark.feature("M-073")
def test_asked_after_a_due_date_was_missed_it_is_too_late(made):
    made.until(date(2026, 10, 20))
    with made.house.database.write() as session:
        changes.accrue_to(session, made.loan_no, date(2026, 10, 20), now=made.clock.now())
    ask(made, ChangeKind.EXTENSION)
    enter(made, 3)

    assert change_of(made).refused_for is RefusedFor.TOO_LATE


@pytest.mark.parametrize(
    ("day", "months", "more", "told"),
    [
        (None, 25, {"beyond_limit_known": True}, "超过可展期上限"),
        (date(2026, 10, 20), 3, {}, "申请过迟"),
    ],
)
def test_a_refused_extension_shows_the_longest_possible_on_the_loans_page_and_in_the_notice(
    made, day, months, more, told
):
    if day is not None:
        made.until(day)
        with made.house.database.write() as session:
            changes.accrue_to(session, made.loan_no, day, now=made.clock.now())
    ask(made, ChangeKind.EXTENSION)
    enter(made, months, **more)

    why = change_of(made).refused_for.label("zh")
    page = made.browser("postloan_manager").get(f"/loans/{made.loan_no}").text
    assert told in why
    assert f"{why} （最多可延长 24 个月）" in page
    (notice,) = [each for each in made.rows(Notice) if each.template == "loan_changed"][:1]
    with made.house.database.read() as session:
        username = session.get_one(Employee, notice.employee_id).username
    notices = made.browser(username).get("/notices").text
    assert f"贷款 {made.loan_no} 的展期未能办理：{why}（最多可延长 24 个月），请告知客户。" in notices


def test_a_second_request_while_one_is_open_is_refused_on_the_page_with_its_number(made):
    browser = made.browser("postloan_manager")
    browser.get(f"/loans/{made.loan_no}")
    browser.post(f"/loans/{made.loan_no}/changes/extension")
    number = change_of(made).change_no

    again = browser.post(f"/loans/{made.loan_no}/changes/extension", follow_redirects=True)

    assert f"贷款 {made.loan_no} 已有在办的变更 {number}，请先办结。" in again.text
    assert len(made.rows(LoanChange)) == 1


def test_while_a_change_is_open_the_desk_books_nothing_that_crosses_it_and_names_it(made):
    browser, address = made.browser("postloan_manager"), f"/loans/{made.loan_no}"
    form = {"booking_date": "2026-09-15", "rate_percent": "4.50", "booking_reason": "客户申请", "do": "send"}
    offered = browser.get(address).text
    browser.post(f"{address}/changes/extension")
    number = change_of(made).change_no

    page, opened = browser.get(address).text, browser.get(f"{address}/bookings/rate_change")
    tried = browser.post(f"{address}/bookings/rate_change", form)

    assert f"{address}/bookings/rate_change" in offered
    assert f"{address}/bookings/extension" not in offered
    assert f"{address}/bookings/rate_change" not in page
    assert f"变更 {number} 在办" in page
    assert f"{address}/bookings/waiver" in page
    for answer in (opened, tried):
        assert f"贷款 {made.loan_no} 已有在办的变更 {number}，请先办结。" in answer.text
    assert made.running("loan_booking") == []


def test_a_trial_of_a_past_day_says_that_everything_after_it_is_reckoned_anew(made):
    made.until(date(2026, 9, 25))
    browser, address = made.browser("postloan_manager"), f"/loans/{made.loan_no}/bookings/rate_change"
    form = {"rate_percent": "4.50", "booking_reason": "客户申请", "do": "preview"}
    browser.get(address)

    past = browser.post(address, {**form, "booking_date": "2026-09-20"}).text
    today = browser.post(address, {**form, "booking_date": "2026-09-25"}).text

    assert "业务日期 2026-09-20 早于营业日期" in past
    assert "试算结果" in today
    assert "早于营业日期" not in today


@pytest.mark.feature("M-073")
def test_a_consent_refused_or_taken_back_before_signing_ends_the_request(made):
    guaranteed(made)
    ask(made, ChangeKind.EXTENSION)
    with pytest.raises(ChangeOpen):
        ask(made, ChangeKind.HARDSHIP)
    enter(made, 6)
    inspect(made)
    made.do(OFFICER, "Task_CollectConsents", consents_state="refused")
    assert change_of(made).refused_for is RefusedFor.CONSENT

    ask(made, ChangeKind.EXTENSION)
    enter(made, 6)
    inspect(made)
    made.do(OFFICER, "Task_CollectConsents", consents_given=["guarantor_1"], consents_state="complete")
    made.do("reviewer_l1", "Task_ReviewL1", review_decision="approve", review_comment="同意")
    made.do(OFFICER, "Task_SignAgreement", sign_state="withdrawn")

    assert [each.refused_for for each in made.rows(LoanChange)] == [RefusedFor.CONSENT] * 2
    with made.house.database.read() as session:
        given = [
            row.given for row in session.scalars(select(ChangeConsent).order_by(ChangeConsent.change_id))
        ]
        assert given == [False, True]
        assert session.scalars(select(ScheduleVersion.version)).all() == [1]


@pytest.mark.feature("M-075")
def test_hardship_with_evidence_becomes_an_adjusted_plan_that_is_observed_for_a_year(made):
    ask(made, ChangeKind.HARDSHIP)
    made.do(
        "postloan_manager",
        "Task_EnterRequest",
        change_months=6,
        change_holiday=3,
        change_reason="失业，已找到新工作",
        doc_hardship_evidence="file:失业证明.pdf",
    )
    inspect(made)
    made.do(OFFICER, "Task_CollectConsents", consents_state="complete")
    made.do("reviewer_l2", "Task_ReviewL2", review_decision="approve", review_comment="同意")
    sign(made)

    with made.house.database.read() as session:
        newest = session.scalars(select(ScheduleVersion).order_by(ScheduleVersion.version.desc())).first()
        assert [row.principal for row in newest.instalments[:3]] == [Decimal("0.00")] * 3
        assert len(newest.instalments) == 42
        assert session.scalars(select(LoanPosition.observed_until)).one() == date(2027, 9, 15)
    assert (change_of(made).status, change_of(made).is_hardship) == (ChangeStatus.DONE, True)

    ask(made, ChangeKind.HARDSHIP)
    made.do(
        "postloan_manager",
        "Task_EnterRequest",
        change_months=0,
        change_holiday=1,
        change_reason="又一次困难",
        doc_hardship_evidence="file:证明.pdf",
    )
    assert made.rows(LoanChange)[-1].refused_for is RefusedFor.TOO_SOON


@pytest.mark.feature("M-115")
def test_hardship_found_in_a_callback_starts_the_adjusted_plan(made):
    made.until(date(2026, 10, 15))
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")
    made.do("postloan_manager", "Task_Contact", attempt_result="reached")
    made.do("postloan_manager", "Task_FillChecklist", sample="callback_good", difficulty=8)

    (case,) = made.running("restructuring")
    assert case.business_key == made.loan.application_no
    assert change_of(made).kind is ChangeKind.HARDSHIP
    assert made.task("Task_EnterRequest") is not None


def test_the_page_of_the_loan_offers_it_to_who_may_ask(made):
    assert "申请展期" not in made.browser("auditor").get(f"/loans/{made.loan_no}").text
    browser = made.browser(OFFICER)
    assert "申请展期" in browser.get(f"/loans/{made.loan_no}").text

    answer = browser.post(f"/loans/{made.loan_no}/changes/extension")

    assert answer.status_code == 303
    assert change_of(made).asked_by == made.who(OFFICER).employee_id
    assert "申请展期" not in browser.get(f"/loans/{made.loan_no}").text

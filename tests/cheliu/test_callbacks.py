"""Callbacks on their day: planned by the tables, begun once by the poll on working days, ended with their loan."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from cheliu import callbacks as planner
from cheliu.case_house import BUSINESS_DATE, copy_house
from cheliu.wiring import product_bundle
from cheliu.working import work_off
from company import parameters
from company.notices import Notice
from company.organisation import the_company
from company.people import SYSTEM
from engine.bundles import Bundle
from engine.tasks import Instance
from lending import callbacks, contacts, loans, scores
from lending.breaches import LoanBreach
from lending.callback_kinds import AttemptResult, CallbackOutcome, CallbackStatus, PlanReason
from lending.callbacks import AttemptToday, CallbackAttempt, PlannedInPast
from lending.contacts import CallbackRecord, Complaint
from lending.identity_checks import IdentityCheck
from lending.life import changes, quotes

FIRST_DAY = date(2026, 10, 15)
MANAGER = "postloan_manager"


def restart(made, home):
    """Close the house and open a copy of it."""
    made.close()
    made.house, _bank, made.clock = copy_house(made.home, home)
    made.home = home


def arrange(made, day):
    with made.house.database.write() as session:
        loan = loans.get(session, made.loan_no)
        today = the_company(session).business_date
        return callbacks.arrange(session, loan, day, today=today, now=made.clock.now())


@pytest.mark.feature("M-107")
def test_the_first_callback_is_planned_thirty_days_after_the_pay_out_and_begins_by_itself(made):
    (visit,) = made.visits()
    assert (visit.planned_on, visit.reason) == (FIRST_DAY, PlanReason.FIRST)

    made.until(FIRST_DAY - timedelta(days=1))
    assert made.running("callback_visit") == []
    made.days(1)

    (case,) = made.running("callback_visit")
    assert case.business_key == made.loan.application_no
    assert made.task("Task_Prepare") is not None


def test_a_callback_of_next_march_survives_restart_upgrade_and_clock_change_and_begins_once(made, tmp_path):
    """Done when 3 of the issue: planned for a Sunday in March it begins on the Monday, once."""
    sunday = date(2027, 3, 14)
    arrange(made, sunday)
    restart(made, tmp_path / "restarted")
    changed = product_bundle()
    diagram = changed.files["callback_visit/callback_visit.bpmn"].replace(
        "准备回访".encode(), "准备本次回访".encode()
    )
    with made.house.database.write() as session:
        newer = Bundle(changed.name, {**changed.files, "callback_visit/callback_visit.bpmn": diagram})
        made.house.engine.deploy(session, newer, SYSTEM, "a new version")
    made.clock.advance(timedelta(days=400))
    work_off(made.house)
    assert made.running("callback_visit") == []
    # The house that is opened again has the clock of its first day.
    restart(made, tmp_path / "clock put back")
    work_off(made.house)

    with made.house.database.write() as session:
        the_company(session).business_date = sunday
    work_off(made.house)
    assert made.running("callback_visit") == []
    with made.house.database.write() as session:
        the_company(session).business_date = sunday + timedelta(days=1)
    for _ in range(3):
        work_off(made.house)

    assert len(made.running("callback_visit")) == 1
    assert len(made.rows(Instance, process_id="callback_visit")) == 1
    (visit,) = made.visits()
    assert (visit.status, visit.started_on) == (CallbackStatus.PREPARING, date(2027, 3, 15))


@pytest.mark.feature("M-106")
def test_the_interval_follows_the_outcome_and_is_planned_anew_when_arrears_appear(made):
    made.until(FIRST_DAY)
    made.call_back()

    done, coming = made.visits()
    assert (done.outcome, done.ended_on) == (CallbackOutcome.GOOD, FIRST_DAY)
    # Grade C up to six months: every two months, half as long again after a good one.
    assert coming.basis["months"] == Decimal("3.0")
    assert coming.planned_on == date(2027, 1, 15)

    with made.house.database.write() as session:
        changes.accrue_to(session, made.loan_no, date(2026, 10, 25), now=made.clock.now())
    made.until(date(2026, 10, 25))

    moved = made.visits()[-1]
    assert moved.reason is PlanReason.CHANGED
    # One to thirty days late: a month after the last one.
    assert (moved.basis["days_past_due"], moved.planned_on) == (10, date(2026, 11, 15))
    with made.house.database.write() as session:
        scores.record(
            session, made.loan.application_no, score=570, grade="D", inputs={}, now=made.clock.now()
        )
    made.days(1)
    # Grade D, one to thirty days late: half a month after the last one, but not before today.
    assert made.visits()[-1].planned_on == date(2026, 10, 30)


@pytest.mark.feature("M-117")
def test_two_good_callbacks_running_double_the_interval(made):
    made.until(FIRST_DAY)
    made.call_back()
    arrange(made, FIRST_DAY + timedelta(days=1))
    made.days(1)
    made.call_back()

    coming = made.visits()[-1]
    assert (coming.basis["factor"], coming.basis["months"]) == (Decimal(2), Decimal(4))


def test_nobody_is_tried_twice_a_day_or_a_fourth_time(made):
    made.until(FIRST_DAY)
    made.do(MANAGER, "Task_Prepare", visit_method="phone")
    made.do(MANAGER, "Task_Contact", attempt_result="no_answer")
    (visit,) = made.visits()

    with pytest.raises(AttemptToday), made.house.database.write() as session:
        callbacks.attempt(
            session,
            visit.callback_no,
            AttemptResult.REACHED,
            note=None,
            on=FIRST_DAY,
            by=None,
            now=made.clock.now(),
        )
    assert made.task("Task_Contact") is None
    made.days(1)
    made.do(MANAGER, "Task_Contact", attempt_result="no_answer")
    made.days(3)
    made.do(MANAGER, "Task_Contact", attempt_result="wrong_person")

    ended = made.visits()[0]
    attempts = [(each.number, each.made_on) for each in made_attempts(made)]
    assert attempts == [(1, FIRST_DAY), (2, date(2026, 10, 16)), (3, date(2026, 10, 19))]
    assert (ended.status, ended.outcome) == (CallbackStatus.UNREACHABLE, CallbackOutcome.UNREACHABLE)
    assert made.visits()[1].planned_on == date(2026, 10, 26)
    assert {note.template for note in made.rows(Notice)} >= {"callback_warning"}


def made_attempts(made):
    with made.house.database.read() as session:
        return list(session.scalars(select(CallbackAttempt).order_by(CallbackAttempt.number)))


@pytest.mark.feature("M-110")
def test_what_a_third_party_says_is_attached_to_the_callback(made):
    made.until(FIRST_DAY)
    (visit,) = made.visits()

    assert visit.third_party["third_identity"] == "agrees"
    assert visit.third_party["on"] == FIRST_DAY
    request = visit.third_party["request_id"]
    (check,) = [each for each in made.rows(IdentityCheck) if each.request_id == request]
    assert check.customer_id == made.loan.customer_id
    page = made.browser(MANAGER).get(f"/callbacks/{visit.callback_no}").text
    assert "第三方：姓名与证件号" in page


@pytest.mark.feature("M-108")
def test_a_talk_is_kept_with_script_recording_duration_and_answers(made):
    made.until(FIRST_DAY)
    made.do(MANAGER, "Task_Prepare", visit_method="phone")
    browser = made.browser(MANAGER)
    task_id = made.task("Task_Contact")
    browser.get("/inbox")
    browser.post(f"/inbox/{task_id}/claim")
    assert json.dumps("先核对至少两项身份信息")[1:-1] in browser.get(f"/inbox/{task_id}").text
    made.do(MANAGER, "Task_Contact", attempt_result="reached")
    made.do(MANAGER, "Task_FillChecklist", sample="callback_good")

    done = made.visits()[0]
    assert (done.duration_minutes, done.recording_ref) == (15, "REC-20261015-01")
    assert (done.answers["use_found"], done.answers["nps"]) == ("private", 9)
    (said,) = made.rows(CallbackRecord)
    assert (said.reached, said.loan_no) == (True, made.loan_no)


def test_a_pledge_warns_red_and_asks_the_law_in_the_same_minute(made):
    """Story 10 of the acceptance stories."""
    made.until(FIRST_DAY)
    made.call_back(third_party_claim="pledged")

    (breach,) = made.rows(LoanBreach)
    assert breach.found is CallbackOutcome.SECOND_PLEDGE
    assert made.task("Task_ReviewBreach") is not None
    told = [note for note in made.rows(Notice) if note.template == "callback_warning"]
    assert {note.facts["warning"] for note in told} == {"red"}
    assert {note.at for note in told} == {made.clock.now()}
    assert {made.who(role).employee_id for role in ("legal", "risk_committee")} <= {
        note.employee_id for note in told
    }


@pytest.mark.feature("M-116")
def test_misuse_starts_the_review_by_law(made):
    made.until(FIRST_DAY)
    made.call_back(use_found="ride_hailing")

    assert [case.business_key for case in made.running("breach_review")] == [made.loan.application_no]
    made.do("legal", "Task_ReviewBreach", breach_decision="accelerate", breach_comment="自用车营运")
    assert made.running("breach_review") == []
    assert "breach_pursued" in {note.template for note in made.rows(Notice)}
    page = made.browser("legal").get("/notices").text
    assert page


def test_a_complaint_made_in_a_callback_goes_to_the_complaints_officers(made):
    made.until(FIRST_DAY)
    made.call_back(complaint_text="扣款短信太晚")

    (complaint,) = made.rows(Complaint)
    with made.house.database.read() as session:
        words = contacts.words_of(session, made.house.world.vault, complaint)
    assert (words, complaint.loan_no) == ("扣款短信太晚", made.loan_no)


def test_a_loan_that_is_settled_ends_its_callback_under_way_cleanly(made):
    made.until(FIRST_DAY)
    asked = ("/bookings/waiver", f"{made.loan_no}/quotes")
    manager = made.browser(MANAGER)
    offered = manager.get(f"/loans/{made.loan_no}").text
    assert [way for way in asked if way in offered] == [*asked]
    made.do(MANAGER, "Task_Prepare", visit_method="phone")
    task_id = made.task("Task_Contact")
    with made.house.database.write() as session:
        now, maker = made.clock.now(), made.who("finance_maker").employee_id
        quote = quotes.quote(session, made.loan_no, pay_on=FIRST_DAY, today=FIRST_DAY, now=now)
        quotes.settle(
            session,
            quote.quote_no,
            quote.total,
            on=FIRST_DAY,
            reference="CMB-END",
            booked_on=FIRST_DAY,
            now=now,
            by=maker,
        )
    work_off(made.house)

    assert made.running("callback_visit") == []
    (visit,) = made.visits()
    assert (visit.status, visit.open_for, visit.note) == (CallbackStatus.CANCELLED, None, "已结清")
    assert task_id is not None
    assert made.task("Task_Contact") is None
    made.days(2)
    assert len(made.visits()) == 1
    offered = manager.get(f"/loans/{made.loan_no}").text
    assert not [way for way in asked if way in offered]


@pytest.mark.feature("M-121")
def test_a_sample_is_checked_by_another_person_and_the_duration_is_kept(made):
    with made.house.database.write() as session:
        parameters.publish(
            session,
            "callback_quality_share",
            Decimal(1),
            valid_from=BUSINESS_DATE,
            source_text="a test's house",
            approved_by="a test",
        )
    made.until(FIRST_DAY)
    made.call_back()

    made.do("branch_manager", "Task_CheckQuality", quality_score="4", quality_note="话术完整")
    done = made.visits()[0]
    assert (done.sampled, done.quality_score, done.duration_minutes) == (True, 4, 15)
    page = made.browser(MANAGER).get("/callbacks?month=2026-10").text
    assert "1 件，平均 4.0 分" in page
    assert "15 分钟" in page


def test_a_plan_lies_ahead(made):
    with pytest.raises(PlannedInPast):
        arrange(made, BUSINESS_DATE - timedelta(days=1))
    assert planner.work_off(made.house) == 0

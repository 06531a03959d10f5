"""Work of the poll that fails waits, longer each time, with its reason; it holds up nothing else."""

from datetime import date, timedelta

import pytest
from paid_loan import PaidLoan

from cheliu import callbacks, revaluing
from cheliu.working import work_off
from company import postponed
from company.notices import Notice
from company.organisation import business_date
from company.postponed import PostponedWork
from engine.errors import AlreadyRunning
from lending import callbacks as domain_callbacks
from lending import loans, revaluations
from lending.callback_kinds import CallbackStatus
from lending.collections import cases
from lending.collections.kinds import CaseStatus
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import LoanStatus
from lending.revaluations import RevaluationRun

WRONG = "customer 13812345678 has no desk"


@pytest.fixture
def made(tmp_path):
    one = PaidLoan(tmp_path / "house")
    yield one
    one.close()


@pytest.fixture
def broken(made, monkeypatch):
    """The callback that is due cannot begin: what it asks for is missing."""
    whole = callbacks.begin

    def begin(engine, session, callback_no):
        whole(engine, session, callback_no)
        raise KeyError(WRONG)

    with monkeypatch.context() as patched:
        patched.setattr(callbacks, "begin", begin)
        made.until(made.visits()[0].planned_on)
        yield patched


def waiting(made):
    return made.rows(PostponedWork)


def later(made, **span):
    made.clock.advance(timedelta(**span))
    work_off(made.house)


def test_what_fails_waits_longer_each_time_and_nothing_of_it_stays(made, broken):
    (first,) = waiting(made)
    work_off(made.house)
    at_once = waiting(made)[0].attempts
    later(made, minutes=1)
    second = waiting(made)[0]
    later(made, minutes=1)
    before_its_time = waiting(made)[0].attempts
    later(made, minutes=1)
    third = waiting(made)[0]

    assert (first.kind, first.cause, first.attempts) == ("callback_begin", "KeyError", 1)
    assert (at_once, before_its_time) == (1, 2)
    assert [each.due_at - each.last_at for each in (first, second, third)] == [
        timedelta(minutes=minutes) for minutes in (1, 2, 4)
    ]
    assert "13812345678" not in first.reason["zh"]
    assert made.visits()[0].status is CallbackStatus.PLANNED, "nothing of the try stays"
    assert made.running("callback_visit") == []


def test_it_is_told_to_the_administrator_once_and_shown_and_tried_again_at_a_persons_word(made, broken):
    later(made, minutes=5)
    told = [each for each in made.rows(Notice) if each.template == "work_postponed"]
    admin = made.browser("admin")
    page, notices = admin.get("/incidents").text, admin.get("/notices").text
    (work,) = waiting(made)
    broken.undo()
    answer = admin.post(f"/incidents/postponed/{work.id}/retry")
    work_off(made.house)

    assert len(told) == 1
    assert "发起到期回访" in page
    assert "发起到期回访" in notices
    assert "KeyError" in page
    assert answer.status_code == 303
    assert waiting(made) == []
    assert [each.process_id for each in made.running("callback_visit")] == ["callback_visit"]
    assert "后台工作待重试" not in admin.get("/incidents").text


def test_a_callback_that_could_not_begin_and_is_given_up_waits_no_more(made, broken):
    with made.house.database.write() as session:
        given_up = {"on": business_date(session), "note": "作废"}
        domain_callbacks.cancel(session, made.visits()[0].callback_no, **given_up)
    before = len(waiting(made))
    later(made, minutes=1)

    assert before == 1
    assert waiting(made) == []


def test_a_callback_that_waits_for_a_running_case_is_no_fault_on_the_start_page(made, monkeypatch):
    def begin(engine, session, callback_no):
        raise AlreadyRunning(process_id="callback_visit", business_key=callback_no)

    monkeypatch.setattr(callbacks, "begin", begin)
    made.until(made.visits()[0].planned_on)

    assert [each.cause for each in waiting(made)] == ["already_running"]
    assert "技术故障待处理" not in made.browser("admin").get("/start").text


def test_a_callback_that_cannot_begin_is_a_fault_on_the_start_page(made, broken):
    assert "技术故障待处理" in made.browser("admin").get("/start").text


def test_the_other_work_of_the_poll_goes_on(made, broken):
    with made.house.database.read() as session:
        run = revaluations.last_run(session)
        assert run is not None
        assert run.ended_at is not None


def test_a_collection_that_does_not_close_is_tried_again_and_closes_as_sold(made, monkeypatch):
    with made.house.database.write() as session:
        on = business_date(session)
        loan = loans.get(session, made.loan_no)
        case = cases.open_case(session, loan, 5, on=on)
        case_no = case.case_no
        told = Happening(EventKind.ASSIGNMENT, on, reason="转让", amount=loan.principal)
        changes.record(session, made.loan_no, told, reference="ZR-1", booked_on=on, now=made.clock.now())
        assert loan.status is LoanStatus.TRANSFERRED
    work_off(made.house)

    (work,) = [each for each in waiting(made) if each.kind == "collection_end"]
    assert (work.key, work.cause, work.attempts) == (case_no, "collection_not_closed", 1)
    work_off(made.house)
    assert [each.attempts for each in waiting(made) if each.kind == "collection_end"] == [1]
    with made.house.database.write() as session:
        cases.close(session, cases.get(session, case_no), CaseStatus.SOLD, on=on)
    later(made, minutes=1)
    assert [each for each in waiting(made) if each.kind == "collection_end"] == []


def test_a_revaluation_that_failed_and_that_another_worker_has_ended_waits_no_more(made):
    with made.house.database.write() as session:
        run = revaluations.last_run(session)
        run.ended_at = None
        run.lease_until = made.clock.now() + timedelta(minutes=5)
        facts = {"cause": "KeyError", "reason": {"zh": "坏", "en": "bad"}, "now": made.clock.now()}
        postponed.postpone(session, revaluing.RUN, revaluing.CARS, **facts)
    later(made, minutes=2)
    while_it_runs = [each.kind for each in waiting(made)]
    with made.house.database.write() as session:
        revaluations.last_run(session).ended_at = made.clock.now()
    work_off(made.house)

    assert while_it_runs == [revaluing.RUN]
    assert waiting(made) == []


def test_a_revaluation_whose_worker_died_is_taken_over_behind_the_last_car(made):
    day = date(2026, 9, 15)
    now = made.clock.now()
    with made.house.database.write() as session:
        session.query(RevaluationRun).delete()
    with made.house.database.write() as session:
        held = revaluations.claim(session, day, now=now)
        dead = revaluations.note(
            session, held, revaluations.Done(7, 0, 0), after="0", complete=False, now=now
        )
    revaluing.work_off(made.house)
    with made.house.database.read() as session:
        run = revaluations.last_run(session)
        assert (run.lease_version, run.ended_at) == (1, None), "its lease is not over"
    made.clock.advance(revaluations.LEASE)

    revaluing.work_off(made.house)

    with made.house.database.read() as session:
        run = revaluations.last_run(session)
        assert (run.day, run.lease_version, run.valued) == (day, 2, 7)
        assert run.ended_at == made.clock.now()
    with pytest.raises(revaluations.RunTakenOver), made.house.database.write() as session:
        revaluations.note(
            session, dead, revaluations.Done(1, 0, 0), after="9", complete=True, now=made.clock.now()
        )


@pytest.mark.parametrize(("what", "status"), [("postponed/{}", 303), ("{}", 404)])
def test_what_has_no_number_that_could_be_is_not_tried_again(made, what, status):
    admin = made.browser("admin")
    assert admin.get(f"/incidents?before={2**70}").status_code == 200

    assert admin.post(f"/incidents/{what.format(2**70)}/retry").status_code == status


def test_a_worker_that_still_values_for_an_earlier_day_meets_the_run_of_the_next(made):
    now = made.clock.now()
    with made.house.database.write() as session:
        session.query(RevaluationRun).delete()
    with made.house.database.write() as session:
        held = revaluations.claim(session, date(2026, 9, 15), now=now)
    with made.house.database.write() as session:
        revaluations.claim(session, date(2026, 9, 16), now=now)

    done = revaluations.Done(7, 0, 0)
    with pytest.raises(revaluations.RunTakenOver), made.house.database.write() as session:
        revaluations.note(session, held, done, after="0", complete=False, now=now)

    with made.house.database.read() as session:
        run = session.get_one(RevaluationRun, date(2026, 9, 15))
        assert (run.valued, run.ended_at) == (0, now), "it stays ended"

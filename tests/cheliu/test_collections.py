"""Collections: opened and cured by the day-end's messages, strategy by stage, promises, holds, letters, recovery."""

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from overdue_loan import OverdueLoan
from pypdf import PdfReader
from sqlalchemy import select

from cheliu.contact_rules import ContactRules
from cheliu.wiring import PROCESSES
from company.calendar import ZONE
from company.notices import Notice
from company.organisation import unit_of
from company.people import Employee, give_role
from lending import contact_circumstances, loans
from lending.collections import assignment, cases, contact_log, recovery, strategy
from lending.collections.cases import StagePassage
from lending.collections.contact_log import NotAskedBefore, VisitNeedsTwo
from lending.collections.kinds import Action, CaseStatus, PromiseStatus, Recovery, Skill, Stage
from lending.collections.letters import CollectionLetter
from lending.collections.promises import PromiseBeyondDebt, PromiseInPast, PromiseTooFar, PromiseToPay
from lending.collections.recovery import CollectionRecovery
from lending.contact_circumstances import Circumstance, ContactCircumstance
from lending.contact_gate import Channel, ContactAttempt, Person
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import LoanStatus

COLLECTOR, SUPERVISOR = "collector", "postloan_manager"


@pytest.fixture
def late(tmp_path):
    late = OverdueLoan(tmp_path / "house")
    yield late
    late.close()


def told(late, username):
    """The templates of a person's notices."""
    with late.house.database.read() as session:
        asked = select(Notice.template).join(Employee, Employee.id == Notice.employee_id)
        return list(session.scalars(asked.where(Employee.username == username)))


def pay(late, amount, reference):
    with late.house.database.write() as session:
        day = late.clock.now().astimezone(ZONE).date()
        receipt = Happening(EventKind.RECEIPT, day, Decimal(amount))
        changes.record(
            session, late.loan_no, receipt, reference=reference, booked_on=day, now=late.clock.now()
        )


def dial(late, channel=Channel.CALL, person=Person.BORROWER):
    """The collector asks the gate and is let through."""
    with late.house.database.write() as session:
        attempt = contact_log.ask(
            session,
            late.house.world.vault,
            cases.get(session, late.case.case_no),
            ContactRules(PROCESSES),
            channel=channel,
            person=person,
            number="",
            now=late.clock.now(),
            by=late.who(COLLECTOR).employee_id,
        )
        return attempt.allowed


def promise(late, days, amount="3000.00"):
    """The customer promises on the telephone."""
    late.at(10)
    assert dial(late)
    on = late.clock.now().astimezone(ZONE).date() + timedelta(days=days)
    late.do(
        COLLECTOR,
        "Task_Contact",
        result_code="connected_promise",
        promise_amount=amount,
        promise_on=on.isoformat(),
    )
    return on


@pytest.mark.feature("M-122")
def test_the_first_day_past_due_opens_a_case_on_a_collectors_desk_by_the_strategy(late):
    late.overdue(1)

    found = late.case
    assert found.case_no == "CS-2026-000001"
    # Grade C, one day late: the first call within a working day (16 October 2026 is a Friday).
    assert (found.action, found.due_on, found.stage) == (Action.CALL, date(2026, 10, 19), Stage.M1)
    assert found.collector_id == late.who(COLLECTOR).employee_id
    assert found.overdue > Decimal("3000.00")
    assert "collection_assigned" in told(late, COLLECTOR)
    assert late.task("Task_Contact") is not None
    late.overdue(2)
    assert len(late.rows(cases.CollectionCase)) == 1


def test_the_arrears_paid_close_the_case_and_the_stage_is_cured(late):
    late.overdue(1)

    late.say("LoanCured")

    assert late.case.status is CaseStatus.CURED
    assert late.running("collections") == []
    (passage,) = late.rows(StagePassage)
    assert (passage.cured, passage.stage) == (True, Stage.M1)
    late.overdue(3)
    assert late.case.case_no == "CS-2026-000002"


def test_a_loan_that_is_settled_ends_its_case_without_a_message_of_the_day_end(late):
    late.overdue(1)
    with late.house.database.write() as session:
        loans.get(session, late.loan_no).status = LoanStatus.SETTLED

    late.wait(seconds=1)

    assert late.case.status is CaseStatus.SETTLED
    assert late.running("collections") == []


def test_a_claim_that_is_sold_ends_its_case_as_sold_and_the_stage_is_not_cured(late):
    late.overdue(1)
    with late.house.database.write() as session:
        day = late.clock.now().astimezone(ZONE).date()
        sold = Happening(EventKind.ASSIGNMENT, day, Decimal("90000.00"), reason="债权转让")
        changes.record(session, late.loan_no, sold, reference="ZR-1", booked_on=day, now=late.clock.now())

    late.wait(seconds=1)

    assert late.case.status is CaseStatus.SOLD
    assert late.case.status.label("zh") == "债权已转让"
    assert late.running("collections") == []
    (passage,) = late.rows(StagePassage)
    assert (passage.cured, passage.left_on) == (False, late.case.closed_on)


def test_the_strategy_goes_on_by_days_and_amount(late):
    steps = []
    for days in (1, 4, 16, 31, 46, 61, 91, 181):
        late.overdue(days)
        steps.append((late.case.stage.name, late.case.action.value, late.case.owner_role))

    assert steps == [
        ("M1", "call", "collector"),
        ("M1", "call", "collector"),
        ("M1", "call", "collector"),
        ("M2", "visit", "senior"),
        ("M2", "letter", "senior"),
        ("M3", "legal", "legal"),
        ("M4", "legal", "legal"),
        ("M7", "legal", "legal"),
    ]


@pytest.mark.feature("M-129")
def test_a_promise_is_kept_by_the_receipt_and_broken_by_the_day(late):
    late.overdue(1)
    on = promise(late, days=3)
    assert late.case.status is CaseStatus.PROMISED

    pay(late, "2849.99", "R-1")
    assert late.rows(PromiseToPay)[-1].status is PromiseStatus.PENDING
    pay(late, "0.01", "R-2")
    kept = late.rows(PromiseToPay)[-1]
    # 95 % of what was promised is there.
    assert (kept.status, kept.received, kept.on) == (PromiseStatus.KEPT, Decimal("2850.00"), on)

    late.wait(days=5)
    promise(late, days=1, amount="100.00")
    # The next stage does not ask for another call while a promise is pending, and forgets it not.
    late.say("LoanOverdue", days_past_due=4)
    assert (late.case.status, late.task("Task_Contact")) == (CaseStatus.PROMISED, None)
    late.wait(days=3)
    broken = late.rows(PromiseToPay)[-1]
    assert (broken.status, broken.received) == (PromiseStatus.BROKEN, Decimal("0.00"))
    assert "promise_broken" in told(late, SUPERVISOR)


@pytest.mark.feature("M-129")
def test_a_receipt_taken_back_makes_the_promise_wait_again(late):
    late.overdue(1)
    promise(late, days=3)
    pay(late, "3000.00", "R-1")
    day = late.clock.now().astimezone(ZONE).date()
    with late.house.database.write() as session:
        changes.reverse(
            session,
            late.loan_no,
            "receipt:R-1",
            booked_on=day,
            reason="银行退回",
            now=late.clock.now(),
        )

    assert late.rows(PromiseToPay)[-1].status is PromiseStatus.PENDING


@pytest.mark.feature("M-129")
def test_a_promise_in_the_past_too_far_or_beyond_the_debt_is_refused_in_both_languages(late):
    late.overdue(1)
    late.at(10)
    assert dial(late)
    today = late.clock.now().astimezone(ZONE).date()
    for days, amount, refusal in (
        (-1, "100.00", PromiseInPast),
        (31, "100.00", PromiseTooFar),
        (1, "9000.00", PromiseBeyondDebt),
    ):
        answers = {"promise_amount": amount, "promise_on": (today + timedelta(days=days)).isoformat()}
        with pytest.raises(refusal) as refused:
            late.do(COLLECTOR, "Task_Contact", result_code="connected_promise", **answers)
        assert refused.value.text("zh") != refused.value.text("en")

    assert late.task("Task_Contact") is not None
    assert late.rows(PromiseToPay) == []


def test_two_broken_promises_move_the_case_to_the_next_stage(late):
    late.overdue(4)
    promise(late, days=1, amount="100.00")
    late.wait(days=3)
    # Broken once: a letter and a call.
    assert late.case.action is Action.LETTER_CALL
    late.do(COLLECTOR, "Task_SendLetter", sent_by="electronic")
    promise(late, days=1, amount="100.00")
    late.wait(days=3)

    assert [each.status for each in late.rows(PromiseToPay)] == [PromiseStatus.BROKEN] * 2
    assert (late.case.stage, late.case.action) == (Stage.M2, Action.VISIT)


def test_a_result_without_asking_the_gate_is_refused(late):
    late.overdue(1)

    with pytest.raises(NotAskedBefore):
        late.do(COLLECTOR, "Task_Contact", result_code="no_answer")


def test_a_dispute_hardship_or_a_death_told_in_a_call_holds_the_case_until_it_is_lifted(late):
    late.overdue(1)
    late.at(10)
    for code, kind in (
        ("connected_dispute", Circumstance.DISPUTE),
        ("connected_hardship", Circumstance.HARDSHIP),
        ("deceased", Circumstance.DECEASED),
    ):
        assert dial(late)
        late.do(COLLECTOR, "Task_Contact", result_code=code)

        assert (late.case.status, late.case.held_for) == (CaseStatus.HELD, kind.value)
        assert late.task("Task_Contact") is None
        assert not dial(late)
        assert late.rows(ContactAttempt)[-1].rule == kind.value
        noted = late.rows(ContactCircumstance)[-1]
        assert noted.kind is kind
        late.clock.advance(timedelta(minutes=1))
        with late.house.database.write() as session:
            of = (noted.customer_id, noted.id, "已核实")
            contact_circumstances.lift(session, *of, by=None, now=late.clock.now())
        late.wait(seconds=1)
        assert late.case.status is CaseStatus.OPEN
    assert late.running("restructuring")


@pytest.mark.feature("M-123")
def test_a_call_that_nobody_makes_is_told_and_goes_to_another_collector_by_escalation(late):
    late.overdue(1)
    second = late.who("collector_2").employee_id
    with late.house.database.write() as session:
        unit = loans.get(session, late.loan_no).unit_id
        session.get_one(Employee, second).unit_id = unit
        give_role(session, session.get_one(Employee, second), COLLECTOR, unit_of(session, unit))

    late.wait(days=4)
    assert "task_overdue" in told(late, COLLECTOR)
    assert "task_overdue" in told(late, "branch_manager")
    assert late.case.escalations == 0
    late.wait(days=2)

    assert late.case.escalations == 1
    assert "collection_unhandled" in told(late, SUPERVISOR)
    assert "collection_assigned" not in told(late, "branch_manager")
    assert late.case.collector_id == second


@pytest.mark.feature("M-122")
def test_cases_go_by_skill_then_load_and_a_customer_stays_with_one_collector(late):
    late.overdue(1)
    first, second = late.who(COLLECTOR).employee_id, late.who("collector_2").employee_id
    with late.house.database.write() as session:
        found = cases.get(session, late.case.case_no)
        loan = loans.get(session, late.loan_no)
        give_role(session, session.get_one(Employee, second), COLLECTOR, unit_of(session, loan.unit_id))
        none = frozenset()
        # The customer stays; another skill moves him; of two who have it the less loaded one is chosen.
        assert assignment.keep_or_choose(session, found, loan, none) == first
        assignment.set_profile(session, second, frozenset({Skill.FIELD}), 5)
        assert assignment.keep_or_choose(session, found, loan, frozenset({Skill.FIELD})) == second
        found.collector_id = None
        assert assignment.choose(session, found, loan, none, besides=None) == min(first, second)
        assignment.set_profile(session, first, frozenset({Skill.EARLY}), 1)
        found.collector_id = first
        assert {load.employee_id: load.is_full for load in assignment.loads(session, loan.unit_id)} == {
            first: True,
            second: False,
        }
        with pytest.raises(assignment.CapacityRefused):
            assignment.set_profile(session, first, frozenset(), 0)


def test_a_visit_needs_two_people_and_passes_the_gate(late):
    late.overdue(31)
    late.at(10)
    assert dial(late, Channel.VISIT)
    answers = {"result_code": "connected_refuse", "visit_place": "home"}

    with pytest.raises(VisitNeedsTwo):
        late.do(COLLECTOR, "Task_Visit", companion=COLLECTOR, **answers)
    late.do(COLLECTOR, "Task_Visit", companion="legal", **answers)

    (made,) = late.rows(contact_log.CollectionContact)
    assert made.companion_id == late.who("legal").employee_id
    assert not dial(late, Channel.VISIT)


def test_a_demand_letter_is_a_pdf_that_is_sent_with_its_proof_and_followed_by_a_call(late):
    late.overdue(46)

    (letter,) = late.rows(CollectionLetter)
    words = "".join(
        page.extract_text()
        for page in PdfReader(io.BytesIO(late.house.world.files.read(letter.sha256))).pages
    )
    assert letter.letter_no == "CS-2026-000001-H1"
    for said in ("催收函", late.loan_no, "46 天", f"{letter.amount:,.2f}", "调整还款计划"):
        assert said in words
    late.do(COLLECTOR, "Task_SendLetter", sent_by="post", tracking_no="EMS1234567890")

    (letter,) = late.rows(CollectionLetter)
    assert letter.tracking_no == "EMS1234567890"
    assert late.task("Task_Contact") is not None


@pytest.mark.feature("M-125")
def test_legal_hands_the_evidence_over_to_litigation(late):
    late.overdue(46)
    late.do(COLLECTOR, "Task_SendLetter", sent_by="by_hand")
    late.overdue(91)

    late.do(
        "legal",
        "Task_DecideRecovery",
        recovery_choice="litigation",
        handed_to="上海市浦东新区人民法院",
        recovery_ground="逾期 91 天，多次联系未果",
    )

    (decision,) = late.rows(CollectionRecovery)
    assert (decision.choice, decision.handed_to) == (Recovery.LITIGATION, "上海市浦东新区人民法院")
    data = late.house.world.files.read(decision.pack_sha256)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        manifest = archive.read("manifest.csv").decode("utf-8-sig")
        ledger = archive.read("ledger.csv").decode("utf-8-sig")
    assert {"ledger.csv", "schedule.csv", "contacts.csv", "letters/CS-2026-000001-H1.pdf"} <= set(names)
    for kind in ("loan_contract", "cost_sheet", "signed_contract"):
        assert any(name.startswith(f"documents/{kind}_") for name in names)
    assert "放款" in ledger
    assert late.loan_no in manifest
    with late.house.database.read() as session:
        found = cases.get(session, late.case.case_no)
        today = late.clock.now().astimezone(ZONE).date()
        again = recovery.pack(session, late.house.world.files, found, on=today)
    assert again.content == data


def test_the_priority_follows_money_days_promises_and_grade(late):
    late.overdue(31)

    parts = {part.name: part.points for part in strategy.parts_of(late.case, 0)}

    assert parts == {"money": 4, "days": 10, "broken": 0, "grade": 10}
    assert late.case.priority == 24

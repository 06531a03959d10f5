"""What the bank says late, twice or against its own word: heard once, and a contradiction reaches a person."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from cheliu.bank_results import BankResultMalformed, receive
from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from company.audit import AuditEntry
from company.notices import Notice
from company.people import Employee
from engine.tasks import TaskStatus, UserTask
from engine.waits import MessageSubscription
from lending.disbursements import AttemptStatus, Disbursement, DisbursementStatus, PaymentAttempt
from lending.ledger import JournalEntry

CASES = PROCESSES / "disbursement" / "cases"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def played(template, tmp_path):
    """A case played to just behind its first word of the bank, or to before it."""
    opened = []

    def play(path: Path, *, with_bank=True):
        case = json.loads(path.read_text())
        words = [at for at, step in enumerate(case["steps"]) if "bank" in step]
        case["steps"] = case["steps"][: words[0] + with_bank]
        house, bank, clock = copy_house(template, tmp_path / "house")
        opened.append(house)
        play_steps(case, house, bank, clock)
        return house, next(iter(bank.orders))

    yield play
    for house in opened:
        house.close()


def word(request_id, status, *, event_id="late", **others):
    return {
        "event_id": event_id,
        "request_id": request_id,
        "status": status,
        "reason": "",
        "bank_reference": "B9",
        "value_date": "2026-09-15",
        **others,
    }


def rows(house, table, **where):
    with house.database.read() as session:
        return list(session.scalars(select(table).filter_by(**where).order_by(table.id)))


def contradictions(house):
    return rows(house, AuditEntry, action="payment.bank_contradicts")


def test_a_success_after_a_recorded_failure_reaches_people_once_and_moves_no_money(played):
    house, request_id = played(CASES / "bank_refuses_then_repaired.json")

    for event_id in ("late", "late", "later"):
        receive(house.engine, word(request_id, "succeeded", event_id=event_id))
    work_off(house)

    (entry,) = contradictions(house)
    assert (entry.object_id, entry.before) == (request_id, {"status": "failed"})
    assert entry.after["bank_status"] == "succeeded"
    told = rows(house, Notice, template="bank_contradicts")
    names = {row.id: row.username for row in rows(house, Employee)}
    assert {names[one.employee_id] for one in told} >= {"admin", "finance_checker"}
    assert len({one.employee_id for one in told}) == len(told)
    assert {one.facts["request_id"] for one in told} == {request_id}
    assert rows(house, JournalEntry) == []
    assert [row.status for row in rows(house, PaymentAttempt)] == [AttemptStatus.FAILED]
    assert [row.status for row in rows(house, Disbursement)] == [DisbursementStatus.FAILED]


def test_a_failure_after_a_recorded_success_reaches_people_and_takes_nothing_back(played):
    house, request_id = played(CASES / "paid.json")

    receive(house.engine, word(request_id, "failed"))

    (entry,) = contradictions(house)
    assert entry.before == {"status": "succeeded"}
    assert len(rows(house, JournalEntry)) == 1
    assert [row.status for row in rows(house, PaymentAttempt)] == [AttemptStatus.SUCCEEDED]


def test_the_same_result_told_again_is_no_contradiction(played):
    house, request_id = played(CASES / "paid.json")

    receive(house.engine, word(request_id, "succeeded"))

    assert contradictions(house) == []


def test_two_results_that_contradict_each_other_before_the_case_waits_reach_people(played):
    house, request_id = played(CASES / "paid.json", with_bank=False)
    with house.database.write() as session:
        session.execute(delete(MessageSubscription))

    receive(house.engine, word(request_id, "failed", event_id="1"))
    assert contradictions(house) == []
    receive(house.engine, word(request_id, "succeeded", event_id="2"))

    assert len(contradictions(house)) == 1


@pytest.mark.parametrize(
    ("field", "value"), [("bank_reference", "B" * 81), ("event_id", "e" * 91), ("request_id", "r" * 41)]
)
def test_a_field_longer_than_its_column_is_refused_by_name(played, field, value):
    house, request_id = played(CASES / "paid.json", with_bank=False)

    with pytest.raises(BankResultMalformed) as refused:
        receive(house.engine, word(request_id, "succeeded") | {field: value})

    assert refused.value.facts == {"field": field}
    assert rows(house, UserTask, status=TaskStatus.OPEN.value) == []

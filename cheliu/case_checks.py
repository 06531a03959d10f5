"""What a process case says must be true at its end, compared with what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu import case_money
from cheliu.case_bank import CaseBank
from cheliu.case_parties import CaseParties
from cheliu.wiring import House
from engine import history
from lending import applications, consents, contract_numbers, customers, debt_transfers, loans, scores
from lending.ledger import JournalEntry
from lending.loans import Loan


@dataclass(frozen=True)
class Difference:
    """One statement of a case that does not hold."""

    what: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        """The statement and what is true instead."""
        return f"{self.what}: expected {self.expected}, found {self.actual}"


def differences(house: House, bank: CaseBank, application_no: str, case: dict[str, Any]) -> list[Difference]:
    """Everything that is not as the case says; what it does not mention is not looked at."""
    with house.database.read() as session:
        passed = _passed(session, application_no)
        found = [
            *_ends(passed, case.get("ends_at", [])),
            *[
                Difference("never", element, "passed")
                for element in case.get("never", [])
                if element in passed
            ],
        ]
        actual: dict[str, Callable[[], Any]] = {
            "told": lambda: case_money.told(session),
            "alerts": lambda: case_money.alerts_raised(session),
            "mortgage": lambda: case_money.mortgage(session),
            "prepayments": lambda: case_money.prepayments_of(session),
            "application": lambda: applications.get(session, application_no).status.value,
            "loan": lambda: _loan(session, application_no, case["loan"]),
            "debtors": lambda: _debtors(session),
            "journal": lambda: _journal(session),
            "void_numbers": lambda: len(contract_numbers.void_list(session)),
            "paid": lambda: str(bank.paid),
            "purposes": lambda: [order.purpose for order in bank.orders.values()],
            "score": lambda: _score(session, application_no),
            "consents": lambda: {
                each.purpose.value: each.stands for each in consents.of_application(session, application_no)
            },
            "asked": lambda: _asked(house, case["asked"]),
            "amounts": lambda: {
                instance.process_id: str(instance.amount)
                for instance in history.instances(session, application_no)
            },
        }
        for what, ask in actual.items():
            if what in case and case[what] != (value := ask()):
                found.append(Difference(what, case[what], value))
    return found


def _score(session: Session, application_no: str) -> dict[str, str] | None:
    found = scores.latest(session, application_no)
    return None if found is None else {"grade": found.grade}


def _asked(house: House, parties: dict[str, int]) -> dict[str, int]:
    """How many questions each of the parties named took."""
    found = house.world.parties
    return {name: found.asked(name) for name in parties} if isinstance(found, CaseParties) else {}


def _ends(passed: set[str], ends_at: str | list[str]) -> list[Difference]:
    wanted = [ends_at] if isinstance(ends_at, str) else ends_at
    reached = sorted(element for element in passed if element.startswith("End_"))
    return [Difference("ends_at", element, reached) for element in wanted if element not in passed]


def _passed(session: Session, application_no: str) -> set[str]:
    """Every element that any case of the application has left behind it."""
    return {
        element
        for instance in history.instances(session, application_no)
        for positions in history.positions(session, instance).values()
        for element in positions.done
    }


def _debtors(session: Session) -> list[str]:
    """Who owed the only loan, one after the other."""
    loan = session.scalars(select(Loan)).one()
    known = [each.customer_id for each in debt_transfers.debtors(session, loan)]
    return [customers.get(session, one).name for one in known or [loan.customer_id]]


def _loan(session: Session, application_no: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    loan = loans.of_application(session, application_no) or session.scalar(select(Loan).limit(1))
    if loan is None:
        return None
    schedule = loan.current_schedule
    known: dict[str, Any] = {"status": loan.status.value}
    if schedule is not None:
        first = schedule.instalments[0]
        known |= {
            "instalment": str(first.amount),
            "interest": str(schedule.total_interest),
            "instalments": len(schedule.instalments),
        }
    return {name: known.get(name) for name in asked}


def _journal(session: Session) -> list[dict[str, str]]:
    """One line an account and entry, debits positive, oldest first."""
    return [
        {"account": line.account, "amount": str((line.debit or Decimal(0)) - (line.credit or Decimal(0)))}
        for entry in session.scalars(select(JournalEntry).order_by(JournalEntry.id))
        for line in entry.lines
    ]

"""The post-loan office of the living demo: every task that stands open after a pay-out, done by whoever it is for.

A task is done some working days after it came, as many as its own lot says; on the last days work is left lying, as
it is in a company that goes on tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cheliu.demo import chasing, duties, selling
from cheliu.demo.borrowers import Borrower
from cheliu.demo.duties import Duty, Work
from cheliu.demo.playing import Player
from company.messages import Refusal
from company.organisation import Unit
from company.people import Employee
from engine.tasks import TaskStatus, UserTask
from lending.bank.receipts import BankReceipt
from lending.loans import Loan
from lending.prepayments import LoanPrepayment
from lending.transfer_records import DebtTransfer

DUTIES: Mapping[tuple[str, str], Duty] = {**duties.DUTIES, **chasing.DUTIES, **selling.DUTIES}
_HEAD_OFFICE = frozenset(
    {"reviewer_l2", "legal", "archive_officer", "risk_committee", "asset_disposal", "finance_accountant"}
)
_FIRST_BRANCH = "SH"
_LEFT_LYING_DAYS = 6
_USUAL, _SLOW = (0, 0, 1, 3), (0, 1, 1, 2, 4, 9)
_PACES: Mapping[str, tuple[int, ...]] = {
    "callback_visit": _USUAL,
    "fund_use_check": _USUAL,
    "breach_review": _USUAL,
    "collateral_release": _USUAL,
    "repayment": _USUAL,
    "debt_transfer": _USUAL,
    "collections": _SLOW,
    "claim_assignment": _SLOW,
}


class Office:
    """Does the open tasks of a day; ``borrowers`` are known by the number of their application."""

    def __init__(self, player: Player, seed: int, borrowers: Mapping[str, Borrower], last_day: date) -> None:
        self._player, self._seed, self._borrowers, self._last_day = player, seed, borrowers, last_day
        self.refused: set[int] = set()  # a person may look at them: the customer was told what is missing
        with player.house.database.read() as session:
            self._units = {unit.id: unit.code for unit in session.scalars(select(Unit))}
            self._names: dict[int | None, str] = {
                row.id: row.username for row in session.execute(select(Employee.id, Employee.username))
            }

    def work(self, today: date) -> int:
        """Do what has waited long enough, and what comes of it on the same day; returns how many tasks."""
        total, put_off = 0, set[int]()
        while found := self._ready(today, put_off):
            for task, loan in found:
                if self._do(task, loan, today):
                    total += 1
                else:
                    put_off.add(task.id)
            self._player.work()
        return total

    def _ready(self, today: date, put_off: set[int]) -> list[tuple[UserTask, Loan | None]]:
        """The open tasks that somebody does on this day, the oldest first, each with its loan."""
        processes = {process for process, _element in DUTIES}
        asked = select(UserTask).where(UserTask.status == TaskStatus.OPEN, UserTask.process_id.in_(processes))
        with self._player.house.database.read() as session:
            open_now = [
                task
                for task in session.scalars(asked.order_by(UserTask.id))
                if (task.process_id, task.element_id) in DUTIES
                and task.id not in self.refused | put_off
                and self._is_time(task, today)
            ]
            found = [(task, _loan_of(session, task)) for task in open_now]
            session.expunge_all()
        return [(task, loan) for task, loan in found if loan is not None or task.process_id in _OF_NO_LOAN]

    def _is_time(self, task: UserTask, today: date) -> bool:
        """Requests and bookings at once, the rest after days of its own; towards the end some is left lying."""
        if task.process_id not in _PACES:
            return True
        lots = Random(f"{self._seed}:{task.business_key}:{task.element_id}:{task.created_at:%Y%m%d}")
        waits = lots.choice(_PACES[task.process_id])
        if (self._last_day - today).days < _LEFT_LYING_DAYS:
            waits += lots.choice((0, _LEFT_LYING_DAYS))
        return (self._player.clock.now() - task.created_at).days >= waits

    def _do(self, task: UserTask, loan: Loan | None, today: date) -> bool:
        """Whether it was done or refused, and then left to a person; else it cannot be done today."""
        duty = DUTIES[(task.process_id, task.element_id)]
        username = self._names.get(task.assignee_id) or self._of(
            duty.role, loan.unit_id if loan else task.unit_id
        )
        work = Work(
            key=task.business_key,
            today=today,
            lots=Random(f"{self._seed}:{task.business_key}:{task.element_id}:{today}"),
            player=self._player,
            actor=self._player.actor(username),
            loan_no=loan.loan_no if loan else "",
            found=self._borrowers.get(loan.application_no) if loan else None,
            borrowers=self._borrowers,
        )
        answers = duty.answers(work)
        if answers is None:
            return False
        try:
            self._player.complete(
                task.business_key, task.element_id, username, answers, **duty.papers_of(work)
            )
        except Refusal:
            self.refused.add(task.id)
        self._player.wait(1)
        return True

    def _of(self, role: str, unit_id: int | None) -> str:
        is_first = role in _HEAD_OFFICE or unit_id is None or self._units[unit_id] == _FIRST_BRANCH
        return role if is_first else f"{role}_2"


_OF_NO_LOAN = frozenset({"claim_assignment", "repayment"})


def _loan_of(session: Session, task: UserTask) -> Loan | None:
    """The loan of a task, whose case goes by the number of the loan, its application, or what is done about it."""
    key = task.business_key
    numbered = (
        select(LoanPrepayment.loan_no).where(LoanPrepayment.number == key),
        select(DebtTransfer.loan_no).where(DebtTransfer.application_no == key),
        select(BankReceipt.loan_no).where(BankReceipt.receipt_no == key),
    )
    asked = select(Loan).where(
        (Loan.application_no == key)
        | Loan.loan_no.in_((key, task.title, task.subtitle))
        | or_(*(Loan.loan_no.in_(each) for each in numbered))
    )
    return session.scalars(asked.limit(1)).first()

"""The post-loan office of the living demo: every task that stands open after a pay-out, done by whoever it is for.

A task is done some working days after it came, as many as its own lot says; on the last days work is left lying, as
it is in a company that goes on tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.demo.borrowers import Borrower, yuan
from cheliu.demo.playing import Player
from cheliu.demo.said import CALLBACK_GOOD, CALLBACK_TROUBLES
from company.messages import Refusal
from company.organisation import Unit
from company.people import Employee
from engine.tasks import TaskStatus, UserTask
from lending.loans import Loan
from lending.prepayments import LoanPrepayment

Answers = Mapping[str, object]
_HEAD_OFFICE = frozenset({"reviewer_l2", "legal", "archive_officer"})
_FIRST_BRANCH = "SH"
_LEFT_LYING_DAYS = 6
_SLOW = frozenset({"callback_visit", "fund_use_check", "breach_review", "collateral_release"})


@dataclass(frozen=True)
class Work:
    """A task to be done on a day for a borrower; ``lots`` are its own."""

    key: str
    today: date
    lots: Random
    borrower: Borrower


@dataclass(frozen=True)
class Duty:
    """Who does a task, and what is answered; ``papers`` are titles of specimens by file field."""

    role: str
    answers: Callable[[Work], Answers]
    papers: Mapping[str, str] | None = None


def _said(**answers: object) -> Callable[[Work], Answers]:
    return lambda _work: answers


def _prepare(work: Work) -> Answers:
    return {"visit_method": "on_site" if _is_on_site(work) else "phone"}


def _is_on_site(work: Work) -> bool:
    return work.borrower.by_chance(f"visit:{work.today:%Y}").random() < 0.2


def _contact(work: Work) -> Answers:
    return {"attempt_result": "reached" if work.lots.random() < 0.85 else "no_answer"}


def _checklist(work: Work) -> Answers:
    found: dict[str, object] = dict(CALLBACK_GOOD)
    found["recording_ref"] = f"REC-{work.today:%Y%m%d}-{work.borrower.number:04d}"
    if work.lots.random() < 0.12:
        found |= work.lots.choice(CALLBACK_TROUBLES)
    return found


def _change(work: Work) -> Answers:
    return {"change_months": work.lots.choice((3, 6)), "change_reason": "经营回款推迟，收入暂时减少"}


def _hardship(work: Work) -> Answers:
    return {"change_months": 6, "change_holiday": 2, "change_reason": "失业，已找到新工作"}


def _ask_quote(work: Work) -> Answers:
    part = work.borrower.habit.value == "part"
    asked: dict[str, object] = {"pay_on": work.today.isoformat(), "prepay_ground": "ordinary"}
    if not part:
        return asked | {"prepay_scope": "full"}
    amount = yuan(work.borrower.asked.amount / Decimal(5) // 1000 * 1000)
    return asked | {"prepay_scope": "partial", "prepay_amount": amount, "prepay_rule": "shorten_term"}


def _applied(work: Work) -> Answers:
    return {"release_applied_on": work.today.isoformat(), "release_acceptance_no": f"JY{work.key[-6:]}"}


def _released(work: Work) -> Answers:
    return {"office_decision": "released", "released_on": work.today.isoformat()}


def _returned(work: Work) -> Answers:
    name = work.borrower.asked.person.name
    return {"returned_to": name, "returned_on": work.today.isoformat(), "customer_confirmed": True}


_AGREED = _said(review_decision="approve", review_comment="还款意愿良好，同意")
_SIGNED = Duty("contract_officer", _said(sign_state="signed"), {"doc_signed_supplement": "补充协议（签字）"})
_INSPECTED = Duty("postloan_manager", _said(inspection_result="sound", inspection_note="收入稳定，车辆在用"))
_CONSENTED = Duty("contract_officer", _said(consents_state="complete"))
DUTIES: Mapping[tuple[str, str], Duty] = {
    ("callback_visit", "Task_Prepare"): Duty("postloan_manager", _prepare),
    ("callback_visit", "Task_Contact"): Duty("postloan_manager", _contact),
    ("callback_visit", "Task_FillChecklist"): Duty("postloan_manager", _checklist),
    ("callback_visit", "Task_ApproveChanges"): Duty("branch_manager", _said(changes_decision="approve")),
    ("callback_visit", "Task_CheckQuality"): Duty("branch_manager", _said(quality_score="5")),
    ("breach_review", "Task_ReviewBreach"): Duty(
        "legal", _said(breach_decision="cure", cure_days=10, breach_comment="要求十日内解除质押")
    ),
    ("breach_review", "Task_CheckCure"): Duty(
        "postloan_manager", _said(cure_result="cured", cure_note="质押已解除，见车见证")
    ),
    ("fund_use_check", "Task_SupplyProof"): Duty(
        "postloan_manager",
        _said(fund_use_finding="supplied", fund_use_note="发票原件已核对"),
        {"doc_fund_use_proof": "购车发票"},
    ),
    ("loan_extension", "Task_EnterRequest"): Duty("postloan_manager", _change),
    ("loan_extension", "Task_Inspect"): _INSPECTED,
    ("loan_extension", "Task_CollectConsents"): _CONSENTED,
    ("loan_extension", "Task_ReviewL1"): Duty("reviewer_l1", _AGREED),
    ("loan_extension", "Task_ReviewL2"): Duty("reviewer_l2", _AGREED),
    ("loan_extension", "Task_SignAgreement"): _SIGNED,
    ("restructuring", "Task_EnterRequest"): Duty(
        "postloan_manager", _hardship, {"doc_hardship_evidence": "失业证明"}
    ),
    ("restructuring", "Task_Inspect"): _INSPECTED,
    ("restructuring", "Task_CollectConsents"): _CONSENTED,
    ("restructuring", "Task_ReviewL2"): Duty("reviewer_l2", _AGREED),
    ("restructuring", "Task_SignAgreement"): _SIGNED,
    ("prepayment", "Task_AskQuote"): Duty("finance_maker", _ask_quote),
    ("prepayment", "Task_ConfirmQuote"): Duty(
        "finance_maker", _said(customer_choice="confirm", confirmed_way="phone")
    ),
    ("collateral_release", "Task_TakeOut"): Duty(
        "archive_officer", _said(certificate_state="found", handed_to="合同专员")
    ),
    ("collateral_release", "Task_ApplyRelease"): Duty(
        "contract_officer", _applied, {"doc_release_papers": "解押材料"}
    ),
    ("collateral_release", "Task_EnterRelease"): Duty("contract_officer", _released),
    ("collateral_release", "Task_ReturnPapers"): Duty(
        "contract_officer", _returned, {"doc_release_receipt": "签收单"}
    ),
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
        total = 0
        while found := self._ready(today):
            for task, loan in found:
                self._do(task, loan, today)
            self._player.work()
            total += len(found)
        return total

    def _ready(self, today: date) -> list[tuple[UserTask, Loan]]:
        """The open tasks that somebody does on this day, the oldest first, each with its loan."""
        processes = {process for process, _element in DUTIES}
        asked = select(UserTask).where(UserTask.status == TaskStatus.OPEN, UserTask.process_id.in_(processes))
        with self._player.house.database.read() as session:
            open_now = [
                task
                for task in session.scalars(asked.order_by(UserTask.id))
                if (task.process_id, task.element_id) in DUTIES
                and task.id not in self.refused
                and self._is_time(task, today)
            ]
            found = [(task, _loan_of(session, task)) for task in open_now]
            session.expunge_all()
        return [(task, loan) for task, loan in found if loan is not None]

    def _is_time(self, task: UserTask, today: date) -> bool:
        """Requests of customers at once, the rest after days of its own; towards the end some is left lying."""
        if task.process_id not in _SLOW:
            return True
        lots = Random(f"{self._seed}:{task.business_key}:{task.element_id}:{task.created_at:%Y%m%d}")
        waits = lots.choice((0, 0, 1, 3))
        if (self._last_day - today).days < _LEFT_LYING_DAYS:
            waits += lots.choice((0, _LEFT_LYING_DAYS))
        return (self._player.clock.now() - task.created_at).days >= waits

    def _do(self, task: UserTask, loan: Loan, today: date) -> None:
        duty = DUTIES[(task.process_id, task.element_id)]
        lots = Random(f"{self._seed}:{task.business_key}:{task.element_id}:{today}")
        borrower = self._borrowers[loan.application_no]
        work = Work(task.business_key, today, lots, borrower)
        answers, papers = dict(duty.answers(work)), dict(duty.papers or {})
        if task.element_id == "Task_FillChecklist" and _is_on_site(work):
            answers |= {"vin_seen": borrower.asked.vin, "visit_latitude": "31.2304"}
            answers |= {"visit_longitude": "121.4737"}
            papers["doc_visit_photos"] = "车辆照片"
        username = self._names.get(task.assignee_id) or self._of(duty.role, loan.unit_id)
        try:
            self._player.complete(task.business_key, task.element_id, username, answers, **papers)
        except Refusal:
            self.refused.add(task.id)
        self._player.wait(1)

    def _of(self, role: str, unit_id: int) -> str:
        is_first = self._units[unit_id] == _FIRST_BRANCH or role in _HEAD_OFFICE
        return role if is_first else f"{role}_2"


def _loan_of(session: Session, task: UserTask) -> Loan | None:
    """The loan of a task, whose case goes by its number, its application's or that of a prepayment."""
    by_prepayment = select(LoanPrepayment.loan_no).where(LoanPrepayment.number == task.business_key)
    asked = select(Loan).where(
        (Loan.application_no == task.business_key)
        | (Loan.loan_no == task.business_key)
        | Loan.loan_no.in_(by_prepayment)
    )
    return session.scalars(asked.limit(1)).first()

"""The duties of the post-loan office of the living demo: who does which task, and what is answered.

Answers come from the lots of the task and from the borrower it is about; None says that it cannot be done today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from sqlalchemy import select

from cheliu.demo.borrowers import Borrower, Habit, yuan
from cheliu.demo.playing import Player
from cheliu.demo.said import CALLBACK_GOOD, CALLBACK_TROUBLES
from company.people import Actor
from lending import loans
from lending.callback_kinds import CallbackMethod
from lending.callbacks import CallbackVisit
from lending.contact_circumstances import Circumstance, stand

Answers = Mapping[str, object]


@dataclass(frozen=True)
class Work:
    """A task to be done on a day by ``actor``; ``lots`` are its own.

    ``loan_no`` is empty, and there is no ``found`` borrower, where it is about no loan or about several. All
    ``borrowers`` are known by the number of their application.
    """

    key: str
    today: date
    lots: Random
    player: Player
    actor: Actor
    loan_no: str
    found: Borrower | None
    borrowers: Mapping[str, Borrower]

    @property
    def borrower(self) -> Borrower:
        """Whose loan it is about."""
        if self.found is None:
            raise LookupError(f"{self.key} is about no borrower")
        return self.found


@dataclass(frozen=True)
class Duty:
    """Who does a task, and what is answered; ``papers`` are titles of specimens by file field."""

    role: str
    answers: Callable[[Work], Answers | None]
    papers: Mapping[str, str] | Callable[[Work], Mapping[str, str]] | None = None

    def papers_of(self, work: Work) -> Mapping[str, str]:
        """The titles of specimens by file field."""
        return self.papers(work) if callable(self.papers) else self.papers or {}


def said(**answers: object) -> Callable[[Work], Answers]:
    """The same answers each time."""
    return lambda _work: answers


def _prepare(work: Work) -> Answers:
    return {"visit_method": "on_site" if is_on_site(work) else "phone"}


def is_on_site(work: Work) -> bool:
    """Whether the callback under way is a visit: as it was prepared, also when it ends in another year; else by lot."""
    with work.player.house.database.read() as session:
        chosen = session.scalar(select(CallbackVisit.method).where(CallbackVisit.open_for == work.loan_no))
    if chosen is not None:
        return chosen is CallbackMethod.ON_SITE
    return work.borrower.by_chance(f"visit:{work.today:%Y}").random() < 0.2


def _contact(work: Work) -> Answers:
    house = work.player.house
    with house.database.read() as session:
        customer_id = loans.get(session, work.loan_no).customer_id
        if Circumstance.DECEASED in stand(session, customer_id, work.loan_no, house.clock.now()):
            return {"attempt_result": "deceased"}
    return {"attempt_result": "reached" if work.lots.random() < 0.85 else "no_answer"}


def _checklist(work: Work) -> Answers:
    found: dict[str, object] = dict(CALLBACK_GOOD)
    found["recording_ref"] = f"REC-{work.today:%Y%m%d}-{work.borrower.number:04d}"
    if work.lots.random() < 0.12:
        found |= work.lots.choice(CALLBACK_TROUBLES)
    if is_on_site(work):
        found |= {"vin_seen": work.borrower.asked.vin, "visit_latitude": "31.2304"}
        found |= {"visit_longitude": "121.4737"}
    return found


def _photos(work: Work) -> Mapping[str, str]:
    return {"doc_visit_photos": "车辆照片"} if is_on_site(work) else {}


def _change(work: Work) -> Answers:
    return {"change_months": work.lots.choice((3, 6)), "change_reason": "经营回款推迟，收入暂时减少"}


def _hardship(work: Work) -> Answers:
    return {"change_months": 6, "change_holiday": 2, "change_reason": "失业，已找到新工作"}


def _ask_quote(work: Work) -> Answers:
    part = work.borrower.habit is Habit.PART
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


_AGREED = said(review_decision="approve", review_comment="还款意愿良好，同意")
_SIGNED = Duty("contract_officer", said(sign_state="signed"), {"doc_signed_supplement": "补充协议（签字）"})
_INSPECTED = Duty("postloan_manager", said(inspection_result="sound", inspection_note="收入稳定，车辆在用"))
_CONSENTED = Duty("contract_officer", said(consents_state="complete"))
DUTIES: Mapping[tuple[str, str], Duty] = {
    ("callback_visit", "Task_Prepare"): Duty("postloan_manager", _prepare),
    ("callback_visit", "Task_Contact"): Duty("postloan_manager", _contact),
    ("callback_visit", "Task_FillChecklist"): Duty("postloan_manager", _checklist, _photos),
    ("callback_visit", "Task_ApproveChanges"): Duty("branch_manager", said(changes_decision="approve")),
    ("callback_visit", "Task_CheckQuality"): Duty("branch_manager", said(quality_score="5")),
    ("breach_review", "Task_ReviewBreach"): Duty(
        "legal", said(breach_decision="cure", cure_days=10, breach_comment="要求十日内解除质押")
    ),
    ("breach_review", "Task_CheckCure"): Duty(
        "postloan_manager", said(cure_result="cured", cure_note="质押已解除，见车见证")
    ),
    ("fund_use_check", "Task_SupplyProof"): Duty(
        "postloan_manager",
        said(fund_use_finding="supplied", fund_use_note="发票原件已核对"),
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
        "finance_maker", said(customer_choice="confirm", confirmed_way="phone")
    ),
    ("collateral_release", "Task_TakeOut"): Duty(
        "archive_officer", said(certificate_state="found", handed_to="合同专员")
    ),
    ("collateral_release", "Task_ApplyRelease"): Duty(
        "contract_officer", _applied, {"doc_release_papers": "解押材料"}
    ),
    ("collateral_release", "Task_EnterRelease"): Duty("contract_officer", _released),
    ("collateral_release", "Task_ReturnPapers"): Duty(
        "contract_officer", _returned, {"doc_release_receipt": "签收单"}
    ),
}

"""Changes that a second person decides: rules of the house and whom it works with, written down before they count.

Nothing of a proposal is in force until somebody else has approved it (the author of a rule is not its approver). It is
checked when it is made and again when it is approved: the day may have moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.vault import Vault
from lending.columns import worded
from lending.errors import LendingError, NotFound, StatusRefused
from lending.labels import Labelled
from lending.locks import held

Change = Mapping[str, object]


class ProposalSubject(Labelled):
    """What a proposal would change."""

    DEALER_NEW = "dealer_new", "新增经销商", "New dealer"
    DEALER = "dealer", "经销商变更", "Change of a dealer"
    PRODUCT = "product", "产品新版本", "New version of a product"
    RATE_PLAN = "rate_plan", "利率方案", "Rate plan"
    PRICE = "vehicle_price", "车辆价格", "Price of a car"
    PRICE_TABLE = "price_table", "车辆价格表", "Table of prices"
    CEILING = "ltv_ceiling", "成数上限", "Loan-to-value ceilings"
    FUNDING_NEW = "funding_party_new", "新增资金方", "New funding party"
    FUNDING = "funding_party", "资金方变更", "Change of a funding party"
    CATEGORY = "category", "五级分类认定", "Category of risk"
    DOCUMENT_RULE = "document_rule", "资料清单", "Document list"
    PARAMETER = "parameter", "公司参数", "Parameter of the company"
    ERASURE = "erasure", "到期删除个人信息", "Erasure of personal data"
    DEBIT = "debit", "代扣款未入账的处理", "End of a debit that is not posted"


class ProposalStatus(Labelled):
    """How far a proposal is."""

    OPEN = "proposed", "待复核", "To be decided"
    APPROVED = "approved", "已生效", "Approved"
    REFUSED = "refused", "已退回", "Refused"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"


class OwnProposal(LendingError):
    """Who proposes does not approve."""

    code = "own_proposal"
    zh = "变更 {proposal_id} 由您提出，须由另一人复核。"
    en = "You proposed the change {proposal_id}; another person decides it."


class OthersProposal(LendingError):
    """A proposal is withdrawn by who made it."""

    code = "others_proposal"
    zh = "变更 {proposal_id} 由他人提出，只能由提出人撤回；如不同意请退回。"
    en = "Another person proposed the change {proposal_id}; refuse it instead of withdrawing it."


class ProposalUnexplained(LendingError):
    """A change has a reason, a refusal too."""

    code = "proposal_unexplained"
    zh = "请填写理由或依据。"
    en = "Give the reason."


class ProposalPending(LendingError):
    """One change of a thing at a time."""

    code = "proposal_pending"
    zh = "“{key}”已有待复核的变更 {proposal_id}，请先复核或撤回。"
    en = "The change {proposal_id} of {key} waits to be decided; decide or withdraw it first."


class Proposal(Base):
    """One proposed change: ``change`` holds the new values, an account sealed; ``unit_id`` is whose it is."""

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[ProposalSubject] = mapped_column(worded(ProposalSubject), index=True)
    key: Mapped[str] = mapped_column(String(120))
    change: Mapped[dict[str, object]] = mapped_column(Tagged)
    valid_from: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(400))
    status: Mapped[ProposalStatus] = mapped_column(worded(ProposalStatus), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_note: Mapped[str | None] = mapped_column(String(400))


@dataclass(frozen=True)
class Deed:
    """What a subject's verbs get: the proposal, the day, the instant, and who approves (a username)."""

    session: Session
    vault: Vault
    key: str
    change: Change
    valid_from: date
    reason: str
    unit_id: int
    proposed_by: int
    today: date
    now: datetime
    approved_by: str


@dataclass(frozen=True)
class Kind:
    """How proposals of a subject are checked and carried out; both raise the subject's own refusals."""

    check: Callable[[Deed], None]
    carry_out: Callable[[Deed], None]


def propose(
    session: Session,
    vault: Vault,
    kinds: Mapping[ProposalSubject, Kind],
    subject: ProposalSubject,
    key: str,
    change: Change,
    *,
    valid_from: date,
    reason: str,
    unit_id: int,
    by: int,
    today: date,
    now: datetime,
) -> Proposal:
    """Write a change down for somebody else to decide.

    Raises :class:`ProposalUnexplained`, :class:`ProposalPending`, and what the subject refuses.
    """
    if not reason.strip():
        raise ProposalUnexplained()
    pending = session.scalar(
        select(Proposal.id).where(
            Proposal.subject == subject, Proposal.key == key, Proposal.status == ProposalStatus.OPEN
        )
    )
    if pending is not None:
        raise ProposalPending(key=key, proposal_id=pending)
    proposal = Proposal(
        subject=subject,
        key=key,
        change=dict(change),
        valid_from=valid_from,
        reason=reason.strip()[:400],
        status=ProposalStatus.OPEN,
        unit_id=unit_id,
        proposed_by=by,
        proposed_at=now,
    )
    kinds[subject].check(_deed(session, vault, proposal, today=today, now=now, approved_by=""))
    session.add(proposal)
    session.flush()
    return proposal


def approve(
    session: Session,
    vault: Vault,
    kinds: Mapping[ProposalSubject, Kind],
    proposal_id: int,
    *,
    by: int,
    username: str,
    today: date,
    now: datetime,
) -> Proposal:
    """Let a change come into force from its day on (:class:`OwnProposal`, StatusRefused, the subject's refusals)."""
    proposal = _open(session, proposal_id, ProposalStatus.APPROVED)
    if proposal.proposed_by == by:
        raise OwnProposal(proposal_id=proposal_id)
    deed = _deed(session, vault, proposal, today=today, now=now, approved_by=username)
    kinds[proposal.subject].carry_out(deed)
    return _decided(session, proposal, ProposalStatus.APPROVED, by, now, None)


def refuse(session: Session, proposal_id: int, *, by: int, note: str, now: datetime) -> Proposal:
    """Send a change back with a reason (:class:`OwnProposal`, :class:`ProposalUnexplained`, StatusRefused)."""
    proposal = _open(session, proposal_id, ProposalStatus.REFUSED)
    if proposal.proposed_by == by:
        raise OwnProposal(proposal_id=proposal_id)
    if not note.strip():
        raise ProposalUnexplained()
    return _decided(session, proposal, ProposalStatus.REFUSED, by, now, note)


def withdraw(session: Session, proposal_id: int, *, by: int, now: datetime) -> Proposal:
    """Take one's own change back (:class:`OthersProposal`, StatusRefused)."""
    proposal = _open(session, proposal_id, ProposalStatus.WITHDRAWN)
    if proposal.proposed_by != by:
        raise OthersProposal(proposal_id=proposal_id)
    return _decided(session, proposal, ProposalStatus.WITHDRAWN, by, now, None)


def get(session: Session, proposal_id: int) -> Proposal:
    """The proposal, held until the transaction ends, or :class:`NotFound`."""
    proposal = session.scalar(held(select(Proposal).where(Proposal.id == proposal_id)))
    if proposal is None:
        raise NotFound(what_zh="变更", what_en="change", key=proposal_id)
    return proposal


def of(session: Session, subject: ProposalSubject, key: str) -> list[Proposal]:
    """Every proposal about a thing, the latest first."""
    asked = select(Proposal).where(Proposal.subject == subject, Proposal.key == key)
    return list(session.scalars(asked.order_by(Proposal.id.desc())))


def pending_keys(session: Session, subject: ProposalSubject) -> set[str]:
    """The things of a subject for which a change waits to be decided."""
    asked = select(Proposal.key).where(Proposal.subject == subject, Proposal.status == ProposalStatus.OPEN)
    return set(session.scalars(asked))


def all_of(session: Session, subject: ProposalSubject, limit: int) -> list[Proposal]:
    """The latest proposals of a subject."""
    asked = select(Proposal).where(Proposal.subject == subject)
    return list(session.scalars(asked.order_by(Proposal.id.desc()).limit(limit)))


def _open(session: Session, proposal_id: int, to: ProposalStatus) -> Proposal:
    proposal = get(session, proposal_id)
    if proposal.status is not ProposalStatus.OPEN:
        raise StatusRefused(key=str(proposal_id), status=proposal.status, to=to)
    return proposal


def _decided(
    session: Session, proposal: Proposal, status: ProposalStatus, by: int, now: datetime, note: str | None
) -> Proposal:
    proposal.status, proposal.decided_by, proposal.decided_at = status, by, now
    proposal.decision_note = note.strip()[:400] if note else None
    session.flush()
    return proposal


def _deed(
    session: Session, vault: Vault, proposal: Proposal, *, today: date, now: datetime, approved_by: str
) -> Deed:
    return Deed(
        session=session,
        vault=vault,
        key=proposal.key,
        change=proposal.change,
        valid_from=proposal.valid_from,
        reason=proposal.reason,
        unit_id=proposal.unit_id,
        proposed_by=proposal.proposed_by,
        today=today,
        now=now,
        approved_by=approved_by,
    )

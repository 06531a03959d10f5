"""Approvals: what was granted, until when, and the conditions that must be met before money is paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company import parameters
from company.database import Base, Fen, Instant, Rate
from company.messages import Language
from lending import documents
from lending.columns import worded
from lending.documents import Document, DocumentKind
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.maths.convention import Method

UNLISTED_OWNER = "customer_manager"


class ConditionKind(Labelled):
    """What must be true before the pay-out."""

    DOWN_PAYMENT = "down_payment", "首付款凭证已核验", "Down payment proven"
    INVOICE = "invoice", "购车发票已核验", "Purchase invoice checked"
    INSURANCE = "insurance", "车辆保险已生效", "Insurance in force"
    GPS_ACTIVE = "gps_active", "车载定位设备在线", "GPS device active"
    MORTGAGE_REGISTERED = "mortgage_registered", "抵押登记已办理", "Mortgage registered"
    CONSENT = "consent", "授权与同意书已签署", "Consents signed"
    GUARANTOR = "guarantor", "保证人已签约", "Guarantor has signed"
    INCOME_PROOF = "income_proof", "收入证明已补充", "Proof of income supplied"
    OTHER = "other", "其他条件", "Other condition"


class ConditionAlreadyDecided(LendingError):
    """The condition was met or waived before."""

    code = "condition_already_decided"
    zh = "条件“{condition}”已处理，不能再次变更。"
    en = "The condition “{condition}” has been decided already."


class WaiverReasonMissing(LendingError):
    """A condition is waived only with a reason."""

    code = "waiver_reason_missing"
    zh = "豁免条件“{condition}”必须写明理由。"
    en = "Write down why the condition “{condition}” is waived."


class ConditionProofMissing(LendingError):
    """A condition is met by its proof, not by a word."""

    code = "condition_proof_missing"
    zh = "条件“{condition}”以“{proof}”为证，案件中尚无该资料，请先上传再登记。"
    en = "The condition “{condition}” is proven by: {proof}. Upload it before recording the condition as met."


@dataclass(frozen=True)
class ConditionTerms:
    """One line of the list of conditions: who sees to it, within how many days of the approval, what proves it."""

    code: str
    zh: str
    en: str
    owner: str
    due_days: int
    proof: DocumentKind | None

    @property
    def written(self) -> str:
        """How a reviewer's choice is kept: the kind, or for a line of the company's own its name."""
        return self.code if ConditionKind.has(self.code) else self.zh


class Approval(Base):
    """What was granted for an application; amounts in yuan, rates as fractions a year."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), unique=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    term_months: Mapped[int]
    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    method: Mapped[Method] = mapped_column(worded(Method))
    loan_to_value: Mapped[Decimal] = mapped_column(Rate)
    approved_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    approved_at: Mapped[datetime] = mapped_column(Instant)
    conditions: Mapped[list[ConditionPrecedent]] = relationship(order_by="ConditionPrecedent.id")


class ConditionPrecedent(Base):
    """One condition; ``text`` says more than its kind, and alone says what an OTHER condition is."""

    __tablename__ = "condition_precedent"
    __table_args__ = (UniqueConstraint("approval_id", "kind", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), index=True)
    kind: Mapped[ConditionKind] = mapped_column(worded(ConditionKind))
    text: Mapped[str] = mapped_column(String(200), default="")
    standard: Mapped[bool]
    owner_role: Mapped[str | None] = mapped_column(String(32))
    due_on: Mapped[date | None] = mapped_column(Date)
    proof_kind: Mapped[DocumentKind | None] = mapped_column(worded(DocumentKind))
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    waived: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(String(500))

    proof: Mapped[Document | None] = relationship()

    def label(self, language: Language) -> str:
        """What the condition asks, in the words of its kind or its own."""
        return self.text or self.kind.label(language)

    @property
    def choice(self) -> str:
        """How a form names it: by its kind, or one with words of its own by its number."""
        return f"{self.kind.value}:{self.id}" if self.text else self.kind.value


def listed(session: Session, on: date) -> tuple[ConditionTerms, ...]:
    """The list of conditions that reviewers choose from, as it stands on a day (parameter conditions_precedent)."""
    found = []
    for line in parameters.value(session, "conditions_precedent", on):
        code, proof = line["code"], line["proof"]
        kind = ConditionKind(code) if ConditionKind.has(code) else None
        found.append(
            ConditionTerms(
                code=code,
                zh=kind.zh if kind else line["name"],
                en=kind.en if kind else line["name_en"],
                owner=line["owner"],
                due_days=line["due_days"],
                proof=DocumentKind(proof) if proof else None,
            )
        )
    return tuple(found)


def grant(
    session: Session,
    application_no: str,
    *,
    amount: Decimal,
    term_months: int,
    annual_rate: Decimal,
    method: Method,
    loan_to_value: Decimal,
    on: date,
    valid_until: date,
    standard: Iterable[str],
    extra: Iterable[str],
    by: int | None,
    now: datetime,
) -> Approval:
    """Write the approval with the product's ``standard`` conditions and the reviewers' ``extra`` ones.

    A condition is the value of a :class:`ConditionKind`, or free text, which makes an OTHER condition. Owner, due day
    and proof are those of the :func:`listed` line; what is not on the list is the customer manager's, due with the
    approval.
    """
    terms = {one.written: one for one in listed(session, on)}
    approval = Approval(
        application_no=application_no,
        amount=amount,
        term_months=term_months,
        annual_rate=annual_rate,
        method=method,
        loan_to_value=loan_to_value,
        approved_on=on,
        valid_until=valid_until,
        approved_by=by,
        approved_at=now,
    )
    seen: set[tuple[ConditionKind, str]] = set()
    for is_standard, written in [(True, one) for one in standard] + [(False, one) for one in extra]:
        kind, text = _read(written)
        if (kind, text) not in seen:
            seen.add((kind, text))
            term = terms.get(text or kind.value)
            approval.conditions.append(
                ConditionPrecedent(
                    kind=kind,
                    text=text,
                    standard=is_standard,
                    owner_role=term.owner if term else UNLISTED_OWNER,
                    due_on=min(valid_until, on + timedelta(days=term.due_days)) if term else valid_until,
                    proof_kind=term.proof if term else None,
                )
            )
    session.add(approval)
    session.flush()
    return approval


def _read(written: str) -> tuple[ConditionKind, str]:
    text = written.strip()
    if ConditionKind.has(text):
        return ConditionKind(text), ""
    return ConditionKind.OTHER, text[:200]


def named(written: str) -> str:
    """A condition as a reviewer wrote it, in Chinese words."""
    kind, text = _read(written)
    return text or kind.zh


def get(session: Session, application_no: str) -> Approval:
    """The approval of an application, or :class:`NotFound`."""
    approval = find(session, application_no)
    if approval is None:
        raise NotFound(what_zh="批复", what_en="approval of", key=application_no)
    return approval


def find(session: Session, application_no: str) -> Approval | None:
    """The approval of an application, if it has one."""
    return session.scalar(select(Approval).where(Approval.application_no == application_no))


def open_conditions(approval: Approval) -> tuple[ConditionPrecedent, ...]:
    """The conditions that are neither met nor waived."""
    return tuple(condition for condition in approval.conditions if condition.decided_at is None)


def meet_conditions(
    session: Session,
    application_no: str,
    kinds: Sequence[str],
    *,
    by: int | None,
    now: datetime,
    note: str = "",
) -> Approval:
    """Record that the open conditions of these kinds, or with these numbers, are met; any other is passed over.

    ``kinds`` are the :attr:`ConditionPrecedent.choice` of each. Raises ConditionProofMissing.
    """
    approval = get(session, application_no)
    for condition in open_conditions(approval):
        if condition.kind.value in kinds or condition.choice in kinds:
            condition.proof_id = _proof(session, application_no, condition)
            condition.decided_at, condition.decided_by, condition.note = now, by, note or None
    session.flush()
    return approval


def _proof(session: Session, application_no: str, condition: ConditionPrecedent) -> int | None:
    """The document that proves a condition; of one that asks for none, nothing."""
    if condition.proof_kind is None:
        return None
    found = documents.find(session, application_no, condition.proof_kind)
    if found is None:
        raise ConditionProofMissing(condition=condition, proof=condition.proof_kind)
    return found.id


def meet_condition(
    session: Session, condition_id: int, *, by: int | None, now: datetime, note: str = ""
) -> ConditionPrecedent:
    """Record that one condition is met."""
    return _decide(session, condition_id, waived=False, by=by, now=now, note=note)


def waive_condition(
    session: Session, condition_id: int, *, by: int | None, now: datetime, reason: str
) -> ConditionPrecedent:
    """Let a condition fall, with the reason."""
    if not reason.strip():
        condition = session.get_one(ConditionPrecedent, condition_id)
        raise WaiverReasonMissing(condition=condition)
    return _decide(session, condition_id, waived=True, by=by, now=now, note=reason)


def _decide(
    session: Session, condition_id: int, *, waived: bool, by: int | None, now: datetime, note: str
) -> ConditionPrecedent:
    condition = session.get(ConditionPrecedent, condition_id, with_for_update=True)
    if condition is None:
        raise NotFound(what_zh="放款条件", what_en="condition", key=condition_id)
    if condition.decided_at is not None:
        raise ConditionAlreadyDecided(condition=condition)
    condition.decided_at, condition.decided_by = now, by
    condition.waived, condition.note = waived, note or None
    session.flush()
    return condition

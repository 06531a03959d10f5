"""Investigations before a loan: what was verified from which source, what does not agree, and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled

MISMATCHES_MAX = 40


class InvestigationStatus(Labelled):
    """How far an investigation is."""

    OPEN = "open", "调查中", "Under way"
    COMPLETED = "completed", "已完成", "Completed"
    RETURNED = "returned", "已退回", "Returned"
    FRAUD = "fraud", "确认欺诈", "Fraud confirmed"


class VerifiedBy(Labelled):
    """By which road a fact was verified."""

    DESK = "desk", "案头核查", "At the desk"
    PHONE = "phone", "电话核实", "By telephone"
    VISIT = "visit", "上门核实", "By a visit"
    INTERVIEW = "interview", "面谈", "In an interview"


class Severity(Labelled):
    """How much a mismatch matters."""

    MINOR = "minor", "一般", "Minor"
    MAJOR = "major", "严重", "Major"


class Mismatched(Labelled):
    """What two sources say differently; the cross-validation table names these."""

    INCOME = "income", "申报收入高于流水", "Income declared above the statement"
    EMPLOYER = "employer", "单位信息不一致", "Employer differs"
    ADDRESS = "address", "居住地址不一致", "Address differs"
    PHONE = "phone", "手机号码非本人实名", "Phone not in the applicant's name"
    DEBT = "debt", "申报负债低于征信", "Debt declared below the bureau report"
    PAYER = "payer", "首付款非本人或配偶支付", "Down payment from another's account"
    COURT = "court", "有被执行或失信记录", "Court enforcement on record"
    PRICE = "price", "车价与发票或合同不符", "Price differs from the papers"


class ProposalMissing(LendingError):
    """A report that supports the loan says how much."""

    code = "proposal_missing"
    zh = "调查意见为“建议贷款”时须填写建议金额和期限。"
    en = "A report in favour names the amount and the term it proposes."


class ProposalAboveWish(LendingError):
    """The investigator proposes no more than was asked for."""

    code = "proposal_above_wish"
    zh = "建议金额 {proposed:,.2f} 元高于申请金额 {asked:,.2f} 元，请核对。"
    en = "The proposal, {proposed:,.2f}, is above the amount asked for, {asked:,.2f}."


class Investigation(Base):
    """One investigation of an application; ``proposed_amount`` in yuan."""

    __tablename__ = "investigation"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    status: Mapped[InvestigationStatus] = mapped_column(worded(InvestigationStatus))
    investigator_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    second_investigator_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    accepted_income: Mapped[Decimal | None] = mapped_column(Fen)
    opinion: Mapped[str | None] = mapped_column(String(32))
    proposed_amount: Mapped[Decimal | None] = mapped_column(Fen)
    proposed_term_months: Mapped[int | None]
    report: Mapped[str | None] = mapped_column(String(2000))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class VerificationItem(Base):
    """One fact as a source gave it, and how it was verified."""

    __tablename__ = "verification_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    investigation_id: Mapped[int] = mapped_column(ForeignKey("investigation.id"), index=True)
    verified_by: Mapped[VerifiedBy] = mapped_column(worded(VerifiedBy))
    item: Mapped[str] = mapped_column(String(60))
    finding: Mapped[str] = mapped_column(String(500))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Visit(Base):
    """One visit: where, how sure of the place, and what was seen; the photos are documents of the case."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    investigation_id: Mapped[int] = mapped_column(ForeignKey("investigation.id"), index=True)
    place: Mapped[str] = mapped_column(String(32))
    latitude: Mapped[Decimal | None] = mapped_column(Rate)
    longitude: Mapped[Decimal | None] = mapped_column(Rate)
    photo_count: Mapped[int]
    finding: Mapped[str] = mapped_column(String(1000))
    visited_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    visited_at: Mapped[datetime] = mapped_column(Instant)


class Mismatch(Base):
    """One thing that two sources say differently."""

    __tablename__ = "mismatch"

    id: Mapped[int] = mapped_column(primary_key=True)
    investigation_id: Mapped[int] = mapped_column(ForeignKey("investigation.id"), index=True)
    item: Mapped[Mismatched] = mapped_column(worded(Mismatched))
    severity: Mapped[Severity] = mapped_column(worded(Severity))
    found_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Place:
    """Where a visit went; degrees, None where the photos carry no position."""

    kind: str
    latitude: Decimal | None
    longitude: Decimal | None


def begin(
    session: Session, application_no: str, investigator_id: int | None, *, now: datetime
) -> Investigation:
    """The open investigation of an application, made when there is none."""
    found = session.scalar(
        select(Investigation).where(
            Investigation.application_no == application_no, Investigation.status == InvestigationStatus.OPEN
        )
    )
    if found is None:
        found = Investigation(
            application_no=application_no,
            status=InvestigationStatus.OPEN,
            investigator_id=investigator_id,
            opened_at=now,
        )
        session.add(found)
        session.flush()
    return found


def get(session: Session, investigation_id: int) -> Investigation:
    """The investigation, or :class:`NotFound`; held until the transaction ends."""
    found = session.get(Investigation, investigation_id, with_for_update=True)
    if found is None:
        raise NotFound(what_zh="调查", what_en="investigation", key=investigation_id)
    return found


def latest(session: Session, application_no: str) -> Investigation | None:
    """The investigation begun last for the application."""
    asked = select(Investigation).where(Investigation.application_no == application_no)
    return session.scalar(asked.order_by(Investigation.id.desc()).limit(1))


def record_items(
    session: Session,
    investigation: Investigation,
    verified_by: VerifiedBy,
    findings: Mapping[str, object],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Keep what was found by one road; empty findings are passed over."""
    for item, finding in findings.items():
        if finding not in (None, "", []):
            session.add(
                VerificationItem(
                    investigation_id=investigation.id,
                    verified_by=verified_by,
                    item=item[:60],
                    finding=str(finding)[:500],
                    recorded_by=by,
                    recorded_at=now,
                )
            )
    session.flush()


def record_mismatches(
    session: Session, investigation: Investigation, found: Sequence[Mapping[str, str]], *, now: datetime
) -> list[Mismatch]:
    """Keep what the cross-validation found, each thing once; what it found before and no longer finds goes."""
    for old in session.scalars(select(Mismatch).where(Mismatch.investigation_id == investigation.id)):
        session.delete(old)
    rows = [
        Mismatch(
            investigation_id=investigation.id,
            item=Mismatched(one["item"]),
            severity=Severity(one["severity"]),
            found_at=now,
        )
        for one in found[:MISMATCHES_MAX]
    ]
    session.add_all(rows)
    session.flush()
    return rows


def record_visit(
    session: Session,
    investigation: Investigation,
    place: Place,
    *,
    photo_count: int,
    finding: str,
    by: int | None,
    now: datetime,
) -> Visit:
    """Keep one visit."""
    visit = Visit(
        investigation_id=investigation.id,
        place=place.kind,
        latitude=place.latitude,
        longitude=place.longitude,
        photo_count=photo_count,
        finding=finding[:1000],
        visited_by=by,
        visited_at=now,
    )
    session.add(visit)
    session.flush()
    return visit


def write_report(
    investigation: Investigation,
    *,
    opinion: str,
    asked: Decimal,
    amount: Decimal | None,
    term_months: int | None,
    accepted_income: Decimal,
    text: str,
) -> None:
    """Write the report; one in favour proposes terms (:class:`ProposalMissing`, :class:`ProposalAboveWish`)."""
    if opinion == "grant" and (amount is None or term_months is None):
        raise ProposalMissing()
    if amount is not None and amount > asked:
        raise ProposalAboveWish(proposed=amount, asked=asked)
    investigation.opinion, investigation.report = opinion, text[:2000]
    investigation.proposed_amount, investigation.proposed_term_months = amount, term_months
    investigation.accepted_income = accepted_income


def close(
    session: Session, investigation: Investigation, status: InvestigationStatus, *, now: datetime
) -> None:
    """End the investigation; a returned one leaves room for a new one."""
    investigation.status, investigation.closed_at = status, now
    session.flush()

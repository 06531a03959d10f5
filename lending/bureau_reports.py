"""Credit bureau reports: sealed under the person's key, bound to the consent they were queried under."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import Vault
from lending import customers
from lending.applications import Application
from lending.consents import Consent
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.identifiers import resident_id


class BureauReportForeign(LendingError):
    """The bureau sent the report of somebody else."""

    code = "bureau_report_foreign"
    zh = "征信机构返回的报告不是申请人本人的，已拒收且未保存；请核对后重新查询。"
    en = "The bureau's report is of another identity; it was refused and not kept. Compare, and query again."


@dataclass(frozen=True)
class ReportFacts:
    """What the rules read of a report; amounts in yuan, overdue in days; None where the report says nothing."""

    has_record: bool | None
    overdue_days: int | None
    overdue_amount: Decimal | None
    worst_overdue_days: int | None
    overdue_times: int | None
    overdue_consecutive: int | None
    enquiries: int | None
    credit_years: Decimal | None
    unsecured_debt: Decimal | None
    monthly_debt: Decimal | None


class BureauReport(Base):
    """One report; the facts lie sealed under the customer's own key, and fall with it."""

    __tablename__ = "bureau_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    request_id: Mapped[str] = mapped_column(String(120), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    report_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    queried_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    queried_at: Mapped[datetime] = mapped_column(Instant)


def check_identity(reported: str, asked: str) -> None:
    """Refuse a report whose identity number is not the one asked for (:class:`BureauReportForeign`)."""
    if resident_id.compact(reported) != resident_id.compact(asked):
        raise BureauReportForeign()


def record(
    session: Session,
    vault: Vault,
    customer: Customer,
    consent: Consent,
    *,
    request_id: str,
    facts: ReportFacts,
    purpose: str,
    by: int | None,
    now: datetime,
) -> BureauReport:
    """Keep a report once a request id; the same request id again gives the report already kept."""
    known = session.scalar(select(BureauReport).where(BureauReport.request_id == request_id))
    if known is not None:
        return known
    text = json.dumps({name: _plain(value) for name, value in asdict(facts).items()})
    report = BureauReport(
        application_no=consent.application_no,
        customer_id=customer.id,
        consent_id=consent.id,
        request_id=request_id,
        purpose=purpose,
        report_sealed=vault.seal_for(session, customer.person_key_id, text),
        queried_by=by,
        queried_at=now,
    )
    session.add(report)
    session.flush()
    return report


def latest(session: Session, application_no: str, customer_id: int | None = None) -> BureauReport:
    """The newest report on a party of an application, or :class:`NotFound`; without ``customer_id`` on who applies.

    A report stays with the record whose key sealed it, also when that was merged into another.
    """
    whose = customer_id
    if whose is None:
        whose = session.scalar(
            select(Application.customer_id).where(Application.application_no == application_no)
        )
    asked = select(BureauReport).where(
        BureauReport.application_no == application_no,
        BureauReport.customer_id.in_(customers.records_of(whose or 0)),
    )
    report = session.scalar(asked.order_by(BureauReport.id.desc()).limit(1))
    if report is None:
        raise NotFound(what_zh="征信报告", what_en="bureau report of", key=application_no)
    return report


def facts_of(session: Session, vault: Vault, report: BureauReport) -> ReportFacts:
    """What the report says, opened."""
    customer = session.get_one(Customer, report.customer_id)
    return facts_from(json.loads(vault.open_for(session, customer.person_key_id, report.report_sealed)))


def facts_from(said: Mapping[str, object]) -> ReportFacts:
    """The facts as a party's JSON says them: whole numbers, amounts as text; what is absent or null is None.

    Raises ValueError for anything else.
    """
    return ReportFacts(
        has_record=_flag(said.get("has_record")),
        overdue_days=_count(said.get("overdue_days")),
        overdue_amount=_number(said.get("overdue_amount")),
        worst_overdue_days=_count(said.get("worst_overdue_days")),
        overdue_times=_count(said.get("overdue_times")),
        overdue_consecutive=_count(said.get("overdue_consecutive")),
        enquiries=_count(said.get("enquiries")),
        credit_years=_number(said.get("credit_years")),
        unsecured_debt=_number(said.get("unsecured_debt")),
        monthly_debt=_number(said.get("monthly_debt")),
    )


def _flag(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError("not a truth value")
    return value


def _number(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as wrong:
        raise ValueError("not a number") from wrong
    if not number.is_finite() or number < 0:
        raise ValueError("not a number from zero")
    return number


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def queries_of(session: Session, application_no: str) -> list[BureauReport]:
    """Every query of an application, oldest first; the reports themselves stay sealed."""
    asked = select(BureauReport).where(BureauReport.application_no == application_no)
    return list(session.scalars(asked.order_by(BureauReport.id)))

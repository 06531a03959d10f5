"""Insurance of the cars: policies with their days and first beneficiary, and what is wrong with them on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled

EXPIRY_NOTICE = timedelta(days=30)


class PolicyKind(Labelled):
    """What the policy covers."""

    COMPULSORY = "compulsory", "交强险", "Compulsory liability"
    COMMERCIAL = "commercial", "商业车损险", "Own damage"


class PolicyDaysReversed(LendingError):
    """A policy ends after it begins."""

    code = "policy_days_reversed"
    zh = "保险终止日 {valid_until} 不晚于起始日 {valid_from}，请按保单更正。"
    en = "The policy would end on {valid_until}, not after it begins on {valid_from}; copy both from it."


class BeneficiaryNotLender(LendingError):
    """The lender is the first beneficiary of what insures its security."""

    code = "beneficiary_not_lender"
    zh = "商业险保单 {policy_no} 的第一受益人不是本公司，请先办理批改。"
    en = "The lender is not the first beneficiary of the policy {policy_no}; have it endorsed first."


class InsurancePolicy(Base):
    """One policy of the car of an application."""

    __tablename__ = "insurance_policy"
    __table_args__ = (UniqueConstraint("insurer", "policy_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    kind: Mapped[PolicyKind] = mapped_column(worded(PolicyKind))
    insurer: Mapped[str] = mapped_column(String(80))
    policy_no: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date, index=True)
    lender_first: Mapped[bool]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session,
    application_no: str,
    vehicle_id: int,
    *,
    kind: PolicyKind,
    insurer: str,
    policy_no: str,
    valid_from: date,
    valid_until: date,
    lender_first: bool,
    by: int | None,
    now: datetime,
) -> InsurancePolicy:
    """Keep a policy, or correct the one of this number (:class:`PolicyDaysReversed`, :class:`BeneficiaryNotLender`)."""
    if valid_until <= valid_from:
        raise PolicyDaysReversed(valid_from=valid_from, valid_until=valid_until)
    if kind is PolicyKind.COMMERCIAL and not lender_first:
        raise BeneficiaryNotLender(policy_no=policy_no)
    policy = session.scalar(
        select(InsurancePolicy).where(
            InsurancePolicy.insurer == insurer, InsurancePolicy.policy_no == policy_no
        )
    )
    if policy is None:
        policy = InsurancePolicy(insurer=insurer, policy_no=policy_no)
        session.add(policy)
    policy.application_no, policy.vehicle_id, policy.kind = application_no, vehicle_id, kind
    policy.valid_from, policy.valid_until, policy.lender_first = valid_from, valid_until, lender_first
    policy.recorded_by, policy.recorded_at = by, now
    session.flush()
    return policy


def of_application(session: Session, application_no: str) -> list[InsurancePolicy]:
    """The policies of an application's car, the one that ends last first."""
    asked = select(InsurancePolicy).where(InsurancePolicy.application_no == application_no)
    return list(session.scalars(asked.order_by(InsurancePolicy.valid_until.desc(), InsurancePolicy.id)))


def lapsed(session: Session, application_no: str, on: date) -> InsurancePolicy | None:
    """The newest policy, when none covers the day; None when one does, or none was ever registered."""
    policies = of_application(session, application_no)
    covered = any(policy.valid_from <= on <= policy.valid_until for policy in policies)
    return None if covered or not policies else policies[0]


def ends_soon(policy: InsurancePolicy, on: date) -> bool:
    """Whether the policy has ended or ends within thirty days."""
    return policy.valid_until <= on + EXPIRY_NOTICE

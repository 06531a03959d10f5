"""The collateral register: one record a mortgaged car, the events of its mortgage, its papers and what is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Instant
from company.messages import Language
from company.vault import Vault
from lending import applications, custody, documents, evidence_ledger, insurance, vehicle_history
from lending.applications import Application
from lending.columns import worded
from lending.custody import CustodyItem
from lending.documents import DocumentKind
from lending.errors import LendingError, NotFound, step
from lending.insurance import InsurancePolicy
from lending.labels import Labelled
from lending.vehicle_history import VehicleHappening
from lending.vehicles import Vehicle


class CollateralStatus(Labelled):
    """The life of a mortgage."""

    REGISTERING = "registering", "办理抵押中", "Being registered"
    REGISTERED = "registered", "已抵押", "Registered"
    IN_CUSTODY = "in_custody", "已抵押、证书在库", "Registered, certificate in custody"
    RELEASING = "releasing", "解押中", "Being released"
    RELEASED = "released", "已解押", "Released"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class MortgagePaper(Labelled):
    """What the registration office asks for."""

    OWNER_ID = "owner_id", "车主身份证明", "Owner's identity"
    MORTGAGEE_ID = "mortgagee_id", "抵押权人身份证明", "Mortgagee's identity"
    CERTIFICATE = "certificate", "机动车登记证书", "Registration certificate"
    MORTGAGE_CONTRACT = "mortgage_contract", "抵押合同", "Mortgage contract"


class MortgageHappening(Labelled):
    """What can happen at the registration office."""

    PREPARED = "prepared", "材料已备齐", "Papers ready"
    APPLIED = "applied", "双方已共同申请", "Applied for jointly"
    REJECTED = "rejected", "车管所退件", "Refused by the office"
    REGISTERED = "registered", "抵押已登记", "Registered"
    CONFIRMED = "confirmed", "公示查询已核对", "Confirmed by the public register"
    CERTIFIED = "certified", "登记证书已入库", "Certificate in custody"
    RELEASED = "released", "抵押已解除", "Released"


class MortgageOrder(Labelled):
    """Which comes first."""

    MORTGAGE_FIRST = "mortgage_first", "先抵押后放款", "Mortgage first"
    PAYMENT_FIRST = "payment_first", "先放款后抵押", "Pay-out first"


_S = CollateralStatus
TRANSITIONS = {
    _S.REGISTERING: frozenset({_S.REGISTERED, _S.CANCELLED}),
    _S.REGISTERED: frozenset({_S.IN_CUSTODY, _S.RELEASING}),
    _S.IN_CUSTODY: frozenset({_S.RELEASING}),
    _S.RELEASING: frozenset({_S.RELEASED}),
}
STANDING = frozenset({_S.REGISTERING, _S.REGISTERED, _S.IN_CUSTODY, _S.RELEASING})


class AlreadyCollateral(LendingError):
    """One car secures one loan."""

    code = "vehicle_already_collateral"
    zh = "车架号 {vin} 已是申请 {other} 的抵押物，不能重复抵押；请先解押或核对车架号。"
    en = "The car {vin} secures {other} already and cannot be pledged twice; release it first or check the VIN."


class VehicleSealed(LendingError):
    """A sealed car is not mortgaged."""

    code = "vehicle_sealed"
    zh = "车辆 {vin} 于 {since} 起被查封，不能办理抵押登记（机动车登记规定第三十六条）。"
    en = "The car {vin} is sealed since {since}; its mortgage cannot be registered."


class RegisteredInFutureOrBeforeApplication(LendingError):
    """The office registers between the joint application and today."""

    code = "mortgage_date_impossible"
    zh = "抵押登记日期 {registered_on} 应在共同申请日 {applied_on} 与今天之间，请按登记证书更正。"
    en = (
        "The mortgage cannot have been registered on {registered_on}: it lies between {applied_on} and today."
    )


class Collateral(Base):
    """One mortgaged car. ``due_on``: when the registration must stand, by the order of mortgage and pay-out."""

    __tablename__ = "collateral"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), unique=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    active_vehicle_id: Mapped[int | None] = mapped_column(unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    status: Mapped[CollateralStatus] = mapped_column(worded(CollateralStatus))
    mortgage_order: Mapped[MortgageOrder] = mapped_column(worded(MortgageOrder))
    due_on: Mapped[date] = mapped_column(Date)
    certificate_no: Mapped[str | None] = mapped_column(String(40))
    registered_on: Mapped[date | None] = mapped_column(Date)
    receipt_no: Mapped[str | None] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(Instant)


class MortgageEvent(Base):
    """One thing that happened to a mortgage."""

    __tablename__ = "mortgage_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    collateral_id: Mapped[int] = mapped_column(ForeignKey("collateral.id"), index=True)
    happening: Mapped[MortgageHappening] = mapped_column(worded(MortgageHappening))
    happened_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    def told(self, language: Language) -> str:
        """The note as a person reads it: papers by their names."""
        if self.happening is not MortgageHappening.PREPARED:
            return self.note
        papers = self.note.split("、")
        words = [MortgagePaper(one).label(language) if MortgagePaper.has(one) else one for one in papers]
        return ("、" if language == "zh" else ", ").join(words)


def open_for(
    session: Session, vault: Vault, application: Application, order: MortgageOrder, *, on: date, now: datetime
) -> Collateral:
    """The register's record of an application's car, with the day by which the mortgage must stand.

    Written into the evidence ledger too. Raises :class:`AlreadyCollateral` when the car secures another loan, by the
    register or by the ledger; :class:`VehicleSealed`.
    """
    found = find(session, application.application_no)
    if found is not None:
        return found
    vehicle = session.scalars(
        select(Vehicle).where(Vehicle.id == application.vehicle_id).with_for_update()
    ).one()
    other = session.scalar(
        select(Collateral.application_no).where(Collateral.active_vehicle_id == vehicle.id)
    )
    pledge = evidence_ledger.look_up(session, vault, vehicle.vin).pledge
    if pledge is not None and pledge.application_no != application.application_no:
        other = other or pledge.application_no
    if other is not None:
        raise AlreadyCollateral(vin=vehicle.vin, other=other)
    _refuse_sealed(session, vehicle)
    collateral = Collateral(
        application_no=application.application_no,
        vehicle_id=vehicle.id,
        active_vehicle_id=vehicle.id,
        owner_id=application.customer_id,
        unit_id=application.unit_id,
        status=CollateralStatus.REGISTERING,
        mortgage_order=order,
        due_on=_due(session, order, on),
        opened_at=now,
    )
    session.add(collateral)
    session.flush()
    evidence_ledger.pledge(session, vault, vehicle.vin, application.application_no, on=on, now=now)
    return collateral


def count_from(session: Session, collateral: Collateral, on: date) -> None:
    """Let the days of the registration begin on a day: that of the pay-out, where it went first."""
    collateral.due_on = _due(session, collateral.mortgage_order, on)
    session.flush()


def _due(session: Session, order: MortgageOrder, on: date) -> date:
    days: int = parameters.value(session, "mortgage_days", on)[order.value]
    return on + timedelta(days=days)


def _refuse_sealed(session: Session, vehicle: Vehicle) -> None:
    sealed = vehicle_history.sealed_since(session, vehicle.id)
    if sealed is not None:
        raise VehicleSealed(vin=vehicle.vin, since=sealed)


def find(session: Session, application_no: str) -> Collateral | None:
    """The record of an application's car, if there is one."""
    return session.scalar(select(Collateral).where(Collateral.application_no == application_no))


def get(session: Session, application_no: str) -> Collateral:
    """The record of an application's car, or :class:`NotFound`; held until the transaction ends."""
    asked = select(Collateral).where(Collateral.application_no == application_no).with_for_update()
    found = session.scalar(asked)
    if found is None:
        raise NotFound(what_zh="抵押登记", what_en="collateral of", key=application_no)
    return found


def note(
    session: Session,
    collateral: Collateral,
    happening: MortgageHappening,
    *,
    on: date,
    by: int | None,
    now: datetime,
    text: str = "",
) -> MortgageEvent:
    """Write what happened into the mortgage's life."""
    event = MortgageEvent(
        collateral_id=collateral.id,
        happening=happening,
        happened_on=on,
        note=text[:300],
        recorded_by=by,
        recorded_at=now,
    )
    session.add(event)
    session.flush()
    return event


def events(session: Session, collateral: Collateral) -> list[MortgageEvent]:
    """The mortgage's life, earliest first."""
    asked = select(MortgageEvent).where(MortgageEvent.collateral_id == collateral.id)
    return list(session.scalars(asked.order_by(MortgageEvent.id)))


def register(
    session: Session,
    collateral: Collateral,
    *,
    registered_on: date,
    certificate_no: str,
    receipt_no: str,
    by: int | None,
    on: date,
    now: datetime,
) -> None:
    """The office has registered the mortgage (机动车登记规定 第三十二条); the car's life says so too.

    Raises :class:`RegisteredInFutureOrBeforeApplication`.
    """
    applied = [e for e in events(session, collateral) if e.happening is MortgageHappening.APPLIED]
    applied_on = applied[-1].happened_on if applied else collateral.opened_at.date()
    if not applied_on <= registered_on <= on:
        raise RegisteredInFutureOrBeforeApplication(registered_on=registered_on, applied_on=applied_on)
    collateral.status = step(
        collateral.application_no, collateral.status, CollateralStatus.REGISTERED, TRANSITIONS
    )
    collateral.registered_on, collateral.certificate_no = registered_on, certificate_no
    collateral.receipt_no = receipt_no
    note(session, collateral, MortgageHappening.REGISTERED, on=registered_on, by=by, now=now, text=receipt_no)
    vehicle_history.record(
        session,
        collateral.vehicle_id,
        VehicleHappening.MORTGAGED,
        on=registered_on,
        now=now,
        business_key=collateral.application_no,
        note=certificate_no,
        by=by,
    )


def put_in_custody(session: Session, collateral: Collateral) -> None:
    """The registration certificate lies in the company's custody."""
    collateral.status = step(
        collateral.application_no, collateral.status, CollateralStatus.IN_CUSTODY, TRANSITIONS
    )
    session.flush()


def cancel(session: Session, application_no: str, *, on: date, now: datetime) -> None:
    """The application falls: a car whose mortgage does not stand yet is free, one that is mortgaged is to be released.

    Until the office has released it, it stays the collateral of this application. Nothing to do without a record.
    """
    collateral = find(session, application_no)
    if collateral is None:
        return
    if collateral.status is CollateralStatus.REGISTERING:
        collateral.status, collateral.active_vehicle_id = CollateralStatus.CANCELLED, None
        evidence_ledger.free(session, application_no, on=on, now=now)
    elif collateral.status in (CollateralStatus.REGISTERED, CollateralStatus.IN_CUSTODY):
        collateral.status = CollateralStatus.RELEASING
    session.flush()


def waits_for_renewal(session: Session, policy: InsurancePolicy, ends_on: date) -> bool:
    """Whether a policy that ends on this day is the last of a car that still secures a loan."""
    record = find(session, policy.application_no)
    last = insurance.of_application(session, policy.application_no)[0]
    secures = record is not None and record.active_vehicle_id == policy.vehicle_id
    return secures and last.id == policy.id and policy.valid_until == ends_on


class Gap(Labelled):
    """What is missing from a file of collateral."""

    MORTGAGE = "mortgage", "抵押尚未登记", "Mortgage not registered"
    MORTGAGE_LATE = "mortgage_late", "抵押登记已逾期", "Mortgage registration overdue"
    CERTIFICATE = "certificate", "登记证书未入库", "Certificate not in custody"
    POLICY = "policy", "没有保险单", "No insurance policy"
    POLICY_ENDS = "policy_ends", "保险三十日内到期或已到期", "Insurance ended or ends within 30 days"
    SCAN = "scan", "缺登记证书扫描件", "Certificate not scanned"


def gaps(session: Session, collateral: Collateral, on: date) -> list[Gap]:
    """What is missing from the file on a day."""
    found = []
    if collateral.registered_on is None:
        found.append(Gap.MORTGAGE_LATE if on > collateral.due_on else Gap.MORTGAGE)
    elif CustodyItem.REGISTRATION_CERTIFICATE not in custody.held(session, collateral.application_no):
        found.append(Gap.CERTIFICATE)
    policies = insurance.of_application(session, collateral.application_no)
    if not policies:
        found.append(Gap.POLICY)
    elif insurance.ends_soon(policies[0], on):
        found.append(Gap.POLICY_ENDS)
    if documents.find(session, collateral.application_no, DocumentKind.REGISTRATION_CERTIFICATE) is None:
        found.append(Gap.SCAN)
    return found


def words(found: list[Gap], language: Language) -> str:
    """The gaps in a line."""
    return ("、" if language == "zh" else ", ").join(gap.label(language) for gap in found)


def vehicle_of(session: Session, application_no: str) -> Vehicle:
    """The car of an application."""
    return session.get_one(Vehicle, applications.get(session, application_no).vehicle_id)

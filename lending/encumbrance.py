"""One car, several applications: whose facts of the car stand, who sees it, and that it is financed only once.

The application of somebody who takes a debt over stands on the same loan: it does not finance the car again.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending.applications import OPEN, Application, ApplicationStatus
from lending.collateral import Collateral
from lending.errors import LendingError
from lending.identifiers import vin
from lending.transfer_records import same_debt
from lending.vehicles import Energy, Vehicle, VehicleKind


class VehicleFactsDiffer(LendingError):
    """The car stands in another open case with other facts, on which that case's limits rest."""

    code = "vehicle_facts_differ"
    zh = "车架号 {vin} 在申请 {other} 中登记为“{kind}、{energy}”，与本次填写不一致，请核对车辆。"
    en = "The VIN {vin} stands in {other} as {kind}, {energy}, unlike here; compare with the car."


class VehicleAlreadyFinanced(LendingError):
    """A signed contract already stands on this car."""

    code = "vehicle_already_financed"
    zh = "车架号 {vin} 已有签署的贷款（申请 {other}），不能再签一份合同。"
    en = "A loan on the car {vin} is signed already (application {other}); it cannot be financed twice."


def others(session: Session, vehicle_id: int, application_no: str) -> tuple[str, ...]:
    """The numbers of all other applications, open or signed, for the same car."""
    return tuple(
        session.scalars(
            select(Application.application_no)
            .where(
                Application.vehicle_id == vehicle_id,
                Application.application_no.not_in(_same(session, application_no)),
                Application.status.in_(OPEN),
            )
            .order_by(Application.id)
        )
    )


def is_financed(session: Session, vin_text: str, application_no: str) -> bool:
    """Whether another application for the car with this VIN is signed: it is collateral already."""
    asked = select(Application.id).join(Vehicle, Vehicle.id == Application.vehicle_id)
    asked = asked.where(
        Vehicle.vin == vin.validate(vin_text),
        Application.application_no.not_in(_same(session, application_no)),
        Application.status == ApplicationStatus.SIGNED,
    )
    return session.scalar(asked.limit(1)) is not None


def _same(session: Session, application_no: str) -> set[str]:
    """The application, and those on the debt that it takes over."""
    return {application_no} | same_debt(session, application_no)


def held_elsewhere(
    session: Session, vin_text: str, application_no: str, *, kind: VehicleKind, energy: Energy
) -> Vehicle | None:
    """The car as another open case entered it, to be left as it is; None if no other case holds it.

    Raises :class:`VehicleFactsDiffer` if its kind or energy is said to be another.
    """
    number = vin.validate(vin_text)
    vehicle = session.scalar(select(Vehicle).where(Vehicle.vin == number))
    found = () if vehicle is None else others(session, vehicle.id, application_no)
    if vehicle is None or not found:
        return None
    if (vehicle.kind, vehicle.energy) != (kind, energy):
        raise VehicleFactsDiffer(vin=number, other=found[0], kind=vehicle.kind, energy=vehicle.energy)
    return vehicle


def pledged_to(session: Session, application: Application) -> str | None:
    """The other application for which the car is, or is being, mortgaged, or signed; None when it is free."""
    same = _same(session, application.application_no)
    other = session.scalar(
        select(Collateral.application_no).where(
            Collateral.active_vehicle_id == application.vehicle_id,
            Collateral.application_no.not_in(same),
        )
    )
    return other or session.scalar(
        select(Application.application_no).where(
            Application.vehicle_id == application.vehicle_id,
            Application.application_no.not_in(same),
            Application.status == ApplicationStatus.SIGNED,
        )
    )


def check_free(session: Session, application: Application) -> None:
    """Refuse to sign for a car on which another application is signed (:class:`VehicleAlreadyFinanced`)."""
    # The row of the car is held: of two signatures at once the second sees the first.
    vehicle = session.scalars(
        select(Vehicle).where(Vehicle.id == application.vehicle_id).with_for_update()
    ).one()
    other = session.scalar(
        select(Application.application_no).where(
            Application.vehicle_id == vehicle.id,
            Application.application_no != application.application_no,
            Application.status == ApplicationStatus.SIGNED,
        )
    )
    if other is not None:
        raise VehicleAlreadyFinanced(vin=vehicle.vin, other=other)

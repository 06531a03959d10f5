"""Cars: the search by VIN or plate, and one car with what its VIN says, its life, mortgages, policies and cases."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.masking import mask_plate
from company.organisation import business_date
from company.people import Employee, in_scope
from lending import collateral, custody, insurance, typed, vehicle_history
from lending.applications import Application
from lending.appraisals import Appraisal
from lending.collateral import Collateral, MortgageEvent
from lending.custody import CustodyEntry
from lending.identifiers import vin
from lending.identifiers.vin_decoding import decode
from lending.insurance import InsurancePolicy
from lending.loans import Loan
from lending.vehicle_history import EventSource, VehicleEvent, VehicleHappening
from lending.vehicle_prices import PricePoint
from lending.vehicles import Vehicle
from web import cases
from web.access import allowed, grants
from web.display import day
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.summary import Facts, vehicle_number
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("vehicles", __name__)
PAGE_ROWS = 50


@dataclass(frozen=True)
class Policy:
    """An insurance policy, and whether it has ended or ends soon."""

    policy: InsurancePolicy
    tone: str


@dataclass(frozen=True)
class Record:
    """Everything the page of a car shows."""

    facts: Facts
    decoded: Facts
    doubts: list[str]
    events: list[tuple[VehicleEvent, str]]
    appraisals: list[Appraisal]
    prices: list[PricePoint]
    mortgages: list[tuple[Collateral, list[MortgageEvent]]]
    policies: list[Policy]
    custody: list[CustodyEntry]
    applications: list[Application]
    loans: list[Loan]


def reach() -> ColumnElement[bool]:
    """The cars of the applications that the person may open, and of the collateral that the person may read."""
    if not any(allowed(thing) for thing in ("application", "contract", "disbursement", "collateral")):
        abort(403)
    conditions = [Vehicle.id.in_(select(Application.vehicle_id).where(cases.readable()))]
    if allowed("collateral"):
        mine = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
        conditions.append(
            Vehicle.id.in_(
                select(Collateral.vehicle_id)
                .join(Application, Application.application_no == Collateral.application_no)
                .where(mine)
            )
        )
    return or_(*conditions)


def plate_number(plate: str | None) -> str:
    """A plate, whole for who may read customers, else masked."""
    if plate is None:
        return "—"
    return plate if allowed("customer") else mask_plate(plate)


@pages.get("/vehicles")
def index() -> ResponseReturnValue:
    """The cars in reach, newest first; those whose VIN, plate or model holds ``q``."""
    wanted = request.args.get("q", "").strip()[:64]
    before = request.args.get("before", type=int)
    asked = select(Vehicle).where(reach())
    if wanted:
        plain = wanted.replace(" ", "").replace("·", "")
        found = [Vehicle.model_name.icontains(wanted, autoescape=True)]
        found += [column.icontains(plain, autoescape=True) for column in (Vehicle.vin, Vehicle.plate_no)]
        asked = asked.where(or_(*found))
    if before is not None:
        asked = asked.where(Vehicle.id < before)
    with wired().database.read() as session:
        rows = session.scalars(asked.order_by(Vehicle.id.desc()).limit(PAGE_ROWS + 1)).all()
        more = (
            url_for("vehicles.index", q=wanted, before=rows[PAGE_ROWS - 1].id) if rows[PAGE_ROWS:] else None
        )
        shown = [(one, vehicle_number(one.vin), plate_number(one.plate_no)) for one in rows[:PAGE_ROWS]]
        return render_template("vehicles.html", rows=shown, q=wanted, more=more)


def _reached(session: Session, vehicle_id: int) -> Vehicle:
    """The car, or 404 when there is none or it lies outside the person's scope."""
    vehicle = None
    if vehicle_id < 2**31:
        vehicle = session.scalar(select(Vehicle).where(Vehicle.id == vehicle_id, reach()))
    if vehicle is None:
        abort(404)
    return vehicle


@pages.get("/vehicles/<int:vehicle_id>")
def show(vehicle_id: int) -> ResponseReturnValue:
    """One car, or 404."""
    with wired().database.read() as session:
        vehicle = _reached(session, vehicle_id)
        return render_template(
            "vehicle.html",
            vehicle=vehicle,
            record=_record(session, vehicle),
            today=business_date(session),
            happenings=[(each.value, each.label(current())) for each in vehicle_history.BY_HAND],
            sources=[(each.value, each.label(current())) for each in EventSource.for_staff()],
            may_note=allowed("collateral", "U"),
        )


def life(session: Session, vehicle_id: int) -> list[tuple[VehicleEvent, str]]:
    """A car's life, earliest first, each event with the name of who wrote it down."""
    events = vehicle_history.of(session, vehicle_id)
    ids = {event.recorded_by for event in events if event.recorded_by}
    people = {one.id: named(one) for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    return [(event, people.get(event.recorded_by or 0, "")) for event in events]


@pages.post("/vehicles/<int:vehicle_id>/events")
def note(vehicle_id: int) -> ResponseReturnValue:
    """Write down what happened to the car: registered, damaged, transferred, sealed, repossessed, sold."""
    grants("collateral", "U")
    form, wiring, actor = request.form, wired(), me().actor
    happening, source = form.get("happening", ""), form.get("source", "")
    if not (VehicleHappening.has(happening) and EventSource.has(source)):
        raise typed.NotAChoice(text=f"{happening} {source}"[:40])
    with command() as session:
        vehicle = _reached(session, vehicle_id)
        event = vehicle_history.record_by_hand(
            session,
            vehicle.id,
            VehicleHappening(happening),
            source=EventSource(source),
            note=form.get("note", ""),
            on=typed.calendar_day(form.get("on", "")),
            today=business_date(session),
            by=actor.employee_id or 0,
            now=wiring.clock.now(),
        )
        facts = {"happening": happening, "source": source, "on": event.happened_on}
        audit.record(session, wiring.clock.now(), actor, "vehicle.note", "vehicle", vehicle.id, after=facts)
    tell(_("已记入车辆履历。"), "good")
    return redirect(url_for("vehicles.show", vehicle_id=vehicle_id), 303)


def _record(session: Session, vehicle: Vehicle) -> Record:
    applications = session.scalars(
        select(Application)
        .where(Application.vehicle_id == vehicle.id, cases.readable())
        .order_by(Application.id.desc())
    ).all()
    numbers = [each.application_no for each in applications]
    mortgages = _mortgages(session, vehicle)
    mine = {record.application_no for record, _events in mortgages}
    on = business_date(session)
    newest_first = InsurancePolicy.valid_until.desc()
    policies = session.scalars(
        select(InsurancePolicy).where(InsurancePolicy.application_no.in_(mine)).order_by(newest_first)
    )
    appraised = (
        session.scalars(
            select(Appraisal).where(Appraisal.application_no.in_(numbers)).order_by(Appraisal.id.desc())
        ).all()
        if allowed("appraisal")
        else []
    )
    return Record(
        facts=_facts(vehicle),
        decoded=_decoded(vehicle, on.year + 1),
        doubts=[doubt.label(current()) for doubt in vin.warnings(vehicle.vin)],
        events=life(session, vehicle.id),
        appraisals=list(appraised),
        prices=list(
            session.scalars(
                select(PricePoint)
                .where(PricePoint.vehicle_id == vehicle.id, PricePoint.business_key.in_(numbers))
                .order_by(PricePoint.quoted_on.desc())
            )
        ),
        mortgages=mortgages,
        policies=[
            Policy(
                each, "late" if each.valid_until < on else "soon" if insurance.ends_soon(each, on) else "calm"
            )
            for each in policies
        ],
        custody=[entry for number in mine for entry in custody.log(session, number)],
        applications=list(applications),
        loans=_loans(session, vehicle),
    )


def _mortgages(session: Session, vehicle: Vehicle) -> list[tuple[Collateral, list[MortgageEvent]]]:
    if not allowed("collateral"):
        return []
    mine = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
    found = session.scalars(
        select(Collateral)
        .join(Application, Application.application_no == Collateral.application_no)
        .where(Collateral.vehicle_id == vehicle.id, mine)
        .order_by(Collateral.id.desc())
    )
    return [(record, collateral.events(session, record)) for record in found]


def _loans(session: Session, vehicle: Vehicle) -> list[Loan]:
    if not allowed("contract"):
        return []
    mine = in_scope(grants("contract"), Loan.unit_id, Loan.owner_id)
    return list(
        session.scalars(select(Loan).where(Loan.vehicle_id == vehicle.id, mine).order_by(Loan.id.desc()))
    )


def _facts(vehicle: Vehicle) -> Facts:
    return [
        (_("车架号"), vehicle_number(vehicle.vin)),
        (_("号牌"), plate_number(vehicle.plate_no)),
        (_("车型"), vehicle.model_name),
        (_("车辆类别"), vehicle.kind.label(current())),
        (_("动力"), vehicle.energy.label(current())),
        (_("首次登记"), day(vehicle.first_registered_on)),
    ]


def _decoded(vehicle: Vehicle, latest_year: int) -> Facts:
    """What the VIN itself says; the serial number stays out, it is part of the number that may be masked."""
    told = decode(vehicle.vin, latest_year=latest_year)
    unknown = _("未收录")
    maker = told.maker.label(current()) if told.maker else unknown
    if told.small_maker:
        maker = _("小批量厂商，须查第 12 至 14 位")
    place = [told.region.label(current())] + ([told.country.label(current())] if told.country else [])
    return [
        (_("制造厂（WMI {wmi}）", wmi=told.wmi), maker),
        (_("地区"), " · ".join(place)),
        (_("车型年份（第 10 位）"), str(told.model_year) if told.model_year else unknown),
        (_("校验位（第 9 位）"), _("不符，须人工核对") if vehicle.vin_doubtful else _("相符")),
    ]

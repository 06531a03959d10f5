"""The register of collateral: every mortgaged car with what is missing from its file, and the life of one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import in_scope
from lending import appraisals, collateral, custody, customers, insurance, vehicle_prices
from lending.applications import Application
from lending.collateral import STANDING, Collateral, Gap
from lending.customers import Customer
from lending.pledged_property import PropertyKind
from lending.vehicles import Vehicle
from web import pledges
from web.access import allowed, grants
from web.display import day, yuan
from web.language import current
from web.language import translate as _
from web.summary import Facts, person_name, vehicle_number
from web.vehicles import life
from web.wiring import wired

pages = Blueprint("collateral", __name__)
ROWS_MAX = 200


@dataclass(frozen=True)
class Row:
    """One car in the register, with what its file lacks."""

    record: Collateral
    owner: str
    model_name: str
    vin: str
    gaps: list[Gap]


@pages.get("/collateral")
def index() -> ResponseReturnValue:
    """The cars in reach, newest first; only the files with gaps when asked."""
    reach = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
    only_gaps = request.args.get("gaps") == "1"
    with wired().database.read() as session:
        today = business_date(session)
        found = session.execute(
            select(Collateral, Customer.name, Vehicle.model_name, Vehicle.vin)
            .join(Application, Application.application_no == Collateral.application_no)
            .join(Customer, Customer.id == Collateral.owner_id)
            .join(Vehicle, Vehicle.id == Collateral.vehicle_id)
            .where(reach, Collateral.status.in_(STANDING))
            .order_by(Collateral.id.desc())
            .limit(ROWS_MAX)
        ).all()
        rows = [
            Row(
                record,
                person_name(name),
                model,
                vehicle_number(vin),
                collateral.gaps(session, record, today),
            )
            for record, name, model, vin in found
        ]
        shown = [row for row in rows if row.gaps] if only_gaps else rows
        return render_template("collateral.html", rows=shown, only_gaps=only_gaps)


@pages.get("/collateral/<application_no>")
def show(application_no: str) -> ResponseReturnValue:
    """One car: its mortgage, policies, papers in custody, appraisals, prices and life; 404 outside one's scope."""
    reach = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
    with wired().database.read() as session:
        record = session.scalar(
            select(Collateral)
            .join(Application, Application.application_no == Collateral.application_no)
            .where(Collateral.application_no == application_no, reach)
        )
        if record is None:
            abort(404)
        return render_template(
            "collateral_record.html",
            record=record,
            facts=_facts(session, record),
            gaps=collateral.gaps(session, record, business_date(session)),
            events=collateral.events(session, record),
            policies=insurance.of_application(session, application_no),
            custody=custody.log(session, application_no),
            prices=vehicle_prices.points(session, application_no),
            life=life(session, record.vehicle_id),
            pledged=pledges.rows_of(session, application_no),
            kinds=PropertyKind.choices(current()),
            today=business_date(session),
            may_change=allowed("collateral", "U"),
        )


def _facts(session: Session, record: Collateral) -> Facts:
    vehicle = session.get_one(Vehicle, record.vehicle_id)
    facts: Facts = [
        (_("车主"), person_name(customers.get(session, record.owner_id).name)),
        (_("车辆"), vehicle.model_name),
        (_("车架号"), vehicle_number(vehicle.vin)),
        (_("号牌"), vehicle.plate_no or "—"),
        (_("办理顺序"), record.mortgage_order.label(current())),
        (_("应办结日"), day(record.due_on)),
        (_("抵押登记日"), day(record.registered_on)),
        (_("登记证书编号"), record.certificate_no or "—"),
        (_("受理回执"), record.receipt_no or "—"),
    ]
    appraisal = appraisals.standing(session, record.application_no)
    if appraisal is not None and appraisal.value is not None:
        facts.append((_("评估价"), yuan(appraisal.value)))
        facts.append((_("评估有效期至"), day(appraisal.valid_until)))
    return facts

"""Securities beside the car's mortgage: other property pledged, its return, and whether a car is pledged already."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date
from company.people import Employee, in_scope
from lending import evidence_ledger, pledged_property, typed
from lending.applications import Application
from lending.collateral import Collateral
from lending.evidence_ledger import Standing
from lending.pledged_property import PledgedProperty, PledgeStatus, PropertyKind
from web.access import allowed, grants
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("pledges", __name__)


@dataclass(frozen=True)
class Row:
    """A pledged thing, who asked for its release and who gave it back, and what the person may do with it."""

    thing: PledgedProperty
    asked_by: str
    released_by: str
    may_ask: bool
    may_decide: bool


def rows_of(session: Session, application_no: str) -> list[Row]:
    """What is pledged for an application, as its page of collateral shows it."""
    found = pledged_property.of_application(session, application_no)
    ids = {each.release_asked_by for each in found} | {each.released_by for each in found}
    asked = select(Employee).where(Employee.id.in_([each for each in ids if each]))
    people = {one.id: named(one) for one in session.scalars(asked)}
    may, mine = allowed("collateral", "U"), me().actor.employee_id
    return [
        Row(
            each,
            people.get(each.release_asked_by or 0, ""),
            people.get(each.released_by or 0, ""),
            may and each.status is PledgeStatus.HELD,
            may and each.status is PledgeStatus.RELEASING and each.release_asked_by != mine,
        )
        for each in found
    ]


def _reached(session: Session, application_no: str) -> Application:
    """The application whose collateral the person may change, or 404."""
    mine = in_scope(grants("collateral", "U"), Application.unit_id, Application.owner_id)
    found = session.scalar(select(Application).where(Application.application_no == application_no, mine))
    if found is None:
        abort(404)
    return found


@pages.post("/collateral/<application_no>/pledges")
def take_in(application_no: str) -> ResponseReturnValue:
    """Take a pledged thing of the applicant into custody."""
    form, wiring, actor = request.form, wired(), me().actor
    if not PropertyKind.has(form.get("kind", "")):
        raise typed.NotAChoice(text=form.get("kind", "")[:40])
    with command() as session:
        application = _reached(session, application_no)
        thing = pledged_property.take_in(
            session,
            application_no,
            application.customer_id or 0,
            kind=PropertyKind(form["kind"]),
            description=form.get("description", ""),
            value=typed.positive_amount(form.get("value", "")),
            slot=form.get("slot", ""),
            handed_by=form.get("handed_by", ""),
            received_by=form.get("received_by", ""),
            on=typed.calendar_day(form.get("on", "")),
            today=business_date(session),
            by=actor.employee_id or 0,
            now=wiring.clock.now(),
        )
        _note(session, thing, "pledge.take_in")
    tell(_("质押物已入库登记。"), "good")
    return redirect(url_for("collateral.show", application_no=application_no), 303)


@pages.post("/pledges/<int:pledge_id>/release")
def ask_release(pledge_id: int) -> ResponseReturnValue:
    """Ask that a thing is given back; another person confirms it."""
    form = request.form
    with command() as session:
        thing = _thing(session, pledge_id)
        pledged_property.ask_release(
            session,
            thing.id,
            reason=form.get("reason", ""),
            to=form.get("to", ""),
            by=me().actor.employee_id or 0,
            now=wired().clock.now(),
        )
        _note(session, thing, "pledge.ask_release")
        number = thing.application_no
    tell(_("解押已提出，等待另一人确认。"), "good")
    return redirect(url_for("collateral.show", application_no=number), 303)


@pages.post("/pledges/<int:pledge_id>/decision")
def decide_release(pledge_id: int) -> ResponseReturnValue:
    """Confirm that a thing was given back, or keep it."""
    agreed = request.form.get("do") == "release"
    with command() as session:
        thing = _thing(session, pledge_id)
        by, now = me().actor.employee_id or 0, wired().clock.now()
        pledged_property.decide_release(session, thing.id, agreed=agreed, by=by, now=now)
        _note(session, thing, "pledge.release" if agreed else "pledge.keep")
        number = thing.application_no
    tell(_("质押物已归还。") if agreed else _("质押物留在库中。"), "good")
    return redirect(url_for("collateral.show", application_no=number), 303)


def _thing(session: Session, pledge_id: int) -> PledgedProperty:
    if pledge_id >= 2**31:
        abort(404)
    thing = pledged_property.get(session, pledge_id)
    _reached(session, thing.application_no)
    return thing


def _note(session: Session, thing: PledgedProperty, action: str) -> None:
    facts = {"application_no": thing.application_no, "status": thing.status.value}
    audit.record(session, wired().clock.now(), me().actor, action, "pledge", thing.id, after=facts)


@dataclass(frozen=True)
class Found:
    """What the evidence ledger says of a VIN; ``reached`` are the applications that the person may open."""

    vin: str
    standing: Standing
    reached: frozenset[str]


@pages.get("/pledged-cars")
def look() -> ResponseReturnValue:
    """Where a VIN is looked up among the pledges."""
    grants("collateral")
    return render_template("pledged_cars.html", found=None, given="", problem=None)


@pages.post("/pledged-cars")
def look_up() -> ResponseReturnValue:
    """Whether the car with a VIN is somebody's collateral, found by its hash; a VIN is never part of an address."""
    mine = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
    given = request.form.get("vin", "").strip()[:40]
    with wired().database.read() as session:
        try:
            standing = evidence_ledger.look_up(session, wired().vault, given)
        except Refusal as refusal:
            problem = refusal.text(current())
            return render_template("pledged_cars.html", found=None, given=given, problem=problem), 422
        numbers = [entry.application_no for entry in standing.entries]
        reached = session.scalars(
            select(Collateral.application_no)
            .join(Application, Application.application_no == Collateral.application_no)
            .where(Collateral.application_no.in_(numbers), mine)
        )
        found = Found(given.upper(), standing, frozenset(reached))
        return render_template("pledged_cars.html", found=found, given=given, problem=None)

"""Positions: the list with head-counts and holders, and who takes or gives up which from what day on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, people
from company.messages import Refusal
from company.organisation import Unit, business_date
from company.people import Employee, in_scope, positions
from company.people.positions import Position
from web import staff, typed, units
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.proposals import NOBODY
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("positions", __name__)


@dataclass(frozen=True)
class Row:
    """A position of a unit with the people who hold it today."""

    position: Position
    unit: Unit
    holders: list[Employee]


@pages.get("/positions")
def index() -> ResponseReturnValue:
    """The open positions of the units in reach, with head-count and holders."""
    return _list(None, {})


def _list(problem: str | None, given: dict[str, str]) -> str:
    with wired().database.read() as session:
        tree = units.in_reach(session)
        by_id = {unit.id: unit for unit in tree}
        held = positions.holders_of(session, business_date(session))
        asked = select(Position).where(Position.unit_id.in_(by_id), Position.closed_on.is_(None))
        found = session.scalars(asked.order_by(Position.name)).all()
        rows = [Row(each, by_id[each.unit_id], held.get(each.id, [])) for each in found]
        rows.sort(key=lambda row: (row.unit.path, row.position.name))
        return render_template(
            "positions.html",
            rows=rows,
            units=[unit for unit in tree if unit.closed_on is None],
            may_change=allowed("users", "U"),
            problem=problem,
            given=given,
        )


@pages.post("/positions")
def create() -> ResponseReturnValue:
    """Establish a position of a unit."""
    grants("users", "C")
    form = typed.texts()
    try:
        with command() as session:
            count = typed.number(form.get("head_count"))
            position = positions.establish(
                session,
                typed.unit(session, form.get("unit")),
                name=form.get("name", ""),
                name_en=form.get("name_en", ""),
                head_count=-1 if count is None else count,
            )
            _note(session, "position.establish", position, None)
    except Refusal as refusal:
        return _list(refusal.text(current()), form), 422
    tell(_("岗位已设立。"), "good")
    return redirect(url_for("positions.index"), 303)


@pages.post("/positions/<int:position_id>")
def change(position_id: int) -> ResponseReturnValue:
    """Another head-count, or abolish the position."""
    form = typed.texts()
    try:
        with command() as session:
            position = _reached(session, position_id)
            before = _said(position)
            today = business_date(session)
            if form.get("do") == "abolish":
                positions.abolish(session, position, today)
            else:
                count = typed.number(form.get("head_count"))
                positions.set_head_count(session, position, -1 if count is None else count, today)
            _note(session, "position.change", position, before)
    except Refusal as refusal:
        return _list(refusal.text(current()), {}), 422
    tell(_("已保存。"), "good")
    return redirect(url_for("positions.index"), 303)


def _reached(session: Session, position_id: int) -> Position:
    """An open position in a unit of the person's scope, or 404."""
    reach = in_scope(grants("users", "U"), Position.unit_id, NOBODY)
    found = None
    if position_id < 2**31:
        found = session.scalar(select(Position).where(Position.id == position_id, reach))
    if found is None or found.closed_on is not None:
        abort(404)
    return found


@pages.post("/staff/<int:employee_id>/positions")
def assign(employee_id: int) -> ResponseReturnValue:
    """Let the employee take a position, or give one up, from a day on; both stay in the history."""
    form = typed.texts()
    try:
        with command() as session:
            person = people.employee(session, staff.changeable(session, employee_id).id)
            on = typed.day(form.get("on")) or business_date(session)
            if holding := typed.number(form.get("holding")):
                position = positions.give_up(session, person, holding, on, me().username)
                act = "employee.position_given_up"
            else:
                position = positions.open_position(session, typed.number(form.get("position")) or 0)
                positions.take(session, person, position, on, me().username)
                act = "employee.position_taken"
            facts = {"position": position.name, "unit": position.unit_id, "on": on}
            now = wired().clock.now()
            audit.record(session, now, me().actor, act, "employee", person.id, after=facts)
    except Refusal as refusal:
        tell(refusal.text(current()), "bad")
    else:
        tell(_("任职已更新。"), "good")
    return redirect(url_for("staff.show", employee_id=employee_id), 303)


def _note(session: Session, act: str, position: Position, before: dict[str, object] | None) -> None:
    now = wired().clock.now()
    audit.record(session, now, me().actor, act, "position", position.id, before, _said(position))


def _said(position: Position) -> dict[str, object]:
    return {
        "unit": position.unit_id,
        "name": position.name,
        "head_count": position.head_count,
        "closed_on": position.closed_on,
    }

"""Units: the tree of branches and departments with their duties; opened, renamed, moved and closed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit, people
from company.messages import Refusal
from company.organisation import (
    Unit,
    UnitKind,
    add_unit,
    business_date,
    close_unit,
    correct_unit,
    move_unit,
    reopen_unit,
)
from company.people import Employee, in_scope
from company.people.positions import Position
from web import typed
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.proposals import NOBODY
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("units", __name__)
_DUTIES_MAX = 2000


def in_reach(session: Session, actions: str = "R") -> list[Unit]:
    """The units in the person's scope, in the order of the tree."""
    reach = in_scope(grants("users", actions), Unit.id, NOBODY)
    return list(session.scalars(select(Unit).where(reach).order_by(Unit.path)))


def _reached(session: Session, unit_id: int, actions: str = "R") -> Unit:
    """The unit, or 404 when there is none or outside the person's scope."""
    reach = in_scope(grants("users", actions), Unit.id, NOBODY)
    unit = session.scalar(select(Unit).where(Unit.id == unit_id, reach)) if unit_id < 2**31 else None
    if unit is None:
        abort(404)
    return unit


def kinds() -> list[tuple[str, str]]:
    """What a unit can be, below the company."""
    return [(UnitKind.BRANCH.value, _("分公司")), (UnitKind.DEPARTMENT.value, _("部门"))]


@pages.get("/units")
def index() -> ResponseReturnValue:
    """The tree, and the form of a new unit."""
    return _list(None, {})


def _list(problem: str | None, given: dict[str, str]) -> str:
    with wired().database.read() as session:
        counted = select(Employee.unit_id, func.count()).where(Employee.active).group_by(Employee.unit_id)
        found = in_reach(session)
        return render_template(
            "units.html",
            units=found,
            staff=dict(session.execute(counted).all()),
            parents=[unit for unit in found if unit.closed_on is None],
            kinds=kinds(),
            problem=problem,
            given=given,
        )


@pages.post("/units")
def create() -> ResponseReturnValue:
    """Open a unit below another one."""
    grants("users", "C")
    form = typed.texts(_DUTIES_MAX)
    try:
        with command() as session:
            kind = UnitKind.BRANCH if form.get("kind") == UnitKind.BRANCH else UnitKind.DEPARTMENT
            unit = add_unit(
                session,
                parent=typed.unit(session, form.get("parent")),
                kind=kind,
                code=form.get("code", "")[:32].upper(),
                name=form.get("name", "")[:120],
                name_en=form.get("name_en", "")[:120],
                duties=form.get("duties", ""),
            )
            _note(session, "unit.open", unit, None)
            unit_id = unit.id
    except Refusal as refusal:
        return _list(refusal.text(current()), form), 422
    tell(_("机构已设立。"), "good")
    return redirect(url_for("units.show", unit_id=unit_id), 303)


@pages.get("/units/<int:unit_id>")
def show(unit_id: int) -> ResponseReturnValue:
    """One unit: duties, people, positions, and what hangs below it; 404 outside the scope."""
    with wired().database.read() as session:
        return _page(session, _reached(session, unit_id), None)


def _page(session: Session, unit: Unit, problem: str | None) -> str:
    tree = in_reach(session)
    staff = select(Employee).where(Employee.unit_id == unit.id, Employee.active).order_by(Employee.username)
    positions = select(Position).where(Position.unit_id == unit.id, Position.closed_on.is_(None))
    return render_template(
        "unit.html",
        unit=unit,
        kinds=dict(kinds()),
        parent=next((each for each in tree if each.id == unit.parent_id), None),
        below=[each for each in tree if each.parent_id == unit.id],
        parents=[each for each in tree if each.closed_on is None and not each.path.startswith(unit.path)],
        staff=session.scalars(staff).all(),
        positions=session.scalars(positions.order_by(Position.id)).all(),
        may_change=allowed("users", "U"),
        problem=problem,
    )


@pages.post("/units/<int:unit_id>")
def correct(unit_id: int) -> ResponseReturnValue:
    """Another name, or other duties."""
    form = typed.texts(_DUTIES_MAX)

    def change(session: Session, unit: Unit) -> None:
        correct_unit(
            session,
            unit,
            name=form.get("name", "")[:120],
            name_en=form.get("name_en", "")[:120],
            duties=form.get("duties", ""),
        )

    return _changed(unit_id, "unit.correct", change, _("已保存。"))


@pages.post("/units/<int:unit_id>/move")
def move(unit_id: int) -> ResponseReturnValue:
    """Hang the unit elsewhere: the data scope of everybody in it, and of those above, follows at once."""
    given = request.form.get("parent")

    def change(session: Session, unit: Unit) -> None:
        move_unit(session, unit, parent=typed.unit(session, given))

    return _changed(unit_id, "unit.move", change, _("机构已移动，数据范围随之生效。"))


@pages.post("/units/<int:unit_id>/close")
def close(unit_id: int) -> ResponseReturnValue:
    """Close the unit, or take it back into use."""
    if request.form.get("do") == "reopen":
        return _changed(unit_id, "unit.reopen", reopen_unit, _("机构已恢复。"))

    def change(session: Session, unit: Unit) -> None:
        close_unit(session, unit, business_date(session), people=people.count_in(session, unit))

    return _changed(unit_id, "unit.close", change, _("机构已停用。"))


def _changed(
    unit_id: int, act: str, change: Callable[[Session, Unit], None], told: str
) -> ResponseReturnValue:
    """Carry out a change with its entry in the audit log; a refusal stands on the unit's page."""
    try:
        with command() as session:
            unit = _reached(session, unit_id, "U")
            before = _said(unit)
            change(session, unit)
            _note(session, act, unit, before)
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, _reached(session, unit_id), refusal.text(current())), 422
    tell(told, "good")
    return redirect(url_for("units.show", unit_id=unit_id), 303)


def _note(session: Session, act: str, unit: Unit, before: dict[str, object] | None) -> None:
    now = wired().clock.now()
    audit.record(session, now, me().actor, act, "unit", unit.id, before, _said(unit))


def _said(unit: Unit) -> dict[str, object]:
    return {
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "duties": unit.duties,
        "parent": unit.parent_id,
        "closed_on": unit.closed_on,
    }

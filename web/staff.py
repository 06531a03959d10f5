"""Staff: the list, one employee with roles and sign-ins, and what an administrator does, from hiring to leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from company import audit, people
from company.masking import mask_phone
from company.messages import Refusal
from company.organisation import Unit, business_date, unit_of
from company.people import (
    Employee,
    EmployeeRole,
    Role,
    in_scope,
    outside_identities,
    positions,
    second_factor,
)
from company.people.employees import PLACE_OF_MOBILE
from company.people.positions import Position, PositionHolding
from engine import assignment
from lending import succession
from lending.identifiers import mobile
from web import typed
from web.access import allowed, grants
from web.account import sign_ins
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("staff", __name__)
ROWS_MAX = 200
_NO_ROLE_OF_STAFF = ("customer", "agency_collector")


@dataclass(frozen=True)
class Row:
    """One person in the list."""

    person: Employee
    unit: str
    roles: str
    positions: str


@dataclass(frozen=True)
class Given:
    """What the form says of a person."""

    name: str
    name_en: str
    phone: str
    entered_on: date | None
    email: str
    staff_no: str


@pages.get("/staff")
def index() -> ResponseReturnValue:
    """The people in reach, those who left last; those whose name or sign-in name holds ``q``."""
    wanted = request.args.get("q", "").strip()[:64]
    asked = select(Employee).where(_reach()).order_by(Employee.active.desc(), Employee.username)
    if wanted:
        columns = (Employee.username, Employee.name, Employee.name_en)
        ways = [column.icontains(wanted, autoescape=True) for column in columns]
        asked = asked.where(or_(*ways, Employee.id.in_(_holding(wanted))))
    with wired().database.read() as session:
        found = session.scalars(asked.limit(ROWS_MAX)).all()
        return render_template("staff.html", rows=_rows(session, list(found)), q=wanted)


def _holding(name: str) -> Select[int]:
    """The ids of those who hold a position whose name holds this."""
    named_so = or_(*(column.icontains(name, autoescape=True) for column in (Position.name, Position.name_en)))
    return (
        select(PositionHolding.employee_id)
        .join(Position, Position.id == PositionHolding.position_id)
        .where(named_so, PositionHolding.until.is_(None))
    )


def _reach(actions: str = "R") -> ColumnElement[bool]:
    return in_scope(grants("users", actions), Employee.unit_id, Employee.id)


def _rows(session: Session, found: list[Employee]) -> list[Row]:
    ids = [person.id for person in found]
    units = {unit.id: named(unit) for unit in session.scalars(select(Unit))}
    held: dict[int, list[str]] = {employee_id: [] for employee_id in ids}
    asked = select(EmployeeRole.employee_id, Role).join(Role, Role.id == EmployeeRole.role_id)
    for employee_id, role in session.execute(
        asked.where(EmployeeRole.employee_id.in_(ids)).order_by(Role.id)
    ):
        if named(role) not in held[employee_id]:
            held[employee_id].append(named(role))
    between = "、" if current() == "zh" else ", "
    posts = positions.held_by(session, ids, business_date(session))
    return [
        Row(
            person,
            units.get(person.unit_id, ""),
            between.join(held[person.id]),
            between.join(named(each) for each in posts.get(person.id, [])),
        )
        for person in found
    ]


def _reached(session: Session, employee_id: int, actions: str = "R") -> Employee:
    """The employee, or 404 when there is none or outside the person's scope."""
    condition = _reach(actions)
    person = None
    if employee_id < 2**31:
        person = session.scalar(select(Employee).where(Employee.id == employee_id, condition))
    if person is None:
        abort(404)
    return person


@pages.get("/staff/<int:employee_id>")
def show(employee_id: int) -> ResponseReturnValue:
    """One employee, or 404."""
    with wired().database.read() as session:
        return _page(session, _reached(session, employee_id))


def _page(session: Session, person: Employee, problem: str | None = None, password: str | None = None) -> str:
    held = session.execute(
        select(Role, Unit)
        .join(EmployeeRole, EmployeeRole.role_id == Role.id)
        .join(Unit, Unit.id == EmployeeRole.unit_id)
        .where(EmployeeRole.employee_id == person.id)
        .order_by(Role.id, Unit.id)
    ).all()
    phone = (
        wired().vault.open_text(person.mobile_sealed, about=PLACE_OF_MOBILE) if person.mobile_sealed else ""
    )
    return render_template(
        "employee.html",
        person=person,
        unit=unit_of(session, person.unit_id),
        phone=mask_phone(phone) if phone else "–",
        held=held,
        roles=_roles(session),
        units=_units(session),
        holdings=positions.history_of(session, person.id),
        open_positions=_open_positions(session),
        owned=succession.owned_by(session, person.id),
        work=assignment.owned_by(session, person.id),
        colleagues=_colleagues(session, person, {role.id for role, _unit in held}),
        sign_ins=sign_ins(session, person),
        today=business_date(session),
        is_linked=outside_identities.is_linked(session, person.id),
        has_second_factor=second_factor.is_on(session, person.id),
        is_locked=person.locked_until is not None and person.locked_until > wired().clock.now(),
        may_change=allowed("users", "U") and person.id != me().actor.employee_id,
        problem=problem,
        password=password,
    )


def _roles(session: Session) -> list[Role]:
    return list(session.scalars(select(Role).where(Role.id.not_in(_NO_ROLE_OF_STAFF)).order_by(Role.id)))


def _units(session: Session) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.closed_on.is_(None)).order_by(Unit.path)))


def _open_positions(session: Session) -> list[Position]:
    return list(session.scalars(select(Position).where(Position.closed_on.is_(None)).order_by(Position.name)))


def _colleagues(session: Session, person: Employee, roles: set[str]) -> list[Employee]:
    """Who could take over: somebody with a role of the same name, those of the same unit first."""
    same = select(EmployeeRole.employee_id).where(EmployeeRole.role_id.in_(roles))
    return list(
        session.scalars(
            select(Employee)
            .where(Employee.active, Employee.id != person.id, Employee.id.in_(same))
            .order_by(Employee.unit_id != person.unit_id, Employee.username)
            .limit(ROWS_MAX)
        )
    )


@pages.get("/staff/new")
def new() -> ResponseReturnValue:
    """The form of a new employee."""
    grants("users", "C")
    return _new_page({}, None)


def _new_page(given: dict[str, str], problem: str | None) -> str:
    with wired().database.read() as session:
        return render_template(
            "employee_new.html",
            given=given,
            problem=problem,
            roles=_roles(session),
            units=_units(session),
            open_positions=_open_positions(session),
        )


@pages.post("/staff/new")
def create() -> ResponseReturnValue:
    """Add an employee; the first password is shown once, on the page that answers."""
    grants("users", "C")
    form, now = typed.texts(), wired().clock.now()
    password = people.new_password()
    password_hash = people.hash_password(password)
    try:
        given = _read(form)
        if not form.get("username"):
            raise people.EmployeeFieldMissing("username")
        with command() as session:
            unit = typed.unit(session, form.get("unit"))
            wanted = [form["role"]] if form.get("role") else []
            person = people.hire(session, form["username"], given.name, unit, wanted, password_hash)
            person.password_is_temporary = True
            _write(person, given)
            people.identify(session, person, email=given.email, staff_no=given.staff_no)
            after = {**_said(person), "username": person.username, "roles": wanted}
            if form.get("position"):
                position = positions.open_position(session, typed.number(form["position"]) or 0)
                since = given.entered_on or business_date(session)
                positions.take(session, person, position, since, me().username)
                after["position"] = position.name
            audit.record(session, now, me().actor, "employee.hire", "employee", person.id, after=after)
            employee_id = person.id
    except Refusal as refusal:
        return _new_page(form, refusal.text(current())), 422
    with wired().database.read() as session:
        return _page(session, _reached(session, employee_id), password=password), 201


@pages.post("/staff/<int:employee_id>")
def correct(employee_id: int) -> ResponseReturnValue:
    """Correct the record; another unit moves the roles held at the former one with the person."""
    form, now = typed.texts(), wired().clock.now()
    try:
        given = _read(form)
        with command() as session:
            person = changeable(session, employee_id)
            before = _said(person)
            _write(person, given)
            people.identify(session, person, email=given.email, staff_no=given.staff_no)
            unit = typed.unit(session, form.get("unit"))
            if unit.id != person.unit_id:
                people.move(session, person, unit)
            audit.record(
                session, now, me().actor, "employee.correct", "employee", person.id, before, _said(person)
            )
    except Refusal as refusal:
        return _refused(employee_id, refusal)
    tell(_("已保存。"), "good")
    return redirect(url_for("staff.show", employee_id=employee_id), 303)


@pages.post("/staff/<int:employee_id>/roles")
def change_role(employee_id: int) -> ResponseReturnValue:
    """Give a role at a unit, or take it away; either ends the person's open sessions."""
    form, now = typed.texts(), wired().clock.now()
    role_id, gives = form.get("role", ""), form.get("do") == "give"
    try:
        with command() as session:
            person = changeable(session, employee_id)
            unit = typed.unit(session, form.get("unit"))
            if gives:
                if role_id in _NO_ROLE_OF_STAFF:
                    raise people.RoleUnknown(role_id=role_id)
                people.give_role(session, person, role_id, unit)
            else:
                people.withdraw_role(session, person, role_id, unit)
            action = "employee.role_given" if gives else "employee.role_withdrawn"
            facts = {"role": role_id, "unit": unit.code}
            audit.record(session, now, me().actor, action, "employee", person.id, after=facts)
    except Refusal as refusal:
        return _refused(employee_id, refusal)
    tell(_("角色已变更，该员工须重新登录。"), "good")
    return redirect(url_for("staff.show", employee_id=employee_id), 303)


@pages.post("/staff/<int:employee_id>/password")
def reset_password(employee_id: int) -> ResponseReturnValue:
    """Give a password for the next sign-in alone, shown once; a lock is lifted."""
    with wired().database.read() as session:
        if not _reached(session, employee_id, "U").active:
            abort(404)
    return _with_new_password(employee_id, "employee.password_reset")


def _with_new_password(employee_id: int, act: str) -> str:
    """The page with a password for one sign-in; who had left is back."""
    grants("users", "U")
    password = people.new_password()
    password_hash, now = people.hash_password(password), wired().clock.now()
    with command() as session:
        person = changeable(session, employee_id)
        if not person.active:
            people.reactivate(session, person)
        people.set_password(session, person, password_hash, temporary=True)
        audit.record(session, now, me().actor, act, "employee", person.id)
    with wired().database.read() as session:
        return _page(session, _reached(session, employee_id), password=password)


@pages.post("/staff/<int:employee_id>/leave")
def leave(employee_id: int) -> ResponseReturnValue:
    """Let the person leave; tasks, cases and customers pass to the successor."""
    form = typed.texts()
    try:
        successor_id = typed.number(form.get("successor"))
        on = typed.day(form.get("left_on"))
        with command() as session:
            person = changeable(session, employee_id)
            if on is None or (person.entered_on and on < person.entered_on):
                raise people.EmployeeDateWrong()
            passed = wired().dismiss(session, me().actor, person, successor_id, on)
    except Refusal as refusal:
        return _refused(employee_id, refusal)
    wired().wake()
    tell(
        _(
            "已离岗。{held} 项任务转给接手人，{returned} 项退回组任务池。",
            held=passed.held,
            returned=passed.returned,
        ),
        "good",
    )
    return redirect(url_for("staff.show", employee_id=employee_id), 303)


@pages.post("/staff/<int:employee_id>/return")
def come_back(employee_id: int) -> ResponseReturnValue:
    """Let a person who left sign in again, with a password for the first time that is shown once."""
    return _with_new_password(employee_id, "employee.return")


def _refused(employee_id: int, refusal: Refusal) -> ResponseReturnValue:
    with wired().database.read() as session:
        return _page(session, _reached(session, employee_id), refusal.text(current())), 422


def changeable(session: Session, employee_id: int) -> Employee:
    """The employee in reach, whom another person may change, or 404: nobody gives rights to himself, 403."""
    person = _reached(session, employee_id, "U")
    if person.id == me().actor.employee_id:
        abort(403)
    return person


def _read(form: dict[str, str]) -> Given:
    if not form.get("name"):
        raise people.EmployeeFieldMissing("name")
    phone = mobile.validate(form["mobile"]) if form.get("mobile") else ""
    name = form["name"]
    entered = typed.day(form.get("entered_on"))
    contacts = form.get("email", ""), form.get("staff_no", "")
    return Given(name, form.get("name_en") or name, phone, entered, *contacts)


def _write(person: Employee, given: Given) -> None:
    """An empty phone leaves the one on record: the form never shows it."""
    person.name, person.name_en = given.name, given.name_en
    person.entered_on = given.entered_on
    if given.phone:
        person.mobile_sealed = wired().vault.seal(given.phone, about=PLACE_OF_MOBILE)


def _said(person: Employee) -> dict[str, object]:
    """What the audit keeps of a record: not the phone itself."""
    return {
        "name": person.name,
        "name_en": person.name_en,
        "unit": person.unit_id,
        "entered_on": person.entered_on,
        "email": person.email,
        "staff_no": person.staff_no,
        "has_mobile": person.mobile_sealed is not None,
    }

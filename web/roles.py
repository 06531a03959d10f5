"""Roles: what each may do with what and how far, whose tasks it gets, and who holds it; composed at run time."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import Unit
from company.people import Employee, EmployeeRole, Role, Scope, composing
from company.people.composing import LETTERS, Content
from company.people.matrix import OBJECTS
from web import typed
from web.access import allowed, grants
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("roles", __name__)


@dataclass(frozen=True)
class Line:
    """One object of the matrix with what the role may do with it."""

    id: str
    title: str
    letters: str
    scope: str


def scopes() -> list[tuple[str, str]]:
    """How far a right reaches."""
    words = {
        Scope.OWN: _("本人"),
        Scope.DEPARTMENT: _("本部门"),
        Scope.BRANCH: _("本分公司"),
        Scope.ALL: _("全公司"),
    }
    return [(scope.value, words[scope]) for scope in Scope]


def letters() -> list[tuple[str, str]]:
    """What can be done with an object."""
    words = (_("新建"), _("查看"), _("修改"), _("审批"), _("执行"), _("导出"))
    return list(zip(LETTERS, words, strict=True))


@pages.get("/roles")
def index() -> ResponseReturnValue:
    """All roles, with how many active people hold each."""
    grants("users")
    with wired().database.read() as session:
        counted = session.execute(
            select(EmployeeRole.role_id, func.count(EmployeeRole.employee_id.distinct()))
            .join(Employee, Employee.id == EmployeeRole.employee_id)
            .where(Employee.active)
            .group_by(EmployeeRole.role_id)
        )
        held = dict(counted.all())
        found = session.scalars(select(Role).order_by(Role.id)).all()
        contents = {role.id: composing.content_of(session, role) for role in found}
        return render_template("roles.html", roles=found, held=held, contents=contents, scopes=dict(scopes()))


@pages.get("/roles/new")
def new() -> ResponseReturnValue:
    """The form of a new role."""
    grants("users", "C")
    with wired().database.read() as session:
        return _page(session, None, Content("", "", Scope.OWN), None)


@pages.post("/roles/new")
def create() -> ResponseReturnValue:
    """Compose a role."""
    grants("users", "C")
    content, role_id = _given(), request.form.get("id", "").strip()[:32]
    try:
        with command() as session:
            role = composing.create_role(session, role_id, content)
            now = wired().clock.now()
            audit.record(session, now, me().actor, "role.create", "role", role.id, after=content.said())
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, None, content, refusal.text(current()), role_id), 422
    tell(_("角色已建立。"), "good")
    return redirect(url_for("roles.show", role_id=role_id), 303)


@pages.get("/roles/<role_id>")
def show(role_id: str) -> ResponseReturnValue:
    """One role: its matrix, groups and holders."""
    grants("users")
    with wired().database.read() as session:
        role = _role(session, role_id)
        return _page(session, role, composing.content_of(session, role), None)


@pages.post("/roles/<role_id>")
def change(role_id: str) -> ResponseReturnValue:
    """Let the role be what the form says: at once, for everybody who holds it; their sessions end."""
    grants("users", "U")
    content = _given()
    if role_id in me().actor.roles:  # nobody gives rights to himself
        abort(403)
    try:
        with command() as session:
            role = _role(session, role_id)
            before = composing.content_of(session, role).said()
            signed_out = composing.change_role(session, role, content)
            after = {**content.said(), "signed_out": signed_out}
            now = wired().clock.now()
            audit.record(session, now, me().actor, "role.change", "role", role.id, before, after)
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, _role(session, role_id), content, refusal.text(current())), 422
    tell(_("角色已变更，{n} 名持有人须重新登录。", n=signed_out), "good")
    return redirect(url_for("roles.show", role_id=role_id), 303)


def _role(session: Session, role_id: str) -> Role:
    role = session.get(Role, role_id[:32])
    if role is None:
        abort(404)
    return role


def _given() -> Content:
    """What the form says; a right without letters is none."""
    form = request.form
    permissions = {}
    for name, _zh, _en in OBJECTS:
        given = "".join(letter for letter in LETTERS if letter in form.getlist(f"may_{name}"))
        if given:
            permissions[name] = (given, _scope(form.get(f"scope_{name}")))
    text = typed.texts()
    return Content(
        name=text.get("name", ""),
        name_en=text.get("name_en", ""),
        scope=_scope(text.get("scope")),
        permissions=permissions,
        groups=frozenset(form.getlist("group")),
        needs_second_factor=bool(text.get("needs_second_factor")),
    )


def _scope(given: str | None) -> Scope:
    return Scope(given) if given in set(Scope) else Scope.OWN


def _page(
    session: Session, role: Role | None, content: Content, problem: str | None, role_id: str = ""
) -> str:
    english = current() == "en"
    lines = []
    for name, zh, en in OBJECTS:
        given, scope = content.permissions.get(name, ("", content.scope))
        lines.append(Line(name, en if english else zh, given, scope.value))
    held_by = session.execute(
        select(Employee, Unit)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .join(Unit, Unit.id == EmployeeRole.unit_id)
        .where(EmployeeRole.role_id == (role.id if role else ""), Employee.active)
        .order_by(Employee.username, Unit.id)
    ).all()
    others = select(Role).where(Role.id != (role.id if role else "")).order_by(Role.id)
    may_change = allowed("users", "C" if role is None else "U")
    return render_template(
        "role.html",
        role=role,
        role_id=role_id,
        title=named(role) if role else _("新建角色"),
        content=content,
        lines=lines,
        letters=letters(),
        scopes=scopes(),
        others=session.scalars(others).all(),
        held_by=held_by,
        may_change=may_change and (role is None or role.id not in me().actor.roles),
        problem=problem,
    )

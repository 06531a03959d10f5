"""The library of regulations: searched and read by everybody, each reading confirmed; kept by the legal staff."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit, parameter_words
from company import regulations as library
from company.messages import Refusal
from company.organisation import business_date
from company.people import Employee
from company.regulations import Entry, Regulation, RegulationReading
from web import typed
from web.access import allowed
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("regulations", __name__)
ROWS_MAX = 200
_TEXT_MAX = 20_000


@pages.get("/regulations")
def index() -> ResponseReturnValue:
    """The entries whose number, title, issuer or text holds ``q``, those in force today unless all are asked for."""
    wanted, every = request.args.get("q", "").strip()[:64], request.args.get("all") == "1"
    with wired().database.read() as session:
        today = business_date(session)
        found = library.search(session, wanted, on=None if every else today, limit=ROWS_MAX)
        mine = RegulationReading.employee_id == me().actor.employee_id
        read = set(session.scalars(select(RegulationReading.regulation_id).where(mine)))
        return render_template("regulations.html", rows=found, read=read, q=wanted, every=every, today=today)


@pages.get("/regulations/new")
def new() -> ResponseReturnValue:
    """The form of a new entry."""
    with wired().database.read() as session:
        return _form_page(session, None, {}, [], None)


@pages.post("/regulations/new")
def create() -> ResponseReturnValue:
    """Add an entry."""
    form, chosen, now = typed.texts(_TEXT_MAX), request.form.getlist("parameters"), wired().clock.now()
    try:
        entry = _entry(form, chosen)
        with command() as session:
            made = library.enter(session, entry, recorded_by=me().username, now=now)
            audit.record(
                session, now, me().actor, "regulation.enter", "regulation", made.id, after=_said(made)
            )
            regulation_id = made.id
    except Refusal as refusal:
        with wired().database.read() as session:
            return _form_page(session, None, form, chosen, refusal.text(current())), 422
    tell(_("法规已入库。"), "good")
    return redirect(url_for("regulations.show", regulation_id=regulation_id), 303)


@pages.get("/regulations/<int:regulation_id>")
def show(regulation_id: int) -> ResponseReturnValue:
    """One entry with its validity, the parameters that rest on it, and who has confirmed to have read it."""
    with wired().database.read() as session:
        found = _reached(session, regulation_id)
        readings = session.execute(
            select(RegulationReading, Employee)
            .join(Employee, Employee.id == RegulationReading.employee_id)
            .where(RegulationReading.regulation_id == found.id)
            .order_by(RegulationReading.read_at.desc())
        ).all()
        mine = next((each for each, who in readings if who.id == me().actor.employee_id), None)
        staff = session.scalar(select(func.count()).select_from(Employee).where(Employee.active))
        return render_template(
            "regulation.html",
            found=found,
            title=named(found),
            mine=mine,
            readings=readings if allowed("regulation", "U") or allowed("audit_log") else [],
            staff=staff,
            today=business_date(session),
            parameters=[parameter_words.title(key, current()) for key in found.parameters],
            may_change=allowed("regulation", "U"),
        )


@pages.post("/regulations/<int:regulation_id>/read")
def confirm(regulation_id: int) -> ResponseReturnValue:
    """Keep that the person has read it."""
    now = wired().clock.now()
    with command() as session:
        found = _reached(session, regulation_id)
        library.confirm_reading(session, found, me().actor.employee_id or 0, now)
        audit.record(session, now, me().actor, "regulation.read", "regulation", found.id)
    tell(_("已确认阅读。"), "good")
    return redirect(url_for("regulations.show", regulation_id=regulation_id), 303)


@pages.get("/regulations/<int:regulation_id>/edit")
def edit(regulation_id: int) -> ResponseReturnValue:
    """The form that corrects an entry."""
    with wired().database.read() as session:
        found = _reached(session, regulation_id)
        given = {
            "title": found.name,
            "title_en": found.name_en,
            "issuer": found.issuer,
            "text": found.text,
            "issued_on": str(found.issued_on),
            "valid_from": str(found.valid_from),
            "valid_to": str(found.valid_to or ""),
        }
        return _form_page(session, found, given, found.parameters, None)


@pages.post("/regulations/<int:regulation_id>")
def correct(regulation_id: int) -> ResponseReturnValue:
    """Correct an entry; everybody is asked to read it again."""
    form, chosen, now = typed.texts(_TEXT_MAX), request.form.getlist("parameters"), wired().clock.now()
    try:
        with command() as session:
            found = _reached(session, regulation_id)
            before = _said(found)
            library.correct(session, found, _entry({**form, "number": found.number}, chosen))
            after = _said(found)
            audit.record(
                session, now, me().actor, "regulation.correct", "regulation", found.id, before, after
            )
    except Refusal as refusal:
        with wired().database.read() as session:
            found = _reached(session, regulation_id)
            return _form_page(session, found, form, chosen, refusal.text(current())), 422
    tell(_("已保存，员工须重新确认阅读。"), "good")
    return redirect(url_for("regulations.show", regulation_id=regulation_id), 303)


def _reached(session: Session, regulation_id: int) -> Regulation:
    found = session.get(Regulation, regulation_id) if regulation_id < 2**31 else None
    if found is None:
        abort(404)
    return found


def _entry(form: dict[str, str], chosen: list[str]) -> Entry:
    return Entry(
        number=form.get("number", "")[:80],
        title=form.get("title", "")[:200],
        title_en=form.get("title_en", "")[:200],
        issuer=form.get("issuer", "")[:120],
        text=form.get("text", ""),
        issued_on=typed.day(form.get("issued_on")),
        valid_from=typed.day(form.get("valid_from")),
        valid_to=typed.day(form.get("valid_to")),
        parameters=chosen,
    )


def _form_page(
    session: Session,
    found: Regulation | None,
    given: dict[str, str],
    chosen: list[str],
    problem: str | None,
) -> str:
    return render_template(
        "regulation_edit.html",
        found=found,
        given=given,
        chosen=chosen,
        parameters=[
            (key, parameter_words.title(key, current())) for key in library.known_parameters(session)
        ],
        problem=problem,
    )


def _said(found: Regulation) -> dict[str, object]:
    return {
        "number": found.number,
        "title": found.name,
        "valid_from": found.valid_from,
        "valid_to": found.valid_to,
        "parameters": list(found.parameters),
    }

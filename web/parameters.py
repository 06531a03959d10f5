"""The parameters of the company, each value with its days and source; one person proposes another, a second decides."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameter_changes, parameter_words, parameters
from company.messages import Refusal
from company.organisation import business_date
from company.parameters import Parameter
from lending import typed
from lending.proposals import Proposal, ProposalSubject
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.proposals import made, rows_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("parameters", __name__)
PROPOSALS_SHOWN = 20
TEXT_MAX = 400


@dataclass(frozen=True)
class Part:
    """One part of a value: its path, what it is called, how it reads, and how it is typed."""

    path: str
    name: str
    text: str
    typed: str


@dataclass(frozen=True)
class Row:
    """A parameter in the list: the value of today, with its days, source and who approved it."""

    key: str
    title: str
    parts: list[Part]
    version: Parameter
    next_from: str


@pages.get("/parameters")
def index() -> ResponseReturnValue:
    """Every parameter with its value of today."""
    grants("rules", "RAX")
    wanted = request.args.get("q", "").strip()[:64].casefold()
    with wired().database.read() as session:
        on = business_date(session)
        rows = []
        for key in parameter_words.TITLES:
            title = parameter_words.title(key, current())
            found = parameters.versions(session, key)
            today = next((each for each in found if each.valid_from <= on), None)
            if today is None or wanted not in f"{title} {key} {_source(today)}".casefold():
                continue
            later = found[0].valid_from.isoformat() if found[0].valid_from > on else ""
            rows.append(Row(key, title, _parts(today.value), today, later))
        return render_template("parameters.html", rows=rows, q=wanted, source=_source)


def _source(version: Parameter) -> str:
    return parameter_words.source(version.source_text, current())


@pages.get("/parameters/<key>")
def show(key: str) -> ResponseReturnValue:
    """One parameter: its parts to be changed, its versions, and the changes proposed."""
    grants("rules", "RAX")
    with wired().database.read() as session:
        return _page(session, key)


def _page(
    session: Session, key: str, *, given: dict[str, str] | None = None, problem: str | None = None
) -> str:
    found = parameters.versions(session, key) if key in parameter_words.TITLES else []
    if not found:
        abort(404)
    asked = select(Proposal).where(Proposal.subject == ProposalSubject.PARAMETER, Proposal.key == key)
    changes = session.scalars(asked.order_by(Proposal.id.desc()).limit(PROPOSALS_SHOWN)).all()
    return render_template(
        "parameter.html",
        key=key,
        title=parameter_words.title(key, current()),
        parts=_parts(found[0].value),
        versions=[(each, _parts(each.value)) for each in found],
        source=_source,
        given=given or {},
        problem=problem,
        rows=rows_of(session, list(changes)),
        may_change=allowed("rules", "CX"),
    )


def _parts(value: object) -> list[Part]:
    return [
        Part(
            path,
            parameter_words.part(path, current()),
            parameter_words.value(part, current()),
            parameter_words.typed(part),
        )
        for path, part in parameter_changes.parts(value).items()
    ]


@pages.post("/parameters/<key>")
def propose(key: str) -> ResponseReturnValue:
    """Propose another value from a day on; another person decides."""
    grants("rules", "CX")
    form = {name: text.strip()[:TEXT_MAX] for name, text in request.form.items()}
    try:
        with command() as session:
            parameter_changes.require_changeable(key)
            old = parameter_changes.parts(parameters.versions(session, key)[0].value)
            new = {
                path: parameter_changes.read(
                    parameter_words.part(path, current()), form.get(f"part-{path}", ""), part
                )
                for path, part in old.items()
                if f"part-{path}" in form and form[f"part-{path}"] != parameter_words.typed(part)
            }
            made(
                session,
                ProposalSubject.PARAMETER,
                key,
                new,
                valid_from=typed.calendar_day(form.get("valid_from", "")),
                reason=form.get("reason", ""),
                unit_id=me().actor.unit_id or 0,
            )
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, key, given=form, problem=refusal.text(current())), 422
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("parameters.show", key=key), 303)

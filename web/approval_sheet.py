"""The approval sheet of a case, to be printed on A4: who did what when, with opinions, co-signatures and returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, organisation
from company.people import Employee
from engine import history, sight
from engine.deployments import LoadedDefinition
from engine.history import Happening, TimelineEntry
from engine.tasks import Instance, UserTask
from forms.model import read
from web import booking_cases, story, summary
from web.language import named
from web.session import me
from web.story import Texts
from web.wiring import command, wired

pages = Blueprint("approval_sheet", __name__)
# The words of these fields are what a person says on the case; other text fields hold findings and particulars.
_OPINIONS = ("comment", "opinion", "reason", "words", "note")
_CHOICES = ("select", "radio")
_WORDS = ("textarea", "textfield")
_SHOWN = {
    Happening.USER,
    Happening.OPINION,
    Happening.SENT_BACK,
    Happening.TAKEN_BACK,
    Happening.CALLED_OFF,
    Happening.HANDED_OVER,
    Happening.COMMENT,
}


@dataclass(frozen=True)
class Line:
    """One entry of the sheet."""

    step: str
    what: str
    who: str
    said: tuple[str, ...]
    at: datetime


@pages.get("/cases/<business_key>/approval-sheet")
def show(business_key: str) -> ResponseReturnValue:
    """The sheet; 404 where the person may look at no case of the key. That it was made is written down."""
    wiring, actor = wired(), me().actor
    with wiring.database.read() as session:
        _require_sight(session, business_key)
        cases = history.instances(session, business_key)
        definitions = story.definitions_of(session, cases)
        texts = Texts(definitions)
        page = render_template(
            "approval_sheet.html",
            business_key=business_key,
            company=named(organisation.the_company(session)),
            facts=booking_cases.asked_for(session, business_key) + summary.of(session, business_key),
            processes=[(texts.process(case.process_id), case.started_at, case.ended_at) for case in cases],
            lines=_lines(session, business_key, texts, definitions),
            made_at=wiring.clock.now(),
        )
        case_id = cases[0].id
    with command() as session:
        audit.record(
            session,
            wiring.clock.now(),
            actor,
            "approval_sheet.print",
            "instance",
            case_id,
            after={"key": business_key},
        )
    return page


def _require_sight(session: Session, business_key: str) -> None:
    actor = me().actor
    case = select(Instance.id).where(Instance.business_key == business_key, sight.in_sight(actor))
    task = select(UserTask.id).where(UserTask.business_key == business_key, sight.seen_tasks(actor))
    if session.scalar(case.limit(1)) is None and session.scalar(task.limit(1)) is None:
        abort(404)


def _lines(
    session: Session, business_key: str, texts: Texts, definitions: list[LoadedDefinition]
) -> list[Line]:
    entries = [entry for entry in history.timeline(session, business_key) if entry.kind in _SHOWN]
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    people = {one.id: named(one) for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    return [
        Line(
            texts.element(entry.process_id, entry.element_id, entry.name),
            story.did(entry, texts),
            people.get(entry.actor_id or 0, entry.actor_name),
            (*_said(entry, texts, definitions), *filter(None, [entry.text])),
            entry.at,
        )
        for entry in entries
    ]


def _said(entry: TimelineEntry, texts: Texts, definitions: list[LoadedDefinition]) -> Iterator[str]:
    """What was chosen in the form of a step that was done, and the words of its opinion."""
    results = entry.results
    if entry.kind is not Happening.USER or not isinstance(results, Mapping):
        return
    for definition in definitions:
        element = definition.compiled.elements.get(f"{entry.process_id}/{entry.element_id}")
        if element is None or element.form_key is None or element.form_key.startswith("="):
            continue
        for field in read(definition.form(element.form_key)).fields():
            answer = results.get(field.key or "")
            if not isinstance(answer, str) or not answer:
                continue
            kind = field.raw.get("type")
            if kind in _CHOICES:
                yield texts.choice(field.key or "", answer) or answer
            elif kind in _WORDS and (field.key or "").endswith(_OPINIONS):
                yield answer
        return

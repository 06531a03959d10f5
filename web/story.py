"""What happened in a case and where it stands: the timeline, the rules that decided, and the diagram's colours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Employee
from engine import deployments, history
from engine.bpmn.model import CONTAINERS, Kind
from engine.deployments import LoadedDefinition
from engine.history import DecisionEvidence, Happening, Positions, TimelineEntry
from engine.tasks import Instance, InstanceStatus
from forms.model import read
from web import verdicts
from web.display import near, span
from web.language import current, named
from web.language import translate as _

# What the engine does in the wake of a person's command is not that person's doing.
_BY_ITSELF = frozenset({Happening.SERVICE, Happening.RULE, Happening.EVENT, Happening.THROWN})
_TONES = {Happening.INCIDENT: "trouble", Happening.OVERDUE: "trouble", Happening.CANCELLED: "ended"}


@dataclass(frozen=True)
class Line:
    """One line of the timeline, ready to be shown."""

    tone: str
    text: str
    who: str
    what: str
    comment: str | None
    when: str
    where: str | None = None


@dataclass(frozen=True)
class Hit:
    """One decision: which rows of which table matched, and what came out."""

    name: str
    rules: str
    outcome: str
    tone: str
    address: str


@dataclass(frozen=True)
class Diagram:
    """A diagram to draw: where its XML is, what to colour, and the names in the reader's language."""

    address: str
    positions: dict[str, list[str]]
    names: dict[str, str]


class Texts:
    """The names of elements in the language of the request, from the bundles of the definitions they belong to."""

    def __init__(self, definitions: Iterable[LoadedDefinition]) -> None:
        self._definitions = list(definitions)

    def element(self, process_id: str, element_id: str | None, name: str | None = None) -> str:
        """What an element is called; its Chinese name where no English one is given."""
        key = f"{process_id}/{element_id}"
        for definition in self._definitions:
            texts = definition.texts(current())
            if found := texts.get(key) or texts.get(element_id or ""):
                return found
            process = definition.contents.processes.get(process_id)
            if process and (element := process.elements.get(key)):
                return element.name or element.id
        return name or element_id or ""

    def choice(self, key: str, code: str) -> str | None:
        """What the forms call the value ``code`` of the field ``key``; None where no form offers it as a choice."""
        for definition in self._definitions:
            texts = definition.texts(current())
            for content in definition.contents.forms.values():
                form = read(content)
                for field in form.fields():
                    if field.key != key:
                        continue
                    for option in field.raw.get("values") or ():
                        if option.get("value") == code:
                            return texts.get(f"{form.id}/{field.id}#{code}") or str(option.get("label"))
        return None

    def process(self, process_id: str) -> str:
        """What a process is called."""
        for definition in self._definitions:
            texts = definition.texts(current())
            if found := texts.get(f"{process_id}/{process_id}") or texts.get(process_id):
                return found
            if process := definition.contents.processes.get(process_id):
                return process.name
        return process_id


def definitions_of(session: Session, cases: Iterable[Instance]) -> list[LoadedDefinition]:
    """The definitions the cases run on, each once."""
    ids = dict.fromkeys(case.definition_id for case in cases)
    return [deployments.load_definition(session, definition_id) for definition_id in ids]


def timeline(session: Session, business_key: str, texts: Texts, now: datetime) -> list[Line]:
    """The timeline of a business key, latest first."""
    entries = history.timeline(session, business_key)
    ends = bool(entries) and entries[-1].kind in (Happening.COMPLETED, Happening.CANCELLED)
    ids = {entry.actor_id for entry in entries} | {entry.on_behalf_of_id for entry in entries}
    people = {person.id: person for person in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    lines = [_line(entry, texts, people, now) for entry in reversed(entries)]
    if lines and lines[0].tone == "done" and not ends:
        lines[0] = replace(lines[0], tone="current")
    return lines


def _line(entry: TimelineEntry, texts: Texts, people: dict[int, Employee], now: datetime) -> Line:
    by_whom = people.get(entry.actor_id or 0)
    name = texts.element(entry.process_id, entry.element_id, entry.name)
    if entry.element_id is None:
        name = texts.process(entry.process_id)
    by_itself = entry.kind in _BY_ITSELF or by_whom is None
    return Line(
        tone=_TONES.get(entry.kind, "done"),
        text=name,
        who=_("系统") if by_itself else _by(by_whom, people.get(entry.on_behalf_of_id or 0)),
        what=did(entry, texts),
        comment=entry.text if entry.kind is not Happening.INCIDENT else None,
        when=near(entry.at, now),
    )


def did(entry: TimelineEntry, texts: Texts) -> str:
    """What somebody did, and where it touches another step or person, which."""
    return _did(entry.kind) + _to_whom(entry, texts)


def _to_whom(entry: TimelineEntry, texts: Texts) -> str:
    """Where a case was sent back to, whom somebody asked or told, what a co-signer thinks."""
    told = entry.results if isinstance(entry.results, dict) else {}
    if entry.kind is Happening.SENT_BACK:
        process_id, _slash, element_id = str(told["to"]).partition("/")
        return " → " + texts.element(process_id, element_id, told["to_name"])
    if entry.kind is Happening.OPINION:
        return " · " + (_("同意") if told["verdict"] == "agree" else _("不同意"))
    if entry.kind in (Happening.ASKED, Happening.CALLED_OFF, Happening.COPIED):
        return f" → {told['of']}"
    return ""


def _by(person: Employee | None, absent: Employee | None) -> str:
    """Who did it, and for which colleague who was away."""
    return (
        named(person) if absent is None else _("{name} 代 {absent}", name=named(person), absent=named(absent))
    )


def _did(kind: Happening) -> str:
    return {
        Happening.STARTED: _("流程开始"),
        Happening.USER: _("已办理"),
        Happening.SERVICE: _("自动完成"),
        Happening.RULE: _("规则判定"),
        Happening.EVENT: _("事件到达"),
        Happening.THROWN: _("事件已发出"),
        Happening.INTERRUPTED: _("被中断"),
        Happening.CLAIMED: _("已领取"),
        Happening.RETURNED: _("已放回任务池"),
        Happening.HANDED_OVER: _("已转办"),
        Happening.SENT_BACK: _("已退回"),
        Happening.TAKEN_BACK: _("已撤回"),
        Happening.ASKED: _("已请会签"),
        Happening.OPINION: _("已会签"),
        Happening.CALLED_OFF: _("已撤销会签"),
        Happening.COPIED: _("已抄送"),
        Happening.REMINDED: _("已催办"),
        Happening.COMMENT: _("已备注"),
        Happening.OVERDUE: _("已逾期"),
        Happening.BACK_TO_GROUP: _("退回任务池"),
        Happening.INCIDENT: _("技术故障"),
        Happening.RETRIED: _("已重试"),
        Happening.COMPLETED: _("流程结束"),
        Happening.CANCELLED: _("流程取消"),
    }.get(kind, "")


def hits(session: Session, business_key: str, texts: Texts) -> list[Hit]:
    """The decisions of a business key, latest first."""
    rows = session.scalars(
        select(DecisionEvidence)
        .where(DecisionEvidence.business_key == business_key)
        .order_by(DecisionEvidence.id.desc())
    )
    return [
        Hit(
            texts.element(row.process_id, row.element_id, row.decision_id),
            _rules(row.matched),
            verdicts.words(row.outputs, texts.choice, row.decision_id),
            verdicts.tone(row.outputs),
            url_for("evidence.show", business_key=business_key, evidence_id=row.id),
        )
        for row in rows
    ]


def _rules(matched: Any) -> str:
    """The rows that matched, over all tables asked, by their number in the table."""
    return " ".join(f"#{rule['row']}" for table in matched or () for rule in table["rules"])


def diagram(
    session: Session,
    case: Instance,
    definition: LoadedDefinition,
    process_id: str | None = None,
    element_id: str | None = None,
) -> Diagram:
    """The diagram of a case with what is done and where it stands; centred on ``element_id`` if one is given.

    Without ``process_id`` it is that of the process, the case's own or a called one, in which the case stands.
    """
    found = history.positions(session, case)
    shown = process_id if process_id in found else _innermost(found) or case.process_id
    place = found.get(shown, Positions())
    drawn = _drawn(definition, shown)
    now = sorted(place.current & drawn, key=lambda each: each != element_id)
    return Diagram(
        address=url_for("processes.xml", definition_id=case.definition_id, process_id=shown),
        positions={
            "done": sorted((place.done - place.current) & drawn),
            "now": now,
            "trouble": sorted(place.incident & drawn),
        },
        names=names(definition, shown),
    )


def _drawn(definition: LoadedDefinition, process_id: str) -> set[str]:
    """The elements worth a colour: a frame around others or an event on a border would hide where the case stands."""
    process = definition.contents.processes[process_id]
    return {
        element.id
        for element in process.elements.values()
        if element.process_id == process_id and element.kind not in (*CONTAINERS, Kind.BOUNDARY)
    }


def _innermost(found: dict[str, Positions]) -> str | None:
    """The process where the case stands: the last entered one that has a current step."""
    standing = [process_id for process_id, place in found.items() if place.current or place.incident]
    return standing[-1] if standing else None


def names(definition: LoadedDefinition, process_id: str) -> dict[str, str]:
    """The elements' names to lay over the diagram: none in Chinese, its own language."""
    texts = definition.texts(current())
    return {
        key.rpartition("/")[2]: text
        for key, text in texts.items()
        if "#" not in key and (key.startswith(f"{process_id}/") or "/" not in key)
    }


def progress(case: Instance, definition: LoadedDefinition, now: datetime) -> str:
    """The version a case runs on, and how long it has taken."""
    took = span((case.ended_at or now) - case.started_at)
    if case.status == InstanceStatus.RUNNING:
        return _("第 {version} 版 · 已用 {span}", version=definition.version, span=took)
    return _("第 {version} 版 · 用时 {span}", version=definition.version, span=took)

"""Deployments of bundles: checked as a whole, versioned by content, compiled on first use and cached for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.messages import Language, Refusal
from company.people import Actor, Role
from engine import bundles, starts
from engine.bpmn.checker import check_read
from engine.bpmn.layout import drawable
from engine.bpmn.model import Element, Kind, Known, Problem, Trigger
from engine.bpmn.reader import BundleModel, read_bundle
from engine.bpmn.rules import problem
from engine.bundles import Bundle
from engine.context import FormGate
from engine.dmn import DecisionModel
from engine.errors import DeploymentRefused, FingerprintMismatch, FormUnknown, ProcessUnknown
from engine.spiff import BpmnError, BpmnInvalid, CompiledProcess, compile_processes
from engine.tasks import RowId, table_of
from engine.topics import Topics


class Deployment(Base):
    """One version of a bundle: what, who, when and why."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(String(64))
    deployed_at: Mapped[datetime] = mapped_column(Instant)
    deployed_by_id: Mapped[int | None] = mapped_column(RowId)
    deployed_by_name: Mapped[str] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(String(500))


class DeployedFile(Base):
    """One file of a deployment; the files are the truth, everything compiled comes from them."""

    __tablename__ = "deployed_file"

    deployment_id: Mapped[int] = mapped_column(
        ForeignKey("deployment.id"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Definition(Base):
    """One version of a process; ``fingerprint`` is that of its compiled form on the day of its deployment."""

    __tablename__ = "definition"
    __table_args__ = (
        UniqueConstraint("process_id", "version"),
        Index("ix_definition_deployment_id", "deployment_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    process_id: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Contents:
    """The compiled contents of one deployment, shared by its definitions."""

    bundle: Bundle
    processes: Mapping[str, CompiledProcess]

    @cached_property
    def forms(self) -> Mapping[str, bytes]:
        """Forms by key."""
        return bundles.forms(self.bundle)[0]

    @cached_property
    def english(self) -> Mapping[str, str]:
        """English texts by element or field id."""
        return bundles.english(self.bundle.files)[0]

    @cached_property
    def drawings(self) -> Mapping[str, bytes]:
        """The diagrams by file, each with all its shapes."""
        models = (process.model for process in self.processes.values())
        return {file: drawable(self.bundle.files[file], file) for file in {model.file for model in models}}

    @cached_property
    def decisions(self) -> Mapping[str, DecisionModel]:
        """The model that holds each decision, by the decision's id."""
        return bundles.decisions(self.bundle)[0]


@dataclass(frozen=True)
class LoadedDefinition:
    """A definition ready to run, with the forms, decisions and texts it was deployed with."""

    id: int
    deployment_id: int
    process_id: str
    version: int
    name: str
    compiled: CompiledProcess
    contents: Contents
    _caught: dict[str, frozenset[str | None]] = field(default_factory=dict, repr=False, compare=False)

    def form(self, key: str) -> bytes:
        """The form of that key, or FormUnknown."""
        try:
            return self.contents.forms[key]
        except KeyError:
            raise FormUnknown(form_key=key) from None

    def texts(self, language: Language) -> Mapping[str, str]:
        """Names by element or field id in that language; Chinese ones are in the diagrams and forms themselves."""
        return self.contents.english if language == "en" else {}

    def caught_codes(self, element: Element) -> frozenset[str | None]:
        """The error codes that events around ``element`` catch, None among them if one catches all."""
        if element.key not in self._caught:
            self._caught[element.key] = frozenset(self._codes_around(element, set()))
        return self._caught[element.key]

    def catches(self, element: Element, error: BaseException) -> bool:
        """Whether an event around ``element`` catches ``error``: at an edge, or the start of an event subprocess."""
        codes = self.caught_codes(element)
        return isinstance(error, Refusal | BpmnError) and (error.code in codes or None in codes)

    def _codes_around(self, element: Element, seen: set[str]) -> Iterator[str | None]:
        """Codes caught at the element, then at each subprocess and call activity that may hold it."""
        if element.key in seen:
            return
        seen.add(element.key)
        holders = []
        for each in self.compiled.elements.values():
            if each.kind is Kind.BOUNDARY and each.process_id == element.process_id:
                if each.attached_to == element.id and each.trigger is Trigger.ERROR:
                    yield each.error_code
            elif each.kind is Kind.START and each.trigger is Trigger.ERROR:
                if self._is_beside(each, element):
                    yield each.error_code
            elif each.called_process == element.process_id:
                holders.append(each)
            if each.process_id == element.process_id and each.id == element.parent_id:
                holders.append(each)
        for holder in holders:
            yield from self._codes_around(holder, seen)

    def _is_beside(self, start: Element, element: Element) -> bool:
        """Whether the event subprocess of ``start`` stands in the same place as ``element``, and is another."""
        handler = self.compiled.elements[f"{start.process_id}/{start.parent_id}"]
        places = (handler.process_id, handler.parent_id), (element.process_id, element.parent_id)
        return places[0] == places[1] and handler.id != element.id

    def diagram(self, process_id: str) -> bytes:
        """The XML of the file that holds the process: this one or a called one; laid out where no tool has drawn it."""
        return self.contents.drawings[self.contents.processes[process_id].model.file]


# One cache a database: definitions never change once deployed, ids are those of their database.
_loaded: WeakKeyDictionary[Any, dict[int, LoadedDefinition]] = WeakKeyDictionary()


def known_names(session: Session, topics: Topics, bundle: Bundle) -> Known:
    """What the bundle may refer to beside its own processes and decisions: handlers, forms, roles."""
    groups = frozenset(session.scalars(select(Role.id)))
    return Known(
        topics=topics.names(),
        forms=frozenset(bundles.forms(bundle)[0]),
        decisions=frozenset(bundles.decisions(bundle)[0]),
        groups=groups,
    )


def check(bundle: Bundle, known: Known, topics: Topics) -> list[Problem]:
    """Everything that speaks against deploying the bundle, and warnings."""
    read = read_bundle(bundle.files)
    problems = check_read(read, known)
    problems += bundles.forms(bundle)[1] + bundles.decisions(bundle)[1] + bundles.english(bundle.files)[1]
    problems += _unserved_steps(read, topics)
    if any(not problem.warning for problem in problems):
        return problems
    try:
        compile_processes(bundle.files)
    except BpmnInvalid as invalid:
        return problems + invalid.problems
    return problems


def form_problems(bundle: Bundle, gate: FormGate) -> list[Problem]:
    """What the gate has against the bundle's forms."""
    return [
        problem
        for name, data in bundle.with_suffix(".form").items()
        for problem in gate.problems(data, file=name)
    ]


def _unserved_steps(bundle: BundleModel, topics: Topics) -> list[Problem]:
    """Steps whose handlers cannot run as drawn: an outside step without asyncBefore, an unknown facts handler."""
    problems = []
    for model in bundle.processes.values():
        for element in model.elements.values():
            facts = element.properties.get("facts")
            if element.kind is Kind.RULE_TASK and facts and facts not in topics.facts_names():
                problems.append(problem(model.file, element, "facts_unknown", facts=facts))
            if element.topic is None or element.topic not in topics.names():
                continue
            if topics.handler(element.topic).outside_function and not element.async_before:
                problems.append(problem(model.file, element, "outside_needs_async", topic=element.topic))
    return problems


def deploy(
    session: Session,
    bundle: Bundle,
    actor: Actor,
    note: str,
    known: Known,
    *,
    topics: Topics,
    gate: FormGate,
    now: datetime,
) -> Deployment:
    """Deploy the bundle; unchanged content is no new version. DeploymentRefused lists all its problems."""
    latest = session.scalars(
        select(Deployment).where(Deployment.name == bundle.name).order_by(Deployment.version.desc()).limit(1)
    ).first()
    if latest is not None and latest.content_hash == bundle.content_hash:
        return latest
    found = check(bundle, known, topics) + form_problems(bundle, gate)
    problems = [problem for problem in found if not problem.warning]
    if problems:
        raise DeploymentRefused(problems)
    deployment = Deployment(
        name=bundle.name,
        version=latest.version + 1 if latest else 1,
        content_hash=bundle.content_hash,
        deployed_at=now,
        deployed_by_id=actor.employee_id,
        deployed_by_name=actor.name,
        note=note,
    )
    session.add(deployment)
    session.flush()
    files = [
        {"deployment_id": deployment.id, "name": name, "content": data} for name, data in bundle.files.items()
    ]
    session.execute(insert(table_of(DeployedFile)), files)
    compiled = _compiled(bundle.name, tuple(sorted(bundle.files.items()))).processes
    starts.arm(session, _define(session, deployment, compiled), now, actor)
    return deployment


def _define(
    session: Session, deployment: Deployment, compiled: Mapping[str, CompiledProcess]
) -> dict[int, CompiledProcess]:
    """Write the new versions; returns each process by the id of its definition."""
    rows = session.execute(
        select(Definition.process_id, func.max(Definition.version).label("newest"))
        .where(Definition.process_id.in_(compiled))
        .group_by(Definition.process_id)
    )
    versions = {row.process_id: row.newest for row in rows}
    definitions = [
        {
            "deployment_id": deployment.id,
            "process_id": process_id,
            "version": versions.get(process_id, 0) + 1,
            "name": process.name,
            "fingerprint": process.fingerprint,
        }
        for process_id, process in compiled.items()
    ]
    session.execute(insert(table_of(Definition)), definitions)
    made = select(Definition.id, Definition.process_id).where(Definition.deployment_id == deployment.id)
    return {definition_id: compiled[process_id] for definition_id, process_id in session.execute(made)}


_NEWEST = (
    select(Definition.id)
    .where(Definition.process_id == bindparam("process_id"))
    .order_by(Definition.version.desc())
    .limit(1)
)


def newest(session: Session, process_id: str) -> LoadedDefinition:
    """The definition on which a new case of the process starts."""
    definition_id = session.scalar(_NEWEST, {"process_id": process_id})
    if definition_id is None:
        raise ProcessUnknown(process_id=process_id)
    return load_definition(session, definition_id)


def load_definition(session: Session, definition_id: int) -> LoadedDefinition:
    """The definition, compiled; FingerprintMismatch if it compiles to another form than when it was deployed."""
    cache = _loaded.setdefault(session.get_bind().engine, {})
    if definition_id not in cache:
        row = session.get_one(Definition, definition_id)
        shared = next(
            (each for each in list(cache.values()) if each.deployment_id == row.deployment_id), None
        )
        contents = shared.contents if shared else _read_contents(session, row.deployment_id)
        compiled = contents.processes[row.process_id]
        if compiled.fingerprint != row.fingerprint:
            raise FingerprintMismatch(process_id=row.process_id, definition_id=definition_id)
        cache[definition_id] = LoadedDefinition(
            definition_id, row.deployment_id, row.process_id, row.version, row.name, compiled, contents
        )
    return cache[definition_id]


def _read_contents(session: Session, deployment_id: int) -> Contents:
    deployment = session.get_one(Deployment, deployment_id)
    rows = session.execute(
        select(DeployedFile.name, DeployedFile.content).where(DeployedFile.deployment_id == deployment_id)
    )
    return _compiled(deployment.name, tuple(sorted((name, bytes(content)) for name, content in rows)))


@lru_cache(maxsize=8)
def _compiled(name: str, files: tuple[tuple[str, bytes], ...]) -> Contents:
    """What these files compile to: the same in every database, and the same when deployed and when first used."""
    return Contents(Bundle(name, dict(files)), compile_processes(dict(files), deployed=True))


def forget(database_engine: Engine) -> None:
    """Compile that database's definitions anew when next asked for; a restore may have put others under their ids."""
    _loaded.pop(database_engine, None)

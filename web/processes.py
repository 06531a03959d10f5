"""The deployed processes, to read: their versions, who deployed them, and their diagrams."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import deployments
from engine.deployments import Definition, Deployment, LoadedDefinition
from engine.tasks import Instance, InstanceStatus
from web import story
from web.access import grants
from web.story import Diagram, Texts
from web.wiring import wired

pages = Blueprint("processes", __name__)


@dataclass(frozen=True)
class Version:
    """One version of a process, with how many cases run on it."""

    definition: Definition
    deployment: Deployment
    running: int
    title: str


@pages.get("/processes")
def index() -> ResponseReturnValue:
    """Every process, each with its newest version."""
    grants("process_models", "RX")
    with wired().database.read() as session:
        newest: dict[str, Version] = {}
        for version in _versions(session):
            newest.setdefault(version.definition.process_id, version)
        return render_template("processes.html", versions=list(newest.values()))


@pages.get("/processes/<process_id>")
@pages.get("/processes/<process_id>/<int:number>")
def show(process_id: str, number: int | None = None) -> ResponseReturnValue:
    """One version of a process, the newest unless asked otherwise, with its diagram."""
    grants("process_models", "RX")
    with wired().database.read() as session:
        versions = [each for each in _versions(session) if each.definition.process_id == process_id]
        chosen = next((each for each in versions if number in (None, each.definition.version)), None)
        if chosen is None:
            abort(404)
        loaded = deployments.load_definition(session, chosen.definition.id)
        return render_template(
            "process.html", versions=versions, chosen=chosen, diagram=plain_diagram(loaded, process_id)
        )


@pages.get("/definitions/<int:definition_id>/<process_id>.bpmn")
def xml(definition_id: int, process_id: str) -> ResponseReturnValue:
    """The XML of a process of a definition. A diagram holds no case's data: every signed-in person may read it."""
    with wired().database.read() as session:
        if session.get(Definition, definition_id) is None:
            abort(404)
        loaded = deployments.load_definition(session, definition_id)
        if process_id not in loaded.contents.processes:
            abort(404)
        return Response(loaded.diagram(process_id), mimetype="application/xml")


def plain_diagram(definition: LoadedDefinition, process_id: str) -> Diagram:
    """The diagram of a process without a case."""
    return Diagram(
        address=url_for("processes.xml", definition_id=definition.id, process_id=process_id),
        positions={"done": [], "now": [], "trouble": []},
        names=story.names(definition, process_id),
    )


def _versions(session: Session) -> list[Version]:
    running = dict(
        session.execute(
            select(Instance.definition_id, func.count())
            .where(Instance.status == InstanceStatus.RUNNING)
            .group_by(Instance.definition_id)
        ).all()
    )
    rows = session.execute(
        select(Definition, Deployment)
        .join(Deployment, Deployment.id == Definition.deployment_id)
        .order_by(Definition.process_id, Definition.version.desc())
    )
    return [_version(session, definition, deployment, running) for definition, deployment in rows]


def _version(
    session: Session, definition: Definition, deployment: Deployment, running: dict[int, int]
) -> Version:
    texts = Texts([deployments.load_definition(session, definition.id)])
    title = texts.process(definition.process_id)
    return Version(definition, deployment, running.get(definition.id, 0), title)

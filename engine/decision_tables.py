"""Decisions asked outside a case: by their id, of the newest deployment that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bundles import english
from engine.deployments import DeployedFile
from engine.dmn import DecisionModel, parse_dmn
from engine.dmn.sheets import sheets


def newest(session: Session, decision_id: str) -> DecisionModel | None:
    """The model of a decision, from the newest deployment with a file of the decision's name; None without one."""
    found = _file(session, decision_id)
    return None if found is None else _parsed(bytes(found.content))


def english_notes(session: Session, decision_id: str) -> Mapping[str, str]:
    """English by what a rule notes, from the texts deployed beside the newest table; without what they lack."""
    found = _file(session, decision_id)
    if found is None:
        return {}
    texts = session.execute(
        select(DeployedFile.name, DeployedFile.content)
        .where(DeployedFile.deployment_id == found.deployment_id, DeployedFile.name.endswith("/en.json"))
        .order_by(DeployedFile.name)
    )
    return _english(
        decision_id, bytes(found.content), tuple((name, bytes(content)) for name, content in texts)
    )


@lru_cache(maxsize=16)
def _english(decision_id: str, table: bytes, files: tuple[tuple[str, bytes], ...]) -> dict[str, str]:
    texts, _problems = english(dict(files))
    return {row.note: texts[row.id] for row in sheets(table)[decision_id].rows if row.id in texts}


def _file(session: Session, decision_id: str) -> DeployedFile | None:
    return session.scalar(
        select(DeployedFile)
        .where(DeployedFile.name.endswith(f"/{decision_id}.dmn", autoescape=True))
        .order_by(DeployedFile.deployment_id.desc())
        .limit(1)
    )


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> DecisionModel:
    """A model is read once: reading a table costs more than asking it a thousand times."""
    return parse_dmn(content)

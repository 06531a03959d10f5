"""Decisions asked outside a case: by their id, of the newest deployment that holds them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deployments import DeployedFile
from engine.dmn import DecisionModel, parse_dmn


def newest(session: Session, decision_id: str) -> DecisionModel | None:
    """The model of a decision, from the newest deployment with a file of the decision's name; None without one."""
    content = session.scalar(
        select(DeployedFile.content)
        .where(DeployedFile.name.endswith(f"/{decision_id}.dmn", autoescape=True))
        .order_by(DeployedFile.deployment_id.desc())
        .limit(1)
    )
    return None if content is None else _parsed(bytes(content))


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> DecisionModel:
    """A model is read once: reading a table costs more than asking it a thousand times."""
    return parse_dmn(content)

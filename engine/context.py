"""What the engine is given from outside: clock, handlers, the gate for forms, and the adapters to the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from company import audit
from company.clock import Clock
from company.people import Actor
from company.vault import Vault
from engine.bpmn.model import Problem
from engine.topics import Topics


@dataclass(frozen=True)
class Checked:
    """What a form's values became: answers in their types, and the names of those that must be sealed."""

    answers: Mapping[str, Any]
    sensitive: frozenset[str] = frozenset()


class FormGate(Protocol):
    """The one gate for input: checks what a person sent against the form stored in the deployment."""

    def check(
        self,
        form: bytes,
        values: Mapping[str, Any],
        *,
        data: Mapping[str, Any],
        files: Mapping[str, Any],
        english: Mapping[str, str],
    ) -> Checked:
        """The answers, or a refusal that names every wrong field; ``english`` are the texts of the deployment."""
        ...

    def problems(self, form: bytes, *, file: str) -> Sequence[Problem]:
        """Everything that speaks against deploying the form."""
        ...


class World(Protocol):
    """The adapters a handler may use; the engine itself needs the vault alone."""

    @property
    def vault(self) -> Vault:
        """Seals drafts and sensitive answers."""
        ...


@dataclass(frozen=True)
class Context:
    """What every command of the engine works with."""

    clock: Clock
    topics: Topics
    forms: FormGate
    world: World

    def audited(
        self, session: Session, actor: Actor, action: str, object_type: str, object_id: int, **after: Any
    ) -> None:
        """Write the audit row of a command; where it came from is ``session.info["remote"]``, set by the web."""
        remote = session.info.get("remote")
        audit.record(
            session,
            self.clock.now(),
            actor,
            action,
            object_type,
            object_id,
            after=after or None,
            remote=remote,
        )

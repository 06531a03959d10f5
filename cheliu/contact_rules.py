"""The table of the contact gate: the newest deployed one, else the product's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from engine import decision_tables
from engine.dmn import parse_dmn
from lending.contact_gate import DECISION, Ruling


@dataclass(frozen=True)
class ContactRules:
    """Asks the table; ``processes`` is the folder of the product's own."""

    processes: Path

    def __call__(self, session: Session, facts: Mapping[str, object]) -> Ruling:
        """What the table says of a contact, with the words noted at the row that matched."""
        model = decision_tables.newest(session, DECISION)
        if model is None:
            model = parse_dmn((self.processes / "decisions" / f"{DECISION}.dmn").read_bytes())
        result = model.evaluate(DECISION, facts, strict=True)
        return Ruling(str(result.value), result.trace[0].rules[0].annotation)

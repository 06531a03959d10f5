"""The document list in a new version: one row changed, the whole bundle checked and deployed as at any deployment."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from company.people import SYSTEM
from engine import deployments
from engine.bundles import Bundle
from engine.dmn import editing
from engine.dmn.sheets import sheets
from engine.runtime import Engine
from lending.document_rules import NOT_NEEDED
from lending.documents import DocumentKind

PROCESS = "front_desk_intake"
DECISION = "document_list"
_OWN = "Rule_house_"


def change_row(engine: Engine, session: Session, change: Mapping[str, str]) -> int:
    """Change, drop or add one row of the newest version and deploy it; returns the version.

    ``change``: kind, need (or "none" to drop), and either the ``row`` it is about or customer_kind, product_code and
    vehicle_kind of a new one; ``note`` says who made it and why. Raises RowGone and DeploymentRefused.
    """
    bundle = deployments.newest(session, PROCESS).contents.bundle
    name = next(each for each in bundle.files if each.endswith(f"/{DECISION}.dmn"))
    files = {**bundle.files, name: _changed(bundle.files[name], change)}
    return engine.deploy(session, Bundle(bundle.name, files), SYSTEM, change["note"][:500]).version


def _changed(xml: bytes, change: Mapping[str, str]) -> bytes:
    need, row = change["need"], change.get("row")
    if row and need == NOT_NEEDED:
        return editing.without_row(xml, DECISION, row)
    if row:
        return editing.with_output(xml, DECISION, row, "need", _text(need))
    numbers = [
        int(each.id.removeprefix(_OWN))
        for each in sheets(xml)[DECISION].rows
        if each.id.removeprefix(_OWN).isdigit()
    ]
    words = DocumentKind(change["kind"]).zh
    asked = ("customer_kind", "product_code", "vehicle_kind")
    return editing.with_row(
        xml,
        DECISION,
        f"{_OWN}{max(numbers, default=0) + 1}",
        conditions={name: _text(change[name]) for name in asked if change.get(name)},
        outputs={
            "kind": _text(change["kind"]),
            "need": _text(need),
            "place": _text(""),
            "reason": _text(words),
        },
        note=words,
    )


def _text(value: str) -> str:
    """A text as FEEL writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

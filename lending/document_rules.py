"""Changes of the document list (DT-11): one row of the table at a time, proposed by one person, decided by another.

The table itself is a decision table of the processes. What is decided here goes out as a message; the house writes the
row into a new version of the table, from which the next cases make their lists.
"""

from __future__ import annotations

from company import outbox
from company.messages import Language
from lending import products
from lending.document_requirements import Need
from lending.documents import DocumentKind
from lending.errors import LendingError
from lending.labels import Labelled
from lending.products import Clientele
from lending.proposals import Change, Deed
from lending.vehicles import VehicleKind, VehicleUse

MESSAGE = "document_list"
NOT_NEEDED = "none"
_WORDS = {"customer_kind": Clientele, "vehicle_kind": VehicleKind, "kind": DocumentKind, "need": Need}


class ListStage(Labelled):
    """When the list is made."""

    RECEPTION = "reception", "接待", "Reception"
    ENTRY = "entry", "录入", "Entry"


class DocumentRuleUnfit(LendingError):
    """A row names a document, when it is needed and for whom, in words that the list knows."""

    code = "document_rule_unfit"
    zh = "资料清单的“{value}”不是可选的值，请从列表中选择。"
    en = "{value} is none of the values of the document list; choose one."


_SHOWN: dict[str, type[Labelled]] = {
    **_WORDS,
    "stage": ListStage,
    "vehicle_use": VehicleUse,
    "guarantor_1": Clientele,
    "guarantor_2": Clientele,
}


def shown(name: str, value: str, language: Language) -> str:
    """A value of a change as it reads."""
    kind = _SHOWN.get(name)
    if value in ("", NOT_NEEDED):
        every, none = ("全部", "不再要求") if language == "zh" else ("All", "No longer needed")
        return none if value else every
    return kind(value).label(language) if kind is not None and kind.has(value) else value


def check(deed: Deed) -> None:
    """Refuse a row the list cannot hold (:class:`DocumentRuleUnfit`, NotFound for an unknown product)."""
    change = deed.change
    for name, kind in _WORDS.items():
        value = _said(change, name)
        optional = name in ("customer_kind", "vehicle_kind") or (name == "need" and value == NOT_NEEDED)
        if not kind.has(value) and not (optional and value in ("", NOT_NEEDED)):
            raise DocumentRuleUnfit(value=value or name)
    if _said(change, "need") == NOT_NEEDED and not _said(change, "row"):
        raise DocumentRuleUnfit(value=NOT_NEEDED)
    if product := _said(change, "product_code"):
        products.get(deed.session, product)


def carry_out(deed: Deed) -> None:
    """Let the house write the row into the next version of the table; once, also when asked twice."""
    check(deed)
    said = {name: str(value) for name, value in deed.change.items()}
    payload = {**said, "note": f"资料清单：{deed.reason}（{deed.approved_by} 复核）"}
    outbox.put(deed.session, MESSAGE, f"{MESSAGE}:{deed.key[:90]}:{deed.now.isoformat()}", payload, deed.now)


def _said(change: Change, name: str) -> str:
    return str(change.get(name) or "")

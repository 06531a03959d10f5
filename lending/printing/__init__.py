"""Contracts, cost sheets, approval letters, receipts, offers as PDF: typst templates, data as facts, our fonts.

The same facts give the same bytes: no clock, no system font and no network is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import typst

from lending.printing.coverage import FONTS, check

_TEMPLATES = Path(__file__).parent / "templates"

Facts = Mapping[str, object]


class Template(StrEnum):
    """The documents that can be printed, by the name of their template."""

    LOAN_CONTRACT = "loan_contract"
    COST_SHEET = "cost_sheet"
    APPROVAL_NOTICE = "approval_notice"
    RISK_NOTICE = "risk_notice"
    SETTLEMENT_CERTIFICATE = "settlement_certificate"
    RECEIPT = "receipt"
    OFFER = "offer"
    PREPAYMENT_QUOTE = "prepayment_quote"


def render(template: Template, facts: Facts) -> bytes:
    """The PDF of a template filled with ``facts`` (texts, lists and mappings of texts).

    Facts are data to typst, never source: no text in them can change the document.
    Raises :class:`lending.printing.coverage.CharactersNotPrintable`.
    """
    for text in _texts(facts):
        check(text)
    compiled = typst.compile(
        _TEMPLATES / f"{template.value}.typ",
        root=_TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(facts, ensure_ascii=False, sort_keys=True)},
        format="pdf",
        timestamp=0,
    )
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave no single PDF")
    return compiled


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)

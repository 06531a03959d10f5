"""Contracts, cost sheets, approval letters, receipts, offers as PDF: typst templates, data as facts, our fonts.

The same facts give the same bytes: no clock, no system font and no network is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

import typst

from lending.printing import versions
from lending.printing.coverage import check, fonts

Facts = Mapping[str, object]


class Template(StrEnum):
    """The documents that can be printed, by the name of their template."""

    LOAN_CONTRACT = "loan_contract"
    MORTGAGE_CONTRACT = "mortgage_contract"
    GUARANTEE_AGREEMENT = "guarantee_agreement"
    DEBIT_MANDATE = "debit_mandate"
    GPS_CONSENT = "gps_consent"
    COST_SHEET = "cost_sheet"
    APPROVAL_NOTICE = "approval_notice"
    RISK_NOTICE = "risk_notice"
    SETTLEMENT_CERTIFICATE = "settlement_certificate"
    RECEIPT = "receipt"
    OFFER = "offer"
    PREPAYMENT_QUOTE = "prepayment_quote"
    SUPPLEMENTARY_AGREEMENT = "supplementary_agreement"
    TRANSFER_AGREEMENT = "transfer_agreement"
    ASSIGNMENT_NOTICE = "assignment_notice"
    DEMAND_LETTER = "demand_letter"


def render(template: Template, facts: Facts, *, on: date) -> bytes:
    """The PDF of the version of a template that holds ``on`` a day, filled with ``facts`` (texts, lists, mappings).

    Each page says at its foot which version that is, with its hash.

    Facts are data to typst, never source: no text in them can change the document.
    Raises :class:`lending.printing.coverage.CharactersNotPrintable`.
    """
    for text in _texts(facts):
        check(text)
    version = versions.in_force(versions.released()[template.value], on)
    compiled = typst.compile(
        version.file,
        root=versions.TEMPLATES,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={
            "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True),
            "version": version.mark,
        },
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

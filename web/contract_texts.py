"""The contract texts: every version of each wording, from when to when it holds, and the hash that a print shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from company.organisation import business_date
from lending.documents import DocumentKind
from lending.printing import Template, versions
from lending.printing.versions import TextVersion
from web.access import grants
from web.language import current
from web.language import translate as _
from web.wiring import wired

pages = Blueprint("contract_texts", __name__)
# What is no document of a case has no kind there.
NAMES = {
    Template.RECEIPT: "还款凭证",
    Template.OFFER: "报价单",
    Template.PREPAYMENT_QUOTE: "提前还款报价",
    Template.DEMAND_LETTER: "催收函",
}


@dataclass(frozen=True)
class Row:
    """One version, what it is called, and how it stands on the business date."""

    name: str
    version: TextVersion
    state: str
    colour: str


@pages.get("/contract-texts")
def index() -> ResponseReturnValue:
    """Every version of every text, the latest of each first."""
    grants("contract")
    with wired().database.read() as session:
        on = business_date(session)
    rows = [
        _row(_name(template), version, found, on)
        for template in Template
        for found in (versions.released()[template.value],)
        for version in reversed(found)
    ]
    return render_template("contract_texts.html", rows=rows, on=on)


def _name(template: Template) -> str:
    if DocumentKind.has(template.value):
        return DocumentKind(template.value).label(current())
    return _(NAMES[template])


def _row(name: str, version: TextVersion, found: tuple[TextVersion, ...], on: date) -> Row:
    if version == versions.in_force(found, on):
        return Row(name, version, _("有效"), "green")
    if version.valid_from > on:
        return Row(name, version, _("待生效"), "orange")
    return Row(name, version, _("已失效"), "grey")

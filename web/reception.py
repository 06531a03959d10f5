"""What the case page shows of the reception: products shown, needs, document list, screening, queries, offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Employee
from engine.deployments import Deployment
from engine.history import DecisionEvidence
from lending import (
    bureau_reports,
    document_checks,
    document_requirements,
    documents,
    needs,
    prescreens,
    product_offers,
    products,
)
from lending.consents import Consent
from lending.document_requirements import DocumentRequirement
from lending.documents import Document
from lending.prescreens import PrescreenReason, PrescreenResult
from lending.product_offers import ProductOffer
from web.access import allowed
from web.display import percent, yuan
from web.language import current, named
from web.language import translate as _
from web.story import Texts
from web.summary import Facts

# The second is what the list of an entry was called before both became one.
_LISTS = ("document_list", "entry_documents")
_PURPOSES = {"loan_approval": "贷款审批"}
_COLOURS = {"pass": "green", "refer": "orange", "reject": "red"}


@dataclass(frozen=True)
class SheetLine:
    """One product as it was shown: its name, bounds, rate, annualised cost, and of which version."""

    name: str
    amounts: str
    months: str
    rate: str
    cost: str
    version: str


@dataclass(frozen=True)
class Sheet:
    """The product sheet: who showed it when, and its lines."""

    shown_at: datetime
    shown_by: str
    lines: list[SheetLine]


@dataclass(frozen=True)
class Item:
    """One document of the list: when it is needed, whether it is there and what a person found on it."""

    label: str
    need: str
    verdict: str
    colour: str
    address: str | None


@dataclass(frozen=True)
class Checklist:
    """The document list of the case, the proof of income as read, and the version of the table that made the list."""

    items: list[Item]
    income: str
    version: str
    evidence: str | None


@dataclass(frozen=True)
class Screening:
    """One pre-screening: its outcome, the reasons with their codes, and when."""

    stage: str
    outcome: str
    colour: str
    reasons: str
    at: datetime


@dataclass(frozen=True)
class Query:
    """One query of the bureau: what for, under which consent, by whom and when."""

    request_id: str
    purpose: str
    consent: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Offer:
    """One offer of the latest round; ``choice`` is empty unless the customer took it."""

    rank: int
    product: str
    terms: str
    cost: str
    reason: str
    choice: str


@dataclass(frozen=True)
class Reception:
    """Everything above, each part empty where the case has not come so far."""

    sheet: Sheet | None
    needs: Facts
    checklist: Checklist | None
    screenings: list[Screening]
    queries: list[Query]
    offers: list[Offer]


def of(session: Session, business_key: str, texts: Texts) -> Reception | None:
    """The reception of a case, for who may read its customer; None for others."""
    if not allowed("customer"):
        return None
    return Reception(
        sheet=_sheet(session, business_key),
        needs=_needs(session, business_key, texts),
        checklist=_checklist(session, business_key),
        screenings=[_screening(each) for each in prescreens.of_application(session, business_key)],
        queries=_queries(session, business_key),
        offers=[_offer(session, each) for each in product_offers.of_application(session, business_key)],
    )


def _who(session: Session, employee_id: int | None) -> str:
    return named(session.get(Employee, employee_id)) if employee_id else _("系统")


def _sheet(session: Session, business_key: str) -> Sheet | None:
    shown = product_offers.sheet_shown(session, business_key)
    if shown is None:
        return None
    return Sheet(shown.shown_at, _who(session, shown.shown_by), [_line(each) for each in shown.lines])


def _line(line: dict[str, str]) -> SheetLine:
    """A line; of a sheet from before its parts were kept apart, the text alone."""
    if "version" not in line:
        return SheetLine(line["text"], "", "", percent(Decimal(line["annual_rate"])), "", "")
    return SheetLine(
        name=line["name"] if current() == "zh" else line["name_en"],
        amounts=line["amounts"],
        months=line["months"],
        rate=percent(Decimal(line["annual_rate"])),
        cost=percent(Decimal(line["annualised_cost"])),
        version=_(
            "产品第 {version} 版，利率自 {since}", version=line["version"], since=line["rates_from"] or "—"
        ),
    )


def _needs(session: Session, business_key: str, texts: Texts) -> Facts:
    found = needs.latest(session, business_key)
    if found is None:
        return []
    headings = {
        "refinance": _("本人车再融资"),
        "vehicle_use": _("用途"),
        "occupation": _("单位性质"),
        "monthly_income": _("月收入"),
        "monthly_debt": _("其他债务月供"),
        "amount": _("希望贷款金额"),
        "term_months": _("希望期限"),
        "wants_low_payment": _("希望月供低"),
        "plans_early_payoff": _("打算提前还款"),
        "has_guarantor": _("有担保人"),
        "needs_note": _("需求备注"),
    }
    return [
        (heading, _answer(name, found.answers[name], texts))
        for name, heading in headings.items()
        if found.answers.get(name) not in (None, "")
    ]


def _answer(name: str, value: object, texts: Texts) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Decimal) and name != "term_months":
        return yuan(value)
    return texts.choice(name, str(value)) or str(value)


def _checklist(session: Session, business_key: str) -> Checklist | None:
    listed = document_requirements.of_application(session, business_key)
    if not listed:
        return None
    attached = {(each.kind, each.place): each for each in documents.current(session, business_key)}
    problems = {
        each.document_id: each.problem for each in document_checks.of_application(session, business_key)
    }
    absent = {row.id for row in document_requirements.missing(session, business_key)}
    items = []
    for row in listed:
        document = attached.get((row.kind, row.place))
        problem = problems.get(document.id) if document else None
        words = problem.label(current()) if problem else None
        items.append(_item(row, document, words, missing=row.id in absent))
    version, address = _table_version(session, business_key)
    return Checklist(items, _income(session, business_key), version, address)


def _item(row: DocumentRequirement, document: Document | None, problem: str | None, *, missing: bool) -> Item:
    if document is None:
        verdict, colour = (_("缺少"), "red") if missing else (_("未收"), "grey")
        return Item(row.label(current()), row.need.label(current()), verdict, colour, None)
    verdict, colour = (problem, "red") if problem else (_("已收"), "green")
    address = url_for("documents.view", document_id=document.id)
    return Item(row.label(current()), row.need.label(current()), verdict, colour, address)


def _income(session: Session, business_key: str) -> str:
    found = document_checks.income_statement(session, business_key)
    if found is None:
        return ""
    return _("流水 {n} 个月，月均 {amount}", n=found.months, amount=yuan(found.monthly_average))


def _table_version(session: Session, business_key: str) -> tuple[str, str | None]:
    """The version of the table that listed the documents, and the address of its evidence."""
    asked = select(DecisionEvidence).where(
        DecisionEvidence.business_key == business_key, DecisionEvidence.decision_id.in_(_LISTS)
    )
    evidence = session.scalar(asked.order_by(DecisionEvidence.id.desc()).limit(1))
    if evidence is None:
        return "", None
    version = session.get_one(Deployment, evidence.deployment_id).version
    address = url_for("evidence.show", business_key=business_key, evidence_id=evidence.id)
    return _("第 {version} 版", version=version), address


def _screening(result: PrescreenResult) -> Screening:
    reasons = [PrescreenReason(code) for code in result.reasons]
    return Screening(
        stage=result.stage.label(current()),
        outcome=result.outcome.label(current()),
        colour=_COLOURS[result.outcome.value],
        reasons="；".join(f"{each.value} {each.label(current())}" for each in reasons),
        at=result.screened_at,
    )


def _queries(session: Session, business_key: str) -> list[Query]:
    return [
        Query(
            each.request_id,
            _(_PURPOSES[each.purpose]) if each.purpose in _PURPOSES else each.purpose,
            session.get_one(Consent, each.consent_id).text_version,
            _who(session, each.queried_by),
            each.queried_at,
        )
        for each in bureau_reports.queries_of(session, business_key)
    ]


def _offer(session: Session, offer: ProductOffer) -> Offer:
    product = products.get(session, offer.product_code)
    choice = ""
    if offer.chosen_at is not None:
        taken = f"{yuan(offer.chosen_amount)} / {_('{n} 期', n=offer.chosen_term_months or 0)}"
        choice = f"{taken} · {offer.choice_reason or ''}"
    return Offer(
        rank=offer.rank,
        product=named(product),
        terms=f"≤ {yuan(offer.amount_max)} · ≤ {_('{n} 期', n=offer.term_months_max)} · {percent(offer.annual_rate)}",
        cost=percent(offer.annualised_cost),
        reason=offer.reason,
        choice=choice,
    )

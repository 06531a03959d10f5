"""Funding parties: whose money is lent, how far each limit is used, and changes proposed of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from company.people import in_scope
from lending import dealers, funding, funding_limits, products, proposals, typed
from lending.funding import FundingKind, FundingParty
from lending.funding_limits import FundingUse
from lending.loans import Loan
from lending.products import Product
from lending.proposals import ProposalSubject
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.proposals import made, rows_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("funding", __name__)
LOANS_SHOWN = 50


@dataclass(frozen=True)
class Row:
    """A party as it stands, and how its limit stands."""

    party: FundingParty
    use: FundingUse


@pages.get("/funding")
def index() -> ResponseReturnValue:
    """The parties as they stand on the business date."""
    grants("product")
    with wired().database.read() as session:
        on = business_date(session)
        rows = [
            Row(each, funding_limits.use_of(session, each.code, on)) for each in funding.listed(session, on)
        ]
        return render_template("funding.html", rows=rows, on=on, may_change=allowed("product", "U"))


@pages.get("/funding/<code>")
def show(code: str) -> ResponseReturnValue:
    """One party with its versions, its loans in reach and what was proposed of it, or 404."""
    grants("product")
    with wired().database.read() as session:
        return _page(session, code)


def _page(
    session: Session, code: str, given: dict[str, str] | None = None, problem: str | None = None
) -> str:
    versions, on = funding.versions(session, code), business_date(session)
    if not versions:
        abort(404)
    subjects = (ProposalSubject.FUNDING_NEW, ProposalSubject.FUNDING)
    found = [each for subject in subjects for each in proposals.of(session, subject, code)]
    return render_template(
        "funding_party.html",
        party=funding.get(session, code, on),
        newest=versions[0],
        versions=versions,
        use=funding_limits.use_of(session, code, on),
        loans=_loans(session, code),
        products=_products(session),
        kinds=FundingKind.choices(current()),
        given=given or _values(versions[0], on),
        problem=problem,
        rows=rows_of(session, found),
        on=on,
        may_change=allowed("product", "U"),
    )


def _loans(session: Session, code: str) -> list[Loan]:
    if not allowed("contract"):
        return []
    mine = in_scope(grants("contract"), Loan.unit_id, Loan.owner_id)
    ids = select(FundingParty.id).where(FundingParty.code == code)
    asked = select(Loan).where(Loan.funding_party_id.in_(ids), mine).order_by(Loan.id.desc())
    return list(session.scalars(asked.limit(LOANS_SHOWN)))


def _products(session: Session) -> list[Product]:
    asked = select(Product).where(products.in_force(business_date(session))).order_by(Product.code)
    return list(session.scalars(asked))


def _values(party: FundingParty, on: date) -> dict[str, str]:
    limit = party.credit_limit
    return {
        "name": party.name,
        "kind": party.kind.value,
        "credit_limit": "" if limit is None else f"{limit}",
        "product_codes": ",".join(party.product_codes),
        "bank_name": party.bank_name or "",
        "active": "1" if party.active else "",
        "valid_from": "" if party.valid_from >= on else on.isoformat(),
    }


def _form() -> dict[str, str]:
    given = {name: text.strip()[:200] for name, text in request.form.items()}
    return given | {"product_codes": ",".join(request.form.getlist("product_codes"))}


def _read(form: dict[str, str]) -> dict[str, object]:
    """The terms of a version; an account that is given goes sealed, one that is not stays as it was."""
    if not FundingKind.has(form.get("kind", "")):
        raise typed.NotAChoice(text=form.get("kind", "")[:40])
    limit: Decimal | None = typed.positive_amount(form["credit_limit"]) if form.get("credit_limit") else None
    terms: dict[str, object] = {
        "name": form.get("name", ""),
        "funding_kind": form["kind"],
        "credit_limit": limit,
        "product_codes": [each for each in form["product_codes"].split(",") if each],
        "bank_name": form.get("bank_name") or None,
        "active": bool(form.get("active")),
    }
    if form.get("account"):
        terms["account_sealed"] = wired().vault.seal(dealers.account_digits(form["account"])).hex()
    return terms


@pages.post("/funding/<code>")
def propose(code: str) -> ResponseReturnValue:
    """Propose a new version of a party."""
    grants("product", "U")
    form = _form()
    try:
        _propose(ProposalSubject.FUNDING, code, form)
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, code, form, refusal.text(current())), 422
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("funding.show", code=code), 303)


def _propose(subject: ProposalSubject, code: str, form: dict[str, str]) -> None:
    terms, begins = _read(form), typed.calendar_day(form.get("valid_from", ""))
    with command() as session:
        reason, unit_id = form.get("reason", ""), me().actor.unit_id or 0
        made(session, subject, code, terms, valid_from=begins, reason=reason, unit_id=unit_id)


@pages.get("/funding/new")
def new() -> ResponseReturnValue:
    """The form of a new party."""
    grants("product", "U")
    with wired().database.read() as session:
        return _new_page(session, {"active": "1", "valid_from": business_date(session).isoformat()}, None)


def _new_page(session: Session, given: dict[str, str], problem: str | None) -> str:
    kinds = [choice for choice in FundingKind.choices(current()) if choice[0] != FundingKind.OWN]
    return render_template(
        "funding_new.html", given=given, problem=problem, products=_products(session), kinds=kinds
    )


@pages.post("/funding/new")
def create() -> ResponseReturnValue:
    """Propose a new party; it funds loans once a second person has approved it."""
    grants("product", "U")
    form = _form()
    try:
        _propose(ProposalSubject.FUNDING_NEW, form.get("code", "").upper(), form)
    except Refusal as refusal:
        with wired().database.read() as session:
            return _new_page(session, form, refusal.text(current())), 422
    tell(_("新资金方已提出，等待另一人复核。"), "good")
    return redirect(url_for("funding.index"), 303)

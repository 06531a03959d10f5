"""Work, income and family of a person, and a company with its licence, owners and figures: entered at the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date
from lending import corporates, customers, money, personal_profiles, typed
from lending.corporates import Figures, Owner, OwnerBasis
from lending.customers import Customer
from web import circumstances
from web.access import grants
from web.customers import reached
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customer_profiles", __name__)
OWNERS, YEARS = (1, 2, 3, 4), (1, 2)
_FIGURES = ("revenue", "net_profit", "total_assets", "total_liabilities")


@pages.post("/customers/<int:customer_id>/circumstances")
def file(customer_id: int) -> ResponseReturnValue:
    """Keep what is known of a person as of today; what was filed before stays."""
    told = circumstances.read({name: text.strip() for name, text in request.form.items()})
    wiring, actor = wired(), me().actor
    with command() as session:
        customer = reached(session, customer_id, "U")
        now = wiring.clock.now()
        personal_profiles.file(
            session, customer, told, on=business_date(session), by=actor.employee_id, now=now
        )
        audit.record(session, now, actor, "customer.circumstances", "customer", customer.id)
    tell(_("个人情况已登记。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.get("/companies/new")
def new() -> ResponseReturnValue:
    """The form of a company."""
    grants("customer", "C")
    return _form_page({}, None)


def _form_page(given: Mapping[str, str], problem: str | None) -> str:
    return render_template(
        "company_new.html",
        given=given,
        problem=problem,
        bases=OwnerBasis.choices(current()),
        owners=OWNERS,
        years=YEARS,
    )


@pages.post("/companies/new")
def create() -> ResponseReturnValue:
    """Enter a company, or bring one up to date: licence, representative, beneficial owners, two years of figures."""
    grants("customer", "C")
    given = {name: text.strip()[:200] for name, text in request.form.items()}
    try:
        with command() as session:
            customer_id = _filed(session, given).id
    except Refusal as refusal:
        return _form_page(given, refusal.text(current())), 422
    tell(_("企业客户已登记。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _filed(session: Session, given: Mapping[str, str]) -> Customer:
    """The company with all that the form says of it; one that others have in hand is not changed from here."""
    wiring, actor, on = wired(), me().actor, business_date(session)
    vault, now = wiring.vault, wiring.clock.now()
    known = customers.find_by_credit_code(session, vault, given.get("credit_code", ""))
    if known is not None:
        reached(session, known.id, "U")
    unit_id, owner_id = actor.unit_id or 0, actor.employee_id
    company = customers.register_corporate(
        session,
        vault,
        name=given.get("name", ""),
        credit_code=given.get("credit_code", ""),
        phone=given.get("phone", ""),
        address=given.get("address") or None,
        unit_id=unit_id,
        owner_id=owner_id,
        now=now,
    )
    representative = customers.register(
        session,
        vault,
        name=given.get("representative_name", ""),
        identity=given.get("representative_identity", ""),
        phone=given.get("representative_phone", ""),
        unit_id=unit_id,
        owner_id=owner_id,
        now=now,
    )
    corporates.file_licence(
        session,
        company,
        representative,
        established_on=typed.calendar_day(given.get("established_on", "")),
        licence_valid_until=_until(given),
        on=on,
        now=now,
    )
    corporates.name_owners(session, vault, company, _owners(given), on=on, now=now)
    corporates.file_statements(session, company, _figures(given), on=on, now=now)
    audit.record(session, now, actor, "company.file", "customer", company.id)
    return company


def _until(given: Mapping[str, str]) -> date | None:
    return typed.calendar_day(given["licence_valid_until"]) if given.get("licence_valid_until") else None


def _owners(given: Mapping[str, str]) -> list[Owner]:
    found = []
    for at in OWNERS:
        name = given.get(f"owner_{at}_name", "")
        if not name:
            continue
        basis = given.get(f"owner_{at}_basis", "")
        if not OwnerBasis.has(basis):
            raise typed.NotAChoice(text=basis[:40])
        part = given.get(f"owner_{at}_share", "")
        found.append(
            Owner(
                name=name[:60],
                identity=given.get(f"owner_{at}_identity", ""),
                share=typed.percentage(part) if part else Decimal(0),
                basis=OwnerBasis(basis),
            )
        )
    return found


def _figures(given: Mapping[str, str]) -> list[Figures]:
    """The summary of each year that is named, in yuan; a loss is below zero."""
    return [
        Figures(
            typed.whole_number(given[f"year_{at}"]),
            *(money.parse(given.get(f"{figure}_{at}", "")) for figure in _FIGURES),
        )
        for at in YEARS
        if given.get(f"year_{at}")
    ]

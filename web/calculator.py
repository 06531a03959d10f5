"""The calculator of the front desk: variants of a loan side by side, reckoned by the server, and an offer on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from flask import Blueprint, Response, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date
from lending import products, quotes
from lending.errors import LendingError
from lending.maths.convention import Method
from lending.printing import Facts, Template, offers, render
from lending.products import Product
from lending.quotes import Quote
from lending.vehicles import Energy, VehicleKind, VehicleUse
from web.access import grants
from web.calculator_form import (
    FIELDS,
    LABELS,
    MORE,
    VARIANTS,
    Problem,
    Reader,
    Shared,
    is_begun,
    read_shared,
    read_variant,
)
from web.display import day, percent, share, yuan
from web.language import current
from web.language import translate as _
from web.session import me
from web.wiring import command, wired

pages = Blueprint("calculator", __name__)


@dataclass
class Sheet:
    """What one form comes to: the quotes by variant, and why the others have none."""

    shared: Shared
    quotes: dict[int, Quote] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@pages.get("/calculator")
def show() -> ResponseReturnValue:
    """The empty form."""
    grants("application")
    with wired().database.read() as session:
        on = business_date(session)
        offered = products.offered(session)
        return _page({}, reckon(session, {}, offered, on), offered, on)


@pages.post("/calculator")
def reckoned() -> ResponseReturnValue:
    """The form, and beside it the figures of what was typed; 422 when something of it cannot be used.

    Income and debts of a person stand in no address: what was typed is sent in the body and kept nowhere. A part of the
    page asked for by htmx is always 200: its problems are part of it.
    """
    grants("application")
    given = _given()
    with wired().database.read() as session:
        on = business_date(session)
        offered = products.offered(session)
        sheet = reckon(session, given, offered, on)
        status = 422 if sheet.problems and not request.headers.get("HX-Request") else 200
        return _page(given, sheet, offered, on), status


@pages.post("/calculator/offer/<int:variant>")
def offer(variant: int) -> ResponseReturnValue:
    """The offer of one variant as PDF; refused (422) when the variant has no figures or the law forbids it."""
    grants("application")
    given = _given()
    with wired().database.read() as session:
        on = business_date(session)
        offered = products.offered(session)
        sheet = reckon(session, given, offered, on)
        if variant not in sheet.quotes:
            return (_page(given, sheet, offered, on), 422) if sheet.problems else abort(404)
        try:
            facts = offers.offer(
                session,
                sheet.quotes[variant],
                sheet.shared.car,
                unit_id=me().actor.unit_id or 0,
                made_by=me().name,
                on=on,
            )
        except LendingError as refusal:
            sheet.problems.append(_of_variant(variant, refusal))
            return _page(given, sheet, offered, on), 422
    return _printed(facts, on)


def reckon(session: Session, given: Mapping[str, str], offered: list[Product], on: date) -> Sheet:
    """The quotes of all variants that were begun; the first one is, as soon as anything was filled in."""
    reader = Reader(given)
    shared = read_shared(reader, on)
    sheet = Sheet(shared, problems=reader.problems)
    first = None
    for number in VARIANTS:
        reader = Reader(given, number)
        if not is_begun(reader) and not (number == 1 and given):
            continue
        asked = read_variant(reader, shared, first, offered)
        sheet.problems += reader.problems
        first = asked if number == 1 else first
        if asked is None:
            continue
        try:
            sheet.quotes[number] = quotes.quote(session, asked, car=shared.car, means=shared.means, on=on)
        except LendingError as refusal:
            sheet.problems.append(_of_variant(number, refusal))
    return sheet


def _of_variant(number: int, refusal: Refusal) -> Problem:
    return Problem(f"amount_{number}", _("方案{n}", n=number), refusal.text(current()))


def _given() -> dict[str, str]:
    """The fields of the form that were filled in; nothing else of the request is carried on."""
    return {name: request.form[name] for name in FIELDS if request.form.get(name, "").strip()}


def _page(given: Mapping[str, str], sheet: Sheet, offered: list[Product], on: date) -> str:
    return render_template(
        "calculator.html",
        given=given,
        sheet=sheet,
        wrong={problem.field for problem in sheet.problems},
        labels=LABELS,
        more=MORE,
        variants=VARIANTS,
        begun={number for number in VARIANTS if number == 1 or is_begun(Reader(given, number))},
        extended={number for number in VARIANTS if any(f"{name}_{number}" in given for name in MORE)},
        products=offered,
        choices={
            "kind": VehicleKind.choices(current()),
            "use": VehicleUse.choices(current()),
            "energy": Energy.choices(current()),
            "method": Method.choices(current()),
        },
        comparison=_comparison(sheet.quotes),
        on=on,
    )


def _comparison(found: Mapping[int, Quote]) -> list[tuple[str, list[str]]]:
    """The figures of the variants side by side: a label, and a text for each."""
    columns = [_figures(quote) for quote in found.values()]
    return [(row[0][0], [text for _label, text in row]) for row in zip(*columns, strict=True)]


def _figures(found: Quote) -> list[tuple[str, str]]:
    asked, plan = found.asked, found.plan
    product = asked.product
    name = _("自由条款") if product is None else product.name if current() == "zh" else product.name_en
    fees = [f"{fee.kind.label(current())} {yuan(fee.amount)}" for fee in found.fees]
    return [
        (_("产品"), name),
        (_("还款方式"), asked.method.label(current())),
        (_("贷款金额"), yuan(asked.amount)),
        (_("年利率"), percent(asked.annual_rate)),
        (_("还款期数"), _("{n} 期", n=len(plan.rows))),
        (_("首期还款日"), day(plan.rows[0].due_date)),
        (_("首期应还"), yuan(plan.rows[0].instalment)),
        (_("最高一期应还"), yuan(found.largest_instalment)),
        (_("末期应还"), yuan(plan.rows[-1].instalment)),
        (_("利息合计"), yuan(plan.total_interest)),
        (_("费用"), " + ".join(fees) or "—"),
        (_("息费合计"), yuan(found.total_cost)),
        (_("年化成本（12×IRR）"), share(found.cost.nominal)),
        (_("年化成本（复利）"), share(found.cost.effective)),
        (_("贴息"), yuan(found.subsidy)),
        (_("贷款成数 / 上限"), f"{share(found.loan_to_value)} / {share(found.limit)}"),
        (_("最高月供占收入"), share(found.debt_to_income)),
    ]


def _printed(facts: Facts, on: date) -> Response:
    reference = str(facts["reference"])
    data = render(Template.OFFER, facts, on=on)
    with command() as session:
        audit.record(session, wired().clock.now(), me().actor, "offer.print", "offer", reference)
    return send_file(
        BytesIO(data),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"offer-{reference}.pdf",
        etag=False,
    )

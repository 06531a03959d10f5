"""The price table: what a new car of a model costs since when, the old prices, and proposals of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from lending import price_tables, typed, vehicle_prices
from lending.collateral import STANDING, Collateral
from lending.proposals import Proposal, ProposalSubject
from lending.vehicle_prices import PriceRow, VehiclePrice, name_key
from lending.vehicles import Vehicle
from web.access import allowed, grants
from web.display import day, share, yuan
from web.language import current
from web.language import translate as _
from web.proposal_words import label_of
from web.proposals import made, rows_of
from web.session import me
from web.summary import Facts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("prices", __name__)
ROWS_MAX = 200
FIELDS = ("brand", "series", "model", "model_year", "region", "price", "valid_from", "reason")
_OPTIONAL = ("region", "reason")


@dataclass(frozen=True)
class Row:
    """A price, and whether it holds today, held before or will hold."""

    price: VehiclePrice
    state: str
    colour: str
    stale: bool = False


@pages.get("/prices")
def index() -> ResponseReturnValue:
    """The prices that hold, or all with those of the past; those whose model holds ``q``."""
    grants("price")
    with wired().database.read() as session:
        return _page(session)


def _page(
    session: Session,
    *,
    given: dict[str, str] | None = None,
    preview: Facts | None = None,
    problem: str | None = None,
) -> str:
    wanted, everything = request.args.get("q", "").strip()[:64], request.args.get("all") == "1"
    on = business_date(session)
    asked = select(VehiclePrice).order_by(VehiclePrice.search_key, VehiclePrice.valid_from.desc())
    if wanted:
        key, _year = name_key(wanted)
        asked = asked.where(VehiclePrice.search_key.contains(key, autoescape=True))
    if not everything:
        asked = asked.where(or_(VehiclePrice.valid_to.is_(None), VehiclePrice.valid_to >= on))
    found = session.scalars(asked.limit(ROWS_MAX)).all()
    changes = session.scalars(
        select(Proposal)
        .where(Proposal.subject.in_((ProposalSubject.PRICE, ProposalSubject.PRICE_TABLE)))
        .order_by(Proposal.id.desc())
        .limit(20)
    ).all()
    rows, stale = [], price_tables.stale_before(session, on)
    for each in found:
        if each.valid_from > on:
            rows.append(Row(each, _("待生效"), "orange"))
        elif each.valid_to is not None and each.valid_to < on:
            rows.append(Row(each, _("已失效"), "grey"))
        else:
            rows.append(Row(each, _("有效"), "green", price_tables.is_stale(each, stale, on)))
    return render_template(
        "prices.html",
        prices=rows,
        stale=sum(row.stale for row in rows),
        may_see_loans=allowed("contract"),
        q=wanted,
        every=everything,
        given=given or {},
        preview=preview,
        problem=problem,
        rows=rows_of(session, list(changes)),
        may_change=allowed("price", "C"),
    )


@pages.post("/prices")
def change() -> ResponseReturnValue:
    """Preview a new price, or propose it."""
    grants("price", "C")
    form = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    with wired().database.read() as session:
        try:
            row = _read(form)
            begins = typed.calendar_day(form["valid_from"])
            vehicle_prices.check(session, row, valid_from=begins)
            effect = _effect(session, row)
        except Refusal as refusal:
            return _page(session, given=form, problem=refusal.text(current())), 422
        if request.form.get("do") != "propose":
            return _page(session, given=form, preview=effect)
    values: dict[str, object] = {
        "brand": row.brand,
        "series": row.series,
        "model": row.model,
        "model_year": row.model_year,
        "region": row.region,
        "price": row.price,
    }
    key = f"{row.brand} {row.series} {row.model} {row.model_year} {row.region}".strip()
    with command() as session:
        unit_id = me().actor.unit_id or 0
        made(
            session,
            ProposalSubject.PRICE,
            key[:120],
            values,
            valid_from=begins,
            reason=form["reason"],
            unit_id=unit_id,
        )
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("prices.index"), 303)


def _read(form: dict[str, str]) -> PriceRow:
    for name in FIELDS:
        if not form[name] and name not in _OPTIONAL:
            raise typed.TermMissing(label=_("生效日") if name == "valid_from" else label_of(name))
    if form["region"] and not (
        form["region"].isascii() and form["region"].isdigit() and len(form["region"]) < 7
    ):
        raise typed.NotAWholeNumber(text=form["region"])
    return PriceRow(
        brand=form["brand"][:40],
        series=form["series"][:60],
        model=form["model"][:80],
        model_year=typed.whole_number(form["model_year"]),
        region=form["region"],
        price=typed.positive_amount(form["price"]),
    )


def _effect(session: Session, row: PriceRow) -> Facts:
    """The price before and after, and how many cars in mortgage are of the model."""
    before = vehicle_prices.latest_of(session, row)
    pledged = session.scalar(
        select(func.count(Collateral.id))
        .join(Vehicle, Vehicle.id == Collateral.vehicle_id)
        .where(
            Collateral.status.in_(STANDING),
            Vehicle.model_name.contains(row.model, autoescape=True),
        )
    )
    facts: Facts = [(_("现价"), yuan(before.price) if before else _("首次录入"))]
    if before is not None:
        facts.append((_("自"), day(before.valid_from)))
        facts.append((_("变动"), share(row.price / before.price - Decimal(1))))
    facts.append((_("新价"), yuan(row.price)))
    facts.append((_("在押同型号车辆"), str(pledged or 0)))
    return facts

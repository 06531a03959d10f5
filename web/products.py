"""Products and their rate plans by version: what holds, what held before, and what a proposed change would mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameter_words, parameters
from company.messages import Refusal
from company.organisation import business_date
from lending import limits, product_versions, products, proposals, rate_plans, typed
from lending.errors import NotFound
from lending.maths.convention import Method
from lending.products import FeeKind, Product
from lending.proposals import ProposalSubject
from lending.rate_plans import GRADES, RatePlan
from web.access import allowed, grants
from web.display import percent, share, yuan
from web.language import current
from web.language import translate as _
from web.product_form import read_spreads, read_terms, values_of
from web.proposal_words import label_of, shown
from web.proposals import made, rows_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("products", __name__)


@dataclass(frozen=True)
class Row:
    """A product as it is sold now; ``rates`` by grade, None where the grade is not offered; the next version's day."""

    product: Product
    rates: list[Decimal | None]
    next_from: date | None


@dataclass(frozen=True)
class Line:
    """A line of a preview: what it is, and the value before and after."""

    label: str
    before: str
    after: str


@pages.get("/products")
def index() -> ResponseReturnValue:
    """The products as they stand on the business date, also those off sale."""
    grants("product")
    with wired().database.read() as session:
        on = business_date(session)
        found = session.scalars(select(Product).where(products.in_force(on)).order_by(Product.code)).all()
        rows = [
            Row(
                each,
                [rate_plans.rate_for(session, each, grade, on) for grade in GRADES],
                next(
                    (
                        one.valid_from
                        for one in product_versions.versions(session, each.code)
                        if one.valid_from > on
                    ),
                    None,
                ),
            )
            for each in found
        ]
        prime = parameters.value(session, "lpr_rate", on)["1Y"]
        return render_template(
            "products.html", rows=rows, grades=GRADES, prime=prime, cap=limits.rate_cap(session, on), on=on
        )


@pages.get("/products/<code>")
def show(code: str) -> ResponseReturnValue:
    """One product with all its versions and plans, or 404."""
    grants("product")
    with wired().database.read() as session:
        return _page(session, _product(session, code))


def _product(session: Session, code: str) -> Product:
    try:
        return products.get(session, code)
    except NotFound:
        abort(404)


def _page(
    session: Session,
    product: Product,
    *,
    terms: dict[str, str] | None = None,
    plan: dict[str, str] | None = None,
    preview: list[Line] | None = None,
    problem: str | None = None,
    kept: int | None = None,
) -> str:
    on = business_date(session)
    plans = rate_plans.listed(session, product)
    subjects = (ProposalSubject.PRODUCT, ProposalSubject.RATE_PLAN)
    found = [each for subject in subjects for each in proposals.of(session, subject, product.code)]
    return render_template(
        "product.html",
        source=lambda text: parameter_words.source(text, current()),
        product=product,
        versions=[(each, _terms(each)) for each in product_versions.versions(session, product.code)],
        plans=plans,
        grades=GRADES,
        on=on,
        prime=parameters.value(session, "lpr_rate", on)["1Y"],
        cap=limits.rate_cap(session, on),
        given=terms or values_of(product),
        given_plan=plan or _plan_values(plans[0] if plans else None),
        editing="plan" if plan is not None else "terms" if terms is not None else "",
        methods=Method.choices(current()),
        fees=[kind for kind in FeeKind if kind.value in product_versions.terms_of(product)],
        preview=preview,
        kept=kept,
        problem=problem,
        rows=rows_of(session, found),
        may_change=allowed("product", "U"),
    )


def _plan_values(plan: RatePlan | None) -> dict[str, str]:
    spreads = plan.spreads if plan else {}
    return {grade: f"{(spreads[grade] * 100).normalize():f}" for grade in GRADES if grade in spreads}


def _terms(product: Product) -> list[tuple[str, str]]:
    return [
        (label_of(name), shown(name, value))
        for name, value in product_versions.terms_of(product).items()
        if name not in ("name", "name_en")
    ]


def _form() -> dict[str, str]:
    return {name: text.strip() for name, text in request.form.items() if name != "methods"}


@pages.post("/products/<code>/versions")
def change_terms(code: str) -> ResponseReturnValue:
    """Preview a new version, or propose it."""
    grants("product", "U")
    form = _form()
    form["methods"] = ",".join(request.form.getlist("methods"))
    with wired().database.read() as session:
        product = _product(session, code)
        try:
            terms = read_terms(form, product)
            day = typed.calendar_day(form.get("valid_from", ""))
            product_versions.check(session, code, terms, valid_from=day, today=business_date(session))
        except Refusal as refusal:
            return _page(session, product, terms=form, problem=refusal.text(current())), 422
        if form.get("do") != "propose":
            lines = _preview(session, product, terms, day)
            kept = product_versions.keeping(session, code)
            return _page(session, product, terms=form, preview=lines, kept=kept)
    return _propose(ProposalSubject.PRODUCT, code, terms, day, form.get("reason", ""))


def _preview(session: Session, product: Product, terms: dict[str, object], on: date) -> list[Line]:
    """What differs, and what a sample loan costs before and after."""
    before = product_versions.terms_of(product)
    lines = [
        Line(label_of(name), shown(name, before[name]), shown(name, value))
        for name, value in terms.items()
        if before[name] != value
    ]
    old, new = (
        product_versions.sample(each, on) for each in (product, product_versions.drafted(product, terms))
    )
    label = _("样例：{amount}，{n} 期，常用利率", amount=yuan(new.amount, fen=False), n=new.term_months)
    lines.append(Line(label, yuan(old.instalment), yuan(new.instalment)))
    lines.append(Line(_("样例年化成本"), share(old.annualised_cost), share(new.annualised_cost)))
    return lines


@pages.post("/products/<code>/plans")
def change_plan(code: str) -> ResponseReturnValue:
    """Preview a new rate plan, or propose it."""
    grants("product", "U")
    form = _form()
    with wired().database.read() as session:
        product = _product(session, code)
        try:
            spreads = read_spreads(form)
            day = typed.calendar_day(form.get("valid_from", ""))
        except Refusal as refusal:
            return _page(session, product, plan=form, problem=refusal.text(current())), 422
        if form.get("do") != "propose":
            return _page(session, product, plan=form, preview=_plan_preview(session, product, spreads, day))
    change: dict[str, object] = {**spreads}
    return _propose(ProposalSubject.RATE_PLAN, code, change, day, form.get("reason", ""))


def _plan_preview(session: Session, product: Product, spreads: dict[str, Decimal], on: date) -> list[Line]:
    """Each grade's rate and the sample's instalment, before and after."""
    prime: Decimal = parameters.value(session, "lpr_rate", on)["1Y"]
    lines = []
    for grade in GRADES:
        before = rate_plans.rate_for(session, product, grade, on)
        spread = spreads.get(grade)
        after = None if spread is None else min(max(prime + spread, product.rate_min), product.rate_max)
        if before is None and after is None:
            continue
        texts = [_("不提供"), _("不提供")]
        for place, rate in enumerate((before, after)):
            if rate is not None:
                found = product_versions.sample(product, on, rate)
                texts[place] = f"{percent(rate)} · {yuan(found.instalment)}"
        lines.append(Line(_("等级 {grade}：年利率 · 样例月供", grade=grade), *texts))
    return lines


def _propose(
    subject: ProposalSubject, code: str, change: dict[str, object], day: date, reason: str
) -> ResponseReturnValue:
    with command() as session:
        unit_id = me().actor.unit_id or 0
        made(session, subject, code, change, valid_from=day, reason=reason, unit_id=unit_id)
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("products.show", code=code), 303)

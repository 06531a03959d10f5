"""What proposals change, and how each is checked and carried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from company import parameter_changes, parameters
from lending import (
    category_verdicts,
    ceilings,
    customers,
    dealers,
    document_rules,
    funding,
    limits,
    price_tables,
    product_versions,
    products,
    rate_plans,
    retention,
    vehicle_prices,
)
from lending.bank import unposted
from lending.ceilings import Segment
from lending.dealers import Dealer, DealerGrade
from lending.errors import LendingError
from lending.identifiers import uscc
from lending.money import exact
from lending.product_versions import BeginsInPast, RateAboveCap
from lending.proposals import Deed, Kind, ProposalSubject
from lending.rate_plans import GRADES


class NothingChanges(LendingError):
    """A change changes something."""

    code = "nothing_changes"
    zh = "没有填写任何变更内容。"
    en = "Nothing was changed; fill in what is to be different."


class DealerListed(LendingError):
    """A dealer stands on the list once."""

    code = "dealer_listed"
    zh = "统一社会信用代码 {code_} 的经销商“{dealer}”已在名录。"
    en = "{dealer} with the code {code_} is on the list of dealers already."


class SpreadBelowZero(LendingError):
    """A rate is above zero."""

    code = "spread_below_zero"
    zh = "等级 {grade} 的利差 {spread:.2%} 使年利率不高于零，请更正。"
    en = "The spread of {spread:.2%} for grade {grade} leaves no rate above zero; correct it."


def _text(change: Mapping[str, object], name: str) -> str | None:
    value = change.get(name)
    return str(value) if value else None


def _amount(change: Mapping[str, object], name: str) -> Decimal | None:
    value = change.get(name)
    return exact(value) if isinstance(value, Decimal) else None


def _day(change: Mapping[str, object], name: str) -> date | None:
    value = change.get(name)
    return value if isinstance(value, date) else None


def _account(deed: Deed) -> str | None:
    """The account of a proposal, opened: it waits sealed, as digits of the sealed bytes."""
    sealed = _text(deed.change, "account_sealed")
    return None if sealed is None else deed.vault.open_text(bytes.fromhex(sealed))


def _grade(deed: Deed) -> DealerGrade | None:
    grade = _text(deed.change, "grade")
    return None if grade is None else DealerGrade(grade)


def _not_past(deed: Deed) -> None:
    if deed.valid_from < deed.today:
        raise BeginsInPast(valid_from=deed.valid_from, today=deed.today)


def _check_new_dealer(deed: Deed) -> None:
    code = uscc.validate(deed.key)
    found = deed.session.scalar(select(Dealer.name).where(Dealer.social_credit_code == code))
    if found is not None:
        raise DealerListed(code_=code, dealer=found)
    _amount(deed.change, "unsecured_limit")


def _add_dealer(deed: Deed) -> None:
    _check_new_dealer(deed)
    limit = _amount(deed.change, "unsecured_limit")
    dealers.add(
        deed.session,
        deed.vault,
        name=str(deed.change["name"]),
        social_credit_code=deed.key,
        bank_name=str(deed.change["bank_name"]),
        account=_account(deed) or "",
        payee_name=_text(deed.change, "payee_name"),
        grade=_grade(deed) or DealerGrade.C,
        unsecured_limit=Decimal(0) if limit is None else limit,
        undertaking_until=_day(deed.change, "undertaking_until"),
        unit_id=deed.unit_id,
        now=deed.now,
    )


def _check_dealer(deed: Deed) -> None:
    if not deed.change:
        raise NothingChanges()
    dealers.get(deed.session, int(deed.key))
    _amount(deed.change, "unsecured_limit")


def _change_dealer(deed: Deed) -> None:
    dealer = dealers.get(deed.session, int(deed.key))
    dealers.change(
        deed.session,
        deed.vault,
        dealer,
        bank_name=_text(deed.change, "bank_name"),
        payee_name=_text(deed.change, "payee_name"),
        account=_account(deed),
        grade=_grade(deed),
        unsecured_limit=_amount(deed.change, "unsecured_limit"),
        undertaking_until=_day(deed.change, "undertaking_until"),
    )
    if "active" in deed.change:
        dealers.set_active(deed.session, dealer, bool(deed.change["active"]))


def _check_product(deed: Deed) -> None:
    product = products.get(deed.session, deed.key)
    if dict(deed.change) == product_versions.terms_of(product):
        raise NothingChanges()
    product_versions.check(deed.session, deed.key, deed.change, valid_from=deed.valid_from, today=deed.today)


def _publish_product(deed: Deed) -> None:
    product_versions.publish(
        deed.session, deed.key, deed.change, valid_from=deed.valid_from, today=deed.today
    )


def _spreads(change: Mapping[str, object]) -> dict[str, Decimal]:
    return {grade: value for grade in GRADES if isinstance(value := change.get(grade), Decimal)}


def _check_rate_plan(deed: Deed) -> None:
    _not_past(deed)
    product = products.get(deed.session, deed.key)
    spreads = _spreads(deed.change)
    if not spreads:
        raise NothingChanges()
    latest = rate_plans.listed(deed.session, product)
    if latest and latest[0].valid_from >= deed.valid_from:
        raise rate_plans.RatePlanOutOfOrder(product=product.code, latest=latest[0].valid_from)
    prime: Decimal = parameters.value(deed.session, "lpr_rate", deed.valid_from)["1Y"]
    cap = limits.rate_cap(deed.session, deed.valid_from)
    for grade, spread in spreads.items():
        if prime + spread <= 0:
            raise SpreadBelowZero(grade=grade, spread=spread)
        if prime + spread > cap:
            raise RateAboveCap(rate=prime + spread, cap=cap)


def _publish_rate_plan(deed: Deed) -> None:
    _check_rate_plan(deed)
    rate_plans.publish(
        deed.session,
        products.get(deed.session, deed.key),
        _spreads(deed.change),
        valid_from=deed.valid_from,
        source_text=deed.reason,
        approved_by=deed.approved_by,
    )


def _check_price(deed: Deed) -> None:
    _not_past(deed)
    vehicle_prices.check(deed.session, _row(deed), valid_from=deed.valid_from)


def _publish_price(deed: Deed) -> None:
    _not_past(deed)
    row = _row(deed)
    vehicle_prices.publish(
        deed.session,
        brand=row.brand,
        series=row.series,
        model=row.model,
        model_year=row.model_year,
        price=row.price,
        region=row.region,
        valid_from=deed.valid_from,
        source=deed.reason[:200],
        now=deed.now,
    )


def _check_table(deed: Deed) -> None:
    _not_past(deed)
    rows = price_tables.unpacked(str(deed.change["table"]))
    price_tables.check(deed.session, rows, valid_from=deed.valid_from)


def _publish_table(deed: Deed) -> None:
    _check_table(deed)
    rows = price_tables.unpacked(str(deed.change["table"]))
    source = deed.reason[:200]
    price_tables.publish(deed.session, rows, valid_from=deed.valid_from, source=source, now=deed.now)


def _row(deed: Deed) -> vehicle_prices.PriceRow:
    change = deed.change
    return vehicle_prices.PriceRow(
        brand=str(change["brand"]),
        series=str(change["series"]),
        model=str(change["model"]),
        model_year=int(str(change["model_year"])),
        region=str(change.get("region") or ""),
        price=_amount(change, "price") or Decimal(0),
    )


def _ceilings(change: Mapping[str, object]) -> dict[Segment, Decimal]:
    return {one: value for one in Segment if isinstance(value := change.get(one.value), Decimal)}


def _check_ceilings(deed: Deed) -> None:
    _not_past(deed)
    asked = _ceilings(deed.change)
    if not asked or asked == ceilings.in_force(deed.session, deed.valid_from):
        raise NothingChanges()
    ceilings.check(deed.session, asked, valid_from=deed.valid_from)


def _publish_ceilings(deed: Deed) -> None:
    _not_past(deed)
    ceilings.publish(
        deed.session,
        _ceilings(deed.change),
        valid_from=deed.valid_from,
        source_text=deed.reason,
        approved_by=deed.approved_by,
    )


def _check_funding(deed: Deed, *, new: bool) -> None:
    found = [] if new else funding.versions(deed.session, deed.key)
    if found and dict(deed.change) == funding.terms_of(found[0]):
        raise NothingChanges()
    funding.check(deed.session, deed.key, deed.change, valid_from=deed.valid_from, today=deed.today, new=new)


def _publish_funding(deed: Deed, *, new: bool) -> None:
    funding.publish(
        deed.session,
        deed.vault,
        deed.key,
        deed.change,
        account=_account(deed),
        valid_from=deed.valid_from,
        today=deed.today,
        new=new,
    )


def _check_category(deed: Deed) -> None:
    category = category_verdicts.proposed_category(deed.change)
    category_verdicts.check(deed.session, deed.key, category, today=deed.today)


def _decide_category(deed: Deed) -> None:
    category_verdicts.decide(
        deed.session,
        deed.key,
        category_verdicts.proposed_category(deed.change),
        reason=deed.reason,
        proposed_by=deed.proposed_by,
        approver=deed.approved_by,
        today=deed.today,
        now=deed.now,
    )


def _latest(deed: Deed) -> parameters.Parameter:
    """The newest value of a parameter, which a change takes the place of; it must begin later."""
    parameter_changes.require_changeable(deed.key)
    newest = parameters.versions(deed.session, deed.key)[0]
    if newest.valid_from >= deed.valid_from:
        raise parameters.ParameterOutOfOrder(key=deed.key, latest=newest.valid_from)
    return newest


def _check_parameter(deed: Deed) -> None:
    _not_past(deed)
    value = _latest(deed).value
    if parameter_changes.changed(value, deed.change) == value:
        raise NothingChanges()


def _publish_parameter(deed: Deed) -> None:
    _check_parameter(deed)
    parameters.publish(
        deed.session,
        deed.key,
        parameter_changes.changed(_latest(deed).value, deed.change),
        valid_from=deed.valid_from,
        source_text=deed.reason,
        approved_by=deed.approved_by,
    )


def _check_erasure(deed: Deed) -> None:
    retention.require_over(deed.session, customers.get(deed.session, int(deed.key)), deed.today)


def _erase(deed: Deed) -> None:
    customer = customers.get(deed.session, int(deed.key))
    retention.erase(deed.session, deed.vault, customer, on=deed.today, now=deed.now)


KINDS: dict[ProposalSubject, Kind] = {
    ProposalSubject.DEALER_NEW: Kind(_check_new_dealer, _add_dealer),
    ProposalSubject.DEALER: Kind(_check_dealer, _change_dealer),
    ProposalSubject.PRODUCT: Kind(_check_product, _publish_product),
    ProposalSubject.RATE_PLAN: Kind(_check_rate_plan, _publish_rate_plan),
    ProposalSubject.PRICE: Kind(_check_price, _publish_price),
    ProposalSubject.PRICE_TABLE: Kind(_check_table, _publish_table),
    ProposalSubject.CEILING: Kind(_check_ceilings, _publish_ceilings),
    ProposalSubject.FUNDING_NEW: Kind(partial(_check_funding, new=True), partial(_publish_funding, new=True)),
    ProposalSubject.FUNDING: Kind(partial(_check_funding, new=False), partial(_publish_funding, new=False)),
    ProposalSubject.CATEGORY: Kind(_check_category, _decide_category),
    ProposalSubject.DOCUMENT_RULE: Kind(document_rules.check, document_rules.carry_out),
    ProposalSubject.PARAMETER: Kind(_check_parameter, _publish_parameter),
    ProposalSubject.ERASURE: Kind(_check_erasure, _erase),
    ProposalSubject.DEBIT: Kind(unposted.check, unposted.carry_out),
}

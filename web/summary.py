"""The facts of an application that stand beside every task and on top of the case page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.masking import mask_name, mask_vin
from lending.applications import Application
from lending.customers import Customer
from lending.dealers import Dealer
from lending.products import Product
from lending.vehicles import Vehicle
from web.access import allowed
from web.display import percent, share, yuan
from web.language import current, named
from web.language import translate as _

NEW_CASE = "新进件"  # the title of a case before its customer is known
Facts = list[tuple[str, str]]


def person_name(name: str) -> str:
    """A customer's name, whole for who may read customers, else masked; a case without one yet says that it is new."""
    if name in ("", NEW_CASE):
        return _("新进件")
    return name if allowed("customer") else mask_name(name)


def vehicle_number(vin: str) -> str:
    """A VIN, whole for who may read customers, else masked."""
    return vin if allowed("customer") else mask_vin(vin)


def of(session: Session, business_key: str) -> Facts:
    """Label and value, in the order people look for them; empty when the key is of no application."""
    application = session.scalar(select(Application).where(Application.application_no == business_key))
    if application is None:
        return []
    facts: Facts = [(_("申请状态"), application.status.label(current()))]
    facts += _who(session, application) + _what(session, application)
    return facts


def _who(session: Session, application: Application) -> Facts:
    facts: Facts = []
    customer = session.get(Customer, application.customer_id) if application.customer_id else None
    if customer:
        facts.append((_("客户"), person_name(customer.name)))
    vehicle = session.get(Vehicle, application.vehicle_id) if application.vehicle_id else None
    if vehicle:
        facts.append((_("车辆"), vehicle.model_name))
        facts.append((_("车架号"), vehicle_number(vehicle.vin)))
    dealer = session.get(Dealer, application.dealer_id) if application.dealer_id else None
    if dealer:
        facts.append((_("经销商"), dealer.name))
    return facts


def _what(session: Session, application: Application) -> Facts:
    facts: Facts = []
    product = session.get(Product, application.product_id) if application.product_id else None
    if product:
        facts.append((_("产品"), named(product)))
    if application.amount is not None:
        facts.append((_("申请金额"), yuan(application.amount)))
        facts.append(
            (_("车价 / 计价基数"), f"{yuan(application.vehicle_price)} / {yuan(application.price_base)}")
        )
        facts.append((_("贷款成数"), share(application.loan_to_value)))
        facts.append((_("期数"), _("{n} 期", n=application.term_months)))
        facts.append((_("年化利率"), percent(application.annual_rate)))
    if application.method is not None:
        facts.append((_("还款方式"), application.method.label(current())))
    return facts

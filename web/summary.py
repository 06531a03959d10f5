"""The facts of an application that stand beside every task and on top of the case page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.masking import mask_name, mask_vin
from company.organisation import business_date
from engine.tasks import Instance
from lending import customers, queries
from lending.applications import RejectionReason
from lending.errors import NotFound
from lending.life import changes
from lending.loans import Loan
from lending.queries import ApplicationSummary
from web.access import allowed
from web.display import day, percent, share, yuan
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
    """Label and value, in the order people look for them; empty when the key is of no application and no booking.

    Whether the reader may see the case is asked before, by the task or the case page.
    """
    try:
        record = queries.application_summary(session, business_key)
    except NotFound:
        return _of_booking(session, business_key)
    status: Facts = [(_("申请状态"), record.application.status.label(current()))]
    application = record.application
    if application.reason_codes:
        reasons = [RejectionReason(code).label(current()) for code in application.reason_codes]
        status.append((_("拒绝理由"), ("、" if current() == "zh" else ", ").join(reasons)))
    if application.closing_note:
        status.append((_("说明"), application.closing_note))
    return status + _who(record) + _asked(record) + _granted(record)


def _of_booking(session: Session, business_key: str) -> Facts:
    """The loan of a booking as it stands today."""
    case = session.scalar(
        select(Instance).where(Instance.process_id == "loan_booking", Instance.business_key == business_key)
    )
    loan = session.scalar(select(Loan).where(Loan.loan_no == case.title)) if case else None
    if loan is None:
        return []
    facts: Facts = [
        (_("贷款编号"), loan.loan_no),
        (_("状态"), loan.status.label(current())),
        (_("客户"), person_name(customers.get(session, loan.customer_id).name)),
        (_("贷款本金"), yuan(loan.principal)),
        (_("年化利率"), percent(loan.annual_rate)),
    ]
    reading = changes.reading_of(session, loan.loan_no, business_date(session))
    if reading is not None:
        facts.append((_("欠款合计"), yuan(reading.owed)))
        facts.append((_("逾期天数"), str(reading.days_past_due)))
    return facts


def _who(record: ApplicationSummary) -> Facts:
    facts: Facts = []
    if record.customer:
        facts.append((_("客户"), person_name(record.customer.name)))
    if record.vehicle:
        facts.append((_("车辆"), record.vehicle.model_name))
        facts.append((_("车架号"), vehicle_number(record.vehicle.vin)))
    if record.dealer:
        facts.append((_("经销商"), record.dealer.name))
    return facts


def _asked(record: ApplicationSummary) -> Facts:
    application = record.application
    facts: Facts = [(_("产品"), named(record.product))] if record.product else []
    if application.amount is None:
        return facts
    facts += [
        (_("申请金额"), yuan(application.amount)),
        (_("车价 / 计价基数"), f"{yuan(application.vehicle_price)} / {yuan(application.price_base)}"),
        (_("贷款成数"), share(application.loan_to_value)),
        (_("期数"), _("{n} 期", n=application.term_months)),
        (_("年化利率"), percent(application.annual_rate)),
    ]
    if application.method is not None:
        facts.append((_("还款方式"), application.method.label(current())))
    return facts


def _granted(record: ApplicationSummary) -> Facts:
    """The approval with its conditions, and the contract made of it."""
    facts: Facts = []
    if record.approval:
        facts.append((_("批准金额"), yuan(record.approval.amount)))
        facts.append((_("批复有效期至"), day(record.approval.valid_until)))
        met = sum(1 for condition in record.approval.conditions if condition.decided_at)
        facts.append((_("放款条件"), _("{met} / {all} 已满足", met=met, all=len(record.approval.conditions))))
    if record.contract:
        facts.append((_("借款合同"), record.contract.contract_no))
    return facts

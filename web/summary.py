"""The facts of an application that stand beside every task and on top of the case page."""

from __future__ import annotations

from flask import url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.masking import mask_name, mask_vin
from company.organisation import business_date
from engine.tasks import Instance
from lending import customers, queries
from lending.applications import RejectionReason
from lending.collections import cases as collection_cases
from lending.collections import strategy
from lending.errors import NotFound
from lending.life import changes
from lending.loans import Loan
from lending.queries import ApplicationSummary
from web.access import allowed, openable
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
    """Label and value, in the order people look for them; empty when the key is of none that has a summary.

    Whether the reader may see the case is asked before, by the task or the case page.
    """
    try:
        record = queries.application_summary(session, business_key)
    except NotFound:
        return _of_booking(session, business_key) or _of_collection(session, business_key)
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


def _of_collection(session: Session, loan_no: str) -> Facts:
    """The open collection case of a loan: who owes, how late and how much on the business date; link where one may."""
    found = collection_cases.open_of(session, loan_no)
    if found is None:
        return []
    on = business_date(session)
    (stands,) = strategy.standings(session, [found], [loan_no], on)
    loan_address = url_for("loans.show", loan_no=loan_no) if openable(session, [loan_no]) else None
    may_open = allowed("collection_case")
    case_address = url_for("collections.show", case_no=found.case_no) if may_open else None
    facts: Facts = [
        (_("客户"), person_name(customers.get(session, found.customer_id).name)),
        (_("贷款编号"), _link(loan_address, loan_no)),
        (_("催收案件"), _link(case_address, found.case_no)),
        (_("阶段"), found.stage.label(current())),
        (_("逾期天数"), str(stands.arrears.days_past_due)),
        (_("逾期金额"), yuan(stands.arrears.overdue)),
        (_("剩余本金"), yuan(stands.arrears.principal)),
    ]
    reading = changes.reading_of(session, loan_no, on)
    if reading is not None:
        facts.append((_("欠款合计"), yuan(reading.owed)))
    return [*facts, (_("金额和天数截至"), day(on))]


def _link(address: str | None, text: str) -> str:
    """A text, as a link where there is an address for the reader."""
    return text if address is None else Markup('<a href="{}">{}</a>').format(address, text)


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

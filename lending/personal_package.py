"""What the house holds of a person, as the person may have it: readable sections, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Language
from company.vault import Vault
from lending import (
    contacts,
    customers,
    debtors,
    personal_dealings,
    personal_items,
    personal_profiles,
    personal_requests,
)
from lending.applications import Application
from lending.consents import Consent
from lending.customers import Customer, records_of
from lending.documents import Document
from lending.loans import Loan
from lending.personal_sections import Section, Value
from lending.portal.acts import PortalAct
from lending.transfer_records import TransferStatus

# The words of the columns, Chinese and English.
COLUMNS: dict[str, tuple[str, str]] = {
    "name": ("姓名", "Name"),
    "identity": ("证件号码", "Identity number"),
    "phone": ("手机号码", "Mobile number"),
    "address": ("地址", "Address"),
    "card": ("银行卡号", "Bank card"),
    "since": ("建档时间", "On file since"),
    "employment": ("职业", "Employment"),
    "employer": ("工作单位", "Employer"),
    "monthly_income": ("月收入", "Monthly income"),
    "marital_status": ("婚姻状况", "Marital status"),
    "number": ("编号", "Number"),
    "status": ("状态", "Status"),
    "amount": ("金额", "Amount"),
    "on": ("日期", "Date"),
    "until": ("到期日", "Until"),
    "passed_on": ("转由他人承担", "Owed by somebody else since"),
    "purpose": ("用途", "Purpose"),
    "basis": ("依据", "Basis"),
    "item": ("资料", "Data"),
    "months": ("保存月数", "Months kept"),
    "given": ("是否同意", "Given"),
    "withdrawn": ("撤回时间", "Withdrawn"),
    "kind": ("种类", "Kind"),
    "text": ("内容", "Text"),
    "answer": ("答复", "Answer"),
    "person": ("联系对象", "Person"),
    "other": ("对方", "Other party"),
    "result": ("结果", "Result"),
}


def collect(
    session: Session, vault: Vault, customer: Customer, on: date, language: Language
) -> list[Section]:
    """Everything held of a person, whole; PersonErased when nothing is left."""
    ids = list(session.scalars(select(Customer.id).where(Customer.id.in_(records_of(customer.id)))))
    who: dict[str, Value] = {
        "name": customer.name,
        "identity": customers.identity_of(session, vault, customer),
        "phone": customers.phone_of(session, vault, customer),
        "address": customers.address_of(session, vault, customer),
        "card": customers.card_of(session, vault, customer),
        "since": customer.created_at,
    }
    return [
        Section("person", ("本人", "Person"), [who]),
        _profiles(session, customer),
        _items(session, customer, on, language),
        _consents(session, ids),
        _applications(session, ids),
        _loans(session, customer),
        _documents(session, ids),
        _contacts(session, vault, ids),
        *personal_dealings.sections(session, ids),
        _requests(session, customer),
        _portal(session, ids),
    ]


def _profiles(session: Session, customer: Customer) -> Section:
    rows: list[Mapping[str, Value]] = [
        {
            "on": each.filed_on,
            "employment": each.employment,
            "employer": each.employer,
            "monthly_income": each.monthly_income,
            "marital_status": each.marital_status,
        }
        for each in personal_profiles.history(session, customer.id)
    ]
    return Section("circumstances", ("职业、收入与家庭", "Work, income and family"), rows)


def _items(session: Session, customer: Customer, on: date, language: Language) -> Section:
    rows: list[Mapping[str, Value]] = []
    for held in personal_items.of(session, customer, on):
        if held.is_held:
            purpose, basis = held.rule.words(language)
            rows.append(
                {"item": held.rule.item, "purpose": purpose, "basis": basis, "months": held.rule.months}
            )
    return Section("items", ("处理目的与依据", "Purposes and bases"), rows)


def _consents(session: Session, ids: Sequence[int]) -> Section:
    asked = select(Consent).where(Consent.customer_id.in_(ids)).order_by(Consent.id)
    rows: list[Mapping[str, Value]] = [
        {"purpose": each.purpose, "given": each.given, "on": each.answered_at, "withdrawn": each.withdrawn_at}
        for each in session.scalars(asked)
    ]
    return Section("consents", ("同意记录", "Consents"), rows)


def _applications(session: Session, ids: Sequence[int]) -> Section:
    asked = select(Application).where(Application.customer_id.in_(ids)).order_by(Application.id)
    rows: list[Mapping[str, Value]] = [
        {"number": each.application_no, "status": each.status, "amount": each.amount, "on": each.created_at}
        for each in session.scalars(asked)
    ]
    return Section("applications", ("申请", "Applications"), rows)


def _loans(session: Session, customer: Customer) -> Section:
    """The loans that he owes, and those that somebody else took over: of these nothing that came of them since."""
    gone = debtors.gone_since(session, customer.id)
    rows: list[Mapping[str, Value]] = []
    for each in session.scalars(select(Loan).where(debtors.owed_by(customer.id)).order_by(Loan.id)):
        passed_on = gone.get(each.loan_no)
        rows.append(
            {
                "number": each.loan_no,
                "status": each.status if passed_on is None else TransferStatus.DONE,
                "amount": each.principal,
                "on": each.value_date,
                "until": each.maturity_date if passed_on is None else None,
                "passed_on": passed_on,
            }
        )
    return Section("loans", ("贷款", "Loans"), rows)


def _documents(session: Session, ids: Sequence[int]) -> Section:
    numbers = select(Application.application_no).where(Application.customer_id.in_(ids))
    asked = select(Document).where(Document.business_key.in_(numbers)).order_by(Document.id)
    rows: list[Mapping[str, Value]] = [
        {"kind": each.kind, "number": each.business_key, "on": each.attached_at}
        for each in session.scalars(asked)
    ]
    return Section("documents", ("资料", "Documents"), rows)


def _contacts(session: Session, vault: Vault, ids: Sequence[int]) -> Section:
    rows: list[Mapping[str, Value]] = []
    for one in ids:
        rows += [
            {"kind": each.way, "on": each.held_on, "text": contacts.words_of(session, vault, each)}
            for each in contacts.callbacks_of(session, one)
        ]
        rows += [
            {
                "kind": each.way,
                "on": each.received_on,
                "text": contacts.words_of(session, vault, each),
                "answer": contacts.answer_of(session, vault, each),
            }
            for each in contacts.complaints_of(session, one)
        ]
    return Section("contacts", ("回访与投诉", "Callbacks and complaints"), rows)


def _requests(session: Session, customer: Customer) -> Section:
    rows: list[Mapping[str, Value]] = [
        {
            "number": each.request_no,
            "kind": each.kind,
            "on": each.received_on,
            "status": each.outcome,
            "answer": each.answer,
        }
        for each in personal_requests.of(session, customer.id)
    ]
    return Section("requests", ("个人信息请求", "Requests"), rows)


def _portal(session: Session, ids: Sequence[int]) -> Section:
    asked = select(PortalAct).where(PortalAct.customer_id.in_(ids)).order_by(PortalAct.id)
    rows: list[Mapping[str, Value]] = [
        {"kind": each.kind, "number": each.reference, "on": each.at, "text": each.remote}
        for each in session.scalars(asked)
    ]
    return Section("portal", ("客户门户操作", "Done in the customer portal"), rows)

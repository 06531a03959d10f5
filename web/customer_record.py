"""All that a customer's page shows: who it is, contacts, consents, cases, loans, standing, papers and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.masking import mask_address, mask_card, mask_identity, mask_phone
from company.people import Employee, in_scope
from company.vault import PersonErased
from lending import customer_changes, customers, merging, personal_profiles
from lending.applications import Application
from lending.consents import Consent
from lending.customer_changes import CustomerChange, CustomerField
from lending.customers import Customer, CustomerKind
from lending.documents import Document
from lending.identifiers import resident_id
from lending.loans import Loan
from lending.merging import CustomerMerge
from lending.personal_profiles import PersonalProfile
from web import cases, customer_standing, parties
from web.access import allowed, grants
from web.customer_standing import Standing
from web.display import day, moment, yuan
from web.language import current, named
from web.language import translate as _
from web.parties import Company
from web.story import Line
from web.summary import Facts
from web.wiring import wired

ROWS_MAX = 100
IDENTITY = "identity"
# What can be asked for whole at all; who may see which, :func:`revealable` says.
FIELDS = frozenset({IDENTITY, *(field.value for field in CustomerField)})


@dataclass(frozen=True)
class Masked:
    """A customer's numbers with their middles hidden; of an erased person nothing is left but the name."""

    name: str
    identity: str
    phone: str
    address: str
    card: str


@dataclass(frozen=True)
class Record:
    """The whole page."""

    facts: Facts
    contacts: Facts
    consents: list[Consent]
    applications: list[Application]
    loans: list[Loan]
    standing: Standing
    company: Company | None
    circumstances: Facts
    told_before: list[PersonalProfile]
    documents: list[Document]
    changes: list[CustomerChange]
    merges: list[CustomerMerge]
    timeline: list[Line]
    people: dict[int, Employee]


def masked(session: Session, customer: Customer) -> Masked:
    """The numbers as they may be shown without a reason."""
    vault, gone = wired().vault, _("已删除")
    try:
        address = customers.address_of(session, vault, customer)
        card = customers.card_of(session, vault, customer)
        return Masked(
            customer.name,
            mask_identity(customers.identity_of(session, vault, customer)),
            mask_phone(customers.phone_of(session, vault, customer)),
            mask_address(address) if address else "—",
            mask_card(card) if card else "—",
        )
    except PersonErased:
        return Masked(customer.name, gone, gone, gone, gone)


def revealable() -> list[tuple[str, str]]:
    """The fields that the person may see whole for a reason (masking defaults 8.2): name of the field and its words.

    Identity number, phone and address for who works the customer's case, the bank card for who handles the money.
    """
    found = []
    if allowed("customer", "U"):
        found.append((IDENTITY, _("证件号码")))
        found += [
            (each.value, each.label(current())) for each in (CustomerField.PHONE, CustomerField.ADDRESS)
        ]
    if allowed("ledger", "U"):
        found.append((CustomerField.CARD.value, CustomerField.CARD.label(current())))
    return found


def field_label(field: str) -> str:
    """The words of a field that was looked at."""
    if field == IDENTITY:
        return _("证件号码")
    return CustomerField(field).label(current()) if CustomerField.has(field) else field


def action_to_reveal(field: str) -> str:
    """What the person must be allowed to do with the customer to see ``field`` whole."""
    return "R" if field == CustomerField.CARD else "U"


def whole(session: Session, customer: Customer, field: str) -> str:
    """A number, opened; that it is looked at is for the caller to write down."""
    if field == IDENTITY:
        return customers.identity_of(session, wired().vault, customer)
    return customer_changes.value_of(session, wired().vault, customer, CustomerField(field)) or "—"


def load(session: Session, customer: Customer) -> Record:
    """The page of a customer whom the person may read; cases and loans of others' scope are left out."""
    applications = _applications(session, customer)
    loans = _loans(session, customer)
    changes = customer_changes.history(session, customer)
    merges = merging.of(session, customer.id)
    profiles = personal_profiles.history(session, customer.id)
    consents = _consents(session, customer)
    ids = {change.changed_by for change in changes} | {merge.merged_by for merge in merges}
    ids |= {consent.answered_by for consent in consents}
    wanted = [each for each in (*ids, customer.owner_id) if each is not None]
    people = {one.id: one for one in session.scalars(select(Employee).where(Employee.id.in_(wanted)))}
    shown = masked(session, customer)
    return Record(
        facts=_facts(session, customer, shown, people),
        contacts=[(_("手机号码"), shown.phone), (_("地址"), shown.address), (_("银行卡号"), shown.card)],
        consents=consents,
        applications=applications,
        loans=loans,
        standing=customer_standing.load(session, customer, applications, loans),
        company=parties.company(session, customer),
        circumstances=_circumstances(profiles[0]) if profiles else [],
        told_before=profiles[1:],
        documents=_documents(session, applications),
        changes=changes,
        merges=merges,
        timeline=_timeline(customer, applications, loans, consents, changes, merges, people),
        people=people,
    )


def _facts(session: Session, customer: Customer, shown: Masked, people: dict[int, Employee]) -> Facts:
    """Who the customer is; the number of a natural person tells the birth."""
    is_person = customer.kind is CustomerKind.INDIVIDUAL
    facts: Facts = [
        (_("客户编号"), str(customer.id)),
        (_("姓名") if is_person else _("企业名称"), shown.name),
        (_("身份证号码") if is_person else _("统一社会信用代码"), shown.identity),
    ]
    try:
        number = customers.identity_of(session, wired().vault, customer)
        if is_person:
            facts.append((_("出生年份"), str(resident_id.birth_date(number).year)))
    except PersonErased:
        facts.append((_("说明"), _("个人信息已按规定删除")))
    facts += [
        (_("建档时间"), moment(customer.created_at)),
        (_("负责人"), named(people.get(customer.owner_id or 0)) or "—"),
    ]
    return facts


def _circumstances(profile: PersonalProfile) -> Facts:
    """A person's work, income and family as filed last."""
    return [
        (_("职业"), profile.employment.label(current())),
        (_("工作单位"), profile.employer or "—"),
        (_("职务"), profile.position or "—"),
        (_("入职日期"), day(profile.employed_since)),
        (_("月收入"), yuan(profile.monthly_income)),
        (_("婚姻状况"), profile.marital_status.label(current())),
        (_("供养人数"), str(profile.dependants)),
        (_("登记日"), day(profile.filed_on)),
    ]


def _applications(session: Session, customer: Customer) -> list[Application]:
    asked = select(Application).where(Application.customer_id == customer.id, cases.readable())
    return list(session.scalars(asked.order_by(Application.id.desc()).limit(ROWS_MAX)))


def _loans(session: Session, customer: Customer) -> list[Loan]:
    if not allowed("contract"):
        return []
    mine = in_scope(grants("contract"), Loan.unit_id, Loan.owner_id)
    asked = select(Loan).where(Loan.customer_id == customer.id, mine)
    return list(session.scalars(asked.order_by(Loan.id.desc()).limit(ROWS_MAX)))


def _consents(session: Session, customer: Customer) -> list[Consent]:
    asked = select(Consent).where(Consent.customer_id == customer.id)
    return list(session.scalars(asked.order_by(Consent.id.desc()).limit(ROWS_MAX)))


def _documents(session: Session, applications: list[Application]) -> list[Document]:
    numbers = [each.application_no for each in applications]
    asked = select(Document).where(Document.business_key.in_(numbers))
    return list(session.scalars(asked.order_by(Document.id.desc()).limit(ROWS_MAX)))


def _timeline(
    customer: Customer,
    applications: list[Application],
    loans: list[Loan],
    consents: list[Consent],
    changes: list[CustomerChange],
    merges: list[CustomerMerge],
    people: dict[int, Employee],
) -> list[Line]:
    """What happened, latest first; what the person may not read is not in it."""
    found: list[tuple[datetime, str, str, int | None]] = [
        (customer.created_at, _("建立客户档案"), "", customer.owner_id)
    ]
    found += [(each.created_at, _("提出申请"), each.application_no, each.owner_id) for each in applications]
    found += [
        (each.activated_at, _("放款"), f"{each.loan_no} {yuan(each.principal)}", None)
        for each in loans
        if each.activated_at
    ]
    for consent in consents:
        purpose = consent.purpose.label(current())
        if consent.given:
            found.append((consent.answered_at, _("同意授权"), purpose, consent.answered_by))
        if consent.withdrawn_at:
            found.append((consent.withdrawn_at, _("撤回同意"), purpose, consent.withdrawn_by))
    found += [
        (each.changed_at, _("更正资料"), f"{each.field.label(current())}：{each.reason}", each.changed_by)
        for each in changes
    ]
    for merge in merges:
        found.append(
            (merge.merged_at, _("合并档案"), f"{merge.merged_id} → {merge.survivor_id}", merge.merged_by)
        )
        if merge.undone_at:
            found.append((merge.undone_at, _("撤销合并"), str(merge.merged_id), merge.undone_by))
    return [
        Line("done", text, named(people.get(by or 0)), what, None, moment(at))
        for at, text, what, by in sorted(found, key=lambda each: each[0], reverse=True)
    ]

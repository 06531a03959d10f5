"""Which personal data the house holds of a customer, each with purpose, basis, consent and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.messages import Language
from lending import personal_profiles
from lending.bureau_reports import BureauReport
from lending.consents import Consent, ConsentPurpose
from lending.contacts import CallbackRecord, Complaint
from lending.customers import Customer
from lending.labels import Labelled


class PersonalItem(Labelled):
    """A kind of personal data."""

    IDENTITY = "identity", "证件号码", "Identity number"
    PHONE = "phone", "手机号码", "Mobile number"
    ADDRESS = "address", "地址", "Address"
    CARD = "card", "银行卡号", "Bank card"
    CIRCUMSTANCES = "circumstances", "职业、收入与家庭", "Work, income and family"
    BUREAU_REPORT = "bureau_report", "征信报告", "Bureau report"
    FACE = "face", "人脸", "Face"
    LOCATION = "location", "车辆位置", "Location of the car"
    MARKETING = "marketing", "营销联系", "Marketing"
    CONTACTS = "contacts", "回访与投诉", "Callbacks and complaints"


@dataclass(frozen=True)
class Rule:
    """What the house may do with an item, and until when; texts in both languages."""

    item: PersonalItem
    purpose: tuple[str, str]
    basis: tuple[str, str]
    consent: ConsentPurpose | None
    months: int
    source: str

    def words(self, language: Language) -> tuple[str, str]:
        """Purpose and basis for a reader."""
        at = 0 if language == "zh" else 1
        return self.purpose[at], self.basis[at]


@dataclass(frozen=True)
class Held:
    """An item of one customer: whether the house holds it, and the newest answer to the purpose it needs."""

    rule: Rule
    is_held: bool
    consent: Consent | None

    @property
    def is_covered(self) -> bool:
        """Whether the basis stands: none is asked for, or the consent was given and not taken back."""
        return self.rule.consent is None or (self.consent is not None and self.consent.stands)


def rules(session: Session, on: date) -> list[Rule]:
    """The items of the parameter ``personal_items`` with the time that ``retention_rules`` gives them."""
    kept = {row["kind"]: row for row in parameters.value(session, "retention_rules", on)}
    return [
        Rule(
            item=PersonalItem(row["item"]),
            purpose=(row["purpose"], row["purpose_en"]),
            basis=(row["basis"], row["basis_en"]),
            consent=ConsentPurpose(row["consent"]) if row["consent"] else None,
            months=kept[row["keep"]]["months"],
            source=kept[row["keep"]]["source"],
        )
        for row in parameters.value(session, "personal_items", on)
    ]


def of(session: Session, customer: Customer, on: date) -> list[Held]:
    """Every item with what stands for this customer."""
    asked = select(Consent).where(Consent.customer_id == customer.id).order_by(Consent.id)
    newest = {consent.purpose: consent for consent in session.scalars(asked)}
    held = _held(session, customer, newest)
    return [
        Held(rule, rule.item in held, newest.get(rule.consent) if rule.consent else None)
        for rule in rules(session, on)
    ]


def _held(
    session: Session, customer: Customer, newest: dict[ConsentPurpose, Consent]
) -> frozenset[PersonalItem]:
    found = {PersonalItem.IDENTITY, PersonalItem.PHONE}
    if customer.address_sealed is not None:
        found.add(PersonalItem.ADDRESS)
    if customer.card_sealed is not None:
        found.add(PersonalItem.CARD)
    if personal_profiles.history(session, customer.id):
        found.add(PersonalItem.CIRCUMSTANCES)
    for item, table in (
        (PersonalItem.BUREAU_REPORT, BureauReport),
        (PersonalItem.CONTACTS, Complaint),
        (PersonalItem.CONTACTS, CallbackRecord),
    ):
        if session.scalar(select(table.id).where(table.customer_id == customer.id).limit(1)) is not None:
            found.add(item)
    marketing = newest.get(ConsentPurpose.MARKETING)
    if marketing is not None and marketing.stands:
        found.add(PersonalItem.MARKETING)
    return frozenset(found)

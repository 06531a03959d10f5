"""Customers: people by identity number, companies by credit code; what identifies them is sealed, each by its key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import Vault
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.identifiers import bank_card, mobile, resident_id, uscc
from lending.labels import Labelled


class CustomerKind(Labelled):
    """Whether a customer is a person or a company."""

    INDIVIDUAL = "individual", "个人", "Individual"
    CORPORATE = "corporate", "企业", "Company"


class CustomerNameDiffers(LendingError):
    """The number belongs to a customer of another name."""

    code = "customer_name_differs"
    zh = "该证件号码已登记在另一名称之下，请核对名称与证件。"
    en = "This number is registered under another name; compare the name with the document."


class CustomerNameMissing(LendingError):
    """A customer has a name."""

    code = "customer_name_missing"
    zh = "请填写客户姓名或企业名称。"
    en = "Enter the name of the customer or company."


class Customer(Base):
    """A person or a company. Name and unit are clear; number, phone, address and card are sealed with blind indexes.

    The number is the resident identity number of a person, the unified social credit code of a company.
    ``merged_into_id``: the customer that this record of the same person was merged into; only it is used from then on.
    """

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CustomerKind] = mapped_column(worded(CustomerKind), default=CustomerKind.INDIVIDUAL)
    person_key_id: Mapped[int] = mapped_column(ForeignKey("person_key.id"))
    name: Mapped[str] = mapped_column(String(120), index=True)
    identity_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    identity_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    identity_last4_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    phone_last4_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    card_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    card_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    card_last4_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)


def register(
    session: Session,
    vault: Vault,
    *,
    name: str,
    identity: str,
    phone: str,
    unit_id: int,
    owner_id: int | None,
    now: datetime,
    address: str | None = None,
    card: str | None = None,
) -> Customer:
    """The person with this identity number, made or given the new phone, address and card.

    A malformed number is refused by its own module; a known number under another name by
    :class:`CustomerNameDiffers`. The first owner and unit stay.
    """
    contact = Contact(phone=phone, address=address, card=card)
    filing = Filing(unit_id=unit_id, owner_id=owner_id, now=now)
    return _file(
        session, vault, CustomerKind.INDIVIDUAL, name, resident_id.validate(identity), contact, filing
    )


def register_corporate(
    session: Session,
    vault: Vault,
    *,
    name: str,
    credit_code: str,
    phone: str,
    unit_id: int,
    owner_id: int | None,
    now: datetime,
    address: str | None = None,
    card: str | None = None,
) -> Customer:
    """The company with this unified social credit code (GB 32100), made or given the new contact.

    ``phone`` is the mobile number of who answers for the company. Refuses as :func:`register` does, the code by
    :mod:`lending.identifiers.uscc`. What else is known of a company stands in :mod:`lending.corporates`.
    """
    contact = Contact(phone=phone, address=address, card=card)
    filing = Filing(unit_id=unit_id, owner_id=owner_id, now=now)
    return _file(session, vault, CustomerKind.CORPORATE, name, uscc.validate(credit_code), contact, filing)


@dataclass(frozen=True)
class Contact:
    """How a customer is reached and by which card he pays."""

    phone: str
    address: str | None
    card: str | None


@dataclass(frozen=True)
class Filing:
    """Where a new file belongs and since when."""

    unit_id: int
    owner_id: int | None
    now: datetime


def _file(
    session: Session,
    vault: Vault,
    kind: CustomerKind,
    name: str,
    number: str,
    contact: Contact,
    filing: Filing,
) -> Customer:
    contact = replace(
        contact,
        phone=mobile.validate(contact.phone),
        card=bank_card.validate(contact.card) if contact.card else None,
    )
    name = name.strip()
    if not name:
        raise CustomerNameMissing()
    customer = _find(session, vault, kind, number)
    if customer is None:
        key = vault.new_person_key(session)
        customer = Customer(
            kind=kind,
            person_key_id=key,
            name=name,
            identity_sealed=vault.seal_for(session, key, number),
            identity_index=vault.blind_index(_INDEXED_AS[kind], number),
            identity_last4_index=vault.blind_index("identity_last4", number[-4:]),
            unit_id=filing.unit_id,
            owner_id=filing.owner_id,
            created_at=filing.now,
        )
        session.add(customer)
    elif name not in _names_of(session, vault, customer, number):
        raise CustomerNameDiffers()
    with session.no_autoflush:
        keep_contact(
            session, vault, customer, phone=contact.phone, address=contact.address, card=contact.card
        )
    session.flush()
    return customer


_INDEXED_AS = {CustomerKind.INDIVIDUAL: "identity", CustomerKind.CORPORATE: "credit_code"}


def _names_of(session: Session, vault: Vault, customer: Customer, number: str) -> tuple[str, ...]:
    """The names under which this number is known: the customer's, and that of a record merged into it."""
    index = vault.blind_index(_INDEXED_AS[customer.kind], number)
    holder = session.scalar(select(Customer.name).where(Customer.identity_index == index))
    return (customer.name, holder or customer.name)


def survivor(session: Session, customer: Customer) -> Customer:
    """The record that stands for the person: the one this was merged into, else itself."""
    while customer.merged_into_id is not None:
        customer = session.get_one(Customer, customer.merged_into_id)
    return customer


def records_of(customer_id: int) -> Select[int]:
    """The ids of a record and of all that were merged into it, as a query."""
    found = select(Customer.id).where(Customer.id == customer_id).cte("records", recursive=True)
    found = found.union(select(Customer.id).where(Customer.merged_into_id == found.c.id))
    return select(found.c.id)


def _standing(session: Session, found: Iterable[Customer]) -> list[Customer]:
    """The records that stand for these, each once."""
    return list({one.id: one for one in (survivor(session, each) for each in found)}.values())


def correct_name(session: Session, customer: Customer, name: str) -> None:
    """Write the name as the identity check found it to belong to the number."""
    if not name.strip():
        raise CustomerNameMissing()
    customer.name = name.strip()
    session.flush()


def keep_contact(
    session: Session, vault: Vault, customer: Customer, *, phone: str, address: str | None, card: str | None
) -> None:
    """Seal the customer's phone, and the address and card that are given; all in their compact form."""
    key = customer.person_key_id
    customer.phone_sealed = vault.seal_for(session, key, phone)
    customer.phone_index = vault.blind_index("phone", phone)
    customer.phone_last4_index = vault.blind_index("phone_last4", phone[-4:])
    if address and address.strip():
        customer.address_sealed = vault.seal_for(session, key, address.strip())
    if card:
        customer.card_sealed = vault.seal_for(session, key, card)
        customer.card_index = vault.blind_index("card", card)
        customer.card_last4_index = vault.blind_index("card_last4", card[-4:])


def get(session: Session, customer_id: int) -> Customer:
    """The customer, or the one that this record was merged into; :class:`NotFound`."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound(what_zh="客户", what_en="customer", key=customer_id)
    return survivor(session, customer)


def find_by_identity(session: Session, vault: Vault, identity: str) -> Customer | None:
    """The customer with this identity number, if there is one; nothing is opened for it."""
    return _find(session, vault, CustomerKind.INDIVIDUAL, resident_id.compact(identity))


def find_by_credit_code(session: Session, vault: Vault, credit_code: str) -> Customer | None:
    """The company with this unified social credit code, if there is one."""
    return _find(session, vault, CustomerKind.CORPORATE, uscc.compact(credit_code))


def _find(session: Session, vault: Vault, kind: CustomerKind, number: str) -> Customer | None:
    index = vault.blind_index(_INDEXED_AS[kind], number)
    found = session.scalar(select(Customer).where(Customer.identity_index == index))
    return None if found is None else survivor(session, found)


def find_by_phone(session: Session, vault: Vault, phone: str) -> list[Customer]:
    """All customers with this mobile number, oldest first."""
    index = vault.blind_index("phone", mobile.compact(phone))
    asked = select(Customer).where(Customer.phone_index == index).order_by(Customer.id)
    return _standing(session, session.scalars(asked).all())


def find_by_last_four(session: Session, vault: Vault, kind: str, last_four: str) -> list[Customer]:
    """All customers whose ``identity``, ``phone`` or ``card`` ends in these four characters, oldest first."""
    columns = {
        "identity": Customer.identity_last4_index,
        "phone": Customer.phone_last4_index,
        "card": Customer.card_last4_index,
    }
    index = vault.blind_index(f"{kind}_last4", last_four.upper())
    asked = select(Customer).where(columns[kind] == index).order_by(Customer.id)
    return _standing(session, session.scalars(asked).all())


def identity_of(session: Session, vault: Vault, customer: Customer) -> str:
    """The identity number or credit code, opened: only for who may see it; who asks is for the caller to record."""
    return vault.open_for(session, customer.person_key_id, customer.identity_sealed)


def phone_of(session: Session, vault: Vault, customer: Customer) -> str:
    """The mobile number, opened."""
    return vault.open_for(session, customer.person_key_id, customer.phone_sealed)


def address_of(session: Session, vault: Vault, customer: Customer) -> str | None:
    """The address, opened; None if none was given."""
    sealed = customer.address_sealed
    return None if sealed is None else vault.open_for(session, customer.person_key_id, sealed)


def card_of(session: Session, vault: Vault, customer: Customer) -> str | None:
    """The bank card number, opened; None if none was given."""
    sealed = customer.card_sealed
    return None if sealed is None else vault.open_for(session, customer.person_key_id, sealed)


def birth_date_of(session: Session, vault: Vault, customer: Customer) -> date:
    """The date of birth that a person's identity number holds."""
    return resident_id.birth_date(identity_of(session, vault, customer))

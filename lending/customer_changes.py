"""Corrections of a customer's data: what was changed, from what to what, why and by whom; the values stay sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import Vault
from lending import callback_link_records, customers
from lending.columns import worded
from lending.customers import Customer, CustomerNameMissing
from lending.errors import LendingError
from lending.identifiers import bank_card, mobile
from lending.labels import Labelled


class CustomerField(Labelled):
    """What of a customer can be corrected; the identity number cannot: another number is another person."""

    NAME = "name", "姓名", "Name"
    PHONE = "phone", "手机号码", "Mobile number"
    ADDRESS = "address", "地址", "Address"
    CARD = "card", "银行卡号", "Bank card"


class ChangeUnexplained(LendingError):
    """Who changes a customer's data says why."""

    code = "change_unexplained"
    zh = "请填写更正原因。"
    en = "Say why the data are corrected."


class CustomerMergedAway(LendingError):
    """The record was merged into another one and stays as it was."""

    code = "customer_merged_away"
    zh = "该客户档案已并入客户 {survivor}，请在保留的档案上更正。"
    en = "This record was merged into customer {survivor}; correct that one."


class CustomerChange(Base):
    """One correction; ``before_sealed`` is None where there was nothing. Sealed under the customer's own key."""

    __tablename__ = "customer_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    field: Mapped[CustomerField] = mapped_column(worded(CustomerField))
    before_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    after_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(200))
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    changed_at: Mapped[datetime] = mapped_column(Instant)


def value_of(session: Session, vault: Vault, customer: Customer, field: CustomerField) -> str | None:
    """The present value, opened; None where none was given."""
    match field:
        case CustomerField.NAME:
            return customer.name
        case CustomerField.PHONE:
            return customers.phone_of(session, vault, customer)
        case CustomerField.ADDRESS:
            return customers.address_of(session, vault, customer)
        case CustomerField.CARD:
            return customers.card_of(session, vault, customer)


def correct(
    session: Session,
    vault: Vault,
    customer: Customer,
    field: CustomerField,
    text: str,
    *,
    reason: str,
    by: int | None,
    now: datetime,
) -> CustomerChange | None:
    """Write a new value and keep the old one; the same value changes nothing and gives None.

    Raises :class:`ChangeUnexplained`, :class:`CustomerMergedAway`, and what the number's module refuses.
    """
    if customer.merged_into_id is not None:
        raise CustomerMergedAway(survivor=customer.merged_into_id)
    value = _compact(field, text)
    before = value_of(session, vault, customer, field)
    if value == before:
        return None
    if not reason.strip():
        raise ChangeUnexplained()
    change = CustomerChange(
        customer_id=customer.id,
        field=field,
        before_sealed=None if before is None else vault.seal_for(session, customer.person_key_id, before),
        after_sealed=vault.seal_for(session, customer.person_key_id, value),
        reason=reason.strip()[:200],
        changed_by=by,
        changed_at=now,
    )
    session.add(change)
    if field is CustomerField.NAME:
        customers.correct_name(session, customer, value)
    else:
        phone = value if field is CustomerField.PHONE else customers.phone_of(session, vault, customer)
        customers.keep_contact(
            session,
            vault,
            customer,
            phone=phone,
            address=value if field is CustomerField.ADDRESS else None,
            card=value if field is CustomerField.CARD else None,
        )
    if field is CustomerField.PHONE:  # whoever has the old number now is not to answer for the customer
        callback_link_records.revoke_of(session, customer.id, now)
    session.flush()
    return change


def _compact(field: CustomerField, text: str) -> str:
    match field:
        case CustomerField.PHONE:
            return mobile.validate(text)
        case CustomerField.CARD:
            return bank_card.validate(text)
    value = text.strip()[: 60 if field is CustomerField.NAME else 200]
    if not value:
        raise CustomerNameMissing()
    return value


def history(session: Session, customer: Customer) -> list[CustomerChange]:
    """The corrections, latest first."""
    asked = select(CustomerChange).where(CustomerChange.customer_id == customer.id)
    return list(session.scalars(asked.order_by(CustomerChange.id.desc())))

"""Customers who may be one person twice: the same phone or card, or a like name and the same day of birth.

The same identity number cannot stand twice: it is unique, and that of a merged record leads to the one that stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from company.vault import PersonErased, Vault
from lending import customers
from lending.customers import Customer, CustomerKind
from lending.labels import Labelled

SUSPECTS_MAX = 100


class Likeness(Labelled):
    """In what two records agree."""

    PHONE = "phone", "手机号码相同", "Same mobile number"
    CARD = "card", "银行卡号相同", "Same bank card"
    NAME_AND_BIRTH = "name_and_birth", "姓名相近且出生日期相同", "Like name, same day of birth"


@dataclass(frozen=True)
class Duplicate:
    """Another record that may be the same person, and why."""

    customer: Customer
    likenesses: tuple[Likeness, ...]


def plain(name: str) -> str:
    """A name without blanks and dots, in one width and capitals.

    >>> plain("阿卜杜 · 热合曼"), plain("Ｌi Lei")
    ('阿卜杜热合曼', 'LILEI')
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", name) if sign.isalnum()).upper()


def alike(one: str, other: str) -> bool:
    """Whether two names are the same, or differ by one sign: another one, one more, or one less.

    >>> alike("张三丰", "张三峰"), alike("张三丰", "张三"), alike("张三丰", "李三四")
    (True, True, False)
    """
    short, long = sorted((plain(one), plain(other)), key=len)
    if short == long:
        return True
    if len(long) < 2 or len(long) - len(short) > 1:
        return False
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def of(session: Session, vault: Vault, customer: Customer) -> list[Duplicate]:
    """The records that may be the same person as ``customer``, whoever owns them; oldest first."""
    found: dict[int, tuple[Customer, list[Likeness]]] = {}

    def note(others: Iterable[Customer], likeness: Likeness) -> None:
        for other in others:
            found.setdefault(other.id, (other, []))[1].append(likeness)

    note(_others(session, customer, Customer.phone_index == customer.phone_index), Likeness.PHONE)
    if customer.card_index is not None:
        note(_others(session, customer, Customer.card_index == customer.card_index), Likeness.CARD)
    note(_born_alike(session, vault, customer), Likeness.NAME_AND_BIRTH)
    return [Duplicate(other, tuple(why)) for _id, (other, why) in sorted(found.items())]


def _others(session: Session, customer: Customer, condition: ColumnElement[bool]) -> list[Customer]:
    standing = Customer.merged_into_id.is_(None)
    # A company may well share the telephone of who acts for it.
    alike_kind = Customer.kind == customer.kind
    asked = select(Customer).where(condition, standing, alike_kind, Customer.id != customer.id)
    asked = asked.order_by(Customer.id)
    return list(session.scalars(asked))


def _born_alike(session: Session, vault: Vault, customer: Customer) -> list[Customer]:
    """Only the numbers of those with a like name are opened: names lie clear, days of birth inside the numbers."""
    initial = customer.name[:1]
    names = session.execute(
        select(Customer.id, Customer.name).where(
            Customer.name.startswith(initial, autoescape=True),
            Customer.merged_into_id.is_(None),
            Customer.id != customer.id,
        )
    )
    like = [other_id for other_id, name in names if alike(name, customer.name)]
    born = _birth(session, vault, customer)
    if born is None or not like:
        return []
    return [
        other
        for other in session.scalars(select(Customer).where(Customer.id.in_(like)))
        if _birth(session, vault, other) == born
    ]


def _birth(session: Session, vault: Vault, customer: Customer) -> date | None:
    if customer.kind is not CustomerKind.INDIVIDUAL:
        return None
    try:
        return customers.birth_date_of(session, vault, customer)
    except PersonErased:
        return None


def suspects(session: Session, reach: ColumnElement[bool]) -> list[tuple[Customer, ...]]:
    """The groups of standing records within reach that share a phone or a card, at most a hundred groups."""
    groups: dict[tuple[int, ...], tuple[Customer, ...]] = {}
    for column in (Customer.phone_index, Customer.card_index):
        for members in _sharing(session, reach, column):
            groups[tuple(member.id for member in members)] = members
    return list(groups.values())[:SUSPECTS_MAX]


def _sharing(
    session: Session,
    reach: ColumnElement[bool],
    column: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None],
) -> list[tuple[Customer, ...]]:
    standing = Customer.merged_into_id.is_(None)
    twice = (
        select(column)
        .where(reach, standing, column.is_not(None))
        .group_by(column)
        .having(func.count() > 1)
        .limit(SUSPECTS_MAX)
    )
    by_value: dict[bytes, list[Customer]] = {}
    asked = select(Customer).where(reach, standing, column.in_(twice)).order_by(Customer.id)
    for customer in session.scalars(asked):
        by_value.setdefault(getattr(customer, column.key), []).append(customer)
    return [tuple(members) for members in by_value.values()]

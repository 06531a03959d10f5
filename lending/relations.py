"""Who belongs to whom: relations between customers, and the group of all who make one risk together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.corporates import BeneficialOwner
from lending.customers import Customer
from lending.errors import LendingError
from lending.labels import Labelled

# Relations that lead further than this say nothing of a common risk any more.
STEPS_MAX = 4


class RelationKind(Labelled):
    """What the first customer is to the second."""

    SPOUSE = "spouse", "配偶", "Spouse"
    REPRESENTATIVE = "representative", "法定代表人", "Legal representative"
    GUARANTOR = "guarantor", "保证人", "Guarantor"
    FAMILY = "family", "其他近亲属", "Close relative"
    ASSOCIATE = "associate", "其他关联", "Associated otherwise"

    @property
    def is_one_risk(self) -> bool:
        """Whether both fall together: the exposure to the one is exposure to the other."""
        return self is not RelationKind.GUARANTOR


class RelatedToSelf(LendingError):
    """Nobody is related to himself."""

    code = "related_to_self"
    zh = "“{name}”不能登记为自己的{kind}，请核对证件号码。"
    en = "{name} cannot be entered as {kind} of himself; compare the numbers."


class Relation(Base):
    """One relation; a spouse, relative or associate is so the other way round too."""

    __tablename__ = "party_relation"
    __table_args__ = (UniqueConstraint("customer_id", "other_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[RelationKind] = mapped_column(worded(RelationKind))
    noted_at: Mapped[datetime] = mapped_column(Instant)
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


def relate(
    session: Session,
    customer: Customer,
    other: Customer,
    kind: RelationKind,
    *,
    by: int | None,
    now: datetime,
) -> Relation:
    """Write down what ``customer`` is to ``other``, once. Raises :class:`RelatedToSelf`."""
    if customer.id == other.id:
        raise RelatedToSelf(name=customer.name, kind=kind)
    known = session.scalar(
        select(Relation).where(
            Relation.customer_id == customer.id, Relation.other_id == other.id, Relation.kind == kind
        )
    )
    if known is not None:
        return known
    relation = Relation(customer_id=customer.id, other_id=other.id, kind=kind, noted_at=now, noted_by=by)
    session.add(relation)
    session.flush()
    return relation


def of(session: Session, customer_id: int) -> list[Relation]:
    """Every relation of a customer, either way, in the order of their entry."""
    asked = select(Relation).where(or_(Relation.customer_id == customer_id, Relation.other_id == customer_id))
    return list(session.scalars(asked.order_by(Relation.id)))


def group(session: Session, customer_id: int) -> frozenset[int]:
    """The customers that make one risk with this one, itself included, at most :data:`STEPS_MAX` relations away.

    They hang together by marriage, family, representation, association or a common beneficial owner.
    """
    found, newest = {customer_id}, {customer_id}
    for _step in range(STEPS_MAX):
        newest = (_by_relation(session, newest) | _by_ownership(session, newest)) - found
        if not newest:
            break
        found |= newest
    return frozenset(found)


def _by_relation(session: Session, ids: Iterable[int]) -> set[int]:
    kinds = [kind for kind in RelationKind if kind.is_one_risk]
    asked = select(Relation.customer_id, Relation.other_id).where(
        or_(Relation.customer_id.in_(ids), Relation.other_id.in_(ids)), Relation.kind.in_(kinds)
    )
    return {one for pair in session.execute(asked) for one in pair}


def _by_ownership(session: Session, ids: Iterable[int]) -> set[int]:
    """Owners of these companies who are customers, companies these people own, companies with the same owner."""
    other = aliased(BeneficialOwner)
    owners = (
        select(Customer.id)
        .join(BeneficialOwner, BeneficialOwner.identity_index == Customer.identity_index)
        .where(BeneficialOwner.corporate_id.in_(ids))
    )
    owned = (
        select(BeneficialOwner.corporate_id)
        .join(Customer, Customer.identity_index == BeneficialOwner.identity_index)
        .where(Customer.id.in_(ids))
    )
    sisters = (
        select(other.corporate_id)
        .join(BeneficialOwner, BeneficialOwner.identity_index == other.identity_index)
        .where(BeneficialOwner.corporate_id.in_(ids))
    )
    return {one for asked in (owners, owned, sisters) for one in session.scalars(asked)}

"""The parties of an application besides who applies: spouse, legal representative, guarantors, each in a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending.columns import worded
from lending.customers import Customer
from lending.errors import LendingError
from lending.labels import Labelled


class PartyPlace(Labelled):
    """The place of a party in an application; one holds each."""

    REPRESENTATIVE = "representative", "法定代表人", "Legal representative"
    SPOUSE = "spouse", "配偶（共同借款人）", "Spouse, joint borrower"
    GUARANTOR_1 = "guarantor_1", "保证人一", "First guarantor"
    GUARANTOR_2 = "guarantor_2", "保证人二", "Second guarantor"

    @property
    def guarantees(self) -> bool:
        """Whether who holds it is liable as guarantor."""
        return self in GUARANTORS


GUARANTORS = (PartyPlace.GUARANTOR_1, PartyPlace.GUARANTOR_2)


class PartyIsApplicant(LendingError):
    """Who applies is not another party of the same application."""

    code = "party_is_applicant"
    zh = "{place}“{name}”就是申请人本人，不能同时担任；请核对证件号码或另选他人。"
    en = "{name} is the applicant and cannot be {place} as well; compare the numbers or choose somebody else."


class PartyTwice(LendingError):
    """A person holds one place in an application."""

    code = "party_twice"
    zh = "“{name}”已是本申请的{first}，不能再作{second}。"
    en = "{name} is {first} of this application already and cannot be {second} too."


@dataclass(frozen=True)
class Named:
    """Who is to hold a place, who signs for it if it is a company, and what there is to pay from.

    Income and repayments in yuan a month, net assets in yuan; None where nobody asks.
    """

    customer: Customer
    represented_by: str | None = None
    monthly_income: Decimal | None = None
    monthly_debt: Decimal | None = None
    net_assets: Decimal | None = None


class ApplicationParty(Base):
    """A customer in a place of an application; the amounts are those of :class:`Named`."""

    __tablename__ = "application_party"
    __table_args__ = (UniqueConstraint("application_no", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"))
    place: Mapped[PartyPlace] = mapped_column(worded(PartyPlace))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    represented_by: Mapped[str | None] = mapped_column(String(60))
    monthly_income: Mapped[Decimal | None] = mapped_column(Fen)
    monthly_debt: Mapped[Decimal | None] = mapped_column(Fen)
    net_assets: Mapped[Decimal | None] = mapped_column(Fen)
    named_at: Mapped[datetime] = mapped_column(Instant)


def name(
    session: Session,
    application_no: str,
    applicant: Customer,
    named: Mapping[PartyPlace, Named],
    *,
    now: datetime,
) -> list[ApplicationParty]:
    """Let these be the parties, instead of those named before.

    Raises :class:`PartyIsApplicant`; :class:`PartyTwice`, but a company's representative may guarantee for it.
    """
    _check_distinct(applicant, {place: one.customer for place, one in named.items()})
    before = {party.place: party for party in of_application(session, application_no)}
    gone = [party.id for place, party in before.items() if place not in named]
    if gone:
        session.execute(delete(ApplicationParty).where(ApplicationParty.id.in_(gone)))
    for place, one in named.items():
        party = before.get(place)
        if party is None:
            party = ApplicationParty(application_no=application_no, place=place)
            session.add(party)
        if party.customer_id != one.customer.id:
            party.customer_id, party.named_at = one.customer.id, now
        party.represented_by, party.net_assets = one.represented_by, one.net_assets
        party.monthly_income, party.monthly_debt = one.monthly_income, one.monthly_debt
    session.flush()
    return of_application(session, application_no)


def _check_distinct(applicant: Customer, named: Mapping[PartyPlace, Customer]) -> None:
    seen: dict[int, PartyPlace] = {}
    for place, customer in named.items():
        if customer.id == applicant.id:
            raise PartyIsApplicant(name=customer.name, place=place)
        first = seen.get(customer.id)
        if first is not None and not (first is PartyPlace.REPRESENTATIVE and place.guarantees):
            raise PartyTwice(name=customer.name, first=first, second=place)
        seen[customer.id] = place


def of_application(session: Session, application_no: str) -> list[ApplicationParty]:
    """The parties in the order of their places."""
    asked = select(ApplicationParty).where(ApplicationParty.application_no == application_no)
    places = list(PartyPlace)
    return sorted(session.scalars(asked), key=lambda party: places.index(party.place))


def in_place(session: Session, application_no: str, place: PartyPlace) -> ApplicationParty | None:
    """Who holds a place in an application, if anybody does."""
    return next((party for party in of_application(session, application_no) if party.place is place), None)


def people(session: Session, application_no: str) -> list[Customer]:
    """The customers behind the parties, each once, in the order of the places."""
    ids = dict.fromkeys(party.customer_id for party in of_application(session, application_no))
    return [session.get_one(Customer, one) for one in ids]

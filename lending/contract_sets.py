"""The set of documents around a loan contract: mortgage, guarantees, direct-debit mandate, consent to locating the car.

Each has a number of its own and is signed by each party whom it binds. 民法典 第四百条, 第六百八十五条: mortgage and
guarantee are in writing; 个人信息保护法 第二十九条: the location is asked for on its own, and may be refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.messages import Language
from lending import applications, contract_numbers, parties
from lending.columns import worded
from lending.contract_numbers import NumberKind
from lending.customers import Customer
from lending.documents import DocumentKind
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.parties import PartyPlace

BORROWER = "borrower"
LOCATION_REFUSED = "借款人未同意车载定位"


class SetKind(Labelled):
    """The documents of a set, in the order in which they are signed."""

    LOAN = "loan", "借款合同", "Loan contract"
    MORTGAGE = "mortgage", "抵押合同", "Mortgage contract"
    GUARANTEE = "guarantee", "保证合同", "Guarantee agreement"
    DEBIT = "debit", "委托扣款授权书", "Direct-debit mandate"
    LOCATION = "location", "车载定位同意书", "Consent to locating the car"

    @property
    def number_kind(self) -> NumberKind:
        """The kind of its number."""
        return _NUMBERS[self]

    @property
    def document_kind(self) -> DocumentKind:
        """What its print is among the documents of the case."""
        return _DOCUMENTS[self]

    @property
    def is_optional(self) -> bool:
        """Whether the loan goes on without its signature."""
        return self is SetKind.LOCATION


_NUMBERS = {
    SetKind.LOAN: NumberKind.LOAN,
    SetKind.MORTGAGE: NumberKind.MORTGAGE,
    SetKind.GUARANTEE: NumberKind.GUARANTEE,
    SetKind.DEBIT: NumberKind.DEBIT,
    SetKind.LOCATION: NumberKind.LOCATION,
}
_DOCUMENTS = {
    SetKind.LOAN: DocumentKind.LOAN_CONTRACT,
    SetKind.MORTGAGE: DocumentKind.MORTGAGE_CONTRACT,
    SetKind.GUARANTEE: DocumentKind.GUARANTEE_AGREEMENT,
    SetKind.DEBIT: DocumentKind.DEBIT_MANDATE,
    SetKind.LOCATION: DocumentKind.GPS_CONSENT,
}


class SignatureMissing(LendingError):
    """Whom a document binds has not signed it."""

    code = "signature_missing"
    zh = "以下文件尚未签署：{missing}。须由各当事人本人签署齐全后登记。"
    en = "Not signed yet: {missing}. Each party signs in person before the signing is recorded."


class SetDocument(Base):
    """A document of the set besides the loan contract itself; ``place`` is the guarantor's, "" for the borrower's."""

    __tablename__ = "contract_set_document"
    __table_args__ = (UniqueConstraint("contract_no", "kind", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_no: Mapped[str] = mapped_column(ForeignKey("contract_number.contract_no"), unique=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contract.contract_no"))
    kind: Mapped[SetKind] = mapped_column(worded(SetKind))
    place: Mapped[str] = mapped_column(String(16), default="")
    printed_sha256: Mapped[str | None] = mapped_column(String(64))
    drawn_up_at: Mapped[datetime] = mapped_column(Instant)


class Signature(Base):
    """One party's signature under one document, seen by a member of staff."""

    __tablename__ = "contract_signature"
    __table_args__ = (UniqueConstraint("document_no", "customer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_no: Mapped[str] = mapped_column(ForeignKey("contract_number.contract_no"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    signed_on: Mapped[date] = mapped_column(Date)
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Signing:
    """One signature that is asked for: whose, under which document. ``place`` is :data:`BORROWER` or a party's."""

    kind: SetKind
    document_no: str
    place: str
    customer: Customer
    represented_by: str | None = None

    @property
    def code(self) -> str:
        """What the form calls it: ``mortgage:spouse``."""
        return f"{self.kind.value}:{self.place}"

    def label(self, language: Language) -> str:
        """The document and its signer, in the reader's language."""
        for_company = f"（{self.represented_by}）" if self.represented_by else ""
        return f"{self.kind.label(language)} {self.document_no} · {self.customer.name}{for_company}"


def draw_up(
    session: Session, contract_no: str, application_no: str, unit_id: int, *, year: int, now: datetime
) -> list[SetDocument]:
    """Take a number for each document that belongs around a contract; a guarantee for each guarantor."""
    guarantors = [
        party.place.value
        for party in parties.of_application(session, application_no)
        if party.place.guarantees
    ]
    wanted = [(SetKind.MORTGAGE, "")]
    wanted += [(SetKind.GUARANTEE, place) for place in guarantors]
    wanted += [(SetKind.DEBIT, ""), (SetKind.LOCATION, "")]
    rows = [
        SetDocument(
            document_no=contract_numbers.take(
                session,
                kind.number_kind,
                unit_id=unit_id,
                year=year,
                application_no=application_no,
                now=now,
            ),
            contract_no=contract_no,
            kind=kind,
            place=place,
            drawn_up_at=now,
        )
        for kind, place in wanted
    ]
    session.add_all(rows)
    session.flush()
    return rows


def documents_of(session: Session, contract_no: str) -> list[SetDocument]:
    """The documents around a contract, in the order in which they are signed."""
    asked = select(SetDocument).where(SetDocument.contract_no == contract_no)
    return list(session.scalars(asked.order_by(SetDocument.id)))


def get(session: Session, document_no: str) -> SetDocument:
    """The document of a number, or :class:`NotFound`."""
    found = session.scalar(select(SetDocument).where(SetDocument.document_no == document_no))
    if found is None:
        raise NotFound(what_zh="合同附属文件", what_en="document of a contract", key=document_no)
    return found


def keep_prints(session: Session, contract_no: str, prints: Mapping[str, str]) -> None:
    """Keep the SHA-256 of the print of each document number."""
    for row in documents_of(session, contract_no):
        row.printed_sha256 = prints[row.document_no]
    session.flush()


def signings(session: Session, contract_no: str, application_no: str) -> list[Signing]:
    """Every signature that the set asks for, in the order of its documents.

    The borrower signs everything but the guarantees. A spouse who borrows jointly signs the loan contract and, the car
    being common property (民法典 第一千零六十二条), the mortgage. For a company its representative signs.
    """
    by_place = {party.place: party for party in parties.of_application(session, application_no)}
    applicant = session.get_one(Customer, applications.get(session, application_no).customer_id)
    representative = by_place.get(PartyPlace.REPRESENTATIVE)
    acting = session.get_one(Customer, representative.customer_id).name if representative else None
    found = []
    documents = [(SetKind.LOAN, contract_no, "")]
    documents += [(row.kind, row.document_no, row.place) for row in documents_of(session, contract_no)]
    for kind, number, place in documents:
        if kind is SetKind.GUARANTEE:
            party = by_place[PartyPlace(place)]
            guarantor = session.get_one(Customer, party.customer_id)
            found.append(Signing(kind, number, place, guarantor, party.represented_by))
            continue
        found.append(Signing(kind, number, BORROWER, applicant, acting))
        spouse = by_place.get(PartyPlace.SPOUSE)
        if spouse is not None and kind in (SetKind.LOAN, SetKind.MORTGAGE):
            found.append(
                Signing(kind, number, spouse.place.value, session.get_one(Customer, spouse.customer_id))
            )
    return found


def record_signatures(
    session: Session,
    contract_no: str,
    application_no: str,
    seen: Collection[str],
    *,
    signed_on: date,
    by: int | None,
    now: datetime,
) -> bool:
    """Keep the signatures that were ``seen`` (their codes); returns whether locating the car was agreed to.

    Refused as long as one is missing (:class:`SignatureMissing`). The consent to locating may be refused: its number
    goes on the void list.
    """
    asked = signings(session, contract_no, application_no)
    missing = [one for one in asked if one.code not in seen and not one.kind.is_optional]
    if missing:
        raise SignatureMissing(missing=missing)
    located = False
    for one in asked:
        if one.code in seen:
            located = located or one.kind is SetKind.LOCATION
            session.add(
                Signature(
                    document_no=one.document_no,
                    customer_id=one.customer.id,
                    signed_on=signed_on,
                    seen_by=by,
                    recorded_at=now,
                )
            )
        else:
            contract_numbers.void(session, one.document_no, reason=LOCATION_REFUSED, by=by, now=now)
    session.flush()
    return located


def signatures_of(session: Session, contract_no: str) -> list[Signature]:
    """The signatures under a contract and the documents around it, in the order of their recording."""
    numbers = [contract_no, *(row.document_no for row in documents_of(session, contract_no))]
    asked = select(Signature).where(Signature.document_no.in_(numbers))
    return list(session.scalars(asked.order_by(Signature.id)))


def void(session: Session, contract_no: str, *, reason: str, by: int | None, now: datetime) -> None:
    """Put the numbers of all documents around a contract on the void list; those voided before keep their reason."""
    for row in documents_of(session, contract_no):
        contract_numbers.void(session, row.document_no, reason=reason, by=by, now=now)

"""Which documents an application needs (DT-11), as the table listed them for it, and which of them are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.messages import Language
from lending.columns import worded
from lending.documents import Document, DocumentKind
from lending.labels import Labelled
from lending.parties import PartyPlace


class Need(Labelled):
    """When a document must be there."""

    REQUIRED = "required", "必收", "Required"
    INCOME = "income_proof", "收入证明任选其一", "One proof of income"
    BEFORE_DISBURSEMENT = "before_disbursement", "放款前", "Before the pay-out"


class DocumentRequirement(Base):
    """One document that the list of an application names, of who applies or of the party in ``place``.

    The list that stands is the one made last.
    """

    __tablename__ = "document_requirement"
    __table_args__ = (UniqueConstraint("application_no", "kind", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"))
    kind: Mapped[DocumentKind] = mapped_column(worded(DocumentKind))
    place: Mapped[str] = mapped_column(String(16), default="")
    need: Mapped[Need] = mapped_column(worded(Need))
    listed_at: Mapped[datetime] = mapped_column(Instant)
    rule: Mapped[str] = mapped_column(String(120))

    def label(self, language: Language) -> str:
        """Which document, and whose if not the applicant's."""
        kind = self.kind.label(language)
        if not self.place:
            return kind
        place = PartyPlace(self.place).label(language)
        return f"{place}的{kind}" if language == "zh" else f"{kind} of the {place.lower()}"


class Listed(NamedTuple):
    """A row of the list: kind, need and the words of the rule as the table writes them, and whose document it is."""

    kind: str
    need: str
    rule: str
    place: str = ""


def replace(
    session: Session, application_no: str, listed: Iterable[Listed], *, now: datetime
) -> list[DocumentRequirement]:
    """Let this list stand; a kind named twice for the same party keeps its stricter need."""
    strictness = list(Need)
    chosen: dict[tuple[DocumentKind, str], tuple[Need, str]] = {}
    for row in listed:
        key, need = (DocumentKind(row.kind), row.place), Need(row.need)
        if key not in chosen or strictness.index(need) < strictness.index(chosen[key][0]):
            chosen[key] = (need, row.rule)
    session.execute(delete(DocumentRequirement).where(DocumentRequirement.application_no == application_no))
    rows = [
        DocumentRequirement(
            application_no=application_no, kind=kind, place=place, need=need, rule=rule[:120], listed_at=now
        )
        for (kind, place), (need, rule) in chosen.items()
    ]
    session.add_all(rows)
    session.flush()
    return rows


def of_application(session: Session, application_no: str) -> list[DocumentRequirement]:
    """The list that stands, in the order of the table."""
    asked = select(DocumentRequirement).where(DocumentRequirement.application_no == application_no)
    return list(session.scalars(asked.order_by(DocumentRequirement.id)))


def missing(session: Session, application_no: str) -> list[DocumentRequirement]:
    """What is not there yet of what is needed now; one proof of income is enough, the first stands for all."""
    return missing_of(session, [application_no]).get(application_no, [])


def missing_of(session: Session, application_nos: Collection[str]) -> dict[str, list[DocumentRequirement]]:
    """What :func:`missing` says, by application, of those that miss something; two questions for all of them."""
    listed = select(DocumentRequirement).where(DocumentRequirement.application_no.in_(application_nos))
    attached = select(Document.business_key, Document.kind, Document.place)
    present = {
        (row.business_key, row.kind, row.place)
        for row in session.execute(attached.where(Document.business_key.in_(application_nos)).distinct())
    }
    found: dict[str, list[DocumentRequirement]] = {}
    income: dict[str, list[DocumentRequirement]] = {}
    for row in session.scalars(listed.order_by(DocumentRequirement.id)):
        if row.need is Need.INCOME:
            income.setdefault(row.application_no, []).append(row)
        elif row.need is Need.REQUIRED and (row.application_no, row.kind, row.place) not in present:
            found.setdefault(row.application_no, []).append(row)
    for application_no, rows in income.items():
        if not any((row.application_no, row.kind, row.place) in present for row in rows):
            found.setdefault(application_no, []).append(rows[0])
    return found

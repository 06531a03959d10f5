"""Which documents an application needs (DT-11), as the table listed them for it, and which of them are missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending import documents
from lending.columns import worded
from lending.documents import DocumentKind
from lending.labels import Labelled


class Need(Labelled):
    """When a document must be there."""

    REQUIRED = "required", "必收", "Required"
    INCOME = "income_proof", "收入证明任选其一", "One proof of income"
    BEFORE_DISBURSEMENT = "before_disbursement", "放款前", "Before the pay-out"


class DocumentRequirement(Base):
    """One document that the list of an application names; the list that stands is the one made last."""

    __tablename__ = "document_requirement"
    __table_args__ = (UniqueConstraint("application_no", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"))
    kind: Mapped[DocumentKind] = mapped_column(worded(DocumentKind))
    need: Mapped[Need] = mapped_column(worded(Need))
    listed_at: Mapped[datetime] = mapped_column(Instant)
    rule: Mapped[str] = mapped_column(String(120))


def replace(
    session: Session, application_no: str, listed: Iterable[tuple[str, str, str]], *, now: datetime
) -> list[DocumentRequirement]:
    """Let this list stand: (kind, need, the words of the rule) by row; a kind named twice keeps its stricter need."""
    strictness = list(Need)
    chosen: dict[DocumentKind, tuple[Need, str]] = {}
    for kind_text, need_text, rule in listed:
        kind, need = DocumentKind(kind_text), Need(need_text)
        if kind not in chosen or strictness.index(need) < strictness.index(chosen[kind][0]):
            chosen[kind] = (need, rule)
    session.execute(delete(DocumentRequirement).where(DocumentRequirement.application_no == application_no))
    rows = [
        DocumentRequirement(
            application_no=application_no, kind=kind, need=need, rule=rule[:120], listed_at=now
        )
        for kind, (need, rule) in chosen.items()
    ]
    session.add_all(rows)
    session.flush()
    return rows


def of_application(session: Session, application_no: str) -> list[DocumentRequirement]:
    """The list that stands, in the order of the table."""
    asked = select(DocumentRequirement).where(DocumentRequirement.application_no == application_no)
    return list(session.scalars(asked.order_by(DocumentRequirement.id)))


def missing(session: Session, application_no: str) -> list[DocumentKind]:
    """What is not there yet of what is needed now; one proof of income is enough, the first stands for all."""
    present = {document.kind for document in documents.current(session, application_no)}
    needed = of_application(session, application_no)
    absent = [row.kind for row in needed if row.need is Need.REQUIRED and row.kind not in present]
    income = [row.kind for row in needed if row.need is Need.INCOME]
    if income and not present.intersection(income):
        absent.append(income[0])
    return absent

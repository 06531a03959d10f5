"""Custody of papers and keys: where each lies, and every hand-over in and out with both people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled


class CustodyItem(Labelled):
    """What is kept."""

    REGISTRATION_CERTIFICATE = "registration_certificate", "机动车登记证书", "Registration certificate"
    SPARE_KEY = "spare_key", "备用钥匙", "Spare key"
    INSURANCE_POLICY = "insurance_policy", "保险单正本", "Insurance policy, original"
    LOAN_CONTRACT = "loan_contract", "借款合同正本", "Loan contract, original"


class Movement(Labelled):
    """Which way a thing went."""

    IN = "in", "入库", "In"
    OUT = "out", "出库", "Out"


class AlreadyInCustody(LendingError):
    """A thing lies in one place."""

    code = "already_in_custody"
    zh = "{item}已在库（{slot}），不能再次入库。"
    en = "The {item} lies in custody already ({slot})."


class NotInCustody(LendingError):
    """Only what is kept can be handed out."""

    code = "not_in_custody"
    zh = "{item}不在库，不能出库。"
    en = "The {item} is not in custody and cannot be handed out."


class CertificateMissing(LendingError):
    """The registration certificate proves the mortgage."""

    code = "certificate_missing"
    zh = "机动车登记证书必须入库，请勾选或先收回证书。"
    en = "The registration certificate must be taken into custody; tick it or get it first."


class CustodyEntry(Base):
    """One hand-over; ``handed_by`` and ``received_by`` as people wrote them, ``slot`` where the thing lies."""

    __tablename__ = "custody_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    item: Mapped[CustodyItem] = mapped_column(worded(CustodyItem))
    movement: Mapped[Movement] = mapped_column(worded(Movement))
    slot: Mapped[str] = mapped_column(String(40))
    handed_by: Mapped[str] = mapped_column(String(60))
    received_by: Mapped[str] = mapped_column(String(60))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def log(session: Session, application_no: str) -> list[CustodyEntry]:
    """Every hand-over for an application, oldest first."""
    asked = select(CustodyEntry).where(CustodyEntry.application_no == application_no)
    return list(session.scalars(asked.order_by(CustodyEntry.id)))


def held(session: Session, application_no: str) -> dict[CustodyItem, str]:
    """What lies in custody for an application, and in which slot."""
    lying: dict[CustodyItem, str] = {}
    for entry in log(session, application_no):
        if entry.movement is Movement.IN:
            lying[entry.item] = entry.slot
        else:
            lying.pop(entry.item, None)
    return lying


def hand_over(
    session: Session,
    application_no: str,
    item: CustodyItem,
    movement: Movement,
    *,
    slot: str,
    handed_by: str,
    received_by: str,
    by: int | None,
    now: datetime,
) -> CustodyEntry:
    """Write one hand-over (:class:`AlreadyInCustody`, :class:`NotInCustody`)."""
    lying = held(session, application_no)
    if movement is Movement.IN and item in lying:
        raise AlreadyInCustody(item=item, slot=lying[item])
    if movement is Movement.OUT and item not in lying:
        raise NotInCustody(item=item)
    entry = CustodyEntry(
        application_no=application_no,
        item=item,
        movement=movement,
        slot=slot,
        handed_by=handed_by,
        received_by=received_by,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(entry)
    session.flush()
    return entry

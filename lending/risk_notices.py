"""The risk notice (贷款须知): printed for the customer, read for a time the server measures, confirmed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Instant
from lending.errors import LendingError, NotFound
from lending.locks import held

NOTICE_VERSION = "2026-09"


class ReadingTooShort(LendingError):
    """The notice is confirmed only after the time that reading it takes."""

    code = "reading_too_short"
    zh = "贷款须知须阅读至少 {seconds_min} 秒，出示后才过 {seconds} 秒；请让客户读完再确认。"
    en = "The notice is to be read for {seconds_min} seconds and was shown {seconds} ago; let the customer finish."


class NoticeReceipt(Base):
    """One notice: which print of which version, when it was laid before the customer, and when he confirmed it."""

    __tablename__ = "notice_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    version: Mapped[str] = mapped_column(String(16))
    printed_sha256: Mapped[str] = mapped_column(String(64))
    reading_seconds_min: Mapped[int]
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


def record_print(session: Session, application_no: str, sha256: str, *, on: date) -> NoticeReceipt:
    """A notice was printed; how long it must be read is the parameter of the day."""
    receipt = NoticeReceipt(
        application_no=application_no,
        version=NOTICE_VERSION,
        printed_sha256=sha256,
        reading_seconds_min=parameters.value(session, "risk_notice_reading_seconds", on),
    )
    session.add(receipt)
    session.flush()
    return receipt


def latest(session: Session, application_no: str) -> NoticeReceipt:
    """The newest notice of an application, held for the change; :class:`NotFound`."""
    asked = select(NoticeReceipt).where(NoticeReceipt.application_no == application_no)
    receipt = session.scalar(held(asked.order_by(NoticeReceipt.id.desc()).limit(1)))
    if receipt is None:
        raise NotFound(what_zh="贷款须知", what_en="risk notice of", key=application_no)
    return receipt


def open_reading(session: Session, application_no: str, *, by: int | None, now: datetime) -> NoticeReceipt:
    """The notice lies before the customer from now on."""
    receipt = latest(session, application_no)
    receipt.opened_at, receipt.opened_by = now, by
    session.flush()
    return receipt


def confirm(session: Session, application_no: str, *, by: int | None, now: datetime) -> NoticeReceipt:
    """The customer has read and signed it; :class:`ReadingTooShort` before the reading time is over."""
    receipt = latest(session, application_no)
    read_for = timedelta() if receipt.opened_at is None else now - receipt.opened_at
    if read_for < timedelta(seconds=receipt.reading_seconds_min):
        raise ReadingTooShort(seconds_min=receipt.reading_seconds_min, seconds=int(read_for.total_seconds()))
    receipt.confirmed_at, receipt.confirmed_by = now, by
    session.flush()
    return receipt

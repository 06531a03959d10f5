"""Exports that wait for a second person: more rows than may leave the house unasked, for a purpose, downloaded once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant

PURPOSE_MAX = 200
APPROVAL_VALID = timedelta(hours=24)


class ExportStatus(StrEnum):
    """Where a request for an export stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN = "taken"


class ExportUnexplained(CompanyError):
    """What leaves the house does so for a purpose."""

    code = "export_unexplained"
    zh = "请填写导出用途，最多 {length_max} 字；用途会写入水印和操作日志。"
    en = "Say what the export is for, in {length_max} characters at the most; it stands in the file and the audit log."


class ExportNotOpen(CompanyError):
    """A request is decided once."""

    code = "export_not_open"
    zh = "导出申请 {export_id} 已处理。"
    en = "The export request {export_id} was decided already."


class OwnExport(CompanyError):
    """Who asks for an export does not approve it."""

    code = "own_export"
    zh = "导出申请须由他人审批。"
    en = "Somebody else decides on one's own export."


class ExportNotAllowed(CompanyError):
    """The download is not what was approved, is over, or was made already."""

    code = "export_not_allowed"
    zh = "导出申请 {export_id} 不能下载：未批准、已下载、已过期，或与批准的内容不同。请重新申请。"
    en = "The export {export_id} is not approved, done already, over, or of other content. Ask again."


class ExportRequest(Base):
    """One request. ``address``: the export's path and query, of which nothing may differ at the download."""

    __tablename__ = "export_request"
    __table_args__ = (Index("ix_export_request_status", "status", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(500))
    rows: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(PURPOSE_MAX))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[ExportStatus] = mapped_column(
        Enum(
            ExportStatus,
            native_enum=False,
            length=16,
            values_callable=lambda all_: [one.value for one in all_],
        )
    )
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)


def require_purpose(purpose: str) -> str:
    """The purpose without blanks around; :class:`ExportUnexplained`."""
    purpose = purpose.strip()
    if not purpose or len(purpose) > PURPOSE_MAX:
        raise ExportUnexplained(length_max=PURPOSE_MAX)
    return purpose


def ask(
    session: Session,
    *,
    what: str,
    address: str,
    rows: int,
    purpose: str,
    unit_id: int,
    by: int,
    now: datetime,
) -> ExportRequest:
    """Write down what somebody wants to take; asked twice for the same, the request that is open stands."""
    purpose = require_purpose(purpose)
    same = select(ExportRequest).where(
        ExportRequest.asked_by == by,
        ExportRequest.address == address,
        ExportRequest.status == ExportStatus.ASKED,
    )
    found = session.scalar(same)
    if found is not None:
        return found
    made = ExportRequest(
        what=what,
        address=address,
        rows=rows,
        purpose=purpose,
        unit_id=unit_id,
        asked_by=by,
        asked_at=now,
        status=ExportStatus.ASKED,
    )
    session.add(made)
    session.flush()
    return made


def decide(session: Session, request: ExportRequest, *, approved: bool, by: int, now: datetime) -> None:
    """Let it go, for a day, or refuse it: :class:`ExportNotOpen`, :class:`OwnExport`."""
    if request.status is not ExportStatus.ASKED:
        raise ExportNotOpen(export_id=request.id)
    if request.asked_by == by:
        raise OwnExport()
    request.status = ExportStatus.APPROVED if approved else ExportStatus.REFUSED
    request.decided_by, request.decided_at = by, now
    request.expires_at = now + APPROVAL_VALID if approved else None
    session.flush()


def take(
    session: Session, export_id: int, *, address: str, rows: int, by: int, now: datetime
) -> ExportRequest:
    """Use an approval up for the download that it was given for; :class:`ExportNotAllowed`."""
    asked = select(ExportRequest).where(ExportRequest.id == export_id).with_for_update()
    request = session.scalar(asked) if 0 < export_id < 2**31 else None
    if (
        request is None
        or request.status is not ExportStatus.APPROVED
        or (request.asked_by, request.address) != (by, address)
        or request.expires_at is None
        or request.expires_at <= now
        or rows > request.rows
    ):
        raise ExportNotAllowed(export_id=export_id)
    request.status, request.taken_at = ExportStatus.TAKEN, now
    session.flush()
    return request

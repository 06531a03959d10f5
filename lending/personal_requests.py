"""Requests of data subjects (个人信息保护法 第四十四至五十条): what is asked, by when it is answered, how it ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.calendar import WorkingCalendar
from company.database import Base, Instant
from lending import sequences
from lending.columns import worded
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.labels import Labelled

ANSWERED_WITHIN_WORKING_DAYS = 15
# For so long after the answer the same package may be taken once more, for a person who lost it on the way.
PACKAGE_KEPT = timedelta(days=7)
TEXT_MAX = 400


class RequestKind(Labelled):
    """What a person asks for."""

    ACCESS = "access", "查阅、复制", "See and copy"
    CORRECT = "correct", "更正、补充", "Correct or complete"
    DELETE = "delete", "删除", "Delete"
    EXPORT = "export", "转移（导出）", "Take along"
    EXPLAIN = "explain", "解释说明", "Explain"


class RequestChannel(Labelled):
    """How the request came."""

    COUNTER = "counter", "柜面", "At the counter"
    PHONE = "phone", "电话", "Telephone"
    LETTER = "letter", "信函", "Letter"
    ONLINE = "online", "线上", "Online"
    PORTAL = "portal", "客户门户", "Customer portal"


TOLD_BY_STAFF = tuple(channel for channel in RequestChannel if channel is not RequestChannel.PORTAL)
"""The channels of what the staff take in: by the portal only the customer himself asks."""


_HANDED_OUT = (RequestKind.ACCESS, RequestKind.EXPORT)


class RequestOutcome(Labelled):
    """How a request ended."""

    FULFILLED = "fulfilled", "已办理", "Done"
    RESTRICTED = "restricted", "依法保存，已限制处理", "Kept by law, use restricted"
    REFUSED = "refused", "未予办理", "Refused"
    UNIDENTIFIED = "unidentified", "未能核实身份", "Identity not proven"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"


class RequestUnexplained(LendingError):
    """A request says what is wanted."""

    code = "request_unexplained"
    zh = "请填写客户的要求，最多 {text_max} 字。"
    en = "Write what the customer asks for, in {text_max} characters at the most."


class RequestRunning(LendingError):
    """Of one kind one request is open."""

    code = "request_running"
    zh = "该客户的同类请求 {request_no} 正在办理。"
    en = "The request {request_no} of the same kind is under way."


class RequestEnded(LendingError):
    """A request ends once."""

    code = "request_ended"
    zh = "个人信息请求 {request_no} 已办结。"
    en = "The request {request_no} has ended."


class NoRequestForPackage(LendingError):
    """A person's data are handed out on that person's request, once the identity is proven."""

    code = "no_request_for_package"
    zh = (
        "该客户没有已核实身份的查阅或转移请求，或答复已超过 {kept_days} 天，不能导出其个人信息；"
        "请登记新的请求并核实身份。"
    )
    en = (
        "There is no request of this person to see or take the data under way with the identity proven, or it was "
        "answered more than {kept_days} days ago; take a new one in."
    )


class DataSubjectRequest(Base):
    """One request; ``outcome`` None while it is under way. ``answer`` is what the person is told."""

    __tablename__ = "data_subject_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_no: Mapped[str] = mapped_column(String(32), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(worded(RequestKind))
    channel: Mapped[RequestChannel] = mapped_column(worded(RequestChannel))
    wish: Mapped[str] = mapped_column(String(TEXT_MAX))
    received_on: Mapped[date] = mapped_column(Date)
    answer_by: Mapped[date] = mapped_column(Date, index=True)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    identified_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    identified_how: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    outcome: Mapped[RequestOutcome | None] = mapped_column(worded(RequestOutcome))
    answer: Mapped[str | None] = mapped_column(String(TEXT_MAX))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


def open_request(
    session: Session,
    customer: Customer,
    *,
    kind: RequestKind,
    channel: RequestChannel,
    wish: str,
    on: date,
    by: int | None,
) -> DataSubjectRequest:
    """Write a request down under the number of its case, ``GR-<year>-<running number>``; 15 working days to answer.

    Raises :class:`RequestUnexplained`, :class:`RequestRunning`.
    """
    if not wish.strip() or len(wish) > TEXT_MAX:
        raise RequestUnexplained(text_max=TEXT_MAX)
    running = session.scalar(
        select(DataSubjectRequest.request_no).where(
            DataSubjectRequest.customer_id == customer.id,
            DataSubjectRequest.kind == kind,
            DataSubjectRequest.outcome.is_(None),
        )
    )
    if running is not None:
        raise RequestRunning(request_no=running)
    made = DataSubjectRequest(
        request_no=f"GR-{on.year}-{sequences.take(session, f'data_request:{on.year}'):06d}",
        customer_id=customer.id,
        kind=kind,
        channel=channel,
        wish=wish.strip(),
        received_on=on,
        answer_by=WorkingCalendar(session).add_working_days(on, ANSWERED_WITHIN_WORKING_DAYS),
        recorded_by=by,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, request_no: str) -> DataSubjectRequest:
    """The request of a number, or NotFound."""
    asked = select(DataSubjectRequest).where(DataSubjectRequest.request_no == request_no)
    found = session.scalar(asked)
    if found is None:
        raise NotFound(what_zh="个人信息请求", what_en="request", key=request_no)
    return found


def for_package(session: Session, customer_id: int, now: datetime) -> DataSubjectRequest:
    """The latest request for which a person's data are handed out: identity proven, under way or answered lately.

    Raises :class:`NoRequestForPackage`.
    """
    fresh = and_(
        DataSubjectRequest.outcome == RequestOutcome.FULFILLED,
        DataSubjectRequest.ended_at > now - PACKAGE_KEPT,
    )
    found = session.scalar(
        select(DataSubjectRequest)
        .where(
            DataSubjectRequest.customer_id == customer_id,
            DataSubjectRequest.kind.in_(_HANDED_OUT),
            DataSubjectRequest.identified_by.is_not(None),
            or_(DataSubjectRequest.outcome.is_(None), fresh),
        )
        .order_by(DataSubjectRequest.id.desc())
        .limit(1)
    )
    if found is None:
        raise NoRequestForPackage(kept_days=PACKAGE_KEPT.days)
    return found


def is_handed_out(request: DataSubjectRequest, now: datetime) -> bool:
    """Whether the person who asked may fetch the data: granted, and answered lately."""
    return (
        request.kind in _HANDED_OUT
        and request.outcome is RequestOutcome.FULFILLED
        and request.ended_at is not None
        and request.ended_at > now - PACKAGE_KEPT
    )


def identify(session: Session, request: DataSubjectRequest, *, how: str, by: int | None) -> None:
    """Note who has made sure that it is the person, and by what."""
    request.identified_by, request.identified_how = by, how.strip()[:TEXT_MAX]
    session.flush()


def end(
    session: Session,
    request: DataSubjectRequest,
    outcome: RequestOutcome,
    *,
    answer: str,
    by: int | None,
    now: datetime,
) -> None:
    """Close a request with what the person is told; :class:`RequestEnded`."""
    if request.outcome is not None:
        raise RequestEnded(request_no=request.request_no)
    request.outcome, request.answer = outcome, answer.strip()[:TEXT_MAX]
    request.ended_by, request.ended_at = by, now
    session.flush()


def of(session: Session, customer_id: int) -> list[DataSubjectRequest]:
    """The requests of a person, the latest first."""
    asked = select(DataSubjectRequest).where(DataSubjectRequest.customer_id == customer_id)
    return list(session.scalars(asked.order_by(DataSubjectRequest.id.desc())))

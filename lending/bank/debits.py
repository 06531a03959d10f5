"""Direct debits: the items of a day's file as the bank answers them, posted where it collected, told where not.

The file is made by the day-end (:mod:`lending.day_end.debit`); what is unpaid is asked for again on the days of the
parameter ``debit_retry_days``, by the file of that day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Select, String, UniqueConstraint, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from company.messages import Refusal
from lending import deliveries
from lending.alerts import AlertKind, AlertLevel, in_a_row, raise_alert
from lending.columns import worded
from lending.errors import NotFound
from lending.labels import Labelled
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind

PAGE = 200


class DebitStatus(Labelled):
    """What became of one collection."""

    ORDERED = "ordered", "已提交", "Ordered"
    COLLECTED = "collected", "扣款成功", "Collected"
    FAILED = "failed", "扣款失败", "Failed"
    UNPOSTED = "unposted", "已扣款未入账", "Collected, not posted"
    IN_SUSPENSE = "in_suspense", "已转暂收款", "Put into suspense"


class DebitItem(Base):
    """One collection of a day's file, without the account."""

    __tablename__ = "debit_item"
    __table_args__ = (UniqueConstraint("day", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(ForeignKey("debit_file.day"))
    number: Mapped[int]
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    due_date: Mapped[date] = mapped_column(Date)
    status: Mapped[DebitStatus] = mapped_column(worded(DebitStatus), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    reason_en: Mapped[str | None] = mapped_column(String(200))
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Ordered:
    """One line of the file: what is collected from whose account, in yuan."""

    number: int
    loan_no: str
    name: str
    account: str
    amount: Decimal
    due_date: date


@dataclass(frozen=True)
class Answered:
    """What the bank says of one collection."""

    number: int
    collected: bool
    reason: str
    bank_reference: str


def batch_id(day: date) -> str:
    """The number under which the bank takes a day's file once, and the key of its case."""
    return f"KK-{day.isoformat()}"


def reference_of(item: DebitItem) -> str:
    """The bank's reference of a collection; where the bank tells none, its place in the file."""
    return item.bank_reference or f"{batch_id(item.day)}-{item.number}"


def read(content: bytes) -> list[Ordered]:
    """The items of a file as :func:`lending.day_end.debit.written` writes it."""
    rows = csv.reader(io.StringIO(content.decode()))
    return [
        Ordered(int(row[1]), row[2], row[3], row[4], Decimal(row[5]), date.fromisoformat(row[6]))
        for row in rows
        if row and row[0] == "D"
    ]


def note_orders(session: Session, day: date, ordered: Sequence[Ordered]) -> int:
    """Write the items of a day's file down, once; returns how many there are."""
    if ordered:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        rows = [
            {
                "day": day,
                "number": item.number,
                "loan_no": item.loan_no,
                "amount": item.amount,
                "due_date": item.due_date,
                "status": DebitStatus.ORDERED,
                "reason": "",
            }
            for item in ordered
        ]
        session.execute(insert(DebitItem).on_conflict_do_nothing(index_elements=["day", "number"]), rows)
    return len(ordered)


def take_answers(
    session: Session,
    day: date,
    answers: Iterable[Answered],
    *,
    collect_on: date,
    booked_on: date,
    now: datetime,
) -> int:
    """Post what the bank collected, tell and alert of what it could not; answered items stay. Returns how many."""
    given = {answer.number: answer for answer in answers}
    asked = select(DebitItem).where(
        DebitItem.day == day, DebitItem.number.in_(given), DebitItem.status == DebitStatus.ORDERED
    )
    items = list(session.scalars(asked.order_by(DebitItem.loan_no)))
    for item in items:
        answer = given[item.number]
        item.reason, item.bank_reference, item.answered_at = answer.reason[:200], answer.bank_reference, now
        if answer.collected:
            item.bank_reference = reference_of(item)
            try:
                with session.begin_nested():
                    post(session, item, collect_on=collect_on, booked_on=booked_on, now=now)
            except Refusal as refused:  # the others are posted; this one is ended in lending.bank.unposted
                item.status = DebitStatus.UNPOSTED
                item.reason, item.reason_en = refused.text("zh")[:200], refused.text("en")[:200]
        else:
            _fail(session, item, collect_on, now)
    session.flush()
    return len(items)


def post(
    session: Session,
    item: DebitItem,
    *,
    collect_on: date,
    booked_on: date,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
) -> None:
    """Post a collection to its loan and tell the customer; raises what :func:`lending.life.changes.record` does."""
    reference = reference_of(item)
    item.status = DebitStatus.COLLECTED
    changes.record(
        session,
        item.loan_no,
        Happening(EventKind.RECEIPT, collect_on, item.amount),
        reference=reference,
        booked_on=booked_on,
        now=now,
        by=by,
        checked_by=checked_by,
    )
    facts = {"amount": item.amount, "on": collect_on}
    deliveries.tell(session, item.loan_no, "receipt_booked", reference, facts, now=now, owed_on=collect_on)


def _fail(session: Session, item: DebitItem, collect_on: date, now: datetime) -> None:
    """Told to the customer, and an alert: yellow from the second one that nobody has seen to (W04)."""
    item.status = DebitStatus.FAILED
    occasion = f"{item.loan_no}:{collect_on}"
    facts = {"amount": item.amount, "on": collect_on}
    deliveries.tell(session, item.loan_no, "debit_failed", occasion, facts, now=now, owed_on=collect_on)
    again = in_a_row(session, item.loan_no, AlertKind.DEBIT_FAILED)
    level = AlertLevel.YELLOW if again else AlertLevel.BLUE
    seen = {**facts, "reason": item.reason}
    raise_alert(
        session,
        item.loan_no,
        AlertKind.DEBIT_FAILED,
        level,
        str(collect_on),
        facts=seen,
        on=collect_on,
        now=now,
    )


def loans_waiting() -> Select[str]:
    """The loans of which a collection is ordered that the bank has not answered, or that is not posted yet."""
    return select(DebitItem.loan_no).where(DebitItem.status.in_((DebitStatus.ORDERED, DebitStatus.UNPOSTED)))


def unanswered(session: Session, day: date) -> int:
    """How many items of a day's file the bank has not answered."""
    asked = select(func.count()).where(DebitItem.day == day, DebitItem.status == DebitStatus.ORDERED)
    return session.scalar(asked) or 0


def totals(session: Session, day: date) -> dict[DebitStatus, tuple[int, Decimal]]:
    """Number and amount of a day's items by what became of them."""
    asked = select(DebitItem.status, func.count(), func.sum(DebitItem.amount, type_=Fen))
    rows = session.execute(asked.where(DebitItem.day == day).group_by(DebitItem.status))
    return {status: (count, amount) for status, count, amount in rows}


def of_day(session: Session, day: date, *, limit: int) -> list[DebitItem]:
    """The items of a day's file, failed ones first; :class:`NotFound` for a day without one."""
    asked = select(DebitItem).where(DebitItem.day == day)
    found = list(session.scalars(asked.order_by(DebitItem.status.desc(), DebitItem.number).limit(limit)))
    if not found:
        raise NotFound(what_zh="扣款文件", what_en="debit file of", key=day)
    return found

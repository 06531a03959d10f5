"""Credit lines (授信额度): what may be lent to a customer in several drawings, and how much of it is left.

Nothing of its use is counted twice: what is reserved are the open applications under the line, what is used are the
loans paid out of it, with their whole principal or, where the line revolves, with what of it is still owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending import sequences
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.labels import Labelled
from lending.locks import held


class LineStatus(Labelled):
    """The life of a line."""

    PROPOSED = "proposed", "待审批", "Proposed"
    ACTIVE = "active", "生效", "In force"
    REFUSED = "refused", "未批准", "Refused"
    CLOSED = "closed", "已终止", "Closed"


TRANSITIONS = {
    LineStatus.PROPOSED: frozenset({LineStatus.ACTIVE, LineStatus.REFUSED}),
    LineStatus.ACTIVE: frozenset({LineStatus.CLOSED}),
}


class LineTooSmall(LendingError):
    """A drawing is not larger than what is left of the line."""

    code = "line_too_small"
    zh = "额度 {line_no} 剩余 {available:,.2f} 元，不足以支用 {amount:,.2f} 元。"
    en = "The line {line_no} has {available:,.2f} left, which is less than {amount:,.2f}."


class LineNotValid(LendingError):
    """A line is drawn on while it is in force."""

    code = "line_not_valid"
    zh = "额度 {line_no} 状态为“{status}”，有效期 {valid_from} 至 {valid_until}，当前不能支用。"
    en = (
        "The line {line_no} is {status}, valid from {valid_from} to {valid_until}; it cannot be drawn on now."
    )


class LineOfAnother(LendingError):
    """A line serves the customer it was granted to."""

    code = "line_of_another"
    zh = "额度 {line_no} 不是该客户的额度。"
    en = "The line {line_no} was granted to another customer."


class LineEndsBeforeBegin(LendingError):
    """A line begins before it ends, and ends after today."""

    code = "line_ends_before_begin"
    zh = "额度有效期至 {valid_until} 须晚于起始日 {valid_from} 和今天。"
    en = "The line ends on {valid_until}; that must be after its first day {valid_from} and after today."


class LineLimitMissing(LendingError):
    """A line has an amount."""

    code = "line_limit_missing"
    zh = "额度金额须大于零。"
    en = "The limit of a line is more than nothing."


class CreditLine(Base):
    """A line granted to a customer, ``limit`` in yuan, drawn from ``valid_from`` to ``valid_until``, both inclusive."""

    __tablename__ = "credit_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_no: Mapped[str] = mapped_column(String(32), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    status: Mapped[LineStatus] = mapped_column(worded(LineStatus))
    limit: Mapped[Decimal] = mapped_column("limit_amount", Fen)
    revolving: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_note: Mapped[str | None] = mapped_column(String(500))


@dataclass(frozen=True)
class LineUse:
    """How a line stands, in yuan."""

    limit: Decimal
    reserved: Decimal
    used: Decimal

    @property
    def available(self) -> Decimal:
        """What may still be asked for; never below nothing."""
        return max(self.limit - self.reserved - self.used, Decimal(0))


def next_number(session: Session, year: int) -> str:
    """The number of the next line, which is the business key of its case: ``LINE-<year>-<running number>``."""
    return f"LINE-{year}-{sequences.take(session, f'line:{year}'):06d}"


def propose(
    session: Session,
    line_no: str,
    *,
    customer_id: int,
    unit_id: int,
    limit: Decimal,
    revolving: bool,
    valid_from: date,
    valid_until: date,
    reason: str,
    by: int | None,
    on: date,
    now: datetime,
) -> CreditLine:
    """Write down a proposal, or correct it after it came back; nothing can be drawn before another person approves.

    Raises :class:`LineLimitMissing`, :class:`LineEndsBeforeBegin`.
    """
    if limit <= 0:
        raise LineLimitMissing()
    if valid_until <= max(valid_from, on):
        raise LineEndsBeforeBegin(valid_from=valid_from, valid_until=valid_until)
    line = session.scalar(held(select(CreditLine).where(CreditLine.line_no == line_no)))
    if line is None:
        line = CreditLine(line_no=line_no, status=LineStatus.PROPOSED)
        session.add(line)
    line.customer_id, line.unit_id = customer_id, unit_id
    line.limit, line.revolving, line.reason = limit, revolving, reason[:500]
    line.valid_from, line.valid_until = valid_from, valid_until
    line.proposed_by, line.proposed_at = by, now
    session.flush()
    return line


def decide(
    session: Session, line_no: str, to: LineStatus, *, by: int | None, now: datetime, note: str
) -> CreditLine:
    """Put a line into force, refuse it or close it; what was drawn before stays as it is."""
    line = get(session, line_no, to_change=True)
    line.status = step(line_no, line.status, to, TRANSITIONS)
    line.decided_by, line.decided_at, line.decision_note = by, now, note[:500] or None
    session.flush()
    return line


def get(session: Session, line_no: str, *, to_change: bool = False) -> CreditLine:
    """The line, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(CreditLine).where(CreditLine.line_no == line_no)
    line = session.scalar(held(asked) if to_change else asked)
    if line is None:
        raise NotFound(what_zh="授信额度", what_en="credit line", key=line_no)
    return line


def of_customer(session: Session, customer_id: int) -> list[CreditLine]:
    """Every line of a customer, oldest first."""
    asked = select(CreditLine).where(CreditLine.customer_id == customer_id)
    return list(session.scalars(asked.order_by(CreditLine.id)))


def check_valid(line: CreditLine, on: date) -> None:
    """Refuse a line that is not in force on a day (:class:`LineNotValid`)."""
    if line.status is not LineStatus.ACTIVE or not line.valid_from <= on <= line.valid_until:
        raise LineNotValid(
            line_no=line.line_no, status=line.status, valid_from=line.valid_from, valid_until=line.valid_until
        )

"""Alerts on loans after the pay-out: raised once an occasion, told to who looks after the loan, closed with reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from lending import deliveries
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.loans import Loan

NOTE_MAX = 300


class AlertKind(Labelled):
    """What was noticed; the codes of the field's early-warning signals stand in the comments."""

    DEBIT_FAILED = "debit_failed", "扣款失败", "Direct debit failed"  # W04
    ACCOUNT_CHANGED = "account_changed", "还款账户变更", "Paying account changed"  # W05
    PAYER_DIFFERS = "payer_differs", "付款人非借款人", "Somebody else pays"  # W05
    PRICE_FALL = "price_fall", "车辆价格下跌，贷款高于车值", "Loan above the car's value"  # W14
    FUND_USE_MISSING = "fund_use_missing", "资金用途未证实", "Use of funds unproven"  # W19


class AlertLevel(Labelled):
    """How grave it is."""

    BLUE = "blue", "蓝色", "Blue"
    YELLOW = "yellow", "黄色", "Yellow"
    ORANGE = "orange", "橙色", "Orange"
    RED = "red", "红色", "Red"


class AlertUnexplained(LendingError):
    """An alert is closed with a reason."""

    code = "alert_unexplained"
    zh = "请写明核实情况和处理结果，最多 {most} 字。"
    en = "Say what was found and done, in {most} characters at the most."


class AlertClosed(LendingError):
    """An alert is closed once."""

    code = "alert_closed"
    zh = "该预警已于 {on} 处理。"
    en = "This alert was closed on {on}."


class LoanAlert(Base):
    """One alert; ``facts`` say what was seen, without clear numbers of people. Open while ``closed_at`` is None."""

    __tablename__ = "loan_alert"

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(160), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    kind: Mapped[AlertKind] = mapped_column(worded(AlertKind))
    level: Mapped[AlertLevel] = mapped_column(worded(AlertLevel))
    raised_on: Mapped[date] = mapped_column(Date)
    raised_at: Mapped[datetime] = mapped_column(Instant)
    facts: Mapped[dict[str, object]] = mapped_column(Tagged)
    closed_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    closing_note: Mapped[str | None] = mapped_column(String(NOTE_MAX))


def raise_alert(
    session: Session,
    loan_no: str,
    kind: AlertKind,
    level: AlertLevel,
    occasion: str,
    *,
    facts: Mapping[str, object],
    on: date,
    now: datetime,
) -> bool:
    """Raise it once an occasion and tell who looks after the loan; whether it is new."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = f"{kind.value}:{loan_no}:{occasion}"[:160]
    made = session.scalar(
        insert(LoanAlert)
        .values(
            occasion=key,
            loan_no=loan_no,
            kind=kind,
            level=level,
            raised_on=on,
            raised_at=now,
            facts=dict(facts),
        )
        .on_conflict_do_nothing(index_elements=["occasion"])
        .returning(LoanAlert.id)
    )
    if made is not None:
        told = deliveries.Told("loan_alert", key, loan_no, None, {"what": kind.zh, **facts})
        deliveries.queue(session, told, now=now)
    return made is not None


def in_a_row(session: Session, loan_no: str, kind: AlertKind) -> int:
    """How many alerts of a kind the loan has had that are not closed."""
    asked = select(LoanAlert.id).where(
        LoanAlert.loan_no == loan_no, LoanAlert.kind == kind, LoanAlert.closed_at.is_(None)
    )
    return len(session.scalars(asked).all())


def open_ones(session: Session, reach: ColumnElement[bool], *, limit: int) -> list[LoanAlert]:
    """The open alerts on loans within ``reach`` (a condition on :class:`lending.loans.Loan`), the newest first."""
    asked = (
        select(LoanAlert)
        .join(Loan, Loan.loan_no == LoanAlert.loan_no)
        .where(LoanAlert.closed_at.is_(None), reach)
        .order_by(LoanAlert.id.desc())
        .limit(limit)
    )
    return list(session.scalars(asked))


def of_loan(session: Session, loan_no: str) -> list[LoanAlert]:
    """Every alert of a loan, the newest first."""
    asked = select(LoanAlert).where(LoanAlert.loan_no == loan_no)
    return list(session.scalars(asked.order_by(LoanAlert.id.desc())))


def close(
    session: Session, alert_id: int, note: str, *, reach: ColumnElement[bool], by: int | None, now: datetime
) -> LoanAlert:
    """Close it with what was found; :class:`AlertUnexplained`, :class:`AlertClosed`, :class:`NotFound`."""
    asked = select(LoanAlert).join(Loan, Loan.loan_no == LoanAlert.loan_no)
    found = session.scalar(asked.where(LoanAlert.id == alert_id, reach).with_for_update(of=LoanAlert))
    if found is None:
        raise NotFound(what_zh="预警", what_en="alert", key=alert_id)
    if found.closed_at is not None:
        raise AlertClosed(on=found.closed_at.date())
    words = note.strip()
    if not 2 <= len(words) <= NOTE_MAX:
        raise AlertUnexplained(most=NOTE_MAX)
    found.closing_note, found.closed_by, found.closed_at = words, by, now
    session.flush()
    return found

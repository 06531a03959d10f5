"""What a day-end keeps of itself: the day, its parts, the loans that failed, the verdicts on categories, the file."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from company.database import Base, Fen, Instant
from lending.columns import worded
from lending.labels import Labelled
from lending.life.positions import Category


class Phase(Labelled):
    """The steps of a day-end in their order; those over loans are cut into parts."""

    DUE = "due", "到期处理", "Instalments due"
    ACCRUE = (
        "accrue",
        "计息、罚息、逾期、分类、拨备、快照",
        "Interest, penalty, days past due, category, provision",
    )
    DEBIT = "debit", "代扣文件", "Direct-debit file"
    TELL = "tell", "流程消息", "Messages to processes"
    CLOSE = "close", "凭证编号、日期切换", "Vouchers and the next business date"


OVER_LOANS = (Phase.DUE, Phase.ACCRUE, Phase.TELL)


class DayEnd(Base):
    """The day-end of a business date: begun once, complete when ``finished_at`` is set.

    ``rates_from`` is the first day of the version of the provision rates it used.
    """

    __tablename__ = "day_end"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    loans: Mapped[int]
    rates_from: Mapped[date] = mapped_column(Date)
    messages: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[int] = mapped_column(default=0)


class DayEndPart(Base):
    """A part of a phase: the loans from ``first_no`` (inclusive; None: the beginning) to ``last_no`` (inclusive)."""

    __tablename__ = "day_end_part"

    day: Mapped[date] = mapped_column(ForeignKey("day_end.day"), primary_key=True)
    phase: Mapped[Phase] = mapped_column(worded(Phase), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_no: Mapped[str | None] = mapped_column(String(24))
    last_no: Mapped[str | None] = mapped_column(String(24))
    loans: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    milliseconds: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class DayEndFailure(Base):
    """A loan that a day-end could not carry, and why; mended when a retry carried it."""

    __tablename__ = "day_end_failure"
    __table_args__ = (UniqueConstraint("day", "loan_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(ForeignKey("day_end.day"))
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"))
    code: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(400))
    reason_en: Mapped[str] = mapped_column(String(400))
    tries: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(Instant)
    mended_at: Mapped[datetime | None] = mapped_column(Instant)


class DayEndVerdict(Base):
    """What the decision table said of a set of facts on a day: the evidence of each loan's category."""

    __tablename__ = "day_end_verdict"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    days_past_due: Mapped[int] = mapped_column(primary_key=True)
    category_before: Mapped[Category] = mapped_column(worded(Category), primary_key=True)
    paid_on_time: Mapped[bool] = mapped_column(primary_key=True)
    in_observation: Mapped[bool] = mapped_column(primary_key=True)
    category: Mapped[Category] = mapped_column(worded(Category))
    rule: Mapped[str] = mapped_column(String(200))


class DayEndRefusal(Base):
    """A day-end that was refused as a whole, and how often; it stands until the day is complete."""

    __tablename__ = "day_end_refusal"
    __table_args__ = (UniqueConstraint("day", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    code: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(400))
    reason_en: Mapped[str] = mapped_column(String(400))
    tries: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)


class DebitFile(Base):
    """The file with which the bank is asked to collect on ``collect_on``, and its control totals."""

    __tablename__ = "debit_file"
    __table_args__ = (Index("ix_debit_file_collect_on", "collect_on"),)

    day: Mapped[date] = mapped_column(ForeignKey("day_end.day"), primary_key=True)
    collect_on: Mapped[date] = mapped_column(Date)
    file_name: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    items: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Fen)
    without_account: Mapped[int]

"""Why a difference between bank and books stands: said once, by whom and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.labels import Labelled


class Subject(Labelled):
    """What a difference is about."""

    LINE = "line", "对账单流水", "Statement line"
    MOVEMENT = "movement", "资金流水", "Movement of money"
    POSTING = "posting", "资金流水的记账", "Posting of a movement"
    ENTRY = "entry", "凭证", "Entry"


class Cause(Labelled):
    """Why it stands."""

    IN_TRANSIT = "in_transit", "未达账项", "In transit"
    BANK_ERROR = "bank_error", "银行差错，已通知银行", "Mistake of the bank, told to it"
    CORRECTED = "corrected", "已另行更正", "Corrected elsewhere"


class Explanation(Base):
    """The explanation of one difference; a later one of the same difference takes its place."""

    __tablename__ = "reconciliation_explanation"
    __table_args__ = (UniqueConstraint("subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[Subject] = mapped_column(worded(Subject))
    subject_id: Mapped[int]
    cause: Mapped[Cause] = mapped_column(worded(Cause))
    note: Mapped[str] = mapped_column(String(200))
    by: Mapped[int | None] = mapped_column("explained_by", ForeignKey("employee.id"))
    at: Mapped[datetime] = mapped_column("explained_at", Instant)

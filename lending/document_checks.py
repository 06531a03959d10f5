"""What a person read off the documents, compared with what was registered: holder, number, validity, vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Tagged
from lending import documents
from lending.columns import worded
from lending.documents import DocumentKind
from lending.labels import Labelled


class DocumentProblem(Labelled):
    """Why a document is not taken, in words for the customer."""

    MISSING = "missing", "缺少", "missing"
    EXPIRED = "expired", "已过期", "expired"
    OTHER_PERSON = "other_person", "不是本人的", "of another person"
    OTHER_VEHICLE = "other_vehicle", "不是这辆车的", "of another car"
    TOO_SHORT = "too_short", "期间不足六个月", "covers less than six months"


class ReadItem(Labelled):
    """What is both typed in and read off a document."""

    NAME = "name", "姓名", "Name"
    NUMBER = "number", "号码", "Number"
    VIN = "vin", "车架号", "VIN"


@dataclass(frozen=True)
class Difference:
    """What was typed in and what the original says instead; numbers masked."""

    item: ReadItem
    typed: str
    read: str

    def as_data(self) -> dict[str, str]:
        """The stored form.

        >>> Difference.from_data(Difference(ReadItem.NAME, "张三", "张叁").as_data()).read
        '张叁'
        """
        return {"item": self.item.value, "typed": self.typed, "read": self.read}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """From the stored form."""
        return cls(ReadItem(data["item"]), data["typed"], data["read"])


@dataclass(frozen=True)
class Reading:
    """What stands on one document; None where the document says nothing of it or nobody looked.

    ``is_own``: whether its number or holder is the applicant's; ``months``: the period of a statement; ``differences``:
    where it says something else than was typed in.
    """

    kind: DocumentKind
    holder: str | None = None
    is_own: bool | None = None
    valid_until: date | None = None
    vin: str | None = None
    months: int | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A document and what is wrong with it."""

    kind: DocumentKind
    problem: DocumentProblem

    def text(self) -> str:
        """As the customer is told, in Chinese."""
        return f"{self.kind.zh}：{self.problem.zh}"


class DocumentCheck(Base):
    """One reading of one document, with the verdict; the newest of a document stands."""

    __tablename__ = "document_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    holder: Mapped[str | None] = mapped_column(String(120))
    valid_until: Mapped[date | None] = mapped_column(Date)
    months: Mapped[int | None]
    problem: Mapped[DocumentProblem | None] = mapped_column(worded(DocumentProblem))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    checked_at: Mapped[datetime] = mapped_column(Instant)
    differences_data: Mapped[list[dict[str, str]] | None] = mapped_column(Tagged)

    @property
    def differences(self) -> list[Difference]:
        """Where the original said something else than was typed in."""
        return [Difference.from_data(data) for data in self.differences_data or ()]


class IncomeStatement(Base):
    """A proof of income as read: the months it covers and the average income of a month, in yuan."""

    __tablename__ = "income_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    months: Mapped[int]
    monthly_average: Mapped[Decimal] = mapped_column(Fen)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


STATEMENT_MONTHS_MIN = 6


def judge(reading: Reading, *, names: tuple[str, ...], vin: str | None, on: date) -> DocumentProblem | None:
    """What speaks against a document; ``names`` may stand on it, ``vin`` is the car's, ``on`` the business date.

    >>> licence = Reading(DocumentKind.DRIVING_LICENCE, holder="张三")
    >>> judge(licence, names=("李四",), vin=None, on=date(2026, 9, 1)).value
    'other_person'
    """
    if reading.is_own is False or (reading.holder is not None and reading.holder.strip() not in names):
        return DocumentProblem.OTHER_PERSON
    if reading.valid_until is not None and reading.valid_until < on:
        return DocumentProblem.EXPIRED
    if reading.vin is not None and reading.vin != vin:
        return DocumentProblem.OTHER_VEHICLE
    if reading.months is not None and reading.months < STATEMENT_MONTHS_MIN:
        return DocumentProblem.TOO_SHORT
    return None


def record(
    session: Session,
    application_no: str,
    readings: tuple[Reading, ...],
    *,
    names: tuple[str, ...],
    vin: str | None,
    on: date,
    by: int | None,
    now: datetime,
) -> list[Finding]:
    """Keep each reading of a document that is there, with its verdict; returns what was found wrong."""
    findings: list[Finding] = []
    for reading in readings:
        document = documents.find(session, application_no, reading.kind)
        if document is None:
            continue
        problem = judge(reading, names=names, vin=vin, on=on)
        session.add(
            DocumentCheck(
                application_no=application_no,
                document_id=document.id,
                holder=reading.holder,
                valid_until=reading.valid_until,
                months=reading.months,
                problem=problem,
                checked_by=by,
                checked_at=now,
                differences_data=[each.as_data() for each in reading.differences],
            )
        )
        if problem is not None:
            findings.append(Finding(reading.kind, problem))
    session.flush()
    return findings


def of_application(session: Session, application_no: str) -> list[DocumentCheck]:
    """Every reading, oldest first."""
    asked = select(DocumentCheck).where(DocumentCheck.application_no == application_no)
    return list(session.scalars(asked.order_by(DocumentCheck.id)))


def record_income(
    session: Session, application_no: str, *, months: int, monthly_average: Decimal, now: datetime
) -> IncomeStatement:
    """Keep what a proof of income shows."""
    statement = IncomeStatement(
        application_no=application_no, months=months, monthly_average=monthly_average, recorded_at=now
    )
    session.add(statement)
    session.flush()
    return statement


def income_statement(session: Session, application_no: str) -> IncomeStatement | None:
    """The newest proof of income as read; None before there is one."""
    asked = select(IncomeStatement).where(IncomeStatement.application_no == application_no)
    return session.scalar(asked.order_by(IncomeStatement.id.desc()).limit(1))


def proven_income(session: Session, application_no: str) -> Decimal | None:
    """The monthly income in yuan that the newest proof shows; None before there is one."""
    newest = income_statement(session, application_no)
    return None if newest is None else newest.monthly_average

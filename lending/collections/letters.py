"""Demand letters (催收函): what each says, the PDF's hash, how it was sent and that it arrived.

A demand interrupts the limitation of three years (民法典 第一百八十八、一百九十五条), if it can be proven.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen
from company.organisation import branch_of, the_company
from lending import customers, loans
from lending.collections.cases import CollectionCase
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.life import arrears, changes
from lending.money import ZERO, in_capitals, written
from lending.printing import Facts, Template, render
from lending.printing.wording import written_day

PAY_WITHIN = timedelta(days=7)
TRACKING_MAX = 40


class SentBy(Labelled):
    """How a letter leaves the house."""

    POST = "post", "邮政特快专递", "Express mail"
    BY_HAND = "by_hand", "当面送达", "By hand"
    ELECTRONIC = "electronic", "电子送达", "Electronic"


class LetterAlreadySent(LendingError):
    """A letter is sent once."""

    code = "letter_already_sent"
    zh = "催收函 {letter_no} 已登记寄送，不能重复登记。"
    en = "The letter {letter_no} was sent already."


class TrackingMissing(LendingError):
    """What was posted can be proven by its number."""

    code = "letter_tracking"
    zh = "邮寄的催收函须填写运单号，最多 {most} 字。"
    en = "Enter the tracking number of a letter that was posted, in {most} characters at the most."


class DeliveredBeforeSent(LendingError):
    """A letter arrives after it was made and not in the future."""

    code = "letter_delivered_day"
    zh = "送达日 {on} 应在制作日 {made_on} 与今天 {today} 之间。"
    en = "The day of delivery, {on}, must lie between {made_on} and today, {today}."


class CollectionLetter(Base):
    """One demand letter. ``amount`` is what it demanded, in yuan, payable by ``pay_by``."""

    __tablename__ = "collection_letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_no: Mapped[str] = mapped_column(String(32), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    made_on: Mapped[date] = mapped_column(Date)
    pay_by: Mapped[date] = mapped_column(Date)
    sha256: Mapped[str] = mapped_column(String(64))
    sent_by: Mapped[SentBy | None] = mapped_column(worded(SentBy))
    tracking_no: Mapped[str | None] = mapped_column(String(TRACKING_MAX))
    delivered_on: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


def next_number(session: Session, found: CollectionCase) -> str:
    """The number of the next letter of a case: the case's with H1, H2 ..."""
    return f"{found.case_no}-H{len(of_case(session, found.id)) + 1}"


def facts(session: Session, found: CollectionCase, letter_no: str, *, on: date) -> Facts:
    """Everything the letter says: what is overdue by its parts, until when to pay, what follows. No threats."""
    loan = loans.get(session, found.loan_no)
    reading = changes.reading_of(session, found.loan_no, on)
    if reading is None:
        raise NotFound(what_zh="贷款台账", what_en="account of the loan", key=found.loan_no)
    late = max(reading.penalty_earned - reading.penalty_met, ZERO)
    total = arrears.of_reading(reading).overdue
    return {
        "letter_no": letter_no,
        "lender": the_company(session).name,
        "branch": branch_of(session, loan.unit_id).name,
        "borrower": customers.get(session, found.customer_id).name,
        "loan_no": found.loan_no,
        "signed_on": written_day(loan.signed_on or loan.value_date or on),
        "days": str(reading.days_past_due),
        "parts": [
            ["逾期本金", written(reading.principal_overdue)],
            ["逾期利息", written(reading.interest_overdue)],
            ["罚息和复利", written(late)],
        ],
        "total": written(total),
        "total_capitals": in_capitals(total),
        "pay_by": written_day(on + PAY_WITHIN),
        "made_on": written_day(on),
    }


def print_one(session: Session, found: CollectionCase, letter_no: str, *, on: date) -> bytes:
    """The letter as PDF; what it demands is what is overdue on the day."""
    return render(Template.DEMAND_LETTER, facts(session, found, letter_no, on=on), on=on)


def keep(
    session: Session, found: CollectionCase, letter_no: str, sha256: str, amount: Decimal, *, on: date
) -> CollectionLetter:
    """Keep the letter whose PDF lies in the file store under its hash."""
    made = CollectionLetter(
        letter_no=letter_no,
        case_id=found.id,
        amount=amount,
        made_on=on,
        pay_by=on + PAY_WITHIN,
        sha256=sha256,
    )
    session.add(made)
    session.flush()
    return made


def send(
    session: Session,
    letter: CollectionLetter,
    by_way: SentBy,
    tracking_no: str,
    delivered_on: date | None,
    *,
    today: date,
    by: int | None,
) -> None:
    """Note how a letter was sent, and when it arrived if that is known.

    Raises :class:`LetterAlreadySent`, :class:`TrackingMissing`, :class:`DeliveredBeforeSent`.
    """
    if letter.sent_by is not None:
        raise LetterAlreadySent(letter_no=letter.letter_no)
    words = tracking_no.strip()
    if len(words) > TRACKING_MAX or (by_way is SentBy.POST and not words):
        raise TrackingMissing(most=TRACKING_MAX)
    if delivered_on is not None and not letter.made_on <= delivered_on <= today:
        raise DeliveredBeforeSent(on=delivered_on, made_on=letter.made_on, today=today)
    letter.sent_by, letter.tracking_no, letter.delivered_on = by_way, words or None, delivered_on
    letter.recorded_by = by
    session.flush()


def of_case(session: Session, case_id: int) -> list[CollectionLetter]:
    """The letters of a case, the newest first."""
    asked = select(CollectionLetter).where(CollectionLetter.case_id == case_id)
    return list(session.scalars(asked.order_by(CollectionLetter.id.desc())))


def get(session: Session, letter_no: str) -> CollectionLetter:
    """The letter, or :class:`NotFound`."""
    found = session.scalar(select(CollectionLetter).where(CollectionLetter.letter_no == letter_no))
    if found is None:
        raise NotFound(what_zh="催收函", what_en="letter", key=letter_no)
    return found

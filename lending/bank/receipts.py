"""Money that the bank tells of as it comes: kept once, matched to a loan, posted. What it takes back is in ``returns``.

Matched by the loan's number in the payment's purpose, else by the paying account as a customer's card with one loan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, LargeBinary, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Tagged
from company.vault import Vault
from lending import customers, loans, prepayments, sequences
from lending.alerts import AlertKind, AlertLevel, raise_alert
from lending.bank import suspense
from lending.bank.settling import Treatment
from lending.columns import worded
from lending.customers import Customer
from lending.debtors import debtor_on
from lending.errors import NotFound
from lending.labels import Labelled
from lending.life import changes
from lending.life.changes import Recorded
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.parties import ApplicationParty
from lending.prepayments import LoanPrepayment, PrepaymentStatus

_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9-]{9,23}", re.ASCII)


class ReceiptKind(Labelled):
    """Which way the money goes."""

    RECEIPT = "receipt", "到账", "Received"
    RETURNED = "returned", "银行退回", "Returned by the bank"


class ReceiptStatus(Labelled):
    """What became of it."""

    ARRIVED = "arrived", "待处理", "Arrived"
    POSTED = "posted", "已入账", "Posted"
    HANDED_ON = "handed_on", "已转提前还款", "Handed to the prepayment"
    SUSPENSE = "suspense", "暂收待认领", "In suspense"
    KNOWN = "known", "此前已入账", "Posted before"
    REVERSED = "reversed", "已冲正", "Reversed"
    DISMISSED = "dismissed", "不予冲正", "Not reversed"
    REFUSED = "refused", "无法冲正", "Cannot be reversed"


class MatchKind(Labelled):
    """What the money is for."""

    LOAN = "loan", "贷款还款", "A loan"
    PREPAYMENT = "prepayment", "提前还款", "An early repayment"
    UNKNOWN = "unknown", "无法识别", "Nobody knows"
    KNOWN = "known", "此前已入账", "Posted before"
    RETURNED = "returned", "银行退回", "Returned by the bank"


class BankReceipt(Base):
    """One movement as the bank told it; the payer's account is kept as a digest only.

    ``reason`` is why a return could not be reversed, a sentence by language.
    """

    __tablename__ = "bank_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_no: Mapped[str] = mapped_column(String(20), unique=True)
    event_id: Mapped[str] = mapped_column(String(90), unique=True)
    kind: Mapped[ReceiptKind] = mapped_column(worded(ReceiptKind))
    bank_reference: Mapped[str] = mapped_column(String(80), index=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    on: Mapped[date] = mapped_column("value_date", Date)
    payer_name: Mapped[str] = mapped_column(String(120))
    payer_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    purpose: Mapped[str] = mapped_column(String(200))
    loan_no: Mapped[str | None] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    status: Mapped[ReceiptStatus] = mapped_column(worded(ReceiptStatus))
    entry_reference: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    received_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Said:
    """What the bank says of a movement, in yuan; ``payer_account`` is the clear number."""

    event_id: str
    kind: ReceiptKind
    bank_reference: str
    amount: Decimal
    on: date
    payer_name: str
    payer_account: str
    purpose: str


@dataclass(frozen=True)
class Match:
    """What a movement is for."""

    kind: MatchKind
    loan_no: str | None = None


def arrive(session: Session, vault: Vault, said: Said, *, now: datetime) -> tuple[BankReceipt, bool]:
    """Keep what the bank says; the second value is False if the same event came before."""
    known = session.scalar(select(BankReceipt).where(BankReceipt.event_id == said.event_id))
    if known is not None:
        return known, False
    year = said.on.year
    made = BankReceipt(
        receipt_no=f"DZ-{year}-{sequences.take(session, f'bank_receipt:{year}'):07d}",
        event_id=said.event_id,
        kind=said.kind,
        bank_reference=said.bank_reference,
        amount=said.amount,
        on=said.on,
        payer_name=said.payer_name[:120],
        payer_index=vault.blind_index("card", said.payer_account) if said.payer_account else None,
        purpose=said.purpose[:200],
        status=ReceiptStatus.ARRIVED,
        received_at=now,
    )
    session.add(made)
    session.flush()
    return made, True


def get(session: Session, receipt_no: str) -> BankReceipt:
    """The movement of a number, held until the transaction ends, or :class:`NotFound`."""
    found = session.scalar(held(select(BankReceipt).where(BankReceipt.receipt_no == receipt_no)))
    if found is None:
        raise NotFound(what_zh="银行流水", what_en="bank receipt", key=receipt_no)
    return found


def match(session: Session, found: BankReceipt) -> Match:
    """What a movement is for; a loan that it names is kept with it."""
    if found.kind is ReceiptKind.RETURNED:
        return Match(MatchKind.RETURNED)
    if prepayments.was_recorded(session, found.bank_reference):
        found.status = ReceiptStatus.KNOWN
        return Match(MatchKind.KNOWN)
    loan_no = _named(session, found.purpose) or _of_account(session, found.payer_index)
    if loan_no is None:
        return Match(MatchKind.UNKNOWN)
    found.loan_no = loan_no
    kind = MatchKind.PREPAYMENT if _awaiting(session, found) else MatchKind.LOAN
    return Match(kind, loan_no)


def _awaiting(session: Session, found: BankReceipt) -> LoanPrepayment | None:
    """The early repayment of the loan that waits for money of this day, or for just this sum."""
    early = prepayments.open_of(session, found.loan_no or "")
    if early is None or early.status is not PrepaymentStatus.AWAITED:
        return None
    quote = prepayments.quote_of(session, early)
    return early if found.on == quote.pay_on or found.amount == quote.total else None


def _named(session: Session, purpose: str) -> str | None:
    """The running loan whose number stands in the purpose."""
    tokens = _TOKEN.findall(purpose.upper())
    asked = select(Loan.loan_no).where(Loan.loan_no.in_(tokens), Loan.status == LoanStatus.ACTIVE)
    found = session.scalars(asked).all()
    return found[0] if len(found) == 1 else None


def _of_account(session: Session, index: bytes | None) -> str | None:
    """The only running loan of the customer whose card this is."""
    if index is None:
        return None
    asked = (
        select(Loan.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(Customer.card_index == index, Loan.status == LoanStatus.ACTIVE)
    )
    found = session.scalars(asked.limit(2)).all()
    return found[0] if len(found) == 1 else None


def watch_payer(session: Session, found: BankReceipt, *, on: date, now: datetime) -> AlertKind | None:
    """Raise an alert if somebody else pays than who owes, or who owes from another account than the one on file."""
    if found.loan_no is None:
        return None
    loan = session.scalars(select(Loan).where(Loan.loan_no == found.loan_no)).one()
    owing = session.get_one(Customer, debtor_on(session, loan, found.on))
    borrower = customers.survivor(session, owing)
    kind = None
    if found.payer_name.strip() not in _who_owe(session, loan, borrower):
        kind = AlertKind.PAYER_DIFFERS
    elif found.payer_index is not None and borrower.card_index not in (None, found.payer_index):
        kind = AlertKind.ACCOUNT_CHANGED
    if kind is not None:
        facts = {"receipt_no": found.receipt_no, "amount": found.amount}
        raise_alert(
            session, loan.loan_no, kind, AlertLevel.BLUE, found.receipt_no, facts=facts, on=on, now=now
        )
    return kind


def _who_owe(session: Session, loan: Loan, borrower: Customer) -> set[str]:
    """The names of who is bound by the loan."""
    asked = (
        select(Customer.name)
        .join(ApplicationParty, ApplicationParty.customer_id == Customer.id)
        .where(ApplicationParty.application_no == loan.application_no)
    )
    return {borrower.name, *session.scalars(asked)}


def post(session: Session, found: BankReceipt, *, booked_on: date, now: datetime) -> Recorded:
    """Post it to its loan as a receipt: allocated by the signed order, what is left over to the loan's suspense."""
    if found.loan_no is None:
        raise NotFound(what_zh="对应的贷款", what_en="loan of", key=found.receipt_no)
    done = changes.record(
        session,
        found.loan_no,
        Happening(EventKind.RECEIPT, found.on, found.amount),
        reference=found.bank_reference,
        booked_on=booked_on,
        now=now,
    )
    found.status, found.entry_reference = ReceiptStatus.POSTED, done.event.reference
    session.flush()
    return done


def hand_on(session: Session, found: BankReceipt) -> str | None:
    """Set a movement aside for the prepayment that awaits it, and return the number of that one.

    None if it has got its money, or ended, meanwhile.
    """
    if found.loan_no is None:
        return None
    loans.get(session, found.loan_no, to_change=True)  # one after the other for the same loan
    early = _awaiting(session, found)
    if early is None or _handed_on(session, found.loan_no):
        return None
    found.status = ReceiptStatus.HANDED_ON
    session.flush()
    return early.number


def post_handed_on(session: Session, loan_no: str, *, booked_on: date, now: datetime) -> list[BankReceipt]:
    """Post what was set aside for a prepayment that has ended without taking it; nothing a second time."""
    left = _handed_on(session, loan_no)
    for found in left:
        post(session, found, booked_on=booked_on, now=now)
    return left


def _handed_on(session: Session, loan_no: str) -> list[BankReceipt]:
    """What was set aside of a loan and stands on it by no event yet."""
    asked = select(BankReceipt).where(
        BankReceipt.loan_no == loan_no, BankReceipt.status == ReceiptStatus.HANDED_ON
    )
    found = session.scalars(held(asked.order_by(BankReceipt.id))).all()
    return [each for each in found if not prepayments.was_recorded(session, each.bank_reference)]


def to_suspense(session: Session, found: BankReceipt, *, now: datetime) -> str:
    """Post money of nobody to suspense on its value date; returns the entry, the same if it was posted before."""
    entry = suspense.put_in(
        session,
        found.bank_reference,
        amount=found.amount,
        on=found.on,
        counterparty=found.payer_name,
        purpose=found.purpose or Treatment.SUSPENSE.zh,
        now=now,
    )
    found.status, found.entry_reference = ReceiptStatus.SUSPENSE, entry.reference
    session.flush()
    return entry.reference


def claim(
    session: Session,
    found: BankReceipt,
    loan_no: str,
    *,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> Recorded:
    """Put it from suspense to a loan; raises what :func:`lending.bank.suspense.claim` does."""
    done = suspense.claim(
        session,
        loan_no,
        Happening(EventKind.CLAIM, max(found.on, _first_day(session, loan_no)), found.amount),
        found.entry_reference or "—",
        reference=found.receipt_no,
        booked_on=booked_on,
        now=now,
        by=by,
        checked_by=checked_by,
    )
    found.loan_no, found.status, found.entry_reference = loan_no, ReceiptStatus.POSTED, done.event.reference
    session.flush()
    return done


def _first_day(session: Session, loan_no: str) -> date:
    found = session.scalar(select(Loan.value_date).where(Loan.loan_no == loan_no))
    if found is None:
        raise NotFound(what_zh="已放款的贷款", what_en="loan paid out", key=loan_no)
    return found


def latest(session: Session, reach: ColumnElement[bool], *, limit: int) -> list[BankReceipt]:
    """What the bank told of, the newest first: what names no loan, or one that ``reach`` holds of."""
    asked = select(BankReceipt).outerjoin(Loan, Loan.loan_no == BankReceipt.loan_no)
    asked = asked.where(or_(BankReceipt.loan_no.is_(None), reach))
    return list(session.scalars(asked.order_by(BankReceipt.id.desc()).limit(limit)))

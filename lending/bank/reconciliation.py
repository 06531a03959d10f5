"""The daily reconciliation of bank statement, fund journal and ledger: what differs, day by day.

Three accounts of the same money: what the bank says, what the fund journal says, what the ledger's bank account says. A
day is settled when every difference on it is gone or explained (:mod:`lending.bank.settling`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from company.database import Fen
from lending.accounts import within
from lending.bank.explanations import Explanation, Subject
from lending.bank.statements import BankStatementLine
from lending.fund_journal import MAIN_ACCOUNT, BankAccount, Direction, FundMovement
from lending.labels import Labelled
from lending.ledger import JournalEntry, JournalLine
from lending.money import ZERO


class Difference(Labelled):
    """How the three accounts can differ."""

    BANK_ONLY = "bank_only", "银行有、账上无", "On the statement only"
    JOURNAL_ONLY = "journal_only", "账上有、银行无", "In the fund journal only"
    NOT_POSTED = "not_posted", "流水与记账不符", "Fund journal and ledger differ"
    NOT_RECORDED = "not_recorded", "已记账、未登流水", "In the ledger only"


SUBJECT_OF = {
    Difference.BANK_ONLY: Subject.LINE,
    Difference.JOURNAL_ONLY: Subject.MOVEMENT,
    Difference.NOT_POSTED: Subject.POSTING,
    Difference.NOT_RECORDED: Subject.ENTRY,
}


@dataclass(frozen=True)
class Exceptional:
    """One difference; ``amount`` in yuan, negative for money that went out; ``subject_id`` the row it is about.

    ``movement`` is the reference of the movement of money, if there is one.
    """

    kind: Difference
    subject_id: int
    on: date
    amount: Decimal
    counterparty: str
    text: str
    reference: str
    loan_no: str | None
    explanation: Explanation | None = None
    movement: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether somebody has explained it."""
        return self.explanation is not None


@dataclass(frozen=True)
class Day:
    """The three accounts of one day side by side, in yuan, in less out."""

    on: date
    bank: Decimal
    journal: Decimal
    posted: Decimal
    open_differences: int

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to clear up."""
        return self.open_differences == 0


def match(session: Session, first: date, last: date, *, bank_account: str = MAIN_ACCOUNT) -> int:
    """Join statement lines of some days to the fund movements that tell the same; how many were joined.

    By bank reference, direction and amount; else by day, direction and amount where exactly one movement without a bank
    reference fits exactly one line. Never by amount across days: that is for a person to see.
    """
    lines = session.scalars(
        select(BankStatementLine)
        .where(
            BankStatementLine.bank_account == bank_account,
            BankStatementLine.on.between(first, last),
            BankStatementLine.movement_id.is_(None),
        )
        .order_by(BankStatementLine.id)
    ).all()
    if not lines:
        return 0
    free = _free_movements(session, bank_account, lines)
    joined = _join_by_reference(lines, free) + _join_by_day(lines, free)
    session.flush()
    return joined


def differences(
    session: Session, first: date, last: date, *, bank_account: str = MAIN_ACCOUNT
) -> list[Exceptional]:
    """Every difference dated from ``first`` to ``last``, explained ones too, the earliest first."""
    found = [
        *_bank_only(session, bank_account, first, last),
        *_journal_only(session, bank_account, first, last),
        *_not_posted(session, bank_account, first, last),
        *_not_recorded(session, bank_account, first, last),
    ]
    return sorted(found, key=lambda one: (one.on, one.kind, one.subject_id))


def days(session: Session, first: date, last: date, *, bank_account: str = MAIN_ACCOUNT) -> list[Day]:
    """Each day on which any of the three accounts moved, the latest first."""
    bank = _by_day(
        session,
        select(BankStatementLine.on, BankStatementLine.direction, func.sum(BankStatementLine.amount))
        .where(BankStatementLine.bank_account == bank_account, BankStatementLine.on.between(first, last))
        .group_by(BankStatementLine.on, BankStatementLine.direction),
    )
    journal = _by_day(
        session,
        select(FundMovement.value_date, FundMovement.direction, func.sum(FundMovement.amount))
        .where(FundMovement.bank_account == bank_account, FundMovement.value_date.between(first, last))
        .group_by(FundMovement.value_date, FundMovement.direction),
    )
    account = _ledger_account(session, bank_account)
    posted = dict(
        session.execute(
            select(JournalEntry.on, func.sum(JournalLine.debit - JournalLine.credit, type_=Fen))
            .join(JournalLine)
            .where(JournalEntry.on.between(first, last), within(JournalLine.account, account))
            .group_by(JournalEntry.on)
        ).all()
    )
    left = Counter(
        one.on for one in differences(session, first, last, bank_account=bank_account) if not one.is_settled
    )
    return [
        Day(on, bank.get(on, ZERO), journal.get(on, ZERO), posted.get(on, ZERO), left[on])
        for on in sorted({*bank, *journal, *posted, *left}, reverse=True)
    ]


def unsettled_days(session: Session, first: date, last: date) -> list[date]:
    """The days with differences that nobody has cleared up, of all bank accounts."""
    accounts = session.scalars(select(BankAccount.code).order_by(BankAccount.code)).all()
    return sorted(
        {
            one.on
            for account in accounts
            for one in differences(session, first, last, bank_account=account)
            if not one.is_settled
        }
    )


def _free_movements(
    session: Session, bank_account: str, lines: Sequence[BankStatementLine]
) -> list[FundMovement]:
    """The movements that could be one of ``lines``: of their days or with one of their references."""
    days_told = {line.on for line in lines}
    references = {line.bank_reference for line in lines}
    near = FundMovement.value_date.between(min(days_told), max(days_told))
    free = (
        select(FundMovement)
        .where(FundMovement.bank_account == bank_account, ~_on_statement())
        .order_by(FundMovement.id)
    )
    found = {movement.id: movement for movement in session.scalars(free.where(near))}
    listed = sorted(references)
    for start in range(0, len(listed), 500):
        told = free.where(FundMovement.bank_reference.in_(listed[start : start + 500]))
        found.update({movement.id: movement for movement in session.scalars(told)})
    return list(found.values())


def _join_by_reference(lines: Sequence[BankStatementLine], free: list[FundMovement]) -> int:
    told = {
        (movement.bank_reference, movement.direction, movement.amount): movement
        for movement in free
        if movement.bank_reference
    }
    joined = 0
    for line in lines:
        movement = told.pop((line.bank_reference, line.direction, line.amount), None)
        if movement is not None:
            line.movement_id = movement.id
            free.remove(movement)
            joined += 1
    return joined


def _join_by_day(lines: Sequence[BankStatementLine], free: Sequence[FundMovement]) -> int:
    unnamed = [movement for movement in free if not movement.bank_reference]
    open_lines = [line for line in lines if line.movement_id is None]
    likes = Counter((line.on, line.direction, line.amount) for line in open_lines)
    joined = 0
    for line in open_lines:
        same = [
            movement
            for movement in unnamed
            if (movement.value_date, movement.direction, movement.amount)
            == (line.on, line.direction, line.amount)
        ]
        if len(same) == 1 and likes[line.on, line.direction, line.amount] == 1:
            line.movement_id = same[0].id
            joined += 1
    return joined


def _on_statement() -> ColumnElement[bool]:
    return exists().where(BankStatementLine.movement_id == FundMovement.id)


def _bank_only(session: Session, bank_account: str, first: date, last: date) -> list[Exceptional]:
    rows = session.execute(
        select(BankStatementLine, Explanation)
        .outerjoin(Explanation, _explains(Subject.LINE, BankStatementLine.id))
        .where(
            BankStatementLine.bank_account == bank_account,
            BankStatementLine.on.between(first, last),
            BankStatementLine.movement_id.is_(None),
        )
    )
    return [
        Exceptional(
            Difference.BANK_ONLY,
            line.id,
            line.on,
            line.signed,
            line.counterparty,
            line.purpose,
            line.bank_reference,
            None,
            explanation,
        )
        for line, explanation in rows
    ]


def _journal_only(session: Session, bank_account: str, first: date, last: date) -> list[Exceptional]:
    rows = session.execute(
        select(FundMovement, Explanation)
        .outerjoin(Explanation, _explains(Subject.MOVEMENT, FundMovement.id))
        .where(
            FundMovement.bank_account == bank_account,
            FundMovement.value_date.between(first, last),
            ~_on_statement(),
        )
    )
    return [_of_movement(Difference.JOURNAL_ONLY, movement, explanation) for movement, explanation in rows]


def _not_posted(session: Session, bank_account: str, first: date, last: date) -> list[Exceptional]:
    """Movements without an entry, or whose entry moves the bank account by another amount or on another day."""
    account = _ledger_account(session, bank_account)
    net = (
        select(func.coalesce(func.sum(JournalLine.debit - JournalLine.credit), 0, type_=Fen))
        .where(JournalLine.entry_id == JournalEntry.id, within(JournalLine.account, account))
        .correlate(JournalEntry)
        .scalar_subquery()
    )
    rows = session.execute(
        select(FundMovement, JournalEntry.on, net, Explanation)
        .outerjoin(JournalEntry, JournalEntry.reference == FundMovement.journal_reference)
        .outerjoin(Explanation, _explains(Subject.POSTING, FundMovement.id))
        .where(FundMovement.bank_account == bank_account, FundMovement.value_date.between(first, last))
    )
    return [
        _of_movement(Difference.NOT_POSTED, movement, explanation)
        for movement, on, posted, explanation in rows
        if on != movement.value_date or posted != _signed(movement)
    ]


def _not_recorded(session: Session, bank_account: str, first: date, last: date) -> list[Exceptional]:
    """Entries that move the bank account while no movement names them."""
    account = _ledger_account(session, bank_account)
    net = func.sum(JournalLine.debit - JournalLine.credit, type_=Fen)
    recorded = exists().where(FundMovement.journal_reference == JournalEntry.reference)
    rows = session.execute(
        select(JournalEntry, net, func.min(JournalLine.loan_no))
        .join(JournalLine)
        .where(
            JournalEntry.on.between(first, last),
            within(JournalLine.account, account),
            ~recorded,
        )
        .group_by(JournalEntry.id)
        .having(func.sum(JournalLine.debit - JournalLine.credit) != literal(0))
    ).all()
    told = {
        explanation.subject_id: explanation
        for explanation in session.scalars(
            select(Explanation).where(
                Explanation.subject == Subject.ENTRY,
                Explanation.subject_id.in_([entry.id for entry, _net, _loan in rows]),
            )
        )
    }
    return [
        Exceptional(
            Difference.NOT_RECORDED,
            entry.id,
            entry.on,
            amount,
            "",
            entry.description,
            entry.reference,
            loan_no,
            told.get(entry.id),
        )
        for entry, amount, loan_no in rows
    ]


def _of_movement(kind: Difference, movement: FundMovement, explanation: Explanation | None) -> Exceptional:
    return Exceptional(
        kind,
        movement.id,
        movement.value_date,
        _signed(movement),
        movement.counterparty,
        movement.purpose,
        movement.bank_reference or movement.reference,
        movement.loan_no,
        explanation,
        movement.reference,
    )


def _explains(subject: Subject, subject_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return (Explanation.subject == subject) & (Explanation.subject_id == subject_id)


def _signed(movement: FundMovement) -> Decimal:
    return movement.amount if movement.direction is Direction.IN else -movement.amount


def _ledger_account(session: Session, bank_account: str) -> str:
    return session.get_one(BankAccount, bank_account).ledger_account


def _by_day(session: Session, asked: Select[date, Direction, Decimal]) -> dict[date, Decimal]:
    sums: dict[date, Decimal] = {}
    for on, direction, amount in session.execute(asked):
        sums[on] = sums.get(on, ZERO) + (amount if direction is Direction.IN else -amount)
    return sums

"""Clearing up a difference: join a line by hand, post what the bank knew first, or explain why it stands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.people import Actor
from lending import fund_journal, ledger
from lending.accounts import BANK_CHARGES, OTHER_INCOME, SUSPENSE, Account, chart
from lending.bank import statements
from lending.bank.explanations import Cause, Explanation, Subject
from lending.bank.statements import BankStatementLine
from lending.books.subledgers import BY_LOAN
from lending.errors import LendingError
from lending.fund_journal import BankAccount, Direction, FundMovement
from lending.labels import Labelled
from lending.ledger import Line
from lending.locks import held

NOTE_MIN = 2


class Treatment(Labelled):
    """What money that only the bank knew of is posted as."""

    SUSPENSE = "suspense", "转入暂收款待认领", "To suspense, until it is matched"
    DEPOSIT_INTEREST = "deposit_interest", "存款利息收入", "Interest on the deposit"
    BANK_CHARGE = "bank_charge", "银行手续费", "Bank charges"
    CHOSEN = "bank_entry", "记入所选科目", "To the account chosen"


_ACCOUNT_OF = {
    Treatment.SUSPENSE: SUSPENSE,
    Treatment.DEPOSIT_INTEREST: OTHER_INCOME,
    Treatment.BANK_CHARGE: BANK_CHARGES,
}
DIRECTION_OF = {
    Treatment.SUSPENSE: Direction.IN,
    Treatment.DEPOSIT_INTEREST: Direction.IN,
    Treatment.BANK_CHARGE: Direction.OUT,
}


class AccountNotForBank(LendingError):
    """What only the bank knew is not put on a loan's accounts, nor on the bank's own."""

    code = "account_not_for_bank"
    zh = "科目 {account} 不能在对账时直接记入：银行科目、按贷款核算的科目和表外科目由业务记账。"
    en = "The account {account} cannot be chosen here: the bank's, those kept by loan and those off balance are not."


class LineSettled(LendingError):
    """A statement line is joined to one movement only."""

    code = "bank_line_settled"
    zh = "流水 {reference} 已勾对，不能再处理。"
    en = "The line {reference} is matched already."


class MovementTaken(LendingError):
    """A movement stands on one statement line only."""

    code = "bank_movement_taken"
    zh = "资金流水 {reference} 已与另一条对账单流水勾对。"
    en = "The movement {reference} is matched with another line already."


class NotTheSameMoney(LendingError):
    """Only lines and movements of the same account, direction and amount are joined."""

    code = "not_the_same_money"
    zh = "对账单流水 {line} 与资金流水 {movement} 的账户、方向或金额不同，不能勾对；金额不符请先更正账务。"
    en = "The line {line} and the movement {movement} differ in account, direction or amount; correct the books first."


class TreatmentRefused(LendingError):
    """Money that came in is no charge, money that went out no income."""

    code = "bank_treatment_refused"
    zh = "流水 {reference} 为{direction}，不能按“{treatment}”处理。"
    en = "The line {reference} is money {direction}; it cannot be posted as “{treatment}”."


class ExplanationMissing(LendingError):
    """A difference is explained in words."""

    code = "explanation_missing"
    zh = "请写明差异原因（至少 {least} 个字，最多 200 个字）。"
    en = "Say why the difference stands, in {least} to 200 characters."


def join(session: Session, line_id: int, movement_reference: str, *, actor: Actor, now: datetime) -> None:
    """Say that a line and a movement are the same money, days apart for instance.

    Raises :class:`LineSettled`, :class:`MovementTaken`, :class:`NotTheSameMoney`.
    """
    line = _open_line(session, line_id)
    movement = fund_journal.get(session, movement_reference.strip())
    told = (line.bank_account, line.direction, line.amount)
    if (movement.bank_account, movement.direction, movement.amount) != told:
        raise NotTheSameMoney(line=line.bank_reference, movement=movement.reference)
    taken = select(BankStatementLine.id).where(BankStatementLine.movement_id == movement.id)
    if session.scalar(taken) is not None:
        raise MovementTaken(reference=movement.reference)
    line.movement_id = movement.id
    session.flush()
    audit.record(
        session, now, actor, "bank_line.join", "bank_line", line.id, after={"movement": movement.reference}
    )


def post(
    session: Session,
    line_id: int,
    treatment: Treatment,
    *,
    actor: Actor,
    now: datetime,
    account: str | None = None,
    loan_no: str | None = None,
) -> FundMovement:
    """Book what only the bank knew of, on the bank's day: an entry, a movement, and the line joined to it.

    ``account`` is the one chosen for :attr:`Treatment.CHOSEN`: capital, rent, taxes. ``loan_no`` puts money in suspense
    on a loan's sub-ledger. Raises :class:`LineSettled`, :class:`TreatmentRefused`, :class:`AccountNotForBank`.
    """
    line = _open_line(session, line_id)
    if DIRECTION_OF.get(treatment, line.direction) is not line.direction:
        raise TreatmentRefused(reference=line.bank_reference, direction=line.direction, treatment=treatment)
    bank = session.get_one(BankAccount, line.bank_account).ledger_account
    other = _ACCOUNT_OF[treatment] if treatment in _ACCOUNT_OF else _chosen(session, account or "—", line.on)
    came_in = line.direction is Direction.IN
    entry = ledger.post(
        session,
        f"{treatment.value}:{line.bank_account}:{line.bank_reference}",
        on=line.on,
        lines=[
            Line(bank if came_in else other, debit=line.amount, loan_no=loan_no),
            Line(other if came_in else bank, credit=line.amount, loan_no=loan_no),
        ],
        description=line.purpose or treatment.zh if treatment is Treatment.CHOSEN else treatment.zh,
        now=now,
        by=actor.employee_id,
    )
    movement = fund_journal.record(
        session,
        entry.reference,
        direction=line.direction,
        amount=line.amount,
        value_date=line.on,
        counterparty=line.counterparty,
        purpose=line.purpose or treatment.zh,
        now=now,
        bank_account=line.bank_account,
        bank_reference=line.bank_reference,
        journal_reference=entry.reference,
        loan_no=loan_no,
    )
    line.movement_id = movement.id
    session.flush()
    audit.record(
        session, now, actor, "bank_line.post", "bank_line", line.id, after={"entry": entry.reference}
    )
    return movement


def explain(
    session: Session,
    subject: Subject,
    subject_id: int,
    *,
    cause: Cause,
    note: str,
    actor: Actor,
    now: datetime,
) -> Explanation:
    """Say why a difference stands; saying it anew takes the place of what was said. :class:`ExplanationMissing`."""
    words = note.strip()
    if not NOTE_MIN <= len(words) <= 200:
        raise ExplanationMissing(least=NOTE_MIN)
    found = session.scalar(
        select(Explanation).where(Explanation.subject == subject, Explanation.subject_id == subject_id)
    )
    if found is None:
        found = Explanation(subject=subject, subject_id=subject_id)
        session.add(found)
    found.cause, found.note, found.by, found.at = cause, words, actor.employee_id, now
    session.flush()
    audit.record(
        session,
        now,
        actor,
        "bank_difference.explain",
        f"bank_{subject.value}",
        subject_id,
        after={"cause": cause.value, "note": words},
    )
    return found


def open_to_choice(session: Session, on: date) -> list[Account]:
    """The accounts that money of which only the bank knew may be put on, by code."""
    banks = set(session.scalars(select(BankAccount.ledger_account)))
    closed = (*BY_LOAN, *banks)
    return [
        account
        for account in chart(session).values()
        if account.on_balance
        and account.is_open(on)
        and not any(account.code == code or account.code.startswith(f"{code}.") for code in closed)
    ]


def _chosen(session: Session, code: str, on: date) -> str:
    if code not in {account.code for account in open_to_choice(session, on)}:
        raise AccountNotForBank(account=code)
    return code


def _open_line(session: Session, line_id: int) -> BankStatementLine:
    statements.line(session, line_id)
    line = session.scalars(held(select(BankStatementLine).where(BankStatementLine.id == line_id))).one()
    if line.movement_id is not None:
        raise LineSettled(reference=line.bank_reference)
    return line

"""The direct-debit file: what the bank is to collect on the next day from whose account, with control totals.

A due date's instalment is asked for on that day; one that is unpaid again on the days of the parameter
``debit_retry_days`` after it, then with all that is overdue. The account is the bank card the customer gave.

Costs and fees that are owed when no instalment is left are asked for by the next file, and again on those days after
that; others than were asked for, by the next file too.

Nothing is asked for twice: while the bank has not answered an earlier collection of a loan only what newly falls due
is, and nothing on the day for which the customer has confirmed an early repayment, which contains what falls due.

The file is CSV in UTF-8: a head (``H``: business date, day of collection, items, total in yuan), an item a line
(``D``: number, loan, name, card, amount, due date of the oldest instalment asked for), a foot (``T``: items, total).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from company import parameters
from company.vault import PersonErased, PersonKey, Vault
from lending import customers, prepayments
from lending.bank import debits
from lending.bank.debits import DebitItem, DebitStatus
from lending.customers import Customer
from lending.day_end.tables import DebitFile
from lending.life.positions import LoanDay, LoanPosition
from lending.loans import Loan, LoanStatus
from lending.money import ZERO
from lending.spreadsheets import csv_text

_BATCH = 2000


@dataclass(frozen=True)
class Written:
    """The content of a file and what its head says of it; ``without_account`` loans are left to other ways."""

    content: bytes
    items: int
    total: Decimal
    without_account: int


@dataclass(frozen=True)
class _Item:
    loan_no: str
    customer: Customer
    amount: Decimal
    due_date: date


def written(session: Session, vault: Vault, day: date) -> Written:
    """The file that a day-end makes, for collection on the day after."""
    lines: list[tuple[str, ...]] = []
    total, without = ZERO, 0
    for item in _items(session, day):
        card = _card(session, vault, item.customer)
        if card is None:
            without += 1
            continue
        total += item.amount
        number = str(len(lines) + 1)
        due = item.due_date.isoformat()
        lines.append(("D", number, item.loan_no, item.customer.name, card, f"{item.amount:.2f}", due))
    collect_on = day + timedelta(days=1)
    sums = (str(len(lines)), f"{total:.2f}")
    head = ("H", day.isoformat(), collect_on.isoformat(), *sums)
    content = csv_text([head, *lines, ("T", *sums)]).encode()
    return Written(content, len(lines), total, without)


def _card(session: Session, vault: Vault, customer: Customer) -> str | None:
    """The card, opened; None of a person who gave none or was erased."""
    try:
        return customers.card_of(session, vault, customer)
    except PersonErased:
        return None


def keep(session: Session, day: date, file: Written, sha256: str) -> DebitFile:
    """Note the file of a day, which is stored under its hash."""
    collect_on = day + timedelta(days=1)
    made = DebitFile(
        day=day,
        collect_on=collect_on,
        file_name=f"debit-{collect_on:%Y%m%d}.csv",
        sha256=sha256,
        items=file.items,
        total=file.total,
        without_account=file.without_account,
    )
    session.add(made)
    session.flush()
    return made


def _items(session: Session, day: date) -> Iterator[_Item]:
    collect_on = day + timedelta(days=1)
    retries: list[int] = parameters.value(session, "debit_retry_days", day)
    again = {(collect_on - timedelta(days=days)).toordinal() for days in retries}
    rows = session.execute(
        select(
            LoanPosition,
            LoanDay.penalty_owed,
            Customer,
            LoanPosition.loan_no.in_(debits.loans_waiting()).label("is_asked"),
        )
        .join(LoanDay, (LoanDay.loan_no == LoanPosition.loan_no) & (LoanDay.day == day))
        .join(Loan, Loan.loan_no == LoanPosition.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(
            LoanPosition.live,
            or_(
                LoanPosition.next_due == collect_on,
                LoanPosition.oldest_day.in_(again),
                _is_fee_to_ask_for(collect_on, retries),
            ),
            LoanPosition.loan_no.not_in(prepayments.loans_repaid_on(collect_on)),
        )
        .order_by(LoanPosition.loan_no)
        .execution_options(yield_per=_BATCH)
    )
    for batch in rows.partitions():
        # Read together and held, so that opening a card does not ask for its person's key one by one.
        wanted = {row.Customer.person_key_id for row in batch}
        held = session.scalars(select(PersonKey).where(PersonKey.id.in_(wanted))).all()
        for position, penalty_owed, customer, is_asked in batch:
            owed = None if is_asked else _owed(position, penalty_owed, again)
            item = _item(position, customer, owed, collect_on)
            if item.amount > 0:
                yield item
        del held


def _is_fee_to_ask_for(collect_on: date, retries: Sequence[int]) -> ColumnElement[bool]:
    """The condition on LoanPosition that costs or fees alone are owed and are asked for on a day.

    That is on the first day after the last instalment, on the days of retry after it, and when the sum has changed or
    what was asked for has been collected since.
    """
    later = aliased(DebitItem)
    paid_since = select(later.id).where(
        later.loan_no == DebitItem.loan_no, later.id > DebitItem.id, later.status == DebitStatus.COLLECTED
    )
    first_asked = (
        select(func.min(DebitItem.due_date))
        .where(
            DebitItem.loan_no == LoanPosition.loan_no,
            DebitItem.amount == LoanPosition.other_owed,
            DebitItem.due_date > Loan.maturity_date,
            DebitItem.status.in_((DebitStatus.FAILED, DebitStatus.IN_SUSPENSE)),
            ~paid_since.exists(),
        )
        .correlate(LoanPosition, Loan)
        .scalar_subquery()
    )
    again = [collect_on - timedelta(days=days) for days in retries]
    return (
        (Loan.status == LoanStatus.ACTIVE)
        & LoanPosition.next_due.is_(None)
        & LoanPosition.oldest_day.is_(None)
        & (LoanPosition.other_owed > ZERO)
        & or_(first_asked.is_(None), first_asked.in_(again))
    )


def _item(
    position: LoanPosition, customer: Customer, owed: tuple[Decimal, date | None] | None, collect_on: date
) -> _Item:
    """What is asked for of a loan on a day: what falls due, and what is owed unless that is being asked for."""
    amount, since = owed or (ZERO, None)
    if position.next_due == collect_on:
        amount += position.next_amount
    return _Item(position.loan_no, customer, amount, since or collect_on)


def _owed(position: LoanPosition, penalty_owed: Decimal, again: Set[int]) -> tuple[Decimal, date | None]:
    """Costs and fees; on a day of retry all that is overdue, and since when."""
    oldest = position.oldest_day
    if oldest is None or oldest not in again:
        return position.other_owed, None
    owed = position.principal_overdue + position.interest_overdue + position.other_owed + penalty_owed
    return owed - position.suspense, date.fromordinal(oldest)

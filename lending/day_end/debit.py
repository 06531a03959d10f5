"""The direct-debit file: what the bank is to collect on the next day from whose account, with control totals.

A due date's instalment is asked for on that day; one that is unpaid again on the days of the parameter
``debit_retry_days`` after it, then with all that is overdue. The account is the bank card the customer gave.

The file is CSV in UTF-8: a head (``H``: business date, day of collection, items, total in yuan), an item a line
(``D``: number, loan, name, card, amount, due date of the oldest instalment asked for), a foot (``T``: items, total).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company import parameters
from company.vault import PersonErased, PersonKey, Vault
from lending import customers
from lending.customers import Customer
from lending.day_end.tables import DebitFile
from lending.life.positions import LoanDay, LoanPosition
from lending.loans import Loan
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
        select(LoanPosition, LoanDay.penalty_owed, Customer)
        .join(LoanDay, (LoanDay.loan_no == LoanPosition.loan_no) & (LoanDay.day == day))
        .join(Loan, Loan.loan_no == LoanPosition.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(
            LoanPosition.live,
            or_(LoanPosition.next_due == collect_on, LoanPosition.oldest_day.in_(again)),
        )
        .order_by(LoanPosition.loan_no)
        .execution_options(yield_per=_BATCH)
    )
    for batch in rows.partitions():
        # Read together and held, so that opening a card does not ask for its person's key one by one.
        wanted = {customer.person_key_id for _position, _penalty, customer in batch}
        held = session.scalars(select(PersonKey).where(PersonKey.id.in_(wanted))).all()
        for position, penalty_owed, customer in batch:
            item = _item(position, penalty_owed, customer, again, collect_on)
            if item.amount > 0:
                yield item
        del held


def _item(
    position: LoanPosition, penalty_owed: Decimal, customer: Customer, again: Set[int], collect_on: date
) -> _Item:
    """What is asked for of a loan on a day: what falls due and fees owed; on a day of retry all overdue."""
    amount, due_date = position.other_owed, collect_on
    if position.oldest_day is not None and position.oldest_day in again:
        owed = position.principal_overdue + position.interest_overdue + position.other_owed + penalty_owed
        amount, due_date = owed - position.suspense, date.fromordinal(position.oldest_day)
    if position.next_due == collect_on:
        amount += position.next_amount
    return _Item(position.loan_no, customer, amount, due_date)

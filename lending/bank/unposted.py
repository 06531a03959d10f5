"""Debits that the bank collected and that could not be posted: with their reason, ended by two people.

The money is in the bank whatever the books say, so there are two ends: it is posted to its loan after all, once what
stood in the way is cleared, or it goes to suspense, from where it is claimed.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from company.database import IDS_END
from company.people import Employee
from lending import loans
from lending.bank import debits, suspense
from lending.bank.debits import DebitItem, DebitStatus
from lending.books import periods
from lending.customers import Customer
from lending.day_end.tables import DebitFile
from lending.debtors import debtor_on
from lending.errors import LendingError, NotFound, StatusRefused
from lending.fund_journal import MAIN_ACCOUNT, FundMovement
from lending.labels import Labelled
from lending.ledger import JournalEntry
from lending.loans import Loan
from lending.locks import held
from lending.proposals import Deed

PURPOSE = "批量代扣未能入账"


class DebitEnding(Labelled):
    """What becomes of a collection that could not be posted."""

    POST = "post", "入账到贷款", "Post it to the loan"
    SUSPENSE = "suspense", "转暂收款待认领", "To suspense, until it is claimed"


class DebitEndingUnknown(LendingError):
    """A collection ends in one of two ways."""

    code = "debit_ending_unknown"
    zh = "请选择代扣款的处理方式：入账到贷款，或转暂收款。"
    en = "Choose what becomes of the collection: posted to the loan, or put into suspense."


class CollectionInSuspense(LendingError):
    """Money that a statement brought into suspense is not brought in a second time by its loan."""

    code = "collection_in_suspense"
    zh = (
        "流水 {bank_reference} 已按对账单转入暂收款（凭证 {entry}），不能再次入账到贷款："
        "请选择“转暂收款待认领”，再由认领入账。"
    )
    en = (
        "{bank_reference} is in suspense already, from the statement (entry {entry}), and is not posted to the loan "
        "again: choose “To suspense, until it is claimed”, and claim it from there."
    )


def listed(session: Session, reach: ColumnElement[bool], *, limit: int) -> list[DebitItem]:
    """What is not ended of the loans that ``reach`` holds of, the oldest first."""
    asked = select(DebitItem).join(Loan, Loan.loan_no == DebitItem.loan_no)
    asked = asked.where(DebitItem.status == DebitStatus.UNPOSTED, reach)
    return list(session.scalars(asked.order_by(DebitItem.day, DebitItem.number).limit(limit)))


def key_of(item: DebitItem) -> str:
    """The name of a collection: the day of its file and its number there."""
    return f"{item.day}/{item.number}"


def get(session: Session, key: str) -> DebitItem:
    """The collection of a name, held until the transaction ends, or :class:`NotFound`."""
    day, _, number = key.partition("/")
    try:
        on, place = date.fromisoformat(day), int(number)
    except ValueError:
        on, place = date.min, 0
    asked = held(select(DebitItem).where(DebitItem.day == on, DebitItem.number == place))
    found = session.scalar(asked) if 0 < place < IDS_END else None
    if found is None:
        raise NotFound(what_zh="代扣", what_en="collection", key=key)
    return found


def check(deed: Deed) -> None:
    """Refuse an end for what is not open, none of the two, and to post what a statement put into suspense."""
    item = get(deed.session, deed.key)
    told = str(deed.change.get("debit_ending"))
    if not DebitEnding.has(told):
        raise DebitEndingUnknown()
    if item.status is not DebitStatus.UNPOSTED:
        raise StatusRefused(key=deed.key, status=item.status, to=DebitStatus.COLLECTED)
    if DebitEnding(told) is DebitEnding.POST:
        _require_not_in_suspense(deed.session, item)


def _require_not_in_suspense(session: Session, item: DebitItem) -> None:
    for entry, movement in _in_suspense(session, item):
        raise CollectionInSuspense(bank_reference=movement.bank_reference, entry=entry.reference)


def _in_suspense(session: Session, item: DebitItem) -> list[tuple[JournalEntry, FundMovement]]:
    """What stands in suspense of a collection: a clerk put it there from the bank's statement."""
    found = suspense.entries_of(session, debits.reference_of(item))
    return [(entry, movement) for entry, movement in found if movement.bank_account == MAIN_ACCOUNT]


def carry_out(deed: Deed) -> None:
    """Post it, or put it into suspense, as the second person agreed; raises why it still cannot be posted."""
    check(deed)
    item = get(deed.session, deed.key)
    collect_on = deed.session.get_one(DebitFile, item.day).collect_on
    asked = select(Employee.id).where(Employee.username == deed.approved_by)
    checked_by = deed.session.scalar(asked)
    if DebitEnding(str(deed.change["debit_ending"])) is DebitEnding.POST:
        debits.post(
            deed.session,
            item,
            collect_on=collect_on,
            booked_on=max(deed.today, collect_on),
            now=deed.now,
            by=deed.proposed_by,
            checked_by=checked_by,
        )
        return
    loan = loans.get(deed.session, item.loan_no)
    closed = periods.is_closed(deed.session, collect_on)
    suspense.put_in(
        deed.session,
        debits.reference_of(item),
        amount=item.amount,
        on=deed.today if closed else collect_on,
        counterparty=deed.session.get_one(Customer, debtor_on(deed.session, loan, collect_on)).name,
        purpose=f"{PURPOSE} {item.loan_no}",
        now=deed.now,
        by=deed.proposed_by,
        checked_by=checked_by,
    )
    item.status = DebitStatus.IN_SUSPENSE
    deed.session.flush()

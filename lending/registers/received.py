"""The repayment register (还款台账): every receipt on a loan and what it was put to, read from its entry."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from company.database import Fen
from lending.accounts import (
    BANK,
    FEE_INCOME,
    INTEREST_RECEIVABLE,
    LOANS,
    OTHER_RECEIVABLES,
    PENALTY_INCOME,
    PENALTY_RECEIVABLE,
    SUSPENSE,
    within,
)
from lending.customers import Customer
from lending.fund_journal import FundMovement
from lending.labels import Labelled
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Loan
from lending.money import ZERO
from lending.registers.shape import Asked, Column, Kind, Page, Register, TieLine, Value, cut, number_after

# The kinds of entries by which a borrower's money is put to a loan.
KINDS = ("receipt", "prepayment", "recovery")


class Mark(Labelled):
    """What a receipt has to do with a reversal."""

    REVERSED = "reversed", "已冲正", "Reversed"
    REVERSAL = "reversal", "冲正", "Reversal"


COLUMNS = (
    Column("reference", "还款编号", "Receipt", Kind.ENTRY),
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("on", "还款日", "Paid on", Kind.DAY, narrow=True),
    Column("received", "收款金额", "Received", Kind.YUAN, summed=True, narrow=True),
    Column("from_suspense", "使用暂收款", "From suspense", Kind.YUAN, summed=True),
    Column("principal", "本金", "Principal", Kind.YUAN, summed=True, narrow=True),
    Column("interest", "利息", "Interest", Kind.YUAN, summed=True),
    Column("penalty", "罚息及复利", "Penalty and compound", Kind.YUAN, summed=True),
    Column("fee", "费用", "Fees", Kind.YUAN, summed=True),
    Column("cost", "代垫费用", "Costs advanced", Kind.YUAN, summed=True),
    Column("to_suspense", "转暂收款", "To suspense", Kind.YUAN, summed=True),
    Column("other", "税额及其他", "VAT and other", Kind.YUAN, summed=True),
    Column("channel", "银行流水号", "Bank reference"),
    Column("reversed", "冲正标记", "Reversal"),
)


def _net(*conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    """Credit less debit of an entry's lines for which the conditions hold."""
    return func.coalesce(func.sum(JournalLine.credit - JournalLine.debit).filter(*conditions), 0, type_=Fen)


_PENALTY = within(JournalLine.account, PENALTY_RECEIVABLE) | within(JournalLine.account, PENALTY_INCOME)
_PARTS: dict[str, ColumnElement[Decimal]] = {
    "received": -_net(within(JournalLine.account, BANK)),
    "from_suspense": func.coalesce(
        func.sum(JournalLine.debit).filter(within(JournalLine.account, SUSPENSE)), 0, type_=Fen
    ),
    "principal": _net(within(JournalLine.account, LOANS)),
    "interest": _net(within(JournalLine.account, INTEREST_RECEIVABLE), ~_PENALTY),
    "penalty": _net(_PENALTY),
    "fee": _net(within(JournalLine.account, FEE_INCOME)),
    "cost": _net(within(JournalLine.account, OTHER_RECEIVABLES)),
    "to_suspense": func.coalesce(
        func.sum(JournalLine.credit).filter(within(JournalLine.account, SUSPENSE)), 0, type_=Fen
    ),
}
_SOURCES = ("received", "from_suspense")


def read(session: Session, asked: Asked) -> Page:
    """The receipts and their reversals dated in the days asked for, by the id of their entry.

    The money received must equal the fund journal's, and the principal what the ledger shows for receipts.
    """
    shown, more = cut(_rows(session, asked), asked.limit, "id")
    totals = _totals(session, asked)
    return Page(shown, more, totals, _ties(session, asked, totals))


def _of_receipts(asked: Asked) -> ColumnElement[bool]:
    return JournalEntry.kind.in_(KINDS) & JournalEntry.on.between(asked.since, asked.until)


def _rows(session: Session, asked: Asked) -> list[dict[str, Value]]:
    reversal = aliased(JournalEntry)
    query = (
        select(
            JournalEntry.id,
            JournalEntry.reference,
            JournalEntry.on,
            JournalEntry.reverses_id,
            exists().where(reversal.reverses_id == JournalEntry.id),
            func.min(Loan.loan_no),
            func.min(Customer.name),
            func.min(FundMovement.bank_reference),
            *_PARTS.values(),
        )
        .join(JournalLine)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(FundMovement, FundMovement.journal_reference == JournalEntry.reference)
        .where(_of_receipts(asked), asked.loans, JournalEntry.id > number_after(asked.after))
        .group_by(JournalEntry.id)
        .order_by(JournalEntry.id)
    )
    found = session.execute(query.limit(asked.limit + 1) if asked.limit else query)
    rows: list[dict[str, Value]] = []
    for entry_id, reference, on, reverses, undone, loan_no, customer, channel, *parts in found:
        row: dict[str, Value] = {
            "id": entry_id,
            "reference": reference,
            "loan_no": loan_no,
            "customer": customer,
            "on": on,
            "channel": channel,
            "reversed": Mark.REVERSAL if reverses else Mark.REVERSED if undone else None,
        }
        row.update(_with_rest(dict(zip(_PARTS, parts, strict=True))))
        rows.append(row)
    return rows


def _with_rest(parts: dict[str, Decimal]) -> dict[str, Decimal]:
    """The parts, and what of the money went anywhere else: output VAT above all."""
    came = parts["received"] + parts["from_suspense"]
    went = sum((amount for part, amount in parts.items() if part not in _SOURCES), ZERO)
    return parts | {"other": came - went}


def _totals(session: Session, asked: Asked) -> dict[str, Decimal]:
    row = session.execute(
        select(*_PARTS.values())
        .select_from(JournalLine)
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(_of_receipts(asked), asked.loans)
    ).one()
    return _with_rest(dict(zip(_PARTS, row, strict=True)))


def _ties(session: Session, asked: Asked, totals: dict[str, Decimal]) -> list[TieLine]:
    posted = session.execute(
        select(_PARTS["received"], _PARTS["principal"], _PARTS["interest"])
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(_of_receipts(asked), asked.lines)
    ).one()
    names = (
        ("收款金额 / 试算平衡表 1002 还款发生额", "Received / turnover of receipts on 1002"),
        ("本金 / 试算平衡表 1303 还款发生额", "Principal / turnover of receipts on 1303"),
        ("利息 / 试算平衡表 1132 还款发生额", "Interest / turnover of receipts on 1132"),
    )
    return [
        TieLine(zh, en, totals[part], amount)
        for (zh, en), part, amount in zip(names, ("received", "principal", "interest"), posted, strict=True)
    ]


REGISTER = Register("repayments", "还款台账", "Repayments", COLUMNS, read)

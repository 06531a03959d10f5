"""The provision register (拨备台账): each loan's allowance, and what was charged, released, used and recovered."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lending.accounts import ALLOWANCE, LOANS, within
from lending.books import subledgers
from lending.customers import Customer
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Loan
from lending.money import ZERO
from lending.registers.shape import Asked, Column, Kind, Page, Register, TieLine, Value, cut

COLUMNS = (
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("principal", "贷款余额", "Principal", Kind.YUAN, summed=True, narrow=True),
    Column("opening", "期初准备", "Opening", Kind.YUAN, summed=True),
    Column("charged", "本期计提", "Charged", Kind.YUAN, summed=True),
    Column("released", "本期转回", "Released", Kind.YUAN, summed=True),
    Column("written_off", "核销使用", "Written off", Kind.YUAN, summed=True),
    Column("recovered", "收回已核销", "Recovered", Kind.YUAN, summed=True),
    Column("moved", "其他变动", "Other", Kind.YUAN, summed=True),
    Column("closing", "期末准备", "Closing", Kind.YUAN, summed=True, narrow=True),
)


def _allowance(*conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    """Credit less debit on the allowance: an allowance is positive."""
    return -subledgers.balance_of(ALLOWANCE, *conditions)


def _figures(asked: Asked) -> dict[str, ColumnElement[Decimal]]:
    new = JournalEntry.on >= asked.since
    provision = new & (JournalEntry.kind == "provision")
    return {
        "principal": subledgers.balance_of(LOANS),
        "opening": _allowance(JournalEntry.on < asked.since),
        "charged": _allowance(provision, JournalLine.credit != ZERO),
        "released": -_allowance(provision, JournalLine.debit != ZERO),
        "written_off": -_allowance(new, JournalEntry.kind == "write_off"),
        "recovered": _allowance(new, JournalEntry.kind == "recovery"),
        "closing": _allowance(),
    }


def read(session: Session, asked: Asked) -> Page:
    """The loans with an allowance, by their number; what is closing must equal 1304 in the trial balance."""
    shown, more = cut(_rows(session, asked), asked.limit, "loan_no")
    totals = _totals(session, asked)
    (posted,) = subledgers.ties(session, asked.until, (ALLOWANCE,), reach=asked.lines)
    tie = TieLine(
        "期末准备 / 试算平衡表 1304", "Closing / 1304 in the trial balance", totals["closing"], -posted.posted
    )
    return Page(shown, more, totals, [tie])


def _rows(session: Session, asked: Asked) -> list[dict[str, Value]]:
    provided = (
        select(JournalLine.loan_no)
        .join(JournalEntry)
        .where(
            JournalEntry.on <= asked.until,
            JournalLine.loan_no.is_not(None),
            within(JournalLine.account, ALLOWANCE),
        )
    )
    figures = _figures(asked)
    query = (
        select(Loan.loan_no, Customer.name, *figures.values())
        .join(JournalLine, JournalLine.loan_no == Loan.loan_no)
        .join(JournalEntry)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(
            asked.loans,
            Loan.loan_no > asked.after,
            Loan.loan_no.in_(provided),
            JournalEntry.on <= asked.until,
        )
        .group_by(Loan.loan_no, Customer.name)
        .order_by(Loan.loan_no)
    )
    rows: list[dict[str, Value]] = []
    for loan_no, customer, *amounts in session.execute(
        query.limit(asked.limit + 1) if asked.limit else query
    ):
        row: dict[str, Value] = {"loan_no": loan_no, "customer": customer}
        row.update(_with_rest(dict(zip(figures, amounts, strict=True))))
        rows.append(row)
    return rows


def _totals(session: Session, asked: Asked) -> dict[str, Decimal]:
    """The sums over the loans of the register: those without an allowance count nothing, their principal neither."""
    figures = _figures(asked)
    provided = select(JournalLine.loan_no).where(
        within(JournalLine.account, ALLOWANCE), JournalLine.loan_no.is_not(None)
    )
    row = session.execute(
        select(*figures.values())
        .select_from(JournalLine)
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(asked.loans, Loan.loan_no.in_(provided), JournalEntry.on <= asked.until)
    ).one()
    return _with_rest(dict(zip(figures, row, strict=True)))


def _with_rest(figures: dict[str, Decimal]) -> dict[str, Decimal]:
    explained = (
        figures["opening"]
        + figures["charged"]
        - figures["released"]
        - figures["written_off"]
        + figures["recovered"]
    )
    return figures | {"moved": figures["closing"] - explained}


REGISTER = Register("provisions", "拨备台账", "Provisions", COLUMNS, read)

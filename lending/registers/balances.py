"""The balance register (余额台账): what each loan carried before, what moved, what it carries at the end of a day."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from lending.accounts import INTEREST_RECEIVABLE, LOANS, SUSPENSE, within
from lending.books import subledgers
from lending.customers import Customer
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Loan
from lending.registers import received
from lending.registers.shape import Asked, Column, Kind, Page, Register, TieLine, Value, cut

COLUMNS = (
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("opening", "期初本金", "Opening", Kind.YUAN, summed=True),
    Column("disbursed", "本期放款", "Disbursed", Kind.YUAN, summed=True),
    Column("repaid", "本期收回", "Repaid", Kind.YUAN, summed=True),
    Column("written_off", "本期核销", "Written off", Kind.YUAN, summed=True),
    Column("moved", "转让及其他", "Transferred and other", Kind.YUAN, summed=True),
    Column("closing", "期末本金", "Closing", Kind.YUAN, summed=True, narrow=True),
    Column("accrued_interest", "应收利息", "Accrued interest", Kind.YUAN, summed=True, narrow=True),
    Column("suspense", "暂收款", "Suspense", Kind.YUAN, summed=True),
    Column("status", "状态", "Status"),
)


def _principal(*conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    return subledgers.balance_of(LOANS, *conditions)


def _figures(asked: Asked) -> dict[str, ColumnElement[Decimal]]:
    """Each figure of a loan as a sum over its ledger lines up to the last day asked for."""
    new = JournalEntry.on >= asked.since
    repaid = new & JournalEntry.kind.in_(received.KINDS)
    return {
        "opening": _principal(JournalEntry.on < asked.since),
        "disbursed": _principal(new, JournalEntry.kind == "disbursement"),
        "repaid": -_principal(repaid),
        "written_off": -_principal(new, JournalEntry.kind == "write_off"),
        "closing": _principal(),
        "accrued_interest": subledgers.balance_of(INTEREST_RECEIVABLE),
        "suspense": -subledgers.balance_of(SUSPENSE),
    }


def read(session: Session, asked: Asked) -> Page:
    """The loans with anything on the principal's, interest's or suspense account, by their number.

    Closing principal, accrued interest and suspense must equal the trial balance of the last day.
    """
    shown, more = cut(_rows(session, asked), asked.limit, "loan_no")
    totals = _totals(session, asked)
    posted = subledgers.ties(session, asked.until, (LOANS, INTEREST_RECEIVABLE, SUSPENSE), reach=asked.lines)
    ties = [
        TieLine(
            "期末本金 / 试算平衡表 1303",
            "Closing principal / 1303 in the trial balance",
            totals["closing"],
            posted[0].posted,
        ),
        TieLine(
            "应收利息 / 试算平衡表 1132",
            "Accrued interest / 1132 in the trial balance",
            totals["accrued_interest"],
            posted[1].posted,
        ),
        TieLine(
            "暂收款 / 试算平衡表 2241 中列明贷款的部分",
            "Suspense / the part of 2241 that names a loan",
            totals["suspense"],
            -posted[2].listed,
        ),
    ]
    return Page(shown, more, totals, ties)


def _rows(session: Session, asked: Asked) -> list[dict[str, Value]]:
    """First the loans of the page, then their lines alone: a page costs what its loans have, not the whole ledger."""
    listed = (
        select(Loan, Customer.name)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(asked.loans, Loan.loan_no > asked.after, Loan.loan_no.in_(_carried(asked)))
        .order_by(Loan.loan_no)
    )
    loans = session.execute(listed.limit(asked.limit + 1) if asked.limit else listed).all()
    figures = _figures(asked)
    sums: dict[str, dict[str, Decimal]] = {}
    numbers = [loan.loan_no for loan, _name in loans]
    for start in range(0, len(numbers), 500):
        for loan_no, *amounts in session.execute(
            select(JournalLine.loan_no, *figures.values())
            .join(JournalEntry)
            .where(JournalLine.loan_no.in_(numbers[start : start + 500]), JournalEntry.on <= asked.until)
            .group_by(JournalLine.loan_no)
        ):
            sums[str(loan_no)] = _with_rest(dict(zip(figures, amounts, strict=True)))
    return [
        {"loan_no": loan.loan_no, "customer": name, "status": loan.status} | dict(sums[loan.loan_no])
        for loan, name in loans
    ]


def _carried(asked: Asked) -> Select[str | None]:
    on_accounts = (
        within(JournalLine.account, LOANS)
        | within(JournalLine.account, INTEREST_RECEIVABLE)
        | within(JournalLine.account, SUSPENSE)
    )
    return (
        select(JournalLine.loan_no)
        .join(JournalEntry)
        .where(JournalEntry.on <= asked.until, JournalLine.loan_no.is_not(None), on_accounts)
    )


def _totals(session: Session, asked: Asked) -> dict[str, Decimal]:
    figures = _figures(asked)
    row = session.execute(
        select(*figures.values())
        .select_from(JournalLine)
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(asked.loans, JournalEntry.on <= asked.until)
    ).one()
    return _with_rest(dict(zip(figures, row, strict=True)))


def _with_rest(figures: dict[str, Decimal]) -> dict[str, Decimal]:
    """The figures, and what else changed the principal: with it opening and movements make the closing one."""
    explained = figures["opening"] + figures["disbursed"] - figures["repaid"] - figures["written_off"]
    return figures | {"moved": figures["closing"] - explained}


REGISTER = Register("balances", "余额台账", "Balances", COLUMNS, read)

"""The provision register (拨备台账): each loan's allowance, and what was charged, released, used and recovered.

Category, rate and what is required are those of the latest day-end up to the day asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from company import parameters
from company.database import Fen
from lending.accounts import ALLOWANCE, LOANS, within
from lending.books import subledgers
from lending.category_verdicts import NON_PERFORMING
from lending.customers import Customer
from lending.ledger import JournalEntry, JournalLine
from lending.life.positions import LoanDay
from lending.loans import Loan
from lending.money import ZERO
from lending.registers import ended
from lending.registers.shape import (
    Aside,
    Asked,
    Column,
    Kind,
    Page,
    Register,
    Row,
    TieLine,
    Value,
    cut,
)

COLUMNS = (
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("category", "分类", "Category"),
    Column("rate", "计提比例", "Rate", Kind.RATE),
    Column("principal", "贷款余额", "Principal", Kind.YUAN, summed=True, narrow=True),
    Column("required", "应提准备", "Required", Kind.YUAN),
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
    return Page(_with_categories(session, asked, shown), more, totals, [tie], _ratios(session, asked))


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


def movement(session: Session, since: date, until: date) -> dict[str, Decimal]:
    """The movement of the whole allowance over some days, without its loans: only its own lines are read."""
    figures = _figures(Asked(since, until))
    del figures["principal"]
    row = session.execute(
        select(*figures.values())
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(within(JournalLine.account, ALLOWANCE), JournalEntry.on <= until)
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


def _with_categories(session: Session, asked: Asked, rows: Sequence[Row]) -> list[Row]:
    """The rows with category, rate and what is required by the latest day-end, where a loan has a row there."""
    made = ended.latest(session, asked.until)
    told: dict[str, dict[str, Value]] = {}
    if made is not None:
        rates: dict[str, Decimal] = parameters.value(session, "provision_rates", made.rates_from)["rates"]
        numbers = [str(row["loan_no"]) for row in rows]
        for start in range(0, len(numbers), 500):
            found = session.execute(
                select(LoanDay.loan_no, LoanDay.category, LoanDay.required).where(
                    LoanDay.day == made.day, LoanDay.loan_no.in_(numbers[start : start + 500])
                )
            )
            for loan_no, category, required in found:
                rate = rates[category.value]
                told[loan_no] = {"category": category, "rate": rate, "required": required}
    nothing: dict[str, Value] = {"category": None, "rate": None, "required": None}
    return [{**row, **told.get(str(row["loan_no"]), nothing)} for row in rows]


def _ratios(session: Session, asked: Asked) -> list[Aside]:
    """What supervisors look at, by the latest day-end, half up to 0.01 %; a share of nothing is left out."""
    made = ended.latest(session, asked.until)
    if made is None:
        return []
    bad = LoanDay.category.in_(NON_PERFORMING)
    owed, failing, kept = session.execute(
        select(
            func.coalesce(func.sum(LoanDay.principal), 0, type_=Fen),
            func.coalesce(func.sum(LoanDay.principal).filter(bad), 0, type_=Fen),
            func.coalesce(func.sum(LoanDay.allowance), 0, type_=Fen),
        )
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .where(LoanDay.day == made.day, asked.loans)
    ).one()
    shares = (
        ("不良率", "Non-performing ratio", failing, owed),
        ("拨备覆盖率", "Cover ratio", kept, failing),
        ("贷款拨备率", "Loan provision ratio", kept, owed),
    )
    return [
        Aside(zh, en, None, _share(part, whole), is_share=True) for zh, en, part, whole in shares if whole
    ]


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


REGISTER = Register("provisions", "拨备台账", "Provisions", COLUMNS, read)

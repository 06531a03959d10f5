"""The fund journal (资金日记账): every movement of money in order, with the balance before and after it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from company.database import Fen
from company.people import Employee
from lending.accounts import BANK
from lending.bank.statements import BankStatementLine
from lending.books import subledgers
from lending.books.vouchers import Voucher
from lending.fund_journal import BankAccount, Direction, FundMovement
from lending.labels import Labelled
from lending.ledger import JournalEntry
from lending.loans import Loan
from lending.money import ZERO
from lending.registers.shape import (
    Aside,
    Asked,
    Column,
    Kind,
    Name,
    Page,
    Register,
    TieLine,
    Value,
    number_after,
)


class Reconciled(Labelled):
    """Whether the bank's statement shows a movement."""

    YES = "yes", "已对", "Matched"
    NO = "no", "未对", "Not yet"


COLUMNS = (
    Column("on", "日期", "Date", Kind.DAY, narrow=True),
    Column("account", "账户", "Account"),
    Column("voucher", "凭证号", "Voucher"),
    Column("reference", "业务编号", "Reference", Kind.ENTRY),
    Column("summary", "摘要", "Summary"),
    Column("counterparty", "对方", "Counterparty"),
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN),
    Column("money_in", "收入", "In", Kind.YUAN, summed=True, narrow=True),
    Column("money_out", "支出", "Out", Kind.YUAN, summed=True, narrow=True),
    Column("balance", "余额", "Balance", Kind.YUAN, narrow=True),
    Column("maker", "经办", "Maker"),
    Column("checker", "复核", "Checker"),
    Column("bank_reference", "银行流水号", "Bank reference"),
    Column("reconciled", "对账", "Reconciled"),
)
_IN = FundMovement.direction == Direction.IN


def read(session: Session, asked: Asked) -> Page:
    """The movements of the days asked for in the order of day and record, each with the balance after it.

    Opening and movements make the closing balance, which must equal 1002 in the trial balance of the last day.
    """
    reach = _reach(asked)
    opening = _balance(session, reach, FundMovement.value_date < asked.since)
    came, went = session.execute(
        select(_sum(_IN), _sum(~_IN)).where(reach, FundMovement.value_date.between(asked.since, asked.until))
    ).one()
    closing = opening + came - went
    (posted,) = subledgers.ties(session, asked.until, (BANK,), reach=asked.lines)
    shown, more = _rows(session, asked, reach)
    return Page(
        shown,
        more,
        {"money_in": came, "money_out": went},
        [
            TieLine(
                "期末余额 / 试算平衡表 1002", "Closing / 1002 in the trial balance", closing, posted.posted
            )
        ],
        [
            Aside("期初余额", "Opening balance", None, opening),
            Aside("本期收入", "In", None, came),
            Aside("本期支出", "Out", None, went),
            Aside("期末余额", "Closing balance", None, closing),
        ],
    )


def _rows(
    session: Session, asked: Asked, reach: ColumnElement[bool]
) -> tuple[list[dict[str, Value]], str | None]:
    poster, other = aliased(Employee), aliased(Employee)
    query = (
        select(FundMovement, BankAccount, Voucher, poster, other, BankStatementLine.id)
        .join(BankAccount, BankAccount.code == FundMovement.bank_account)
        .outerjoin(JournalEntry, JournalEntry.reference == FundMovement.journal_reference)
        .outerjoin(Voucher, Voucher.id == JournalEntry.voucher_id)
        .outerjoin(poster, poster.id == JournalEntry.posted_by)
        .outerjoin(other, other.id == JournalEntry.checked_by)
        .outerjoin(BankStatementLine, BankStatementLine.movement_id == FundMovement.id)
        .where(reach, FundMovement.value_date.between(asked.since, asked.until))
        .order_by(FundMovement.value_date, FundMovement.id)
    )
    balance = _balance(session, reach, FundMovement.value_date < asked.since)
    place = _place(asked.after)
    if place is not None:
        on, number = place
        later = or_(
            FundMovement.value_date > on, (FundMovement.value_date == on) & (FundMovement.id > number)
        )
        query = query.where(later)
        balance = _balance(session, reach, ~later)
    found = session.execute(query.limit(asked.limit + 1) if asked.limit else query).all()
    rows: list[dict[str, Value]] = []
    for movement, bank, voucher, maker, checker, line_id in found[: asked.limit]:
        came_in = movement.direction is Direction.IN
        balance += movement.amount if came_in else -movement.amount
        rows.append(
            {
                "on": movement.value_date,
                "account": Name(bank.name, bank.name_en),
                "voucher": _voucher(voucher) if voucher else None,
                "reference": movement.journal_reference or movement.reference,
                "summary": movement.purpose,
                "counterparty": movement.counterparty,
                "loan_no": movement.loan_no,
                "money_in": movement.amount if came_in else None,
                "money_out": None if came_in else movement.amount,
                "balance": balance,
                "maker": Name(maker.name, maker.name_en) if maker else None,
                "checker": Name(checker.name, checker.name_en) if checker else None,
                "bank_reference": movement.bank_reference,
                "reconciled": Reconciled.YES if line_id else Reconciled.NO,
            }
        )
    if asked.limit is None or len(found) <= asked.limit:
        return rows, None
    last = found[asked.limit - 1][0]
    return rows, f"{last.value_date}_{last.id}"


def _reach(asked: Asked) -> ColumnElement[bool]:
    if asked.everything:
        return FundMovement.id.is_not(None)
    return FundMovement.loan_no.in_(select(Loan.loan_no).where(asked.loans))


def _sum(*conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    return func.coalesce(func.sum(FundMovement.amount).filter(*conditions), 0, type_=Fen)


def _balance(session: Session, *conditions: ColumnElement[bool]) -> Decimal:
    row = session.execute(select(_sum(_IN), _sum(~_IN)).where(*conditions)).one()
    return (row[0] or ZERO) - (row[1] or ZERO)


def _place(after: str) -> tuple[date, int] | None:
    day, _separator, number = after.partition("_")
    try:
        return date.fromisoformat(day), number_after(number)
    except ValueError:
        return None


REGISTER = Register("fund-journal", "资金日记账", "Fund journal", COLUMNS, read)


def _voucher(voucher: Voucher) -> Name:
    return Name(f"{voucher.month} {voucher.label('zh')}", f"{voucher.month} {voucher.label('en')}")

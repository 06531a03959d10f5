"""The category register (五级分类台账): each loan at the end of a day as the day-end left it, by its category.

Read from the rows of the latest day-end up to the day asked for. Money that was told later than that day-end and bears
the day's date or an earlier one is in the trial balance, not in the rows: it is shown as a line of its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from company.database import Fen
from lending.accounts import ALLOWANCE, LOANS
from lending.books import subledgers
from lending.category_verdicts import CategoryChange, CategoryVerdict, is_better
from lending.customers import Customer
from lending.day_end.tables import DayEnd
from lending.life.positions import Category, LoanDay
from lending.loans import Loan
from lending.money import ZERO, written
from lending.registers import ended
from lending.registers.shape import Aside, Asked, Column, Kind, Page, Register, TieLine, Value, cut

COLUMNS = (
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("category", "分类", "Category", narrow=True),
    Column("proposed", "系统建议", "Proposed"),
    Column("decided", "人工认定", "Decided by a person"),
    Column("reason", "认定理由", "Reason"),
    Column("since", "本类起始日", "In it since", Kind.DAY),
    Column("dpd", "逾期天数", "Days past due", Kind.COUNT),
    Column("principal", "贷款余额", "Principal", Kind.YUAN, summed=True, narrow=True),
    Column("overdue", "逾期本息", "Overdue", Kind.YUAN, summed=True),
    Column("uncollected", "表外应收利息", "Interest off balance", Kind.YUAN, summed=True),
    Column("required", "应提准备", "Provision required", Kind.YUAN, summed=True),
    Column("allowance", "已提准备", "Provided", Kind.YUAN, summed=True),
)
_SUMS: dict[str, ColumnElement[Decimal]] = {
    "principal": LoanDay.principal.expression,
    "overdue": LoanDay.principal_overdue + LoanDay.interest_overdue,
    "uncollected": LoanDay.uncollected.expression,
    "required": LoanDay.required.expression,
    "allowance": LoanDay.allowance.expression,
}


def read(session: Session, asked: Asked) -> Page:
    """The loans of the day by their number; principal and allowance must equal 1303 and 1304 in the trial balance."""
    made = ended.latest(session, asked.until)
    if made is None:
        return Page([], None, dict.fromkeys(_SUMS, ZERO), [])
    shown, more = cut(_rows(session, asked, made.day), asked.limit, "loan_no")
    totals = session.execute(
        select(*(func.coalesce(func.sum(column), 0, type_=Fen) for column in _SUMS.values()))
        .select_from(LoanDay)
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .where(LoanDay.day == made.day, asked.loans)
    ).one()
    sums = dict(zip(_SUMS, totals, strict=True))
    return Page(shown, more, sums, _ties(session, asked, made, sums), _asides(session, asked, made.day))


def _rows(session: Session, asked: Asked, day: date) -> list[dict[str, Value]]:
    newest = (
        select(CategoryVerdict.loan_no, func.max(CategoryVerdict.id).label("id"))
        .where(CategoryVerdict.on <= day)
        .group_by(CategoryVerdict.loan_no)
        .subquery()
    )
    since = (
        select(CategoryChange.loan_no, func.max(CategoryChange.day).label("day"))
        .where(CategoryChange.day <= day)
        .group_by(CategoryChange.loan_no)
        .subquery()
    )
    query = (
        select(LoanDay, Customer.name, CategoryVerdict, since.c.day)
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(newest, newest.c.loan_no == LoanDay.loan_no)
        .outerjoin(CategoryVerdict, CategoryVerdict.id == newest.c.id)
        .outerjoin(since, since.c.loan_no == LoanDay.loan_no)
        .where(LoanDay.day == day, asked.loans, LoanDay.loan_no > asked.after)
        .order_by(LoanDay.loan_no)
    )
    return [
        {
            "loan_no": row.loan_no,
            "customer": name,
            "category": row.category,
            "proposed": row.proposed,
            "decided": verdict.category if verdict else None,
            "reason": verdict.reason if verdict else None,
            "since": changed,
            "dpd": row.days_past_due,
            "principal": row.principal,
            "overdue": row.principal_overdue + row.interest_overdue,
            "uncollected": row.uncollected,
            "required": row.required,
            "allowance": row.allowance,
        }
        for row, name, verdict, changed in session.execute(
            query.limit(asked.limit + 1) if asked.limit else query
        )
    ]


def _ties(session: Session, asked: Asked, made: DayEnd, sums: dict[str, Decimal]) -> list[TieLine]:
    """The rows, and what was told after them, beside the trial balance of their day."""
    ties = []
    for account, listed, sign, zh, en in (
        (LOANS, sums["principal"], 1, "贷款余额", "principal"),
        (ALLOWANCE, sums["allowance"], -1, "已提准备", "provided"),
    ):
        (posted,) = subledgers.ties(session, made.day, (account,), reach=asked.lines)
        told = sign * ended.told_later(session, asked, made, account)
        ties.append(
            TieLine(
                f"{made.day} 日终{zh}及其后补记 {written(told)} / 试算平衡表 {account}",
                f"Day-end of {made.day}: {en}, and {written(told)} told later / {account} in the trial balance",
                listed + told,
                sign * posted.posted,
            )
        )
    return ties


def _asides(session: Session, asked: Asked, day: date) -> list[Aside]:
    """How many loans of each category and what they owe; how many went up and down since the first of the month."""
    counted = session.execute(
        select(LoanDay.category, func.count(), func.sum(LoanDay.principal))
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .where(LoanDay.day == day, asked.loans)
        .group_by(LoanDay.category)
    )
    found = {category: (count, owed) for category, count, owed in counted}
    asides = [Aside(category.zh, category.en, *found.get(category, (0, ZERO))) for category in Category]
    return [*asides, *_moved(session, asked, day)]


def _moved(session: Session, asked: Asked, day: date) -> list[Aside]:
    """The changes of the month up to the day: how many, and what those loans owe at its end."""
    owed = func.coalesce(func.sum(LoanDay.principal), 0, type_=Fen)
    rows = session.execute(
        select(CategoryChange.category, CategoryChange.before, func.count(), owed)
        .join(Loan, Loan.loan_no == CategoryChange.loan_no)
        .outerjoin(LoanDay, (LoanDay.loan_no == CategoryChange.loan_no) & (LoanDay.day == day))
        .where(CategoryChange.day.between(day.replace(day=1), day), asked.loans)
        .group_by(CategoryChange.category, CategoryChange.before)
    ).all()
    up = [(count, amount) for now, before, count, amount in rows if is_better(now, before)]
    down = [(count, amount) for now, before, count, amount in rows if not is_better(now, before)]
    return [
        Aside(zh, en, sum(count for count, _ in moves), sum((amount for _, amount in moves), ZERO))
        for zh, en, moves in (
            ("本月上调", "Up this month", up),
            ("本月下调", "Down this month", down),
        )
    ]


REGISTER = Register("categories", "五级分类台账", "Categories of risk", COLUMNS, read, by_day=True)

"""The overdue register (逾期台账): loans behind their schedule on a day, and all loans by how far behind they are.

A day that has ended is read from the rows of its day-end; any other from the ledger (:mod:`lending.registers.behind`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company.database import Fen
from company.people import Employee
from lending.accounts import LOANS
from lending.books import subledgers
from lending.customers import Customer
from lending.day_end.tables import DayEnd
from lending.labels import Labelled
from lending.ledger import JournalEntry, JournalLine
from lending.life.positions import LoanDay
from lending.loans import Loan
from lending.money import ZERO, written
from lending.registers import behind, ended, received
from lending.registers.behind import Behind
from lending.registers.shape import Aside, Asked, Column, Kind, Name, Page, Register, TieLine, Value, cut


class Stage(Labelled):
    """How far behind a loan is (domain: M-number = days past due by 30, rounded up)."""

    M1 = "m1", "M1（1–30 天）", "M1 (1–30 days)"
    M2 = "m2", "M2（31–60 天）", "M2 (31–60 days)"
    M3 = "m3", "M3（61–90 天）", "M3 (61–90 days)"
    M4 = "m4", "M4+（91–180 天）", "M4+ (91–180 days)"
    M7 = "m7", "M7+（180 天以上）", "M7+ (over 180 days)"


# The last day past due of each stage; none for the last.
_LAST = {Stage.M1: 30, Stage.M2: 60, Stage.M3: 90, Stage.M4: 180}
# The ages of 账龄: a name, and from how many to how many days past due.
_AGES = (
    ("1–30", 1, 30),
    ("31–60", 31, 60),
    ("61–90", 61, 90),
    ("91–180", 91, 180),
    ("181–360", 181, 360),
    (">360", 361, 36_500),
)
COLUMNS = (
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON, narrow=True),
    Column("dpd", "逾期天数", "Days past due", Kind.COUNT, narrow=True),
    Column("stage", "阶段", "Stage"),
    Column("category", "分类", "Category"),
    Column("periods", "逾期期数", "Instalments overdue", Kind.COUNT),
    Column("principal", "逾期本金", "Overdue principal", Kind.YUAN, summed=True),
    Column("interest", "逾期利息", "Overdue interest", Kind.YUAN, summed=True),
    Column("penalty", "罚息及复利", "Penalty and compound", Kind.YUAN, summed=True),
    Column("total", "逾期合计", "Total overdue", Kind.YUAN, summed=True, narrow=True),
    Column("owed", "贷款余额", "Principal owed", Kind.YUAN, summed=True),
    Column("oldest_due", "最早逾期日", "Oldest due date", Kind.DAY),
    Column("last_payment", "最近还款日", "Last payment", Kind.DAY),
    Column("owner", "责任人", "In charge"),
)
_FIGURES = ("principal", "interest", "penalty", "owed")


def stage_of(days_past_due: int) -> Stage:
    """The stage of a number of days past due, at least 1.

    >>> stage_of(1).value, stage_of(31).value, stage_of(180).value, stage_of(181).value
    ('m1', 'm2', 'm4', 'm7')
    """
    return next((stage for stage, last in _LAST.items() if days_past_due <= last), Stage.M7)


def read(session: Session, asked: Asked) -> Page:
    """The loans behind at the end of ``until``, by their number; the ages of all loans must sum to 1303."""
    made = ended.latest(session, asked.until)
    is_over = made is not None and made.day == asked.until
    found = behind.at_day_end(asked) if is_over else behind.by_ledger(asked)
    shown, more = cut(_rows(session, asked, found, made), asked.limit, "loan_no")
    totals = session.execute(
        select(*(func.coalesce(func.sum(found.late.c[name]), 0, type_=Fen) for name in _FIGURES)).select_from(
            found.late
        )
    ).one()
    sums = dict(zip(_FIGURES, totals, strict=True))
    sums["total"] = sums["principal"] + sums["interest"] + sums["penalty"]
    asides = _ages(session, found)
    tie = _tie(session, asked, made if is_over else None, asides)
    return Page(shown, more, sums, [tie], asides)


def _tie(session: Session, asked: Asked, made: DayEnd | None, asides: Sequence[Aside]) -> TieLine:
    """The ages, and what was told after the day-end if they are its own, beside the trial balance."""
    (posted,) = subledgers.ties(session, asked.until, (LOANS,), reach=asked.lines)
    listed = sum((aside.amount for aside in asides), ZERO)
    if made is None:
        zh, en = "各账龄余额合计 / 试算平衡表 1303", "Sum of all ages / 1303 in the trial balance"
        return TieLine(zh, en, listed, posted.posted)
    told = ended.told_later(session, asked, made, LOANS)
    return TieLine(
        f"{made.day} 日终各账龄余额合计及其后补记 {written(told)} / 试算平衡表 1303",
        f"Day-end of {made.day}: sum of all ages, and {written(told)} told later / 1303 in the trial balance",
        listed + told,
        posted.posted,
    )


def _rows(session: Session, asked: Asked, found: Behind, made: DayEnd | None) -> list[dict[str, Value]]:
    late = found.late
    at_end = (LoanDay.loan_no == late.c.loan_no) & (LoanDay.day == (made.day if made else asked.until))
    query = (
        select(late, Customer.name, Employee, LoanDay.category)
        .join(Loan, Loan.loan_no == late.c.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(Employee, Employee.id == Loan.owner_id)
        .outerjoin(LoanDay, at_end)
        .where(late.c.loan_no > asked.after)
        .order_by(late.c.loan_no)
    )
    listed = session.execute(query.limit(asked.limit + 1) if asked.limit else query).all()
    paid = _last_payments(session, [row.loan_no for row in listed], asked.until)
    rows: list[dict[str, Value]] = []
    for row in listed:
        days_past_due = found.days_past_due(row.late_by)
        owner = row.Employee
        rows.append(
            {
                "loan_no": row.loan_no,
                "customer": row.name,
                "dpd": days_past_due,
                "stage": stage_of(days_past_due),
                "category": row.category,
                "periods": row.periods,
                "principal": row.principal,
                "interest": row.interest,
                "penalty": row.penalty,
                "total": row.principal + row.interest + row.penalty,
                "owed": row.owed,
                "oldest_due": asked.until - timedelta(days=days_past_due),
                "last_payment": paid.get(row.loan_no),
                "owner": Name(owner.name, owner.name_en) if owner else None,
            }
        )
    return rows


def _last_payments(session: Session, loan_nos: Sequence[str], until: date) -> dict[str, date]:
    """The last day up to a day on which something was paid, by loan."""
    paid: dict[str, date] = {}
    for start in range(0, len(loan_nos), 500):
        found = session.execute(
            select(JournalLine.loan_no, func.max(JournalEntry.on))
            .join(JournalEntry)
            .where(
                JournalLine.loan_no.in_(loan_nos[start : start + 500]),
                JournalEntry.on <= until,
                JournalEntry.kind.in_(received.KINDS),
            )
            .group_by(JournalLine.loan_no)
        )
        paid.update((str(loan_no), on) for loan_no, on in found)
    return paid


def _ages(session: Session, found: Behind) -> list[Aside]:
    """How many loans with principal are how far behind, and what they owe; first those that are not.

    One pass for all ages: by the ledger, each pass sums every loan's lines.
    """
    every, late = found.every, found.late
    groups = [late.c.loan_no.is_(None), *(found.between(least, most) for _name, least, most in _AGES)]
    counts = [func.count().filter(group) for group in groups]
    owed = [func.coalesce(func.sum(every.c.owed).filter(group), 0, type_=Fen) for group in groups]
    told = session.execute(
        select(*counts, *owed)
        .select_from(every)
        .outerjoin(late, late.c.loan_no == every.c.loan_no)
        .where(every.c.owed != ZERO)
    ).one()
    names = [("未逾期", "Not overdue"), *((f"{name} 天", f"{name} days") for name, _least, _most in _AGES)]
    sums = zip(names, told[: len(groups)], told[len(groups) :], strict=True)
    return [Aside(zh, en, count, Decimal(amount)) for (zh, en), count, amount in sums]


REGISTER = Register("overdue", "逾期台账", "Overdue", COLUMNS, read, by_day=True)

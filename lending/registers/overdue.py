"""The overdue register (逾期台账): loans behind their schedule on a day, and all loans by how far behind they are.

What is behind is found from the ledger and the schedule in force alone: the principal owed by the ledger against the
one the schedule leaves after each instalment due, and the interest received against the interest due. A payment is late
from the day after its due date on.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import CTE, ColumnElement, Subquery, and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from company.calendar import ZONE
from company.database import Fen
from lending.accounts import INTEREST_RECEIVABLE, LOANS, PENALTY_RECEIVABLE, within
from lending.books import subledgers
from lending.customers import Customer
from lending.labels import Labelled
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Instalment, Loan, ScheduleVersion
from lending.money import ZERO
from lending.registers import received
from lending.registers.shape import Aside, Asked, Column, Kind, Page, Register, TieLine, Value, cut


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
    Column("periods", "逾期期数", "Instalments overdue", Kind.COUNT),
    Column("principal", "逾期本金", "Overdue principal", Kind.YUAN, summed=True),
    Column("interest", "逾期利息", "Overdue interest", Kind.YUAN, summed=True),
    Column("penalty", "罚息及复利", "Penalty and compound", Kind.YUAN, summed=True),
    Column("total", "逾期合计", "Total overdue", Kind.YUAN, summed=True, narrow=True),
    Column("owed", "贷款余额", "Principal owed", Kind.YUAN, summed=True),
    Column("oldest_due", "最早逾期日", "Oldest due date", Kind.DAY),
    Column("last_payment", "最近还款日", "Last payment", Kind.DAY),
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
    carried = _carried(asked)
    behind = _behind(asked, carried)
    shown, more = cut(_rows(session, asked, behind), asked.limit, "loan_no")
    totals = session.execute(
        select(*(func.coalesce(func.sum(behind.c[name]), 0, type_=Fen) for name in _FIGURES)).select_from(
            behind
        )
    ).one()
    sums = dict(zip(_FIGURES, totals, strict=True))
    sums["total"] = sums["principal"] + sums["interest"] + sums["penalty"]
    asides = _ages(session, asked, behind, carried)
    (posted,) = subledgers.ties(session, asked.until, (LOANS,), reach=asked.lines)
    tie = TieLine(
        "各账龄余额合计 / 试算平衡表 1303",
        "Sum of all ages / 1303 in the trial balance",
        sum((aside.amount for aside in asides), ZERO),
        posted.posted,
    )
    return Page(shown, more, sums, [tie], asides)


def _carried(asked: Asked) -> CTE:
    """What each loan carries at the end of the day: principal, interest received so far, penalty, last payment."""
    paid = JournalEntry.kind.in_(received.KINDS)
    interest = within(JournalLine.account, INTEREST_RECEIVABLE) & ~within(
        JournalLine.account, PENALTY_RECEIVABLE
    )
    came = func.sum(JournalLine.credit - JournalLine.debit).filter(paid, interest)
    return (
        select(
            JournalLine.loan_no,
            subledgers.balance_of(LOANS).label("owed"),
            func.coalesce(came, 0, type_=Fen).label("interest_received"),
            subledgers.balance_of(PENALTY_RECEIVABLE).label("penalty"),
            func.max(JournalEntry.on).filter(paid).label("last_payment"),
        )
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(JournalEntry.on <= asked.until, asked.loans)
        .group_by(JournalLine.loan_no)
        .cte("carried")
    )


def _due(asked: Asked) -> CTE:
    """The instalments due before the day of the schedule in force, each with the interest due up to it."""
    night = datetime.combine(asked.until + timedelta(days=1), time(), ZONE)
    current = (
        select(ScheduleVersion.loan_no, func.max(ScheduleVersion.version).label("version"))
        .where(ScheduleVersion.made_at < night)
        .group_by(ScheduleVersion.loan_no)
        .subquery()
    )
    return (
        select(
            ScheduleVersion.loan_no,
            Instalment.due_date,
            Instalment.principal,
            Instalment.interest,
            Instalment.balance,
            func.sum(Instalment.interest, type_=Fen)
            .over(partition_by=ScheduleVersion.loan_no, order_by=Instalment.number)
            .label("interest_due"),
        )
        .join(Instalment, Instalment.schedule_id == ScheduleVersion.id)
        .join(
            current,
            and_(current.c.loan_no == ScheduleVersion.loan_no, current.c.version == ScheduleVersion.version),
        )
        .where(Instalment.due_date < asked.until)
        .cte("due")
    )


def _behind(asked: Asked, carried: CTE) -> Subquery:
    """The loans behind, with what is overdue on each."""
    due = _due(asked)
    principal = _between(carried.c.owed - due.c.balance, due.c.principal)
    interest = _between(due.c.interest_due - carried.c.interest_received, due.c.interest)
    return (
        select(
            due.c.loan_no,
            func.min(due.c.due_date).label("oldest_due"),
            func.count().label("periods"),
            func.sum(principal, type_=Fen).label("principal"),
            func.sum(interest, type_=Fen).label("interest"),
            func.max(carried.c.penalty, type_=Fen).label("penalty"),
            func.max(carried.c.owed, type_=Fen).label("owed"),
            func.max(carried.c.last_payment).label("last_payment"),
        )
        .join(carried, carried.c.loan_no == due.c.loan_no)
        .where(
            carried.c.owed > ZERO,
            or_(
                due.c.balance < carried.c.owed,
                due.c.interest_due > carried.c.interest_received,
            ),
        )
        .group_by(due.c.loan_no)
        .subquery()
    )


def _between(short: ColumnElement[Decimal], at_most: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """What an instalment lacks: not below zero, not above the instalment's own part."""
    zero = type_coerce(ZERO, Fen)
    return case((short <= zero, zero), (short >= at_most, at_most), else_=short)


def _rows(session: Session, asked: Asked, behind: Subquery) -> list[dict[str, Value]]:
    query = (
        select(behind, Customer.name)
        .join(Loan, Loan.loan_no == behind.c.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(behind.c.loan_no > asked.after)
        .order_by(behind.c.loan_no)
    )
    found = session.execute(query.limit(asked.limit + 1) if asked.limit else query)
    rows: list[dict[str, Value]] = []
    for row in found:
        days_past_due = (asked.until - row.oldest_due).days
        rows.append(
            {
                "loan_no": row.loan_no,
                "customer": row.name,
                "dpd": days_past_due,
                "stage": stage_of(days_past_due),
                "periods": row.periods,
                "principal": row.principal,
                "interest": row.interest,
                "penalty": row.penalty,
                "total": row.principal + row.interest + row.penalty,
                "owed": row.owed,
                "oldest_due": row.oldest_due,
                "last_payment": row.last_payment,
            }
        )
    return rows


def _ages(session: Session, asked: Asked, behind: Subquery, carried: CTE) -> list[Aside]:
    """How many loans with principal are how far behind, and what they owe; first those that are not."""
    late = [
        behind.c.oldest_due.between(asked.until - timedelta(days=most), asked.until - timedelta(days=least))
        for _name, least, most in _AGES
    ]
    groups = [behind.c.loan_no.is_(None), *late]
    each = (
        select(func.count(), func.coalesce(func.sum(carried.c.owed), 0, type_=Fen))
        .select_from(carried)
        .outerjoin(behind, behind.c.loan_no == carried.c.loan_no)
        .where(carried.c.owed != ZERO)
    )
    found = [session.execute(each.where(group)).one() for group in groups]
    names = [("未逾期", "Not overdue"), *((f"{name} 天", f"{name} days") for name, _least, _most in _AGES)]
    return [Aside(zh, en, count, owed) for (zh, en), (count, owed) in zip(names, found, strict=True)]


REGISTER = Register("overdue", "逾期台账", "Overdue", COLUMNS, read, by_day=True)

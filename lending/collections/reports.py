"""How well collections work: the worklist, and the cure rate with the days to resolve by stage (M-126)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lending.collections import strategy
from lending.collections.cases import CollectionCase, StagePassage
from lending.collections.kinds import Stage
from lending.collections.strategy import Standing
from lending.customers import Customer
from lending.loans import Loan


@dataclass(frozen=True)
class Row:
    """A customer of the worklist with all the open cases that the reader may see, the most urgent first."""

    customer: Customer
    cases: tuple[Standing, ...]

    @property
    def first(self) -> Standing:
        """The case by which the customer stands where he stands."""
        return self.cases[0]

    @property
    def overdue(self) -> Decimal:
        """What is overdue on all of them, in yuan."""
        return sum((each.arrears.overdue for each in self.cases), Decimal("0.00"))

    @property
    def due_on(self) -> date | None:
        """The first deadline."""
        return min((each.case.due_on for each in self.cases if each.case.due_on), default=None)


@dataclass(frozen=True)
class StageRow:
    """One stage: how many cases were in it in a time, how many left it cured, and the median days from first to end."""

    stage: Stage
    entered: int
    left: int
    cured: int
    days: Decimal | None

    @property
    def cure_rate(self) -> Decimal | None:
        """The share of the cases that left the stage because they were paid."""
        return Decimal(self.cured) / self.left if self.left else None


def worklist(
    session: Session, conditions: Sequence[ColumnElement[bool]], *, on: date, today: date, limit: int | None
) -> list[Row]:
    """The customers with open cases: what is past its deadline first, then by priority, deadline and money.

    ``on`` is the business date of the arrears, ``today`` the day by which deadlines pass; all without ``limit``.
    """
    of_open = (CollectionCase.open_for.is_not(None), *conditions)
    asked = (
        select(CollectionCase, Customer)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .join(Customer, Customer.id == CollectionCase.customer_id)
        .where(*of_open)
    )
    loan_nos = select(CollectionCase.loan_no).join(Loan, Loan.loan_no == CollectionCase.loan_no)
    people: dict[int, Customer] = {}
    cases: list[CollectionCase] = []
    for case, customer in session.execute(asked):
        people[customer.id] = customer
        cases.append(case)
    if not cases:
        return []
    found: dict[int, list[Standing]] = defaultdict(list)
    for each in strategy.standings(session, cases, loan_nos.where(*of_open), on):
        found[each.case.customer_id].append(each)
    rows = [Row(people[key], tuple(each)) for key, each in found.items()]
    last = date.max
    rows.sort(
        key=lambda row: (
            (row.due_on or last) >= today,
            -row.first.priority,
            row.due_on or last,
            -row.overdue,
            row.customer.id,
        )
    )
    return rows[:limit]


def stages(session: Session, visible: ColumnElement[bool], since: date, until: date) -> list[StageRow]:
    """Each stage with the cases that entered or left it in a time."""
    asked = (
        select(StagePassage)
        .join(CollectionCase, CollectionCase.id == StagePassage.case_id)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(visible, StagePassage.entered_on <= until)
    )
    entered: dict[Stage, int] = defaultdict(int)
    left: dict[Stage, list[StagePassage]] = defaultdict(list)
    for passage in session.scalars(asked):
        entered[passage.stage] += passage.entered_on >= since
        if passage.left_on is not None and since <= passage.left_on <= until:
            left[passage.stage].append(passage)
    return [_row(stage, entered[stage], left[stage]) for stage in Stage]


def _row(stage: Stage, entered: int, left: list[StagePassage]) -> StageRow:
    days = [(each.left_on - each.entered_on).days for each in left if each.left_on and each.cured]
    return StageRow(
        stage,
        entered,
        len(left),
        sum(each.cured for each in left),
        Decimal(str(median(days))) if days else None,
    )

"""Ranges of loan numbers: how a book is cut into parts of about the same size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lending.loans import Loan, LoanStatus

_WITH_MONEY = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF, LoanStatus.TRANSFERRED)


@dataclass(frozen=True)
class Range:
    """The loans after ``after`` (None: from the first) up to ``last`` (None: to the end)."""

    after: str | None = None
    last: str | None = None

    def of(self, column: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
        """The conditions on a column of loan numbers."""
        found = []
        if self.after is not None:
            found.append(column > self.after)
        if self.last is not None:
            found.append(column <= self.last)
        return found

    def sql(self, column: str) -> str:
        """The same as text, with the parameters of :attr:`parameters`."""
        found = []
        if self.after is not None:
            found.append(f"{column} > :after")
        if self.last is not None:
            found.append(f"{column} <= :last")
        return " AND ".join(found) or "1 = 1"

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the text of :meth:`sql` needs."""
        given = {"after": self.after, "last": self.last}
        return {name: value for name, value in given.items() if value is not None}


def cut(session: Session, loans_a_part: int) -> list[tuple[Range, int]]:
    """The whole book in ranges with how many loans each holds; at least one, and no loan outside, also none to come."""
    numbers = session.scalars(
        select(Loan.loan_no)
        .where(Loan.status.in_(_WITH_MONEY))
        .order_by(Loan.loan_no)
        .execution_options(yield_per=50_000)
    )
    ends, count = [], 0
    for count, loan_no in enumerate(numbers, start=1):
        if count % loans_a_part == 0:
            ends.append(loan_no)
    if count and count % loans_a_part == 0:
        ends.pop()
    starts: list[str | None] = [None, *ends]
    sizes = [loans_a_part] * len(ends) + [count - loans_a_part * len(ends)]
    return [
        (Range(after, last), size) for after, last, size in zip(starts, [*ends, None], sizes, strict=True)
    ]

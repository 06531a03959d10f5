"""Extension: a due date moves, and all later ones with it; the instalment stays, the last one takes the difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending.maths.due_dates import periods_after
from lending.maths.errors import DateBeforeLoan, DueDatesNotRising
from lending.maths.schedules import schedule_of
from lending.maths.terms import Terms


def shifted(terms: Terms, *, from_date: date, to_date: date) -> Terms:
    """The terms with the instalment of ``from_date`` due on ``to_date``, and the later ones as many periods after it.

    The days between count as odd days of that period, by the convention's rule for a longer first period.
    """
    if from_date not in terms.due_dates:
        raise DateBeforeLoan(what_zh="还款日", what_en="due date", on=from_date, value_date=terms.value_date)
    if to_date <= from_date:
        raise DueDatesNotRising(on=to_date, before=from_date)
    index = terms.due_dates.index(from_date)
    later = [periods_after(to_date, step, terms.convention) for step in range(len(terms.due_dates) - index)]
    dates = (*terms.due_dates[:index], *later)
    regular = terms.regular_ends or terms.due_dates
    instalment = schedule_of(terms).rows[terms.agreement.grace_principal].instalment
    return replace(
        terms,
        due_dates=dates,
        regular_ends=(*regular[: index + 1], *later[1:]),
        agreement=replace(terms.agreement, instalment=instalment),
    )

"""How the documents write days, rates and schedules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lending.maths.schedules import Schedule
from lending.money import written


def schedule_facts(plan: Schedule) -> dict[str, object]:
    """What a document says of a schedule: its dates, totals, and the cells of its rows."""
    return {
        "planned_value_date": written_day(plan.value_date),
        "first_due_date": written_day(plan.rows[0].due_date),
        "first_instalment": written(plan.rows[0].instalment),
        "maturity_date": written_day(plan.rows[-1].due_date),
        "total_interest": written(plan.total_interest),
        "total": written(plan.total),
        "rows": [
            [
                str(row.number),
                row.due_date.isoformat(),
                written(row.instalment),
                written(row.principal),
                written(row.interest),
                written(row.balance),
            ]
            for row in plan.rows
        ],
    }


def written_day(day: date) -> str:
    """A day as 2026 年 9 月 15 日."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def written_percent(rate: Decimal, places: int) -> str:
    """A fraction as a percentage of so many decimals."""
    return f"{rate:.{places}%}"

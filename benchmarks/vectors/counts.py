"""Vectors of kind `daycount`: days and parts of a year between two dates."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from benchmarks.vectors.comparing import Comparison, decimals_of
from benchmarks.vectors.files import Facts, Json, NotUnderstood, Vector, day, items, number
from benchmarks.vectors.words import day_count_of
from lending.maths.choices import DayCount, Unit
from lending.maths.daycounts import days_between, icma_fraction, year_fraction
from lending.maths.eu_apr import interval

_INPUTS = {
    "start", "end", "unit", "termination", "ref_start", "ref_end", "reference_start", "reference_end", "frequency", "n",
}  # fmt: skip
_RULES = (
    (r"except d2|termination", DayCount.ISDA_30E_360),
    (r"only if d1|if d1 (is|=|was) (30|31)", DayCount.BOND_30_360),
    (r"feb.*(30|end)", DayCount.US_30U_360),
    (r"d1 ?= ?31 ?-> ?30.*d2 ?= ?31 ?-> ?30", DayCount.EURO_30E_360),
)
_FRACTIONS = {"years", "year_fraction", "fraction", "yearfrac", "factor", "t"}


def compare_counts(vector: Vector, expected: Json) -> Comparison:
    """Every day count that each row expects; one that lacks its reference period is told, not guessed."""
    comparison = Comparison()
    for at, row in enumerate(items(expected), start=1):
        if re.search(r"\beu\b.*(apr|interval)", vector.words):
            _compare_interval(comparison, at, row)
        else:
            _compare_row(vector, comparison, at, row)
    return comparison


def _compare_interval(comparison: Comparison, at: int, row: Facts) -> None:
    found = interval(day(row.get("start")), day(row.get("end")), Unit(str(row.get("unit") or "month")))
    for key, value in row.items():
        if key == "years" or key in _FRACTIONS:
            comparison.near(f"row {at} {key}", value, found.years, places=decimals_of(value))
        elif key in ("whole_periods", "days", "days_in_year"):
            whole = {"whole_periods": found.whole, "days": found.days}.get(key, found.days_in_year)
            comparison.same(f"row {at} {key}", value, whole)
        elif key not in _INPUTS:
            comparison.missing(f"row {at} {key}")


def _compare_row(vector: Vector, comparison: Comparison, at: int, row: Facts) -> None:
    start, end = day(row.get("start")), day(row.get("end"))
    last = day(row["termination"]) if row.get("termination") else None
    for key, value in row.items():
        what = f"row {at} {key}"
        if key in _INPUTS:
            continue
        if key == "days":
            comparison.same(what, value, days_between(_count(vector), start, end, last=last))
        elif re.search(r"icma|isma", key) or (key in _FRACTIONS and re.search(r"\bicma", vector.words)):
            fraction = _icma(row, start, end)
            if fraction is None:
                comparison.remark("ICMA is not compared: its reference periods are not given")
            else:
                comparison.near(what, value, fraction, places=decimals_of(value))
        else:
            count = _count(vector) if key in _FRACTIONS else day_count_of(key.replace("_", "/", 1))
            fraction = year_fraction(count, start, end, last=last)
            comparison.near(what, value, fraction, places=decimals_of(value), tolerance=_last_digits(value))


def _count(vector: Vector) -> DayCount:
    """The day count of a whole file, in its convention or its title."""
    words = vector.words
    for pattern, count in _RULES:
        if re.search(pattern, words):
            return count
    try:
        return day_count_of(vector.text("method", "day_count", "rule"))
    except NotUnderstood:
        return day_count_of(vector.title)


def _icma(row: Facts, start: date, end: date) -> Decimal | None:
    first, second = (
        row.get("ref_start") or row.get("reference_start"),
        row.get("ref_end") or row.get("reference_end"),
    )
    if first is None or second is None:
        return None
    a_year = int(number(row.get("frequency") or 1))
    return icma_fraction(
        start, end, reference_start=day(first), reference_end=day(second), periods_a_year=a_year
    )


def _last_digits(value: Json) -> Decimal:
    """Fractions published to twelve digits come from binary arithmetic; the last two are not compared."""
    return Decimal("2e-11") if decimals_of(value) >= 11 else Decimal(0)

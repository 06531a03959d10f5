"""Vectors of kind `apr`: the annualised cost of cash flows by the European, the American and the spreadsheets' way."""

from __future__ import annotations

import re
from decimal import Decimal

from benchmarks.vectors.comparing import Comparison
from benchmarks.vectors.files import Facts, Json, NotUnderstood, Vector, day, facts, items, number
from lending.maths.cash_flows import Flow, irr, xirr
from lending.maths.choices import Unit
from lending.maths.eu_apr import effective_rate, interval
from lending.maths.regulation_z import UnitFlow, actuarial_rate, half_months, unit_periods

_UNITS = {365: Unit.DAY, 52: Unit.WEEK, 26: Unit.WEEK, 1: Unit.YEAR}


def compare_cost(vector: Vector, expected: Json) -> Comparison:
    """The rate of the vector's flows against every form in which it is expected."""
    rate = _rate(vector)
    comparison, wanted = Comparison(), facts(expected)
    tolerance = max(number(wanted.get("tolerance") or 0), min(vector.declared_difference, Decimal("0.00001")))
    percent = rate * 100
    places = int(number(wanted.get("decimals") or (9 if "tolerance" in wanted else 6)))
    for key, value in wanted.items():
        if key in ("decimals", "tolerance"):
            continue
        if key == "disclosed":
            comparison.near(key, value, percent, places=1)
        elif "percent" in key or key == "apr":
            comparison.near(key, value, percent, places=places, tolerance=tolerance)
        elif "rate" in key or key in ("irr", "xirr"):
            comparison.near(key, value, rate, places=places, tolerance=tolerance)
        else:
            comparison.missing(key)
    return comparison


def _rate(vector: Vector) -> Decimal:
    words = vector.text("method")
    if "xirr" in words:
        return xirr([(day(flow.get("date")), number(flow.get("amount"))) for flow in _dated(vector)])
    if vector.first("flows", "cash_flows", "values") is not None and not _dated(vector):
        periodic = irr(_plain(vector))
        if re.search(r"nominal|12 ?x|x ?12", words):
            return periodic * 12
        return (1 + periodic) ** 12 - 1 if re.search(r"effective|annualis", words) else periodic
    if re.search(r"actuarial|reg(ulation)?\.? ?z|nominal", words):
        return _actuarial(vector)
    if re.search(r"\beu\b|effective|aprc|annual percentage", words):
        return effective_rate(_in_years(vector, "advances"), _in_years(vector, "payments"))
    raise NotUnderstood(f"the cost {words!r} is not known")


def _plain(vector: Vector) -> list[Decimal]:
    flows = vector.first("flows", "cash_flows", "values")
    return [number(flow) for flow in flows] if isinstance(flows, list) else []


def _dated(vector: Vector) -> list[Facts]:
    return items(vector.first("flows", "cash_flows"))


def _repeated(vector: Vector, key: str) -> list[Facts]:
    """The flows of a list; one with a count stands for as many, a unit of time apart."""
    flows: list[Facts] = []
    for flow in items(vector.convention.get(key)):
        count = int(number(flow.get("count") or 1))
        for step in range(count):
            later: Facts = {"t": number(flow["t"]) + step} if "t" in flow else {}
            flows.append(flow | later if count > 1 else flow)
    if not flows:
        raise NotUnderstood(f"no {key} are given")
    return flows


def _in_years(vector: Vector, key: str) -> list[Flow]:
    return [Flow(_years(vector, flow), number(flow.get("amount"))) for flow in _repeated(vector, key)]


def _years(vector: Vector, flow: Facts) -> Decimal:
    for name, per_year in (("t_years", 1), ("years", 1), ("t_months", 12), ("months", 12), ("t_weeks", 52)):
        if name in flow:
            return number(flow[name]) / per_year
    if "t_days" in flow or "days" in flow:
        return number(flow.get("t_days") or flow.get("days")) / 365
    if "date" in flow:
        first = day(items(vector.convention.get("advances"))[0].get("date"))
        unit = Unit(vector.text("unit", "interval") or "month")
        return interval(first, day(flow["date"]), unit).years
    if "t" in flow:
        return (number(flow["t"]) + number(flow.get("f") or 0)) / _a_year(vector)
    raise NotUnderstood(f"the time of {sorted(flow)} is not known")


def _a_year(vector: Vector) -> Decimal:
    given = vector.number("unit_periods_per_year", "periods_per_year", "w")
    return Decimal(12) if given is None else given


def _actuarial(vector: Vector) -> Decimal:
    return actuarial_rate(
        [_unit_flow(vector, flow) for flow in _repeated(vector, "advances")],
        [_unit_flow(vector, flow) for flow in _repeated(vector, "payments")],
        unit_periods_a_year=_a_year(vector),
    )


def _unit_flow(vector: Vector, flow: Facts) -> UnitFlow:
    amount = number(flow.get("amount"))
    if "t" in flow:
        whole, part = divmod(number(flow["t"]), 1)
        return UnitFlow(int(whole), part + number(flow.get("f") or 0), amount)
    if "date" not in flow:
        raise NotUnderstood(f"the time of {sorted(flow)} is not known")
    first, on = day(items(vector.convention.get("advances"))[0].get("date")), day(flow["date"])
    a_year = int(_a_year(vector))
    if a_year == 24:
        return UnitFlow(*half_months(first, on), amount)
    unit = _UNITS.get(a_year, Unit.MONTH)
    every = {26: 2}.get(a_year, 12 // a_year if unit is Unit.MONTH else 1)
    return UnitFlow(*unit_periods(first, on, unit=unit, every=every), amount)

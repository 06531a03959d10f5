"""Vectors of kind `function`: the financial functions of spreadsheets, and the figures of a plain instalment loan."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from benchmarks.vectors.comparing import Comparison, decimals_of
from benchmarks.vectors.files import Facts, Json, NotUnderstood, Vector, day, facts, items, number
from lending.maths.cash_flows import irr, xirr
from lending.maths.functions import FUNCTIONS, mirr, pmt, xnpv

_CALL = re.compile(r"=?\s*([A-Z][A-Z.]*)\s*(?:\(\))?\s*(.*)", re.I)
_WHEN_AT = {"PMT": 4, "PV": 4, "FV": 4, "NPER": 4, "RATE": 4, "IPMT": 5, "PPMT": 5}


def compare_functions(vector: Vector, expected: Json) -> Comparison:
    """Each call, or the figures of the loan."""
    comparison = Comparison()
    if isinstance(expected, dict):
        _compare_loan(vector, comparison, expected)
        return comparison
    for row in items(expected):
        value = row.get("expected", row.get("value", row.get("result")))
        places = int(number(row["decimals"])) if "decimals" in row else decimals_of(value)
        tolerance = number(row.get("tolerance") or 0)
        comparison.near(str(row.get("function")), value, _call(row), places=places, tolerance=tolerance)
    return comparison


def _call(row: Facts) -> Decimal:
    """The value of one call such as `PMT`, `RATE*12` or `PMT type=1`."""
    found = _CALL.fullmatch(str(row.get("function")).strip())
    if found is None:
        raise NotUnderstood(f"the function {row.get('function')!r} is not known")
    name, rest = found.group(1).upper(), found.group(2)
    given = row.get("args")
    args = given if isinstance(given, list) else []
    value = _value(name, args, rest)
    factor = re.search(r"([*/])\s*(\d+(?:\.\d+)?)", rest)
    if factor is None:
        return value
    return value * Decimal(factor.group(2)) if factor.group(1) == "*" else value / Decimal(factor.group(2))


def _value(name: str, args: list[Json], rest: str) -> Decimal:
    if name in ("IRR", "MIRR", "XIRR", "XNPV", "NPV"):
        return _of_flows(name, args)
    if name not in FUNCTIONS:
        raise NotUnderstood(f"the function {name} is not known")
    numbers = [_argument(arg) for arg in args if arg is not None]
    when = re.search(r"type ?= ?1|in advance|begin", rest.lower())
    if when and name in _WHEN_AT:
        numbers += [Decimal(0)] * (_WHEN_AT[name] + 1 - len(numbers))
        numbers[_WHEN_AT[name]] = Decimal(1)
    return FUNCTIONS[name](*numbers[: 5 if name == "RATE" else None])


def _of_flows(name: str, args: list[Json]) -> Decimal:
    flat = [item for arg in args for item in (arg if isinstance(arg, list) else [arg])]
    if name == "NPV":
        return FUNCTIONS["NPV"](*[_argument(item) for item in flat])
    if name == "MIRR":
        rates = [_argument(item) for item in flat[-2:]]
        return mirr([_argument(item) for item in flat[:-2]], rates[0], rates[1])
    if name == "IRR":
        values = args[0] if args and isinstance(args[0], list) else args
        return irr([_argument(item) for item in values])
    rate = [_argument(args[0])] if name == "XNPV" else []
    lists = [arg for arg in args if isinstance(arg, list)]
    if len(lists) < 2:
        raise NotUnderstood(f"{name} needs amounts and days")
    amounts = [_argument(item) for item in lists[0]]
    days = [day(item) for item in lists[1]]
    return xnpv(rate[0], amounts, days) if rate else xirr(list(zip(days, amounts, strict=True)))


def _argument(value: Json) -> Decimal:
    """A number, or a quotient such as `8%/12`."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        return number(above) / number(below)
    return number(value)


def _compare_loan(vector: Vector, comparison: Comparison, expected: Facts) -> None:
    """The payment of an instalment loan, rounded to the cent, and its multiples."""
    principal = vector.number("principal", "amount", "loan_amount", "amount_financed")
    rate = vector.number("annual_rate_percent", "apr_percent", "rate_percent")
    months = vector.number("months", "instalments", "term_months")
    years = vector.number("years", "term_years")
    months = months if months is not None or years is None else years * 12
    if principal is None or rate is None or months is None:
        raise NotUnderstood("the principal, the rate or the months are not given")
    exact = -pmt(rate / 1200, months, principal)
    payment = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    answers = {
        "payment": payment,
        "monthly_payment": payment,
        "instalment": payment,
        "total_of_payments": payment * months,
        "total_payments": payment * months,
        "total_interest": payment * months - principal,
        "total_finance_charge": payment * months - principal,
        "finance_charge": payment * months - principal,
        "amount_financed": principal,
        "principal": principal,
    }
    for key, value in facts(expected).items():
        if key not in answers:
            comparison.missing(key)
        else:
            comparison.near(key, value, answers[key], places=decimals_of(value))

"""The terms of the loan that a vector describes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.vectors.files import Json, NotOfOurTrade, NotUnderstood, Vector, day, facts, items, number
from benchmarks.vectors.words import convention_of, method_of
from lending.maths.convention import Convention, DayCount, Method, PeriodRate
from lending.maths.due_dates import INSTALMENTS_MAX, periods_after, regular_dates
from lending.maths.terms import Agreement, RateChange, Terms

_SOME_DAY = date(2026, 1, 1)
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*x\s*(\d+))?")


def terms_of(vector: Vector) -> Terms:
    """The terms of a schedule."""
    method, convention = method_of(vector), convention_of(vector)
    disbursements = items(vector.convention.get("disbursements"))
    if len(disbursements) > 1 or "down_payment" in vector.convention:
        raise NotOfOurTrade("the loan is paid out in several parts: outside the product")
    principal = vector.number("principal", "amount", "loan_amount", "amount_financed")
    if principal is None and disbursements:
        principal = number(disbursements[0].get("amount"))
    if principal is None:
        raise NotUnderstood("the principal is not given")
    value_date = _value_date(vector, convention)
    count = _instalments(vector, method)
    rate = vector.number(
        "annual_rate_percent", "rate_percent", "interest_rate_percent", "nominal_rate_percent"
    )
    if rate is None:
        raise NotUnderstood("the annual rate is not given")
    dates, regular = _dates(vector, convention, value_date, count)
    terms = Terms(
        principal=principal,
        annual_rate=rate / 100,
        method=method,
        convention=convention,
        value_date=value_date,
        due_dates=dates,
        regular_ends=regular,
        agreement=_agreement(vector, method, len(dates)),
    )
    return _with_rate_changes(vector, terms)


def weights_of(value: Json) -> tuple[Decimal, ...]:
    """The weights of the instalments, as a list or in words such as `1.0 x4, 0.6 x4`."""
    if isinstance(value, list):
        return tuple(number(item) for item in value)
    weights: list[Decimal] = []
    for piece in str(value).split(","):
        found = _PIECE.search(piece)
        if found is None:
            raise NotUnderstood(f"the weight {piece!r} is not known")
        weights += [Decimal(found.group(1))] * int(found.group(2) or 1)
    return tuple(weights)


def in_advance(vector: Vector) -> bool:
    """Whether the first instalment is paid on the day of the pay-out."""
    text = " ".join(vector.text(key) for key in ("method", "weights", "timing", "payment_timing", "mode"))
    return bool(re.search(r"advance|at signing|annuity due|beginning", text))


def _value_date(vector: Vector, convention: Convention) -> date:
    given = vector.first("start_date", "value_date", "disbursement_date", "advance_date", "settlement_date")
    parts = items(vector.convention.get("disbursements"))
    if given is None and parts:
        given = parts[0].get("date")
    if given is not None:
        return day(given)
    if convention.period_rate is PeriodRate.DAYS and convention.day_count is not DayCount.BOND_30_360:
        raise NotUnderstood("interest is counted by days, and the first day is not given")
    return _SOME_DAY


def _instalments(vector: Vector, method: Method) -> int:
    given = vector.first(
        "instalments", "installments", "number_of_instalments", "periods", "months", "n", "term"
    )
    if given is not None:
        return int(number(given))
    if vector.first("due_dates") is not None:
        dates = vector.convention["due_dates"]
        return len(dates) if isinstance(dates, list) else 0
    if vector.first("weights") is not None:
        return len(weights_of(vector.first("weights")))
    if vector.first("term_years", "years") is not None:
        return int((vector.number("term_years", "years") or 0) * 12)
    if method is Method.FIXED_INSTALMENT:
        return INSTALMENTS_MAX
    told = re.search(r"(\d+) (?:monthly )?(?:instalments|months|payments)", vector.text("terms"))
    named = re.search(r"-(\d+)m?(?:-|$)", vector.id)
    found = told or named
    if found is None:
        raise NotUnderstood("the number of instalments is not given")
    return int(found.group(1))


def _dates(
    vector: Vector, convention: Convention, value_date: date, count: int
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """The due dates, and where each period would end if it had the regular length."""
    given = vector.convention.get("due_dates")
    first = vector.first("first_due", "first_due_date", "first_repayment_date", "first_payment_date")
    whole = periods_after(value_date, 1, convention)
    if isinstance(given, list) and given:
        dates = tuple(day(item) for item in given)
    elif first is not None:
        dates = regular_dates(day(first), count, convention)
    elif in_advance(vector):
        dates = tuple(periods_after(value_date, step, convention) for step in range(count))
    else:
        dates = tuple(periods_after(value_date, step, convention) for step in range(1, count + 1))
    near = abs(dates[0] - whole) <= timedelta(days=3) and first is None
    return dates, (dates[0] if near else whole, *dates[1:])


def _agreement(vector: Vector, method: Method, count: int) -> Agreement:
    grace = vector.first("grace_principal", "principal_grace", "grace_on_principal")
    deferred = vector.first("grace_interest_payment", "grace_interest", "interest_grace")
    free = vector.first("interest_free", "grace_interest_charged", "interest_free_periods")
    weights = weights_of(vector.first("weights")) if vector.first("weights") is not None else ()
    parts = vector.first("principal_parts", "parts", "principals")
    final = vector.number("balloon", "final_amount", "residual_value", "balloon_amount")
    return Agreement(
        instalment=_instalment(vector, method, final),
        final_amount=final,
        weights=weights if method is Method.STEP else (),
        parts=tuple(number(part) for part in parts) if isinstance(parts, list) else (),
        grace_principal=_count(grace, count),
        grace_interest=_count(deferred, count),
        interest_free=_count(free, count),
    )


def _count(value: Json, count: int) -> int:
    return 0 if value is None else min(int(number(value)), count)


def _instalment(vector: Vector, method: Method, final: Decimal | None) -> Decimal | None:
    """The amount agreed for each instalment; a publisher may state it in the title or at the end of the name only."""
    if method is Method.FIXED_PRINCIPAL:
        given = vector.number("fixed_principal", "principal_part", "principal_per_period", "instalment")
        return given if given is not None else _told(vector, r"principal (?:plus )?(\d[\d,.]*\d)")
    given = vector.number("instalment", "payment", "fixed_amount", "emi", "installment")
    if given is not None or method is Method.FIXED_INSTALMENT:
        return given
    if method is Method.BALLOON and final is None:
        return _told(vector, r"instalment (\d[\d,.]*\d)")
    return None


def _told(vector: Vector, pattern: str) -> Decimal:
    found = re.search(pattern, vector.title.lower()) or re.search(r"-(\d+(?:\.\d+)?)$", vector.id)
    if found is None:
        raise NotUnderstood("the amount of the instalment is not given")
    return number(found.group(1))


def _with_rate_changes(vector: Vector, terms: Terms) -> Terms:
    changes = []
    for change in items(vector.convention.get("rate_changes")):
        on = next((change[key] for key in ("effective_from", "date", "from", "on") if key in change), None)
        keys = ("annual_rate_percent", "rate_percent", "new_rate_percent", "rate")
        to = next((change[key] for key in keys if key in change), None)
        changes.append(RateChange(day(on), number(to) / 100))
    promotional = vector.number("promotional_rate_percent", "teaser_rate_percent")
    months = vector.number("promotional_months", "teaser_months")
    if promotional is not None and months is not None:
        changes.append(RateChange(terms.due_dates[int(months) - 1], terms.annual_rate))
        terms = replace(terms, annual_rate=promotional / 100)
    return replace(terms, rate_changes=tuple(changes))


def financed_fee(vector: Vector) -> Decimal:
    """A fee that is part of the principal but not of what the borrower receives."""
    given = vector.number("financed_fee", "prepaid_finance_charge", "fee")
    if given is not None:
        return given
    found = re.search(r"(\d+(?:\.\d+)?) (?:\w+ )?(?:financed )?fee", vector.title.lower())
    return number(found.group(1)) if found else Decimal(0)


def shift_of(vector: Vector) -> tuple[date, date] | None:
    """The due date that an extension moves, and where to."""
    shift = facts(vector.convention.get("shift")) or facts(vector.convention.get("extension"))
    if not shift:
        return None
    return day(shift.get("from_date") or shift.get("from")), day(shift.get("to_date") or shift.get("to"))

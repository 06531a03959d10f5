"""Vectors of kind `schedule` and `event`: the rows of a plan, or figures of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.vectors.comparing import Comparison, decimals_of
from benchmarks.vectors.files import Facts, Json, NotUnderstood, Vector, day, facts, items, number
from benchmarks.vectors.loans import financed_fee, shift_of, terms_of
from benchmarks.vectors.words import Numbers, numbers_of
from lending.maths.cash_flows import Flow
from lending.maths.extension import shifted
from lending.maths.receipts import Receipt, after_receipts, pay_off
from lending.maths.regulation_z import UnitFlow, actuarial_rate, unit_periods
from lending.maths.schedules import Row, Schedule, schedule_of
from lending.maths.subsidy import subsidy_at_start
from lending.maths.terms import Terms

Answers = Mapping[str, Decimal | int | list[Decimal]]
_COLUMNS = ("principal", "interest", "instalment", "balance")
_SYNONYMS = {
    "installment": "instalment",
    "payment": "instalment",
    "emi": "instalment",
    "total": "instalment",
    "outstanding": "balance",
    "principal_outstanding": "balance",
}


def compare_schedule(vector: Vector, expected: Json) -> Comparison:
    """The rows, or the figures, of the plan that the vector describes."""
    if "subsid" in vector.text("method"):
        return _compare_figures(vector, expected, _subsidy(vector), None)
    terms = terms_of(vector)
    plan = _plan(vector, terms)
    if isinstance(expected, list):
        comparison = Comparison()
        _compare_rows(vector, comparison, items(expected), plan)
        if not re.search(r"first|key|some", vector.text("rows_given")) and len(expected) != len(plan.rows):
            comparison.faults.append(f"expected {len(expected)} rows, found {len(plan.rows)}")
        return comparison
    return _compare_figures(vector, expected, _figures(vector, terms, plan), plan)


def compare_event(vector: Vector, expected: Json) -> Comparison:
    """What an operation on a loan gives; the loan is described here or in the vector it builds on."""
    base = vector.first("base")
    if base is None:
        return compare_schedule(vector, expected)
    merged = vector.other(str(base)).convention | vector.convention
    loan = replace(vector, convention=merged)
    payoff = vector.first("payoff_date", "pay_off_date", "preclose_date", "settlement_date")
    if payoff is None:
        return compare_schedule(loan, expected)
    terms = terms_of(loan)
    rows = schedule_of(terms).rows
    ended = pay_off(terms, rows, paid=_paid_count(vector, rows, day(payoff)), on=day(payoff))
    answers = {
        "payoff_amount": ended.total,
        "total": ended.total,
        "amount": ended.total,
        "principal": ended.principal,
        "interest": ended.interest,
    }
    return _compare_figures(loan, expected, answers, None)


def _plan(vector: Vector, terms: Terms) -> Schedule:
    """The plan as the vector's events leave it."""
    moved = shift_of(vector)
    if moved is not None:
        terms = shifted(terms, from_date=moved[0], to_date=moved[1])
    receipts = _receipts(vector, terms)
    return after_receipts(terms, receipts) if receipts else schedule_of(terms)


def _receipts(vector: Vector, terms: Terms) -> list[Receipt]:
    receipts = []
    for event in items(vector.convention.get("events")):
        amount = next((event[key] for key in ("paid", "amount", "payment") if key in event), None)
        if amount is None:
            raise NotUnderstood(f"the event {sorted(event)} is not known")
        receipts.append(Receipt(day(event.get("date")), number(amount).quantize(Decimal("0.01"))))
    early = facts(vector.convention.get("early_payment"))
    if early:
        on = day(early.get("date"))
        receipts += [
            Receipt(row.due_date, row.instalment) for row in schedule_of(terms).rows if row.due_date < on
        ]
        receipts.append(Receipt(on, number(early.get("amount"))))
    return receipts


def _paid_count(vector: Vector, rows: tuple[Row, ...], on: date) -> int:
    """How many instalments are paid: those the words name, else all that fell due."""
    words = vector.text("paid")
    span = re.search(r"instalments? (\d+)(?:\s*(?:-|to|and|\.\.)\s*(\d+))?", words)
    if span:
        return int(span.group(2) or span.group(1))
    if re.search(r"nothing|none|no instalment", words):
        return 0
    return sum(row.due_date <= on for row in rows)


def _compare_rows(vector: Vector, comparison: Comparison, expected: list[Facts], plan: Schedule) -> None:
    numbers = numbers_of(vector)
    for position, row in enumerate(expected, start=1):
        at = int(number(row["n"])) if "n" in row else position
        if not 1 <= at <= len(plan.rows):
            comparison.missing(f"row {at}")
            continue
        found = plan.rows[at - 1]
        for key, value in row.items():
            column = _SYNONYMS.get(key, key)
            if column in _COLUMNS:
                amount = getattr(found, column)
                comparison.near(f"row {at} {key}", value, amount, places=_places(value, numbers, row=True))
            elif column in ("due_date", "date"):
                if vector.first("start_date", "first_due", "due_dates", "disbursements") is not None:
                    comparison.same(f"row {at} {key}", value, found.due_date)
            elif column != "n":
                comparison.missing(f"row {at} {key}")


def _places(value: Json, numbers: Numbers, *, row: bool = False) -> int:
    """To how many decimals a figure is given: those told; a plan of unrounded rows may print whole units."""
    if numbers.places is not None:
        return numbers.places
    written = decimals_of(value)
    if isinstance(value, str) and "rounded" in value:
        return written
    if numbers.unrounded and not written and not row:
        return 0
    return max(2, written)


def _compare_figures(vector: Vector, expected: Json, answers: Answers, plan: Schedule | None) -> Comparison:
    comparison, numbers = Comparison(), numbers_of(vector)
    for key, value in facts(expected).items():
        if key == "rows" and plan is not None:
            _compare_rows(vector, comparison, items(value), plan)
            continue
        answer = answers.get(key)
        if key == "instalments" and isinstance(value, list):
            answer = [row.instalment for row in plan.rows] if plan is not None else None
        if answer is None:
            comparison.missing(key)
        elif isinstance(answer, list):
            wanted = value if isinstance(value, list) else [value]
            if len(wanted) != len(answer):
                comparison.faults.append(f"{key}: expected {len(wanted)} values, found {len(answer)}")
            for at, (one, other) in enumerate(zip(wanted, answer, strict=False), start=1):
                comparison.near(f"{key} {at}", one, other, places=_places(one, numbers))
        elif isinstance(answer, int):
            comparison.near(key, value, Decimal(answer), places=0)
        else:
            places = decimals_of(value) if key.startswith(("apr", "borrower")) else _places(value, numbers)
            comparison.near(key, value, answer, places=places)
    return comparison


def _figures(vector: Vector, terms: Terms, plan: Schedule) -> Answers:
    """The figures of a plan, by the names that publishers give them."""
    rows = plan.rows
    regular = rows[min(1, len(rows) - 1)].instalment
    answers: dict[str, Decimal | int | list[Decimal]] = {
        "first": rows[0].instalment,
        "regular": regular,
        "final": rows[-1].instalment,
        "last": rows[-1].instalment,
        "balloon": rows[-1].instalment,
        "instalment": rows[terms.agreement.grace_principal].instalment,
        "instalments": len(rows),
        "balances": [row.balance for row in rows],
        "interests": [row.interest for row in rows],
        "principals": [row.principal for row in rows],
        "residue_balance": rows[-1].balance,
        "first_interest": rows[0].interest,
        "first_principal": rows[0].principal,
        "last_interest": rows[-1].interest,
        "last_principal": rows[-1].principal,
        "capitalised": [row.interest for row in rows if row.interest],
    }
    for name in ("total_interest", "interest_total", "interest"):
        answers[name] = plan.total_interest
    for name in ("total_payment", "total_payments", "total_of_payments", "total", "total_repayment"):
        answers[name] = plan.total
    for name in ("monthly_payment", "monthly", "payment", "installment", "emi"):
        answers[name] = answers["instalment"]
    if any(key in facts(vector.expected) for key in ("apr", "apr_percent")):
        answers["apr"] = answers["apr_percent"] = _actuarial(terms, rows, financed_fee(vector)) * 100
    return answers


def _actuarial(terms: Terms, rows: tuple[Row, ...], fee: Decimal) -> Decimal:
    """The cost of the plan by Regulation Z, the fee being no part of what is received."""
    convention = terms.convention
    payments = []
    for row in rows:
        whole, part = unit_periods(
            terms.value_date, row.due_date, unit=convention.unit, every=convention.every
        )
        payments.append(UnitFlow(whole, part, row.instalment))
    a_year = {"month": 12, "week": 52, "day": 365, "year": 1}[convention.unit.value]
    return actuarial_rate(
        [UnitFlow(0, Decimal(0), terms.principal - fee)],
        payments,
        unit_periods_a_year=Decimal(a_year) / convention.every,
    )


def _subsidy(vector: Vector) -> Answers:
    """The subsidy that gives the lender its yield on instalments without interest."""
    price, deposit = vector.number("price", "cash_price", "principal"), vector.number("deposit")
    words = vector.text("instalments")
    found = re.search(r"(\d+) x (\d[\d,.]*)", words)
    lender = vector.number("lender_yield_percent", "contract_rate_percent", "funding_rate_percent")
    if price is None or lender is None or found is None:
        raise NotUnderstood("the price, the lender's yield or the instalments are not given")
    start = 0 if re.search(r"from the settlement|in advance|at settlement", words) else 1
    amount = number(found.group(2))
    flows = [Flow(Decimal(start + step), amount) for step in range(int(found.group(1)))]
    financed = price - (deposit or Decimal(0))
    cost = sum((flow.amount for flow in flows), Decimal(0)) - financed
    answers = {"subsidy": subsidy_at_start(financed, flows, lender / 100)}
    if cost == 0:
        answers["borrower_rate"] = Decimal(0)
    return answers

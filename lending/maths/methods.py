"""The methods of repayment: each splits a loan into the principal, the interest and the balance of every instalment.

Sources: 等额本息, 等额本金, 先息后本, 气球贷 as lenders print them; the flat rate is that of instalment fees
(P/n + P r a period); weights are those of stepped rentals. Rounding and residue are the convention's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lending.maths.convention import Convention, Correction, Method, OddInterest, Residue, Rounding
from lending.maths.errors import NeverAmortises, NotRepaidInTime
from lending.maths.interest import period_interest
from lending.maths.levels import Weights, level_rates, solved_unit
from lending.maths.periods import Period, periods_known
from lending.maths.roots import bracketed_root
from lending.maths.terms import Terms

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Split:
    """One instalment in yuan; ``balance`` is the principal still owed after it."""

    principal: Decimal
    interest: Decimal
    balance: Decimal


Splits = list[Split]


def split(terms: Terms, periods: Sequence[Period]) -> Splits:
    """The instalments of a loan by its method; deferred interest is paid with the first one after its grace."""
    splits = METHODS[terms.method](terms, periods)
    grace = terms.agreement.grace_interest
    if not grace:
        return splits
    deferred = sum((row.interest for row in splits[:grace]), _NOTHING)
    splits[:grace] = [replace(row, interest=_NOTHING) for row in splits[:grace]]
    splits[grace] = replace(splits[grace], interest=splits[grace].interest + deferred)
    return splits


def _level(terms: Terms, periods: Sequence[Period]) -> Splits:
    """Equal instalments, solved anew whenever the rate changes; a balloon is what they leave."""
    agreed, splits, balance = terms.agreement, Splits(), terms.principal
    starts = [0, *(index for index, period in enumerate(periods) if period.changes and index)]
    for start, end in zip(starts, [*starts[1:], len(periods)], strict=True):
        rest = periods[start:] if end == len(periods) else periods_known(terms, periods[start])[start:]
        weights = _weights(terms, periods)[start:]
        if agreed.instalment is None:
            made = _solved(terms, rest, weights, balance, periods[0])
        else:
            amounts = [None if weight is None else agreed.instalment for weight in weights]
            made = repay(balance, rest, amounts, terms.convention)
        splits += made[: end - start]
        balance = splits[-1].balance
    return splits


def _weights(terms: Terms, periods: Sequence[Period]) -> list[Decimal | None]:
    grace = terms.agreement.grace_principal
    if terms.method is Method.STEP:
        return [None if index < grace else weight for index, weight in enumerate(terms.agreement.weights)]
    return [None if period.number <= grace else Decimal(1) for period in periods]


def _solved(
    terms: Terms, periods: Sequence[Period], weights: Weights, balance: Decimal, first: Period
) -> Splits:
    """The rest of a loan in instalments solved for, rounded, and corrected as the convention says."""
    convention = terms.convention
    rates = level_rates(periods, convention, first)
    final = terms.agreement.final_amount or Decimal(0)
    unit = convention.round_instalment(
        solved_unit(balance, rates, weights, final=final, rests=convention.rests)
    )
    if convention.residue is Residue.IMPLIED_RATE:
        return _by_implied_rate(balance, periods, _amounts(unit, weights, convention), convention)
    made = repay(balance, periods, _amounts(unit, weights, convention), convention)
    if convention.residue is Residue.FIRST_INSTALMENT:
        return _first_takes_residue(made, balance, periods, unit, weights, convention)
    if convention.correction is Correction.ONCE:
        return _corrected(made, balance, periods, unit, weights, convention)
    return made


def _amounts(unit: Decimal, weights: Weights, convention: Convention) -> list[Decimal | None]:
    return [
        None if weight is None else unit if weight == 1 else convention.round_instalment(unit * weight)
        for weight in weights
    ]


def _corrected(
    made: Splits,
    balance: Decimal,
    periods: Sequence[Period],
    unit: Decimal,
    weights: Weights,
    convention: Convention,
) -> Splits:
    """Try the instalment with the last one's difference spread over all; keep it if that difference shrinks.

    Tried only where the difference, in hundredths, exceeds half the number of instalments.
    """
    difference = _total(made[-1]) - unit
    if abs(difference) * 100 <= len(periods) // 2:
        return made
    other = convention.round_instalment(unit + difference / len(periods))
    tried = repay(balance, periods, _amounts(other, weights, convention), convention)
    return tried if abs(_total(tried[-1]) - other) < abs(difference) else made


def _first_takes_residue(
    made: Splits,
    balance: Decimal,
    periods: Sequence[Period],
    unit: Decimal,
    weights: Weights,
    convention: Convention,
) -> Splits:
    """The first instalment changes by the last one's difference, discounted; a fen may stay with the last."""
    growth = Decimal(1)
    for period in periods[1:]:
        growth *= 1 + period.rate
    amounts = _amounts(unit, weights, convention)
    amounts[0] = (amounts[0] or _NOTHING) + convention.round((_total(made[-1]) - unit) / growth)
    return repay(balance, periods, amounts, convention)


def _by_implied_rate(
    balance: Decimal, periods: Sequence[Period], amounts: Sequence[Decimal | None], convention: Convention
) -> Splits:
    """Interest at the rate, close to the agreed one, at which the rounded instalments repay exactly."""
    exact = replace(convention, rounding=Rounding.NONE)

    def left(scale: Decimal) -> Decimal:
        return repay(balance, _scaled(periods, scale), amounts, exact, closing=False)[-1].balance

    scale = Decimal(1)
    if left(Decimal("0.5")) * left(Decimal("1.5")) < 0:
        scale = bracketed_root(left, Decimal("0.5"), Decimal("1.5"))
    return repay(balance, _scaled(periods, scale), amounts, convention)


def _scaled(periods: Sequence[Period], scale: Decimal) -> list[Period]:
    return [
        replace(
            period,
            factors=tuple(factor * scale for factor in period.factors),
            rate=period.rate * scale,
            regular=period.regular * scale,
        )
        for period in periods
    ]


def repay(
    balance: Decimal,
    periods: Sequence[Period],
    amounts: Sequence[Decimal | None],
    convention: Convention,
    *,
    closing: bool = True,
) -> Splits:
    """Pay the ``amounts``, None being the interest alone; when ``closing`` the last instalment pays what is left.

    Raises :class:`NeverAmortises` when an amount is less than the interest that joins the balance.
    """
    splits, accrued = Splits(), Decimal(0)
    closing = closing and convention.residue is not Residue.LEFT_OPEN
    on_top = convention.odd_interest is OddInterest.ON_TOP
    for index, (period, amount) in enumerate(zip(periods, amounts, strict=True), start=1):
        last = index == len(periods)
        if convention.rests == 1:
            interest = period_interest(balance, period.factors, convention)
        else:
            interest, accrued = _at_rest(balance, period, convention, accrued, index, last)
        basis = interest
        if on_top and not period.span.is_regular:
            basis = convention.round(balance * period.regular)
        if last and closing:
            principal = balance
            if convention.residue is Residue.IMPLIED_RATE and amount is not None:
                interest = amount - principal
        elif amount is None:
            principal = _NOTHING
        else:
            principal = amount - basis
            if principal < 0 and closing:
                _check_progress(period, amount, interest)
                principal = _NOTHING
            principal = min(principal, balance) if closing else principal
        balance -= principal
        splits.append(Split(principal, interest, balance))
    return splits


def _at_rest(
    balance: Decimal, period: Period, convention: Convention, accrued: Decimal, index: int, last: bool
) -> tuple[Decimal, Decimal]:
    """The interest due with an instalment, and the interest that waits for the next rest."""
    accrued += balance * period.rate
    if index % convention.rests and not last:
        return _NOTHING, accrued
    return convention.round(accrued), Decimal(0)


def _check_progress(period: Period, amount: Decimal, interest: Decimal) -> None:
    """An instalment may miss its interest by less than a yuan of rounding on the smallest loans, never by more."""
    if interest - amount >= 1:
        raise NeverAmortises(number=period.number, instalment=amount, interest=interest)


def _parts(balance: Decimal, periods: Sequence[Period], parts: Sequence[Decimal], terms: Terms) -> Splits:
    """Agreed parts of the principal, each with the interest on the balance before it; the last takes the rest."""
    splits = Splits()
    for period, part in zip(periods, parts, strict=True):
        interest = period_interest(balance, period.factors, terms.convention)
        principal = balance if period is periods[-1] else min(part, balance)
        balance -= principal
        splits.append(Split(principal, interest, balance))
    return splits


def _equal_principal(terms: Terms, periods: Sequence[Period]) -> Splits:
    grace = terms.agreement.grace_principal
    count = len(periods) - grace
    part = terms.convention.round(terms.principal / count)
    parts = [_NOTHING] * grace + [part] * count
    if terms.convention.residue is Residue.FIRST_INSTALMENT:
        parts[grace] = terms.principal - part * (count - 1)
    return _parts(terms.principal, periods, parts, terms)


def _interest_first(terms: Terms, periods: Sequence[Period]) -> Splits:
    return _parts(terms.principal, periods, [_NOTHING] * len(periods), terms)


def _custom(terms: Terms, periods: Sequence[Period]) -> Splits:
    return _parts(terms.principal, periods, terms.agreement.parts, terms)


def _fixed_principal(terms: Terms, periods: Sequence[Period]) -> Splits:
    part = terms.agreement.instalment or _NOTHING
    return _parts(terms.principal, periods, [part] * len(periods), terms)


def _fixed_instalment(terms: Terms, periods: Sequence[Period]) -> Splits:
    """The same amount until the loan is repaid: as many instalments as that takes, of those there can be."""
    amount, balance, splits = terms.agreement.instalment or _NOTHING, terms.principal, Splits()
    for period in periods:
        interest = period_interest(balance, period.factors, terms.convention)
        if amount <= interest and balance + interest > amount:
            raise NeverAmortises(number=period.number, instalment=amount, interest=interest)
        principal = min(amount - interest, balance)
        balance -= principal
        splits.append(Split(principal, interest, balance))
        if balance == 0:
            return splits
    raise NotRepaidInTime(balance=balance, high=len(periods))


def _flat(terms: Terms, periods: Sequence[Period]) -> Splits:
    """Interest on the original principal in every instalment; the last one takes what rounding leaves of both."""
    convention, principal = terms.convention, terms.principal
    total = convention.round(principal * sum((period.rate for period in periods), Decimal(0)))
    count = len(periods) - terms.agreement.grace_principal
    interest = convention.round(total / len(periods))
    amount = convention.round_instalment(principal / count + total / len(periods))
    splits, balance, charged = Splits(), principal, Decimal(0)
    for period in periods:
        last = period is periods[-1]
        charge = total - charged if last else min(interest, total - charged)
        part = _NOTHING if period.number <= terms.agreement.grace_principal else amount - charge
        part = balance if last else min(part, balance)
        balance, charged = balance - part, charged + charge
        splits.append(Split(part, charge, balance))
    return splits


def _total(row: Split) -> Decimal:
    return row.principal + row.interest


METHODS: dict[Method, Callable[[Terms, Sequence[Period]], Splits]] = {
    Method.EQUAL_INSTALMENT: _level,
    Method.BALLOON: _level,
    Method.STEP: _level,
    Method.EQUAL_PRINCIPAL: _equal_principal,
    Method.INTEREST_FIRST: _interest_first,
    Method.BULLET: _interest_first,
    Method.CUSTOM: _custom,
    Method.FIXED_PRINCIPAL: _fixed_principal,
    Method.FIXED_INSTALMENT: _fixed_instalment,
    Method.FLAT: _flat,
}
"""Every method and the function that splits a loan by it."""

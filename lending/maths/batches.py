"""Schedules of many loans at once, in integer fen: equal instalments to the same fen as :mod:`lending.maths.schedules`.

The annuity factor of each distinct rate is exact in Decimal, kept to 60 binary places; its product with the principal
is taken in two halves of 64-bit integers. Where the part below the fen lies so close to a half that the places cut
off could matter, that instalment is computed in Decimal. Interest is a quotient of integers, rounded half up. No float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lending.maths.convention import (
    Convention,
    Correction,
    PeriodRate,
    Residue,
    Rounding,
    Unit,
    to_unit,
)
from lending.maths.due_dates import check_instalments, months_of
from lending.maths.errors import TermsRefused
from lending.maths.levels import solved_unit
from lending.maths.schedules import PRECISION
from lending.maths.terms import RATE_MAX, check_rate

Integers: TypeAlias = npt.NDArray[np.int64]
RATE_UNIT = 10**8
"""Rates are kept to eight decimals: a rate of 1 is this many."""
PRINCIPAL_FEN_MAX = 2**33 - 1
_HALF_BITS = np.uint64(30)
_LOW = np.uint64(2**30 - 1)


class BatchRefused(TermsRefused):
    """A batch holds what integers of 64 bits can, under a convention that rounds half up."""

    code = "batch_refused"
    zh = "批量计算要求：每月等额本息、四舍五入到分、末期补足尾差，本金 1 至 {fen_max} 分，年利率 0 至 {rate_max}。"
    en = (
        "A batch is of monthly equal instalments, half up to the fen, the last taking the rest, of principals from 1 "
        "to {fen_max} fen at annual rates from 0 to {rate_max}."
    )


@dataclass(frozen=True)
class Batch:
    """The instalments of loans in fen: ``principal[k]`` and ``interest[k]`` are those of each loan's (k + 1)-th."""

    level: Integers
    principal: Integers
    interest: Integers


def level_schedules(
    principal_fen: Integers, annual_rate_e8: Integers, *, instalments: int, convention: Convention
) -> Batch:
    """The schedules of loans over the same number of months; rates are integers of 1e-8.

    >>> made = level_schedules(np.array([10_000_000]), np.array([5_880_000]), instalments=36, convention=Convention())
    >>> int(made.level[0]), int(made.interest.sum()), int(made.principal.sum())
    (303676, 932336, 10000000)

    Raises :class:`BatchRefused` for what it does not reckon exactly.
    """
    check_instalments(instalments)
    _check(principal_fen, annual_rate_e8, convention)
    months = months_of(convention) or 1
    level = _levels(principal_fen, annual_rate_e8, instalments, months)
    shape = (instalments, len(principal_fen))
    principal, interest = np.empty(shape, np.int64), np.empty(shape, np.int64)
    balance = principal_fen.copy()
    rate, year = annual_rate_e8 * (2 * months), 12 * RATE_UNIT
    for row in range(instalments):
        np.multiply(balance, rate, out=interest[row])
        interest[row] += year
        interest[row] //= 2 * year
        if row + 1 < instalments:
            np.subtract(level, interest[row], out=principal[row])
            np.clip(principal[row], 0, balance, out=principal[row])
            balance -= principal[row]
    principal[-1] = balance
    return Batch(level, principal, interest)


def _check(principal_fen: Integers, annual_rate_e8: Integers, convention: Convention) -> None:
    usual = Convention()
    choices = (
        convention.period_rate is PeriodRate.TWELFTH,
        convention.unit in (Unit.MONTH, Unit.YEAR),
        convention.rounding is Rounding.HALF_UP,
        convention.instalment_rounding is Rounding.HALF_UP,
        convention.unit_of_account == convention.instalment_unit == usual.unit_of_account,
        convention.correction is Correction.NONE,
        convention.residue is Residue.LAST_INSTALMENT,
        convention.rests == 1,
    )
    sizes = not len(principal_fen) or (
        int(principal_fen.min()) > 0
        and int(principal_fen.max()) <= PRINCIPAL_FEN_MAX
        and int(annual_rate_e8.min()) >= 0
        and int(principal_fen.max()) * int(annual_rate_e8.max()) * 24 < 2**62
    )
    if not all(choices) or not sizes:
        raise BatchRefused(fen_max=PRINCIPAL_FEN_MAX, rate_max=RATE_MAX)


def _levels(principal_fen: Integers, annual_rate_e8: Integers, instalments: int, months: int) -> Integers:
    """The equal instalments in fen, half up."""
    rates, which = np.unique(annual_rate_e8, return_inverse=True)
    factors = [_factor(int(rate), instalments, months) for rate in rates]
    scaled = np.array([int(factor * 2**60) for factor in factors], np.uint64)[which]
    fen = principal_fen.astype(np.uint64)
    low = fen * (scaled & _LOW)
    high = fen * (scaled >> _HALF_BITS) + (low >> _HALF_BITS)
    part = ((high & _LOW) << _HALF_BITS) | (low & _LOW)
    half = np.uint64(2**59)
    level: Integers = ((high >> _HALF_BITS) + (part >= half)).astype(np.int64)
    for index in np.flatnonzero((part < half) & (part + fen >= half)):
        exact = factors[which[index]] * int(principal_fen[index])
        level[index] = int(to_unit(exact, Decimal(1), Rounding.HALF_UP))
    return level


@lru_cache(maxsize=100_000)
def _factor(rate_e8: int, instalments: int, months: int) -> Decimal:
    """The instalment of a principal of 1."""
    annual = Decimal(rate_e8) / RATE_UNIT
    check_rate(annual)
    with localcontext(PRECISION):
        period = annual * (Decimal(months) / 12)
        return solved_unit(Decimal(1), [period] * instalments, [Decimal(1)] * instalments, final=Decimal(0))

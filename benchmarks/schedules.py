"""How fast schedules are made: all at once in integer fen, and one by one in exact Decimal.

    python -m benchmarks.schedules --loans 1000000 [--instalments 36] [--cores 2]

Every loan's schedule of the batch is compared, fen by fen, with the exact one, in the same run: a difference ends it
with an error. numpy-financial's figures for the same loans, binary and not rounded, are timed beside it. The measured
parts run on one core; `--cores` only spreads the comparison.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from time import perf_counter

import numpy as np

from lending.maths.batches import RATE_UNIT, Batch, Integers, level_schedules
from lending.maths.convention import Convention, Method
from lending.maths.methods import split
from lending.maths.periods import Period, periods_of
from lending.maths.schedules import PRECISION, terms_of

CHUNK = 20_000
_RATES = np.arange(2_000_000, 24_000_000, 10_000)
"""Annual rates from 2 % to 24 %, a hundredth of a per cent apart."""


def portfolio(loans: int, seed: int = 6) -> tuple[Integers, Integers]:
    """Principals from 1,000 to 1,000,000 yuan in fen, and annual rates in units of 1e-8; the same at every run."""
    chance = np.random.default_rng(seed)
    return chance.integers(100_000, 100_000_001, loans), chance.choice(_RATES, loans)


def timed(work: Callable[[Integers, Integers], object], principal: Integers, rate: Integers) -> float:
    """The seconds that ``work`` takes over all loans, chunk by chunk."""
    began = perf_counter()
    for start in range(0, len(principal), CHUNK):
        work(principal[start : start + CHUNK], rate[start : start + CHUNK])
    return perf_counter() - began


def batch(principal: Integers, rate: Integers, instalments: int) -> Batch:
    """The schedules of one chunk."""
    return level_schedules(principal, rate, instalments=instalments, convention=Convention())


def floating(principal: Integers, rate: Integers, instalments: int) -> object:
    """The same loans by numpy-financial: interest and principal of every instalment, not rounded."""
    import numpy_financial  # its absence shall not keep the rest from running

    period = rate / RATE_UNIT / 12
    numbers = np.arange(1, instalments + 1)[:, None]
    interest = numpy_financial.ipmt(period, numbers, instalments, -principal / 100)
    payment = numpy_financial.pmt(period, instalments, -principal / 100)
    return interest, payment - interest


def differing(principal: Integers, rate: Integers, instalments: int) -> tuple[int, float]:
    """How many loans of a chunk differ from the exact path in any fen, and the seconds the exact path took."""
    made = batch(principal, rate, instalments)
    terms = terms_of(
        principal=Decimal(1),
        annual_rate=Decimal(0),
        term_months=instalments,
        method=Method.EQUAL_INSTALMENT,
        value_date=date(2026, 1, 20),
        due_day=20,
        convention=Convention(),
    )
    periods: dict[int, list[Period]] = {}
    found, seconds = 0, 0.0
    for index in range(len(principal)):
        began = perf_counter()
        loan = replace(
            terms,
            principal=Decimal(int(principal[index])).scaleb(-2),
            annual_rate=Decimal(int(rate[index])).scaleb(-8),
        )
        with localcontext(PRECISION):
            key = int(rate[index])
            if key not in periods:
                periods[key] = periods_of(loan)
            rows = split(loan, periods[key])
        seconds += perf_counter() - began
        parts = [int(row.principal.scaleb(2)) for row in rows]
        interest = [int(row.interest.scaleb(2)) for row in rows]
        if made.principal[:, index].tolist() != parts or made.interest[:, index].tolist() != interest:
            found += 1
    return found, seconds


def compared(principal: Integers, rate: Integers, instalments: int, cores: int) -> tuple[int, float]:
    """The loans that differ, over all chunks, and the seconds of the exact path."""
    starts = range(0, len(principal), CHUNK)
    with ProcessPoolExecutor(cores) as pool:
        results = pool.map(
            differing,
            (principal[start : start + CHUNK] for start in starts),
            (rate[start : start + CHUNK] for start in starts),
            (instalments for _ in starts),
        )
        found, seconds = 0, 0.0
        for start, (differ, took) in zip(starts, results, strict=True):
            found, seconds = found + differ, seconds + took
            print(f"compared {min(start + CHUNK, len(principal)):,}/{len(principal):,}", file=sys.stderr)
    return found, seconds


def main(arguments: list[str] | None = None) -> int:
    """Measure, compare every loan, and print one line of JSON; 1 if a fen differs."""
    parser = argparse.ArgumentParser(prog="benchmarks.schedules", description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--instalments", type=int, default=36)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args(arguments)
    principal, rate = portfolio(options.loans)
    count = options.instalments

    def ours(some: Integers, rates: Integers) -> object:
        return batch(some, rates, count)

    def theirs(some: Integers, rates: Integers) -> object:
        return floating(some, rates, count)

    seconds = timed(ours, principal, rate)
    beside = timed(theirs, principal, rate)
    found, exact = compared(principal, rate, count, options.cores)
    result = {
        "loans": options.loans,
        "instalments": count,
        "loans_per_second": round(options.loans / seconds),
        "microseconds_a_loan": round(seconds / options.loans * 1e6, 3),
        "numpy_financial_microseconds_a_loan": round(beside / options.loans * 1e6, 3),
        "decimal_microseconds_a_loan": round(exact / options.loans * 1e6, 1),
        "compared": options.loans,
        "differing": found,
    }
    print(json.dumps(result))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

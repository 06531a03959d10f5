"""``python -m benchmarks.day_end --loans N --database postgresql|sqlite``: what a business date costs.

The book is of loans that lived through real events, due on all days of the month, one in twenty overdue; the day before
was ended. A line of JSON a phase: seconds and loans a second, as a whole and of one process; then the whole day, the
peak memory of the process and of its largest child, the settings of durability, and, on the same database in the same
run, one bare UPDATE of as many rows.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select, text

from benchmarks import loan_book, servers
from benchmarks.bare_library import report
from benchmarks.engine import benchmark_house
from cheliu import day_end
from cheliu.wiring import House
from company.clock import StandingClock
from company.organisation import the_company
from lending import ledger
from lending.books import subledgers
from lending.day_end.tables import DayEndPart, Phase

DAY = date(2026, 9, 15)
DAY_BEFORE = date(2026, 9, 14)


class _Watch:
    """When each phase began and how far it came."""

    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.seconds: dict[Phase, float] = {}
        self.loans: dict[Phase, int] = {}

    def __call__(self, phase: Phase, loans: int, done: int, whole: int) -> None:
        """A part of a phase is done."""
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self.last
        self.loans[phase] = done
        self.last = now
        print(f"{phase.value} {done:,}/{whole:,}", file=sys.stderr)


def prepared(url: str, home: Path, loans: int) -> House:
    """A house whose book stands at the day that is measured."""
    clock = StandingClock(datetime(2026, 9, 15, 15, 0, tzinfo=UTC))
    house = benchmark_house(url, home, clock=clock)
    made = loan_book.patterns(house, DAY)
    with house.database.write() as session:
        the_company(session).business_date = DAY_BEFORE
    day_end.run(house, DAY_BEFORE, processes=1)
    loan_book.multiply(house, made, loans - len(made))
    return house


def measure(house: House, database: str, loans: int, processes: int | None) -> None:
    """Run the day and print its figures."""
    watch = _Watch()
    began = time.perf_counter()
    day_end.run(house, DAY, processes=processes, told=watch)
    total = time.perf_counter() - began
    for phase in Phase:
        seconds = watch.seconds.get(phase, _seconds(house, phase))
        report(
            phase=phase.value,
            seconds=round(seconds, 2),
            loans_per_second=round(loans / seconds) if seconds else None,
            process_seconds=round(_seconds(house, phase), 2),
            changed=_changed(house, phase),
        )
    began = time.perf_counter()
    with house.database.write() as session:
        session.execute(text("UPDATE loan_position SET corrections = corrections + 1"))
    bare = time.perf_counter() - began
    with house.database.read() as session:
        sound = ledger.trial_balance(session, DAY).difference == 0
        ties = all(tie.holds for tie in subledgers.ties(session, DAY, subledgers.BY_LOAN))
    report(
        loans=loans,
        database=database,
        total_seconds=round(total, 2),
        loans_per_second=round(loans / total),
        bare_update_seconds=round(bare, 2),
        peak_megabytes=_megabytes(resource.RUSAGE_SELF),
        peak_megabytes_of_a_child=_megabytes(resource.RUSAGE_CHILDREN),
        durability=house.database.durability(),
        trial_balance_zero=sound,
        sub_ledgers_tie=ties,
    )


def _seconds(house: House, phase: Phase) -> float:
    with house.database.read() as session:
        found = select(func.sum(DayEndPart.milliseconds)).where(
            DayEndPart.day == DAY, DayEndPart.phase == phase
        )
        return (session.scalar(found) or 0) / 1000


def _changed(house: House, phase: Phase) -> int:
    with house.database.read() as session:
        found = select(func.sum(DayEndPart.done)).where(DayEndPart.day == DAY, DayEndPart.phase == phase)
        return session.scalar(found) or 0


def _megabytes(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


def main() -> None:
    """Read the arguments, build the book, measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.day_end", description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--processes", type=int, help="PostgreSQL only; default: all cores")
    given = parser.parse_args()
    if given.loans < 200:
        parser.error("the patterns alone are 112 loans; ask for 200 or more")
    with (
        TemporaryDirectory(prefix="cheliu-day-end-") as folder,
        servers.database_url(given.database, Path(folder)) as url,
    ):
        house = prepared(url, Path(folder), given.loans)
        measure(house, given.database, given.loans, given.processes)
        house.close()


if __name__ == "__main__":
    main()

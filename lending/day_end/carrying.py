"""A day-end from its beginning to the next business date; begun again after a kill, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter
from typing import Protocol

from sqlalchemy.orm import Session

from company.database import Database
from company.files import FileStore
from company.vault import Vault
from lending import turns
from lending.bank import debits
from lending.bank.debits import Ordered
from lending.day_end import debit, running, telling
from lending.day_end.running import Means
from lending.day_end.tables import DayEnd, DayEndPart, DebitFile, Phase


class Told(Protocol):
    """Hears how far a day-end is."""

    def __call__(self, phase: Phase, loans: int, done: int, whole: int) -> None:
        """``loans`` of a part were carried; ``done`` of the ``whole`` book in this phase by now."""


class Spread(Protocol):
    """Does the parts of a phase, in any order or at once; yields each when it is done."""

    def __call__(
        self, day: date, phase: Phase, parts: Sequence[DayEndPart], told: Callable[[DayEndPart], None]
    ) -> None:
        """Do all ``parts`` and tell each."""


@dataclass(frozen=True)
class Carrier:
    """What carries a day-end: the database, the clock, the means, where the file goes, who does the parts."""

    database: Database
    now: Callable[[], datetime]
    means: Means
    vault: Vault
    files: FileStore
    by: int | None = None
    loans_a_part: int = running.LOANS_A_PART

    def one_by_one(
        self, day: date, phase: Phase, parts: Sequence[DayEndPart], told: Callable[[DayEndPart], None]
    ) -> None:
        """Do the parts here, one after the other."""
        for part in parts:
            do_part(self.database, day, phase, part.number, self.means, self.now())
            told(part)


def nobody(phase: Phase, loans: int, done: int, whole: int) -> None:
    """Hears nothing."""


def carry(carrier: Carrier, day: date, *, spread: Spread | None = None, told: Told = nobody) -> DayEnd:
    """Run the day-end of a business date to its end; one that is complete changes nothing.

    Raises a :class:`lending.day_end.errors.DayEndRefused`: :class:`LoansFailed` when the rest is done but some loans
    are not, which another run tries again.
    """
    with turns.one_day_end(carrier.database):
        with carrier.database.write() as session:
            made = running.begin(
                session, day, now=carrier.now(), by=carrier.by, loans_a_part=carrier.loans_a_part
            )
            if made.finished_at is not None:
                return made
        each = spread or carrier.one_by_one
        _phase(carrier, day, Phase.DUE, each, told)
        with turns.alone(carrier.database):
            _phase(carrier, day, Phase.ACCRUE, each, told)
        _write_debit(carrier, day)
        _phase(carrier, day, Phase.TELL, each, told)
        return _close(carrier, day, told)


def do_part(database: Database, day: date, phase: Phase, number: int, means: Means, now: datetime) -> None:
    """One part in a transaction of its own."""
    began = perf_counter()
    with database.write() as session:
        running.do_part(session, day, phase, number, means, now=now)
        _timed(session, day, phase, number, began)


def _phase(carrier: Carrier, day: date, phase: Phase, spread: Spread, told: Told) -> None:
    with carrier.database.read() as session:
        parts = running.parts_left(session, day, phase)
        whole = running.loans_of(session, day, phase)
    done = whole - sum(part.loans for part in parts)

    def count(part: DayEndPart) -> None:
        nonlocal done
        done += part.loans
        told(phase, part.loans, done, whole)

    if parts:
        spread(day, phase, parts, count)


def _write_debit(carrier: Carrier, day: date) -> None:
    """The file is stored first: one that no row names does no harm."""
    began = perf_counter()
    with carrier.database.read() as session:
        if not running.parts_left(session, day, Phase.DEBIT):
            return
        file = debit.written(session, carrier.vault, day)
    stored = carrier.files.put(file.content)
    with carrier.database.write() as session:
        part = running.hold(session, day, Phase.DEBIT)
        if part.done_at is None:
            debit.keep(session, day, file, stored.sha256)
            part.done, part.done_at = file.items, carrier.now()
            _timed(session, day, Phase.DEBIT, 1, began)


def _ordered(carrier: Carrier, day: date) -> list[Ordered]:
    """The items of the day's file."""
    with carrier.database.read() as session:
        file = session.get(DebitFile, day)
        sha256 = file.sha256 if file is not None and file.items else None
    return debits.read(carrier.files.read(sha256)) if sha256 else []


def _close(carrier: Carrier, day: date, told: Told) -> DayEnd:
    began = perf_counter()
    ordered = _ordered(carrier, day)
    with turns.alone(carrier.database):
        with carrier.database.write() as session:
            running.sweep(session, day, carrier.means, now=carrier.now())
        with carrier.database.write() as session:
            made = running.close(session, day, now=carrier.now())
            telling.tell_debits(session, day, carrier.means.taken_messages, ordered, now=carrier.now())
            _timed(session, day, Phase.CLOSE, 1, began)
    told(Phase.CLOSE, made.loans, made.loans, made.loans)
    return made


def _timed(session: Session, day: date, phase: Phase, number: int, began: float) -> None:
    part = session.get_one(DayEndPart, (day, phase, number))  # held by this transaction, not read again
    part.milliseconds = int((perf_counter() - began) * 1000)

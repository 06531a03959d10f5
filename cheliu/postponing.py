"""The edge of the poll's own work: one row in one transaction; what fails waits and holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from cheliu.wiring import House
from company import postponed
from engine import incidents
from engine.edge import at_the_edge
from engine.errors import AlreadyRunning


def do(house: House, kind: str, key: str, work: Callable[[Session], int]) -> int:
    """Do one piece of work in a transaction of its own and return what it does; 0 for one that fails and waits.

    Work that waits for a running case of its name is no fault: its reason stays, nobody is told.
    """

    def run() -> int:
        with house.database.write() as session:
            return work(session)

    return do_apart(house, kind, key, run)


def do_apart(house: House, kind: str, key: str, run: Callable[[], int]) -> int:
    """The same for work that has transactions of its own."""
    done = 0

    def attempted() -> None:
        nonlocal done
        done = run()
        with house.database.read() as session:
            failed_before = session.scalar(postponed.known(kind, key)) is not None
        if failed_before:
            with house.database.write() as session:
                postponed.done(session, kind, key)

    def failed(error: Exception) -> None:
        with house.database.write() as session:
            postponed.postpone(
                session,
                kind,
                key,
                cause=incidents.cause_of(error),
                reason=incidents.words_of(error),
                now=house.clock.now(),
                quietly=isinstance(error, AlreadyRunning),
            )

    at_the_edge(f"{kind} {key}", attempted, failed)
    return done


def strike_off(house: House, moot: Sequence[int]) -> int:
    """What failed and is not due any more (:func:`company.postponed.moot`) waits no more; returns how many."""
    if not moot:
        return 0
    with house.database.write() as session:
        return postponed.strike_off(session, moot)

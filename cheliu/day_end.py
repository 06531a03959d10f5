"""The day-end of a house: its decision table, its messages, the processes it is spread over, and when it is due."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from cheliu.wiring import PROCESSES, House, assemble
from company import parameters
from company.calendar import ZONE
from company.clock import SystemClock
from company.organisation import business_date, the_company
from company.settings import Settings
from engine import decision_tables
from engine.dmn import DecisionModel, parse_dmn
from engine.starts import StartSubscription
from engine.waits import MessageSubscription
from lending import compliance
from lending.day_end.carrying import Carrier, Told, carry, do_part, nobody
from lending.day_end.rows import Facts
from lending.day_end.running import Means
from lending.day_end.tables import DayEnd, DayEndPart, Phase
from lending.life.positions import Category
from lending.turns import DayEndRunning

DECISION = "risk_category"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Classifier:
    """The decision table of the five categories; asked with the same facts it says the same."""

    model: DecisionModel

    def __call__(self, facts: Facts) -> tuple[Category, str]:
        """The category that the table proposes, and what is noted at the row that matched."""
        result = self.model.evaluate(
            DECISION,
            {
                "days_past_due": facts.days_past_due,
                "category_before": facts.category_before.value,
                "paid_on_time": facts.paid_on_time,
                "in_observation": facts.in_observation,
            },
            strict=True,
        )
        return Category(str(result.value)), result.trace[0].rules[0].annotation


def means_of(session: Session) -> Means:
    """The newest deployed table, else the product's own; the messages that a start or a waiting case takes by now."""
    model = decision_tables.newest(session, DECISION)
    if model is None:
        model = parse_dmn((PROCESSES / "decisions" / f"{DECISION}.dmn").read_bytes())
    starts = select(StartSubscription.name).where(StartSubscription.trigger == "message")
    taken = session.scalars(union(starts, select(MessageSubscription.message_name)))
    return Means(Classifier(model), frozenset(taken))


def run(
    house: House,
    day: date | None = None,
    *,
    by: int | None = None,
    processes: int | None = None,
    told: Told = nobody,
) -> DayEnd:
    """Run the day-end of ``day`` (default: the business date), over so many processes on PostgreSQL.

    Where a broker is configured and no number of processes asked for, over the workers that listen to it. Owners of
    rules whose review is near are reminded.

    Raises the refusals of :func:`lending.day_end.carrying.carry`.
    """
    with house.database.read() as session:
        means, wanted = means_of(session), day or business_date(session)
    carrier = Carrier(house.database, house.clock.now, means, house.world.vault, house.world.files, by)
    broker_url = house.settings.broker_url
    if broker_url and not house.database.is_sqlite and processes is None:
        from cheliu.day_end_workers import OverWorkers, messages

        made = carry(carrier, wanted, spread=OverWorkers(house, carrier, messages(broker_url)), told=told)
    else:
        count = 1 if house.database.is_sqlite else processes or os.cpu_count() or 1
        with OverProcesses(house, carrier, count) as spread:
            made = carry(carrier, wanted, spread=spread, told=told)
    with house.database.write() as session:
        compliance.remind(session, business_date(session), house.clock.now())
    return made


class OverProcesses:
    """Does the parts of the phases in processes of its own, begun when a phase first has several parts.

    Each of them opens the house anew. Used as a context: they end with it.
    """

    def __init__(self, house: House, carrier: Carrier, count: int) -> None:
        self._house, self._carrier, self._count = house, carrier, count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> OverProcesses:
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(
        self, day: date, phase: Phase, parts: Sequence[DayEndPart], told: Callable[[DayEndPart], None]
    ) -> None:
        """Do all ``parts`` and tell each; a single one is done here."""
        if self._count == 1 or len(parts) == 1:
            self._carrier.one_by_one(day, phase, parts, told)
            return
        numbered = {part.number: part for part in parts}
        now = self._house.clock.now()
        pool = self._started()
        waiting = [pool.submit(_part, day, phase, number, now) for number in numbered]
        for done in as_completed(waiting):
            told(numbered[done.result()])

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_open,
                initargs=(self._house.settings,),
            )
        return self._pool


_opened: list[tuple[House, Means]] = []


def _open(settings: Settings) -> None:
    house = assemble(settings, clock=SystemClock())
    with house.database.read() as session:
        _opened.append((house, means_of(session)))


def _part(day: date, phase: Phase, number: int, now: datetime) -> int:
    house, means = _opened[0]
    do_part(house.database, day, phase, number, means, now)
    return number


def due_day(house: House) -> date | None:
    """The business date whose day-end the clock asks for, as the parameter ``day_end_time`` says; None if none.

    The demo company stands still on its own date.
    """
    with house.database.read() as session:
        if the_company(session).is_demo:
            return None
        day = business_date(session)
        setting = parameters.value(session, "day_end_time", day)
    after = datetime.combine(day + timedelta(days=1), time.fromisoformat(setting["at"]), ZONE)
    return day if setting["automatic"] and house.clock.now() >= after else None


def run_due(house: House) -> int:
    """Run every day-end that is due; returns how many. One that another process runs is left to it."""
    count = 0
    while (day := due_day(house)) is not None:
        try:
            run(house, day)
        except DayEndRunning:
            _log.info("day_end_running_elsewhere", day=day.isoformat())
            return count
        count += 1
    return count

"""The living demo: a company that has lent for years, built by running engine and day-end through all those days.

Each day the books are ended as in any company, applications go their road, borrowers pay or do not, callbacks and
what follows them are worked off. Nothing is inserted: what is on the pages came about. A day is one transaction, which
ends with its mark: what was cut off goes on after the last day marked, with the same numbers, and becomes the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from rich.progress import Progress

from cheliu import day_end
from cheliu.bank import Bank
from cheliu.demo.borrowers import Borrower, borrower
from cheliu.demo.building import NOW, SHARE, branches_of, lay_foundation
from cheliu.demo.money import Purse
from cheliu.demo.occasions import Occasions
from cheliu.demo.office import Office
from cheliu.demo.own_house import OwnHouse
from cheliu.demo.playing import SHANGHAI, Player
from cheliu.demo.script import Branch, Road, wish
from cheliu.demo.stands import STANDS, Stand
from cheliu.demo.state import Mark, begun_by, lived, mark_built, mark_lived, mark_living, require_whole
from cheliu.demo.synthetic import Synthesizer
from cheliu.wiring import House, assemble
from company import calendar
from company.calendar import WorkingCalendar
from company.clock import StandingClock, SystemClock
from company.messages import Refusal
from company.migrations import upgrade
from company.organisation import Company, the_company
from company.settings import Settings
from lending.bank import debits
from lending.maths.due_dates import months_after

_NIGHT, _OPENING, _LATER = time(0, 30), time(9, 0), time(10, 5)
_MINUTES_A_STEP = 1
_ENDED_OTHERWISE_EVERY = 12
_OTHERWISE = (Stand.REJECTED, Stand.WITHDRAWN, Stand.REJECTED, Stand.VOIDED)
_UNDER_WAY_DAYS = 11
_SWITCHES = {"settle_ms": 0, "refuse_debit_every": 29}


class AnotherCompany(Refusal):
    """A living demo is built in a database of its own."""

    code = "another_company"
    zh = "数据库里已有公司“{name}”。多年演示数据只能建在空数据库里：请用 DATABASE_URL 和 CHELIU_HOME 另指一处。"
    en = (
        "The database holds the company {name}. A living demo is built in an empty database: name another one by "
        "DATABASE_URL and CHELIU_HOME."
    )


@dataclass(frozen=True)
class Plan:
    """How large the living demo is: so many loans over so many months up to the demo's today, all from one seed."""

    loans: int
    months: int
    seed: int

    @property
    def last_day(self) -> date:
        """The business date at which the books stand in the end."""
        return NOW.astimezone(SHANGHAI).date()

    @property
    def first_day(self) -> date:
        """The first business date."""
        return months_after(self.last_day, -self.months, due_day=self.last_day.day)


@dataclass(frozen=True)
class Built:
    """What was built."""

    days: int
    applications: int
    tasks: int


def build_living(settings: Settings, plan: Plan, *, told: Callable[[date], None] | None = None) -> Built:
    """Build it in the empty database of ``settings``; needs the simulated bank. ``told`` hears of each day.

    Raises :class:`AnotherCompany` and :class:`cheliu.demo.state.LivingDemoUnfinished`.
    """
    clock = StandingClock(_at(plan.first_day, _NIGHT))
    house = assemble(settings, clock=clock, bank=Bank(settings.bank_url, callback_url=None))
    try:
        upgrade(house.database, vault=house.world.vault)
        _found(house, plan)
        years = _Years(house, clock, plan)
        day = plan.first_day
        while day < plan.last_day:
            if not years.has_lived(day):
                with house.database.together():
                    years.live(day)
                    years.mark(day)
            if not years.has_lived(day + timedelta(days=1)):  # the last night may have been cut off
                day_end.run(house, day)
            if told is not None:
                told(day)
            day += timedelta(days=1)
        with house.database.together():
            years.live(day)
            return years.finish()
    finally:
        house.close()


def build_with_progress(settings: Settings, plan: Plan) -> Built:
    """Build it and show how far it is."""
    with Progress() as progress:
        days = (plan.last_day - plan.first_day).days
        bar = progress.add_task("多年演示 living demo", total=days)
        return build_living(settings, plan, told=lambda _day: progress.advance(bar))


def _found(house: House, plan: Plan) -> None:
    with house.database.read() as session:
        if begun_by(session) == asdict(plan):
            return
        require_whole(session)
        company = session.get(Company, 1)
        if company is not None:
            raise AnotherCompany(name=company.name)
    with house.database.together():
        _lay(house, plan)


def _lay(house: House, plan: Plan) -> None:
    lay_foundation(house, plan.first_day, NOW)
    with house.database.write() as session:
        for year in range(plan.first_day.year, plan.last_day.year + 2):
            calendar.publish(session, year)
        mark_living(session, asdict(plan))


class _Years:
    """The days of the company one after the other, from the day after the last one marked."""

    def __init__(self, house: House, clock: StandingClock, plan: Plan) -> None:
        self._house, self._clock, self._plan = house, clock, plan
        self._player = Player(house, clock, switches=_SWITCHES)
        self._player.set_bank()
        self._draw = Synthesizer(plan.seed)
        self._borrowers: dict[str, Borrower] = {}
        self._office = Office(self._player, plan.seed, self._borrowers, plan.last_day)
        self._occasions = Occasions(self._player, plan.seed, self._borrowers, plan.last_day)
        self._purse = Purse(self._player, self._borrowers)
        self._mortgages: list[Road] = []
        self._begun = self._paid = self._tasks = 0
        with house.database.read() as session:
            self._branches = branches_of(session)
            working = WorkingCalendar(session)
            span = range((plan.last_day - plan.first_day).days + 1)
            days = [plan.first_day + timedelta(days=offset) for offset in span]
            self._working = {
                day: number for number, day in enumerate(filter(working.is_working_day, days), start=1)
            }
        self._standing = _standing(list(self._working)[-_UNDER_WAY_DAYS:], plan)
        self._keys: list[str] = []  # of the applications of the day
        self._lived: date | None = None
        self._remember()

    def has_lived(self, day: date) -> bool:
        """Whether a day was marked before."""
        return self._lived is not None and day <= self._lived

    def mark(self, day: date) -> None:
        """Note that the day is over."""
        made = Mark(
            day=day,
            clock=self._clock.now(),
            keys=self._keys,
            mortgages=[road.key for road in self._mortgages],
            refused=sorted(self._office.refused),
            told=self._purse.told,
            tasks=self._tasks,
        )
        with self._house.database.write() as session:
            mark_lived(session, made)

    def _remember(self) -> None:
        """Draw again whatever was drawn on the days marked, and stand where the last of them ended."""
        with self._house.database.read() as session:
            marks = lived(session)
        roads = [
            self._road(stand, number, mark.day.year, key)
            for mark in marks
            for (stand, number), key in zip(self._coming(mark.day), mark.keys, strict=True)
        ]
        if not marks:
            return
        last = marks[-1]
        self._lived = last.day
        self._mortgages = [road for road in roads if road.key in last.mortgages]
        self._office.refused = set(last.refused)
        self._purse.told, self._tasks = last.told, last.tasks
        self._clock.advance(last.clock - self._clock.now())

    def live(self, day: date) -> None:
        """A day from its morning: the bank's answers, applications, the borrowers' money, the office."""
        self._keys = []
        self._move(_at(day, _OPENING))
        if self._bank_is_at_it():  # an hour after the order it is asked for its answers
            self._move(_at(day, _LATER))
        is_working = day in self._working
        if is_working:
            self._mortgages = [road for road in self._mortgages if not road.mortgage()]
            for stand, number in self._coming(day):
                self._walk(stand, number)
        self._purse.pay(day)
        if is_working:
            if day != self._plan.last_day:
                self._purse.ask(day)
                self._occasions.work(day)
            self._tasks += self._office.work(day)
            self._purse.settle(day)
        if day == self._plan.last_day:
            OwnHouse(self._player, self._borrowers).settle(day)

    def finish(self) -> Built:
        """The clock shows the demo's today; from now on the company is whole."""
        self._move(max(NOW, self._clock.now()))
        with self._house.database.write() as session:
            the_company(session).clock_offset_seconds = round(
                (self._clock.now() - SystemClock().now()).total_seconds()
            )
            mark_built(session)
        days = (self._plan.last_day - self._plan.first_day).days
        return Built(days, self._begun, self._tasks)

    def _bank_is_at_it(self) -> bool:
        with self._house.database.read() as session:
            return session.scalar(debits.loans_waiting().limit(1)) is not None

    def _move(self, at: datetime) -> None:
        if at > self._clock.now():
            self._clock.advance(at - self._clock.now())
        self._player.work()

    def _due_by(self, day: date) -> int:
        """How many loans are paid out by the end of a day: as many each working day as any other."""
        return -(-self._plan.loans * self._working[day] // len(self._working))

    def _coming(self, day: date) -> list[tuple[Stand, int]]:
        """The applications of a day: where each comes to stand, and which loan it becomes or how it is counted."""
        if day not in self._working:
            return []
        coming: list[tuple[Stand, int]] = []
        for number in range(self._paid, self._due_by(day)):
            if number % _ENDED_OTHERWISE_EVERY == _ENDED_OTHERWISE_EVERY - 1:
                other = _OTHERWISE[number // _ENDED_OTHERWISE_EVERY % len(_OTHERWISE)]
                coming.append((other, number))
            coming.append((Stand.PAID, number))
        return coming + [(stand, number) for number, stand in enumerate(self._standing.get(day, []))]

    def _walk(self, stand: Stand, number: int) -> None:
        road = self._road(stand, number, self._player.today().year)
        self._keys.append(road.key)
        road.walk()
        if stand is Stand.PAID:
            self._purse.agree(road.key, self._borrowers[road.key])
            self._mortgages.append(road)
        elif stand not in _OTHERWISE and number % 3:
            road.claim()

    def _road(self, stand: Stand, number: int, year: int, key: str | None = None) -> Road:
        """The road of an application, begun now or, with ``key``, before; whose it is once it is paid out."""
        asked = wish(self._draw, stand, year)
        branch: Branch = self._branches[SHARE[self._begun % len(SHARE)]]
        road = Road(self._player, branch, asked, stand, minutes=_MINUTES_A_STEP, key=key)
        self._begun += 1
        if stand is Stand.PAID:
            self._borrowers[road.key] = borrower(self._plan.seed, number, asked)
            self._paid += 1
        return road


def _standing(days: list[date], plan: Plan) -> dict[date, list[Stand]]:
    """The applications of the last working days that stand on the steps of the road, the latest ones furthest back."""
    asked = STANDS if plan.loans >= len(STANDS) else ()
    others: list[Stand] = [stand for stand in asked if stand is not Stand.PAID]
    cuts = [len(others) * number // len(days) for number in range(len(days) + 1)]
    return {day: others[cuts[number] : cuts[number + 1]] for number, day in enumerate(days)}


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, SHANGHAI).astimezone(UTC)

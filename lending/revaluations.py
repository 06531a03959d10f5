"""Re-valuation: what each mortgaged car is worth by the price table of the day, beside what is still owed on it.

Run once a business date, when a price has come into force since the last run or a month has passed. A loan above its
car's value raises an alert (W14), above 120 % a graver one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    ForeignKey,
    SQLColumnExpression,
    String,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate
from company.organisation import branch_of
from lending import alerts, callback_facts, price_tables, vehicle_prices
from lending.alerts import AlertKind, AlertLevel
from lending.collateral import STANDING, Collateral
from lending.errors import LendingError
from lending.loans import Loan, LoanStatus
from lending.valuation import CarFacts
from lending.vehicle_prices import VehiclePrice
from lending.vehicles import Vehicle

EVERY_DAYS = 30
ABOVE, FAR_ABOVE = Decimal(1), Decimal("1.2")
_RATIO = Decimal("0.0001")
_UNSYNCHRONISED = {"synchronize_session": False}


LEASE = timedelta(minutes=5)
"""How long a run is its worker's from each batch on; after that another goes on where it stopped."""


class RevaluationRun(Base):
    """One run: for which business date, how many cars were valued, how many models had no price, and loans above.

    ``after`` is the last loan that was valued, ``lease_version`` counts the workers that have had the run, and
    ``ended_at`` is None while it is not complete.
    """

    __tablename__ = "revaluation_run"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    valued: Mapped[int] = mapped_column(default=0)
    unpriced: Mapped[int] = mapped_column(default=0)
    above: Mapped[int] = mapped_column(default=0)
    ran_at: Mapped[datetime] = mapped_column(Instant)
    after: Mapped[str] = mapped_column("after_loan", String(24), default="")
    lease_version: Mapped[int] = mapped_column(default=1)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Revaluation(Base):
    """The newest value of a loan's car by the table, in yuan, and principal over value; ``stale``: by an old price."""

    __tablename__ = "revaluation"

    loan_no: Mapped[str] = mapped_column(String(24), ForeignKey("loan.loan_no"), primary_key=True)
    valued_on: Mapped[date] = mapped_column(Date, index=True)
    value: Mapped[Decimal] = mapped_column(Fen)
    before: Mapped[Decimal | None] = mapped_column(Fen)
    principal: Mapped[Decimal] = mapped_column(Fen)
    loan_to_value: Mapped[Decimal] = mapped_column(Rate, index=True)
    price_id: Mapped[int] = mapped_column(ForeignKey("vehicle_price.id"))
    version: Mapped[str] = mapped_column(String(20))
    stale: Mapped[bool]


@dataclass(frozen=True)
class Done:
    """What a run did."""

    valued: int
    unpriced: int
    above: int


@dataclass(frozen=True)
class Hold:
    """The right of one worker to go on with a day's run, after a loan."""

    day: date
    version: int
    after: str


class RunTakenOver(LendingError):
    """Another worker goes on with the run."""

    code = "revaluation_taken_over"
    zh = "{day} 的车辆重新估值已由另一后台进程接续。"
    en = "Another worker goes on with the re-valuation of {day}."


LAST = select(func.max(RevaluationRun.day))
"""The business date of the last run."""


def is_due(session: Session, on: date, now: datetime) -> bool:
    """Whether a run is left by its worker, the table has changed since the last one, or a month has passed."""
    last = session.scalar(LAST)
    unfinished = select(RevaluationRun.day).where(is_unfinished()).exists()
    left = select(RevaluationRun.day).where(*is_left(on, now)).exists()
    priced = select(VehiclePrice.id).where(*has_begun(last or on, on)).exists()
    found = session.execute(select(unfinished, left, priced)).one()
    return is_time(last, on, unfinished=bool(found[0]), left=bool(found[1]), priced=bool(found[2]))


def is_time(last: date | None, on: date, *, unfinished: bool, left: bool, priced: bool) -> bool:
    """Whether a run is due whose predecessor was on ``last``.

    ``unfinished``: one is under way, ``left``: by its worker; ``priced``: a price has come into force since the last.
    """
    if last is None:
        return True
    return left if unfinished else priced or last + timedelta(days=EVERY_DAYS) <= on


def is_unfinished() -> ColumnElement[bool]:
    """Which runs are not complete."""
    return RevaluationRun.ended_at.is_(None)


def is_left(
    on: date | SQLColumnExpression[date], now: datetime | BindParameter[datetime]
) -> tuple[ColumnElement[bool], ...]:
    """Which runs another worker may go on with: of an earlier day, or held by nobody any more."""
    lease = RevaluationRun.lease_until
    return (is_unfinished(), or_(RevaluationRun.day < on, lease.is_(None), lease <= now))


def has_begun(
    since: date | SQLColumnExpression[date], until: date | SQLColumnExpression[date]
) -> tuple[ColumnElement[bool], ...]:
    """Which prices have come into force after ``since``."""
    return (VehiclePrice.valid_from > since, VehiclePrice.valid_from <= until)


def claim(session: Session, on: date, *, now: datetime) -> Hold | None:
    """Take the run of a day, from its beginning or from where a worker left it; None while another has it.

    A run of an earlier day that is not complete ends there, whoever has it: that of the day values every car anyway.
    """
    earlier = update(RevaluationRun).where(RevaluationRun.day < on, RevaluationRun.ended_at.is_(None))
    over = earlier.values(ended_at=now, lease_version=RevaluationRun.lease_version + 1)
    session.execute(over, execution_options=_UNSYNCHRONISED)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = {"valued": 0, "unpriced": 0, "above": 0, "after": "", "lease_version": 1}
    row = insert(RevaluationRun).values(day=on, ran_at=now, lease_until=now + LEASE, **first)
    made = session.execute(row.on_conflict_do_nothing(index_elements=["day"]).returning(RevaluationRun.day))
    if made.first() is not None:
        return Hold(on, 1, "")
    left = (
        update(RevaluationRun)
        .where(
            RevaluationRun.day == on,
            RevaluationRun.ended_at.is_(None),
            or_(RevaluationRun.lease_until.is_(None), RevaluationRun.lease_until <= now),
        )
        .values(lease_version=RevaluationRun.lease_version + 1, lease_until=now + LEASE)
        .returning(RevaluationRun.lease_version, RevaluationRun.after)
    )
    taken = session.execute(left, execution_options=_UNSYNCHRONISED).first()
    return None if taken is None else Hold(on, taken[0], taken[1])


def loans_to_value(session: Session, after: str, limit: int) -> list[tuple[Loan, Vehicle]]:
    """The loans that are repaid and secured by a car, by their number."""
    asked = (
        select(Loan, Vehicle)
        .join(Collateral, Collateral.application_no == Loan.application_no)
        .join(Vehicle, Vehicle.id == Collateral.vehicle_id)
        .where(Loan.status == LoanStatus.ACTIVE, Collateral.status.in_(STANDING), Loan.loan_no > after)
        .order_by(Loan.loan_no)
        .limit(limit)
    )
    return [(loan, vehicle) for loan, vehicle in session.execute(asked)]


def value_some(session: Session, found: list[tuple[Loan, Vehicle]], *, on: date, now: datetime) -> Done:
    """Value these cars by the table of the day and raise the alerts of those worth less than is owed."""
    stale = price_tables.stale_before(session, on)
    made = [_value(session, loan, vehicle, stale, on=on) for loan, vehicle in found]
    valued = [each for each in made if each is not None]
    above = [each for each in valued if each.loan_to_value > ABOVE]
    session.flush()
    for each in above:
        far = each.loan_to_value > FAR_ABOVE
        alerts.raise_alert(
            session,
            each.loan_no,
            AlertKind.PRICE_FALL,
            AlertLevel.ORANGE if far else AlertLevel.YELLOW,
            f"{each.price_id}:{'far' if far else 'above'}",
            facts={"value": each.value, "principal": each.principal, "ratio": f"{each.loan_to_value:.1%}"},
            on=on,
            now=now,
        )
    return Done(len(valued), len(made) - len(valued), len(above))


def _value(session: Session, loan: Loan, vehicle: Vehicle, stale: date, *, on: date) -> Revaluation | None:
    """A car that was bought new has its first registration at the pay-out; mileage is what is usual for its age."""
    region = branch_of(session, loan.unit_id).region or ""
    registered = vehicle.first_registered_on or loan.value_date
    year = registered.year if registered else None
    price = vehicle_prices.find(session, vehicle.model_name, on=on, region=region, model_year=year)
    if price is None:
        return None
    km = vehicle_prices.usual_mileage(session, registered, on)
    car = CarFacts(vehicle.energy, registered, km, region=region)
    valued = vehicle_prices.valuate(session, price.price, car, on)
    principal = callback_facts.principal_of(session, loan)
    row = session.get(Revaluation, loan.loan_no)
    if row is None:
        row = Revaluation(loan_no=loan.loan_no)
        session.add(row)
    elif row.valued_on != on:
        row.before = row.value
    row.valued_on, row.value, row.principal = on, valued.value, principal
    row.loan_to_value = (principal / valued.value).quantize(_RATIO)
    row.price_id, row.version = price.id, valued.version
    row.stale = price_tables.is_stale(price, stale, on)
    return row


def note(session: Session, hold: Hold, done: Done, *, after: str, complete: bool, now: datetime) -> Hold:
    """Write down what a batch did, in its transaction, and hold the run for the next.

    Raises :class:`RunTakenOver` when another worker has gone on with it: the batch is then that one's.
    """
    kept = session.execute(
        update(RevaluationRun)
        .where(RevaluationRun.day == hold.day, RevaluationRun.lease_version == hold.version)
        .values(
            valued=RevaluationRun.valued + done.valued,
            unpriced=RevaluationRun.unpriced + done.unpriced,
            above=RevaluationRun.above + done.above,
            after=after,
            lease_until=now + LEASE,
            ended_at=now if complete else None,
        )
        .returning(RevaluationRun.day),
        execution_options=_UNSYNCHRONISED,
    )
    if kept.first() is None:
        raise RunTakenOver(day=hold.day)
    return replace(hold, after=after)


def last_run(session: Session) -> RevaluationRun | None:
    """The latest run."""
    return session.scalar(select(RevaluationRun).order_by(RevaluationRun.day.desc()).limit(1))


def worst(
    session: Session, reach: ColumnElement[bool], *, above: Decimal, limit: int
) -> list[tuple[Revaluation, Loan, Vehicle]]:
    """Loans within ``reach`` (on Loan) whose principal is more than ``above`` of their car's value, the worst first."""
    asked = (
        select(Revaluation, Loan, Vehicle)
        .join(Loan, Loan.loan_no == Revaluation.loan_no)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .where(reach, Loan.status == LoanStatus.ACTIVE, Revaluation.loan_to_value > above)
        .order_by(Revaluation.loan_to_value.desc(), Revaluation.loan_no)
        .limit(limit)
    )
    return [(row, loan, vehicle) for row, loan, vehicle in session.execute(asked)]

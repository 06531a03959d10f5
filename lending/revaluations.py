"""Re-valuation: what each mortgaged car is worth by the price table of the day, beside what is still owed on it.

Run once a business date, when a price has come into force since the last run or a month has passed. A loan above its
car's value raises an alert (W14), above 120 % a graver one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, SQLColumnExpression, String, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate
from company.organisation import branch_of
from lending import alerts, callback_facts, price_tables, vehicle_prices
from lending.alerts import AlertKind, AlertLevel
from lending.collateral import STANDING, Collateral
from lending.loans import Loan, LoanStatus
from lending.valuation import CarFacts
from lending.vehicle_prices import VehiclePrice
from lending.vehicles import Vehicle

EVERY_DAYS = 30
ABOVE, FAR_ABOVE = Decimal(1), Decimal("1.2")
_RATIO = Decimal("0.0001")


class RevaluationRun(Base):
    """One run: for which business date, how many cars were valued, how many models had no price, and loans above."""

    __tablename__ = "revaluation_run"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    valued: Mapped[int] = mapped_column(default=0)
    unpriced: Mapped[int] = mapped_column(default=0)
    above: Mapped[int] = mapped_column(default=0)
    ran_at: Mapped[datetime] = mapped_column(Instant)


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


LAST = select(func.max(RevaluationRun.day))
"""The business date of the last run."""


def is_due(session: Session, on: date) -> bool:
    """Whether the table has changed since the last run, or a month has passed; once a day at most."""
    last = session.scalar(LAST)
    began = select(VehiclePrice.id).where(*has_begun(last or on, on))
    return is_time(last, on, priced=session.scalar(began.limit(1)) is not None)


def is_time(last: date | None, on: date, *, priced: bool) -> bool:
    """Whether a run is due whose predecessor was on ``last``; ``priced``: a price has come into force since."""
    if last is None or last + timedelta(days=EVERY_DAYS) <= on:
        return last != on
    return priced


def has_begun(
    since: date | SQLColumnExpression[date], until: date | SQLColumnExpression[date]
) -> tuple[ColumnElement[bool], ...]:
    """Which prices have come into force after ``since``."""
    return (VehiclePrice.valid_from > since, VehiclePrice.valid_from <= until)


def claim(session: Session, on: date, *, now: datetime) -> bool:
    """Take the run of a day; False when another worker has."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(RevaluationRun).values(day=on, valued=0, unpriced=0, above=0, ran_at=now)
    made = session.execute(row.on_conflict_do_nothing(index_elements=["day"]).returning(RevaluationRun.day))
    return made.first() is not None


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


def note(session: Session, on: date, done: Done) -> None:
    """Write down what a day's run did."""
    run = session.get_one(RevaluationRun, on)
    run.valued, run.unpriced, run.above = done.valued, done.unpriced, done.above
    session.flush()


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

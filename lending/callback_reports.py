"""What callbacks come to: the days of a month, how many are planned, done, late or not reached, outcomes by segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from lending.applications import Application
from lending.callback_kinds import CallbackOutcome, CallbackStatus
from lending.callbacks import CallbackVisit
from lending.customers import Customer
from lending.dealers import Dealer
from lending.labels import Labelled
from lending.loans import Loan
from lending.products import Product
from lending.vehicles import Vehicle

WINDOW = timedelta(days=5)
"""A callback is made within five days of its day; then it is late."""
_S = CallbackStatus
_UNDER_WAY = (_S.PREPARING, _S.CONTACTING)
_OPEN = (_S.PLANNED, *_UNDER_WAY)
_REACHED = (_S.DONE, _S.REFUSED)


class Stand(Labelled):
    """How a callback stands on the board."""

    PLANNED = "planned", "待回访", "Planned"
    UNDER_WAY = "under_way", "进行中", "Under way"
    LATE = "late", "已超期", "Late"
    REACHED = "reached", "已联系上", "Reached"
    NOT_REACHED = "not_reached", "未联系上", "Not reached"


class Segment(Labelled):
    """By what outcomes are told apart."""

    GRADE = "grade", "资信等级", "Grade"
    PRODUCT = "product", "产品", "Product"
    VEHICLE = "vehicle", "车辆", "Car"
    DEALER = "dealer", "经销商", "Dealer"
    METHOD = "method", "回访方式", "Way"


@dataclass(frozen=True)
class Row:
    """A callback with what a list shows of its loan."""

    visit: CallbackVisit
    loan: Loan
    customer: Customer
    model_name: str


@dataclass(frozen=True)
class Board:
    """The callbacks of a month by how they stand, and the share of those due by today that are ended."""

    counts: dict[Stand, int]
    completion: Decimal | None
    minutes: Decimal | None
    checked: int
    quality: Decimal | None


@dataclass(frozen=True)
class SegmentRow:
    """One segment: how many callbacks ended, how many with each outcome, the share that was good."""

    name: str
    total: int
    outcomes: dict[CallbackOutcome, int]

    @property
    def good_share(self) -> Decimal:
        """The share of good ones, a fraction."""
        return Decimal(self.outcomes.get(CallbackOutcome.GOOD, 0)) / self.total


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _in_month(first: date, last: date) -> ColumnElement[bool]:
    """Planned in the month, or before it and still open."""
    return or_(
        CallbackVisit.planned_on.between(first, last),
        and_(CallbackVisit.planned_on < first, CallbackVisit.status.in_(_OPEN)),
    )


def _asked(visible: ColumnElement[bool]) -> Select[CallbackVisit, Loan, Customer, str]:
    return (
        select(CallbackVisit, Loan, Customer, Vehicle.model_name)
        .join(Loan, Loan.loan_no == CallbackVisit.loan_no)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .where(visible)
    )


def stand_of(visit: CallbackVisit, today: date) -> Stand | None:
    """How a callback stands; None for one that was given up."""
    if visit.status in _OPEN:
        if visit.planned_on + WINDOW < today:
            return Stand.LATE
        return Stand.PLANNED if visit.status is _S.PLANNED else Stand.UNDER_WAY
    if visit.status is _S.CANCELLED:
        return None
    return Stand.REACHED if visit.status in _REACHED else Stand.NOT_REACHED


def rows(
    session: Session,
    visible: ColumnElement[bool],
    first: date,
    last: date,
    *,
    today: date,
    stand: Stand | None = None,
    limit: int,
) -> list[Row]:
    """The callbacks of the days, by day; of one ``stand`` only if told."""
    asked = _asked(visible).where(_in_month(first, last)).where(_stands(stand, today))
    asked = asked.where(CallbackVisit.status != _S.CANCELLED)
    ordered = asked.order_by(CallbackVisit.planned_on, CallbackVisit.id).limit(limit)
    return [
        Row(visit, loan, customer, model) for visit, loan, customer, model in session.execute(ordered).all()
    ]


def _stands(stand: Stand | None, today: date) -> ColumnElement[bool]:
    late_before = today - WINDOW
    status, planned_on = CallbackVisit.status, CallbackVisit.planned_on
    match stand:
        case Stand.PLANNED:
            return and_(status == _S.PLANNED, planned_on >= late_before)
        case Stand.UNDER_WAY:
            return and_(status.in_(_UNDER_WAY), planned_on >= late_before)
        case Stand.LATE:
            return and_(status.in_(_OPEN), planned_on < late_before)
        case Stand.REACHED:
            return status.in_(_REACHED)
        case Stand.NOT_REACHED:
            return status == _S.UNREACHABLE
    return CallbackVisit.id.is_not(None)


def days(session: Session, visible: ColumnElement[bool], first: date, last: date) -> dict[date, int]:
    """How many callbacks lie on each day, those given up left out."""
    asked = (
        select(CallbackVisit.planned_on)
        .join(Loan, Loan.loan_no == CallbackVisit.loan_no)
        .where(visible, CallbackVisit.planned_on.between(first, last), CallbackVisit.status != _S.CANCELLED)
    )
    found: dict[date, int] = defaultdict(int)
    for day in session.scalars(asked):
        found[day] += 1
    return found


def board(session: Session, visible: ColumnElement[bool], first: date, last: date, *, today: date) -> Board:
    """The board of a month."""
    asked = (
        select(CallbackVisit)
        .join(Loan, Loan.loan_no == CallbackVisit.loan_no)
        .where(visible, _in_month(first, last))
    )
    counts = dict.fromkeys(Stand, 0)
    minutes: list[int] = []
    scores: list[int] = []
    due = ended = 0
    for visit in session.scalars(asked):
        stand = stand_of(visit, today)
        if stand is None:
            continue
        counts[stand] += 1
        is_ended = stand in (Stand.REACHED, Stand.NOT_REACHED)
        due += visit.planned_on <= today or is_ended
        ended += is_ended
        if visit.duration_minutes is not None:
            minutes.append(visit.duration_minutes)
        if visit.quality_score is not None:
            scores.append(visit.quality_score)
    return Board(
        counts,
        Decimal(ended) / due if due else None,
        Decimal(median(minutes)) if minutes else None,
        len(scores),
        (Decimal(sum(scores)) / len(scores)).quantize(Decimal("0.1")) if scores else None,
    )


def segments(
    session: Session, visible: ColumnElement[bool], by: Segment, since: date, until: date
) -> list[SegmentRow]:
    """The outcomes of the callbacks that ended in a time, by segment, the largest first."""
    asked = (
        select(CallbackVisit, Vehicle, Dealer.name, Product.name)
        .join(Loan, Loan.loan_no == CallbackVisit.loan_no)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .join(Dealer, Dealer.id == Loan.dealer_id)
        .join(Application, Application.application_no == Loan.application_no)
        .join(Product, Product.id == Application.product_id)
        .where(visible, CallbackVisit.outcome.is_not(None), CallbackVisit.ended_on.between(since, until))
    )
    found: dict[str, list[CallbackOutcome]] = defaultdict(list)
    for visit, vehicle, dealer, product in session.execute(asked).all():
        names = {
            Segment.GRADE: str((visit.answers or {}).get("pack_grade", "—")),
            Segment.PRODUCT: product,
            Segment.VEHICLE: f"{vehicle.kind.value}/{vehicle.energy.value}",
            Segment.DEALER: dealer,
            Segment.METHOD: visit.method.value if visit.method else "—",
        }
        if visit.outcome is not None:
            found[names[by]].append(visit.outcome)
    return sorted((_row(name, each) for name, each in found.items()), key=lambda row: (-row.total, row.name))


def _row(name: str, outcomes: Sequence[CallbackOutcome]) -> SegmentRow:
    counted = {outcome: outcomes.count(outcome) for outcome in CallbackOutcome if outcome in outcomes}
    return SegmentRow(name, len(outcomes), counted)

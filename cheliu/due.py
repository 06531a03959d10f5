"""What the worker has to do beside the engine's work: one statement, so that a poll that finds nothing asks once.

Each kind says itself when it is due; the work asks again by the same words before it does anything.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Exists, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from cheliu import callbacks as visits
from cheliu import collecting, revaluing
from company import outbox, postponed
from company.calendar import CalendarDay, works
from company.database import Instant
from company.organisation import Company
from company.outbox import OutboxMessage
from lending import callback_plans, callbacks, deliveries, revaluations
from lending.callback_plans import CallbackPlanning
from lending.callbacks import CallbackVisit
from lending.collections import cases, catching_up
from lending.collections.cases import CollectionCase
from lending.collections.catching_up import CollectionSweep
from lending.deliveries import Delivery
from lending.loans import Loan
from lending.revaluations import RevaluationRun
from lending.vehicle_prices import VehiclePrice


class Work(StrEnum):
    """The kinds of work, in the order in which a turn does them."""

    OUTBOX = "outbox"
    DELIVERIES = "deliveries"
    CALLBACKS = "callbacks"
    COLLECTIONS = "collections"
    REVALUATION = "revaluation"


_NOW = bindparam("now", type_=Instant())


def _waiting(kind: str) -> Select[str]:
    return postponed.waiting(kind, _NOW)


def _moot(kind: str, still: Select[str]) -> Exists:
    return postponed.moot(kind, _NOW, still).exists()


_DAY = Company.business_date
_LAST_VALUED = revaluations.LAST.scalar_subquery()
_ASKED = select(
    _DAY,
    select(OutboxMessage.id).where(*outbox.is_due(_NOW)).exists().label("messages"),
    select(Delivery.id).where(*deliveries.is_due(_NOW)).exists().label("deliveries"),
    select(CallbackPlanning.day).where(callback_plans.is_run_of(_DAY)).exists().label("planned"),
    select(CallbackVisit.id)
    .join(Loan, Loan.loan_no == CallbackVisit.open_for)
    .where(*callback_plans.is_over(), CallbackVisit.callback_no.not_in(_waiting(visits.ENDING)))
    .exists()
    .label("over"),
    select(CallbackVisit.id)
    .where(*callbacks.is_due(_DAY), CallbackVisit.callback_no.not_in(_waiting(visits.BEGINNING)))
    .exists()
    .label("to_begin"),
    or_(
        _moot(visits.ENDING, callback_plans.numbers_over()),
        _moot(visits.BEGINNING, callbacks.numbers_due(_DAY)),
    ).label("moot_callbacks"),
    select(CalendarDay.is_working).where(CalendarDay.day == _DAY).scalar_subquery().label("said"),
    select(CollectionCase.id)
    .join(Loan, Loan.loan_no == CollectionCase.loan_no)
    .where(*cases.is_orphaned(), CollectionCase.case_no.not_in(_waiting(collecting.ENDING)))
    .exists()
    .label("orphaned"),
    select(CollectionSweep.day).where(catching_up.is_look_of(_DAY)).exists().label("swept"),
    postponed.due(collecting.BEGINNING, _NOW).exists().label("begun_again"),
    _moot(collecting.ENDING, cases.numbers_orphaned()).label("moot_collections"),
    _LAST_VALUED.label("last_valued"),
    select(RevaluationRun.day).where(revaluations.is_unfinished()).exists().label("unfinished"),
    select(RevaluationRun.day).where(*revaluations.is_left(_DAY, _NOW)).exists().label("left"),
    _waiting(revaluing.RUN).exists().label("postponed"),
    postponed.due(revaluing.RUN, _NOW).exists().label("revalued_again"),
    select(VehiclePrice.id).where(*revaluations.has_begun(_LAST_VALUED, _DAY)).exists().label("priced"),
)


def work_due(session: Session, now: datetime) -> frozenset[Work]:
    """The kinds of work of which something is due; all of them where there is no company yet."""
    row = session.execute(_ASKED, {"now": now}).first()
    if row is None:
        return frozenset(Work)
    begins = row.to_begin and works(row.business_date, row.said)
    asked = {
        Work.OUTBOX: row.messages,
        Work.DELIVERIES: row.deliveries,
        Work.CALLBACKS: not row.planned or row.over or begins or row.moot_callbacks,
        Work.COLLECTIONS: not row.swept or row.orphaned or row.begun_again or row.moot_collections,
        Work.REVALUATION: not row.postponed
        and (
            (row.revalued_again and not row.unfinished)
            or revaluations.is_time(
                row.last_valued,
                row.business_date,
                unfinished=bool(row.unfinished),
                left=bool(row.left),
                priced=bool(row.priced),
            )
        ),
    }
    return frozenset(work for work, is_due in asked.items() if is_due)

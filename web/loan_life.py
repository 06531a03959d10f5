"""The life of a loan on its page: versions of its schedule, its events with what they posted, its figures explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request
from sqlalchemy.orm import Session

from lending.life import changes, events
from lending.life.bookings import DESK_OF
from lending.life.events import LoanEvent
from lending.life.explaining import Explained, explained
from lending.life.explaining_rows import explained_instalment, explained_use
from lending.life.kinds import Component, EventKind
from lending.life.state import Part, Reading
from lending.loans import Loan, ScheduleVersion
from web.bookings import booked
from web.display import yuan
from web.language import current
from web.language import translate as _
from web.registers import day_asked


@dataclass(frozen=True)
class ShownEvent:
    """An event in the reader's language; ``used`` is what its money paid, ``entries`` the references it posted."""

    event: LoanEvent
    kind: str
    detail: str
    entries: tuple[str, ...]
    reversed: bool
    reversible: bool
    use: Explained | None


@dataclass(frozen=True)
class LoanLife:
    """What the page shows of a loan's life; ``parts`` are the instalments with what was paid, by number.

    ``instalment`` is the one whose amount the address asks to be explained. ``on`` is the day of the figures, none
    of them before the pay-out; ``latest`` the last day that can be asked for.
    """

    on: date
    latest: date
    begun: bool
    figures: list[Explained]
    events: list[ShownEvent]
    versions: list[tuple[ScheduleVersion, str]]
    shown: ScheduleVersion | None
    parts: dict[int, Part]
    instalment: Explained | None = None


def life_of(session: Session, loan: Loan, on: date) -> LoanLife:
    """The life of a loan up to a business date; the version asked for in the address, else the one in force.

    The figures are those of the day that the address asks for, at most that date.
    """
    on = max(on, loan.value_date or on)
    wanted_day = min(day_asked("on") or on, on)
    reading = changes.reading_of(session, loan.loan_no, on)
    at_day = changes.reading_of(session, loan.loan_no, wanted_day)
    told = [_shown(event, reading) for event in events.listed(session, loan.loan_no)]
    wanted = request.args.get("version", type=int)
    shown = next((version for version in loan.schedules if version.version == wanted), loan.current_schedule)
    in_force = shown is not None and shown is loan.current_schedule
    number = request.args.get("explain", type=int)
    return LoanLife(
        wanted_day,
        on,
        reading is not None,
        explained(at_day) if at_day else [],
        told,
        [(version, _why(version, told)) for version in loan.schedules],
        shown,
        {part.number: part for part in reading.state.parts} if reading and in_force else {},
        explained_instalment(reading, number) if reading and in_force and number else None,
    )


def _why(version: ScheduleVersion, told: list[ShownEvent]) -> str:
    """The event that made a version, in the reader's language."""
    cause = next((row for row in told if row.event.id == version.event_id), None)
    return booked(version.reason) if cause is None else f"{cause.kind} {cause.detail}"


def _shown(event: LoanEvent, reading: Reading | None) -> ShownEvent:
    language = current()
    told = event.happening
    detail = [f"{Component(word).label(language)} {yuan(amount)}" for word, amount in event.used.items()]
    if told.rule is not None:
        detail.append(told.rule.label(language))
    if told.months:
        detail.append(_("{n} 个月", n=told.months))
    if told.annual_rate is not None:
        detail.append(f"{told.annual_rate:.4%}")
    if told.component is not None and not event.used:
        detail.append(told.component.label(language))
    if event.reason:
        detail.append(event.reason)
    return ShownEvent(
        event,
        event.kind.label(language),
        " · ".join(detail),
        tuple(posting.entry_reference for posting in event.postings),
        event.reversed_by_id is not None,
        event.reversed_by_id is None and event.kind in DESK_OF and event.kind is not EventKind.REVERSAL,
        explained_use(reading.ground, event) if reading else None,
    )

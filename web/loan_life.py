"""The life of a loan on its page: versions of its schedule, its events with what they posted, its figures explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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
from lending.money import ZERO
from web.bookings import booked
from web.display import day, yuan
from web.language import current
from web.language import translate as _
from web.registers import day_asked


@dataclass(frozen=True)
class ShownEvent:
    """An event in the reader's language; ``use`` is what its money paid, ``entries`` the references it posted."""

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
    of them before the pay-out; ``latest`` the last day that can be asked for. ``suspense`` is what lies in the loan's
    own suspense on the day, ``use_of_suspense`` what will become of it.
    """

    on: date
    latest: date
    begun: bool
    figures: list[Explained]
    events: list[ShownEvent]
    versions: list[tuple[ScheduleVersion, str]]
    shown: ScheduleVersion | None
    parts: dict[int, Part]
    suspense: Decimal
    use_of_suspense: str
    instalment: Explained | None = None


def life_of(session: Session, loan: Loan, on: date) -> LoanLife:
    """The life of a loan up to a business date; the version asked for in the address, else the one in force.

    The figures are those of the day that the address asks for, at most that date.
    """
    on = max(on, loan.value_date or on)
    wanted_day = min(day_asked("on") or on, on)
    reading = changes.reading_of(session, loan.loan_no, on)
    at_day = changes.reading_of(session, loan.loan_no, wanted_day)
    listed = events.listed(session, loan.loan_no)
    moved = events.suspense_moved(listed)
    told = [_shown(event, reading, moved.get(event.id, ZERO)) for event in listed]
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
        at_day.state.suspense if at_day else ZERO,
        _use_of_suspense(at_day) if at_day else "",
        explained_instalment(reading, number) if reading and in_force and number else None,
    )


def _why(version: ScheduleVersion, told: list[ShownEvent]) -> str:
    """The event that made a version, in the reader's language."""
    cause = next((row for row in told if row.event.id == version.event_id), None)
    return booked(version.reason) if cause is None else f"{cause.kind} {cause.detail}"


def _use_of_suspense(reading: Reading) -> str:
    """What becomes of money that lies in the loan's own suspense, in the reader's language."""
    if reading.state.next_due is not None:
        return _(
            "{day} 到期时自动抵还当期应还款；此前登记还款或提前还款时也会先用上，无需认领。",
            day=day(reading.state.next_due),
        )
    if reading.state.frozen_on is not None:
        return _("登记核销后收回时一并使用，无需认领。")
    if reading.owed:
        return _("登记下一笔还款时一并抵还欠款，无需认领。")
    return _("贷款已无欠款，应退还付款人。")


def _shown(event: LoanEvent, reading: Reading | None, to_suspense: Decimal) -> ShownEvent:
    language = current()
    told = event.happening
    detail = [f"{Component(word).label(language)} {yuan(amount)}" for word, amount in event.used.items()]
    if to_suspense:
        word = "转暂收款 {amount}" if to_suspense > 0 else "使用暂收款 {amount}"
        detail.append(_(word, amount=yuan(abs(to_suspense))))
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

"""Topics of a loan's bookings: reckoning what was asked for, and posting it when another person has approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from engine.topics import Call
from handlers.register import TOPICS
from lending.errors import LendingError
from lending.life import bookings
from lending.life.bookings import Booking, Foreseen
from lending.life.events import MONEY
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.maths.choices import Prepayment

_PERCENT = Decimal(100)


class AlreadyBooked(LendingError):
    """Money that is recorded is not recorded again."""

    code = "already_booked"
    zh = "该笔（{reference}）此前已登记，内容相同，无需重复办理。"
    en = "This was recorded under {reference} before, with the same content; nothing is to be done."


def booking_of(data: Mapping[str, object], business_key: str) -> Booking:
    """What the answers ask for; without a bank's reference or a reversed event's it stands under the case's number."""
    kind = EventKind(str(data["booking_kind"]))
    rate = _number(data, "rate_percent")
    rule, component = data.get("prepayment_rule"), data.get("booking_component")
    told = Happening(
        kind,
        _day(data["booking_date"]),
        _number(data, "booking_amount") or Decimal("0.00"),
        rule=Prepayment(str(rule)) if rule and kind is EventKind.PREPAYMENT else None,
        months=int(_number(data, "months_longer") or 0),
        holiday=int(_number(data, "holiday_instalments") or 0),
        annual_rate=None if rate is None else rate / _PERCENT,
        component=Component(str(component)) if component else None,
        returned=bool(data.get("subsidy_returned")),
        reason=str(data.get("booking_reason") or ""),
    )
    reference = business_key
    if kind in MONEY:
        reference = str(data["bank_reference"]).strip()
    elif kind is EventKind.REVERSAL:
        reference = str(data["reversed_reference"]).strip()
    quote_no = str(data.get("quote_no") or "").strip()
    return Booking(str(data["loan_no"]), told, reference, quote_no or None)


@TOPICS.topic("rehearse-booking")
def rehearse_booking(call: Call, loan_no: str) -> dict[str, object]:
    """Refuse what cannot be booked, tell who approves it, and reckon what it comes to.

    Raises lending.life.errors.BookingNotAllowed, AlreadyBooked and whatever the booking itself would be refused with.
    """
    booking = booking_of(call.data, call.business_key)
    bookings.require_maker(call.session, call.actor, booking)
    foreseen = bookings.rehearse(
        call.session,
        booking,
        booked_on=call.business_date,
        now=call.clock_now,
        by=call.actor.employee_id,
    )
    if foreseen.again:
        raise AlreadyBooked(reference=booking.reference)
    kind = booking.told.kind
    call.describe(title=loan_no, subtitle=kind.zh, amount=booking.told.amount or None)
    return {
        "desk": bookings.desk_of(call.session, booking).value,
        "booking_maker": call.actor.name,
        "booking_maker_id": call.actor.employee_id,
        "check_decision": None,
        "check_comment": None,
        **_effect(foreseen),
    }


def _effect(foreseen: Foreseen) -> dict[str, object]:
    used = foreseen.used
    late = [used[component] for component in (Component.PENALTY, Component.COMPOUND) if component in used]
    state = foreseen.after.state
    return {
        "pays_cost": used.get(Component.COST),
        "pays_penalty": sum(late) if late else None,
        "pays_interest": used.get(Component.INTEREST),
        "pays_principal": used.get(Component.PRINCIPAL),
        "pays_fee": used.get(Component.FEE),
        "left_in_suspense": foreseen.to_suspense if foreseen.to_suspense > 0 else None,
        "owed_afterwards": foreseen.after.owed,
        "next_instalment": foreseen.next_amount,
        "instalments_afterwards": foreseen.instalments,
        "ends_on": state.parts[-1].due_date,
    }


@TOPICS.topic("conclude-booking")
def conclude_booking(
    call: Call, check_decision: str, booking_maker_id: int | None = None
) -> dict[str, object]:
    """Post what was approved; given back or refused, nothing is posted."""
    if check_decision != "approve":
        return {}
    done = bookings.carry_out(
        call.session,
        booking_of(call.data, call.business_key),
        booked_on=call.business_date,
        now=call.clock_now,
        maker_id=booking_maker_id,
        checker=call.actor,
    )
    return {"event_reference": done.event.reference}


def _number(data: Mapping[str, object], name: str) -> Decimal | None:
    value = data.get(name)
    return None if value in (None, "") else Decimal(str(value))


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))

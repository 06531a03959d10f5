"""Topics of a loan's bookings: reckoning what was asked for, and posting it when another person has approved."""

from __future__ import annotations

from engine.topics import Call
from handlers.register import TOPICS
from lending.errors import LendingError
from lending.life import bookings
from lending.life.asking import booking_of
from lending.life.bookings import Foreseen
from lending.life.kinds import Component


class AlreadyBooked(LendingError):
    """Money that is recorded is not recorded again."""

    code = "already_booked"
    zh = "该笔（{reference}）此前已登记，内容相同，无需重复办理。"
    en = "This was recorded under {reference} before, with the same content; nothing is to be done."


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

"""Topics of a loan's bookings: reckoning what was asked for, and posting it when another person has approved."""

from __future__ import annotations

from sqlalchemy import exists, select

from company import outbox
from engine import history
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from engine.topics import Call
from forms.errors import FieldRefused, FormRefused
from handlers.register import TOPICS
from lending import debt_transfers, loans
from lending.errors import LendingError
from lending.life import bookings
from lending.life.asking import booking_of
from lending.life.bookings import Booking, Foreseen
from lending.life.events import BANKED
from lending.life.kinds import Component, EventKind

REGISTERED = "loan_booking/Task_RegisterBooking"
APPROVALS = ("Task_CheckBooking", "Task_ApproveChange", "Task_ApproveWriteOff")
REASON_MIN = 2


class AlreadyBooked(LendingError):
    """Money that is recorded is not recorded again."""

    code = "already_booked"
    zh = "该笔（{reference}）此前已登记，内容相同，无需重复办理。"
    en = "This was recorded under {reference} before, with the same content; nothing is to be done."


class BookingUnderWay(LendingError):
    """What is asked for waits for approval already."""

    code = "booking_under_way"
    zh = "该笔（{reference}）已由 {number} 送审，尚未办结，请勿重复送审；请等待其结论，或请审批人退回。"
    en = (
        "This ({reference}) was sent for approval as {number}, which is still open; wait for its decision or have it "
        "given back."
    )


class NothingToBook(LendingError):
    """What was asked for has been done by another booking in the meantime."""

    code = "nothing_to_book"
    zh = "该事项（{reference}）已由其他业务办理，没有可入账的内容，不能同意；请选“不同意”并写明原因。"
    en = (
        "This ({reference}) has been done by another booking in the meantime: there is nothing to post, and it cannot "
        "be approved. Refuse it and say why."
    )


class RefusedWithoutReason(FieldRefused):
    """Who asked for a booking is told why it was refused or given back."""

    code = "booking_refused_without_reason"
    zh = "不同意或退回须写明原因，登记人会收到。"
    en = "Say why it is refused or given back; who asked for it is told."


@TOPICS.topic("rehearse-booking")
def rehearse_booking(call: Call, loan_no: str) -> dict[str, object]:
    """Refuse what cannot be booked, tell who approves it, and reckon what it comes to.

    Raises lending.life.errors.BookingNotAllowed, AlreadyBooked, BookingUnderWay, lending.loan_changes.ChangeOpen for
    what would cross a change under way, and whatever the booking itself would be refused with.
    """
    booking = booking_of(call.data, call.business_key)
    debt_transfers.require_unchanging(call.session, loan_no, booking.told.kind)
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
    twin = _open_twin(call, booking)
    if twin is not None:
        raise BookingUnderWay(reference=booking.reference, number=twin)
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


def _open_twin(call: Call, booking: Booking) -> str | None:
    """The number of another case of the loan that waits for approval of the same reversal or the same money.

    One given back to its maker waits for nobody: it meets this one when it is sent again.
    """
    kind = booking.told.kind
    if kind is not EventKind.REVERSAL and kind not in BANKED:
        return None
    name = "reversed_reference" if kind is EventKind.REVERSAL else "bank_reference"
    approving = exists().where(
        UserTask.instance_id == Instance.id,
        UserTask.element_id.in_(APPROVALS),
        UserTask.status == TaskStatus.OPEN.value,
    )
    waiting = select(Instance).where(
        Instance.process_id == call.element.process_id,
        Instance.status == InstanceStatus.RUNNING.value,
        Instance.title == booking.loan_no,
        Instance.id != call.instance_id,
        approving,
    )
    numbers = {case.id: case.business_key for case in call.session.scalars(waiting.order_by(Instance.id))}
    asked = history.latest_answers(call.session, REGISTERED, numbers)
    same = [
        case_id for case_id, said in asked.items() if str(said.get(name, "")).strip() == booking.reference
    ]
    return numbers[min(same)] if same else None


@TOPICS.topic("conclude-booking")
def conclude_booking(
    call: Call,
    check_decision: str,
    check_comment: str | None = None,
    booking_maker_id: int | None = None,
) -> dict[str, object]:
    """Post what was approved; given back or refused, nothing is posted and the maker is told why.

    Raises RefusedWithoutReason, NothingToBook, lending.loan_changes.ChangeOpen where a change of the loan has begun
    since that the booking would cross, and whatever the booking is refused with.
    """
    booking = booking_of(call.data, call.business_key)
    if check_decision != "approve":
        reason = (check_comment or "").strip()
        if len(reason) < REASON_MIN:
            raise FormRefused({"check_comment": RefusedWithoutReason()})
        _tell_maker(call, booking, booking_maker_id, check_decision, reason)
        return {}
    loans.get(
        call.session, booking.loan_no, to_change=True
    )  # no change begins between the look and the entry
    debt_transfers.require_unchanging(call.session, booking.loan_no, booking.told.kind)
    done = bookings.carry_out(
        call.session,
        booking,
        booked_on=call.business_date,
        now=call.clock_now,
        maker_id=booking_maker_id,
        checker=call.actor,
    )
    if done.again:
        raise NothingToBook(reference=booking.reference)
    return {"event_reference": done.event.reference}


def _tell_maker(call: Call, booking: Booking, maker_id: int | None, decision: str, reason: str) -> None:
    if maker_id is None:
        return
    told = {
        "template": "booking_decided",
        "employee_id": maker_id,
        "business_key": call.business_key,
        "loan_no": booking.loan_no,
        "kind": booking.told.kind.value,
        "decision": decision,
        "reason": reason,
        "by": call.actor.name,
    }
    occasion = f"booking_decided:{call.business_key}:{call.clock_now.isoformat()}"
    outbox.put(call.session, "notify", occasion, told, call.clock_now)

"""Collections in the living demo: calls, visits and letters by collectors, decisions by legal, who leads them outside.

A contact asks the gate first, as the page of a case does; refused, it waits for another day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from cheliu.demo.borrowers import Fate, Habit, yuan
from cheliu.demo.duties import Answers, Duty, Work, said
from company import audit
from company.organisation import business_date
from lending.collections import cases, contact_log, promises
from lending.collections.cases import CollectionCase
from lending.collections.kinds import Recovery
from lending.contact_gate import Channel, Person
from lending.life import arrears
from lending.money import ZERO

_COURT = "上海市浦东新区人民法院"
_GROUND = "逾期 {days} 天，多次联系未果，借款人无还款安排"
# What a call comes to, of those who will pay and of those who will not.
_OF_THE_WILLING = ("promise", "promise", "promise", "no_answer", "busy", "connected_refuse")
_OF_THE_OTHERS = (
    *("no_answer", "no_answer", "switched_off", "busy", "message_left", "connected_refuse"),
    *("connected_refuse", "promise", "promise"),
)
_TOLD: Mapping[Fate, str] = {
    Fate.DECEASED: "deceased",
    Fate.DISPUTE: "connected_dispute",
    Fate.HARDSHIP: "connected_hardship",
}
_TELLS_FROM_DAY = 5
_CHOICES: Mapping[Fate, Recovery] = {
    Fate.COURT: Recovery.LITIGATION,
    Fate.WRITTEN_OFF: Recovery.PAYMENT_ORDER,
    Fate.AGENCY: Recovery.OUTSOURCE,
    Fate.SOLD: Recovery.HANDOVER,
}
_PROMISED_WITHIN_DAYS = 7


def _reached(channel: Channel, person: Person) -> Callable[[Work], Answers | None]:
    """Ask the gate; what the contact came to, or None where it may not be made today."""

    def contact(work: Work) -> Answers | None:
        house = work.player.house
        now = house.clock.now()
        with house.database.write() as session:
            found = cases.open_of(session, work.loan_no)
            if found is None or work.lots.random() < 0.1:
                return None
            attempt = contact_log.ask(
                session,
                house.world.vault,
                found,
                house.world.contact_rules,
                channel=channel,
                person=person,
                number="",
                now=now,
                by=work.actor.employee_id or 0,
            )
            facts = {"allowed": attempt.allowed, "rule": attempt.rule, "channel": channel.value}
            facts["person"] = person.value
            audit.record(
                session, now, work.actor, "collection.dial", "collection_case", found.case_no, after=facts
            )
            if not attempt.allowed:
                return None
            pending = promises.pending(session, work.loan_no) is not None
            stands = arrears.of_loan(session, work.loan_no, business_date(session))
            owed = stands.overdue if stands and not pending else ZERO
            came = _came(work, found, owed)
        return came | _of_visit(work) if channel is Channel.VISIT else came

    return contact


def _came(work: Work, found: CollectionCase, owed: Decimal) -> dict[str, object]:
    """What a contact came to; ``owed`` is what may be promised, nothing while a promise is pending."""
    borrower, lots = work.borrower, work.lots
    stopped = borrower.habit is Habit.STOPS
    result = lots.choice(_OF_THE_OTHERS if stopped else _OF_THE_WILLING)
    if stopped and borrower.fate in _TOLD and found.days_past_due >= _TELLS_FROM_DAY:
        result = _TOLD[borrower.fate]
    if result == "promise":
        if owed <= ZERO:
            result = "connected_refuse"
        else:
            share = Decimal(1) if not stopped else Decimal(lots.choice(("0.1", "0.2", "0.3")))
            on = work.today + timedelta(days=lots.randrange(1, _PROMISED_WITHIN_DAYS))
            return {
                "result_code": "connected_promise",
                "promise_amount": yuan((owed * share).quantize(Decimal("0.01"))),
                "promise_on": on.isoformat(),
                "contact_minutes": lots.randrange(2, 9),
                "contact_note": "客户说明原因，答应按期还款",
            }
    return {"result_code": result, "contact_minutes": lots.randrange(0, 6), "contact_note": _NOTES[result]}


_NOTES: Mapping[str, str] = {
    "connected_refuse": "称暂无资金，未作承诺",
    "connected_dispute": "称有一期已还，要求核对流水",
    "connected_hardship": "失业三个月，希望延期",
    "deceased": "家属接听，告知借款人已去世",
    "no_answer": "无人接听",
    "busy": "占线",
    "switched_off": "关机",
    "message_left": "语音信箱留言",
}


def _of_visit(work: Work) -> dict[str, object]:
    """Two people come: the one who has the case and a colleague of the post-loan desk."""
    return {"companion": "postloan_manager", "visit_place": work.lots.choice(("home", "work"))}


def _sent(work: Work) -> Answers:
    way = work.lots.choice(("post", "post", "electronic"))
    sent: dict[str, object] = {"sent_by": way, "delivered_on": work.today.isoformat()}
    if way == "post":
        sent["tracking_no"] = f"EMS{work.today:%Y%m%d}{work.borrower.number:05d}"
    return sent


def _decided(work: Work) -> Answers:
    with work.player.house.database.read() as session:
        found = cases.open_of(session, work.loan_no)
        days = found.days_past_due if found else 0
    choice = Recovery.PLAN
    if work.borrower.habit is Habit.STOPS:
        choice = _CHOICES.get(work.borrower.fate, Recovery.PLAN)
    decided: dict[str, object] = {
        "recovery_choice": choice.value,
        "recovery_ground": _GROUND.format(days=days),
    }
    if choice in (Recovery.LITIGATION, Recovery.PAYMENT_ORDER):
        decided["handed_to"] = _COURT
    return decided


DUTIES: Mapping[tuple[str, str], Duty] = {
    ("collections", "Task_Contact"): Duty("collector", _reached(Channel.CALL, Person.BORROWER)),
    ("collections", "Task_ContactGuarantor"): Duty("collector", _reached(Channel.CALL, Person.GUARANTOR)),
    ("collections", "Task_Visit"): Duty("collector", _reached(Channel.VISIT, Person.BORROWER)),
    ("collections", "Task_SendLetter"): Duty("collector", _sent),
    ("collections", "Task_DecideRecovery"): Duty("legal", _decided),
    ("repayment", "Task_CheckClaim"): Duty("finance_checker", said(check_decision="approve")),
    ("repayment", "Task_ProposeReversal"): Duty("finance_maker", said(return_note="银行退票，户名不符")),
    ("repayment", "Task_CheckReversal"): Duty("finance_checker", said(check_decision="approve")),
    ("loan_booking", "Task_CheckBooking"): Duty("finance_checker", said(check_decision="approve")),
    ("loan_booking", "Task_ApproveChange"): Duty("reviewer_l1", said(check_decision="approve")),
    ("loan_booking", "Task_ApproveWriteOff"): Duty("risk_committee", said(check_decision="approve")),
}

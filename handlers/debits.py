"""Topics of the direct debits: a day's file to the bank once, its answers page by page, the sum to finance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from company import outbox
from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.world import World
from lending.bank import debits
from lending.bank.debits import Answered, DebitStatus, Ordered
from lending.day_end.tables import DebitFile


@TOPICS.topic("send-debits")
def send_debits(call: Call, debit_day: date) -> dict[str, object]:
    """Note what was ordered; the bank has the file by now, under its batch id."""
    ordered: Sequence[Ordered] = call.outcome
    file = call.session.get_one(DebitFile, debit_day)
    debits.note_orders(call.session, debit_day, ordered)
    call.describe(title=file.file_name, subtitle=str(file.items), amount=file.total)
    return {"debit_after": 0, "debit_state": "pending"}


@send_debits.outside
def _send(call: OutsideCall, debit_day: date) -> list[Ordered]:
    """Read the file and hand it to the bank; the same batch id is taken once."""
    world: World = call.world
    with world.database.read() as session:
        file = session.get_one(DebitFile, debit_day)
        sha256, collect_on = file.sha256, file.collect_on
    ordered = debits.read(world.files.read(sha256))
    world.bank.collect(batch_id=debits.batch_id(debit_day), collect_on=collect_on, items=ordered)
    return ordered


@TOPICS.topic("fetch-debits")
def fetch_debits(call: Call, debit_day: date) -> dict[str, object]:
    """Post a page of the bank's answers: ``more`` pages, all ``done``, or the bank still at it."""
    answers: Sequence[Answered] = call.outcome
    file = call.session.get_one(DebitFile, debit_day)
    debits.take_answers(
        call.session,
        debit_day,
        answers,
        collect_on=file.collect_on,
        booked_on=max(call.business_date, file.collect_on),
        now=call.clock_now,
    )
    last = max((answer.number for answer in answers), default=0)
    left = debits.unanswered(call.session, debit_day)
    state = "done" if not left else "more" if len(answers) == debits.PAGE else "pending"
    return {"debit_state": state, "debit_after": last if state == "more" else 0}


@fetch_debits.outside
def _fetch(call: OutsideCall, debit_day: date, debit_after: int) -> list[Answered]:
    """Ask the bank what became of the items after a number."""
    world: World = call.world
    said = world.bank.collected(debits.batch_id(debit_day), after=debit_after, limit=debits.PAGE)
    return [Answered(each.number, each.collected, each.reason, each.bank_reference) for each in said]


@TOPICS.topic("conclude-debits")
def conclude_debits(call: Call, debit_day: date) -> dict[str, object]:
    """Tell the finance makers how many were collected, how many not, and how many could not be posted."""
    sums = debits.totals(call.session, debit_day)
    collected, amount = sums.get(DebitStatus.COLLECTED, (0, None))
    failed, _lost = sums.get(DebitStatus.FAILED, (0, None))
    unposted, _held = sums.get(DebitStatus.UNPOSTED, (0, None))
    payload = {
        "template": "debits_done",
        "role_id": "finance_maker",
        "day": debit_day,
        "collected": collected,
        "failed": failed,
        "unposted": unposted,
        "amount": amount,
    }
    outbox.put(call.session, "notify", f"debits_done:{debit_day}", payload, call.clock_now)
    return {"debits_collected": collected, "debits_failed": failed}

"""Nobody is asked twice for the same money: no debit while one is unanswered or an early repayment contains it.

The loan of :mod:`paid_loan`: due on each 15th with 3,036.76, the first time on 15 October 2026.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from cheliu import case_money, day_end
from cheliu.prepaying import open_prepayment
from cheliu.working import work_off
from engine.tasks import InstanceStatus
from lending import prepayments
from lending.bank import receipts
from lending.bank.debits import DebitItem, DebitStatus
from lending.bank.receipts import BankReceipt, ReceiptKind, ReceiptStatus
from lending.day_end.tables import DebitFile
from lending.life import quotes
from lending.prepayments import PrepaymentStatus

DUE = Decimal("3036.76")
BEFORE, DUE_DAY = date(2026, 10, 14), date(2026, 10, 15)
CARD = "6222020200112233446"


@pytest.fixture
def collected(made):
    """The loan, its customer's card, on the day before its first instalment."""
    case_money.give_card(made.house, CARD)
    case_money.stand_at(made.house, made.clock, BEFORE)
    return made


def afternoon(made):
    """The bank is asked for its answers an hour after the order, and again while it has none."""
    work_off(made.house)
    made.clock.advance(timedelta(hours=2))
    work_off(made.house)


def ordered(made):
    return [(item.amount, item.status) for item in made.rows(DebitItem)]


def test_while_the_bank_owes_its_answer_only_what_newly_falls_due_is_asked_for(collected):
    collected.bank.is_down = True
    collected.clock.advance(timedelta(days=32))
    for _ in range(32):
        day_end.run(collected.house)
    waiting = ordered(collected)
    collected.bank.is_down = False
    afternoon(collected)

    assert waiting == [(DUE, DebitStatus.ORDERED)] * 2
    assert [item.amount for file in collected.bank.batches.values() for item in file] == [DUE, DUE]
    assert ordered(collected) == [(DUE, DebitStatus.COLLECTED)] * 2


def test_what_the_bank_refused_is_asked_for_again(collected):
    collected.bank.refuses_debits = True
    case_money.run_day_ends(collected.house, collected.clock, 1)
    afternoon(collected)
    case_money.run_day_ends(collected.house, collected.clock, 1)

    first, second = ordered(collected)
    assert first == (DUE, DebitStatus.FAILED)
    assert second[0] >= DUE


@pytest.mark.parametrize(("confirmed", "items"), [(True, 0), (False, 1)])
def test_what_a_confirmed_early_repayment_of_the_day_contains_is_not_collected(collected, confirmed, items):
    with collected.house.database.write() as session:
        now, loan_no = collected.clock.now(), collected.loan_no
        asked = prepayments.open_one(session, loan_no, year=2026, by=None, now=now)
        quote = quotes.quote(session, loan_no, pay_on=DUE_DAY, today=BEFORE, now=now)
        asked.quote_id = quote.id
        asked.status = PrepaymentStatus.AWAITED if confirmed else PrepaymentStatus.QUOTED
    day_end.run(collected.house, BEFORE)

    with collected.house.database.read() as session:
        assert quote.due == DUE
        assert session.get_one(DebitFile, BEFORE).items == items


def test_word_of_money_that_comes_late_does_not_reach_the_next_early_repayment(collected):
    def begun():
        with collected.house.database.write() as session:
            case, _task = open_prepayment(
                collected.house.engine, session, collected.who("finance_maker"), collected.loan_no
            )
        collected.do(
            "finance_maker",
            "Task_AskQuote",
            pay_on=BEFORE.isoformat(),
            prepay_scope="full",
            prepay_ground="total_loss",
        )
        collected.do("finance_maker", "Task_ConfirmQuote", customer_choice="confirm", confirmed_way="phone")
        return case.business_key

    first = begun()
    with collected.house.database.write() as session:
        total = prepayments.quote_of(session, prepayments.get(session, first)).total
        came = BankReceipt(
            receipt_no="DZ-2026-0000001",
            event_id="e-1",
            kind=ReceiptKind.RECEIPT,
            bank_reference="B-9",
            amount=total,
            on=BEFORE,
            payer_name="x",
            purpose="",
            loan_no=collected.loan_no,
            status=ReceiptStatus.ARRIVED,
            received_at=collected.clock.now(),
        )
        session.add(came)
        session.flush()
        assert receipts.hand_on(session, came) == first
    collected.do("finance_maker", "Task_RegisterReceipt", receipt_choice="give_up")
    second = begun()
    payload = {"received_amount": total, "received_on": BEFORE, "bank_reference": "B-9"}
    with collected.house.database.write() as session:
        collected.house.engine.deliver(session, "PrepaymentMoneyCame", first, payload, "late")
    work_off(collected.house)

    with collected.house.database.read() as session:
        assert prepayments.get(session, second).status is PrepaymentStatus.AWAITED
        assert session.scalars(select(BankReceipt.status)).one() is ReceiptStatus.POSTED
    assert [case.status for case in collected.running("prepayment")] == [InstanceStatus.RUNNING]

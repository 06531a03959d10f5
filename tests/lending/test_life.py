"""The life of a loan: what happens to it, what each event posts, and what comes of telling it late, twice or wrongly.

The loan: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026, due on each 3rd.
"""

from datetime import date, timedelta

import pytest
from loan_life import FIRST_DUE, NOW, D, K
from sqlalchemy import func, select

from lending import disbursements, ledger
from lending.books.periods import AccountingPeriod, PeriodClosed, PeriodStatus
from lending.fund_journal import FundMovement
from lending.life import errors, events, quotes
from lending.life.explaining import explained
from lending.life.kinds import Allocation, Component, Direction
from lending.loans import LoanStatus
from lending.maths.choices import Prepayment
from lending.maths.convention import Compound, Convention
from lending.money import AmountFinerThanFen
from lending.printing import payments
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked


def test_an_instalment_paid_on_its_day_leaves_nothing_due_and_every_register_tied(life):
    done = life.receive(FIRST_DUE, "3036.76")

    carried = life.balances(FIRST_DUE)
    assert (carried["1303"], carried["1132"], carried["2221.9"]) == (D("-97453.24") * -1, D(0), D(0))
    assert done.event.used == {"interest": D("490.00"), "principal": D("2546.76")}
    asked = Asked(date(2026, 1, 1), date(2026, 12, 31))
    pages = {code: register.read(life.session, asked) for code, register in REGISTERS.items()}
    assert all(tie.holds for page in pages.values() for tie in page.ties)
    assert pages["repayments"].totals["principal"] == D("2546.76")


def test_fifteen_days_late_cost_the_penalty_of_the_field_and_pay_it_first(life):
    late = FIRST_DUE + timedelta(days=15)

    reading = life.accrue(late)
    done = life.receive(late, "3046.12")

    assert (reading.days_past_due, reading.penalty_earned) == (15, D("9.36"))
    assert done.event.used == {"penalty": D("9.36"), "interest": D("490.00"), "principal": D("2546.76")}
    assert life.balances(late)["1132.1"] == 0


def test_compound_interest_runs_where_the_contract_says_so(life):
    life.loan.convention_data = Convention(compound=Compound.AT_PENALTY_RATE).as_data()

    assert life.accrue(FIRST_DUE + timedelta(days=15)).penalty_earned == D("11.16")


def test_days_of_grace_forgive_a_payment_within_them_and_nothing_after(life):
    life.loan.grace_days = 3

    within = life.receive(FIRST_DUE + timedelta(days=3), "3036.76")
    later = life.accrue(FIRST_DUE + timedelta(days=20))
    other = life.accrue(date(2026, 5, 7))

    assert within.reading.penalty_earned == later.penalty_earned == 0
    assert other.penalty_earned == (D("2559.24") * D("0.0882") / 360 * 4).quantize(D("0.01"))


@pytest.mark.feature("M-066")
def test_the_signed_order_decides_what_a_partial_receipt_pays(life):
    first = (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY, Component.COMPOUND)
    signed = Allocation((*first, Component.COST, Component.FEE), Direction.VERTICAL)
    life.loan.allocation_data = signed.as_data()

    done = life.receive(date(2026, 5, 3), "3000.00")

    assert done.event.used == {"principal": D("3000.00")}


@pytest.mark.feature("M-066")
def test_more_than_is_due_lies_in_suspense_and_pays_the_next_instalment(life):
    life.receive(FIRST_DUE, "4000.00")
    before = life.balances(FIRST_DUE)["2241"]

    reading = life.accrue(date(2026, 5, 3))

    assert before == D("-963.24")
    assert reading.state.suspense == 0
    assert reading.principal_overdue + reading.interest_overdue == D("3036.76") - D("963.24")
    assert life.balances(date(2026, 5, 3))["2241"] == 0


@pytest.mark.parametrize(
    ("rule", "count", "amount", "last"),
    [
        (Prepayment.LOWER_INSTALMENT, 36, "2151.43", None),
        (Prepayment.SHORTER_TERM, 29, "3036.76", "2150.52"),
    ],
)
def test_a_prepayment_follows_its_rule_to_the_fen(life, rule, count, amount, last):
    assert life.schedule().version == 1
    for number in range(12):
        year, month = divmod(3 + number, 12)
        life.receive(date(2026 + year, month + 1, 3), "3036.76")
    on = date(2027, 3, 3)

    done = life.tell(K.PREPAYMENT, on, "20000.00", rule=rule, fee_rate=D(0))

    rows = life.schedule().instalments
    assert done.reading.state.principal == D("48601.66")
    assert (len(rows), rows[13].amount) == (count, D(amount))
    assert rows[12].amount == D(amount) + D("20000.00")
    assert last is None or rows[-1].amount == D(last)
    assert "提前还款" in life.schedule().reason


def test_the_next_instalments_need_only_interest_until_a_prepayment_is_used_up(life):
    life.receive(FIRST_DUE, "3036.76")

    life.tell(
        K.PREPAYMENT, FIRST_DUE, "6000.00", rule=Prepayment.NEXT_INSTALMENTS, fee_rate=D(0), reference="P1"
    )

    rows = life.schedule().instalments
    assert [row.principal for row in rows[2:4]] == [D("0.00"), rows[3].principal]
    assert sum(row.principal for row in rows) == D("100000.00")


def test_a_quote_ends_the_loan_for_what_it_says_on_its_day_and_not_after_a_change(life):
    life.receive(FIRST_DUE, "3036.76")
    on = date(2026, 4, 13)
    offered = quotes.quote(life.session, life.loan_no, pay_on=on, today=date(2026, 4, 10), now=NOW)
    facts = {"reference": "Q1", "booked_on": on, "now": NOW}

    with pytest.raises(errors.QuoteNotValid):
        quotes.settle(life.session, offered.quote_no, offered.total, on=on + timedelta(days=1), **facts)
    done = quotes.settle(life.session, offered.quote_no, offered.total, on=on, **facts)

    assert offered.interest == (D("97453.24") * D("0.0588") / 12 * 10 / 30).quantize(D("0.01"))
    assert offered.fee == (offered.principal * D("0.03")).quantize(D("0.01"))
    assert life.loan.status is LoanStatus.SETTLED
    assert done.reading.owed == 0
    assert {account: amount for account, amount in life.balances(on).items() if amount} == {}


def test_a_quote_made_after_money_was_taken_back_holds_and_one_made_before_does_not(life):
    paid = life.receive(FIRST_DUE, "3036.76")
    on = FIRST_DUE + timedelta(days=3)
    before = quotes.quote(life.session, life.loan_no, pay_on=on, today=FIRST_DUE, now=NOW)
    life.reverse(paid.event.reference, FIRST_DUE)
    offered = quotes.quote(life.session, life.loan_no, pay_on=on, today=FIRST_DUE, now=NOW)
    facts = {"reference": "Q1", "on": on, "booked_on": on, "now": NOW}

    with pytest.raises(errors.QuoteNotValid):
        quotes.settle(life.session, before.quote_no, before.total, **facts)
    done = quotes.settle(life.session, offered.quote_no, offered.total, **facts)

    assert (life.loan.status, done.reading.owed) == (LoanStatus.SETTLED, 0)


def test_a_loan_whose_suspense_holds_more_than_is_owed_ends_without_another_fen(life):
    life.receive(FIRST_DUE, "150000.00")
    on = FIRST_DUE + timedelta(days=3)
    offered = quotes.quote(life.session, life.loan_no, pay_on=on, today=on, now=NOW, fee_rate=D(0))
    owed = offered.due + offered.principal + offered.interest + offered.fee
    printed = payments.prepayment_quote(life.session, offered)
    moved = select(func.count()).select_from(FundMovement)
    before = life.session.scalar(moved)

    done = quotes.settle(
        life.session, offered.quote_no, offered.total, on=on, reference="Q1", booked_on=on, now=NOW
    )

    assert (offered.total, offered.left_over) == (0, offered.suspense - owed)
    assert sum(D(amount.replace(",", "")) for _name, amount in printed["parts"]) == 0
    assert (life.loan.status, done.reading.state.suspense) == (LoanStatus.SETTLED, offered.suspense - owed)
    assert life.session.scalar(moved) == before
    with pytest.raises(errors.AmountNotPositive):
        life.receive(on, "0")


def test_an_extension_keeps_the_principal_and_stays_within_the_law(life):
    with pytest.raises(errors.ExtensionTooLong, match="24"):
        life.tell(K.EXTENSION, FIRST_DUE, months=25, reason="客户申请")

    life.tell(K.EXTENSION, FIRST_DUE, months=12, reason="客户申请", reference="E1")

    rows = life.schedule().instalments
    assert (len(rows), rows[-1].due_date, life.loan.maturity_date) == (48, date(2030, 3, 3), date(2030, 3, 3))
    assert sum(row.principal for row in rows) == D("100000.00")


def test_a_change_of_rate_within_a_period_charges_each_part_at_its_rate(life):
    life.tell(K.RATE_CHANGE, date(2026, 3, 18), annual_rate=D("0.0540"), reason="重定价")

    first = life.schedule().instalments[0]
    expected = (D(100000) * (D("0.0588") * 15 + D("0.0540") * 16) / 12 / 31).quantize(D("0.01"))
    assert first.interest == expected


def test_a_waiver_takes_no_more_than_is_owed_and_lowers_what_is_behind(life):
    on = date(2026, 4, 18)
    with pytest.raises(errors.WaiverTooLarge, match=r"9\.36"):
        life.tell(K.WAIVER, on, "10.00", component=Component.PENALTY, reason="客户困难")

    life.tell(K.WAIVER, on, "9.36", component=Component.PENALTY, reason="客户困难", reference="W1")
    life.tell(K.WAIVER, on, "490.00", component=Component.INTEREST, reason="客户困难", reference="W2")

    assert (life.balances(on)["1132.1"], life.accrue(on).interest_overdue) == (0, 0)
    assert life.schedule().instalments[0].interest == 0


def test_a_claim_written_off_stands_off_balance_until_it_is_recovered(life):
    on = date(2026, 4, 18)

    life.tell(K.WRITE_OFF, on, reason="借款人死亡，无遗产")
    gone, claim = life.balances(on), life.loan.status
    life.tell(K.RECOVERY, date(2026, 6, 1), "1000.00")
    left = life.balances(date(2026, 6, 1))

    assert claim is LoanStatus.WRITTEN_OFF
    assert (gone["1303"], gone["1132"], gone["2221.9"]) == (0, 0, D("0"))
    assert gone["9002"] - left["9002"] == D("1000.00")
    with pytest.raises(errors.WrittenOffAlready):
        life.receive(date(2026, 6, 2), "1.00")


def test_a_receipt_told_late_gives_the_figures_of_one_told_in_time(life):
    life.accrue(date(2026, 6, 10))
    life.receive(date(2026, 6, 10), "3036.76", reference="LATE")

    told = life.receive(FIRST_DUE, "3036.76", reference="FORGOTTEN", booked_on=date(2026, 6, 12))

    by_day = events.latest(life.session, life.loan_no).state
    assert by_day.parts[0].penalty_met == 0
    assert by_day.parts[0].principal_open == 0
    assert told.applied == 4  # the receipt itself, two due dates and the later receipt
    carried = life.balances(date(2026, 6, 12))
    assert carried["1303"] == by_day.principal
    assert carried["1132.1"] == told.reading.penalty_earned - told.reading.penalty_met


@pytest.mark.feature("M-066")
def test_a_reversal_restores_every_balance_and_returns_the_money(life):
    on = date(2026, 4, 10)
    life.accrue(on)
    before = life.balances(on)
    life.receive(on, "5000.00", reference="BOUNCED")

    life.reverse("receipt:BOUNCED", on)
    life.reverse("receipt:BOUNCED", on)

    assert life.balances(on) == before
    movements = REGISTERS["fund-journal"].read(life.session, Asked(on, on))
    assert all(tie.holds for tie in movements.ties)
    assert ledger.get(life.session, "reversal:receipt:BOUNCED").reverses.reference == "receipt:BOUNCED"


def test_a_pay_out_that_came_back_takes_its_interest_with_it_and_waits_for_receipts_to_be_reversed(life):
    on = date(2026, 4, 10)
    life.receive(on, "100.00", reference="EARLY")
    facts = {"on": on, "bank_reference": "B-2", "reason": "退汇", "by": None, "now": NOW}
    with pytest.raises(errors.LoanHasHistory), life.session.begin_nested():
        disbursements.reverse(life.session, life.loan_no, **facts)
    life.reverse("receipt:EARLY", on)

    disbursements.reverse(life.session, life.loan_no, **facts)

    assert not any(life.balances(on).values())
    assert ledger.trial_balance(life.session, on).balance("6011") == 0
    assert ledger.trial_balance(life.session, on).balance("2221") == 0


def test_every_amount_owed_is_explained_and_the_parts_make_the_whole(life):
    life.loan.convention_data = Convention(compound=Compound.AT_PENALTY_RATE).as_data()
    reading = life.accrue(date(2026, 4, 18))

    total, *parts = explained(reading)

    assert total.amount == reading.owed == sum(part.amount for part in parts)
    penalty = next(part for part in parts if part.label("en") == "Penalty interest")
    assert penalty.inputs("en") == [
        "No. 1: 2,546.76 × 5.88% × 1.5, 15 days from 2026-04-03, Actual days / 360 = 9.3593; met 0.00"
    ]


def test_one_reference_is_one_receipt(life):
    once = life.receive(FIRST_DUE, "3036.76", reference="CMB-1")
    again = life.receive(FIRST_DUE, "3036.76", reference="CMB-1")

    assert again.event is once.event
    with pytest.raises(errors.EventReferenceTaken, match="CMB-1"):
        life.receive(FIRST_DUE, "3036.77", reference="CMB-1")
    with pytest.raises(errors.EventReferenceTaken):
        life.tell(K.PREPAYMENT, FIRST_DUE, "3036.76", reference="CMB-1")


@pytest.mark.parametrize(
    ("on", "amount", "refusal"),
    [
        (date(2026, 3, 2), "100.00", errors.EventBeforeLoan),
        (date(2026, 5, 1), "100.00", errors.EventInFuture),
        (FIRST_DUE, "0.001", AmountFinerThanFen),
        (FIRST_DUE, "0.00", errors.AmountNotPositive),
        (FIRST_DUE, "-5.00", errors.AmountNotPositive),
        (date(2026, 3, 20), "100.00", PeriodClosed),
    ],
)
def test_a_receipt_that_cannot_be_is_refused_in_both_languages(life, on, amount, refusal):
    life.session.get_one(AccountingPeriod, "2026-03").status = PeriodStatus.CLOSED

    with pytest.raises(refusal) as refused:
        life.receive(on, amount, booked_on=date(2026, 4, 20))

    assert refused.value.text("zh") != refused.value.text("en")


def test_what_is_told_late_must_leave_later_events_possible(life):
    on = date(2026, 4, 18)
    life.tell(K.WAIVER, on, "9.36", component=Component.PENALTY, reason="客户困难", reference="W1")

    with pytest.raises(errors.LaterEventBroken, match="waiver:W1"):
        life.receive(FIRST_DUE, "3036.76", booked_on=on)

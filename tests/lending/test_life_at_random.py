"""Random loans with random lives: what must hold of every one of them, however its events come."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from lending import contracts, disbursements, ledger, loans
from lending.accounts import (
    DEFERRED_FEES,
    DEFERRED_SUBSIDY,
    INTEREST_RECEIVABLE,
    LOANS,
    OTHER_RECEIVABLES,
    OUTPUT_VAT_PENDING,
    PENALTY_RECEIVABLE,
    SUSPENSE,
    UNCOLLECTED_INTEREST,
)
from lending.books import subledgers
from lending.life import changes, events
from lending.life.errors import EventRefused
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.loans import Loan
from lending.maths.choices import EarlyReceipt, Method, PayOffInterest, Prepayment
from lending.maths.convention import Convention
from lending.maths.errors import TermsRefused
from lending.products import FeeKind, SignedFee

PAID_ON = date(2026, 3, 3)
TODAY = date(2027, 6, 30)
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
K = EventKind
QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

amounts = some.integers(1, 6_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
large = some.integers(1_000_000, 11_500_000).map(lambda fen: Decimal(fen).scaleb(-2))
small = some.integers(1, 50_000).map(lambda fen: Decimal(fen).scaleb(-2))
rates = some.integers(0, 2400).map(lambda points: Decimal(points).scaleb(-4))
days = some.integers(0, 450).map(lambda later: PAID_ON + timedelta(days=later))
told = some.one_of(
    some.builds(Happening, some.just(K.RECEIPT), days, amounts),
    some.builds(Happening, some.just(K.RECEIPT), days, amounts),
    some.builds(Happening, some.just(K.PREPAYMENT), days, large, rule=some.sampled_from(Prepayment)),
    some.builds(Happening, some.just(K.RATE_CHANGE), days, annual_rate=rates, reason=some.just("重定价")),
    some.builds(
        Happening, some.just(K.EXTENSION), days, months=some.integers(1, 12), reason=some.just("展期")
    ),
    some.builds(
        Happening,
        some.just(K.WAIVER),
        days,
        small,
        component=some.sampled_from(Component),
        reason=some.just("减免"),
    ),
    some.builds(
        Happening,
        some.just(K.CHARGE),
        days,
        small,
        component=some.sampled_from([Component.COST, Component.FEE]),
    ),
    some.builds(
        Happening,
        some.just(K.RESTRUCTURING),
        days,
        months=some.integers(0, 6),
        holiday=some.integers(0, 3),
        annual_rate=some.none() | rates,
        reason=some.just("重组"),
    ),
    some.builds(
        Happening,
        some.just(K.SUBSIDY),
        days,
        small,
        annual_rate=some.just(Decimal("0.36")),
        returned=some.booleans(),
    ),
    some.builds(Happening, some.just(K.SUBSIDY_RECEIPT), days, small),
    some.builds(Happening, some.just(K.WRITE_OFF), days, reason=some.just("核销")),
    some.builds(Happening, some.just(K.RECOVERY), days, amounts),
)
terms = some.fixed_dictionaries(
    {
        "method": some.sampled_from(
            [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST, Method.FLAT]
        ),
        "annual_rate": rates,
        "term_months": some.sampled_from([6, 12, 24]),
        "grace_days": some.integers(0, 3),
        "convention_data": some.builds(
            Convention,
            early_receipt=some.sampled_from(EarlyReceipt),
            pay_off_interest=some.sampled_from(PayOffInterest),
        ).map(Convention.as_data),
        "fees_data": some.lists(
            some.builds(SignedFee, some.sampled_from(FeeKind), small, some.booleans()).map(SignedFee.as_data),
            max_size=2,
        ),
    }
)
lives = some.lists(told, min_size=1, max_size=6)


@pytest.fixture
def paid(house):
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=PAID_ON, bank_reference="B-1", now=NOW)
        yield session, session.query(Loan).one().loan_no
        session.rollback()


@contextmanager
def opened(session, loan_no, facts):
    """The loan on other terms, for as long as it is looked at."""
    aside = session.begin_nested()
    loan = loans.get(session, loan_no)
    for name, value in facts.items():
        setattr(contracts.get(session, loan_no) if name == "fees_data" else loan, name, value)
    loans.activate(session, loan_no, value_date=PAID_ON, now=NOW)
    try:
        yield loan
    finally:
        aside.rollback()
        session.expire_all()


def live(session, loan_no, happenings):
    """Tell all of them, in the order given; what the rules refuse did not happen."""
    done, first = [], len(events.listed(session, loan_no))
    for number, happening in enumerate(happenings, start=first):
        try:
            told_now = changes.record(
                session, loan_no, happening, reference=f"E{number}", booked_on=TODAY, now=NOW
            )
        except (EventRefused, TermsRefused):
            continue
        done.append((happening, told_now.event.reference))
    return done


def of_loan(session, loan_no, account):
    return ledger.trial_balance(session, TODAY, loan_no=loan_no).balance(account)


def check_books(session, loan_no):
    """What holds of every loan on every day that its events have reached."""
    reading = changes.accrue_to(session, loan_no, TODAY, now=NOW)
    state, carried = reading.state, subledgers.of_loan(session, loan_no, TODAY)
    assert state.principal_paid + state.written_off + state.principal == Decimal("100000.00")
    assert ledger.trial_balance(session, TODAY).difference == 0
    frozen = state.frozen_on is not None
    late = Decimal(0) if frozen else reading.penalty_recognised - reading.penalty_met
    interest = Decimal(0) if frozen else reading.interest_recognised - reading.interest_met
    assert carried[LOANS] == state.principal >= 0
    assert carried[PENALTY_RECEIVABLE] == late >= 0
    assert carried[INTEREST_RECEIVABLE] == interest + late
    assert interest >= 0
    deferred, owed = of_loan(session, loan_no, DEFERRED_SUBSIDY), of_loan(session, loan_no, OTHER_RECEIVABLES)
    assert deferred == -state.subsidy <= 0
    assert owed == state.costs + state.subsidy_owed + state.signed_fees
    waiting = state.fees_deferred + state.fees_returnable
    assert of_loan(session, loan_no, DEFERRED_FEES) == -waiting <= 0
    assert waiting == 0 or not (reading.is_settled or frozen)
    assert carried[SUSPENSE] == -state.suspense <= 0
    assert carried[UNCOLLECTED_INTEREST] == reading.uncollected >= 0
    # VAT that was owed before the interest left the books waits there for its payment.
    assert carried[OUTPUT_VAT_PENDING] <= 0 or reading.is_non_accrual
    for part in state.parts:
        assert min(part.principal_open, part.interest_open, part.principal, part.interest) >= 0
    if reading.is_settled:
        assert carried[OUTPUT_VAT_PENDING] == 0
    return state


def run_straight_and_back(session, loan_no, facts, happenings):
    with opened(session, loan_no, facts):
        kept = live(session, loan_no, happenings)
        told_anyhow = check_books(session, loan_no)
    in_order = sorted(kept, key=lambda each: each[0].on)
    with opened(session, loan_no, facts):
        straight = live(session, loan_no, [happening for happening, _reference in in_order])
        assert len(straight) == len(in_order)
        assert check_books(session, loan_no) == told_anyhow


@QUICK
@given(facts=terms, happenings=lives)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_events_told_in_any_order_leave_the_loan_that_they_leave_in_theirs(paid, facts, happenings):
    run_straight_and_back(*paid, facts, happenings)


@settings(QUICK, max_examples=2)
@given(facts=terms, happenings=lives)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_so_they_do_on_the_other_database(paid, facts, happenings):
    run_straight_and_back(*paid, facts, happenings)


@QUICK
@given(facts=terms, happenings=lives, picked=some.integers(0, 5))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reversal_leaves_the_loan_without_the_event(paid, facts, happenings, picked):
    session, loan_no = paid
    with opened(session, loan_no, facts):
        live(session, loan_no, sorted(happenings, key=lambda each: each.on))
        before, balances = check_books(session, loan_no), subledgers.of_loan(session, loan_no, TODAY)
        late = Happening(K.RECEIPT, PAID_ON + timedelta(days=40 * picked), Decimal("1234.56"))
        kept = live(session, loan_no, [late])
        for _happening, reference in kept:
            changes.reverse(session, loan_no, reference, booked_on=TODAY, reason="冲正", now=NOW)
        assert check_books(session, loan_no) == before
        assert subledgers.of_loan(session, loan_no, TODAY) == balances

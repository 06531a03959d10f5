"""Manual vouchers: two people, a reason, an open period, balanced, and nothing that the business posts itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from company import people
from lending import ledger
from lending.books import manual
from lending.books.periods import AccountingPeriod, PeriodClosed, PeriodStatus
from lending.ledger import EntryNotBalanced, Line
from lending.money import AmountFinerThanFen

D = Decimal
ON = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RENT = (Line("6602", debit=D("1200.00")), Line("4104", credit=D("1200.00")))


@pytest.fixture
def desk(house):
    with house.database.write() as session:
        yield session, people.actor(session, house.maker_id), people.actor(session, house.checker_id)


def propose(session, actor, lines=RENT, *, on=ON, reason="补记三月房租"):
    return manual.propose(session, lines, on=on, reason=reason, actor=actor, now=NOW)


def test_a_voucher_is_posted_when_another_person_approves_it_and_names_both(desk):
    session, maker, checker = desk
    number = propose(session, maker).number
    before = ledger.trial_balance(session, ON).balance("6602")

    with pytest.raises(manual.ManualByMaker):
        manual.approve(session, number, actor=maker, now=NOW)
    entry = manual.approve(session, number, actor=checker, now=NOW)

    assert (before, ledger.trial_balance(session, ON).balance("6602")) == (0, D("1200.00"))
    assert (entry.posted_by, entry.checked_by, entry.kind) == (
        maker.employee_id,
        checker.employee_id,
        "manual",
    )
    with pytest.raises(manual.ManualDecided):
        manual.approve(session, number, actor=checker, now=NOW)


def test_a_refused_voucher_posts_nothing_and_keeps_its_reason(desk):
    session, maker, checker = desk
    number = propose(session, maker).number

    with pytest.raises(manual.ManualReasonMissing):
        manual.refuse(session, number, note="否", actor=checker, now=NOW)
    manual.refuse(session, number, note="附件不全", actor=checker, now=NOW)

    (found,) = manual.listed(session)
    assert (found.status, found.note) == (manual.ManualStatus.REFUSED, "附件不全")
    assert ledger.find(session, found.reference) is None


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (RENT[:1], manual.ManualLinesRefused),
        ((RENT[0], Line("4104", credit=D("1200.01"))), EntryNotBalanced),
        ((RENT[0], Line("4104", debit=D(1), credit=D(1201))), manual.ManualLinesRefused),
        ((Line("6602", debit=D("0.001")), Line("4104", credit=D("0.001"))), AmountFinerThanFen),
        ((RENT[0], Line("1002", credit=D("1200.00"))), manual.AccountNotManual),
        ((RENT[0], Line("1303", credit=D("1200.00"))), manual.AccountNotManual),
        ((RENT[0], Line("9002", credit=D("1200.00"))), manual.AccountNotManual),
        ((RENT[0], Line("", credit=D("1200.00"))), manual.AccountNotManual),
    ],
)
def test_lines_that_cannot_stand_are_refused(desk, lines, refusal):
    session, maker, _checker = desk

    with pytest.raises(refusal):
        propose(session, maker, lines)


def test_a_voucher_needs_a_reason_a_day_that_has_come_and_an_open_period(desk):
    session, maker, checker = desk
    number = propose(session, maker).number
    session.merge(AccountingPeriod(month="2026-02", status=PeriodStatus.CLOSED))

    with pytest.raises(manual.ManualReasonMissing):
        propose(session, maker, reason="  ")
    with pytest.raises(manual.ManualInFuture):
        propose(session, maker, on=date(2026, 3, 3))
    with pytest.raises(PeriodClosed):
        propose(session, maker, on=date(2026, 2, 27))
    session.merge(AccountingPeriod(month="2026-03", status=PeriodStatus.CLOSED))
    with pytest.raises(PeriodClosed):
        manual.approve(session, number, actor=checker, now=NOW)

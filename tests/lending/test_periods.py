"""Periods as an accountant closes them: only when nothing is missing, and then nothing enters any more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from company.organisation import the_company
from company.people import Actor
from lending import fund_journal, ledger
from lending.books import closing, periods, vouchers
from lending.books.periods import PeriodClosed, PeriodStatus
from lending.fund_journal import Direction
from lending.ledger import Line, ReferenceTaken

D = Decimal
NOW = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
IN_MARCH = date(2026, 3, 15)


def actor(employee_id, name="someone"):
    return Actor(employee_id, name, name, name, None, frozenset(), ())


def post(session, reference="accrual:1", on=IN_MARCH, amount="10.00"):
    lines = [Line("6602", debit=D(amount)), Line("2241", credit=D(amount))]
    return ledger.post(session, reference, on=on, lines=lines, description="费用", now=NOW)


def stand_at(session, day):
    the_company(session).business_date = day


def close_march(house, by):
    with house.database.write() as session:
        return closing.close(session, "2026-03", actor=actor(by), now=NOW)


@pytest.fixture
def march(house):
    """An entry in March, and the books standing in April."""
    with house.database.write() as session:
        post(session)
        stand_at(session, date(2026, 4, 1))
    return house


def test_a_closed_period_takes_no_new_entry_and_no_reversal_but_knows_the_old_ones(march):
    close_march(march, march.maker_id)

    with march.database.write() as session:
        assert post(session).reference == "accrual:1"
        with pytest.raises(ReferenceTaken):
            post(session, amount="11.00")
        with pytest.raises(PeriodClosed) as refused:
            post(session, "accrual:2")
        with pytest.raises(PeriodClosed):
            ledger.reverse(session, "accrual:1", on=IN_MARCH, now=NOW, reason="错账")
        assert ledger.reverse(session, "accrual:1", on=date(2026, 4, 1), now=NOW, reason="错账").id

    assert "2026-03" in refused.value.text("zh")
    assert "重新开账" in refused.value.text("zh")


def test_closing_refuses_everything_that_is_missing_at_once(house):
    with house.database.write() as session:
        post(session)
        stray = [Line("1303", debit=D("5.00")), Line("2241", credit=D("5.00"))]
        ledger.post(session, "stray:1", on=IN_MARCH, lines=stray, description="错账", now=NOW)
        fund_journal.record(
            session,
            "unposted:1",
            direction=Direction.IN,
            amount=D("8.00"),
            value_date=IN_MARCH,
            counterparty="某人",
            purpose="?",
            now=NOW,
        )
        found = [finding.code for finding in closing.findings(session, "2026-03")]
        with pytest.raises(closing.PeriodNotReady) as refused:
            closing.close(session, "2026-03", actor=actor(house.maker_id), now=NOW)

    assert found == ["period_not_over", "sub_ledger_differs", "bank_not_reconciled"]
    assert "1303" in refused.value.text("en")
    assert "2026-03-15" in refused.value.text("zh")


def test_periods_close_in_order_and_open_again_from_the_latest(march):
    with march.database.write() as session:
        post(session, "accrual:4", on=date(2026, 4, 2))
        stand_at(session, date(2026, 5, 1))
        assert [finding.code for finding in closing.findings(session, "2026-04")] == ["period_before_open"]
    close_march(march, march.maker_id)
    with march.database.write() as session:
        closing.close(session, "2026-04", actor=actor(march.maker_id), now=NOW)

    with march.database.write() as session:
        with pytest.raises(closing.LaterPeriodClosed):
            closing.reopen(session, "2026-03", actor=actor(march.checker_id), reason="补记费用", now=NOW)
        closing.reopen(session, "2026-04", actor=actor(march.checker_id), reason="补记费用", now=NOW)
        listed = [(each.month, each.status) for each in closing.listed(session, date(2026, 5, 1))]

    assert listed == [
        ("2026-05", PeriodStatus.OPEN),
        ("2026-04", PeriodStatus.OPEN),
        ("2026-03", PeriodStatus.CLOSED),
    ]


def test_another_person_re_opens_and_says_why(march):
    close_march(march, march.maker_id)

    with march.database.write() as session:
        with pytest.raises(closing.CloserReopens):
            closing.reopen(session, "2026-03", actor=actor(march.maker_id), reason="补记费用", now=NOW)
        with pytest.raises(closing.ReopeningUnexplained):
            closing.reopen(session, "2026-03", actor=actor(march.checker_id), reason=" ", now=NOW)
        with pytest.raises(closing.PeriodNotOpen):
            closing.close(session, "2026-03", actor=actor(march.maker_id), now=NOW)
        closing.reopen(session, "2026-03", actor=actor(march.checker_id), reason="补记费用", now=NOW)
        assert post(session, "accrual:2").id
        with pytest.raises(closing.PeriodNotClosed):
            closing.reopen(session, "2026-03", actor=actor(march.checker_id), reason="补记费用", now=NOW)


def test_whatever_is_posted_while_a_period_closes_is_in_a_voucher_or_refused(march):
    def work(number):
        with march.database.write() as session:
            if number == 3:
                return closing.close(session, "2026-03", actor=actor(march.maker_id), now=NOW) is not None
            try:
                return post(session, f"accrual:race-{number}").id > 0
            except PeriodClosed:
                return False

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    with march.database.read() as session:
        assert periods.status_of(session, "2026-03") is PeriodStatus.CLOSED
        assert vouchers.unfiled(session, *periods.days_of("2026-03")) == 0


@pytest.mark.parametrize("text", ["2026-13", "26-1", "x", "2026-09-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(periods.MonthRefused):
        periods.days_of(text)

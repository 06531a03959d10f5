"""The monthly reports: made by a month's last day-end, kept as they were, a new version where a figure moved."""

from datetime import date
from decimal import Decimal

import pytest
from loan_book import ONE_DAY, PAID_ON, at

from lending import ledger
from lending.books import monthly, statements
from lending.books.monthly import MonthNotOver
from lending.ledger import Line

LAST = date(2026, 3, 31)


@pytest.mark.feature("M-081")
def test_a_month_is_reported_by_its_last_day_end_and_again_only_when_a_figure_moved(book):
    book.open(LAST - ONE_DAY)
    book.end(LAST - ONE_DAY)
    with book.database.write() as session, pytest.raises(MonthNotOver, match="2026-03"):
        monthly.make(session, "2026-03", ended=LAST - ONE_DAY, now=at(LAST))
    book.end(LAST)
    with book.database.write() as session:
        (first,) = monthly.listed(session)
        kept = first.figures
        same = monthly.make(session, "2026-03", ended=LAST, now=at(LAST), by=None)
        ledger.post(
            session,
            "manual:rent",
            on=LAST,
            lines=[Line("6602", debit=Decimal("8000.00")), Line("1002", credit=Decimal("8000.00"))],
            description="房租",
            now=at(LAST + ONE_DAY),
        )
        second = monthly.make(session, "2026-03", ended=LAST, now=at(LAST + ONE_DAY))
        sheet = statements.balance_sheet(session, LAST)

    assert (first.version, first.as_of, first.made_by, first.made_at) == (1, LAST, None, at(LAST))
    assert (same.is_new, same.report.version) == (False, 1)
    assert (second.is_new, second.report.version) == (True, 2)
    assert kept["provisions"]["charged"] == kept["provisions"]["closing"] == Decimal("1500.00")
    assert kept["difference"] == 0
    with book.database.read() as session:
        newest, oldest = monthly.listed(session)
        assert oldest.figures == kept
        assert [row["now"] for row in newest.figures["assets"]] == [row.now for row in sheet.assets]
        profit = [report.figures["income"][-1]["now"] for report in (oldest, newest)]
        assert profit[0] - profit[1] == Decimal("8000.00")
        assert oldest.as_of > PAID_ON

"""A table of prices is taken whole, stale prices are flagged, and the cars of the book are valued again by it."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest

from cheliu.working import work_off
from company.organisation import business_date
from lending import price_tables
from lending.alerts import AlertKind, AlertLevel, LoanAlert
from lending.price_tables import PriceTableWrong
from lending.proposals import Proposal
from lending.revaluations import Revaluation, RevaluationRun
from lending.spreadsheets import Table, workbook


def table(*rows):
    return "\n".join(",".join(row) for row in (price_tables.HEAD, *rows)).encode()


def priced(price):
    return table(["大众", "", "途观L", "2026", "", price])


def test_every_wrong_row_of_a_table_is_named_and_nothing_of_it_is_taken():
    wrong = table(
        ["大众", "途观L", "豪华版", "2026", "", "150000.00"],
        ["大众", "途观L", "豪华版", "2026", "", "150000.00"],
        ["", "途观L", "豪华版", "2026", "", "1"],
        ["大众", "途观L", "豪华版", "二零二六", "", "1"],
        ["大众", "途观L", "豪华版", "2026", "上海", "1"],
        ["大众", "途观L", "豪华版", "2026", "", "-5"],
    )
    with pytest.raises(PriceTableWrong) as refused:
        price_tables.read("价格.csv", wrong)
    said = refused.value.text("zh")
    assert [word for word in ("第 4 行", "第 5 行", "第 6 行", "第 7 行", "重复") if word not in said] == []
    with pytest.raises(PriceTableWrong):
        price_tables.read("价格.csv", b"a,b,c\n1,2,3")


def test_a_table_reads_the_same_from_excel_and_csv_and_survives_its_packing():
    row = ["大众", "途观L", "豪华版", "2026", "31", "150000.50"]
    data = workbook([Table("价格表", price_tables.HEAD, [[*row[:3], 2026, "31", Decimal("150000.50")]])])
    read = price_tables.read("价格.xlsx", data)
    assert read == price_tables.read("价格.csv", table(row))
    assert price_tables.unpacked(price_tables.packed(read)) == read
    assert (read[0].price, read[0].region) == (Decimal("150000.50"), "31")


def today_of(made):
    with made.house.database.read() as session:
        return business_date(session)


def bring(made, price, day):
    """A table is sent by one person and approved by another."""
    author, decider = made.browser("appraiser"), made.browser("reviewer_l2")
    author.get("/prices")
    file = (io.BytesIO(priced(price)), "价格.csv")
    sent = {"table": file, "valid_from": day.isoformat(), "reason": "厂商指导价调整"}
    assert author.post("/prices/table", sent).status_code == 303
    proposal = made.rows(Proposal)[-1]
    assert "途观L" in decider.get("/changes").text
    assert decider.post(f"/changes/{proposal.id}/approve").status_code == 303


def values(made):
    with made.house.database.read() as session:
        return session.get(Revaluation, made.loan_no)


@pytest.mark.feature("M-105")
def test_a_table_comes_into_force_on_its_day_and_the_cars_are_valued_again_that_day(made):
    first = today_of(made) + timedelta(days=1)
    bring(made, "150000.00", first)
    work_off(made.house)
    assert values(made) is None, "the price holds from its day on"
    made.until(first)
    car = values(made)
    assert (car.valued_on, car.stale) == (first, False)
    assert Decimal(149000) < car.value <= Decimal(150000), "almost new"

    fall = first + timedelta(days=1)
    bring(made, "80000.00", fall)
    made.until(fall)
    car = values(made)
    assert car.before > car.value
    assert car.loan_to_value > Decimal("1.2")
    (alert,) = [each for each in made.rows(LoanAlert) if each.kind is AlertKind.PRICE_FALL]
    assert alert.level is AlertLevel.ORANGE
    runs = len(list(made_runs(made)))
    work_off(made.house)
    assert len(list(made_runs(made))) == runs, "one run a day"
    assert made.loan_no in made.browser("reviewer_l2").get("/prices/revaluations").text

    made.until(fall + timedelta(days=91))
    page = made.browser("appraiser").get("/prices").text
    assert "价格过期" in page
    assert values(made).stale


def made_runs(made):
    with made.house.database.read() as session:
        yield from session.query(RevaluationRun.day)


def test_a_wrong_table_is_refused_on_the_page_and_proposes_nothing(made):
    author = made.browser("appraiser")
    author.get("/prices")
    file = (io.BytesIO(priced("-1")), "价格.csv")
    day = today_of(made) + timedelta(days=1)
    author.post("/prices/table", {"table": file, "valid_from": day.isoformat(), "reason": "试"})
    assert made.rows(Proposal) == []
    assert "第 2 行" in author.get("/prices").text

"""Prices are dated and sourced, and the value that follows from them can be read step by step."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from company.parameter_values import VALUES
from lending import vehicle_prices
from lending.valuation import CarFacts, Condition, MileageNegative, value
from lending.vehicle_prices import PriceOutOfOrder, PriceSource, name_key
from lending.vehicles import Energy

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NUMBERS = next(number for key, number, *_ in VALUES if key == "valuation_model")


def publish(session, price, *, since=date(2026, 1, 1), year=2024, region=""):
    return vehicle_prices.publish(
        session,
        brand="大众",
        series="途观",
        model="L",
        model_year=year,
        price=Decimal(price),
        valid_from=since,
        source="厂商官网 2026-01",
        region=region,
        now=NOW,
    )


def test_a_price_holds_from_its_day_to_the_next_and_the_past_stays(house):
    with house.database.write() as session:
        publish(session, "199900.00")
        publish(session, "189900.00", since=date(2026, 3, 1))

        before = vehicle_prices.find(session, "大众 途观L 2024款", on=date(2026, 2, 28))
        after = vehicle_prices.find(session, "大众途观L", on=TODAY)
        with pytest.raises(PriceOutOfOrder):
            publish(session, "179900.00", since=date(2026, 2, 1))

    assert (before.price, after.price) == (Decimal("199900.00"), Decimal("189900.00"))


def test_the_place_goes_before_everywhere_and_a_car_is_not_priced_by_a_later_year(house):
    with house.database.write() as session:
        publish(session, "199900.00")
        publish(session, "195000.00", region="31")
        publish(session, "205000.00", year=2026)

        shanghai = vehicle_prices.find(session, "大众 途观L 2025款", on=TODAY, region="310115")
        nanjing = vehicle_prices.find(session, "大众 途观L 2025款", on=TODAY, region="320106")

    assert shanghai.price == Decimal("195000.00")
    assert nanjing.price == Decimal("199900.00")
    assert name_key("大众 途观L 2025款")[1] == 2025


@pytest.mark.feature("M-134")
def test_the_same_quote_recorded_twice_is_one_price_point(house):
    with house.database.write() as session:
        application = house.apply(session)
        quote = {
            "source": PriceSource.EXTERNAL,
            "source_name": "车价网",
            "reference": "Q-7",
            "price": Decimal("120000.00"),
            "on": TODAY,
            "now": NOW,
        }
        key = application.application_no
        for _ in range(2):
            vehicle_prices.record_quote(session, key, application.vehicle_id, **quote)

        assert len(vehicle_prices.points(session, key)) == 1


@pytest.mark.feature("M-133")
def test_a_three_year_old_car_is_worth_what_the_model_says_and_the_explanation_ends_there():
    car = CarFacts(Energy.FUEL, date(2023, 3, 2), 60000, Condition.B)

    found = value(Decimal("200000.00"), car, NUMBERS, TODAY)

    # 200,000 x 0.85^3 = 122,825.00; x (1 - (60,000 - 45,000)/300,000) = x 0.95; x 0.95 for condition B.
    assert [step.value for step in found.steps] == [
        Decimal("122820.00"),
        Decimal("116679.00"),
        Decimal("110845.05"),
        Decimal("110845.05"),
    ]
    assert found.explanation("zh").endswith(f"{found.value:,.2f}")
    assert found.version == "2026-1"


def test_a_new_energy_car_loses_more_in_its_first_year_and_by_a_worn_battery():
    one_year = CarFacts(Energy.NEV, date(2025, 3, 2), 15000)
    worn = CarFacts(Energy.NEV, date(2025, 3, 2), 15000, battery_health=Decimal("0.79"))

    sound = value(Decimal("100000.00"), one_year, NUMBERS, TODAY)

    assert sound.value == Decimal("78000.00")
    assert value(Decimal("100000.00"), worn, NUMBERS, TODAY).value == Decimal("70200.00")


def test_mileage_counts_within_its_bounds_and_is_never_negative():
    def worth(km):
        return value(Decimal("100000.00"), CarFacts(Energy.FUEL, date(2025, 3, 2), km), NUMBERS, TODAY).value

    assert worth(0) == Decimal("89250.00")  # at most x 1.05
    assert worth(900000) == Decimal("72250.00")  # at least x 0.85
    with pytest.raises(MileageNegative):
        worth(-1)


def test_the_counter_gets_a_quick_value_or_none_for_an_unknown_model(house):
    car = CarFacts(Energy.FUEL, date(2025, 3, 2), 15000)
    with house.database.write() as session:
        publish(session, "200000.00")

        known = vehicle_prices.quick_value(session, "大众 途观L", car, TODAY)
        unknown = vehicle_prices.quick_value(session, "远航 E5", car, TODAY)

    assert known.value == Decimal("170000.00")
    assert unknown is None

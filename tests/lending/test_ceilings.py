"""Ceilings of loan to value: dated, never above the law, and only for the cases that begin under them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from company.parameters import ParameterOutOfOrder
from lending import applications, ceilings, vehicle_prices
from lending.ceilings import CeilingOutOfBounds, Segment
from lending.valuation import CarFacts
from lending.vehicles import Energy, VehicleKind, VehicleUse

NOW, TODAY, TOMORROW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC), date(2026, 3, 2), date(2026, 3, 3)
USED = {"kind": VehicleKind.USED, "use": VehicleUse.SELF, "energy": Energy.FUEL}
LOWER = {Segment.USED: Decimal("0.55")}


def publish(session, wanted, valid_from):
    return ceilings.publish(
        session, wanted, valid_from=valid_from, source_text="二手车价格下行", approved_by="risk_committee"
    )


@pytest.mark.feature("M-052")
def test_a_lower_ceiling_holds_from_its_day_and_what_began_before_keeps_the_old_one(house):
    with house.database.write() as session:
        before = ceilings.of_car(session, **USED, on=TOMORROW)
        publish(session, LOWER, TOMORROW)

        assert (before, ceilings.of_car(session, **USED, on=TODAY)) == (Decimal("0.70"), Decimal("0.70"))
        assert ceilings.of_car(session, **USED, on=TOMORROW) == Decimal("0.55")
        assert ceilings.in_force(session, TOMORROW)[Segment.SELF_NEW_NEV] == Decimal("0.85")
        assert [one.valid_from for one in ceilings.versions(session)] == [TOMORROW]


@pytest.mark.parametrize("ceiling", ["0", "0.71"])
def test_no_ceiling_is_above_the_law_or_nothing(house, ceiling):
    with house.database.write() as session, pytest.raises(CeilingOutOfBounds):
        publish(session, {Segment.USED: Decimal(ceiling)}, TOMORROW)


def test_versions_follow_one_another(house):
    with house.database.write() as session:
        publish(session, LOWER, TOMORROW)
        with pytest.raises(ParameterOutOfOrder):
            publish(session, {Segment.USED: Decimal("0.60")}, TOMORROW)


@pytest.mark.feature("M-052")
def test_a_fallen_market_price_changes_the_value_of_new_cases_and_not_of_one_under_way(house):
    car = CarFacts(Energy.FUEL, date(2024, 3, 1), 30000)

    def value(session, on):
        return vehicle_prices.quick_value(session, "远航 E5", car, on).value

    with house.database.write() as session:
        for price, day in (("150000.00", TODAY), ("120000.00", TOMORROW)):
            vehicle_prices.publish(
                session,
                brand="远航",
                series="E5",
                model="",
                model_year=2024,
                price=Decimal(price),
                valid_from=day,
                source="厂商降价",
                now=NOW,
            )
            if day == TODAY:
                old = value(session, TODAY)
                under_way = house.apply(session, price="150000.00", amount="120000.00")
                base = under_way.price_base
        house.approve(session, under_way.application_no, amount=Decimal("120000.00"), on=TOMORROW, now=NOW)

        assert value(session, TODAY) == old
        assert value(session, TOMORROW) == (old * Decimal("0.8")).quantize(Decimal("0.01"))
        assert applications.get(session, under_way.application_no).price_base == base
        assert under_way.submitted_on == TODAY

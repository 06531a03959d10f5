"""A car in two cases: the second sees the first, cannot rewrite the car, and is free again when the first ends."""

from datetime import date

import pytest

from lending import applications, encumbrance, vehicles
from lending.errors import LendingError
from lending.vehicles import Energy, VehicleKind

TODAY = date(2026, 3, 2)
SECOND = "360426199101010071"


@pytest.mark.feature("M-137")
def test_the_second_application_for_a_car_names_the_first_until_that_is_closed(house):
    with house.database.write() as session:
        first = house.apply(session)
        second = house.apply(session, identity=SECOND)
        car = vehicles.get(session, second.vehicle_id)

        before = encumbrance.others(session, car.id, second.application_no)
        applications.withdraw(session, first.application_no, reason="-", on=TODAY)

        assert before == (first.application_no,)
        assert encumbrance.others(session, car.id, second.application_no) == ()


def test_a_car_of_an_open_case_keeps_its_facts(house):
    with house.database.write() as session:
        first = house.apply(session)
        car = vehicles.get(session, first.vehicle_id)

        held = encumbrance.held_elsewhere(session, car.vin, "APP-X", kind=car.kind, energy=car.energy)
        with pytest.raises(LendingError) as refused:
            encumbrance.held_elsewhere(session, car.vin, "APP-X", kind=VehicleKind.USED, energy=Energy.NEV)
        own = encumbrance.held_elsewhere(
            session, car.vin, first.application_no, kind=VehicleKind.USED, energy=Energy.NEV
        )

        assert held is car
        assert refused.value.code == "vehicle_facts_differ"
        assert own is None


def test_a_first_registration_lies_in_the_past_and_a_new_car_has_none(house):
    with house.database.write() as session:
        car = vehicles.get(session, house.apply(session, kind=VehicleKind.USED).vehicle_id)
        facts = {"vin_text": car.vin, "model_name": car.model_name, "energy": car.energy, "on": TODAY}
        now = car.created_at

        with pytest.raises(LendingError) as refused:
            vehicles.register(
                session, kind=VehicleKind.USED, first_registered_on=date(2030, 1, 1), now=now, **facts
            )
        vehicles.register(
            session, kind=VehicleKind.USED, first_registered_on=date(2020, 1, 1), now=now, **facts
        )
        was = car.first_registered_on
        vehicles.register(session, kind=VehicleKind.NEW, now=now, **facts)

        assert refused.value.code == "first_registered_in_future"
        assert (was, car.first_registered_on) == (date(2020, 1, 1), None)

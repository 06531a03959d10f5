"""Customers for the tests of the pages: invented people with numbers that check."""

from lending import customers

ZHANG, ZHANG_AGAIN, LI = "11010519491231002X", "110105194912310046", "360426199101010071"
PHONE = "13812345678"


def enter(house, name, identity, phone=PHONE, owner="customer_manager", **more):
    """A customer of a customer manager; the id."""
    actor = house.who(owner)
    with house.database.write() as session:
        customer = customers.register(
            session,
            house.vault,
            name=name,
            identity=identity,
            phone=phone,
            unit_id=actor.unit_id,
            owner_id=actor.employee_id,
            now=house.clock.now(),
            **more,
        )
        return customer.id

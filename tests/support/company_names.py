"""Chinese that is data of the demo company: no translation is owed for it."""

from cheliu.demo.building import _DEALERS
from cheliu.demo.people import STAFF
from cheliu.demo.synthetic import CARS

# The mark in the corner is a drawing; the product has its name in Chinese before the English one.
MARK = "车"
PRODUCT = "新车标准贷"
DATA = (
    *(name for name, *_ in _DEALERS.values()),
    *(car.model for car in CARS),
    *(person.name for person in STAFF),
    PRODUCT,
    "车流 Cheliu",
    MARK,
)

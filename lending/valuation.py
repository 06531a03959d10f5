"""What a car is worth by the model: the price of a new one, worn down by age, mileage, condition and place.

``value = new price x age factor x mileage factor x condition factor x region factor``; the numbers are the dated
parameter ``valuation_model``, so that a value can be computed again years later from its inputs and its version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import TypedDict

from company.messages import Language
from lending.errors import LendingError
from lending.labels import Labelled
from lending.money import exact, to_fen
from lending.vehicles import Energy

_DAYS_A_YEAR = Decimal("365.25")
_FACTOR = Decimal("0.0001")
_ONE = Decimal(1)


class Condition(Labelled):
    """How a car looks to the appraiser."""

    S = "S", "优秀", "Excellent"
    A = "A", "良好", "Good"
    B = "B", "一般", "Fair"
    C = "C", "较差", "Poor"


class Numbers(TypedDict):
    """The parameter ``valuation_model``; factors are fractions, mileage in kilometres."""

    version: str
    yearly_factor: Decimal
    nev_first_year_factor: Decimal
    usual_km_a_year: Decimal
    km_scale: Decimal
    mileage_factor_min: Decimal
    mileage_factor_max: Decimal
    condition_factors: Mapping[str, Decimal]
    battery_health_min: Decimal
    battery_factor: Decimal
    region_factors: Mapping[str, Decimal]


class Factor(Labelled):
    """The steps of the model, in their order."""

    AGE = "age", "车龄折旧", "Age"
    MILEAGE = "mileage", "行驶里程", "Mileage"
    CONDITION = "condition", "车况", "Condition"
    BATTERY = "battery", "电池健康度", "Battery health"
    REGION = "region", "地区", "Region"


class MileageNegative(LendingError):
    """An odometer counts up from zero."""

    code = "mileage_negative"
    zh = "行驶里程不能为负（填写为 {mileage_km} 公里），请按里程表填写。"
    en = "The mileage cannot be {mileage_km} km; copy it from the odometer."


@dataclass(frozen=True)
class CarFacts:
    """What the model asks of a car; ``battery_health`` is a fraction, None where it was not measured."""

    energy: Energy
    first_registered_on: date | None
    mileage_km: int = 0
    condition: Condition = Condition.A
    region: str = ""
    battery_health: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """One step: its factor to four decimals, and the value in yuan after it."""

    factor: Factor
    times: Decimal
    value: Decimal

    def label(self, language: Language) -> str:
        """The step as a line of the explanation."""
        return f"{self.factor.label(language)} × {self.times} = {self.value:,.2f}"


@dataclass(frozen=True)
class Valuation:
    """The value in yuan with how it came about; ``version`` names the numbers it was computed with."""

    value: Decimal
    new_price: Decimal
    version: str
    steps: tuple[Step, ...]

    def explanation(self, language: Language) -> str:
        """The whole way from the price of a new car to the value, one line a step."""
        first = "新车参考价" if language == "zh" else "Price of a new car"
        return "\n".join([f"{first} {self.new_price:,.2f}", *(step.label(language) for step in self.steps)])


def age_years(first_registered_on: date | None, on: date) -> Decimal:
    """Years since the first registration to 1e-2; 0 for a car without one.

    >>> age_years(date(2023, 9, 15), date(2026, 9, 15))
    Decimal('3.00')
    """
    if first_registered_on is None or first_registered_on > on:
        return Decimal("0.00")
    return (Decimal((on - first_registered_on).days) / _DAYS_A_YEAR).quantize(Decimal("0.01"))


def value(new_price: Decimal, car: CarFacts, numbers: Numbers, on: date) -> Valuation:
    """Apply the model to a car on a day; each step half up to the fen, factors to four decimals.

    Raises :class:`MileageNegative` and the refusals of :func:`lending.money.exact`.
    """
    if car.mileage_km < 0:
        raise MileageNegative(mileage_km=car.mileage_km)
    age = age_years(car.first_registered_on, on)
    amount = exact(new_price)
    steps = []
    for factor, times in _factors(car, age, numbers):
        amount = to_fen(amount * times)
        steps.append(Step(factor, times, amount))
    return Valuation(amount, exact(new_price), numbers["version"], tuple(steps))


def value_range(
    new_price: Decimal, car: CarFacts, numbers: Numbers, on: date, *, quoted: Iterable[Decimal] = ()
) -> tuple[Decimal, Decimal]:
    """The lowest and the highest value in yuan before anybody has looked at the car.

    A used car may turn out to be in any condition; a new one has but one. What others quoted, in yuan, widens the
    range. Raises what :func:`value` does.
    """
    conditions = Condition if car.first_registered_on is not None else (car.condition,)
    modelled = [value(new_price, replace(car, condition=one), numbers, on).value for one in conditions]
    values = [*modelled, *map(exact, quoted)]
    return min(values), max(values)


def _factors(car: CarFacts, age: Decimal, numbers: Numbers) -> list[tuple[Factor, Decimal]]:
    found = [(Factor.AGE, _age_factor(car.energy, age, numbers))]
    if car.first_registered_on is not None:
        found.append((Factor.MILEAGE, _mileage_factor(car.mileage_km, age, numbers)))
        found.append((Factor.CONDITION, numbers["condition_factors"][car.condition.value]))
    if car.battery_health is not None and car.battery_health < numbers["battery_health_min"]:
        found.append((Factor.BATTERY, numbers["battery_factor"]))
    found.append((Factor.REGION, numbers["region_factors"].get(car.region[:2], _ONE)))
    return [(factor, times.quantize(_FACTOR)) for factor, times in found]


def _age_factor(energy: Energy, age: Decimal, numbers: Numbers) -> Decimal:
    """A new-energy car loses more in its first year; part of a year counts in proportion of the exponent."""
    with localcontext(prec=28):
        if energy is not Energy.NEV:
            return numbers["yearly_factor"] ** age
        first, later = min(age, _ONE), max(age - _ONE, Decimal(0))
        lost: Decimal = numbers["nev_first_year_factor"] ** first * numbers["yearly_factor"] ** later
        return lost


def _mileage_factor(mileage_km: int, age: Decimal, numbers: Numbers) -> Decimal:
    usual = numbers["usual_km_a_year"] * age
    times = _ONE - (Decimal(mileage_km) - usual) / numbers["km_scale"]
    return max(numbers["mileage_factor_min"], min(numbers["mileage_factor_max"], times))

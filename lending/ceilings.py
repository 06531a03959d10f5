"""The company's own ceilings of loan to value by kind of car, dated: they hold for the cases that begin under them.

Law and house rules (parameter ltv_table) say how much may be lent at most, table DT-03 how much by grade and age. When
the market falls, the company lowers a ceiling from a day on; a case that was submitted before keeps the one it began
under, as it keeps the value its car was appraised at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from company import parameters
from company.parameters import Parameter, ParameterMissing, ParameterOutOfOrder
from lending import limits
from lending.errors import LendingError
from lending.labels import Labelled
from lending.vehicles import Energy, VehicleKind, VehicleUse

KEY = "ltv_ceiling"


class Segment(Labelled):
    """The kinds of cars that have a ceiling of their own."""

    SELF_NEW_FUEL = "self_new_fuel", "自用新车（传统动力）", "Own use, new, combustion"
    SELF_NEW_NEV = "self_new_nev", "自用新车（新能源）", "Own use, new, new energy"
    COMMERCIAL_NEW_FUEL = "commercial_new_fuel", "营运新车（传统动力）", "Commercial, new, combustion"
    COMMERCIAL_NEW_NEV = "commercial_new_nev", "营运新车（新能源）", "Commercial, new, new energy"
    USED = "used", "二手车", "Used car"


class CeilingOutOfBounds(LendingError):
    """A ceiling is more than nothing and not above what law and house rules allow."""

    code = "ceiling_out_of_bounds"
    zh = "{segment} 的成数上限 {ceiling:.2%} 须大于零且不超过 {most:.2%}。"
    en = "The ceiling of {ceiling:.2%} for {segment} must be above nothing and at most {most:.2%}."


def of_car(session: Session, *, kind: VehicleKind, use: VehicleUse, energy: Energy, on: date) -> Decimal:
    """The largest part of the price that may be lent for such a car in a case that began on a day, a fraction."""
    most, _is_law = limits.usual_loan_to_value(session, kind=kind, use=use, energy=energy, on=on)
    own = in_force(session, on)
    name = "used" if kind is VehicleKind.USED else f"{use.value}_{kind.value}_{energy.value}"
    return min(most, own[Segment(name)])


def in_force(session: Session, on: date) -> dict[Segment, Decimal]:
    """The ceiling of each segment on a day; where the company has set none, that of law and house rules."""
    table = limits.usual_by_segment(session, on)
    try:
        own: Mapping[str, Decimal] = parameters.value(session, KEY, on)
    except ParameterMissing:
        own = {}
    return {one: own.get(one.value, table[one.value]) for one in Segment}


def versions(session: Session) -> list[Parameter]:
    """Every version that was ever approved, the latest first."""
    return parameters.versions(session, KEY)


def check(session: Session, ceilings: Mapping[Segment, Decimal], *, valid_from: date) -> None:
    """Refuse what lies out of bounds or begins before a later version.

    Raises :class:`CeilingOutOfBounds`, :class:`company.parameters.ParameterOutOfOrder`.
    """
    table = limits.usual_by_segment(session, valid_from)
    for segment, ceiling in ceilings.items():
        if not 0 < ceiling <= table[segment.value]:
            raise CeilingOutOfBounds(segment=segment, ceiling=ceiling, most=table[segment.value])
    latest = versions(session)
    if latest and latest[0].valid_from >= valid_from:
        raise ParameterOutOfOrder(key=KEY, latest=latest[0].valid_from)


def publish(
    session: Session,
    ceilings: Mapping[Segment, Decimal],
    *,
    valid_from: date,
    source_text: str,
    approved_by: str,
) -> Parameter:
    """Let these ceilings hold for cases that begin from a day on; refuses as :func:`check` does."""
    check(session, ceilings, valid_from=valid_from)
    value = {segment.value: ceiling for segment, ceiling in ceilings.items()}
    return parameters.publish(
        session, KEY, value, valid_from=valid_from, source_text=source_text, approved_by=approved_by
    )

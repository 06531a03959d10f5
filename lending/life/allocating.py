"""What a sum of money pays of a loan, by the order of allocation that was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from lending.life.happenings import Used
from lending.life.kinds import Component, Direction
from lending.life.state import Ground, Part, Reading, State
from lending.money import ZERO

_OF_THE_LOAN = (Component.COST, Component.FEE)


def pay(ground: Ground, state: State, on: date, money: Decimal) -> tuple[State, Used]:
    """Pay what is due with at most ``money`` yuan: the state after it, and what went to each component."""
    order = ground.allocation.order_on(Reading(ground, state, on).days_past_due)
    used: Used = {}
    for component, index in _steps(order, ground.allocation.direction, state.due):
        paid = min(money, open_amount(ground, state, on, component, index))
        if paid > 0:
            state = meet(ground, state, on, component, index, paid)
            used[component] = used.get(component, ZERO) + paid
            money -= paid
    return state, used


def due_amounts(ground: Ground, state: State, on: date) -> Used:
    """What is due on a day, by component; only what is above zero."""
    found: Used = {}
    for component, index in _steps(tuple(Component), Direction.VERTICAL, state.due):
        owed = open_amount(ground, state, on, component, index)
        if owed > 0:
            found[component] = found.get(component, ZERO) + owed
    return found


def _steps(order: tuple[Component, ...], direction: Direction, due: int) -> Iterator[tuple[Component, int]]:
    """Component and instalment in the order in which they are paid; costs and fees belong to no instalment (-1)."""
    if direction is Direction.VERTICAL:
        for component in order:
            yield from ((component, index) for index in ([-1] if component in _OF_THE_LOAN else range(due)))
        return
    inner = [component for component in order if component not in _OF_THE_LOAN]
    first = order.index(inner[0])
    yield from ((component, -1) for component in order[:first])
    yield from ((component, index) for index in range(due) for component in inner)
    yield from ((component, -1) for component in order[first:] if component in _OF_THE_LOAN)


def open_amount(ground: Ground, state: State, on: date, component: Component, index: int) -> Decimal:
    """What of a component is owed on a day of one instalment, or of the loan for costs and fees."""
    if component is Component.COST:
        return state.costs
    if component is Component.FEE:
        return state.fees_owed
    part, reading = state.parts[index], Reading(ground, state, on)
    if component is Component.PENALTY:
        return reading.penalty(part) - part.penalty_met
    if component is Component.COMPOUND:
        return reading.compound(part) - part.compound_met
    return part.interest_open if component is Component.INTEREST else part.principal_open


def meet(
    ground: Ground,
    state: State,
    on: date,
    component: Component,
    index: int,
    amount: Decimal,
    *,
    waived: bool = False,
) -> State:
    """The state with ``amount`` of a component paid, or waived."""
    if component is Component.COST:
        return replace(state, costs=state.costs - amount)
    if component is Component.FEE:
        signed = min(amount, state.signed_fees)
        return replace(state, signed_fees=state.signed_fees - signed, fees=state.fees - (amount - signed))
    part = state.parts[index]
    if component is Component.PENALTY:
        part = replace(part, penalty_met=part.penalty_met + amount)
    elif component is Component.COMPOUND:
        part = replace(part, compound_met=part.compound_met + amount)
    else:
        part = _reduced(Reading(ground, state, on).cut_late(part), component, amount, waived=waived)
        if on <= part.due_date + timedelta(days=ground.grace_days):
            part = _forgiven(part)
    return state.with_part(index, part)


def _reduced(part: Part, component: Component, amount: Decimal, *, waived: bool) -> Part:
    if component is Component.PRINCIPAL:
        return replace(part, principal_paid=part.principal_paid + amount)
    if waived:
        return replace(part, interest_waived=part.interest_waived + amount)
    return replace(part, interest_paid=part.interest_paid + amount)


def _forgiven(part: Part) -> Part:
    """Paid in full within the days of grace, an instalment bears no penalty."""
    return replace(
        part,
        penalty_run=part.penalty_run if part.principal_open else Decimal(0),
        compound_run=part.compound_run if part.interest_open else Decimal(0),
    )

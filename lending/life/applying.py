"""What an event makes of a loan, and what it posts: a pure function of the signed ground, the state before, the event.

Postings are net debits by account, by the kind of their entry. Output VAT of 6 % lies inside interest, penalty and fees
(财税〔2016〕36号): it is pending while they accrue and turns into output VAT when they are due, or, of a penalty, paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from lending import accounts
from lending.life import errors
from lending.life.allocating import due_amounts, meet, open_amount, pay
from lending.life.fees import earned, waived
from lending.life.happenings import Applied, Happening, Net, Used, add, vat_in
from lending.life.kinds import Component, EventKind
from lending.life.planning import Frame, longer, replanned
from lending.life.state import Ground, Reading, State
from lending.life.subsidising import agree, receive, released
from lending.maths.choices import EarlyReceipt, Method, PayOffInterest, Prepayment
from lending.maths.due_dates import months_of
from lending.maths.terms import check_rate
from lending.money import ZERO, to_fen

_PLAN_CHANGES = (
    EventKind.PREPAYMENT,
    EventKind.EXTENSION,
    EventKind.RATE_CHANGE,
    EventKind.RESTRUCTURING,
)
HOLIDAY_MAX = 3
"""A restructuring lets the borrower pay interest alone for at most this many instalments."""
_AFTER_WRITE_OFF = (EventKind.RECOVERY, EventKind.CLAIM, EventKind.DUE)
_LEVEL = (Method.EQUAL_INSTALMENT, Method.BALLOON, Method.STEP, Method.FIXED_INSTALMENT)


def apply(ground: Ground, state: State, event: Happening) -> Applied:
    """The loan after ``event``; an :class:`lending.life.errors.EventRefused` if it cannot happen."""
    frozen = state.frozen_on
    if frozen is not None and event.kind not in _AFTER_WRITE_OFF:
        raise errors.WrittenOffAlready(on=frozen, kind=event.kind)
    if event.kind in _PLAN_CHANGES:
        _check_change(ground, state, event)
    before = Reading(ground, state, event.on)
    done = released(ground, state, _RULES[event.kind](ground, state, event), event)
    done = earned(state, done, event)
    after = Reading(ground, done.state, event.on)
    interest = vat_in(after.interest_taxed) - vat_in(before.interest_taxed)
    penalty = vat_in(after.penalty_met) - vat_in(before.penalty_met)
    turned = interest if event.kind is EventKind.WAIVER else interest + penalty
    if turned:
        net = done.wanted.setdefault(event.kind.value, {})
        add(net, accounts.OUTPUT_VAT_PENDING, turned)
        add(net, accounts.OUTPUT_VAT, -turned)
    return done


def _check_change(ground: Ground, state: State, event: Happening) -> None:
    if state.principal_not_due == 0:
        raise errors.NothingNotDue(kind=event.kind)
    if state.due < ground.agreement.grace_interest:
        raise errors.ChangeInInterestGrace(grace=ground.agreement.grace_interest)


def _fall_due(ground: Ground, state: State, event: Happening) -> Applied:
    """The next instalment is due; money in suspense pays it. A due date that has moved since does nothing."""
    if state.next_due != event.on:
        return Applied(state)
    state = replace(state, due=state.due + 1, cut=event.on, carry=Decimal(0), settled=ZERO)
    if not state.suspense:
        return Applied(state)
    return _received(ground, state, event.on, ZERO, "receipt")


def _received(ground: Ground, state: State, on: date, amount: Decimal, kind: str) -> Applied:
    """Money and what lay in suspense pay what is due; what is left lies in suspense."""
    money = amount + state.suspense
    paid, used = pay(ground, state, on, money)
    left = money - sum(used.values(), ZERO)
    net = _paid_lines(used, state.signed_fees - paid.signed_fees)
    add(net, accounts.BANK, amount)
    add(net, accounts.SUSPENSE, state.suspense - left)
    wanted = {kind: net} if net else {}
    return Applied(replace(paid, suspense=left), wanted, used)


def _receipt(ground: Ground, state: State, event: Happening) -> Applied:
    return _received(ground, state, event.on, event.amount, event.kind.value)


def _prepayment(ground: Ground, state: State, event: Happening) -> Applied:
    """First what is due, then interest to the day and the fee, then principal that is not due."""
    rate = ground.fee_rate if event.fee_rate is None else event.fee_rate
    due = sum(due_amounts(ground, state, event.on).values(), ZERO)
    done = _received(ground, state, event.on, event.amount, event.kind.value)
    before = cut(ground, done.state, event.on)
    part, reading = before.parts[before.due], Reading(ground, before, event.on)
    to_the_day = ground.convention.pay_off_interest is PayOffInterest.TO_THE_DAY
    running = reading.running if to_the_day else part.interest
    interest = running - part.interest_paid
    whole = before.principal_not_due
    money = before.suspense
    if money >= interest + whole + to_fen(whole * rate):
        fee = to_fen(whole * rate)
        return _booked(_ended(before, event.on, running), done, interest, whole, fee)
    early = ground.convention.early_receipt is EarlyReceipt.INTEREST
    interest = reading.running - part.interest_paid if early else ZERO
    fee = to_fen(max(money - interest, ZERO) * rate / (1 + rate))
    principal = min(money - interest - fee, whole - Decimal("0.01"))
    if principal <= 0:
        raise errors.PrepaymentTooSmall(amount=event.amount, first=due + interest + fee)
    paid = replace(
        part, principal_paid=part.principal_paid + principal, interest_paid=part.interest_paid + interest
    )
    state = before.with_part(before.due, paid)
    if early:
        state = replace(state, settled=reading.running, carry=Decimal(0))
    rule = event.rule or ground.convention.prepayment
    return _booked(replanned(ground, before, state, event.on, rule), done, interest, principal, fee)


def _ended(before: State, on: date, running: Decimal) -> State:
    """The loan with all that is not due paid on a day: one last instalment, due and paid at once."""
    part = before.parts[before.due]
    principal = before.principal_not_due
    last = replace(
        part,
        due_date=on,
        regular_end=on,
        late_since=on,
        principal=part.principal_paid + principal,
        principal_paid=part.principal_paid + principal,
        interest=running,
        interest_paid=running,
    )
    parts = (*before.parts[: before.due], last)
    return replace(before, parts=parts, due=before.due + 1, cut=on, carry=Decimal(0), settled=ZERO)


def _booked(state: State, done: Applied, interest: Decimal, principal: Decimal, fee: Decimal) -> Applied:
    """Add what was paid early, out of suspense, to the lines of a prepayment."""
    early = {Component.INTEREST: interest, Component.PRINCIPAL: principal, Component.FEE: fee}
    used = dict(done.used)
    net = done.wanted.setdefault(EventKind.PREPAYMENT.value, {})
    for component, amount in early.items():
        if amount:
            used[component] = used.get(component, ZERO) + amount
    for account, amount in _paid_lines(early).items():
        add(net, account, amount)
    spent = interest + principal + fee
    add(net, accounts.SUSPENSE, spent)
    return Applied(replace(state, suspense=state.suspense - spent), done.wanted, used)


def _extension(ground: Ground, state: State, event: Happening) -> Applied:
    state = cut(ground, state, event.on)
    frames = _longer(ground, state, event.months)
    return Applied(replanned(ground, state, state, event.on, Prepayment.LOWER_INSTALMENT, frames=frames))


def _longer(ground: Ground, state: State, months: int) -> list[Frame]:
    every = months_of(ground.convention)
    if ground.method is not Method.BULLET and (every is None or months % every):
        raise errors.ExtensionNotWholePeriods(months=months, every=every or 1)
    return longer(ground, state.parts[state.due :], months)


def _rate_change(ground: Ground, state: State, event: Happening) -> Applied:
    """The rate holds from the day on; penalty interest follows it. Agreed principals stay."""
    state = _at_rate(ground, state, event)
    level = ground.method in _LEVEL
    rule = Prepayment.LOWER_INSTALMENT if level else Prepayment.NEXT_INSTALMENTS
    return Applied(replanned(ground, state, state, event.on, rule))


def _at_rate(ground: Ground, state: State, event: Happening) -> State:
    """The loan cut on the day, at the rate that the event gives, if it gives one."""
    rate = event.annual_rate if event.annual_rate is not None else state.rate
    check_rate(rate)
    reading = Reading(ground, state, event.on)
    late = tuple(reading.cut_late(part) for part in state.parts[: state.due])
    state = cut(ground, state, event.on)
    return replace(state, parts=(*late, *state.parts[state.due :]), rate=rate)


def _restructuring(ground: Ground, state: State, event: Happening) -> Applied:
    """Longer, cheaper, or with interest alone for some instalments: what is not due is planned anew."""
    changed = event.months or event.holiday or event.annual_rate is not None
    if not changed or not 0 <= event.holiday <= HOLIDAY_MAX:
        raise errors.RestructuringEmpty(holiday_max=HOLIDAY_MAX)
    state = _at_rate(ground, state, event)
    frames = _longer(ground, state, event.months) if event.months else None
    holiday = min(event.holiday, len(frames or state.parts[state.due :]) - 1)
    rule = Prepayment.LOWER_INSTALMENT
    return Applied(replanned(ground, state, state, event.on, rule, frames=frames, holiday=holiday))


def _charge(ground: Ground, state: State, event: Happening) -> Applied:
    """A cost that the lender advanced, or a fee that is owed from now on and income when it is paid."""
    if event.component is Component.COST:
        net = {accounts.OTHER_RECEIVABLES: event.amount, accounts.BANK: -event.amount}
        return Applied(replace(state, costs=state.costs + event.amount), {"charge": net})
    return Applied(replace(state, fees=state.fees + event.amount))


def _waiver(ground: Ground, before: State, event: Happening) -> Applied:
    state = before
    component = event.component or Component.PENALTY
    if component is Component.PRINCIPAL:
        raise errors.PrincipalNotWaived()
    indexes = [-1] if component in (Component.COST, Component.FEE) else list(range(state.due))
    owed = sum((open_amount(ground, state, event.on, component, index) for index in indexes), ZERO)
    if event.amount > owed:
        raise errors.WaiverTooLarge(component=component, amount=event.amount, owed=owed)
    met, left = Reading(ground, state, event.on).penalty_met, event.amount
    for index in indexes:
        part = min(left, open_amount(ground, state, event.on, component, index))
        if part > 0:
            state = meet(ground, state, event.on, component, index, part, waived=True)
            left -= part
    pending = vat_in(Reading(ground, state, event.on).penalty_met) - vat_in(met)
    if component is Component.FEE:
        state, net = waived(before, state)
    else:
        net = _waived_lines(component, event.amount, pending)
    return Applied(state, {"waiver": net} if net else {}, {component: event.amount})


def _waived_lines(component: Component, amount: Decimal, pending: Decimal) -> Net:
    if component is Component.COST:
        return {accounts.IMPAIRMENT: amount, accounts.OTHER_RECEIVABLES: -amount}
    if component is Component.INTEREST:
        tax = vat_in(amount)
        net = {accounts.INTEREST_INCOME: amount - tax, accounts.INTEREST_RECEIVABLE: -amount}
        add(net, accounts.OUTPUT_VAT, tax)
        return net
    net = {accounts.PENALTY_INCOME: amount - pending, accounts.PENALTY_RECEIVABLE: -amount}
    add(net, accounts.OUTPUT_VAT_PENDING, pending)
    return net


def _write_off(ground: Ground, state: State, event: Happening) -> Applied:
    """What stands in the books goes against the allowance, all that is owed off balance; pending VAT is given up."""
    claim = claim_of(ground, state, event.on)
    if claim <= 0:
        raise errors.NothingToWriteOff()
    carried, net = _off_the_books(ground, state, event.on)
    add(net, accounts.ALLOWANCE, carried)
    add(net, accounts.WRITTEN_OFF_CLAIMS, claim)
    return Applied(replace(_frozen(state, event.on), claim=claim), {"write_off": net})


def _assignment(ground: Ground, state: State, event: Happening) -> Applied:
    """The buyer's price for the claim: what the books carry above it goes against the allowance, below it is gain."""
    if claim_of(ground, state, event.on) <= 0:
        raise errors.NothingToWriteOff()
    carried, net = _off_the_books(ground, state, event.on)
    add(net, accounts.BANK, event.amount)
    add(net, accounts.ALLOWANCE, max(carried - event.amount, ZERO))
    add(net, accounts.OTHER_INCOME, min(carried - event.amount, ZERO))
    gone = replace(_frozen(state, event.on), assigned=True)
    return Applied(gone, {event.kind.value: net})


def claim_of(ground: Ground, state: State, on: date) -> Decimal:
    """All that the debtor owes on a day, due or not, in yuan: principal, interest, penalty, costs and signed fees."""
    reading = Reading(ground, state, on)
    claim = state.principal + state.costs + state.signed_fees + reading.interest_open
    return claim + reading.penalty_earned - reading.penalty_met


def _off_the_books(ground: Ground, state: State, on: date) -> tuple[Decimal, Net]:
    """What a loan stands with in the books, less its pending VAT, and the lines that take it out."""
    reading = Reading(ground, state, on)
    owed = state.costs + state.signed_fees
    interest = reading.interest_recognised - reading.interest_met
    penalty = reading.penalty_recognised - reading.penalty_met
    pending = vat_in(reading.interest_recognised) - vat_in(reading.interest_taxed)
    pending += vat_in(reading.penalty_recognised) - vat_in(reading.penalty_met)
    net: Net = {}
    for account, amount in (
        (accounts.OUTPUT_VAT_PENDING, pending),
        (accounts.LOANS, -state.principal),
        (accounts.INTEREST_RECEIVABLE, -interest),
        (accounts.PENALTY_RECEIVABLE, -penalty),
        (accounts.OTHER_RECEIVABLES, -owed),
    ):
        add(net, account, amount)
    return state.principal + owed + interest + penalty - pending, net


def _frozen(state: State, on: date) -> State:
    return replace(state, frozen_on=on, written_off=state.principal, costs=ZERO, fees=ZERO, signed_fees=ZERO)


def _recovery(ground: Ground, state: State, event: Happening) -> Applied:
    """Money on a claim written off goes back to the allowance; beyond the claim it lies in suspense."""
    if state.frozen_on is None:
        raise errors.NotWrittenOff()
    money = event.amount + state.suspense
    taken = min(money, state.claim)
    net: Net = {}
    add(net, accounts.BANK, event.amount)
    add(net, accounts.SUSPENSE, state.suspense - (money - taken))
    add(net, accounts.ALLOWANCE, -taken)
    add(net, accounts.WRITTEN_OFF_CLAIMS, -taken)
    state = replace(state, claim=state.claim - taken, suspense=money - taken)
    return Applied(state, {"recovery": net})


def _claim(ground: Ground, state: State, event: Happening) -> Applied:
    """Money from nobody's suspense lies in the loan's (:mod:`lending.bank.suspense`) and is a receipt or recovery."""
    state = replace(state, suspense=state.suspense + event.amount)
    if state.frozen_on is not None:
        return _recovery(ground, state, replace(event, amount=ZERO))
    return _received(ground, state, event.on, ZERO, "receipt")


def cut(ground: Ground, state: State, on: date) -> State:
    """The state with the running instalment's interest brought up to a day."""
    if state.due >= len(state.parts) or on <= state.cut:
        return state
    return replace(state, carry=state.carry + Reading(ground, state, on).run, cut=on)


def _paid_lines(used: Used, signed: Decimal = ZERO) -> Net:
    """The credits of what was paid, and the VAT inside fees; ``signed`` fees were posted at the pay-out."""
    net: Net = {}
    for component, amount in used.items():
        if component is Component.FEE:
            income, tax = amount - signed, vat_in(amount - signed)
            add(net, accounts.OTHER_RECEIVABLES, -signed)
            add(net, accounts.FEE_INCOME, tax - income)
            add(net, accounts.OUTPUT_VAT, -tax)
        else:
            add(net, _ACCOUNT_OF[component], -amount)
    return net


_ACCOUNT_OF = {
    Component.COST: accounts.OTHER_RECEIVABLES,
    Component.PENALTY: accounts.PENALTY_RECEIVABLE,
    Component.COMPOUND: accounts.PENALTY_RECEIVABLE,
    Component.INTEREST: accounts.INTEREST_RECEIVABLE,
    Component.PRINCIPAL: accounts.LOANS,
}
_RULES: dict[EventKind, Callable[[Ground, State, Happening], Applied]] = {
    EventKind.DUE: _fall_due,
    EventKind.RECEIPT: _receipt,
    EventKind.PREPAYMENT: _prepayment,
    EventKind.EXTENSION: _extension,
    EventKind.RATE_CHANGE: _rate_change,
    EventKind.CHARGE: _charge,
    EventKind.WAIVER: _waiver,
    EventKind.WRITE_OFF: _write_off,
    EventKind.RECOVERY: _recovery,
    EventKind.ASSIGNMENT: _assignment,
    EventKind.CLAIM: _claim,
    EventKind.RESTRUCTURING: _restructuring,
    EventKind.SUBSIDY: agree,
    EventKind.SUBSIDY_RECEIPT: receive,
}

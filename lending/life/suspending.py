"""Non-accrual: income that is not being paid is taken back and counted off balance, until the loan is cured.

What was earned and not paid leaves 1132 and the income; from then on it grows on 9001, and money is income on its day.
Source of the VAT: 财税〔2016〕36号 附件3 (interest more than 90 days late owes it when it is paid).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lending import accounts
from lending.life import errors
from lending.life.happenings import Applied, Happening, Net, add, vat_in
from lending.life.kinds import Component, EventKind
from lending.life.state import Ground, Reading, State

_BOTH_ENDS = (EventKind.NON_ACCRUAL, EventKind.RESUMED)
_OFF_BALANCE = (Component.INTEREST, Component.PENALTY, Component.COMPOUND)


def suspend(ground: Ground, state: State, event: Happening) -> Applied:
    """Stop the accrual: what is earned and unpaid leaves the balance sheet."""
    if state.suspended_on is not None:
        raise errors.SuspendedAlready(on=state.suspended_on)
    reading = Reading(ground, state, event.on)
    earned, late, declared = reading.interest_earned, reading.penalty_earned, vat_in(reading.interest_due)
    stopped = replace(state, suspended_on=event.on, interest_at=earned, penalty_at=late, declared=declared)
    net = _moved(reading, earned, late, declared, declared)
    return Applied(stopped, {event.kind.value: net} if net else {})


def resume(ground: Ground, state: State, event: Happening) -> Applied:
    """Accrue again: what grew off balance is income after all. :class:`ArrearsOpen` while anything is due."""
    if state.suspended_on is None:
        raise errors.NotSuspended()
    reading = Reading(ground, state, event.on)
    if reading.days_past_due:
        raise errors.ArrearsOpen(days=reading.days_past_due)
    declared = _declared(state, reading)
    turned = _moved(reading, state.interest_at, state.penalty_at, vat_in(reading.interest_due), declared)
    net = {account: -amount for account, amount in turned.items()}
    back = replace(
        state, suspended_on=None, interest_at=Decimal(0), penalty_at=Decimal(0), declared=Decimal(0)
    )
    return Applied(back, {event.kind.value: net} if net else {})


def _moved(reading: Reading, earned: Decimal, late: Decimal, due_vat: Decimal, declared: Decimal) -> Net:
    """What takes the unpaid part of ``earned`` and ``late`` off the balance sheet.

    ``due_vat`` is the output VAT of what fell due, ``declared`` what of it was declared so far.
    """
    net: Net = {}
    unpaid, unpaid_late = earned - reading.interest_met, late - reading.penalty_met
    pending = vat_in(earned) - due_vat
    pending_late = vat_in(late) - vat_in(reading.penalty_met)
    for account, amount in (
        (accounts.INTEREST_RECEIVABLE, -unpaid),
        (accounts.PENALTY_RECEIVABLE, -unpaid_late),
        (accounts.OUTPUT_VAT_PENDING, pending + pending_late),
        (accounts.OUTPUT_VAT, due_vat - declared),
        (accounts.INTEREST_INCOME, unpaid - pending - due_vat + declared),
        (accounts.PENALTY_INCOME, unpaid_late - pending_late),
        (accounts.UNCOLLECTED_INTEREST, unpaid + unpaid_late),
    ):
        add(net, account, amount)
    return net


def _declared(state: State, reading: Reading) -> Decimal:
    """The output VAT of interest that was declared: of what was due when accrual stopped, and of all that was paid."""
    return max(state.declared, vat_in(reading.interest_paid))


def off_balance(ground: Ground, state: State, done: Applied, event: Happening) -> Applied:
    """The same event on a loan that does not accrue: what pays interest or penalty is income and lowers 9001."""
    if state.suspended_on is None or event.kind in (*_BOTH_ENDS, EventKind.WRITE_OFF):
        return done
    if event.kind is EventKind.WAIVER:
        given_up = sum((done.used.get(component, Decimal(0)) for component in _OFF_BALANCE), Decimal(0))
        if not given_up:
            return done
        return replace(done, wanted={event.kind.value: {accounts.UNCOLLECTED_INTEREST: -given_up}})
    before, after = Reading(ground, state, event.on), Reading(ground, done.state, event.on)
    interest_vat = _declared(state, after) - _declared(state, before)
    penalty_vat = vat_in(after.penalty_met) - vat_in(before.penalty_met)
    for net in done.wanted.values():
        interest = net.pop(accounts.INTEREST_RECEIVABLE, Decimal(0))
        penalty = net.pop(accounts.PENALTY_RECEIVABLE, Decimal(0))
        if not interest and not penalty:
            continue
        add(net, accounts.INTEREST_INCOME, interest + interest_vat)
        add(net, accounts.PENALTY_INCOME, penalty + penalty_vat)
        add(net, accounts.OUTPUT_VAT, -interest_vat - penalty_vat)
        add(net, accounts.UNCOLLECTED_INTEREST, interest + penalty)
    return done

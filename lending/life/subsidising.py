"""A manufacturer's subsidy: receivable and deferred when it is agreed, income month by month at the lender's own rate.

In each period the lender earns its rate on the principal less what of the subsidy is still deferred (the effective
interest method); what the borrower's interest does not give of that is taken from the subsidy. A prepayment releases
the part of the principal that it repays, the last instalment the rest.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lending import accounts
from lending.life import errors
from lending.life.happenings import Applied, Happening, Net, Wanted, add, vat_in
from lending.life.kinds import EventKind
from lending.life.state import Ground, Reading, State
from lending.money import ZERO, to_fen

_KIND = "subsidy"
_RELEASING = (EventKind.DUE, EventKind.PREPAYMENT, EventKind.WRITE_OFF, EventKind.ASSIGNMENT)


def agree(_ground: Ground, state: State, event: Happening) -> Applied:
    """Somebody owes a subsidy for the loan: 1221 against 2401."""
    if state.principal_not_due == 0:
        raise errors.NothingNotDue(kind=event.kind)
    if state.subsidy_rate:
        raise errors.SubsidyAgreed()
    if event.annual_rate is None or event.annual_rate <= state.rate:
        raise errors.SubsidyRateMissing(rate=state.rate)
    net = {accounts.OTHER_RECEIVABLES: event.amount, accounts.DEFERRED_SUBSIDY: -event.amount}
    agreed = replace(
        state,
        subsidy=event.amount,
        subsidy_owed=event.amount,
        subsidy_rate=event.annual_rate,
        subsidy_returned=event.returned,
    )
    return Applied(agreed, {event.kind.value: net})


def receive(_ground: Ground, state: State, event: Happening) -> Applied:
    """The payer pays: 1002 against 1221, no more than is owed."""
    if event.amount > state.subsidy_owed:
        raise errors.SubsidyNotOwed(amount=event.amount, owed=state.subsidy_owed)
    net = {accounts.BANK: event.amount, accounts.OTHER_RECEIVABLES: -event.amount}
    return Applied(replace(state, subsidy_owed=state.subsidy_owed - event.amount), {event.kind.value: net})


def released(ground: Ground, before: State, done: Applied, event: Happening) -> Applied:
    """``done`` with what the event lets the lender keep of the subsidy."""
    state = done.state
    if not state.subsidy or event.kind not in _RELEASING:
        return done
    if event.kind is EventKind.DUE:
        if state.due == before.due:
            return done
        share, returned = _month(ground, before), ZERO
        if state.due == len(state.parts):
            share = state.subsidy
    else:
        gone = Decimal(1) if state.frozen_on else 1 - state.principal_not_due / before.principal_not_due
        part = to_fen(state.subsidy * gone)
        back = state.subsidy_returned and event.kind is EventKind.PREPAYMENT
        share, returned = (ZERO, part) if back else (part, ZERO)
    net = _lines(share, returned)
    wanted: Wanted = done.wanted | ({_KIND: net} if net else {})
    left = replace(state, subsidy=state.subsidy - share - returned)
    return replace(done, state=replace(left, subsidy_owed=state.subsidy_owed - returned), wanted=wanted)


def _month(ground: Ground, before: State) -> Decimal:
    """What the lender's rate on principal less deferred subsidy gives above the borrower's interest, in the period."""
    part = before.parts[before.due]
    own = replace(before, rate=before.subsidy_rate)
    factor = Reading(ground, own, part.due_date).factor(part, part.start, part.due_date)
    share = to_fen((before.principal_not_due - before.subsidy) * factor) - part.interest
    return min(max(share, ZERO), before.subsidy)


def _lines(share: Decimal, returned: Decimal) -> Net:
    net: Net = {}
    add(net, accounts.DEFERRED_SUBSIDY, share + returned)
    add(net, accounts.INTEREST_INCOME, vat_in(share) - share)
    add(net, accounts.OUTPUT_VAT, -vat_in(share))
    add(net, accounts.OTHER_RECEIVABLES, -returned)
    return net

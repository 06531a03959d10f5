"""The fees that a contract names: claimed at the pay-out, earned evenly as the instalments fall due.

VAT is owed on the day that the contract names for the payment (财税〔2016〕36号 附件1 第四十五条). What is left is
deferred, and income of the instalments in equal parts (企业会计准则第14号 第十二条: a service over time). A loan
that ends early earns the rest at once, but for what the contract gives back; that lies in suspense for the borrower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from lending import accounts
from lending.life.happenings import VAT_RATE, Applied, Happening, Net, Wanted, add, vat_in
from lending.life.kinds import EventKind
from lending.life.state import State
from lending.money import ZERO, to_fen
from lending.products import SignedFee

KIND = "fee"


def claimed(state: State, fees_data: Sequence[Mapping[str, str]] | None) -> tuple[State, Net]:
    """The loan on the day of its pay-out with its contract's fees, and what they post: 1221 against 2402 and VAT."""
    owed = deferred = returnable = ZERO
    for fee in map(SignedFee.from_data, fees_data or ()):
        owed += fee.amount
        part = fee.amount - vat_in(fee.amount)
        deferred, returnable = (
            (deferred, returnable + part) if fee.refundable else (deferred + part, returnable)
        )
    net: Net = {}
    add(net, accounts.OTHER_RECEIVABLES, owed)
    add(net, accounts.DEFERRED_FEES, -deferred - returnable)
    add(net, accounts.OUTPUT_VAT, deferred + returnable - owed)
    claim = replace(state, signed_fees=owed, fees_deferred=deferred, fees_returnable=returnable)
    return claim, net


def earned(before: State, done: Applied, event: Happening) -> Applied:
    """``done`` with what the event lets the lender earn of the deferred fees, or makes it give back."""
    state = done.state
    if not state.fees_deferred + state.fees_returnable:
        return done
    if event.kind is EventKind.DUE and state.due > before.due:
        return _instalment(before, done)
    if event.kind is EventKind.PREPAYMENT and state.due == len(state.parts):
        return _ended_early(done)
    gone = event.kind in (EventKind.WRITE_OFF, EventKind.ASSIGNMENT)
    return _written_off(before, done) if gone else done


def waived(before: State, state: State) -> tuple[State, Net]:
    """``state`` after a waiver of fees: what was not earned of signed ones is given up first, then what was."""
    signed = before.signed_fees - state.signed_fees
    income = signed - vat_in(signed)
    returnable = min(income, state.fees_returnable)
    deferred = min(income - returnable, state.fees_deferred)
    net: Net = {}
    add(net, accounts.OTHER_RECEIVABLES, -signed)
    add(net, accounts.OUTPUT_VAT, vat_in(signed))
    add(net, accounts.DEFERRED_FEES, returnable + deferred)
    add(net, accounts.FEE_INCOME, income - returnable - deferred)
    left = replace(
        state,
        fees_deferred=state.fees_deferred - deferred,
        fees_returnable=state.fees_returnable - returnable,
    )
    return left, net


def _instalment(before: State, done: Applied) -> Applied:
    state, left = done.state, len(before.parts) - before.due
    deferred, returnable = to_fen(state.fees_deferred / left), to_fen(state.fees_returnable / left)
    income = deferred + returnable
    net: Net = {accounts.DEFERRED_FEES: income, accounts.FEE_INCOME: -income} if income else {}
    return _with(done, net, state.fees_deferred - deferred, state.fees_returnable - returnable)


def _ended_early(done: Applied) -> Applied:
    state = done.state
    tax = to_fen(state.fees_returnable * VAT_RATE)
    net: Net = {}
    add(net, accounts.DEFERRED_FEES, state.fees_deferred + state.fees_returnable)
    add(net, accounts.FEE_INCOME, -state.fees_deferred)
    add(net, accounts.OUTPUT_VAT, tax)
    add(net, accounts.SUSPENSE, -state.fees_returnable - tax)
    back = replace(state, suspense=state.suspense + state.fees_returnable + tax)
    return _with(replace(done, state=back), net, ZERO, ZERO)


def _written_off(before: State, done: Applied) -> Applied:
    """What was not earned of fees that are not paid never becomes income: it lowers the loss."""
    waiting = done.state.fees_deferred + done.state.fees_returnable
    unpaid = min(before.signed_fees, waiting)
    net: Net = {}
    add(net, accounts.DEFERRED_FEES, waiting)
    add(net, accounts.ALLOWANCE, -unpaid)
    add(net, accounts.FEE_INCOME, unpaid - waiting)
    return _with(done, net, ZERO, ZERO)


def _with(done: Applied, net: Net, deferred: Decimal, returnable: Decimal) -> Applied:
    wanted: Wanted = done.wanted | ({KIND: net} if net else {})
    return replace(
        done,
        state=replace(done.state, fees_deferred=deferred, fees_returnable=returnable),
        wanted=wanted,
    )

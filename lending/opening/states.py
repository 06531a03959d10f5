"""How a loan that is taken over stands on the day of the take-over, from its terms and what of it is still owed.

What was paid before stays with the old system: of the instalments that were due only what is unpaid is kept, on the
latest of them, since the oldest are paid first. What is not due follows the signed schedule; where less is owed than
that leaves, it was repaid early, and the rest is planned anew from the day on with lower instalments.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending.life.applying import cut
from lending.life.planning import opened, replanned
from lending.life.state import Ground, Part, State
from lending.maths.choices import Prepayment
from lending.money import ZERO
from lending.opening.template import CellError, LoanRow


def opening_state(ground: Ground, row: LoanRow, on: date) -> State | CellError:
    """The loan at the end of a day, or what of its figures cannot be."""
    whole = opened(ground)
    count = sum(part.due_date <= on for part in whole.parts)
    due, later = whole.parts[:count], whole.parts[count:]
    start = due[-1].due_date if due else ground.value_date
    not_due = row.balance - row.overdue_principal
    planned = sum((part.principal for part in later), ZERO)
    if not_due < 0:
        return _wrong(row, "overdue_principal", "逾期本金大于本金余额", "it is more than the principal owed")
    if not_due > planned:
        zh = f"未到期本金 {not_due:,.2f} 元大于按条款计算的 {planned:,.2f} 元，请核对本金、利率、期限、起息日和逾期本金"
        en = f"{not_due:,.2f} is not due, the terms leave {planned:,.2f}; check the terms and the arrears"
        return _wrong(row, "balance", zh, en)
    late = _late(row, due, on)
    if isinstance(late, CellError):
        return late
    state = State(ground.annual_rate, (*late, *later), len(late), start, suspense=row.suspense)
    if not_due == planned or not later:
        return state
    if not_due == 0:
        return replace(state, parts=late)
    before = cut(ground, state, on)
    running = before.parts[before.due]
    paid = replace(running, principal_paid=planned - not_due)
    prepaid = before.with_part(before.due, paid)
    made = replanned(ground, before, prepaid, on, Prepayment.LOWER_INSTALMENT)
    first = made.parts[made.due]
    first = replace(first, principal=first.principal - first.principal_paid, principal_paid=ZERO)
    return made.with_part(made.due, first)


def _late(row: LoanRow, due: tuple[Part, ...], on: date) -> tuple[Part, ...] | CellError:
    """The instalments due with something unpaid, the penalty owed so far on the oldest of them."""
    principal, interest, kept = row.overdue_principal, row.overdue_interest, []
    for part in reversed(due):
        if not principal and not interest:
            break
        open_principal, open_interest = min(principal, part.principal), min(interest, part.interest)
        principal, interest = principal - open_principal, interest - open_interest
        kept.append(replace(part, principal=open_principal, interest=open_interest, late_since=on))
    for column, rest, of in (
        ("overdue_principal", principal, sum((part.principal for part in due), ZERO)),
        ("overdue_interest", interest, sum((part.interest for part in due), ZERO)),
    ):
        if rest:
            zh, en = (
                f"大于已到期的 {of:,.2f} 元，请核对",
                f"it is more than the {of:,.2f} that fell due; check it",
            )
            return _wrong(row, column, zh, en)
    if row.penalty and not kept:
        return _wrong(
            row, "penalty", "没有逾期款项，不应有罚息", "nothing is overdue, so there is no penalty"
        )
    kept.reverse()
    if kept:
        kept[0] = replace(kept[0], penalty_run=row.penalty)
    return tuple(kept)


def _wrong(row: LoanRow, column: str, zh: str, en: str) -> CellError:
    return CellError(row.row, column, zh, en)

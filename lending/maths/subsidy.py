"""Subsidised interest: the borrower pays less than the lender earns, a manufacturer or dealer pays the difference.

subsidy = amount financed - sum of the borrower's payments discounted at the lender's rate (domain of dealer finance:
the supplier receives that much less, or pays it to the lender at the start).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from lending.maths.cash_flows import PRECISION, Flow, present_value
from lending.maths.choices import Rounding
from lending.maths.convention import to_unit
from lending.maths.errors import TermsRefused
from lending.maths.terms import check_rate


class NoSubsidyNeeded(TermsRefused):
    """The borrower's payments already give the lender its rate."""

    code = "no_subsidy_needed"
    zh = "客户还款的现值 {worth} 元已不低于放款额 {financed} 元，无需贴息。"
    en = "The borrower's payments are worth {worth}, no less than the {financed} financed; no subsidy is needed."


def subsidy_at_start(financed: Decimal, payments: Sequence[Flow], lender_rate: Decimal) -> Decimal:
    """What is paid at the start, in yuan half up to the fen; times in months, ``lender_rate`` a fraction a year.

    >>> months = [Flow(Decimal(month), Decimal("2777.78")) for month in range(1, 36)]
    >>> subsidy_at_start(Decimal(100000), [*months, Flow(Decimal(36), Decimal("2777.70"))], Decimal("0.0588"))
    Decimal('8528.22')

    Raises :class:`NoSubsidyNeeded`.
    """
    check_rate(lender_rate)
    with localcontext(PRECISION):
        worth = present_value(payments, lender_rate / 12)
    if worth >= financed:
        raise NoSubsidyNeeded(worth=to_unit(worth, Decimal("0.01"), Rounding.HALF_UP), financed=financed)
    return to_unit(financed - worth, Decimal("0.01"), Rounding.HALF_UP)


def monthly_shares(
    own: Sequence[Decimal], customers: Sequence[Decimal], *, subsidy: Decimal
) -> list[Decimal]:
    """The subsidy month by month: what each interest at the lender's rate exceeds the customer's by; the last the rest.

    >>> monthly_shares([Decimal("4.90"), Decimal("2.46")], [Decimal(0), Decimal(0)], subsidy=Decimal("7.30"))
    [Decimal('4.90'), Decimal('2.40')]
    """
    shares = [mine - theirs for mine, theirs in zip(own, customers, strict=True)]
    return [*shares[:-1], subsidy - sum(shares[:-1], Decimal(0))]

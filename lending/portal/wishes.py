"""What an early repayment that a customer thinks of would come to, before he asks for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from lending import prepayment_conditions, prepayments
from lending.life import quotes
from lending.life.quotes import LoanQuote
from lending.prepayments import Wish


def estimate(
    session: Session, loan_no: str, wish: Wish, ground: str, *, today: date, now: datetime
) -> LoanQuote:
    """The figures under the signed terms, the fee at its highest; nothing is kept. The session must be one that writes.

    Raises a :class:`lending.prepayments.PrepaymentRefused` where it is not allowed, and what
    :func:`lending.prepayments.require_free` and :func:`lending.life.quotes.quote` raise.
    """
    prepayments.require_free(session, loan_no)
    aside = session.begin_nested()
    try:
        prepayment_conditions.check(session, loan_no, wish, ground=ground, today=today, now=now, by=None)
        made = quotes.quote(
            session, loan_no, pay_on=wish.pay_on, today=today, now=now, amount=wish.amount, rule=wish.rule
        )
        session.expunge(made)
    finally:
        aside.rollback()
    return made


def subject(loan_no: str, wish: Wish, ground: str) -> str:
    """The wish in a line: what a code confirms, so that it confirms no other."""
    return "|".join((loan_no, str(wish.pay_on), str(wish.amount or "all"), wish.rule or "-", ground))

"""Drawings on credit lines: which application draws on which line, and how every line stands because of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lending import credit_lines
from lending.accounts import LOANS
from lending.applications import OPEN, Application
from lending.approvals import Approval
from lending.books.subledgers import balance_of
from lending.credit_lines import CreditLine, LineOfAnother, LineStatus, LineTooSmall, LineUse
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Loan, LoanStatus
from lending.money import ZERO

# A loan whose money has gone out, whatever became of it later.
_PAID = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF, LoanStatus.TRANSFERRED)


def draw_on(session: Session, application: Application, line_no: str | None, on: date) -> None:
    """Reserve the amount of a submitted application on a line of its customer; None: it draws on none.

    The line is held, so that two applications cannot both take the last of it. Raises
    :class:`lending.credit_lines.LineOfAnother`, ``LineNotValid``, ``LineTooSmall``.
    """
    if line_no is None:
        application.credit_line_id = None
        return
    line = credit_lines.get(session, line_no, to_change=True)
    if line.customer_id != application.customer_id:
        raise LineOfAnother(line_no=line_no)
    credit_lines.check_valid(line, on)
    left = use_of(session, line, besides=application.application_no).available
    amount = application.amount or ZERO
    if amount > left:
        raise LineTooSmall(line_no=line_no, available=left, amount=amount)
    application.credit_line_id = line.id
    session.flush()


def use_of(session: Session, line: CreditLine, *, besides: str = "") -> LineUse:
    """How a line stands, in yuan, without the application ``besides``.

    Reserved is what open applications ask, or what was approved of it, until the money is out; used are the loans that
    are out, their whole principal or, where the line revolves, what the ledger says is still owed of it.
    """
    of_line = (Application.credit_line_id == line.id, Application.application_no != besides)
    loans = session.execute(
        select(Loan.loan_no, Loan.application_no, Loan.principal)
        .join(Application, Application.application_no == Loan.application_no)
        .where(*of_line, Loan.status.in_(_PAID))
    ).all()
    paid = {row.application_no for row in loans}
    waiting = session.execute(
        select(Application.application_no, Application.amount, Approval.amount)
        .join(Approval, Approval.application_no == Application.application_no, isouter=True)
        .where(*of_line, Application.status.in_(OPEN))
    ).all()
    reserved = sum(
        (granted or asked or ZERO for number, asked, granted in waiting if number not in paid), ZERO
    )
    if line.revolving:
        used = owed(session, [row.loan_no for row in loans])
    else:
        used = sum((row.principal for row in loans), ZERO)
    return LineUse(line.limit, reserved, used)


def owed(session: Session, loan_nos: Collection[str] | Select[str]) -> Decimal:
    """The principal that the ledger says is still owed on these loans together, in yuan.

    Many loans are given as what selects their numbers: a list has an end in either database.
    """
    return (
        session.scalar(
            select(balance_of(LOANS))
            .select_from(JournalLine)
            .join(JournalEntry)
            .where(JournalLine.loan_no.in_(loan_nos))
        )
        or ZERO
    )


def lines_to_draw(session: Session, customer_id: int, on: date) -> list[tuple[CreditLine, LineUse]]:
    """The lines in force from which something is left, with how they stand."""
    found = [
        (line, use_of(session, line))
        for line in credit_lines.of_customer(session, customer_id)
        if line.status is LineStatus.ACTIVE and line.valid_from <= on <= line.valid_until
    ]
    return [(line, use) for line, use in found if use.available > 0]


def is_covered(session: Session, application: Application, amount: Decimal, on: date) -> bool:
    """Whether the line that an application draws on, if any, is in force and large enough for an amount in yuan."""
    if application.credit_line_id is None:
        return True
    line = session.get_one(CreditLine, application.credit_line_id)
    in_force = line.status is LineStatus.ACTIVE and line.valid_from <= on <= line.valid_until
    return in_force and amount <= use_of(session, line, besides=application.application_no).available

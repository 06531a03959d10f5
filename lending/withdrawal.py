"""Withdrawal and lapse: the application, its contracts, the unpaid loan and its registered payment fall together."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from lending import applications, collateral, contracts, disbursements, loans
from lending.applications import Application, ApplicationStatus


def withdraw(
    session: Session, application_no: str, *, reason: str, by: int | None, on: date, now: datetime
) -> Application:
    """Undo everything that was prepared for an application, unless the payment has been released.

    All contract numbers go on the void list. A second withdrawal changes nothing.
    Raises :class:`lending.applications.WithdrawalTooLate`.
    """
    application = applications.withdraw(session, application_no, reason=reason, on=on)
    _undo(session, application_no, reason=reason, by=by, on=on, now=now)
    return application


def lapse(
    session: Session, application_no: str, *, reason: str, by: int | None, on: date, now: datetime
) -> Application:
    """Undo everything that was prepared under an approval whose validity has run out, also what was signed.

    A payment on its way or made is refused (:class:`lending.errors.StatusRefused`) and nothing lapses.
    """
    application = applications.lapse(session, application_no, on=on)
    _undo(session, application_no, reason=reason, by=by, on=on, now=now)
    return application


def reopen_signing(session: Session, application_no: str) -> Application:
    """What was signed is void: the application is approved as it was before, and may be signed anew."""
    application = applications.get(session, application_no, to_change=True)
    if application.status is ApplicationStatus.SIGNED:
        application.status = ApplicationStatus.APPROVED
        session.flush()
    return application


def _undo(
    session: Session, application_no: str, *, reason: str, by: int | None, on: date, now: datetime
) -> None:
    loan = loans.of_application(session, application_no)
    if loan is not None:
        disbursements.cancel(session, loan.loan_no, reason=reason)
        loans.cancel(session, loan.loan_no, reason=reason)
    collateral.cancel(session, application_no, on=on, now=now)
    contracts.void_all(session, application_no, reason=reason, by=by, now=now)

"""What is known of a loan before a callback: the facts by which its day is set, and the pack for whoever calls."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending import (
    appraisals,
    callbacks,
    collateral,
    customers,
    document_checks,
    insurance,
    personal_profiles,
    scores,
    vehicles,
)
from lending.applications import Application
from lending.callback_intervals import months_between
from lending.customers import CustomerKind
from lending.life.events import MONEY, LoanEvent
from lending.life.positions import LoanPosition
from lending.loans import Loan
from lending.maths.convention import Method
from lending.valuation import age_years
from lending.vehicle_prices import find
from lending.vehicles import VehicleUse

UNGRADED = "C"
"""The grade of a loan without a score on file, as one taken over from another system."""
_BALLOON_NEAR_MONTHS = 6
_RECEIPTS = 3
_PERCENT = Decimal("0.01")


def interval_facts(session: Session, loan: Loan, on: date) -> dict[str, object]:
    """What the table of intervals asks: grade, days past due, months since the pay-out, whether a balloon is near."""
    score = scores.latest(session, loan.application_no)
    position = session.get(LoanPosition, loan.loan_no)
    return {
        "grade": score.grade if score else UNGRADED,
        "days_past_due": days_past_due(position.oldest_day if position else None, on),
        "loan_age_months": months_between(loan.value_date or on, on),
        "balloon_near": is_balloon_near(loan.method, loan.maturity_date, on),
    }


def days_past_due(oldest_day: int | None, on: date) -> int:
    """Days from the oldest unpaid due date, an ordinal, to a day."""
    return 0 if oldest_day is None else max(on.toordinal() - oldest_day, 0)


def is_balloon_near(method: Method, maturity_date: date | None, on: date) -> bool:
    """Whether a loan with a large last instalment ends within six months."""
    if method is not Method.BALLOON or maturity_date is None:
        return False
    return months_between(on, maturity_date) < _BALLOON_NEAR_MONTHS


def modifier_facts(session: Session, loan: Loan) -> dict[str, object]:
    """What shortens the interval: commercial use, a company as borrower, a loan above the car's value (a fraction)."""
    application = _application(session, loan)
    return {
        "commercial_use": application.vehicle_use is VehicleUse.COMMERCIAL,
        "corporate": customers.get(session, loan.customer_id).kind is CustomerKind.CORPORATE,
        "loan_to_value": loan_to_value(session, loan),
    }


def valuation_of(session: Session, loan: Loan) -> tuple[Decimal | None, date | None]:
    """The newest value of the car in yuan and its day: the appraisal that stands, else the price lent on."""
    appraisal = appraisals.standing(session, loan.application_no)
    if appraisal is not None and appraisal.value is not None:
        return appraisal.value, appraisal.issued_on
    return _application(session, loan).price_base, loan.signed_on


def loan_to_value(session: Session, loan: Loan) -> Decimal:
    """What is still owed of the principal over the value of the car, to 1e-2; 0 where no value is known."""
    value, _on = valuation_of(session, loan)
    return (principal_of(session, loan) / value).quantize(_PERCENT) if value else Decimal(0)


def principal_of(session: Session, loan: Loan) -> Decimal:
    """The principal still owed, in yuan."""
    position = session.get(LoanPosition, loan.loan_no)
    return position.principal if position else loan.principal


def method_facts(session: Session, loan: Loan, on: date) -> dict[str, object]:
    """What the table of ways asks: grade, days past due, how the last callback was made and what it found."""
    facts, last = interval_facts(session, loan, on), callbacks.last_made(session, loan.loan_no)
    return {
        "grade": facts["grade"],
        "days_past_due": facts["days_past_due"],
        "last_method": last.method.value if last and last.method else "none",
        "last_outcome": last.outcome.value if last and last.outcome else "none",
    }


def liquidity_facts(session: Session, loan: Loan, on: date) -> dict[str, object]:
    """What the table of liquidity asks: whether the house has a price for the model, and the car's age in years."""
    vehicle = vehicles.get(session, loan.vehicle_id)
    registered = vehicle.first_registered_on or loan.value_date
    return {
        "price_known": find(session, vehicle.model_name, on=on) is not None,
        "age_years": age_years(registered, on),
    }


def pack(session: Session, loan: Loan, on: date) -> dict[str, object]:
    """The preparation pack: credit, income and job, repayment, the car and its value; amounts in yuan."""
    return {**_borrower(session, loan, on), **_repayment(session, loan, on), **_car(session, loan, on)}


def _borrower(session: Session, loan: Loan, on: date) -> dict[str, object]:
    score = scores.latest(session, loan.application_no)
    told = next(iter(personal_profiles.history(session, loan.customer_id)), None)
    last = callbacks.last_made(session, loan.loan_no)
    return {
        "pack_grade": interval_facts(session, loan, on)["grade"],
        "pack_score": score.score if score else None,
        "pack_job": " ".join(filter(None, (told.employer, told.position))) if told else None,
        "pack_income": (told.monthly_income if told else None)
        or document_checks.proven_income(session, loan.application_no),
        "pack_last_outcome": last.outcome.value if last and last.outcome else None,
        "pack_last_on": last.ended_on if last else None,
    }


def _repayment(session: Session, loan: Loan, on: date) -> dict[str, object]:
    position = session.get(LoanPosition, loan.loan_no)
    received = session.scalars(
        select(LoanEvent)
        .where(
            LoanEvent.loan_no == loan.loan_no,
            LoanEvent.kind.in_(MONEY),
            LoanEvent.reversed_by_id.is_(None),
        )
        .order_by(LoanEvent.on.desc(), LoanEvent.id.desc())
        .limit(_RECEIPTS)
    )
    return {
        "pack_principal": principal_of(session, loan),
        "pack_days_past_due": interval_facts(session, loan, on)["days_past_due"],
        "pack_overdue": position.principal_overdue + position.interest_overdue if position else None,
        "pack_next_due": position.next_due if position else None,
        "pack_next_amount": position.next_amount if position else None,
        "pack_receipts": "\n".join(f"{each.on}  {each.amount:,.2f}" for each in received) or None,
    }


def _car(session: Session, loan: Loan, on: date) -> dict[str, object]:
    vehicle = vehicles.get(session, loan.vehicle_id)
    value, valued_on = valuation_of(session, loan)
    market = find(session, vehicle.model_name, on=on)
    mortgage = collateral.find(session, loan.application_no)
    policies = insurance.of_application(session, loan.application_no)
    use = _application(session, loan).vehicle_use
    return {
        "pack_car": " ".join(filter(None, (vehicle.model_name, vehicle.plate_no))),
        "pack_vin": vehicle.vin,
        "pack_use": use.value if use else None,
        "pack_value": value,
        "pack_valued_on": valued_on,
        "pack_market_price": market.price if market else None,
        "pack_market_on": market.valid_from if market else None,
        "pack_ltv_percent": loan_to_value(session, loan) * 100,
        "pack_mortgage_on": mortgage.registered_on if mortgage else None,
        "pack_insured_until": max((each.valid_until for each in policies), default=None),
    }


def first_day(loan: Loan, on: date) -> date:
    """The day of the first callback: thirty days after the money was paid."""
    return (loan.value_date or on) + timedelta(days=callbacks.FIRST_AFTER_DAYS)


def _application(session: Session, loan: Loan) -> Application:
    return session.scalars(select(Application).where(Application.application_no == loan.application_no)).one()

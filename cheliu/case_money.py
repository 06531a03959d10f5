"""What the cases of a loan's life do and ask: instalments paid on time, money the bank tells of, what was told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu import bank_events, day_end
from cheliu.case_bank import CaseBank
from cheliu.case_tasks import Step
from cheliu.prepaying import open_prepayment
from cheliu.wiring import House
from cheliu.working import work_off
from company.calendar import ZONE
from company.clock import StandingClock
from company.messages import Refusal
from company.organisation import business_date, open_business_day, the_company
from company.people import Actor
from lending import customers
from lending.alerts import LoanAlert
from lending.bank import debits
from lending.bank.receipts import BankReceipt
from lending.collateral import Collateral
from lending.customers import Customer
from lending.day_end.tables import DebitFile
from lending.deliveries import Delivery
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.quotes import LoanQuote
from lending.loans import Loan
from lending.message_templates import Way
from lending.prepayments import LoanPrepayment

_LOAN = "LOAN"
_NIGHT, _NOON = time(0, 30), time(12)


def filled(house: House, step: Step) -> Step:
    """The step with the loan's number where it says LOAN."""
    text = json.dumps(step, ensure_ascii=False)
    if f'"{_LOAN}"' not in text:
        return step
    filled_in: Step = json.loads(text.replace(_LOAN, number_of(house, "loan")))
    return filled_in


def do(
    house: House, bank: CaseBank, clock: StandingClock, step: Step, who: Actor | None
) -> tuple[str | None, str | None]:
    """One step of a loan's life: the number that the next steps are about if that changes, and a refusal's code."""
    if "prepayment" in step and who is not None:
        return begin_prepayment(house, who)
    if "instalments" in step:
        pay_instalments(house, clock, step["instalments"])
    elif "day_ends" in step:
        run_day_ends(house, clock, step["day_ends"])
    elif "until" in step:
        stand_at(house, clock, date.fromisoformat(step["until"]))
    elif "card" in step:
        give_card(house, step["card"])
    elif "debits" in step:
        bank.refuses_debits = step["debits"] == "refuses"
    elif "about" in step:
        return number_of(house, step["about"]), None
    else:
        return tell_money(house, step["money"]), None
    return None, None


def begin_prepayment(house: House, who: Actor) -> tuple[str | None, str | None]:
    """Begin an early repayment of the only loan; its number, or the code with which it was refused."""
    try:
        with house.database.write() as session:
            loan_no = session.scalars(select(Loan.loan_no)).one()
            case, _task_id = open_prepayment(house.engine, session, who, loan_no)
            return case.business_key, None
    except Refusal as refusal:
        return None, refusal.code


def number_of(house: House, what: str) -> str:
    """The number of the loan, of its application, of the latest early repayment or of the latest debit file."""
    with house.database.read() as session:
        if what == "debits":
            latest = session.scalars(select(DebitFile.day).order_by(DebitFile.day.desc())).first()
            return debits.batch_id(latest or date.min)
        if what == "prepayment":
            return (
                session.scalars(select(LoanPrepayment.number).order_by(LoanPrepayment.id.desc())).first()
                or ""
            )
        loan = session.scalars(select(Loan)).one()
        return loan.loan_no if what == "loan" else loan.application_no


def pay_instalments(house: House, clock: StandingClock, count: int) -> None:
    """Bring the house to the due date of the ``count``-th next instalment, each paid on its day."""
    with house.database.write() as session:
        loan = session.scalars(select(Loan)).one()
        schedule = loan.current_schedule
        today = business_date(session)
        coming = [each for each in schedule.instalments if each.due_date > today] if schedule else []
        for each in coming[:count]:
            the_company(session).business_date = each.due_date
            noon = datetime.combine(each.due_date, _NOON, ZONE)
            clock.advance(noon - clock.now())
            changes.record(
                session,
                loan.loan_no,
                Happening(EventKind.RECEIPT, each.due_date, each.amount),
                reference=f"CASE-{each.number}",
                booked_on=each.due_date,
                now=clock.now(),
            )


def stand_at(house: House, clock: StandingClock, day: date) -> None:
    """Let the books stand at a day, as if every day before had ended, and the clock at its noon."""
    with house.database.write() as session:
        open_business_day(session, day)
    clock.advance(datetime.combine(day, _NOON, ZONE) - clock.now())
    work_off(house)


def give_card(house: House, card: str) -> None:
    """The account from which the borrower lets the bank collect."""
    with house.database.write() as session:
        loan = session.scalars(select(Loan)).one()
        borrower = session.get_one(Customer, loan.customer_id)
        vault = house.world.vault
        phone = customers.phone_of(session, vault, borrower)
        customers.keep_contact(session, vault, borrower, phone=phone, address=None, card=card)


def run_day_ends(house: House, clock: StandingClock, count: int) -> None:
    """Run so many day-ends, each in the night after its day, and let the worker work off what follows by noon."""
    for _ in range(count):
        with house.database.read() as session:
            day = business_date(session)
        clock.advance(datetime.combine(day + timedelta(days=1), _NIGHT, ZONE) - clock.now())
        day_end.run(house, day)
        clock.advance(datetime.combine(day + timedelta(days=1), _NOON, ZONE) - clock.now())
        work_off(house)


def tell_money(house: House, told: Mapping[str, str]) -> str:
    """Let the bank tell of a movement today: "loan" in the purpose is its number, "quote" the sum quoted, more or less.

    Returns the number of the movement.
    """
    with house.database.read() as session:
        loan = session.scalars(select(Loan)).one()
        borrower = session.get_one(Customer, loan.customer_id).name
        quote = session.scalars(select(LoanQuote).order_by(LoanQuote.id.desc())).first()
        on = business_date(session)
    amount = told["amount"]
    if quote is not None and amount.startswith("quote"):
        amount = str(quote.total + Decimal(amount.removeprefix("quote") or 0))
    event = {
        "type": told.get("type", "receipt"),
        "event_id": f"{told.get('type', 'receipt')}:{told['id']}",
        "bank_reference": told.get("reference", told["id"]),
        "amount": amount,
        "value_date": on.isoformat(),
        "payer_name": told.get("payer", borrower),
        "payer_account": told.get("account", ""),
        "purpose": told.get("purpose", "").replace("loan", loan.loan_no),
    }
    bank_events.receive(house, event)
    with house.database.read() as session:
        asked = select(BankReceipt.receipt_no).where(BankReceipt.event_id == event["event_id"])
        return session.scalars(asked).one()


def told(session: Session) -> list[str]:
    """Every SMS to the customer: template and what became of it, in order."""
    rows = session.scalars(select(Delivery).where(Delivery.way == Way.SMS).order_by(Delivery.id))
    return [f"{row.template} {row.status.value}" for row in rows]


def alerts_raised(session: Session) -> list[str]:
    """Every alert: kind and level, in order."""
    rows = session.scalars(select(LoanAlert).order_by(LoanAlert.id))
    return [f"{row.kind.value} {row.level.value}" for row in rows]


def mortgage(session: Session) -> str:
    """How the mortgage of the only loan stands."""
    return session.scalars(select(Collateral)).one().status.value


def prepayments_of(session: Session) -> list[str]:
    """Every early repayment: status and the fee that was quoted."""
    rows = session.scalars(select(LoanPrepayment).order_by(LoanPrepayment.id)).all()
    quotes = {each.id: each for each in session.scalars(select(LoanQuote))}
    fees = [str(quotes[row.quote_id].fee) if row.quote_id else "—" for row in rows]
    return [f"{row.status.value} {fee}" for row, fee in zip(rows, fees, strict=True)]

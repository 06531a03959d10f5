"""How an early repayment begins: its number, and the case that carries it.

A person of the staff holds its first form at once; what a customer asks for himself waits with his wish filled in.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cheliu.list_changes import begin_held
from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance
from lending import loans, prepayment_conditions, prepayments
from lending.contacts import ContactWay
from lending.customers import Customer
from lending.life import errors
from lending.life.kinds import EventKind
from lending.portal import acts, holdings
from lending.prepayments import LoanPrepayment, Wish

PROCESS = "prepayment"


def open_prepayment(
    engine: Engine, session: Session, actor: Actor, loan_no: str
) -> tuple[Instance, int | None]:
    """Start the case for a person, who holds its first task; the case and that task's id.

    Raises :class:`lending.life.errors.BookingNotAllowed` and :class:`lending.prepayments.PrepaymentOpen`.
    """
    if not prepayments.may_begin(session, actor, loan_no):
        raise errors.BookingNotAllowed(
            act="办理", act_en="ask for", loan_no=loan_no, kind=EventKind.PREPAYMENT
        )
    loan = loans.get(session, loan_no)
    year = business_date(session).year
    made = prepayments.open_one(
        session, loan_no, year=year, by=actor.employee_id, now=engine.context.clock.now()
    )
    facts = CaseFacts(title=loan_no, unit_id=loan.unit_id, owner_id=actor.employee_id)
    data: dict[str, object] = {"prepayment_no": made.number, "loan_no": loan_no, "asked_via": "staff"}
    return begin_held(engine, session, actor, PROCESS, made.number, data, facts)


def ask_prepayment(
    engine: Engine, session: Session, customer: Customer, loan_no: str, wish: Wish, ground: str
) -> LoanPrepayment:
    """Start the case for a customer on a loan of his own; the first form, filled in, waits with who looks after it.

    Raises :class:`lending.errors.NotFound` for a loan of another, and a
    :class:`lending.prepayments.PrepaymentRefused` where the loan cannot be repaid early as asked.
    """
    today, now, actor = business_date(session), engine.context.clock.now(), acts.actor_of(customer)
    loan = holdings.one(session, customer.id, loan_no, today).loan
    prepayment_conditions.check(session, loan_no, wish, ground=ground, today=today, now=now, by=None)
    made = prepayments.open_one(session, loan_no, year=today.year, by=None, now=now, online=True)
    data: dict[str, object] = {
        "prepayment_no": made.number,
        "loan_no": loan_no,
        "asked_via": "portal",
        "pay_on": wish.pay_on,
        "prepay_scope": "partial" if wish.amount else "full",
        "prepay_amount": wish.amount,
        "prepay_rule": wish.rule.value if wish.rule else None,
        "prepay_ground": ground,
        "waiver_asked": False,
    }
    facts = CaseFacts(
        title=loan_no,
        subtitle=ContactWay.PORTAL.zh,
        amount=wish.amount,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    engine.start(session, PROCESS, made.number, data=data, actor=actor, facts=facts)
    return made

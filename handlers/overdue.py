"""Topics of an overdue loan: what is told to whom at each stage, and the end when the arrears are paid."""

from __future__ import annotations

from company import outbox
from engine.topics import Call
from handlers.customer_messages import tell_customer
from handlers.register import TOPICS
from lending import customers, loans
from lending.life import changes


@TOPICS.facts("overdue-facts")
def overdue_facts(call: Call, days_past_due: int) -> dict[str, object]:
    """How many days past due the day-end found."""
    return {"days_past_due": days_past_due}


@TOPICS.topic("take-overdue-step")
def take_overdue_step(
    call: Call, *, loan_no: str, days_past_due: int, overdue_action: str
) -> dict[str, object]:
    """Tell the customer, through the gate, and from the fourth day on who looks after the loan.

    The stage is that of the day that ended; what the customer is told counts to the day on which it is told.
    """
    loan = loans.get(call.session, loan_no)
    reading = changes.reading_of(call.session, loan_no, call.business_date)
    overdue, today = None, days_past_due
    if reading is not None:
        today = reading.days_past_due
        late = reading.penalty_earned - reading.penalty_met
        overdue = reading.principal_overdue + reading.interest_overdue + late
    call.describe(
        title=customers.get(call.session, loan.customer_id).name,
        subtitle=loan_no,
        amount=overdue,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    occasion = f"{loan_no}:{call.business_date}:{days_past_due}"
    if overdue_action != "none" and overdue:
        tell_customer(call, loan_no, "overdue_notice", occasion, days=today, amount=overdue)
    if overdue_action in ("owner", "desk"):
        to: dict[str, object] = {"role_id": "postloan_manager", "unit_id": loan.unit_id}
        if overdue_action == "owner" and loan.owner_id:
            to = {"employee_id": loan.owner_id}
        payload = {"template": "loan_overdue", "loan_no": loan_no, "days": days_past_due, **to}
        outbox.put(call.session, "notify", f"loan_overdue:{occasion}", payload, call.clock_now)
    return {}


@TOPICS.topic("close-overdue")
def close_overdue(call: Call, loan_no: str) -> dict[str, object]:
    """Tell who looks after the loan that the arrears are paid."""
    loan = loans.get(call.session, loan_no)
    to: dict[str, object] = {"role_id": "postloan_manager", "unit_id": loan.unit_id}
    if loan.owner_id:
        to = {"employee_id": loan.owner_id}
    payload = {"template": "loan_cured", "loan_no": loan_no, **to}
    key = f"loan_cured:{loan_no}:{call.instance_id}"
    outbox.put(call.session, "notify", key, payload, call.clock_now)
    return {}

"""Topics of the credit lines: what is proposed for whom, and what another person decided of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engine.topics import Call
from handlers.register import TOPICS
from lending import credit_lines, customers, exposure, relations
from lending.credit_lines import LineNotValid, LineStatus
from lending.customers import Customer, CustomerKind
from lending.errors import NotFound


@TOPICS.topic("record-line-proposal")
def record_line_proposal(
    call: Call,
    *,
    line_action: str,
    line_reason: str,
    line_limit: Decimal | None = None,
    line_revolving: bool | None = None,
    line_from: date | str | None = None,
    line_until: date | str | None = None,
    line_target: str | None = None,
) -> dict[str, object]:
    """Write the proposal down under the case's number; what is to be closed must be in force.

    Raises NotFound for a customer without file, LineNotValid, and what :func:`lending.credit_lines.propose` refuses.
    """
    if line_action == "close":
        line = credit_lines.get(call.session, line_target or "")
        if line.status is not LineStatus.ACTIVE:
            raise LineNotValid(
                line_no=line.line_no,
                status=line.status,
                valid_from=line.valid_from,
                valid_until=line.valid_until,
            )
    else:
        line = credit_lines.propose(
            call.session,
            call.business_key,
            customer_id=_customer(call).id,
            unit_id=call.actor.unit_id or 0,
            limit=line_limit or Decimal(0),
            revolving=bool(line_revolving),
            valid_from=_day(line_from) or call.business_date,
            valid_until=_day(line_until) or call.business_date,
            reason=line_reason,
            by=call.actor.employee_id,
            on=call.business_date,
            now=call.clock_now,
        )
    customer = customers.get(call.session, line.customer_id)
    call.describe(title=customer.name, subtitle=line.line_no, amount=line.limit)
    together = relations.group(call.session, customer.id)
    return {
        "target_line_no": line.line_no,
        "line_shown": customer.name,
        "line_limit": line.limit,
        "line_revolving": line.revolving,
        "line_group": exposure.of_customers(call.session, together),
    }


def _customer(call: Call) -> Customer:
    if call.data["line_customer"] == CustomerKind.CORPORATE.value:
        code = str(call.data["line_credit_code"])
        found, shown = customers.find_by_credit_code(call.session, call.world.vault, code), code
    else:
        number = call.reveal(call.data["line_identity"])
        found, shown = customers.find_by_identity(call.session, call.world.vault, number), number[-4:]
    if found is None:
        raise NotFound(what_zh="客户档案", what_en="file of a customer", key=shown)
    return found


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


@TOPICS.topic("record-line-decision")
def record_line_decision(
    call: Call, line_action: str, target_line_no: str, line_decision: str, line_comment: str
) -> dict[str, object]:
    """Put the line into force, close it, or let it be refused; a refused closing changes nothing."""
    granting = line_action == "grant"
    to = {
        ("approve", True): LineStatus.ACTIVE,
        ("approve", False): LineStatus.CLOSED,
        ("refuse", True): LineStatus.REFUSED,
    }.get((line_decision, granting))
    if to is not None:
        by = call.actor.employee_id
        credit_lines.decide(call.session, target_line_no, to, by=by, now=call.clock_now, note=line_comment)
    return {}

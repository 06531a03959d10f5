"""Topics of the pay-out: conditions, maker and checker, the order to the bank and its result, the active loan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from company import outbox
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.register import TOPICS
from handlers.world import PaymentAnswer, World
from lending import (
    approvals,
    conditions,
    contracts,
    customers,
    dealers,
    disbursements,
    loans,
    release_exceptions,
)
from lending.errors import LendingError
from lending.life import beginning

_HOME = ZoneInfo("Asia/Shanghai")
_RESULTS = frozenset({"succeeded", "failed"})


class EarlierOrderOpen(LendingError):
    """An order is sent anew only after the bank has said of every earlier one that it is not paid."""

    code = "earlier_order_open"
    zh = "此前的付款指令 {request_id} 银行现答复为“{status}”，不能再付一次；请与银行核对后人工处理。"
    en = "Of the earlier order {request_id} the bank now says {status}; nothing is paid again before that is cleared."


class PaymentNotFailed(LendingError):
    """Only what the bank calls failed has failed."""

    code = "payment_not_failed"
    zh = "银行对 {request_id} 的答复是“{status}”，不是失败，不能登记为付款失败。"
    en = "The bank says {status} of {request_id}, which is not a failure; it is not recorded as one."


@TOPICS.topic("open-disbursement")
def open_disbursement(call: Call, application_no: str) -> dict[str, Any]:
    """The signed contract to be paid: whose, how much, through which dealer, and until when."""
    contract = contracts.of_application(call.session, application_no)
    loan = loans.get(call.session, contract.contract_no)
    dealer = dealers.get(call.session, loan.dealer_id)
    valid_until = approvals.get(call.session, application_no).valid_until
    return {
        "approval_lapses_on": valid_until + timedelta(days=1),
        "contract_no": contract.contract_no,
        "loan_no": loan.loan_no,
        "borrower_name": customers.get(call.session, loan.customer_id).name,
        "approved_amount": loan.principal,
        "dealer_name": dealer.name,
        "payment_failed": False,
        "condition_options": _open_conditions(call, application_no),
    }


def _open_conditions(call: Call, application_no: str) -> list[dict[str, str]]:
    """The conditions still open, each with whose task it is done, until when and by which proof."""
    approval = approvals.get(call.session, application_no)
    options = []
    for one in approvals.open_conditions(approval):
        parts = [
            f"{one.label('zh')} {one.label('en')}" if not one.text else one.text,
            f"≤ {one.due_on}" if one.due_on else "",
            one.proof_kind.zh if one.proof_kind else "",
        ]
        options.append({"label": " · ".join(filter(None, parts)), "value": one.choice})
    return options


@TOPICS.facts("release-facts")
def release_facts(call: Call, loan_no: str) -> dict[str, Any]:
    """What is missing before money may be paid: one flag a rule, and the number of conditions still open."""
    missing = conditions.missing(call.session, loans.get(call.session, loan_no), call.business_date)
    codes = [one.code for one in missing]
    return {
        "contract_not_signed": "contract_not_signed" in codes,
        "disclosure_not_confirmed": "disclosure_not_confirmed" in codes,
        "approval_expired": "approval_expired" in codes,
        "dealer_not_active": "dealer_not_active" in codes,
        "appraisal_expired": "appraisal_expired" in codes,
        "loan_above_value": "loan_above_value" in codes,
        "insurance_lapsed": "insurance_lapsed" in codes,
        "mortgage_missing": "mortgage_not_registered" in codes,
        "conditions_open": sum(code.startswith("condition:") for code in codes),
    }


@TOPICS.topic("record-conditions")
def record_conditions(
    call: Call,
    *,
    application_no: str,
    loan_no: str,
    conditions_met: Sequence[str],
    conditions_note: str | None = None,
    exceptions_asked: Sequence[str] = (),
    exception_reason: str | None = None,
) -> dict[str, Any]:
    """Record which conditions are met now, with the evidence, and for what an exception is asked."""
    attach_all(call)
    approvals.meet_conditions(
        call.session,
        application_no,
        conditions_met,
        by=call.actor.employee_id,
        now=call.clock_now,
        note=conditions_note or "",
    )
    if exceptions_asked:
        missing = conditions.missing(call.session, loans.get(call.session, loan_no), call.business_date)
        release_exceptions.ask(
            call.session,
            application_no,
            exceptions_asked,
            [one.code for one in missing],
            reason=exception_reason or "",
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    return {
        "conditions_met": [],
        "condition_options": _open_conditions(call, application_no),
        "exception_asked": bool(exceptions_asked),
        "exception_decision": None,
        "exception_comment": None,
    }


@TOPICS.topic("record-release-exception")
def record_release_exception(
    call: Call, application_no: str, exception_decision: str, exception_comment: str
) -> dict[str, object]:
    """Record what the committee decided on the exceptions; an approved one counts as long as the case runs."""
    release_exceptions.decide(
        call.session,
        application_no,
        approved=exception_decision == "approve",
        reason=exception_comment,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {"exceptions_asked": [], "exception_reason": None}


@TOPICS.topic("register-disbursement")
def register_disbursement(
    call: Call, loan_no: str, payee_name: str, payee_account: str, approved_amount: Decimal
) -> dict[str, Any]:
    """The maker's registration of the whole principal, first or after a return or a refusal by the bank."""
    disbursement = disbursements.register(
        call.session,
        call.world.vault,
        loan_no,
        maker_id=call.actor.employee_id or 0,
        payee_name=payee_name,
        payee_account=call.reveal(payee_account),
        amount=approved_amount,
        on=call.business_date,
        now=call.clock_now,
    )
    # The checker judges anew: what he decided of the registration before does not stand in his form.
    return {
        "disbursement_no": disbursement.disbursement_no,
        "payment_failed": False,
        "checker_decision": None,
        "checker_comment": None,
    }


@TOPICS.facts("payee-facts")
def payee_facts(call: Call, loan_no: str) -> dict[str, Any]:
    """Whether the registered payee is still the dealer as listed."""
    disbursement = disbursements.get(call.session, loan_no)
    dealer = dealers.get(call.session, disbursement.dealer_id)
    vault = call.world.vault
    same_account = disbursements.account_of(vault, disbursement) == dealers.account_of(vault, dealer)
    return {
        "on_list": dealer.active,
        "name_matches": disbursement.payee_name == dealer.payee_name,
        "account_matches": same_account,
    }


@TOPICS.topic("check-disbursement")
def check_disbursement(
    call: Call, loan_no: str, checker_decision: str, checker_comment: str | None = None
) -> dict[str, Any]:
    """The checker releases the payment, which gets its request id, or gives it back to the maker."""
    checker_id = call.actor.employee_id or 0
    if checker_decision == "return":
        disbursements.send_back(call.session, loan_no, checker_id=checker_id, reason=checker_comment or "-")
        return {}
    attempt = disbursements.check(
        call.session, loan_no, checker_id=checker_id, on=call.business_date, now=call.clock_now
    )
    return {"request_id": attempt.request_id}


@TOPICS.topic("send-payment")
def send_payment(call: Call, request_id: str) -> dict[str, Any]:
    """The bank has taken the order; its result comes as a message."""
    disbursements.mark_sent(call.session, request_id, now=call.clock_now)
    return {"bank_status": "processing", "bank_reason": ""}


@send_payment.outside
def _send(call: OutsideCall, loan_no: str, request_id: str, purpose: str) -> PaymentAnswer:
    """Send the order, with the purpose that the checker saw; under the same request id it is paid once.

    An order after a failed one goes out only if the bank, asked again, has paid none of the earlier ones: its word
    may have changed while the order was repaired. Raises EarlierOrderOpen.
    """
    world: World = call.world
    with world.database.read() as session:
        attempts = disbursements.get(session, loan_no).attempts
        earlier = [attempt.request_id for attempt in attempts if attempt.request_id != request_id]
    for old in earlier:
        status = world.bank.ask(old).status
        if status not in ("failed", "unknown"):
            raise EarlierOrderOpen(request_id=old, status=status)
    return _pay(call, loan_no, request_id, purpose)


@TOPICS.topic("inquire-bank")
def inquire_bank(call: Call) -> dict[str, Any]:
    """What the bank says of the payment: succeeded or failed; whatever else it says is no result, and is waited for."""
    answer: PaymentAnswer = call.outcome
    return {
        "bank_status": answer.status if answer.status in _RESULTS else "processing",
        "bank_reason": answer.reason,
        "bank_reference": answer.bank_reference,
        "value_date": answer.value_date,
    }


@inquire_bank.outside
def _inquire(call: OutsideCall, loan_no: str, request_id: str, purpose: str) -> PaymentAnswer:
    """Ask the bank; if the order never reached it, send it again under the same request id."""
    world: World = call.world
    answer = world.bank.ask(request_id)
    return answer if answer.status != "unknown" else _pay(call, loan_no, request_id, purpose)


def _pay(call: OutsideCall, loan_no: str, request_id: str, purpose: str) -> PaymentAnswer:
    world: World = call.world
    with world.database.read() as session:
        disbursement = disbursements.get(session, loan_no)
        amount, payee_name = disbursement.amount, disbursement.payee_name
        account = disbursements.account_of(world.vault, disbursement)
        # The day of the release, not of the sending: an order sent again must be the same order.
        released = disbursements.current_attempt(session, loan_no).created_at.astimezone(_HOME).date()
    return world.bank.pay(
        request_id=request_id,
        amount=amount,
        payee_name=payee_name,
        payee_account=account,
        purpose=purpose,
        value_date=released,
    )


@TOPICS.topic("record-payment-failure")
def record_payment_failure(call: Call, request_id: str, bank_status: str, bank_reason: str) -> dict[str, Any]:
    """The bank has definitely not paid: the maker repairs the order, the checker checks it anew.

    Raises PaymentNotFailed for any other word of the bank.
    """
    if bank_status != "failed":
        raise PaymentNotFailed(request_id=request_id, status=bank_status)
    disbursements.fail(call.session, request_id, reason=bank_reason, now=call.clock_now)
    return {"payment_failed": True}


@TOPICS.topic("activate-loan")
def activate_loan(
    call: Call, loan_no: str, request_id: str, value_date: date | str, bank_reference: str | None = None
) -> dict[str, Any]:
    """Post the pay-out on the day the money moved and make the schedule from that day."""
    day = date.fromisoformat(value_date) if isinstance(value_date, str) else value_date
    disbursements.succeed(
        call.session, request_id, value_date=day, bank_reference=bank_reference, now=call.clock_now
    )
    loan = loans.activate(call.session, loan_no, value_date=day, now=call.clock_now)
    beginning.begin(call.session, loan_no, now=call.clock_now)
    return {"journal_reference": loans.posting_reference(loan_no), "maturity_date": loan.maturity_date}


@TOPICS.topic("notify-paid")
def notify_paid(call: Call, application_no: str, loan_no: str) -> dict[str, Any]:
    """Tell the owner of the application, or his colleagues if it has none, that the loan is paid."""
    loan = loans.get(call.session, loan_no)
    to = (
        {"employee_id": loan.owner_id}
        if loan.owner_id
        else {"role_id": "customer_manager", "unit_id": loan.unit_id}
    )
    payload = {"template": "loan_paid", "application_no": application_no, "loan_no": loan_no, **to}
    outbox.put(call.session, "notify", f"loan_paid:{loan_no}", payload, call.clock_now)
    return {}

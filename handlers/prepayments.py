"""Topics of a prepayment: its fee, its conditions and quote, the customer's word, the money, the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from company import outbox
from company.organisation import business_date, the_company
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.customer_messages import tell_customer
from handlers.register import TOPICS
from handlers.world import World
from lending import applications, documents, loans, prepayment_conditions, prepayments
from lending.bank import receipts
from lending.documents import DocumentKind, StoredDocument
from lending.errors import LendingError
from lending.life import changes, progress, quotes
from lending.maths.choices import Prepayment as Rule
from lending.money import ZERO
from lending.prepayments import LoanPrepayment, Money, PrepaymentStatus, Scope, Wish
from lending.printing import Template, payments, render
from lending.rate_plans import RatePlan

_PERCENT = Decimal(100)
_RESULTS = {
    PrepaymentStatus.SETTLED: "settled",
    PrepaymentStatus.REDUCED: "reduced",
    PrepaymentStatus.DIFFERS: "differs",
}


class QuoteVoidSince(LendingError):
    """What voids a quote is known to who approves its money."""

    code = "quote_void_since"
    zh = "登记到账之后贷款 {loan_no} 又有变动，报价已失效；请选“退回更正”，由登记人确认后再复核。"
    en = (
        "The loan {loan_no} has changed since the receipt was registered and the quote is void: give it back, "
        "so that its maker confirms it."
    )


@TOPICS.facts("prepayment-fee-facts")
def prepayment_fee_facts(call: Call, loan_no: str, prepay_ground: str) -> dict[str, object]:
    """Why it is repaid, what kind of product it is, and how many instalments are paid."""
    reading = changes.reading_of(call.session, loan_no, call.business_date)
    paid = 0 if reading is None else progress.instalments_paid(reading)
    subsidised = reading is not None and reading.state.subsidy_rate > 0
    product_class = "subsidised" if subsidised else "lpr" if _is_by_prime_rate(call, loan_no) else "standard"
    return {"prepay_ground": prepay_ground, "product_class": product_class, "instalments_paid": paid}


def _is_by_prime_rate(call: Call, loan_no: str) -> bool:
    """Whether a bank priced the loan's product on the prime rate."""
    if the_company(call.session).lender_type != "bank":
        return False
    product_id = applications.get(call.session, loans.get(call.session, loan_no).application_no).product_id
    found = select(RatePlan.id).where(RatePlan.product_id == product_id).limit(1)
    return call.session.scalar(found) is not None


@TOPICS.topic("check-prepayment")
def check_prepayment(
    call: Call,
    *,
    loan_no: str,
    prepay_scope: str,
    fee_proposed: Decimal,
    prepay_ground: str,
    waiver_asked: bool = False,
) -> dict[str, object]:
    """Refuse what the conditions do not allow; keep the fee, which is never above the signed one.

    Raises a :class:`lending.prepayments.PrepaymentRefused`.
    """
    found, wish = prepayments.get(call.session, call.business_key), _wish(call.data)
    prepayment_conditions.check(
        call.session,
        loan_no,
        wish,
        ground=prepay_ground,
        today=call.business_date,
        now=call.clock_now,
        by=call.actor.employee_id,
    )
    signed = loans.get(call.session, loan_no).prepayment_fee_rate
    found.ground, found.fee_rate = prepay_ground, min(signed, Decimal(fee_proposed))
    call.describe(title=loan_no, subtitle=Scope(prepay_scope).zh, amount=wish.amount)
    if prepay_ground == "refinance":
        _tell_owner(call, loan_no)
    return {
        "waiver_asked": bool(waiver_asked) and found.fee_rate > 0,
        "waiver_decision": None,
        "fee_percent": found.fee_rate * _PERCENT,
        "check_comment": None,
    }


def _tell_owner(call: Call, loan_no: str) -> None:
    """The customer goes to another lender: who looks after the loan may make an offer."""
    loan = loans.get(call.session, loan_no)
    to = {"employee_id": loan.owner_id} if loan.owner_id else {"role_id": "customer_manager"}
    payload = {"template": "refinance_suspected", "loan_no": loan_no, "unit_id": loan.unit_id, **to}
    outbox.put(call.session, "notify", f"refinance_suspected:{call.business_key}", payload, call.clock_now)


def _wish(data: Mapping[str, object]) -> Wish:
    part = data["prepay_scope"] == Scope.PARTIAL
    pay_on = data["pay_on"]
    return Wish(
        pay_on if isinstance(pay_on, date) else date.fromisoformat(str(pay_on)),
        Decimal(str(data["prepay_amount"])) if part else None,
        Rule(str(data["prepay_rule"])) if part else None,
    )


@TOPICS.topic("make-prepayment-quote")
def make_prepayment_quote(call: Call, loan_no: str, waiver_decision: str | None = None) -> dict[str, object]:
    """Quote it and tell the customer; the quote ends with its day."""
    found = prepayments.get(call.session, call.business_key)
    found.fee_waived = waiver_decision == "approve"
    quote = prepayments.make_quote(
        call.session,
        found,
        _wish(call.data),
        today=call.business_date,
        now=call.clock_now,
        by=call.actor.employee_id,
    )
    call.describe(amount=quote.total)
    tell_customer(call, loan_no, "prepayment_quote", quote.quote_no, amount=quote.total, on=quote.pay_on)
    return {
        "quote_no": quote.quote_no,
        "quote_ends_on": quote.valid_until + timedelta(days=1),
        "quote_total": quote.total,
        "quote_due": quote.due,
        "quote_principal": quote.principal,
        "quote_interest": quote.interest,
        "quote_fee": quote.fee,
        "quote_suspense": quote.suspense,
        "instalments_left": quote.instalments,
        "next_amount": quote.next_amount,
        "prepayment_end": None,
        "receipt_choice": None,
    }


@TOPICS.topic("record-prepayment-confirmation")
def record_prepayment_confirmation(
    call: Call, loan_no: str, confirmed_way: str | None = None
) -> dict[str, object]:
    """The customer takes the quote: from now on its money is awaited."""
    found = prepayments.get(call.session, call.business_key)
    attach_all(call, to=loans.get(call.session, loan_no).application_no)
    if found.confirmed_at is None:
        found.confirmed_way, found.confirmed_at = confirmed_way or "", call.clock_now
    prepayments.move(found, PrepaymentStatus.AWAITED)
    return {"quote_stands": _stands(call, found)}


@TOPICS.topic("hold-prepayment-receipt")
def hold_prepayment_receipt(call: Call) -> dict[str, object]:
    """Money registered by hand waits for a second person; the bank's own word is not awaited any more."""
    found = prepayments.get(call.session, call.business_key)
    prepayments.move(found, PrepaymentStatus.CHECKING)
    return {
        "receipt_maker_id": call.actor.employee_id,
        "check_decision": None,
        "check_comment": None,
        "difference_checked": None,
        "quote_stands": _stands(call, found),
    }


def _stands(call: Call, found: LoanPrepayment) -> bool:
    """Whether the quoted sum on the quoted day would still be taken as quoted: the forms say so where it would not."""
    return quotes.stands(call.session, prepayments.quote_of(call.session, found))


@TOPICS.topic("settle-prepayment")
def settle_prepayment(
    call: Call,
    *,
    loan_no: str,
    received_amount: Decimal,
    received_on: date | str,
    bank_reference: str,
    receipt_maker_id: int | None = None,
    quote_stands: bool = False,
    difference_checked: bool | None = None,
) -> dict[str, object]:
    """Post the money: as quoted, or as a receipt where it is not what the quote asks for.

    ``quote_stands``: what the checker was told of it. Raises QuoteVoidSince where that is so no more, and what
    :func:`lending.life.changes.record` does, for a reference that stands for other money for instance.
    """
    found = prepayments.get(call.session, call.business_key)
    on = received_on if isinstance(received_on, date) else date.fromisoformat(received_on)
    by_hand = found.status is PrepaymentStatus.CHECKING
    told_otherwise = by_hand and quote_stands and not difference_checked and not _stands(call, found)
    prepayments.take_money(
        call.session,
        found,
        Money(Decimal(received_amount), on, bank_reference.strip()),
        booked_on=call.business_date,
        now=call.clock_now,
        by=receipt_maker_id if by_hand else None,
        checked_by=call.actor.employee_id if by_hand else None,
    )
    if told_otherwise and found.status is PrepaymentStatus.DIFFERS:
        raise QuoteVoidSince(loan_no=loan_no)
    _post_left(call, found)
    return {"prepayment_result": _RESULTS[found.status]}


@TOPICS.topic("tell-new-schedule")
def tell_new_schedule(call: Call, loan_no: str) -> dict[str, object]:
    """Tell the customer the next instalment and the last due date."""
    reading = changes.reading_of(call.session, loan_no, call.business_date)
    coming = reading.state.parts[reading.state.due :] if reading else ()
    if coming:
        tell_customer(
            call,
            loan_no,
            "prepayment_done",
            call.business_key,
            amount=coming[0].to_pay,
            on=coming[0].due_date,
            until=coming[-1].due_date,
        )
    return {}


@TOPICS.topic("tell-prepayment-short")
def tell_prepayment_short(call: Call, loan_no: str, received_amount: Decimal) -> dict[str, object]:
    """Ask the customer what shall be done with money that was not what the quote asked for."""
    quote = prepayments.quote_of(call.session, prepayments.get(call.session, call.business_key))
    amount = Decimal(received_amount)
    tell_customer(call, loan_no, "prepayment_differs", call.business_key, amount=amount, total=quote.total)
    return {}


@TOPICS.topic("end-prepayment")
def end_prepayment(
    call: Call, customer_choice: str | None = None, receipt_choice: str | None = None
) -> dict[str, object]:
    """Without the customer's yes or its money the quote ends."""
    given_up = customer_choice == "decline" or receipt_choice == "give_up"
    to = PrepaymentStatus.DECLINED if given_up else PrepaymentStatus.EXPIRED
    found: LoanPrepayment = prepayments.get(call.session, call.business_key)
    prepayments.move(found, to, on=call.business_date)
    _post_left(call, found)
    return {"prepayment_end": to.value}


def _post_left(call: Call, found: LoanPrepayment) -> None:
    """Money that was on its way to a prepayment when that ended is the loan's, as any receipt."""
    left = receipts.post_handed_on(
        call.session, found.loan_no, booked_on=call.business_date, now=call.clock_now
    )
    for each in left:
        tell_customer(
            call, found.loan_no, "receipt_booked", each.bank_reference, amount=each.amount, on=each.on
        )


@TOPICS.topic("issue-settlement-certificate")
def issue_settlement_certificate(call: Call, loan_no: str) -> dict[str, object]:
    """Keep the certificate among the documents of the application and tell the customer."""
    stored: StoredDocument = call.outcome
    documents.attach(
        call.session,
        loans.get(call.session, loan_no).application_no,
        DocumentKind.SETTLEMENT_CERTIFICATE,
        f"settlement-{loan_no}.pdf",
        stored,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    tell_customer(call, loan_no, "loan_settled", call.business_key, amount=ZERO, on=call.business_date)
    return {"certificate_sha256": stored.sha256}


@issue_settlement_certificate.outside
def _certificate(call: OutsideCall, loan_no: str) -> StoredDocument:
    """Print the certificate and put it into the file store; refused while anything is owed."""
    world: World = call.world
    with world.database.read() as session:
        on = business_date(session)
        facts = payments.settlement_certificate(session, world.vault, loan_no, on=on)
    data = render(Template.SETTLEMENT_CERTIFICATE, facts, on=on)
    return documents.store(world.files, f"settlement-{loan_no}.pdf", data)

"""What the pages set going in the engine, bound to one engine, as the server binds it."""

from cheliu.bank_results import receive
from cheliu.bookings import open_booking
from cheliu.claim_transfers import open_claim_package
from cheliu.consent_withdrawal import withdraw_consent
from cheliu.contact_rules import ContactRules
from cheliu.data_requests import open_data_request
from cheliu.debt_transfers import open_debt_transfer
from cheliu.entry import INTAKE_PROCESS, open_application
from cheliu.leaving import dismiss
from cheliu.line_changes import open_line_change
from cheliu.list_changes import open_list_change
from cheliu.loan_changes import open_loan_change
from cheliu.prepaying import ask_prepayment, open_prepayment
from cheliu.reconsidering import open_reconsideration
from cheliu.wiring import PROCESSES


def openings(engine):
    """The commands of a Wiring."""

    def bound(command):
        return lambda *arguments: command(engine, *arguments)

    return {
        "open_application": bound(open_application),
        "open_booking": bound(open_booking),
        "open_data_request": bound(open_data_request),
        "open_claim_package": bound(open_claim_package),
        "open_debt_transfer": bound(open_debt_transfer),
        "open_intake": lambda session, actor: open_application(engine, session, actor, INTAKE_PROCESS),
        "open_line_change": bound(open_line_change),
        "open_loan_change": bound(open_loan_change),
        "open_list_change": bound(open_list_change),
        "open_prepayment": bound(open_prepayment),
        "ask_prepayment": bound(ask_prepayment),
        "open_reconsideration": bound(open_reconsideration),
        "dismiss": bound(dismiss),
        "withdraw_consent": bound(withdraw_consent),
        "bank_answered": bound(receive),
        "contact_rules": ContactRules(PROCESSES),
    }

"""What the agreement on a change of debtor says."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from company.vault import Vault
from lending import applications, customers, debt_transfers, loan_changes, loans
from lending.money import written
from lending.printing import Facts
from lending.printing.facts import case_facts, who
from lending.printing.wording import written_day


def agreement(session: Session, vault: Vault, transfer_no: str, *, on: date) -> Facts:
    """Everything the agreement prints; both debtors' numbers in clear, as they sign it."""
    transfer = debt_transfers.get(session, transfer_no)
    loan = loans.get(session, transfer.loan_no)
    application = applications.get(session, transfer.application_no)
    return {
        **case_facts(session, vault, application),
        "old": who(session, vault, customers.get(session, transfer.from_customer_id)),
        "transfer_no": transfer_no,
        "contract_no": loan.loan_no,
        "principal": written(transfer.principal),
        "instalments": str(application.term_months),
        "maturity": written_day(loan.maturity_date or on),
        "reason": transfer.reason.zh if transfer.reason else "—",
        "agreed_on": written_day(on),
        "consenting": [each.label() for each in loan_changes.bound(session, loan)],
    }

"""What the supplementary agreement of a changed loan and its new cost sheet say."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from company.vault import Vault
from lending import applications, contracts, disclosure, loan_changes, loans
from lending.maths.annualised_cost import AprMethod, cost_of
from lending.money import written
from lending.printing import Facts
from lending.printing.facts import case_facts, contract_terms, printed_line
from lending.printing.wording import schedule_facts, written_day, written_percent


def agreement(session: Session, vault: Vault, change_no: str, *, on: date) -> Facts:
    """Everything the supplementary agreement prints; the borrower's number, phone and address in clear."""
    change = loan_changes.get(session, change_no)
    loan = loans.get(session, change.loan_no)
    application = applications.get(session, loan.application_no)
    plan = loan_changes.plan_of(change, loan)
    parties = [each.label() for each in loan_changes.bound(session, loan)]
    return {
        **case_facts(session, vault, application),
        "change_no": change_no,
        "contract_no": loan.loan_no,
        "kind": change.kind.zh,
        "months": str(change.months),
        "holiday": str(change.holiday),
        "reason": change.reason,
        "agreed_on": written_day(on),
        "old_maturity": written_day(loan.maturity_date or on),
        "consenting": parties,
        **schedule_facts(plan),
    }


def cost_sheet(session: Session, vault: Vault, change_no: str, *, on: date) -> Facts:
    """Everything the cost sheet prints, by the schedule after the change and the fees as signed."""
    change = loan_changes.get(session, change_no)
    loan = loans.get(session, change.loan_no)
    contract = contracts.get(session, loan.loan_no)
    application = applications.get(session, loan.application_no)
    signed = disclosure.of_contract(session, loan.loan_no)
    plan = loan_changes.plan_of(change, loan)
    lines = disclosure.lines_after(signed, plan, loan.annual_rate)
    total = cost_of(plan, signed.fees_at_start)
    method = signed.apr_method
    other = AprMethod.EFFECTIVE if method is AprMethod.NOMINAL_12X else AprMethod.NOMINAL_12X
    return {
        **case_facts(session, vault, application),
        "sheet_no": change_no,
        "contract_no": loan.loan_no,
        "drawn_up_on": written_day(on),
        "principal": written(loan.principal),
        **contract_terms(contract),
        "term_months": str(loan.term_months + change.months),
        **schedule_facts(plan),
        "lines": [printed_line(line) for line in lines],
        "contingent": signed.contingent,
        "total_cost": written(plan.total_interest + signed.fees_at_start),
        "annualised_cost": written_percent(total.by(method), 3),
        "annualised_label": method.zh,
        "other_cost": written_percent(total.by(other), 3),
        "other_label": other.zh,
        "statement": disclosure.STATEMENT,
    }

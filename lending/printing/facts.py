"""What the documents say, gathered from the domain store: texts only, amounts and rates written as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from company.organisation import branch_of, the_company
from company.vault import Vault
from lending import applications, approvals, contracts, customers, dealers, disclosure, parties, vehicles
from lending.applications import Application
from lending.contracts import Contract
from lending.customers import Customer, CustomerKind
from lending.maths.annualised_cost import AprMethod
from lending.money import in_capitals, written, written_rate
from lending.parties import PartyPlace
from lending.printing import Facts
from lending.printing.wording import schedule_facts, written_day, written_percent


def loan_contract(session: Session, vault: Vault, contract_no: str) -> Facts:
    """Everything the loan contract prints; holds the borrower's identity number, phone and address in clear."""
    contract = contracts.get(session, contract_no)
    application = applications.get(session, contract.application_no)
    sheet = disclosure.of_contract(session, contract_no)
    plan = contract.plan()
    return {
        **case_facts(session, vault, application),
        "contract_no": contract_no,
        "sheet_no": sheet.sheet_no,
        "application_no": contract.application_no,
        "generated_on": written_day(sheet.drawn_up_on),
        "amount": written(contract.amount),
        "amount_capitals": in_capitals(contract.amount),
        "annualised_cost": written_percent(sheet.annualised_cost, 3),
        "annualised_label": sheet.apr_method.zh,
        "prepayment_fee_rate": written_rate(contract.prepayment_fee_rate),
        "penalty_rate": written_rate(contract.annual_rate * contract.penalty_multiplier),
        "penalty_multiplier": f"{contract.penalty_multiplier:.2f}",
        "grace_days": str(contract.grace_days),
        "convention": {
            "period_rate": contract.convention.period_rate.zh,
            "odd_days": contract.convention.day_count.zh,
            "first_period": contract.convention.first_period.zh,
            "rounding": f"{contract.convention.rounding.zh}到分",
            "residue": contract.convention.residue.zh,
            "missing_day": contract.convention.missing_day.zh,
        },
        **contract_terms(contract),
        **schedule_facts(plan),
    }


def cost_sheet(session: Session, vault: Vault, contract_no: str) -> Facts:
    """Everything the all-in cost sheet prints."""
    contract = contracts.get(session, contract_no)
    application = applications.get(session, contract.application_no)
    sheet = disclosure.of_contract(session, contract_no)
    plan = contract.plan()
    other = AprMethod.EFFECTIVE if sheet.apr_method is AprMethod.NOMINAL_12X else AprMethod.NOMINAL_12X
    other_cost = sheet.effective_cost if other is AprMethod.EFFECTIVE else sheet.nominal_cost
    return {
        **case_facts(session, vault, application),
        "sheet_no": sheet.sheet_no,
        "contract_no": contract_no,
        "drawn_up_on": written_day(sheet.drawn_up_on),
        "principal": written(contract.amount),
        **contract_terms(contract),
        **schedule_facts(plan),
        "lines": [printed_line(line) for line in sheet.lines],
        "contingent": sheet.contingent,
        "total_cost": written(sheet.total_cost),
        "annualised_cost": written_percent(sheet.annualised_cost, 3),
        "annualised_label": sheet.apr_method.zh,
        "other_cost": written_percent(other_cost, 3),
        "other_label": other.zh,
        "statement": sheet.statement,
    }


def printed_line(line: Mapping[str, object]) -> dict[str, str]:
    """A line of a cost sheet as it is printed."""
    return {
        "item": str(line["item"]),
        "standard": str(line["standard"]),
        "amount": written(_decimal(line["amount"])),
        "paid": str(line["paid"]),
        "payee": str(line["payee"]),
        "annualised": written_percent(_decimal(line["annualised"]), 3),
    }


def approval_notice(session: Session, application_no: str) -> Facts:
    """Everything the approval letter prints; nothing in it is sealed."""
    application = applications.get(session, application_no)
    approval = approvals.get(session, application_no)
    customer = customers.get(session, application.customer_id or 0)
    return {
        "lender": the_company(session).name,
        "branch": branch_of(session, application.unit_id).name,
        "borrower": customer.name,
        "application_no": application_no,
        "approved_on": written_day(approval.approved_on),
        "valid_until": written_day(approval.valid_until),
        "amount": written(approval.amount),
        "amount_capitals": in_capitals(approval.amount),
        "term_months": str(approval.term_months),
        "annual_rate": written_rate(approval.annual_rate),
        "method": approval.method.zh,
        "loan_to_value": written_percent(approval.loan_to_value, 2),
        "vehicle": vehicles.get(session, application.vehicle_id or 0).model_name,
        "conditions": [condition.label("zh") for condition in approval.conditions],
    }


def case_facts(session: Session, vault: Vault, application: Application) -> dict[str, object]:
    """The lender, the borrower with who acts or signs beside him, the car and the dealer."""
    customer = customers.get(session, application.customer_id or 0)
    vehicle = vehicles.get(session, application.vehicle_id or 0)
    dealer = dealers.get(session, application.dealer_id or 0)
    by_place = {party.place: party for party in parties.of_application(session, application.application_no)}
    spouse, acting = by_place.get(PartyPlace.SPOUSE), by_place.get(PartyPlace.REPRESENTATIVE)
    return {
        "lender": the_company(session).name,
        "branch": branch_of(session, application.unit_id).name,
        "borrower": who(session, vault, customer),
        # What a particulars table prints beside a company: who acts for it. A person acts himself.
        "acting": []
        if acting is None
        else ["法定代表人", customers.get(session, acting.customer_id).name, "企业类型", customer.kind.zh],
        "co_signers": [] if spouse is None else [customers.get(session, spouse.customer_id).name],
        "vehicle": {
            "model": vehicle.model_name,
            "vin": vehicle.vin,
            "kind": vehicle.kind.zh,
            "energy": vehicle.energy.zh,
            "use": application.vehicle_use.zh if application.vehicle_use else "—",
            "price": written(application.vehicle_price or Decimal(0)),
        },
        "dealer": {
            "name": dealer.name,
            "payee_name": dealer.payee_name,
            "bank": dealer.bank_name,
            "account_last4": dealer.account_last4,
        },
    }


def who(session: Session, vault: Vault, customer: Customer) -> dict[str, str]:
    """How a document names a party: its number, phone and address in clear."""
    is_company = customer.kind is CustomerKind.CORPORATE
    return {
        "name": customer.name,
        "identity_label": "信用代码" if is_company else "身份证号码",
        "identity": customers.identity_of(session, vault, customer),
        "phone": customers.phone_of(session, vault, customer),
        "address": customers.address_of(session, vault, customer) or "—",
    }


def contract_terms(contract: Contract) -> dict[str, object]:
    """Term, rate, method and due day as the documents write them."""
    due_day = f"每月 {contract.due_day} 日" if contract.due_day else "每月与放款日相同的日期"
    return {
        "term_months": str(contract.term_months),
        "annual_rate": written_rate(contract.annual_rate),
        "method": contract.method.zh,
        "due_day": due_day,
    }


def _decimal(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(f"a sheet's figures are stored as Decimal, not {type(value).__name__}")
    return value

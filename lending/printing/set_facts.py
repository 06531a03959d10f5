"""What the documents around a loan contract say: mortgage, guarantee, direct-debit mandate, consent to locating."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company.vault import Vault
from lending import applications, consents, contract_sets, contracts, customers, disclosure, guarantees
from lending.consents import ConsentPurpose
from lending.contract_sets import SetDocument, SetKind
from lending.contracts import Contract
from lending.errors import NotFound
from lending.guarantees import GuaranteeKind
from lending.money import in_capitals, written
from lending.printing import Facts, Template
from lending.printing.facts import case_facts, contract_terms, who
from lending.printing.wording import schedule_facts, written_day

_TEMPLATES = {
    SetKind.MORTGAGE: Template.MORTGAGE_CONTRACT,
    SetKind.GUARANTEE: Template.GUARANTEE_AGREEMENT,
    SetKind.DEBIT: Template.DEBIT_MANDATE,
    SetKind.LOCATION: Template.GPS_CONSENT,
}


def set_document(session: Session, vault: Vault, document_no: str) -> tuple[Template, Facts]:
    """The template of a document around a contract and everything it prints; holds identity numbers in clear."""
    row = contract_sets.get(session, document_no)
    contract = contracts.get(session, row.contract_no)
    application = applications.get(session, contract.application_no)
    facts: dict[str, object] = {
        **case_facts(session, vault, application),
        **contract_terms(contract),
        **schedule_facts(contract.plan()),
        "document_no": document_no,
        "contract_no": contract.contract_no,
        "generated_on": written_day(disclosure.of_contract(session, contract.contract_no).drawn_up_on),
        "amount": written(contract.amount),
        "amount_capitals": in_capitals(contract.amount),
    }
    if row.kind is SetKind.GUARANTEE:
        facts |= _guarantee(session, vault, row, contract)
    elif row.kind is SetKind.DEBIT:
        card = customers.card_of(session, vault, customers.get(session, application.customer_id or 0))
        facts["account"] = card or ""
    elif row.kind is SetKind.LOCATION:
        facts["consent_text"] = consents.text(ConsentPurpose.LOCATION, "zh")
    return _TEMPLATES[row.kind], facts


def _guarantee(session: Session, vault: Vault, row: SetDocument, contract: Contract) -> dict[str, object]:
    """Raises NotFound when the guarantor has left the application since the numbers were taken."""
    for party, guarantee in guarantees.of_application(session, contract.application_no):
        if party.place == row.place:
            acting = party.represented_by
            return {
                "guarantor": who(session, vault, customers.get(session, party.customer_id)),
                "guarantor_acting": [] if acting is None else ["签约代表", acting, "保证人类型", "企业"],
                "kind": guarantee.kind.zh,
                "joint": guarantee.kind is GuaranteeKind.JOINT,
                "period_months": str(guarantee.period_months),
            }
    raise NotFound(what_zh="保证人", what_en="guarantor of", key=contract.application_no)

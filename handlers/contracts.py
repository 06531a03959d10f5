"""Topics of the signing: the set of contracts, its prints, the cost sheet, the signatures, the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from company.people import Employee
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.following import start_case
from handlers.register import TOPICS
from handlers.world import World
from lending import (
    applications,
    approvals,
    consents,
    contract_sets,
    contracts,
    customers,
    disclosure,
    documents,
    loans,
    withdrawal,
)
from lending.consents import ConsentPurpose
from lending.contracts import SigningMethod
from lending.disclosure import DisclosureMethod
from lending.documents import DocumentKind, StoredDocument
from lending.errors import LendingError
from lending.printing import Template, facts, render, set_facts


@dataclass(frozen=True)
class Prints:
    """The stored prints of a set; ``others`` by the number of the document."""

    contract: StoredDocument
    sheet: StoredDocument
    others: Mapping[str, StoredDocument]


class SecondStaffIsSame(LendingError):
    """Two different members of staff are present at a signing on paper."""

    code = "second_staff_is_same"
    zh = "双人面签的第二人不能是您本人，请选择另一名员工。"
    en = "The second witness cannot be yourself; choose another member of staff."


@TOPICS.topic("open-signing")
def open_signing(call: Call, application_no: str) -> dict[str, Any]:
    """What the approval grants and until when, and who may stand witness: all active staff of the branch's unit."""
    application = applications.get(call.session, application_no)
    approval = approvals.get(call.session, application_no)
    staff = call.session.scalars(
        select(Employee).where(Employee.active, Employee.unit_id == application.unit_id).order_by(Employee.id)
    )
    return {
        "borrower_name": customers.get(call.session, application.customer_id or 0).name,
        "approved_amount": approval.amount,
        "approved_term_months": approval.term_months,
        "approved_rate_percent": (approval.annual_rate * 100).normalize() + 0,
        "approval_valid_until": approval.valid_until,
        "approval_lapses_on": approval.valid_until + timedelta(days=1),
        "staff_options": [{"label": person.name, "value": person.username} for person in staff],
    }


@TOPICS.topic("generate-contracts")
def generate_contracts(call: Call, application_no: str) -> dict[str, Any]:
    """Write contract and cost sheet under new numbers; a set found faulty is voided first, its numbers kept."""
    faulty = contracts.find_open(call.session, application_no)
    if faulty is not None:
        contracts.void(
            call.session,
            faulty.contract_no,
            reason="格式有误，重新生成" if call.data.get("format_check") == "wrong" else "重新授权，重新生成",
            by=call.actor.employee_id,
            now=call.clock_now,
        )
        withdrawal.reopen_signing(call.session, application_no)
    contract = contracts.generate(
        call.session, application_no, by=call.actor.employee_id, on=call.business_date, now=call.clock_now
    )
    return {"contract_no": contract.contract_no}


@TOPICS.topic("print-contracts")
def print_contracts(call: Call, application_no: str, contract_no: str) -> dict[str, object]:
    """Keep the prints: their hashes with the contract, the files among the documents of the case.

    Tells by name which document waits for whose signature.
    """
    prints: Prints = call.outcome
    contracts.record_prints(
        call.session,
        contract_no,
        contract_sha256=prints.contract.sha256,
        sheet_sha256=prints.sheet.sha256,
        others={number: stored.sha256 for number, stored in prints.others.items()},
    )
    files = [
        (DocumentKind.LOAN_CONTRACT, "", f"{contract_no}.pdf", prints.contract),
        (DocumentKind.COST_SHEET, "", f"{contract_no}-MS.pdf", prints.sheet),
    ]
    files += [
        (row.kind.document_kind, row.place, f"{row.document_no}.pdf", prints.others[row.document_no])
        for row in contract_sets.documents_of(call.session, contract_no)
    ]
    for kind, place, name, stored in files:
        documents.attach(
            call.session,
            call.business_key,
            kind,
            name,
            stored,
            by=call.actor.employee_id,
            now=call.clock_now,
            place=place,
        )
    asked = contract_sets.signings(call.session, contract_no, application_no)
    return {
        "signature_options": [
            {"label": one.label("zh"), "label_en": one.label("en"), "value": one.code} for one in asked
        ],
        "set_text": "\n".join(f"{at}. {one.label('zh')}" for at, one in enumerate(asked, 1)),
        "set_text_en": "\n".join(f"{at}. {one.label('en')}" for at, one in enumerate(asked, 1)),
        "signatures_seen": None,
    }


@print_contracts.outside
def _print(call: OutsideCall, contract_no: str) -> Prints:
    """Print the whole set and put it into the file store; the same facts give the same bytes."""
    world: World = call.world
    with world.database.read() as session:
        on = disclosure.of_contract(session, contract_no).drawn_up_on
        contract = facts.loan_contract(session, world.vault, contract_no)
        sheet = facts.cost_sheet(session, world.vault, contract_no)
        others = {
            row.document_no: set_facts.set_document(session, world.vault, row.document_no)
            for row in contract_sets.documents_of(session, contract_no)
        }
    return Prints(
        documents.store(world.files, "contract.pdf", render(Template.LOAN_CONTRACT, contract, on=on)),
        documents.store(world.files, "sheet.pdf", render(Template.COST_SHEET, sheet, on=on)),
        {
            number: documents.store(world.files, "document.pdf", render(template, said, on=on))
            for number, (template, said) in others.items()
        },
    )


@TOPICS.topic("confirm-disclosure")
def confirm_disclosure(
    call: Call, contract_no: str, disclosure_method: str, reading_seconds: int
) -> dict[str, Any]:
    """The borrower has read and signed the cost sheet; only now may the contract be signed."""
    attach_all(call)
    contracts.confirm_disclosure(
        call.session,
        contract_no,
        method=DisclosureMethod(disclosure_method),
        reading_seconds=reading_seconds,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    return {}


@TOPICS.topic("sign-contracts")
def sign_contracts(
    call: Call,
    *,
    application_no: str,
    contract_no: str,
    signed_on: date,
    second_staff: str,
    conditions_met: Sequence[str],
    signatures_seen: Sequence[str] = (),
) -> dict[str, Any]:
    """Compare with the approval once more, keep signatures, signed copies and the conditions met on the occasion.

    Raises SecondStaffIsSame, SignatureMissing and the refusals of lending.contracts.sign.
    """
    if second_staff == call.actor.username:
        raise SecondStaffIsSame()
    attach_all(call)
    contracts.sign(
        call.session,
        contract_no,
        method=SigningMethod.PAPER,
        on=call.business_date,
        now=call.clock_now,
        signed_on=signed_on,
    )
    by, now = call.actor.employee_id, call.clock_now
    located = contract_sets.record_signatures(
        call.session, contract_no, application_no, signatures_seen, signed_on=signed_on, by=by, now=now
    )
    _record_location_consent(call, application_no, located=located)
    approvals.meet_conditions(
        call.session, application_no, conditions_met, by=call.actor.employee_id, now=call.clock_now
    )
    return {}


def _record_location_consent(call: Call, application_no: str, *, located: bool) -> None:
    """The borrower's own answer to being located, whichever it is."""
    consents.record(
        call.session,
        application_no,
        applications.get(call.session, application_no).customer_id or 0,
        {ConsentPurpose.LOCATION} if located else set(),
        by=call.actor.employee_id,
        now=call.clock_now,
        asked=(ConsentPurpose.LOCATION,),
    )


@TOPICS.topic("archive-contracts")
def archive_contracts(call: Call, contract_no: str) -> dict[str, Any]:
    """Open the loan under the signed terms and let the pay-out begin, as a case of its own."""
    loan = loans.open_from_contract(call.session, contract_no, now=call.clock_now)
    start_case(call, "disbursement")
    return {"loan_no": loan.loan_no}


@TOPICS.topic("lapse-approval")
def lapse_approval(call: Call, application_no: str) -> dict[str, Any]:
    """The approval's validity has run out: undo what was printed, signed and registered, close the application."""
    withdrawal.lapse(
        call.session,
        application_no,
        reason="批复到期",
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    return {}

"""The papers of a loan's change: supplementary agreement and new cost sheet printed, the customer told."""

from __future__ import annotations

from company import outbox
from company.organisation import business_date
from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.supplements import message
from handlers.world import World
from lending import customers, documents, loan_changes, loans
from lending.documents import DocumentKind, StoredDocument
from lending.loan_changes import ChangeStatus
from lending.printing import Template, change_papers, render

_KINDS = (
    (DocumentKind.SUPPLEMENTARY_AGREEMENT, Template.SUPPLEMENTARY_AGREEMENT, "XY"),
    (DocumentKind.COST_SHEET, Template.COST_SHEET, "MS"),
)


@TOPICS.topic("print-change-agreement")
def print_change_agreement(call: Call, change_no: str) -> dict[str, object]:
    """Keep both prints among the documents of the case."""
    prints: list[StoredDocument] = call.outcome
    for (kind, _template, mark), stored in zip(_KINDS, prints, strict=True):
        documents.attach(
            call.session,
            call.business_key,
            kind,
            f"{change_no}-{mark}.pdf",
            stored,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    return {}


@print_change_agreement.outside
def _print(call: OutsideCall, change_no: str) -> list[StoredDocument]:
    """Print the agreement and the sheet of the schedule that was reckoned."""
    world: World = call.world
    with world.database.read() as session:
        on = business_date(session)
        facts = (
            change_papers.agreement(session, world.vault, change_no, on=on),
            change_papers.cost_sheet(session, world.vault, change_no, on=on),
        )
    return [
        documents.store(world.files, f"{mark}.pdf", render(template, each, on=on))
        for (_kind, template, mark), each in zip(_KINDS, facts, strict=True)
    ]


@TOPICS.topic("tell-loan-change")
def tell_loan_change(call: Call, loan_no: str, change_no: str) -> dict[str, object]:
    """The owner learns what came of the request; of a refusal why, with the longest extension."""
    loan, change = loans.get(call.session, loan_no), loan_changes.get(call.session, change_no)
    to: dict[str, object] = (
        {"employee_id": loan.owner_id}
        if loan.owner_id
        else {"role_id": "customer_manager", "unit_id": loan.unit_id}
    )
    payload = {
        "template": "loan_changed",
        "application_no": loan.application_no,
        "loan_no": loan_no,
        "change_no": change_no,
        "kind": change.kind.value,
        "refused_for": change.refused_for.value if change.refused_for else None,
        "months_max": change.months_max,
        **to,
    }
    outbox.put(call.session, "notify", f"loan_changed:{change_no}", payload, call.clock_now)
    return {}


@tell_loan_change.outside
def _send(call: OutsideCall, loan_no: str, change_no: str) -> None:
    """One message to the customer, without his name or the reason."""
    world: World = call.world
    with world.database.read() as session:
        loan, change = loans.get(session, loan_no), loan_changes.get(session, change_no)
        mobile = customers.phone_of(session, world.vault, customers.get(session, loan.customer_id))
    template = "change_made" if change.status is ChangeStatus.DONE else "change_refused"
    world.parties.sms.send(
        request_id=call.idempotency_key, mobile=mobile, text=message(template, loan.application_no)
    )

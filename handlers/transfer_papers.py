"""The papers of a change of debtor: the agreement printed, both debtors and whoever secures the loan told."""

from __future__ import annotations

from company.organisation import business_date
from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.reminding import tell_owner
from handlers.supplements import message
from handlers.world import World
from lending import customers, debt_transfers, documents, loan_changes, loans
from lending.customers import Customer
from lending.documents import DocumentKind, StoredDocument
from lending.printing import Template, render, transfer_papers
from lending.transfer_records import TransferStatus


@TOPICS.topic("print-transfer-agreement")
def print_transfer_agreement(call: Call, transfer_no: str) -> dict[str, object]:
    """Keep the print among the documents of the case."""
    stored: StoredDocument = call.outcome
    documents.attach(
        call.session,
        call.business_key,
        DocumentKind.TRANSFER_AGREEMENT,
        f"{transfer_no}.pdf",
        stored,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {}


@print_transfer_agreement.outside
def _print(call: OutsideCall, transfer_no: str) -> StoredDocument:
    """Print the agreement with both debtors in clear."""
    world: World = call.world
    with world.database.read() as session:
        on = business_date(session)
        facts = transfer_papers.agreement(session, world.vault, transfer_no, on=on)
    return documents.store(
        world.files, f"{transfer_no}.pdf", render(Template.TRANSFER_AGREEMENT, facts, on=on)
    )


@TOPICS.topic("tell-debt-transfer")
def tell_debt_transfer(call: Call, transfer_no: str) -> dict[str, object]:
    """The owner of the case learns what came of the request, and why not where it was refused."""
    transfer = debt_transfers.get(call.session, transfer_no)
    why = transfer.refused_for.value if transfer.refused_for else None
    tell_owner(call, "debt_transferred", transfer_no, loan_no=transfer.loan_no, refused_for=why)
    return {}


@tell_debt_transfer.outside
def _send(call: OutsideCall, transfer_no: str) -> None:
    """One message to each, without names: both debtors, and guarantors once the debt has passed."""
    world: World = call.world
    with world.database.read() as session:
        transfer = debt_transfers.get(session, transfer_no)
        done = transfer.status is TransferStatus.DONE
        people = [customers.get(session, transfer.from_customer_id)]
        if transfer.to_customer_id not in (None, transfer.from_customer_id):
            people.append(customers.get(session, transfer.to_customer_id or 0))
        if done:
            bound = loan_changes.bound(session, loans.get(session, transfer.loan_no))
            people += [each.customer for each in bound]
        mobiles = {each.id: customers.phone_of(session, world.vault, each) for each in _once(people)}
    text = message("debtor_changed" if done else "transfer_refused", transfer.application_no)
    for customer_id, mobile in mobiles.items():
        world.parties.sms.send(request_id=f"{call.idempotency_key}:{customer_id}", mobile=mobile, text=text)


def _once(people: list[Customer]) -> list[Customer]:
    return list({each.id: each for each in people}.values())

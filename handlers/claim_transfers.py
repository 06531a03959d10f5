"""Topics of an assignment of claims: the package and its tape, price, contract, settlement, notices with proof."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from company.organisation import business_date
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.register import TOPICS
from handlers.world import World
from lending import claim_tapes, claim_transfers, documents, loans
from lending.claim_records import NoticeWay
from lending.documents import DocumentKind, StoredDocument
from lending.printing import Template, assignment_papers, render


@TOPICS.topic("fill-claim-package")
def fill_claim_package(
    call: Call,
    *,
    package_no: str,
    package_loans: str,
    buyer_name: str,
    buyer_code: str,
    buyer_account: str,
    pilot_confirmed: bool = False,
) -> dict[str, object]:
    """Put the loans into the package, with what is owed of each today. Raises what the package refuses."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    numbers = package_loans.replace(",", "\n").replace("，", "\n").split()
    chosen = [loans.get(call.session, number) for number in numbers]
    found = claim_transfers.fill(
        call.session, package, chosen, pilot=bool(pilot_confirmed), on=call.business_date, now=call.clock_now
    )
    package.buyer_name, package.buyer_code = buyer_name.strip(), buyer_code.strip()
    package.buyer_account = buyer_account.strip()
    package.owner_id = package.owner_id or call.actor.employee_id
    total = sum((each.claim for each in found), Decimal("0.00"))
    principal = sum((each.principal for each in found), Decimal("0.00"))
    call.describe(title=package_no, subtitle=package.buyer_name, amount=total)
    return {"package_count": len(found), "package_principal": principal, "package_claim": total}


@TOPICS.topic("make-data-tape")
def make_data_tape(call: Call, package_no: str) -> dict[str, object]:
    """Fix the masked tape that the buyer is given; its Excel and CSV are on the package's page."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    package.tape = claim_tapes.rows(call.session, package)
    return {"tape_rows": len(package.tape)}


@TOPICS.topic("price-claim-package")
def price_claim_package(call: Call, package_no: str, package_price: Decimal) -> dict[str, object]:
    """Share the price among the claims."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    claim_transfers.price(call.session, package, package_price)
    return {"package_priced_by": call.actor.employee_id}


@TOPICS.topic("sign-assignment")
def sign_assignment(call: Call, package_no: str, contract_signed_on: date | None = None) -> dict[str, object]:
    """Keep the contract with the buyer."""
    attach_all(call)
    package = claim_transfers.get(call.session, package_no, to_change=True)
    claim_transfers.sign(
        call.session, package, on=contract_signed_on or call.business_date, today=call.business_date
    )
    return {}


@TOPICS.topic("settle-claims")
def settle_claims(
    call: Call, *, package_no: str, received_amount: Decimal, bank_reference: str, package_priced_by: int
) -> dict[str, object]:
    """The price is in: the loans leave the books, priced by one person and confirmed by another."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    claim_transfers.settle(
        call.session,
        package,
        received=received_amount,
        bank_reference=bank_reference.strip(),
        on=call.business_date,
        now=call.clock_now,
        by=package_priced_by,
        checked_by=call.actor.employee_id,
    )
    claim_transfers.write_notices(call.session, package, now=call.clock_now)
    return {}


@TOPICS.topic("print-assignment-notices")
def print_assignment_notices(call: Call, package_no: str) -> dict[str, object]:
    """Keep a notice for each debtor and guarantor among the documents of the package."""
    prints: list[tuple[str, StoredDocument]] = call.outcome
    for number, stored in prints:
        documents.attach(
            call.session,
            call.business_key,
            DocumentKind.ASSIGNMENT_NOTICE,
            f"{number}.pdf",
            stored,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    numbers = [number for number, _stored in prints]
    return {"notices_open": "\n".join(numbers), "notices_left": len(numbers)}


@print_assignment_notices.outside
def _print(call: OutsideCall, package_no: str) -> list[tuple[str, StoredDocument]]:
    """Print every notice."""
    world: World = call.world
    with world.database.read() as session:
        on = business_date(session)
        package = claim_transfers.get(session, package_no)
        facts = {
            each.notice_no: assignment_papers.notice(session, world.vault, package, each, on=on)
            for each in claim_transfers.notices(session, package)
        }
    return [
        (
            number,
            documents.store(world.files, f"{number}.pdf", render(Template.ASSIGNMENT_NOTICE, each, on=on)),
        )
        for number, each in facts.items()
    ]


@TOPICS.topic("record-notice-proof", repeatable=True)
def record_notice_proof(
    call: Call, *, package_no: str, notice_way: str, notice_proofs: str, reached_on: date
) -> dict[str, object]:
    """Keep the proofs, one a line: number of the notice, blank, number of the proof; who is still without one."""
    attach_all(call)
    package = claim_transfers.get(call.session, package_no, to_change=True)
    lines = [line.split(maxsplit=1) for line in notice_proofs.splitlines() if line.strip()]
    numbers = {line[0]: line[-1].strip() for line in lines if len(line) > 1}
    left = claim_transfers.prove(call.session, package, numbers, NoticeWay(notice_way), on=reached_on)
    return {"notices_open": "\n".join(left), "notices_left": len(left), "notice_proofs": None}


@TOPICS.topic("update-creditor")
def update_creditor(call: Call, package_no: str) -> dict[str, object]:
    """Everybody is told: the buyer is the creditor, and his account the one to pay to."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    claim_transfers.complete(call.session, package, on=call.business_date)
    return {}


@TOPICS.topic("refuse-claim-package")
def refuse_claim_package(
    call: Call, package_no: str, approval_comment: str | None = None
) -> dict[str, object]:
    """The package is not sold; its loans are free again."""
    package = claim_transfers.get(call.session, package_no, to_change=True)
    claim_transfers.refuse(call.session, package, comment=approval_comment, on=call.business_date)
    return {}

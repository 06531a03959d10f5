"""Documents at the front desk: the list that DT-11 makes, and what a person read off the originals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from company.masking import mask_identity
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.register import TOPICS
from lending import document_checks, document_requirements, parties
from lending.document_checks import Difference, DocumentProblem, Finding, Reading, ReadItem
from lending.document_requirements import Listed
from lending.documents import DocumentKind
from lending.identifiers import resident_id
from lending.parties import GUARANTORS, PartyPlace

# What the document list asks (DT-11), as far as nobody has said otherwise: no party beside who applies.
_UNSAID: dict[str, object] = {
    "customer_kind": "individual",
    "product_code": "",
    "refinance": False,
    "registered": False,
    "marital": "",
    "self_employed": False,
    "has_spouse": False,
    **{place.value: "none" for place in GUARANTORS},
}


@TOPICS.facts("document-list-facts")
def document_list_facts(
    call: Call,
    *,
    marital: str,
    occupation: str,
    vehicle_kind: str,
    vehicle_use: str,
    registered: bool | None = None,
    refinance: bool | None = None,
) -> dict[str, object]:
    """Customer × car, as the list asks before a product is chosen."""
    return {
        **_UNSAID,
        "stage": "reception",
        "marital": marital,
        "self_employed": occupation == "self_employed",
        "vehicle_use": vehicle_use,
        "vehicle_kind": vehicle_kind,
        "registered": bool(registered),
        "refinance": bool(refinance),
    }


@TOPICS.facts("entry-document-facts")
def entry_document_facts(
    call: Call, *, application_no: str, product_code: str, vehicle_kind: str, vehicle_use: str
) -> dict[str, object]:
    """Customer × product × car × parties, as the list asks of an entry."""
    kinds = {place: call.data.get(f"{place.value}_kind") or "individual" for place in GUARANTORS}
    present = {party.place for party in parties.of_application(call.session, application_no)}
    return {
        **_UNSAID,
        "stage": "entry",
        "customer_kind": call.data.get("customer_kind") or "individual",
        "product_code": product_code,
        "vehicle_kind": vehicle_kind,
        "vehicle_use": vehicle_use,
        "refinance": bool(call.data.get("refinance")),
        "has_spouse": PartyPlace.SPOUSE in present,
        **{place.value: kinds[place] for place in GUARANTORS if place in present},
    }


@TOPICS.topic("list-entry-documents")
def list_entry_documents(
    call: Call, application_no: str, entry_documents: Sequence[dict[str, str]]
) -> dict[str, object]:
    """Let the list stand for the application and say what of it is not there yet, and whose."""
    _let_stand(call, application_no, entry_documents)
    missing = document_requirements.missing(call.session, application_no)
    return {
        "documents_missing": len(missing),
        "documents_problem": "、".join(row.label("zh") for row in missing),
    }


@TOPICS.topic("check-documents")
def check_documents(
    call: Call,
    application_no: str,
    documents_listed: Sequence[dict[str, str]],
    customer_name: str,
    statement_months: Decimal | None = None,
    statement_average: Decimal | None = None,
) -> dict[str, object]:
    """Compare what is there with the list, and what was read with the registration; empty text: all in order."""
    attach_all(call)
    _let_stand(call, application_no, documents_listed)
    findings = [
        Finding(row.kind, DocumentProblem.MISSING)
        for row in document_requirements.missing(call.session, application_no)
    ]
    findings += document_checks.record(
        call.session,
        application_no,
        _readings(call),
        names=tuple(filter(None, (customer_name, _text(call, "read_spouse_name")))),
        vin=_text(call, "vin"),
        on=call.business_date,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    if statement_months is not None and statement_average is not None:
        document_checks.record_income(
            call.session,
            application_no,
            months=int(statement_months),
            monthly_average=statement_average,
            now=call.clock_now,
        )
    return {"documents_problem": "；".join(finding.text() for finding in findings)}


def _let_stand(call: Call, application_no: str, rows: Sequence[dict[str, str]]) -> None:
    """The list as the table made it; one made before the table told whose a document is names who applies."""
    listed = [Listed(row["kind"], row["need"], row["reason"], row.get("place", "")) for row in rows]
    document_requirements.replace(call.session, application_no, listed, now=call.clock_now)


def _readings(call: Call) -> tuple[Reading, ...]:
    """What the confirmation form asks about each document; the buyer and the bank account are the applicant's own."""
    customer = _text(call, "customer_name")
    months = call.data.get("statement_months")
    own = _own_number(call) and _text(call, "read_identity_name") == customer
    vin = _text(call, "read_certificate_vin")
    return (
        Reading(
            DocumentKind.RESIDENT_ID_FRONT,
            is_own=own,
            valid_until=_day(call, "identity_valid_until"),
            differences=(*_other_name(call, "read_identity_name", customer), *_other_number(call)),
        ),
        Reading(
            DocumentKind.DRIVING_LICENCE,
            is_own=_is_own(call, "read_licence_name", customer),
            valid_until=_day(call, "licence_valid_until"),
            differences=_other_name(call, "read_licence_name", customer),
        ),
        Reading(
            DocumentKind.BANK_STATEMENT,
            is_own=_is_own(call, "read_statement_name", customer),
            months=None if months is None else int(months),
            differences=_other_name(call, "read_statement_name", customer),
        ),
        Reading(
            DocumentKind.SALES_CONTRACT,
            is_own=_is_own(call, "read_buyer_name", customer),
            differences=_other_name(call, "read_buyer_name", customer),
        ),
        Reading(DocumentKind.DOWN_PAYMENT_SLIP, holder=_text(call, "read_payer_name")),
        Reading(
            DocumentKind.REGISTRATION_CERTIFICATE,
            vin=vin,
            differences=_unlike(ReadItem.VIN, _text(call, "vin"), vin),
        ),
    )


def _unlike(item: ReadItem, typed: str | None, read: str | None) -> tuple[Difference, ...]:
    return (Difference(item, typed or "", read),) if read is not None and read != typed else ()


def _other_name(call: Call, name: str, customer: str | None) -> tuple[Difference, ...]:
    return _unlike(ReadItem.NAME, customer, _text(call, name))


def _other_number(call: Call) -> tuple[Difference, ...]:
    """The number typed in beside the one on the card, both masked, where they are not the same."""
    read, registered = call.data.get("read_identity_no"), call.data.get("identity_no")
    if _own_number(call) or not isinstance(read, str) or not isinstance(registered, str):
        return ()
    return (
        Difference(ReadItem.NUMBER, mask_identity(call.reveal(registered)), mask_identity(call.reveal(read))),
    )


def _own_number(call: Call) -> bool:
    """Whether the number on the card is the one registered; both are opened for the comparison alone."""
    read, registered = call.data.get("read_identity_no"), call.data.get("identity_no")
    if not isinstance(read, str) or not isinstance(registered, str):
        return False
    return resident_id.compact(call.reveal(read)) == resident_id.compact(call.reveal(registered))


def _is_own(call: Call, name: str, customer: str | None) -> bool | None:
    read = _text(call, name)
    return None if read is None else read == customer


def _text(call: Call, name: str) -> str | None:
    value = call.data.get(name)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _day(call: Call, name: str) -> date | None:
    value = call.data.get(name)
    return date.fromisoformat(value) if isinstance(value, str) else value

"""Topics of the parties: who they are, what each has agreed to, what bureau, identity check and rules say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from company import parameters
from engine.topics import Call, OutsideCall
from handlers.applications import months_later
from handlers.attachments import attach_all
from handlers.burden import debt_to_income, plan_of
from handlers.party_files import file_company, file_guarantors, file_spouse
from handlers.register import TOPICS
from handlers.screening import complete
from handlers.world import BureauAnswer, IdentityAnswer, World
from lending import (
    applications,
    bureau_reports,
    consents,
    customers,
    documents,
    exposure,
    guarantees,
    identity_checks,
    parties,
    relations,
)
from lending.applications import Application
from lending.consents import CORE, Consent, ConsentPurpose
from lending.customers import Customer, CustomerKind
from lending.documents import DocumentKind
from lending.errors import LendingError
from lending.identifiers import resident_id
from lending.identity_checks import CheckMethod, IdentityResult
from lending.parties import Named, PartyPlace
from lending.relations import RelationKind

PURPOSE = "loan_approval"
# The papers by which a person agrees to the core purposes.
_PAPERS = (DocumentKind.PRIVACY_CONSENT, DocumentKind.CREDIT_AUTHORISATION)
_NOTHING = Decimal(0)


class PartyReasonStands(LendingError):
    """What bars a party is not decided away; another party may take the place."""

    code = "party_reason_stands"
    zh = "核查结论为“不通过”，不能继续办理；请更换当事人、更正资料，或者拒绝申请。"
    en = "What the check found bars this party: name another one, correct the entry, or reject."


@dataclass(frozen=True)
class Question:
    """A party to be asked about: its number opened, and the authorisation it signed."""

    customer_id: int
    is_company: bool
    name: str
    number: str
    authorisation: str


@dataclass(frozen=True)
class Answer:
    """What was answered of one party under which request ids; the identity check knows people only."""

    customer_id: int
    report_request: str
    report: BureauAnswer
    identity_request: str
    identity: IdentityAnswer | None


@TOPICS.topic("register-parties")
def register_parties(
    call: Call, application_no: str, monthly_income: Decimal, monthly_debt: Decimal
) -> dict[str, object]:
    """File everybody whom the entry names beside the applicant, with what each agreed to; whether anyone is there.

    Raises GuarantorRequired, and what :mod:`handlers.party_files`, :mod:`lending.parties`, :mod:`lending.guarantees`
    and :func:`lending.consents.record` refuse.
    """
    application = applications.get(call.session, application_no)
    applicant = customers.get(call.session, application.customer_id or 0)
    named: dict[PartyPlace, Named] = {}
    is_company = applicant.kind is CustomerKind.CORPORATE
    if is_company:
        named[PartyPlace.REPRESENTATIVE] = file_company(call, application, applicant)
    elif call.data.get("joint_debt") is True:
        named[PartyPlace.SPOUSE] = file_spouse(call, application, applicant)
    undertakings = file_guarantors(call, application)
    guarantees.check_product(call.session, application, has_guarantor=bool(undertakings))
    named |= {place: one.named for place, one in undertakings.items()}
    number, by, now = application.application_no, call.actor.employee_id, call.clock_now
    for party in parties.name(call.session, number, applicant, named, now=now):
        one = undertakings.get(party.place)
        if one is not None:
            one.keep(call, party)
            relations.relate(
                call.session, one.named.customer, applicant, RelationKind.GUARANTOR, by=by, now=now
            )
    agreed = {place.value: one.customer for place, one in named.items()}
    for prefix, customer in ({"company": applicant} | agreed if is_company else agreed).items():
        _record_consents(call, number, prefix, customer)
    if not is_company:
        _record_signed_papers(call, number, applicant)
    burden = debt_to_income(call, application, monthly_income, monthly_debt)
    return {"has_parties": bool(named), "dti_percent": (burden * 100).quantize(Decimal("0.01"))}


def _record_consents(call: Call, application_no: str, prefix: str, customer: Customer) -> None:
    """A party's own answer to each core purpose, unless the same answer stands already."""
    given = {purpose for purpose in CORE if call.data.get(f"{prefix}_consent_{purpose.value}") is True}
    standing = {purpose for purpose in CORE if _standing(call, application_no, purpose, customer) is not None}
    if given != standing or not given:
        by, now = call.actor.employee_id, call.clock_now
        consents.record(call.session, application_no, customer.id, given, by=by, now=now, asked=CORE)


def _record_signed_papers(call: Call, application_no: str, applicant: Customer) -> None:
    """Who was not asked at the front desk has agreed by signed papers; from then on each consent can be withdrawn."""
    asked_before = [
        one
        for one in consents.of_application(call.session, application_no)
        if one.customer_id == applicant.id
    ]
    signed = all(documents.find(call.session, application_no, paper) for paper in _PAPERS)
    if signed and not asked_before:
        by, now = call.actor.employee_id, call.clock_now
        consents.record(call.session, application_no, applicant.id, set(CORE), by=by, now=now, asked=CORE)


def _standing(call: Call, application_no: str, purpose: ConsentPurpose, customer: Customer) -> Consent | None:
    return consents.standing(call.session, application_no, purpose, customer.id)


def _to_check(applicant: Customer, people: Sequence[Customer]) -> list[Customer]:
    """Who is asked about beside the applicant, each once; a company that applies is one of them."""
    return [applicant, *people] if applicant.kind is CustomerKind.CORPORATE else list(people)


@TOPICS.topic("check-parties")
def check_parties(call: Call, application_no: str) -> dict[str, object]:
    """Keep what was answered of each party, once a request id. Raises ConsentMissing if one was withdrawn meanwhile."""
    answers: list[Answer] = call.outcome
    for answer in answers:
        consent = consents.require(
            call.session, application_no, ConsentPurpose.BUREAU_QUERY, answer.customer_id
        )
        bureau_reports.record(
            call.session,
            call.world.vault,
            customers.get(call.session, answer.customer_id),
            consent,
            request_id=answer.report_request,
            facts=answer.report.facts,
            purpose=PURPOSE,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
        if answer.identity is not None:
            agrees = answer.identity.agrees
            identity_checks.record(
                call.session,
                application_no,
                customer_id=answer.customer_id,
                method=CheckMethod.TWO_ELEMENTS,
                result=IdentityResult.VERIFIED if agrees else IdentityResult.FAILED,
                request_id=answer.identity_request,
                court_listed=answer.identity.court_listed,
                now=call.clock_now,
            )
    return {"party_problem": ""}


@check_parties.outside
def _ask(call: OutsideCall, application_no: str) -> list[Answer]:
    """Ask of each party under its own consent; asked again after a lost answer they are the same questions.

    Raises ConsentMissing before anything is asked, BureauReportForeign before anything is kept.
    """
    world: World = call.world
    questions: list[Question] = []
    with world.database.read() as session:
        applicant = customers.get(session, applications.get(session, application_no).customer_id or 0)
        for one in _to_check(applicant, parties.people(session, application_no)):
            consents.require(session, application_no, ConsentPurpose.PERSONAL_INFORMATION, one.id)
            consent = consents.require(session, application_no, ConsentPurpose.BUREAU_QUERY, one.id)
            questions.append(
                Question(
                    one.id,
                    one.kind is CustomerKind.CORPORATE,
                    one.name,
                    customers.identity_of(session, world.vault, one),
                    f"{application_no}:{consent.id}:{consent.text_version}",
                )
            )
    return [_answer(call, world, question) for question in questions]


def _answer(call: OutsideCall, world: World, question: Question) -> Answer:
    request = f"{call.idempotency_key}:{question.customer_id}"
    report = world.parties.bureau.report(
        request_id=f"{request}:b",
        name=question.name,
        identity_no=question.number,
        purpose=PURPOSE,
        authorisation=question.authorisation,
    )
    bureau_reports.check_identity(report.identity_no, question.number)
    identity = None
    if not question.is_company:
        identity = world.parties.identity.check(
            request_id=f"{request}:i", name=question.name, identity_no=question.number, method="two_elements"
        )
    return Answer(question.customer_id, f"{request}:b", report, f"{request}:i", identity)


@TOPICS.facts("party-facts")
def party_facts(call: Call, application_no: str) -> dict[str, object]:
    """What the table of the parties asks, the worst of all parties each; everything must be known."""
    application = applications.get(call.session, application_no)
    applicant = customers.get(call.session, application.customer_id or 0)
    people = _to_check(applicant, parties.people(call.session, application_no))
    together = relations.group(call.session, applicant.id)
    owed = exposure.of_customers(call.session, together, besides=application_no)
    limit: Decimal = parameters.value(call.session, "group_exposure_max", call.business_date)
    total = owed + (application.amount or _NOTHING)
    return complete(
        {
            **_found(call, application_no, people),
            **_guaranteeing(call, application, applicant),
            "group_size": len(together),
            "group_exposure": total,
            "group_above_limit": total > limit,
        }
    )


def _found(call: Call, application_no: str, people: Sequence[Customer]) -> dict[str, object]:
    """What bureau and identity check said of the parties; None where one of them said nothing."""
    reports = [
        bureau_reports.facts_of(
            call.session,
            call.world.vault,
            bureau_reports.latest(call.session, application_no, one.id),
        )
        for one in people
    ]
    checks = [
        identity_checks.latest(call.session, application_no, one.id)
        for one in people
        if one.kind is CustomerKind.INDIVIDUAL
    ]
    listed = [check.court_listed if check is not None else None for check in checks]
    return {
        "identity_failed": any(
            check is None or check.result is not IdentityResult.VERIFIED for check in checks
        ),
        "court_listed": None if None in listed else any(listed),
        "overdue_days": _worst([report.overdue_days for report in reports]),
        "overdue_amount": _worst([report.overdue_amount for report in reports]),
        "worst_overdue_days": _worst([report.worst_overdue_days for report in reports]),
    }


def _worst(values: Sequence[int | Decimal | None]) -> int | Decimal | None:
    """The largest of what is known; None if one of them is not."""
    known = [value for value in values if value is not None]
    return max(known, default=0) if len(known) == len(values) else None


def _guaranteeing(call: Call, application: Application, applicant: Customer) -> dict[str, object]:
    """Age, capacity and entanglement of the guarantors; without one the harmless values."""
    session, number = call.session, application.application_no
    instalment = max(row.instalment for row in plan_of(call, application).rows)
    amount = application.amount or _NOTHING
    maturity = months_later(call.business_date, application.term_months or 0)
    ages, at_maturity, capacities, elsewhere = [99], [0], [_NOTHING], [_NOTHING]
    mutual = phone_shared = False
    for party, _guarantee in guarantees.of_application(session, number):
        one = customers.get(session, party.customer_id)
        answered_for = guarantees.guaranteed(session, one.id, besides=number)
        capacity = guarantees.capacity(
            one, party, instalment=instalment, amount=amount, elsewhere=answered_for
        )
        elsewhere.append(answered_for)
        capacities.append(Decimal(99) if capacity is None else capacity)
        phone_shared = phone_shared or one.phone_index == applicant.phone_index
        mutual = mutual or guarantees.is_guarantor_of(session, applicant.id, one.id)
        if one.kind is CustomerKind.INDIVIDUAL:
            identity = customers.identity_of(session, call.world.vault, one)
            ages.append(resident_id.age_on(identity, call.business_date))
            at_maturity.append(resident_id.age_on(identity, maturity))
    return {
        "guarantor_age": min(ages),
        "guarantor_age_at_maturity": max(at_maturity),
        "guarantor_burden": max(capacities),
        "guaranteed_elsewhere": max(elsewhere),
        "mutual_guarantee": mutual,
        "phone_shared": phone_shared,
    }


@TOPICS.topic("record-party-check")
def record_party_check(
    call: Call, application_no: str, party_hits: Sequence[dict[str, str]] | None
) -> dict[str, object]:
    """Any REJECT wins, then REFER, else PASS; in plain words what was found."""
    hits = list(party_hits or ())
    results = {hit["result"] for hit in hits}
    outcome = next((result for result in ("REJECT", "REFER") if result in results), "PASS")
    words = dict.fromkeys(hit["reason"] for hit in hits if hit["result"] == outcome and outcome != "PASS")
    return {"party_outcome": outcome.lower(), "party_problem": "；".join(words)}


@TOPICS.topic("record-party-decision")
def record_party_decision(
    call: Call, party_decision: str, party_note: str, party_outcome: str | None = None
) -> dict[str, object]:
    """What a person makes of it. Raises PartyReasonStands if he would go on over a REJECT or an unfinished check."""
    if party_decision == "go_on" and party_outcome != "refer":
        raise PartyReasonStands()
    return {"party_decision": party_decision}


@TOPICS.topic("renew-consents")
def renew_consents(call: Call, application_no: str) -> dict[str, object]:
    """Each party that had withdrawn has signed anew: its answers stand again, in a new round."""
    attach_all(call)
    for customer_id in dict.fromkeys(
        consent.customer_id for consent in consents.taken_back(call.session, application_no)
    ):
        consents.record(
            call.session,
            application_no,
            customer_id,
            set(CORE),
            by=call.actor.employee_id,
            now=call.clock_now,
            asked=CORE,
        )
    return {"consent_choice": None}

"""Identity at the front desk: asked of the checking party, and judged by two people when it differs twice."""

from __future__ import annotations

from engine.topics import Call, OutsideCall
from handlers.applications import register_applicant
from handlers.register import TOPICS
from handlers.world import IdentityAnswer, World
from lending import applicants, customers, identity_checks
from lending.consents import ConsentPurpose, require
from lending.identity_checks import CheckMethod, IdentityResult


@TOPICS.topic("verify-identity")
def verify_identity(call: Call, application_no: str, identity_method: str) -> dict[str, object]:
    """Keep what the party found; the name and number that agree are those of the file from now on."""
    outcome: tuple[str, IdentityAnswer] = call.outcome
    request_id, answer = outcome
    result = IdentityResult.VERIFIED if answer.agrees else IdentityResult.FAILED
    settled = _settle(call, application_no) if answer.agrees else {}
    identity_checks.record(
        call.session,
        application_no,
        method=CheckMethod(identity_method),
        result=result,
        request_id=request_id,
        court_listed=answer.court_listed,
        now=call.clock_now,
    )
    return {
        **settled,
        "identity_result": result.value,
        "identity_failures": identity_checks.failures(call.session, application_no),
    }


@verify_identity.outside
def _check(
    call: OutsideCall, application_no: str, customer_name: str, identity_no: str, identity_method: str
) -> tuple[str, IdentityAnswer]:
    """Ask under the consent; asked again after a lost answer it is the same check."""
    world: World = call.world
    with world.database.read() as session:
        require(session, application_no, ConsentPurpose.PERSONAL_INFORMATION)
    answer = world.parties.identity.check(
        request_id=call.idempotency_key,
        name=customer_name,
        identity_no=call.reveal(identity_no),
        method=identity_method,
    )
    return call.idempotency_key, answer


@TOPICS.topic("record-manual-check")
def record_manual_check(
    call: Call,
    *,
    application_no: str,
    first_identity_result: str,
    first_identity_note: str,
    second_identity_result: str,
    second_identity_note: str,
) -> dict[str, object]:
    """Two people judged on their own: both must agree that it is he; one doubt refers, one denial rejects."""
    results = {IdentityResult(first_identity_result), IdentityResult(second_identity_result)}
    if IdentityResult.FAILED in results:
        result = IdentityResult.FAILED
    elif results == {IdentityResult.VERIFIED}:
        result = IdentityResult.VERIFIED
    else:
        result = IdentityResult.UNDECIDED
    identity_checks.record(
        call.session,
        application_no,
        method=CheckMethod.TWO_PEOPLE,
        result=result,
        second_by=call.actor.employee_id,
        note=f"{first_identity_note}\n{second_identity_note}"[:500],
        now=call.clock_now,
    )
    settled = _settle(call, application_no) if result is IdentityResult.VERIFIED else {}
    return {**settled, "identity_result": result.value}


def _settle(call: Call, application_no: str) -> dict[str, object]:
    """Bring the file and the application to the name and number that were found to belong together."""
    known = customers.find_by_identity(call.session, call.world.vault, call.reveal(call.data["identity_no"]))
    if known is not None:
        customers.correct_name(call.session, known, call.data["customer_name"])
    customer = register_applicant(call, application_no)
    applicants.name_applicant(call.session, application_no, customer)
    call.describe(title=customer.name)
    return {"customer_id": customer.id}

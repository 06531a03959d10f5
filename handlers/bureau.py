"""The bureau query: only under a standing consent, only for the applicant, each query kept with its purpose."""

from __future__ import annotations

from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.world import BureauAnswer, World
from lending import bureau_reports, customers
from lending.consents import ConsentPurpose, require

PURPOSE = "loan_approval"


@TOPICS.topic("query-bureau")
def query_bureau(call: Call, application_no: str, customer_id: int) -> dict[str, object]:
    """Keep the report sealed, once a request id. Raises ConsentMissing if the consent was withdrawn meanwhile."""
    outcome: tuple[str, BureauAnswer] = call.outcome
    request_id, answer = outcome
    consent = require(call.session, application_no, ConsentPurpose.BUREAU_QUERY)
    bureau_reports.record(
        call.session,
        call.world.vault,
        customers.get(call.session, customer_id),
        consent,
        request_id=request_id,
        facts=answer.facts,
        purpose=PURPOSE,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {}


@query_bureau.outside
def _query(
    call: OutsideCall, application_no: str, customer_name: str, identity_no: str
) -> tuple[str, BureauAnswer]:
    """Ask under the consent; the answer must speak of the applicant.

    Raises ConsentMissing before anything is asked, BureauReportForeign before anything is kept.
    """
    world: World = call.world
    with world.database.read() as session:
        consent = require(session, application_no, ConsentPurpose.BUREAU_QUERY)
        authorisation = f"{application_no}:{consent.id}:{consent.text_version}"
    identity = call.reveal(identity_no)
    answer = world.parties.bureau.report(
        request_id=call.idempotency_key,
        name=customer_name,
        identity_no=identity,
        purpose=PURPOSE,
        authorisation=authorisation,
    )
    bureau_reports.check_identity(answer.identity_no, identity)
    return call.idempotency_key, answer

"""What became of an application, told to the customer by short message and to its owner in plain words."""

from __future__ import annotations

from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.reminding import tell_owner
from handlers.supplements import message
from handlers.world import World
from lending import applications
from lending.applications import ApplicationStatus

_TEXTS = {
    ApplicationStatus.APPROVED: "approved",
    ApplicationStatus.CONDITIONALLY_APPROVED: "approved",
    ApplicationStatus.REJECTED: "rejected",
    ApplicationStatus.CLOSED_TIMEOUT: "closed",
}


@TOPICS.topic("tell-outcome")
def tell_outcome(call: Call, application_no: str) -> dict[str, object]:
    """The owner learns the outcome and, of a rejection, the reasons as the customer is to be told them."""
    application = applications.get(call.session, application_no)
    if application.status in _TEXTS:
        tell_owner(
            call,
            "application_decided",
            str(call.instance_id),
            outcome=application.status.value,
            reasons=list(application.reason_codes or ()),
        )
    return {}


@tell_outcome.outside
def _send(call: OutsideCall, application_no: str, mobile: str | None = None) -> None:
    """One message to the customer, without his name or the reasons; none of an application he withdrew himself."""
    world: World = call.world
    with world.database.read() as session:
        template = _TEXTS.get(applications.get(session, application_no).status)
    if template is not None and mobile is not None:
        world.parties.sms.send(
            request_id=call.idempotency_key,
            mobile=call.reveal(mobile),
            text=message(template, application_no),
        )

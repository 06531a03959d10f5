"""The risk notice at the front desk: printed for the choice, read under the server's clock, confirmed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from company.organisation import business_date
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.register import TOPICS
from handlers.world import World
from lending import documents, risk_notices
from lending.documents import DocumentKind, StoredDocument
from lending.printing import Template, notice_facts, render

_HOME = ZoneInfo("Asia/Shanghai")


@TOPICS.topic("print-risk-notice")
def print_risk_notice(call: Call, application_no: str) -> dict[str, object]:
    """Keep the print among the documents of the case, its hash with the receipt."""
    stored: StoredDocument = call.outcome
    receipt = risk_notices.record_print(call.session, application_no, stored.sha256, on=call.business_date)
    documents.attach(
        call.session,
        application_no,
        DocumentKind.RISK_NOTICE,
        f"{application_no}-XZ.pdf",
        stored,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {"notice_seconds_min": receipt.reading_seconds_min}


@print_risk_notice.outside
def _print(call: OutsideCall, application_no: str) -> StoredDocument:
    """Print the notice and put it into the file store."""
    world: World = call.world
    with world.database.read() as session:
        facts, on = notice_facts.risk_notice(session, application_no), business_date(session)
    return documents.store(world.files, "notice.pdf", render(Template.RISK_NOTICE, facts, on=on))


@TOPICS.topic("open-reading")
def open_reading(call: Call, application_no: str) -> dict[str, object]:
    """The customer has the notice before him from now on."""
    receipt = risk_notices.open_reading(
        call.session, application_no, by=call.actor.employee_id, now=call.clock_now
    )
    opened = receipt.opened_at or call.clock_now
    return {"notice_opened": opened.astimezone(_HOME).strftime("%H:%M:%S")}


@TOPICS.topic("record-risk-notice")
def record_risk_notice(call: Call, application_no: str) -> dict[str, object]:
    """Keep the signed notice. Raises ReadingTooShort, which leaves the task as it was."""
    attach_all(call)
    risk_notices.confirm(call.session, application_no, by=call.actor.employee_id, now=call.clock_now)
    return {}

"""Topics of the use of funds: when the proof is due, whether it is on file, and what follows where it is not."""

from __future__ import annotations

from datetime import date, timedelta

from company import outbox, parameters
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.customer_messages import tell_customer
from handlers.register import TOPICS
from lending import customers, documents, loans
from lending.alerts import AlertKind, AlertLevel, raise_alert
from lending.documents import DocumentKind

WANTED = (
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.REGISTRATION_CERTIFICATE,
)
_INSTEAD = DocumentKind.FUND_USE_PROOF


@TOPICS.topic("open-fund-use")
def open_fund_use(call: Call, loan_no: str) -> dict[str, object]:
    """From the pay-out on so many days (parameter ``fund_use_days``)."""
    loan = loans.get(call.session, loan_no)
    days: dict[str, int] = parameters.value(call.session, "fund_use_days", call.business_date)
    paid_on = loan.value_date or call.business_date
    call.describe(
        title=customers.get(call.session, loan.customer_id).name,
        subtitle=loan_no,
        amount=loan.principal,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    return {
        "fund_use_due_on": paid_on + timedelta(days=days["due"]),
        "fund_use_grave_on": paid_on + timedelta(days=days["grave"]),
    }


@TOPICS.topic("check-fund-use")
def check_fund_use(call: Call, application_no: str) -> dict[str, object]:
    """Whether invoice and registration certificate, or another proof that a person accepted, are on file."""
    missing = [kind for kind in WANTED if documents.find(call.session, application_no, kind) is None]
    other = documents.find(call.session, application_no, _INSTEAD) is not None
    return {
        "fund_use_proven": other or not missing,
        "fund_use_missing": "、".join(kind.zh for kind in missing),
        "fund_use_finding": None,
    }


@TOPICS.topic("alert-fund-use")
def alert_fund_use(
    call: Call, loan_no: str, fund_use_missing: str, fund_use_grave_on: date
) -> dict[str, object]:
    """A yellow alert, and the customer is asked for the proof."""
    _alert(call, loan_no, AlertLevel.YELLOW, fund_use_missing)
    tell_customer(call, loan_no, "fund_use_due", loan_no, what=fund_use_missing, on=fund_use_grave_on)
    return {}


@TOPICS.topic("alert-fund-use-grave")
def alert_fund_use_grave(call: Call, loan_no: str, fund_use_missing: str) -> dict[str, object]:
    """A red alert."""
    _alert(call, loan_no, AlertLevel.RED, fund_use_missing)
    return {}


def _alert(call: Call, loan_no: str, level: AlertLevel, missing: str) -> None:
    raise_alert(
        call.session,
        loan_no,
        AlertKind.FUND_USE_MISSING,
        level,
        level.value,
        facts={"missing": missing},
        on=call.business_date,
        now=call.clock_now,
    )


@TOPICS.topic("record-fund-use")
def record_fund_use(call: Call) -> dict[str, object]:
    """Keep what was supplied among the documents of the application."""
    attach_all(call)
    return {}


@TOPICS.topic("tell-misuse")
def tell_misuse(call: Call, loan_no: str, fund_use_note: str) -> dict[str, object]:
    """Tell risk and legal that the money was misused: penalty interest and calling in are theirs to decide."""
    loan = loans.get(call.session, loan_no)
    for role_id in ("postloan_manager", "legal", "branch_manager"):
        payload = {
            "template": "fund_misused",
            "role_id": role_id,
            "unit_id": loan.unit_id,
            "loan_no": loan_no,
            "note": fund_use_note,
        }
        outbox.put(call.session, "notify", f"fund_misused:{loan_no}:{role_id}", payload, call.clock_now)
    return {}

"""What the case page shows of the anti-fraud checks, for who reads or decides rules: not who brings the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from company.people import Employee
from lending import fraud
from lending.fraud import FraudCheck, FraudOutcome
from web.access import allowed
from web.language import current, named
from web.language import translate as _


@dataclass(frozen=True)
class CheckRow:
    """One check: what was found in words, the score, what followed, and what a person made of it."""

    at: datetime
    score: str
    outcome: str
    colour: str
    findings: list[str]
    verdict: str
    reason: str
    judge: str


_COLOURS = {FraudOutcome.BLOCK: "red", FraudOutcome.REFER: "orange"}


def rows_of(session: Session, business_key: str) -> list[CheckRow]:
    """Every check of an application, the latest first; none for who may not read the rules."""
    if not allowed("rules", "RA"):
        return []
    return [_row(session, check) for check in reversed(fraud.of_application(session, business_key))]


def _row(session: Session, check: FraudCheck) -> CheckRow:
    judge = session.get(Employee, check.verdict_by) if check.verdict_by else None
    return CheckRow(
        at=check.asked_at,
        score="—" if check.score is None else str(check.score),
        outcome=check.outcome.label(current()) if check.outcome else _("检查中"),
        colour=_COLOURS.get(check.outcome, "green") if check.outcome else "grey",
        findings=[one.label(current()) for one in check.findings],
        verdict=check.verdict.label(current()) if check.verdict else "",
        reason=check.verdict_reason or "",
        judge=named(judge) if judge else "",
    )

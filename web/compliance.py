"""The compliance register: each rule with its source, whose it is and when it is reviewed; the reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import Employee, Role
from lending import compliance, typed
from lending.compliance import ComplianceReview, ComplianceRule
from web.access import allowed, grants
from web.display import Tone
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("compliance", __name__)
# Who may enter rules of the house's own may review any; the others those of their own roles.
_KEEPS = "C"


@dataclass(frozen=True)
class Row:
    """A rule with the role that answers for it, its last review, and how near the next one is."""

    rule: ComplianceRule
    owner: Role | None
    last: ComplianceReview | None
    reviewer: Employee | None
    tone: Tone
    may_review: bool


@pages.get("/compliance")
def index() -> ResponseReturnValue:
    """The register, what is to be reviewed first at the top."""
    grants("compliance")
    with wired().database.read() as session:
        asked = select(ComplianceRule).order_by(ComplianceRule.next_review_on, ComplianceRule.id)
        found = list(session.scalars(asked))
        return render_template(
            "compliance.html",
            rows=_rows(session, found),
            roles=list(session.scalars(select(Role).order_by(Role.id)))
            if allowed("compliance", _KEEPS)
            else [],
            today=business_date(session),
        )


def _rows(session: Session, found: list[ComplianceRule]) -> list[Row]:
    today = business_date(session)
    roles = {role.id: role for role in session.scalars(select(Role))}
    last: dict[int, ComplianceReview] = {}
    for made in session.scalars(select(ComplianceReview).order_by(ComplianceReview.id)):
        last[made.rule_id] = made
    asked = select(Employee).where(Employee.id.in_({made.reviewed_by for made in last.values()}))
    people = {one.id: one for one in session.scalars(asked)}
    rows = []
    for rule in found:
        review = last.get(rule.id)
        rows.append(
            Row(
                rule,
                roles.get(rule.owner_role),
                review,
                people.get(review.reviewed_by) if review else None,
                _tone(rule.next_review_on, today),
                _may_review(rule),
            )
        )
    return rows


def _tone(due: date, today: date) -> Tone:
    if due < today:
        return "late"
    return "soon" if (due - today).days <= compliance.REMIND_DAYS else "calm"


def _may_review(rule: ComplianceRule) -> bool:
    return allowed("compliance", "U") and (
        allowed("compliance", _KEEPS) or rule.owner_role in me().actor.roles
    )


@pages.post("/compliance")
def add() -> ResponseReturnValue:
    """Enter a rule of the house's own."""
    grants("compliance", _KEEPS)
    given = {name: text.strip() for name, text in request.form.items()}
    owner, day = given.get("owner_role", ""), typed.calendar_day(given.get("next_review_on", ""))
    months = typed.whole_number(given.get("every_months", ""))
    actor = me().actor
    with command() as session:
        if session.get(Role, owner) is None:
            raise typed.NotAChoice(text=owner[:40])
        made = compliance.add(
            session,
            ComplianceRule(
                code=given.get("code", "")[:32],
                name=given.get("name", "")[:120],
                name_en=given.get("name_en", "")[:120],
                source=given.get("source", "")[:200],
                duty=given.get("duty", "")[:400],
                duty_en=given.get("duty_en", "")[:400],
                owner_role=owner,
                every_months=months,
                next_review_on=day,
            ),
        )
        facts = {"source": made.source, "owner": owner, "next_review_on": day}
        audit.record(
            session, wired().clock.now(), actor, "compliance.add", "compliance_rule", made.code, after=facts
        )
    tell(_("已登记合规要求。"), "good")
    return redirect(url_for("compliance.index"), 303)


@pages.post("/compliance/<int:rule_id>/review")
def review(rule_id: int) -> ResponseReturnValue:
    """Record a review by who answers for the rule."""
    grants("compliance", "U")
    now, actor = wired().clock.now(), me().actor
    kept = request.form.get("kept") == "1"
    with command() as session:
        rule = session.get(ComplianceRule, rule_id) if rule_id < 2**31 else None
        if rule is None:
            abort(404)
        if not _may_review(rule):
            abort(403)
        compliance.review(
            session,
            rule,
            kept=kept,
            finding=request.form.get("finding", ""),
            by=actor.employee_id or 0,
            today=business_date(session),
            now=now,
        )
        facts = {"kept": kept, "next_review_on": rule.next_review_on}
        audit.record(session, now, actor, "compliance.review", "compliance_rule", rule.code, after=facts)
    tell(_("复核已登记。"), "good")
    return redirect(url_for("compliance.index"), 303)

"""Callbacks: the calendar of a month with its board, one callback with why its day was chosen, and what they found."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import Employee, in_scope
from engine import deployments, sight
from engine.tasks import TaskStatus, UserTask
from lending import (
    breaches,
    callback_contacts,
    callback_link_records,
    callback_links,
    callback_reports,
    callbacks,
    customers,
    typed,
)
from lending.callback_kinds import CallbackOutcome, CallbackStatus, WarningLevel
from lending.callback_reports import Segment, Stand, month_of
from lending.callbacks import CallbackVisit
from lending.customer_changes import CustomerField
from lending.customers import Customer
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.personal_access import AccessKind, AccessPurpose
from web import contact_panel, customer_protection
from web.access import allowed, grants
from web.answered import answered
from web.display import share
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.story import Texts
from web.summary import Facts, person_name
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("callbacks", __name__)
ROWS_MAX = 200
_PROCESS = "callback_visit"
_PLACE = ("visit_latitude", "visit_longitude")
_REPORT_DAYS = timedelta(days=365)
_YEARS = range(2000, 3000)
_COLOURS = {
    CallbackStatus.PLANNED: "grey",
    CallbackStatus.PREPARING: "blue",
    CallbackStatus.CONTACTING: "blue",
    CallbackStatus.DONE: "green",
    CallbackStatus.UNREACHABLE: "orange",
    CallbackStatus.REFUSED: "orange",
}


@dataclass(frozen=True)
class Day:
    """A day of the calendar: how many callbacks lie on it; None outside the month."""

    day: date
    count: int | None
    is_today: bool


@pages.get("/callbacks")
def index() -> ResponseReturnValue:
    """The planner: the month's calendar, its board, and its callbacks, of one stand or one day only when asked."""
    visible = _visible("R")
    with wired().database.read() as session:
        today = business_date(session)
        first, last = month_of(_month(request.args.get("month", "")) or today)
        chosen = _day(request.args.get("day", ""))
        since, until = (chosen, chosen) if chosen else (first, last)
        wanted = request.args.get("stand", "")
        stand = Stand(wanted) if Stand.has(wanted) else None
        rows = callback_reports.rows(session, visible, since, until, today=today, stand=stand, limit=ROWS_MAX)
        if chosen:
            rows = [row for row in rows if row.visit.planned_on == chosen]
        return render_template(
            "callbacks.html",
            rows=rows,
            board=callback_reports.board(session, visible, first, last, today=today),
            weeks=_weeks(callback_reports.days(session, visible, first, last), first, today),
            first=first,
            chosen=chosen,
            stand=stand,
            stands=Stand,
            earlier=(first - timedelta(days=1)).strftime("%Y-%m"),
            later=(last + timedelta(days=1)).strftime("%Y-%m"),
            today=today,
            stand_of=callback_reports.stand_of,
            person_name=person_name,
            share=share,
        )


@pages.get("/callbacks/report")
def report() -> ResponseReturnValue:
    """What the callbacks of a time found, by segment: the base of a review of rules and prices."""
    visible = _visible("R")
    chosen = request.args.get("by", "")
    by = Segment(chosen) if Segment.has(chosen) else Segment.GRADE
    with wired().database.read() as session:
        today = business_date(session)
        since = _day(request.args.get("since", "")) or today - _REPORT_DAYS
        until = _day(request.args.get("until", "")) or today
        problem = typed.DaysBackwards(since=since, until=until).text(current()) if since > until else ""
        rows = callback_reports.segments(session, visible, by, since, until) if not problem else []
        outcomes = [outcome for outcome in CallbackOutcome if any(outcome in row.outcomes for row in rows)]
        page = render_template(
            "callback_report.html",
            rows=rows,
            outcomes=outcomes,
            by=by,
            segments=Segment.choices(current()),
            since=since,
            until=until,
            share=share,
            problem=problem,
        )
    return page, 422 if problem else 200


@pages.get("/callbacks/<callback_no>")
def show(callback_no: str) -> ResponseReturnValue:
    """One callback: why its day, how it went, what it found, what was checked; 404 outside the person's reach."""
    return _page(callback_no)


@pages.post("/callbacks/<callback_no>/contact")
def contact(callback_no: str) -> ResponseReturnValue:
    """Ask the gate before the customer is reached; who holds the task then sees how, on this answer alone."""
    now, actor, wiring = wired().clock.now(), me().actor, wired()
    with command() as session:
        visit, loan = _reached(session, callback_no, "U")
        if not any(each.assignee_id in actor.desks for each in _waiting(session, visit, loan)):
            abort(403)
        attempt = callback_contacts.ask(
            session, wiring.vault, visit, loan, wiring.contact_rules, now=now, by=actor.employee_id
        )
        facts = {"allowed": attempt.allowed, "rule": attempt.rule, "channel": attempt.channel.value}
        audit.record(session, now, actor, "callback.contact", "loan", loan.loan_no, after=facts)
        refused_for = contact_panel.reasons(session, [attempt]).get(attempt.id)
        if refused_for is None:
            customer_protection.note(
                session,
                loan.customer_id,
                AccessKind.REVEAL,
                field=CustomerField.PHONE.value,
                purpose=AccessPurpose.CONTACT,
                reason=callback_no,
            )
    if refused_for is None:
        return _page(callback_no, with_contact=True)
    contact_panel.tell_ruling(refused_for)
    return redirect(url_for("callbacks.show", callback_no=callback_no), 303)


def _reached(session: Session, callback_no: str, actions: str) -> tuple[CallbackVisit, Loan]:
    found = session.execute(
        select(CallbackVisit, Loan)
        .join(Loan, Loan.loan_no == CallbackVisit.loan_no)
        .where(CallbackVisit.callback_no == callback_no, _visible(actions))
    ).one_or_none()
    if found is None:
        abort(404)
    visit, loan = found
    return visit, loan


def _reach_by(session: Session, customer: Customer) -> Facts:
    """How the customer is reached, whole."""
    vault = wired().vault
    return [
        (_("手机号码"), customers.phone_of(session, vault, customer)),
        (_("地址"), customers.address_of(session, vault, customer) or "—"),
    ]


def _page(callback_no: str, *, with_contact: bool = False) -> str:
    with wired().database.read() as session:
        visit, loan = _reached(session, callback_no, "R")
        customer, tasks = customers.get(session, loan.customer_id), _waiting(session, visit, loan)
        attempts = callbacks.attempts_of(session, visit)
        ids = {each.made_by for each in attempts} | {visit.made_by, visit.quality_by}
        people = {
            one.id: named(one)
            for one in session.scalars(select(Employee).where(Employee.id.in_(ids - {None})))
        }
        definition = deployments.newest(session, _PROCESS)
        said = {name: value for name, value in (visit.answers or {}).items() if name not in _PLACE}
        known = [each for each in breaches.of_loan(session, loan.loan_no) if each.callback_no == callback_no]
        return render_template(
            "callback.html",
            visit=visit,
            link=(link := callback_link_records.of_visit(session, visit.id)),
            link_until=callback_links.last_day(link) if link else None,
            loan=loan,
            name=person_name(customer.name),
            tasks=tasks,
            may_contact=allowed("callback", "U")
            and any(each.assignee_id in me().actor.desks for each in tasks),
            reach_by=_reach_by(session, customer) if with_contact else [],
            texts=Texts([definition]),
            answers=answered(definition, "callback_form", said),
            attempts=attempts,
            people=people,
            breach=known[0] if known else None,
            colour=_COLOURS.get(visit.status, "grey"),
            warned=visit.warning not in (None, WarningLevel.NONE),
            others=callbacks.of_loan(session, loan.loan_no),
        )


def _waiting(session: Session, visit: CallbackVisit, loan: Loan) -> list[UserTask]:
    """The open tasks of a callback under way that the person may look at: a loan has one callback at a time."""
    if visit.open_for is None:
        return []
    asked = select(UserTask).where(
        UserTask.business_key == loan.application_no,
        UserTask.process_id == _PROCESS,
        UserTask.status == TaskStatus.OPEN,
        sight.seen_tasks(me().actor),
    )
    return list(session.scalars(asked.order_by(UserTask.id)))


@pages.post("/loans/<loan_no>/callback")
def arrange(loan_no: str) -> ResponseReturnValue:
    """Plan the loan's next callback for a day, or move it there."""
    visible = _visible("U")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        loan = session.scalar(held(select(Loan).where(Loan.loan_no == loan_no, visible)))
        if loan is None:
            abort(404)
        day = typed.calendar_day(request.form.get("on", "").strip())
        visit = callbacks.arrange(session, loan, day, today=business_date(session), now=now)
        facts = {"callback": visit.callback_no, "on": str(day)}
        audit.record(session, now, actor, "callback.arrange", "loan", loan_no, after=facts)
        number = visit.callback_no
    tell(_("回访 {number} 已安排在 {day}。", number=number, day=day), "good")
    return redirect(url_for("callbacks.show", callback_no=number), 303)


def of_loan(session: Session, loan: Loan) -> list[CallbackVisit] | None:
    """The callbacks that the loan's page shows; None for who may not see them."""
    return callbacks.of_loan(session, loan.loan_no) if allowed("callback") else None


def may_arrange(loan: Loan) -> bool:
    """Whether the person may plan a callback of the loan."""
    return loan.status is LoanStatus.ACTIVE and allowed("callback", "U")


def _visible(actions: str) -> ColumnElement[bool]:
    return in_scope(grants("callback", actions), Loan.unit_id, Loan.owner_id.expression)


def _weeks(counts: dict[date, int], first: date, today: date) -> list[list[Day]]:
    """The weeks of a month from Monday on."""
    return [
        [Day(day, counts.get(day, 0) if day.month == first.month else None, day == today) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]


def _month(text: str) -> date | None:
    return _day(f"{text}-01")


def _day(text: str) -> date | None:
    """A day of an address, None for what is none or lies in no year of a calendar with callbacks."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None

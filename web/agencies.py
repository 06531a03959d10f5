"""Outside agencies: the list with performance and complaints, batches of cases, their masked file, recall."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.calendar import ZONE
from company.organisation import business_date
from lending import typed
from lending.collections import agencies, masked, strategy
from lending.collections.agencies import AgencyComplaint
from lending.collections.cases import CollectionCase
from lending.contacts import Complaint
from lending.loans import Loan
from web.access import allowed, grants
from web.collections import visible
from web.display import share
from web.exporting import Leaving, hand_out
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.typed import number
from web.wiring import command, wired

pages = Blueprint("agencies", __name__)
ROWS_MAX = 100


@pages.get("/collections/agencies")
def index() -> ResponseReturnValue:
    """The agencies with what they have come to, the latest batches, and the cases that legal has released."""
    grants("collection_team", "A")
    today = wired().clock.now().astimezone(ZONE).date()
    with wired().database.read() as session:
        within, on = visible("A"), business_date(session)
        batches = agencies.batches(session, within, ROWS_MAX)
        ready = agencies.ready(session, within)
        return render_template(
            "agencies.html",
            rows=agencies.performance(session),
            ready=strategy.standings(session, ready, [each.loan_no for each in ready], on),
            on=on,
            batches=[(each, agencies.in_batch(session, each, within)) for each in batches],
            names={each.agency.id: each.agency.name for each in agencies.performance(session)},
            share=share,
            today=today,
            latest=today + agencies.PLACED_MAX,
            open_complaints=_complaints(session),
            may_tie=allowed("complaint", "R"),
        )


@pages.post("/collections/agencies")
def create() -> ResponseReturnValue:
    """Put an agency on the list."""
    grants("collection_team", "A")
    form = {name: text.strip() for name, text in request.form.items()}
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        made = agencies.enlist(
            session,
            name=form.get("name", ""),
            credit_code=form.get("credit_code", ""),
            contract_no=form.get("contract_no", ""),
            contract_until=typed.calendar_day(form.get("contract_until", "")),
        )
        facts = {"name": made.name, "credit_code": made.credit_code}
        audit.record(session, now, actor, "agency.enlist", "collection_agency", made.id, after=facts)
    tell(_("机构已列入名单。"), "good")
    return redirect(url_for("agencies.index"), 303)


@pages.post("/collections/agencies/<int:agency_id>/suspend")
def suspend(agency_id: int) -> ResponseReturnValue:
    """Take an agency off or put it on again: a suspended one gets no further case."""
    grants("collection_team", "A")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        found = agencies.agency(session, agency_id)
        found.active = not found.active
        facts = {"active": found.active}
        audit.record(session, now, actor, "agency.suspend", "collection_agency", agency_id, after=facts)
    return redirect(url_for("agencies.index"), 303)


@pages.post("/collections/batches")
def place() -> ResponseReturnValue:
    """Place the chosen cases with an agency until a day."""
    grants("collection_team", "A")
    now, actor = wired().clock.now(), me().actor
    chosen = request.form.getlist("case_no")
    with command() as session:
        made = agencies.place(
            session,
            agencies.agency(session, number(request.form.get("agency")) or 0),
            chosen,
            typed.calendar_day(request.form.get("expires_on", "").strip()),
            within=visible("A"),
            books_at=business_date(session),
            today=now.astimezone(ZONE).date(),
            by=actor.employee_id,
            now=now,
        )
        facts = {"cases": chosen, "expires_on": str(made.expires_on)}
        audit.record(session, now, actor, "agency.place", "agency_batch", made.batch_no, after=facts)
        batch_no = made.batch_no
    wired().wake()
    tell(_("批次 {number} 已委托。", number=batch_no), "good")
    return redirect(url_for("agencies.index"), 303)


@pages.get("/collections/batches/<batch_no>.xlsx")
def file(batch_no: str) -> ResponseReturnValue:
    """The masked file of a batch, for a purpose, with its watermark."""
    grants("collection_team", "A")
    wiring = wired()
    with wiring.database.read() as session:
        found = agencies.batch(session, batch_no)
        to = agencies.agency(session, found.agency_id)
        within, on = visible("A"), business_date(session)
        out = sum(each.open_for is not None for each, _case in agencies.in_batch(session, found, within))
        if not out:
            abort(404)

    def written(mark: str) -> bytes:
        with wiring.database.read() as session:
            again = agencies.batch(session, batch_no)
            return masked.file_of(session, wiring.vault, again, to, mark, within=within, on=on)

    what = _("委外批次 {number}", number=batch_no)
    return hand_out(
        Leaving(
            what,
            out,
            f"{batch_no}.xlsx",
            written,
            ("agency.file", "agency_batch", batch_no),
            {"agency": to.name},
        )
    )


@pages.post("/collections/batches/<batch_no>/recall")
def recall(batch_no: str) -> ResponseReturnValue:
    """Take the chosen cases of a batch back, all of them that are within reach when none is chosen."""
    grants("collection_team", "A")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        found = agencies.batch(session, batch_no, to_change=True)
        within = visible("A")
        if not agencies.in_batch(session, found, within):
            abort(404)
        reason, chosen = request.form.get("why", ""), request.form.getlist("case_no")
        on = now.astimezone(ZONE).date()
        count = agencies.recall(session, found, chosen, reason, within=within, on=on, now=now)
        facts = {"cases": count, "why": reason.strip()}
        audit.record(session, now, actor, "agency.recall", "agency_batch", batch_no, after=facts)
    wired().wake()
    tell(_("已收回 {n} 个案件。", n=count), "good")
    return redirect(url_for("agencies.index"), 303)


@pages.post("/collections/agencies/<int:agency_id>/complaints")
def tie_complaint(agency_id: int) -> ResponseReturnValue:
    """Count a complaint against the agency that it is about."""
    grants("collection_team", "A")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        agencies.agency(session, agency_id)
        complaint_id = number(request.form.get("complaint")) or 0
        if complaint_id not in {each.id for each in _complaints(session)}:
            raise typed.NotAChoice(text=str(complaint_id))
        session.merge(AgencyComplaint(complaint_id=complaint_id, agency_id=agency_id))
        facts = {"complaint": complaint_id}
        audit.record(session, now, actor, "agency.complaint", "collection_agency", agency_id, after=facts)
    return redirect(url_for("agencies.index"), 303)


def _complaints(session: Session) -> list[Complaint]:
    """The complaints of customers with a collection case within reach that count against no agency yet."""
    counted = select(AgencyComplaint.complaint_id)
    collected = (
        select(CollectionCase.customer_id)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(visible("A"))
    )
    asked = select(Complaint).where(Complaint.customer_id.in_(collected), Complaint.id.not_in(counted))
    return list(session.scalars(asked.order_by(Complaint.id.desc()).limit(ROWS_MAX)))

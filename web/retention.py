"""How long which data are kept, whose time is over, and the proposal to erase, which a second person decides."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from company import audit, parameters
from company.organisation import business_date
from lending import customers, proposals, retention
from lending.proposal_kinds import KINDS
from lending.proposals import ProposalSubject
from lending.retention import Keep
from web.access import allowed, grants
from web.language import translate as _
from web.proposals import rows_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("retention", __name__)
ROWS_MAX = 50


@dataclass(frozen=True)
class Due:
    """A customer whose time is over."""

    customer_id: int
    name: str
    keep: Keep


@pages.get("/retention")
def index() -> ResponseReturnValue:
    """The rules, the customers whose time is over, and what was proposed and decided."""
    grants("retention")
    after = max(request.args.get("after", 0, type=int), 0)
    with wired().database.read() as session:
        today = business_date(session)
        found = retention.due(session, today, after=min(after, 2**31 - 1), limit=ROWS_MAX + 1)
        shown = [Due(customer.id, customer.name, keep) for customer, keep in found[:ROWS_MAX]]
        more = url_for("retention.index", after=shown[-1].customer_id) if found[ROWS_MAX:] else None
        return render_template(
            "retention.html",
            rules=parameters.value(session, "retention_rules", today),
            due=shown,
            more=more,
            rows=rows_of(session, proposals.all_of(session, ProposalSubject.ERASURE, ROWS_MAX)),
            may_propose=allowed("retention", "C"),
        )


@pages.post("/retention/<int:customer_id>/erase")
def propose(customer_id: int) -> ResponseReturnValue:
    """Propose that the data of a customer whose time is over are erased."""
    grants("retention", "C")
    wiring, actor = wired(), me().actor
    with command() as session:
        today, now = business_date(session), wiring.clock.now()
        customer = customers.get(session, min(customer_id, 2**31 - 1))
        keep = retention.require_over(session, customer, today)
        proposal = proposals.propose(
            session,
            wiring.vault,
            KINDS,
            ProposalSubject.ERASURE,
            str(customer.id),
            {"kept_until": keep.until, "source": keep.source},
            valid_from=today,
            reason=request.form.get("reason", ""),
            unit_id=customer.unit_id,
            by=actor.employee_id or 0,
            today=today,
            now=now,
        )
        facts = {"proposal": proposal.id, "kept_until": keep.until}
        audit.record(session, now, actor, "retention.propose", "customer", customer.id, after=facts)
    tell(_("已提交，须另一人复核。"), "good")
    return redirect(url_for("retention.index"), 303)

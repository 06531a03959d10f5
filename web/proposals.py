"""Changes that wait for a second person: the list, what one would change, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Integer, and_, cast, null, or_, select
from sqlalchemy.orm import Session

from company import audit, parameter_changes, parameter_words, parameters
from company.organisation import business_date
from company.people import Employee, in_scope
from lending import (
    category_verdicts,
    ceilings,
    funding,
    product_versions,
    products,
    proposals,
)
from lending.dealers import Dealer
from lending.errors import NotFound
from lending.proposal_kinds import KINDS
from lending.proposals import Proposal, ProposalStatus, ProposalSubject
from web.access import allowed, grants
from web.display import day
from web.language import current, named
from web.language import translate as _
from web.price_lines import price_lines
from web.proposal_words import label_of, shown
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("proposals", __name__)
ROWS_MAX = 200
NOBODY = cast(null(), Integer)
"""The owner of what belongs to no person."""
THINGS = {
    ProposalSubject.DEALER_NEW: "dealer",
    ProposalSubject.DEALER: "dealer",
    ProposalSubject.PRODUCT: "product",
    ProposalSubject.RATE_PLAN: "product",
    ProposalSubject.PRICE: "price",
    ProposalSubject.PRICE_TABLE: "price",
    ProposalSubject.CEILING: "product",
    ProposalSubject.FUNDING_NEW: "product",
    ProposalSubject.FUNDING: "product",
    ProposalSubject.CATEGORY: "classification",
    ProposalSubject.DOCUMENT_RULE: "product",
    ProposalSubject.PARAMETER: "rules",
    ProposalSubject.ERASURE: "retention",
    ProposalSubject.DEBIT: "ledger",
}


@dataclass(frozen=True)
class Row:
    """One proposal in the list."""

    proposal: Proposal
    title: str
    proposer: str
    decider: str
    lines: list[tuple[str, str, str]]
    may_decide: bool
    may_withdraw: bool


def _readable() -> ColumnElement[bool]:
    """The proposals about things that the person proposes, approves or reads beyond own cases."""
    conditions = [
        and_(
            Proposal.subject.in_([subject for subject, one in THINGS.items() if one == thing]),
            in_scope(grants(thing, "RAX"), Proposal.unit_id, Proposal.proposed_by),
        )
        for thing in dict.fromkeys(THINGS.values())
        if may_follow(thing)
    ]
    if not conditions:
        abort(403)
    return or_(*conditions)


def may_follow(thing: str) -> bool:
    """Whether the person has to do with the changes of a thing: proposes or decides them, or audits."""
    return allowed(thing, "CUAX") or (allowed(thing) and allowed("audit_log"))


def may_follow_any() -> bool:
    """Whether there is a list of changes for the person."""
    return any(may_follow(thing) for thing in THINGS.values())


def waiting_count(session: Session) -> int:
    """How many changes wait for the person's decision."""
    return sum(1 for row in _rows(session, everything=False) if row.may_decide)


@pages.get("/changes")
def index() -> ResponseReturnValue:
    """What waits, or everything that was ever proposed, the latest first."""
    everything = request.args.get("all") == "1"
    with wired().database.read() as session:
        return render_template("proposals.html", rows=_rows(session, everything=everything), every=everything)


def _rows(session: Session, *, everything: bool) -> list[Row]:
    asked = select(Proposal).where(_readable())
    if not everything:
        asked = asked.where(Proposal.status == ProposalStatus.OPEN)
    found = session.scalars(asked.order_by(Proposal.id.desc()).limit(ROWS_MAX)).all()
    return rows_of(session, list(found))


def rows_of(session: Session, found: list[Proposal]) -> list[Row]:
    """Proposals as a page shows them."""
    ids = {each.proposed_by for each in found} | {each.decided_by for each in found}
    people = {
        one.id: named(one)
        for one in session.scalars(select(Employee).where(Employee.id.in_([each for each in ids if each])))
    }
    mine = me().actor.employee_id
    return [
        Row(
            each,
            _title(session, each),
            people.get(each.proposed_by, ""),
            people.get(each.decided_by or 0, ""),
            _lines(session, each),
            each.status is ProposalStatus.OPEN and each.proposed_by != mine and _may_decide(session, each),
            each.status is ProposalStatus.OPEN and each.proposed_by == mine,
        )
        for each in found
    ]


def _may_decide(session: Session, proposal: Proposal) -> bool:
    thing = THINGS[proposal.subject]
    if not allowed(thing, "A"):
        return False
    mine = in_scope(grants(thing, "A"), Proposal.unit_id, NOBODY)
    return session.scalar(select(Proposal.id).where(Proposal.id == proposal.id, mine)) is not None


def _title(session: Session, proposal: Proposal) -> str:
    match proposal.subject:
        case ProposalSubject.DEALER:
            dealer = session.get(Dealer, int(proposal.key))
            return dealer.name if dealer else proposal.key
        case ProposalSubject.DEALER_NEW | ProposalSubject.FUNDING_NEW | ProposalSubject.FUNDING:
            return f"{proposal.change['name']} {proposal.key}"
        case ProposalSubject.PRODUCT | ProposalSubject.RATE_PLAN:
            return named(products.get(session, proposal.key))
        case ProposalSubject.CEILING:
            return ""
        case ProposalSubject.PARAMETER:
            return parameter_words.title(proposal.key, current())
    return proposal.key


def _lines(session: Session, proposal: Proposal) -> list[tuple[str, str, str]]:
    """Label, value before and value after of what would change."""
    before: Mapping[str, object] = {}
    if proposal.subject is ProposalSubject.DEALER:
        dealer = session.get_one(Dealer, int(proposal.key))
        before = {name: getattr(dealer, name, None) for name in proposal.change}
        before = {**before, "account_sealed": f"**** {dealer.account_last4}"}
    elif proposal.subject is ProposalSubject.PRODUCT:
        try:
            before = product_versions.terms_of(products.get(session, proposal.key))
        except NotFound:
            before = {}
    elif proposal.subject is ProposalSubject.CEILING:
        in_force = ceilings.in_force(session, business_date(session))
        before = {one.value: share for one, share in in_force.items()}
    elif proposal.subject is ProposalSubject.FUNDING:
        party = funding.versions(session, proposal.key)[0]
        before = {**funding.terms_of(party), "account_sealed": f"**** {party.account_last4}"}
    elif proposal.subject is ProposalSubject.PARAMETER:
        return _parts(session, proposal)
    elif proposal.subject is ProposalSubject.CATEGORY:
        before = {"category": category_verdicts.standing(session, proposal.key).category}
    elif proposal.subject is ProposalSubject.PRICE_TABLE:
        return price_lines(session, proposal)
    decided = proposal.status is not ProposalStatus.OPEN
    return [
        (label_of(name), "" if decided else shown(name, before.get(name)), shown(name, value))
        for name, value in proposal.change.items()
        if decided or before.get(name) != value
    ]


def _parts(session: Session, proposal: Proposal) -> list[tuple[str, str, str]]:
    decided = proposal.status is not ProposalStatus.OPEN
    old = parameter_changes.parts(parameters.versions(session, proposal.key)[0].value)
    return [
        (
            parameter_words.part(path, current()),
            "" if decided else parameter_words.value(old.get(path), current()),
            parameter_words.value(value, current()),
        )
        for path, value in proposal.change.items()
    ]


def _reached(session: Session, proposal_id: int, action: str | None) -> Proposal:
    """The proposal, held; 404 outside the person's scope, 403 without the right to decide."""
    proposal = None
    if proposal_id < 2**31:
        proposal = session.scalar(select(Proposal).where(Proposal.id == proposal_id, _readable()))
    if proposal is None:
        abort(404)
    if action is not None:
        mine = in_scope(grants(THINGS[proposal.subject], action), Proposal.unit_id, NOBODY)
        if session.scalar(select(Proposal.id).where(Proposal.id == proposal_id, mine)) is None:
            abort(403)
    return proposal


@pages.post("/changes/<int:proposal_id>/approve")
def approve(proposal_id: int) -> ResponseReturnValue:
    """Let the change come into force, by a second person."""
    wiring, actor = wired(), me().actor
    with command() as session:
        _reached(session, proposal_id, "A")
        proposal = proposals.approve(
            session,
            wiring.vault,
            KINDS,
            proposal_id,
            by=actor.employee_id or 0,
            username=actor.username,
            today=business_date(session),
            now=wiring.clock.now(),
        )
        _note(session, proposal, "proposal.approve")
    wiring.wake()
    tell(_("已复核，变更自 {day} 起生效。", day=day(proposal.valid_from)), "good")
    return redirect(url_for("proposals.index"), 303)


@pages.post("/changes/<int:proposal_id>/refuse")
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Send the change back with a reason."""
    wiring, actor = wired(), me().actor
    with command() as session:
        _reached(session, proposal_id, "A")
        note = request.form.get("note", "")
        proposal = proposals.refuse(
            session, proposal_id, by=actor.employee_id or 0, note=note, now=wiring.clock.now()
        )
        _note(session, proposal, "proposal.refuse")
    tell(_("已退回。"), "good")
    return redirect(url_for("proposals.index"), 303)


@pages.post("/changes/<int:proposal_id>/withdraw")
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take one's own change back."""
    wiring, actor = wired(), me().actor
    with command() as session:
        _reached(session, proposal_id, None)
        proposal = proposals.withdraw(session, proposal_id, by=actor.employee_id or 0, now=wiring.clock.now())
        _note(session, proposal, "proposal.withdraw")
    tell(_("已撤回。"), "good")
    return redirect(url_for("proposals.index"), 303)


def _note(session: Session, proposal: Proposal, action: str) -> None:
    facts = {
        "subject": proposal.subject.value,
        "key": proposal.key,
        "valid_from": proposal.valid_from,
        "change": {name: value for name, value in proposal.change.items() if name != "account_sealed"},
    }
    audit.record(session, wired().clock.now(), me().actor, action, "proposal", proposal.id, after=facts)


def made(
    session: Session,
    subject: ProposalSubject,
    key: str,
    change: Mapping[str, object],
    *,
    valid_from: date,
    reason: str,
    unit_id: int,
) -> Proposal:
    """Write a change down in the person's name, with its audit entry; raises what the subject refuses."""
    wiring, actor = wired(), me().actor
    proposal = proposals.propose(
        session,
        wiring.vault,
        KINDS,
        subject,
        key,
        change,
        valid_from=valid_from,
        reason=reason,
        unit_id=unit_id,
        by=actor.employee_id or 0,
        today=business_date(session),
        now=wiring.clock.now(),
    )
    _note(session, proposal, "proposal.make")
    return proposal

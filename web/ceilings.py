"""The ceilings of loan to value: those of today, since when and why, those to come, and a proposal of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from company.parameters import Parameter
from lending import ceilings, limits, typed
from lending.ceilings import Segment
from lending.proposals import Proposal, ProposalSubject
from web.access import allowed, grants
from web.display import percent
from web.language import current
from web.language import translate as _
from web.proposals import made, rows_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("ceilings", __name__)
_TERMS = ("valid_from", "reason")


@dataclass(frozen=True)
class Row:
    """One segment: what law and house rules allow, the ceiling of today, and that of each version, as they read."""

    segment: Segment
    most: str
    today: str
    versions: tuple[str, ...]


@pages.get("/ceilings")
def index() -> ResponseReturnValue:
    """The ceilings, for who may read the products."""
    grants("product")
    with wired().database.read() as session:
        return _page(session)


def _page(session: Session, *, given: dict[str, str] | None = None, problem: str | None = None) -> str:
    on = business_date(session)
    kept = ceilings.versions(session)
    changes = session.scalars(
        select(Proposal).where(Proposal.subject == ProposalSubject.CEILING).order_by(Proposal.id.desc())
    ).all()
    return render_template(
        "ceilings.html",
        segments=_rows(session, kept, on),
        versions=kept,
        given=given or {one.value: _typed(value) for one, value in ceilings.in_force(session, on).items()},
        problem=problem,
        rows=rows_of(session, list(changes[:20])),
        may_change=allowed("product", "C"),
    )


def _rows(session: Session, kept: list[Parameter], on: date) -> list[Row]:
    most, today = limits.usual_by_segment(session, on), ceilings.in_force(session, on)
    return [
        Row(
            segment=one,
            most=percent(most[one.value]),
            today=percent(today[one]),
            versions=tuple(percent(ceilings.in_force(session, each.valid_from)[one]) for each in kept),
        )
        for one in Segment
    ]


def _typed(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"


@pages.post("/ceilings")
def change() -> ResponseReturnValue:
    """Propose ceilings from a day on; another person decides."""
    grants("product", "C")
    names = (*(one.value for one in Segment), *_TERMS)
    form = {name: request.form.get(name, "").strip()[:200] for name in names}
    try:
        asked: dict[str, object] = {one.value: typed.percentage(form[one.value]) for one in Segment}
        begins = typed.calendar_day(form["valid_from"])
        with command() as session:
            made(
                session,
                ProposalSubject.CEILING,
                ceilings.KEY,
                asked,
                valid_from=begins,
                reason=form["reason"],
                unit_id=me().actor.unit_id or 0,
            )
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, given=form, problem=refusal.text(current())), 422
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("ceilings.index"), 303)

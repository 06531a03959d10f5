"""The page of a case of no application: a booking, a change of a list or a line, a request of a data subject."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, render_template
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import eligibility, history, sight
from engine.tasks import Instance, InstanceStatus, UserTask
from web import booking_cases, story
from web.session import me
from web.story import Texts
from web.summary import person_name
from web.wiring import wired


def shown(session: Session, business_key: str, wanted: int | None) -> str:
    """Where it stands on its diagram, its timeline and decisions; 404 for who may neither see it nor do a step."""
    require_seen(session, business_key)
    cases = history.instances(session, business_key)
    chosen = preferred(cases, wanted)
    definitions = {each.id: each for each in story.definitions_of(session, cases)}
    texts, now = Texts(definitions.values()), wired().clock.now()
    return render_template(
        "other_case.html",
        business_key=business_key,
        title=person_name(chosen.title) if chosen else "",
        cases=[(case, texts.process(case.process_id)) for case in cases],
        chosen=chosen,
        facts=booking_cases.asked_for(session, business_key),
        diagram=chosen and story.diagram(session, chosen, definitions[chosen.definition_id]),
        progress=chosen and story.progress(chosen, definitions[chosen.definition_id], now),
        hits=story.hits(session, business_key, texts),
        timeline=story.timeline(session, business_key, texts, now),
    )


def preferred(cases: Sequence[Instance], wanted: int | None) -> Instance | None:
    """The case asked for, else the latest that runs, else the latest."""
    by_preference = sorted(
        cases, key=lambda case: (case.id == wanted, case.status == InstanceStatus.RUNNING, case.id)
    )
    return by_preference[-1] if by_preference else None


def require_seen(session: Session, business_key: str) -> None:
    """404 unless the person may look at the case within reach, may do one of its tasks, or has done one."""
    actor = me().actor
    in_sight = select(Instance.id).where(Instance.business_key == business_key, sight.in_sight(actor))
    own = select(UserTask.id).where(
        UserTask.business_key == business_key,
        or_(eligibility.is_candidate(actor), UserTask.assignee_id.in_(actor.desks)),
    )
    if session.scalar(in_sight.limit(1)) is None and session.scalar(own.limit(1)) is None:
        abort(404)

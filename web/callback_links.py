"""The page behind a callback's one-time link: no sign-in, nothing of the person before the last four digits are right.

A wrong, used, revoked or expired link is answered alike, and each step asks for the digits again: nothing is remembered
in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.masking import mask_name
from company.messages import Refusal
from company.organisation import the_company
from company.people import SYSTEM
from lending import callback_links, callback_questions, vehicles
from lending.callback_links import LinkGone, Opened, TailWrong
from lending.portal.acts import actor_of
from web.language import current, named
from web.limits import limiter
from web.session import public
from web.wiring import command, wired

pages = Blueprint("callback_links", __name__)
_FIELDS = (*(each.key for each in callback_questions.QUESTIONS), callback_questions.COMPLAINT)
# One more than may be written, so that what is too long is seen to be.
_TEXT_MAX = callback_questions.COMPLAINT_MAX + 1


@pages.get("/callback/<token>")
@public
@limiter.limit("30 per minute")
def show(token: str) -> ResponseReturnValue:
    """Ask for the last four digits of the identity number."""
    _begin_anew()
    with wired().database.read() as session:
        found = callback_links.find(session, wired().vault, token, wired().clock.now())
    return _gone() if found is None else _page("tail")


@pages.post("/callback/<token>")
@public
@limiter.limit("30 per minute")
def answer(token: str) -> ResponseReturnValue:
    """Check the digits; then show the questions, or take the answers."""
    _begin_anew()
    tail = request.form.get("tail", "").strip()[: callback_links.TAIL + 1]
    given = {name: request.form.get(name, "").strip()[:_TEXT_MAX] for name in _FIELDS}
    try:
        shown = _checked(token, tail)
        if shown is None:
            return _page("tail", problem=TailWrong().text(current()), status=401)
        if "answered" not in request.form:
            return _page("questions", tail=tail, shown=shown)
        _take(token, callback_questions.read(given))
    except LinkGone:
        return _gone()
    except (callback_questions.AnswerMissing, callback_questions.ComplaintTooLong) as refused:
        return _page("questions", tail=tail, shown=shown, given=given, problem=refused)
    wired().wake()
    return _page("done")


def _begin_anew() -> None:
    """Each step begins the time anew for which the form's cookie is good; else it would end with that of the first."""
    cookie.permanent = True


def _checked(token: str, tail: str) -> dict[str, str] | None:
    """What the page shows of the loan once the digits are right; None for a wrong try, which counts."""
    now, remote = wired().clock.now(), request.remote_addr or ""
    with command() as session:
        found = callback_links.tried(session, wired().vault, token, tail, now)
        if found is None:
            audit.record(session, now, SYSTEM, "callback.link_refused", "callback", "", remote=remote)
            return None
        who, callback_no = actor_of(found.customer), found.visit.callback_no
        audit.record(session, now, who, "callback.link_opened", "callback", callback_no, remote=remote)
        return _shown(session, found)


def _shown(session: Session, found: Opened) -> dict[str, str]:
    return {
        "name": mask_name(found.customer.name),
        "loan": found.loan.loan_no[-4:],
        "car": vehicles.get(session, found.loan.vehicle_id).model_name,
        "until": callback_links.last_day(found.link).isoformat(),
    }


def _take(token: str, answers: Mapping[str, object]) -> None:
    """Hand the answers to the case of the callback; the digits were right. Raises :class:`LinkGone`."""
    now, remote = wired().clock.now(), request.remote_addr or ""
    with command() as session:
        found = callback_links.find(session, wired().vault, token, now)
        if found is None:
            raise LinkGone()
        deliver = partial(wired().engine.deliver, session)
        callback_links.answer(session, wired().vault, found, answers, deliver)
        who, callback_no = actor_of(found.customer), found.visit.callback_no
        audit.record(session, now, who, "callback.answered", "callback", callback_no, remote=remote)


def _gone() -> ResponseReturnValue:
    return _page("gone", status=404)


def _page(
    step: str,
    *,
    tail: str = "",
    shown: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    problem: Refusal | str = "",
    status: int = 200,
) -> ResponseReturnValue:
    with wired().database.read() as session:
        company = named(the_company(session))
    language = current()
    if isinstance(problem, Refusal):
        problem, status = problem.text(language), 422
    html = render_template(
        "portal/callback.html",
        company_name=company,
        step=step,
        tail=tail,
        shown=shown or {},
        given=given or {},
        problem=problem,
        questions=callback_questions.QUESTIONS,
        speaks=language,
        gone=LinkGone().text(language),
        complaint_max=callback_questions.COMPLAINT_MAX,
    )
    return html, status

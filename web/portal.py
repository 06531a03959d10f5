"""Who of the customers sits at the browser. Their session is of a kind of its own: it opens no page of the staff.

Both kinds live in the one cookie, and beginning either ends the other in this browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lending.customers import Customer
from lending.portal import acts, sessions
from lending.portal.acts import ActKind
from lending.portal.sessions import PortalSession
from web.wiring import command, wired

_KEY = "customer_session"
PATH = "/my"


@dataclass(frozen=True)
class Visit:
    """A customer who is signed in, and the session."""

    customer: Customer
    session: PortalSession


def is_here() -> bool:
    """Whether the request asks for the portal at all."""
    return request.path == PATH or request.path.startswith(f"{PATH}/")


def is_open() -> bool:
    """Whether the request comes from a customer whose session stands."""
    return _visit() is not None


def visit() -> Visit:
    """The customer of this request; only behind the portal's sign-in."""
    return cast(Visit, _visit())


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead to the portal's sign-in."""
    return redirect(url_for("portal_sign_in.show"), 303)


def open_session(opened: Session, customer: Customer) -> int:
    """Note a sign-in in the command that checked it; returns what :func:`remember` wants."""
    now, remote = wired().clock.now(), request.remote_addr or ""
    begun = sessions.open_one(opened, customer, now, remote=remote, browser=request.user_agent.string)
    note(opened, customer, ActKind.SIGN_IN)
    return begun.id


def remember(session_id: int) -> None:
    """Let the cookie be this customer's: nothing of whoever used the browser before survives but the language."""
    spoken = session.get("language")
    session.clear()
    session["language"], session[_KEY] = spoken, session_id
    session.permanent = True


def forget() -> None:
    """End the customer's session in this browser and for every copy of the cookie."""
    here, spoken = visit(), session.get("language")
    with command() as opened:
        sessions.end(opened, here.session.id, wired().clock.now())
        note(opened, here.customer, ActKind.SIGN_OUT)
    session.clear()
    session["language"] = spoken


def note(opened: Session, customer: Customer, kind: ActKind, reference: str = "") -> None:
    """Write down what the customer of this request does."""
    acts.note(
        opened,
        customer,
        kind,
        reference,
        now=wired().clock.now(),
        remote=request.remote_addr or "",
    )


def _visit() -> Visit | None:
    """The customer behind the cookie, looked up once a request."""
    if "portal_visit" not in g:
        g.portal_visit = _looked_up()
    return cast(Visit | None, g.portal_visit)


def _looked_up() -> Visit | None:
    session_id, now = session.get(_KEY), wired().clock.now()
    if not isinstance(session_id, int):
        return None
    with wired().database.read() as opened:
        found = sessions.standing(opened, session_id, now)
        if found is None:
            return None
        standing, customer = found
        stale = now - standing.seen_at > sessions.SEEN_EVERY
        opened.expunge_all()
    if stale:
        with wired().database.write() as opened:
            sessions.seen(opened, session_id, now)
    return Visit(customer, standing)

"""Live figures: what waits for a person, sent as server-sent events whenever it has changed.

An answer is one event or none, and then over: the browser asks again after ``RETRY_MILLISECONDS``, as the standard of
server-sent events lets a server tell it. So no client holds a thread or a connection to the database, and an answer
costs two looks at an index as long as nothing has happened in the house, and a count every ten seconds at most. What
is sent are figures of the person's own lists, through the one condition that also makes the lists: nobody learns that
anything happened out of his reach. Asking does not lengthen the session: a page left open is signed out as any other.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import cast

import orjson
from flask import Blueprint, Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company.notices import Notice, unread_count
from company.people import Actor
from engine import inbox, opinions, passing_round
from engine.history import ActivityHistory
from engine.inbox import Filter
from web.session import me
from web.wiring import wired

pages = Blueprint("live", __name__)
RETRY_MILLISECONDS = 5_000
COUNT_AGAIN_AFTER = timedelta(seconds=10)
PEOPLE_KEPT_MAX = 5_000
_MEMORY = "cheliu_live"

Figures = Mapping[str, int]
Stamp = tuple[int, int]


@dataclass(frozen=True)
class Known:
    """What a person was last told, and up to what it held."""

    actor: Actor
    stamp: Stamp
    figures: Figures
    counted_at: datetime


class Memory:
    """What this serving process last counted for each person: counted again only after something has happened."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Known] = OrderedDict()
        self._lock = Lock()

    def get(self, actor: Actor, stamp: Stamp, now: datetime) -> Figures | None:
        """The figures, if nothing has happened since or they are fresh, and the person's reach is the same."""
        with self._lock:
            known = self._known.get(actor.employee_id or 0)
            if known is None or known.actor != actor:
                return None
            fresh = known.stamp == stamp or now < known.counted_at + COUNT_AGAIN_AFTER
            return known.figures if fresh else None

    def keep(self, known: Known) -> None:
        """Remember; whoever asked longest ago is forgotten first."""
        with self._lock:
            employee_id = known.actor.employee_id or 0
            self._known[employee_id] = known
            self._known.move_to_end(employee_id)
            if len(self._known) > PEOPLE_KEPT_MAX:
                self._known.popitem(last=False)


@pages.get("/events")
def events() -> ResponseReturnValue:
    """The figures as a server-sent event, if they differ from those that the browser names as the last it saw."""
    figures = _figures()
    event_id = _digest(figures)
    lines = [f"retry: {RETRY_MILLISECONDS}"]
    if request.headers.get("Last-Event-ID") != event_id:
        lines += [f"id: {event_id}", "event: figures", f"data: {orjson.dumps(figures).decode()}"]
    answer = Response("\n".join(lines) + "\n\n", mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/events/now")
def now() -> ResponseReturnValue:
    """The same figures for a browser that cannot take events: it asks now and then."""
    figures = _figures()
    return {"id": _digest(figures), "figures": dict(figures)}, {"Cache-Control": "no-store"}


def _figures() -> Figures:
    actor, wiring = me().actor, wired()
    now = wiring.clock.now()
    with wiring.database.read() as session:
        stamp = _stamp(session, actor)
        figures = _memory().get(actor, stamp, now)
        if figures is None:
            figures = _counted(session, actor)
            _memory().keep(Known(actor, stamp, figures, now))
    return figures


def _memory() -> Memory:
    return cast(Memory, current_app.extensions[_MEMORY])


def _stamp(session: Session, actor: Actor) -> Stamp:
    """Changes whenever anything happened in any case, or the person was told something; it never leaves the server."""
    told = select(func.max(Notice.id)).where(Notice.employee_id == (actor.employee_id or 0))
    return session.scalar(select(func.max(ActivityHistory.id))) or 0, session.scalar(told) or 0


def _counted(session: Session, actor: Actor) -> Figures:
    now = wired().clock.now()
    mine = inbox.tally(session, actor, Filter(view="mine"), now=now)
    pool = inbox.tally(session, actor, Filter(view="group"), now=now)
    employee_id = actor.employee_id or 0
    return {
        "mine": mine.all,
        "pool": pool.all,
        "newest": max(mine.newest, pool.newest),
        "opinions": len(opinions.asked_of(session, employee_id)),
        "copies": passing_round.unread_copies(session, employee_id),
        "notices": unread_count(session, employee_id),
    }


def _digest(figures: Figures) -> str:
    return hashlib.sha256(orjson.dumps(figures, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


class _Cookies(SecureCookieSessionInterface):
    """Every answer lengthens the session but those that no person asked for."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Only what has changed is kept where a page asks by itself."""
        if request.blueprint == pages.name:
            return session.modified
        return super().should_set_cookie(app, session)


def prepare(app: Flask) -> None:
    """Remember what was counted, and let a page that is merely open not keep its person signed in."""
    app.extensions[_MEMORY] = Memory()
    app.session_interface = _Cookies()

"""Simulated parties that answer at once over HTTP, bureau to fraud scoring: one store, one set of switches each.

POST /<what>               a question with its request id; the same id again gets the same answer and counts once
GET  / and POST /switches  a page for a person: the questions and the switches
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from sqlalchemy import String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from cheliu.sandbox.payments import SandboxBase
from company.database import Database, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
_BYTES_MAX = 100_000


class Enquiry(SandboxBase):
    """One question of one party; numbers and texts of people are not kept, only what was answered."""

    __tablename__ = "enquiry"
    party: Mapped[str] = mapped_column(String(20), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    answer: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    times_asked: Mapped[int]


class EnquirySwitches(SandboxBase):
    """How a party misbehaves; ``*_every`` n means each n-th new question, 0 never; ``*_next`` the next n.

    ``double_answer_every``: the answer is sent a second time, to the question that follows. ``foreign_every``: it
    speaks of another person. ``incomplete_every``: parts of it are missing.
    """

    __tablename__ = "enquiry_switches"
    party: Mapped[str] = mapped_column(String(20), primary_key=True)
    down: Mapped[int] = mapped_column(default=0)
    delay_ms: Mapped[int] = mapped_column(default=0)
    refuse_next: Mapped[int] = mapped_column(default=0)
    refuse_every: Mapped[int] = mapped_column(default=0)
    lose_answer_every: Mapped[int] = mapped_column(default=0)
    double_answer_every: Mapped[int] = mapped_column(default=0)
    foreign_every: Mapped[int] = mapped_column(default=0)
    incomplete_every: Mapped[int] = mapped_column(default=0)
    owed_twice: Mapped[str | None] = mapped_column(Text)


SWITCH_NAMES = tuple(
    column.key for column in EnquirySwitches.__table__.columns if column.key not in ("party", "owed_twice")
)


@dataclass(frozen=True)
class Mood:
    """What the switches say of one question."""

    refused: bool
    foreign: bool
    incomplete: bool


Answering = Callable[[Mapping[str, str], Mood], dict[str, object]]


class Refused(Exception):
    """The party will not answer this question."""


class EnquirySandbox:
    """The WSGI application of one party: ``path`` is what it is asked by, ``asked`` the fields of a question."""

    def __init__(
        self,
        database: Database,
        party: str,
        title: str,
        path: str,
        asked: tuple[str, ...],
        answering: Answering,
    ) -> None:
        self.database, self.party, self.title = database, party, title
        self.path, self.asked, self.answering = path, asked, answering
        SandboxBase.metadata.create_all(database.engine)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        try:
            response = self._respond(request)
        except HTTPException as refused:
            return refused(environ, start_response)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", f"/{self.path}"):
            return self._answer(request)
        if (request.method, request.path) == ("GET", "/"):
            return self._page()
        if (request.method, request.path) == ("POST", "/switches"):
            return self._set_switches(request)
        raise NotFound()

    def _answer(self, request: Request) -> Response:
        question = self._question(request)
        with self.database.write() as session:
            rule = self._switches(session)
            down, delay_ms = rule.down, rule.delay_ms
        if down:
            return _json({"error": "maintenance", "simulator": True}, 503)
        time.sleep(delay_ms / 1000)
        try:
            with self.database.write() as session:
                answer, lost = self._taken(session, question)
        except Refused:
            return _json({"error": "refused", "simulator": True}, 422)
        if lost:
            raise ConnectionAbortedError("the switch 'lose_answer_every' cut this answer off")
        return Response(answer, content_type="application/json")

    def _taken(self, session: Session, question: Mapping[str, str]) -> tuple[str, bool]:
        """The answer and whether it is lost on the way; asked again, an answer is found and never lost."""
        request_id = question["request_id"]
        known = session.get(Enquiry, (self.party, request_id))
        if known is not None:
            known.times_asked += 1
            return known.answer, False
        rule = self._switches(session)
        told = select(func.count()).select_from(Enquiry).where(Enquiry.party == self.party)
        count = (session.scalar(told) or 0) + 1
        mood = Mood(
            refused=rule.refuse_next > 0 or _each(rule.refuse_every, count),
            foreign=_each(rule.foreign_every, count),
            incomplete=_each(rule.incomplete_every, count),
        )
        answer = json.dumps({**self.answering(question, mood), "simulator": True}, ensure_ascii=False)
        rule.refuse_next = max(rule.refuse_next - 1, 0)
        session.add(
            Enquiry(
                party=self.party,
                request_id=request_id,
                answer=answer,
                received_at=datetime.now(UTC),
                times_asked=1,
            )
        )
        owed, rule.owed_twice = rule.owed_twice, None
        if _each(rule.double_answer_every, count):
            rule.owed_twice = answer
        return owed or answer, _each(rule.lose_answer_every, count)

    def _question(self, request: Request) -> dict[str, str]:
        if (request.content_length or 0) > _BYTES_MAX:
            raise BadRequest("too large")
        try:
            sent = json.loads(request.get_data())
            question = {name: sent[name] for name in ("request_id", *self.asked)}
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadRequest(f"a question has {', '.join(('request_id', *self.asked))}") from wrong
        if not all(isinstance(value, str) and 0 < len(value) <= 2000 for value in question.values()):
            raise BadRequest("each of them a text")
        return question

    def _page(self) -> Response:
        with self.database.write() as session:
            rule = self._switches(session)
            shown = {name: getattr(rule, name) for name in SWITCH_NAMES}
            latest = select(Enquiry).where(Enquiry.party == self.party).order_by(Enquiry.received_at.desc())
            rows = session.scalars(latest.limit(50)).all()
        page = _PAGES.get_template("enquiries.html").render(title=self.title, switches=shown, enquiries=rows)
        return Response(page, content_type="text/html; charset=utf-8")

    def _set_switches(self, request: Request) -> Response:
        with self.database.write() as session:
            rule = self._switches(session)
            for name in SWITCH_NAMES:
                text = request.form.get(name, "0").strip() or "0"
                if not text.isdigit() or int(text) > 1_000_000:
                    raise BadRequest(f"{name}: a whole number from 0 to 1000000")
                setattr(rule, name, int(text))
            rule.owed_twice = None
        return redirect(f"{request.script_root}/", 303)

    def _switches(self, session: Session) -> EnquirySwitches:
        found = session.get(EnquirySwitches, self.party)
        if found is None:
            found = EnquirySwitches(party=self.party, owed_twice=None, **dict.fromkeys(SWITCH_NAMES, 0))
            session.add(found)
            session.flush()
        return found


def _each(nth: int, count: int) -> bool:
    return nth > 0 and count % nth == 0


def _json(content: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")

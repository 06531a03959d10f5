"""Who sits at the browser: a signed cookie that ends after a quarter of an hour without a request, or when revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TypeVar, cast

from flask import Flask, Response, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import select

from company import people
from company.calendar import ZONE
from company.organisation import Unit, unit_of
from company.people import Actor, Role, sessions
from web.language import named, translate
from web.wiring import wired

IDLE_TIME = timedelta(minutes=15)
View = TypeVar("View", bound=Callable[..., object])
_public: set[Callable[..., object]] = set()
_of_customers: set[Callable[..., object]] = set()


def public(view: View) -> View:
    """A page that needs no sign-in; every other one asks for it."""
    _public.add(view)
    return view


def for_customers(view: View) -> View:
    """A page of the customers' portal: :mod:`web.portal` asks for their sign-in, the staff's opens none of them."""
    _of_customers.add(view)
    return view


@dataclass(frozen=True)
class Person:
    """The signed-in person: what commands need (``actor``), and the names that pages show, looked up when asked for."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    actor: Actor
    session_id: int

    @cached_property
    def unit(self) -> Unit:
        """The unit the person works in."""
        with wired().database.read() as opened:
            return unit_of(opened, self.actor.unit_id or 0)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The roles the person holds, in the order of their ids."""
        with wired().database.read() as opened:
            held = select(Role).where(Role.id.in_(self.actor.roles)).order_by(Role.id)
            return tuple(opened.scalars(held))

    def get_id(self) -> str:
        """What the cookie remembers; the epoch makes it void when all of the person's sessions are revoked, the session
        when this one is."""
        return f"{self.actor.employee_id}:{self.actor.session_epoch}:{self.session_id}"

    @property
    def username(self) -> str:
        """The name the person signs in with."""
        return self.actor.username

    @property
    def name(self) -> str:
        """The Chinese name."""
        return self.actor.name

    @property
    def name_en(self) -> str:
        """The English name."""
        return self.actor.name_en

    @property
    def role_names(self) -> str:
        """The names of the person's roles in the language of the request."""
        return (
            "、".join(named(role) for role in self.roles)
            if not _english()
            else ", ".join(map(named, self.roles))
        )


def _english() -> bool:
    return session.get("language") == "en"


def me() -> Person:
    """The person of this request; only behind sign-in."""
    return cast(Person, current_user)


def signed_in() -> bool:
    """Whether the request comes from a person whose session stands."""
    return bool(current_user.is_authenticated)


def session_over_text() -> str:
    """The sentence for whoever was signed out in the middle of a form."""
    return translate("登录已过期，填写的内容仍在本页。请在新窗口登录，再回到这里提交。")


def session_over() -> tuple[dict[str, str], int]:
    """What an island is told when nobody is signed in any more: it keeps what was typed and offers the way back."""
    return {"message": session_over_text(), "code": "session_over", "sign_in": url_for("sign_in.show")}, 401


def open_session(actor: Actor) -> None:
    """Begin a new session: nothing of the one before survives but the language."""
    with wired().database.write() as opened:
        begun = sessions.open_one(
            opened,
            actor.employee_id or 0,
            actor.session_epoch,
            wired().clock.now(),
            remote=request.remote_addr or "",
            browser=request.user_agent.string,
        )
        session_id = begun.id
    session.clear()
    session["language"] = actor.language
    session.permanent = True
    login_user(Person(actor, session_id))


def guard(app: Flask) -> None:
    """Ask for sign-in wherever a page is not declared open, and load the person of the cookie."""
    # The signature of the cookie carries its time: one older than this is refused, each answer renews it.
    app.config.update(
        PERMANENT_SESSION_LIFETIME=IDLE_TIME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="cheliu",
    )
    manager = LoginManager(app)
    manager.session_protection = None

    def load(remembered: str) -> Person | None:
        try:
            employee_id, epoch, session_id = map(int, remembered.split(":"))
        except ValueError:  # a cookie of before sessions were counted
            return None
        now = wired().clock.now()
        with wired().database.read() as opened:
            standing = sessions.standing(opened, session_id, employee_id)
            stale = standing is not None and now - standing.seen_at > sessions.SEEN_EVERY
            if standing is None:
                return None
            actor = people.actor_of_session(opened, employee_id, epoch, now.astimezone(ZONE).date())
        if actor is None:
            return None
        if stale:
            with wired().database.write() as opened:
                sessions.seen(opened, session_id, now)
        return Person(actor, session_id)

    def unauthorized() -> Response | tuple[dict[str, str], int]:
        target = url_for("sign_in.show", next=request.full_path if request.method == "GET" else None)
        if request.headers.get("HX-Request"):
            return Response(status=204, headers={"HX-Redirect": target})
        if request.accept_mimetypes.best == "application/json":
            return session_over()
        return cast(Response, redirect(target, 303))

    manager.user_loader(load)
    manager.unauthorized_handler(unauthorized)

    @app.before_request
    def ask() -> Response | tuple[dict[str, str], int] | None:
        open_to_all = (
            request.endpoint is None or app.view_functions[request.endpoint] in _public | _of_customers
        )
        if open_to_all or request.endpoint in ("static", "assets") or signed_in():
            return None
        return cast(Response, manager.unauthorized())

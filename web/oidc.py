"""Sign-in by an identity provider (OpenID Connect, authorization code with PKCE); only where one is configured."""

from __future__ import annotations

from collections.abc import Mapping

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from company import audit
from company.people import Actor, outside_identities, second_factor
from company.people.outside_identities import IdentityRefused, Told
from company.settings import OpenIdProvider
from web import sign_in
from web.language import current
from web.limits import limiter
from web.session import open_session, public
from web.wiring import command, wired

pages = Blueprint("oidc", __name__)
SECONDS_MAX = 10


def prepare(app: Flask, provider: OpenIdProvider | None) -> None:
    """Let ``app`` know its provider; nothing is asked of it before somebody signs in."""
    if provider is None:
        return
    registry = OAuth(app)
    app.extensions["cheliu.oidc"] = registry.register(
        "provider",
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS_MAX,
        },
    )


@pages.get("/sign-in/provider")
@public
@limiter.limit("30 per minute")
def leave_for_provider() -> ResponseReturnValue:
    """On to the provider, which sends the person back to :func:`come_back`."""
    client = current_app.extensions.get("cheliu.oidc")
    if client is None:
        abort(404)
    session["after_provider"] = sign_in.local(request.args.get("next"))
    back = f"{wired().settings.public_url}{url_for('oidc.come_back')}"
    try:
        found: ResponseReturnValue = client.authorize_redirect(back)
    except (OAuthError, RequestException):
        return sign_in.page(problem=IdentityRefused().text(current()), username="", status=502)
    return found


@pages.get("/sign-in/provider/back")
@public
@limiter.limit("30 per minute")
def come_back() -> ResponseReturnValue:
    """What the provider says, checked; the employee it leads to is signed in, with the second factor if one is on."""
    client, provider = current_app.extensions.get("cheliu.oidc"), wired().settings.oidc
    if client is None or provider is None:
        abort(404)
    after = session.pop("after_provider", "/")
    try:
        claims = client.authorize_access_token().get("userinfo") or {}
    except (OAuthError, JoseError, RequestException, ValueError):
        claims = {}
    actor, asks_code = _employee(claims, provider)
    if actor is None:
        return sign_in.page(problem=IdentityRefused().text(current()), username="", status=401)
    if asks_code:
        return sign_in.ask_code(actor, after)
    open_session(actor)
    return redirect(after, 303)


def _employee(claims: Mapping[str, object], provider: OpenIdProvider) -> tuple[Actor | None, bool]:
    """Whom a believed word of the provider leads to, and whether a code is still to be given.

    Each way leaves an entry in the audit log; who has yet to give a code has not signed in.
    """
    if not claims.get("sub") or str(claims.get("iss")).rstrip("/") != provider.issuer:
        claims = {}
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    staff_no = str(claims.get(provider.staff_claim) or "") if provider.staff_claim else ""
    told = Told(provider.issuer, str(claims.get("sub") or ""), email or None, staff_no or None)
    now, remote = wired().clock.now(), request.remote_addr or ""
    with command() as opened:
        actor = outside_identities.recognise(opened, told, now, remote)
        asks_code = actor is not None and second_factor.is_on(opened, actor.employee_id or 0)
        if actor is not None:
            act = "sign_in_provider" if asks_code else "sign_in"
            audit.record(opened, now, actor, act, "employee", actor.employee_id or 0, remote=remote)
    return actor, asks_code

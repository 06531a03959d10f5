"""Whether the process lives, and whether it can serve: for whoever watches the installation."""

from __future__ import annotations

import os
from functools import cache

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from company.migrations import head, stands_at
from web.session import public
from web.wiring import wired

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@pages.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Database, schema and file store are there; 503 with the name of what is not."""
    try:
        with wired().database.read() as session:
            session.execute(text("SELECT 1"))
        at = stands_at(wired().database)
    except SQLAlchemyError:
        return {"status": "database unavailable"}, 503
    if at not in (None, _head()):
        return {"status": "schema differs", "schema": at}, 503
    if not os.access(wired().settings.home, os.W_OK):
        return {"status": "file store unavailable"}, 503
    return {"status": "ok"}


@cache
def _head() -> str | None:
    """The schema of this program; reading it takes longer than the rest."""
    return head()

"""Whether the process lives, and whether it can serve: for whoever watches the installation."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

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
    """The database answers too; 503 while it does not."""
    try:
        with wired().database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return {"status": "database unavailable"}, 503
    return {"status": "ok"}

"""The simulated parties beside the bank, each a WSGI application below a path of its own on the sandbox's port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cheliu.sandbox.prices import PriceSandbox
from company.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PRICES = "/prices"


def parties(database: Database) -> dict[str, WSGIApplication]:
    """Path to application, for :class:`werkzeug.middleware.dispatcher.DispatcherMiddleware`."""
    return {PRICES: PriceSandbox(database)}

"""How often and how much: limits on requests and on the size of what is sent."""

from __future__ import annotations

from flask import Flask, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

FILE_BYTES_MAX = 20 * 1024 * 1024
REQUEST_BYTES_MAX = 60 * 1024 * 1024

# Counts per process: it slows guessing down, the lock on the account (company.people) stops it.
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def refuse_large(app: Flask) -> None:
    """Refuse a request above the limit by what it says of its size, before anything of it is read or stored."""

    @app.before_request
    def refuse() -> None:
        if (request.content_length or 0) > REQUEST_BYTES_MAX:
            abort(413)

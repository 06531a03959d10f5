"""The headers every answer carries: what a browser may load, and who may frame or cache a page."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


# The photo page, and a task: a visit on the spot is one, and opens in the page of the inbox too.
_ASKING_FOR_A_PLACE = frozenset({"photos.show", "inbox.open_task", "inbox.show"})


def protect(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer of ``app``; ``https`` adds Strict-Transport-Security."""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # A document stands in the frame of our own viewer; nothing else of ours stands in any.
        framed = request.endpoint == "documents.content"
        response.headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        # Where the person is may be asked for photos and for a visit alone, and the browser asks the person first.
        place = "(self)" if request.endpoint in _ASKING_FOR_A_PLACE else "()"
        response.headers["Permissions-Policy"] = f"camera=(), geolocation={place}, microphone=(), payment=()"
        if request.endpoint == "assets":
            # The names of built files carry a hash of what is in them.
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            # Pages show personal data: nothing of them stays in a cache or behind the back button after sign-out.
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response

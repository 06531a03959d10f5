"""What a person is told on the next page that is shown: done, or refused and why."""

from __future__ import annotations

from typing import Literal

from flask import session

Tone = Literal["good", "bad"]
_KEY = "told"
# They wait in the session's cookie, which a browser drops beyond 4 KB; a program that never opens a page adds to them.
LINES_MAX = 3


def tell(text: str, tone: Tone) -> None:
    """Say ``text`` on the next page; the same line waits once, and only the latest ones are kept."""
    line = [tone, text]
    waiting = [earlier for earlier in session.get(_KEY, []) if earlier != line]
    session[_KEY] = [*waiting, line][-LINES_MAX:]


def told() -> list[list[str]]:
    """The lines that wait, tone and text each, now that a page shows them."""
    lines: list[list[str]] = session.pop(_KEY, [])
    return lines

"""The edge of the worker: whatever a piece of work raises is written down, and nothing else waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from engine.errors import LeaseLost

_log = logging.getLogger(__name__)


def attempt(what: str, run: Callable[[], object]) -> Exception | None:
    """Run a piece of work; returns what it raised, if anything."""
    try:
        run()
    except LeaseLost:
        _log.info("%s was taken over by another worker", what)
    except Exception as error:
        _log.warning("%s failed: %s", what, type(error).__name__)
        return error
    return None


def at_the_edge(what: str, run: Callable[[], object], failed: Callable[[Exception], None]) -> bool:
    """Any failure of a piece of work is planned again or shown; none stops the worker or what comes after it.

    False if not even that could be written: the work is due as before, and the next poll tries it.
    """
    error = attempt(what, run)
    if error is None:
        return True
    try:
        failed(error)
    except Exception:
        _log.exception("the failure of %s could not be written down", what)
        return False
    return True


def each_at_the_edge(
    what: str, ids: Sequence[int], act: Callable[[int], object], failed: Callable[[int, Exception], None]
) -> int:
    """The same for each of the rows of these ids; returns how many were dealt with."""
    return sum(
        at_the_edge(f"{what} {row_id}", partial(act, row_id), partial(failed, row_id)) for row_id in ids
    )

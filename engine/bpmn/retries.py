"""``camunda:failedJobRetryTimeCycle``: the pauses before each further try of work that failed.

``R3/PT5M`` is three further tries, five minutes apart; ``PT1M,PT10M,PT1H`` gives each pause; ``R6/PT1M*2`` begins with
a minute and doubles it each time, a day at most.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from engine.bpmn import times
from engine.bpmn.times import TimeNotReadable

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
PAUSE_MAX = timedelta(days=1)  # of a growing pause
TRIES_MAX = 100
_CYCLE = re.compile(r"R(?P<tries>\d*)/(?P<pause>[^/*]+?)\s*(?:\*\s*(?P<factor>\d{1,2}))?")
_ANY_DAY = datetime(2026, 1, 5, tzinfo=UTC)


def pauses(text: str | None, now: datetime = _ANY_DAY) -> tuple[timedelta, ...]:
    """The pauses, counted from ``now`` where they are months; 1, 5 and 30 minutes without a text.

    Raises TimeNotReadable.

    >>> [str(pause) for pause in pauses("R2/PT10M")], [str(pause) for pause in pauses("PT1M, PT1H")]
    (['0:10:00', '0:10:00'], ['0:01:00', '1:00:00'])
    >>> [str(pause) for pause in pauses("R4/PT1M*3")]
    ['0:01:00', '0:03:00', '0:09:00', '0:27:00']
    """
    if not text:
        return BACK_OFF
    match = _CYCLE.fullmatch(text.strip())
    if match is None:
        return tuple(times.after(now, each.strip()) - now for each in text.split(","))
    tries = int(match["tries"]) if match["tries"] else len(BACK_OFF)
    if tries > TRIES_MAX:
        raise TimeNotReadable(f"{text!r} asks for more than {TRIES_MAX} tries")
    pause = times.after(now, match["pause"].strip()) - now
    factor = int(match["factor"] or 1)
    if factor <= 1:
        return (pause,) * tries
    found: list[timedelta] = []
    for _ in range(tries):
        found.append(pause)
        pause = min(pause * factor, max(PAUSE_MAX, found[0]))
    return tuple(found)

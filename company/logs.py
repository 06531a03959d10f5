"""Logs: JSON lines with the request's id, and no personal data.

Whatever is logged, by us or by a library, passes one processor that blots out what looks like an identity number, a
phone number or a bank card, in messages, fields and tracebacks alike.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_PATTERNS = (
    # Resident identity number: 17 digits and a check character.
    (re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![\dA-Za-z])"), "[identity]"),
    # Bank card: 16 to 19 digits, in one piece or in groups of four.
    (re.compile(r"(?<!\d)(?:\d{4}[ -]){3}\d{4}(?:[ -]?\d{1,3})?(?!\d)"), "[card]"),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), "[card]"),
    # Mobile number: 11 digits, perhaps in groups, perhaps with the country's code.
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "[phone]"),
)


def redact(text: str) -> str:
    """``text`` without identity numbers, phones and cards.

    >>> redact("11010519491231002X called from 138 1234 5678")
    '[identity] called from [phone]'
    """
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text


# Libraries that tell of every poll and every table.
_CHATTY = {
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # it warns of each second in which a poll still runs
    "urllib3": logging.WARNING,
    "werkzeug": logging.WARNING,
}


def configure(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of the process, structlog's and the standard library's, to ``stream`` (stderr) as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact_event,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=_plain),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, at_least in _CHATTY.items():
        logging.getLogger(name).setLevel(at_least)


def bind_request(request_id: str) -> None:
    """Put the request's (or the job's) id on every line logged from here on in this context."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {redact(str(key)): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    if isinstance(value, int | float):
        written = str(value)
        return value if redact(written) == written else redact(written)
    return redact(str(value))


def _plain(value: object) -> str:
    return redact(str(value))

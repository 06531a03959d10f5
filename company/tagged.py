"""JSON that keeps Decimal, date, datetime and timedelta what they were: the form in which process data is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

_TAG = "$"


def _tag(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {_TAG: "decimal", "v": str(value)}
    if isinstance(value, timedelta):
        return {_TAG: "duration", "v": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, datetime):
        return {_TAG: "instant", "v": value.isoformat()}
    if isinstance(value, date):
        return {_TAG: "date", "v": value.isoformat()}
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be stored in process data; keep an id of it instead")


def dumps(value: Any) -> bytes:
    """Encode ``value``; a float, an entity or any other type that would not survive is a TypeError.

    >>> loads(dumps({"rate": Decimal("0.0588"), "on": date(2026, 1, 31)}))
    {'on': datetime.date(2026, 1, 31), 'rate': Decimal('0.0588')}
    """
    _refuse_floats(value)
    return orjson.dumps(value, default=_tag, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_SORT_KEYS)


def loads(data: bytes | str) -> Any:
    """Decode what :func:`dumps` made."""
    return _untag(orjson.loads(data))


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float cannot be stored exactly; use Decimal")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)


def _untag(value: Any) -> Any:
    if isinstance(value, list):
        return [_untag(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(_TAG)
    if kind is None:
        return {key: _untag(item) for key, item in value.items()}
    stored = value["v"]
    if kind == "decimal":
        return Decimal(stored)
    if kind == "date":
        return date.fromisoformat(stored)
    if kind == "instant":
        return datetime.fromisoformat(stored)
    if kind == "duration":
        return timedelta(days=stored[0], seconds=stored[1], microseconds=stored[2])
    raise ValueError(f"unknown tag {kind!r} in stored data")

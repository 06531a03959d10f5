"""Changing a parameter part by part: its value as parts that can be typed, and a new value of the very same shape.

A part is named by its path, the keys and row numbers joined with "/"; a value that is no mapping is one part under the
empty path. A list of plain things is one part, its members separated by commas. Whatever is typed becomes what the old
part was: no change makes text out of a figure, adds a row or drops one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from company import CompanyError
from company.parameter_words import TITLES, typed

_TRUE, _FALSE = ("1", "true", "是", "yes"), ("0", "false", "否", "no")


class PartNotReadable(CompanyError):
    """What was typed is not of the kind of the value it takes the place of."""

    code = "parameter_part_not_readable"
    zh = "“{text}”不能作为“{part}”的值：原值为 {old}，请填写同类且不小于零的值。"
    en = "“{text}” cannot be the value of “{part}”, which was {old}; enter one of the same kind, not below zero."


class ParameterNotChangeable(CompanyError):
    """The parameter is unknown, or kept on a page of its own."""

    code = "parameter_not_changeable"
    zh = "参数 {key} 不能在此变更，请从列表中选择。"
    en = "The parameter {key} is not changed here; choose one of the list."


def require_changeable(key: str) -> None:
    """Refuse a parameter that is none of those an administrator changes: :class:`ParameterNotChangeable`."""
    if key not in TITLES:
        raise ParameterNotChangeable(key=key)


def parts(value: object) -> dict[str, object]:
    """The parts of a value by their paths, in the order of the value."""
    inner = _inside(value)
    if inner is None:
        return {"": value}
    return {
        f"{step}/{path}" if path else step: part for step, each in inner for path, part in parts(each).items()
    }


def read(path: str, text: str, old: object) -> object:
    """What was typed, as the kind of value that stood there; :class:`PartNotReadable`."""
    try:
        return _read(text.strip(), old)
    except (ValueError, InvalidOperation) as wrong:
        raise PartNotReadable(text=text[:40], part=path, old=typed(old)) from wrong


def changed(value: object, new: Mapping[str, object]) -> object:
    """The value with the new parts in place of the old ones, of the same shape; unknown paths change nothing."""
    if "" in new:
        return new[""]
    return _changed(value, new, "")


def _changed(value: object, new: Mapping[str, object], path: str) -> object:
    if path in new:
        return new[path]
    inner = _inside(value)
    if inner is None:
        return value
    made = [(step, _changed(each, new, f"{path}/{step}" if path else step)) for step, each in inner]
    return dict(made) if isinstance(value, dict) else [each for _step, each in made]


def _inside(value: object) -> Iterable[tuple[str, object]] | None:
    """The steps into a mapping, or into a list of mappings; None for what is a part itself."""
    if isinstance(value, dict):
        return [(str(key), each) for key, each in value.items()]
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return [(str(number), each) for number, each in enumerate(value)]
    return None


def _read(text: str, old: object) -> object:
    if old is None:
        if text:
            raise ValueError(text)
        return None
    if isinstance(old, bool):
        return _truth(text)
    if isinstance(old, list):
        return [
            _read(each.strip(), old[0] if old else "")
            for each in text.replace("，", ",").split(",")
            if each.strip()
        ]
    if not text:
        raise ValueError(text)
    if isinstance(old, int):
        return _not_below_zero(int(text))
    if isinstance(old, Decimal):
        return _plain(text)
    if isinstance(old, timedelta):
        return int(_plain(text) * 3600) * timedelta(seconds=1)
    return text


def _truth(text: str) -> bool:
    if text.casefold() in _TRUE:
        return True
    if text.casefold() in _FALSE:
        return False
    raise ValueError(text)


def _plain(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or number < 0:
        raise ValueError(text)
    return number


def _not_below_zero(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return number

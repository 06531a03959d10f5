"""One answer from the browser's value: text, number, money, date, choice; refused, never bent, when it does not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from forms import expressions
from forms.errors import (
    ControlCharacter,
    Duplicated,
    NotADate,
    NotAnOption,
    NotANumber,
    PatternMismatch,
    Required,
    TooFewRows,
    TooLarge,
    TooLong,
    TooManyDecimals,
    TooManyRows,
    TooShort,
    TooSmall,
    WrongShape,
)
from forms.model import LIST_ROWS_MAX, Component
from forms.patterns import TEXT_MAX, compile_pattern
from lending import money

TEXTFIELD_CHARACTERS_MAX = 500
TEXTAREA_CHARACTERS_MAX = 5_000
DIGITS_MAX = 18
OPTIONS_MAX = 1_000

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_HOME = ZoneInfo("Asia/Shanghai")
_ALLOWED_CONTROLS = {"\n", "\t", "\r"}


def text_answer(component: Component, value: Any) -> str:
    """A text in NFC without control characters, of the asked length and pattern.

    Raises WrongShape, ControlCharacter, TooShort, TooLong, PatternMismatch.
    """
    if not isinstance(value, str):
        raise WrongShape(expected_zh="文字", expected_en="text")
    text = unicodedata.normalize("NFC", value).strip()
    allowed = _ALLOWED_CONTROLS if component.type == "textarea" else frozenset[str]()
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in allowed for sign in text):
        raise ControlCharacter()
    default = TEXTAREA_CHARACTERS_MAX if component.type == "textarea" else TEXTFIELD_CHARACTERS_MAX
    minimum, maximum = component.validate.get("minLength"), component.validate.get("maxLength")
    longest = min(maximum, default) if isinstance(maximum, int) else default
    if len(text) > longest:
        raise TooLong(maximum=longest, actual=len(text))
    if isinstance(minimum, int) and len(text) < minimum:
        raise TooShort(minimum=minimum, actual=len(text))
    pattern = component.validate.get("pattern")
    if isinstance(pattern, str) and pattern:
        if len(text) > TEXT_MAX:
            raise TooLong(maximum=TEXT_MAX, actual=len(text))
        if not compile_pattern(pattern).matches(text):
            raise PatternMismatch()
    return text


def number_answer(component: Component, value: Any, names: Mapping[str, Any]) -> Decimal | int:
    """A finite decimal within the bounds; an int when the field has no decimals and is no money.

    Raises NotANumber, TooManyDecimals, TooSmall, TooLarge, and the refusals of lending.money.parse.
    """
    written = _written(value)
    decimals = 2 if component.money else component.raw.get("decimalDigits")
    if component.money:
        amount = money.parse(written)
    else:
        amount = Decimal(written)
        if isinstance(decimals, int) and -_exponent(amount) > decimals:
            raise TooManyDecimals(maximum=decimals)
        if len(amount.as_tuple().digits) > DIGITS_MAX:
            raise TooLarge(maximum="9" * DIGITS_MAX)
    minimum = _bound(component, "min", names)
    if component.money and (minimum is None or minimum < 0):
        minimum = Decimal(0)
    maximum = _bound(component, "max", names)
    if minimum is not None and amount < minimum:
        raise TooSmall(minimum=minimum)
    if maximum is not None and amount > maximum:
        raise TooLarge(maximum=maximum)
    return int(amount) if decimals == 0 and not component.money else amount


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _written(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, float)):
        raise NotANumber()
    # A JSON number that a reader already made a float is taken at its shortest decimal writing, which is what was sent.
    text = money.ungrouped(str(value).strip()) if not isinstance(value, float) else repr(value)
    if not _NUMBER.fullmatch(text):
        raise NotANumber()
    return text


def _bound(component: Component, name: str, names: Mapping[str, Any]) -> Decimal | None:
    bound = component.validate.get(name)
    if expressions.is_expression(bound):
        bound = expressions.evaluate(str(bound), names)
    if bound is None or bound == "" or isinstance(bound, bool):
        return None
    text = str(bound)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def datetime_answer(component: Component, value: Any) -> date | datetime | str:
    """A date (subtype date), an aware UTC instant (datetime, read in Asia/Shanghai) or HH:MM (time).

    Raises NotADate for anything that is no day of the calendar.
    """
    subtype = component.raw.get("subtype", "date")
    if isinstance(value, date) and not isinstance(value, datetime) and subtype == "date":
        return value
    if not isinstance(value, str) or len(value) > 40:
        raise NotADate()
    try:
        if subtype == "time":
            if not _TIME.fullmatch(value[:8]):
                raise NotADate()
            return time.fromisoformat(value[:5]).isoformat("minutes")
        if subtype == "datetime":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=_HOME)).astimezone(UTC)
        if not _DATE.fullmatch(value):
            raise NotADate()
        day = date.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise NotADate() from error
    if not 1900 <= day.year <= 2200:
        raise NotADate()
    return day


def options(component: Component, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The offered options: static ``values``, or from trusted data by ``valuesKey`` or ``valuesExpression``."""
    offered: Any = component.raw.get("values")
    source, expression = component.raw.get("valuesKey"), component.raw.get("valuesExpression")
    if isinstance(source, str) and source:
        offered = names.get(source)
    elif expressions.is_expression(expression):
        offered = expressions.evaluate(str(expression), names)
    found = offered if isinstance(offered, (list, tuple)) else ()
    return [
        item if isinstance(item, dict) else {"label": str(item), "value": item}
        for item in found[:OPTIONS_MAX]
        if not isinstance(item, dict) or "value" in item
    ]


def choice_answer(component: Component, value: Any, names: Mapping[str, Any]) -> Any:
    """The chosen option's own value. Raises NotAnOption."""
    for option in options(component, names):
        if option["value"] == value and type(option["value"]) is type(value):
            return option["value"]
    raise NotAnOption()


def choices_answer(component: Component, value: Any, names: Mapping[str, Any]) -> list[Any]:
    """The chosen options, each at most once. Raises WrongShape, NotAnOption, Duplicated and the bounds' refusals."""
    if not isinstance(value, list):
        raise WrongShape(expected_zh="选项列表", expected_en="a list of options")
    if len(value) > OPTIONS_MAX:
        raise TooManyRows(maximum=OPTIONS_MAX, actual=len(value))
    chosen = [choice_answer(component, item, names) for item in value]
    if any(item in chosen[:at] for at, item in enumerate(chosen)):
        raise Duplicated()
    within(component, len(chosen))
    return chosen


def within(component: Component, count: int) -> None:
    """Check a number of rows, files or choices against the bounds of the component and LIST_ROWS_MAX."""
    minimum, maximum = component.validate.get("min"), component.validate.get("max")
    if isinstance(minimum, int) and count < minimum:
        raise TooFewRows(minimum=minimum, actual=count)
    most = maximum if isinstance(maximum, int) else LIST_ROWS_MAX
    if component.type != "checklist" and component.type != "taglist":
        most = min(most, LIST_ROWS_MAX)
    if count > most:
        raise TooManyRows(maximum=most, actual=count)


def checkbox_answer(component: Component, value: Any) -> bool:
    """True or False; a required box must be ticked. Raises WrongShape, Required."""
    if not isinstance(value, bool):
        raise WrongShape(expected_zh="是或否", expected_en="true or false")
    if component.validate.get("required") and not value:
        raise Required()
    return value


def plain(value: Any) -> Any:
    """A value as JSON for the browser: amounts and other decimals as text, so that no binary float touches them.

    >>> plain({"amount": Decimal("100000.00"), "on": date(2026, 1, 31)})
    {'amount': '100000.00', 'on': '2026-01-31'}
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(below) for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(below) for below in value]
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)

"""The regular expressions of forms: JavaScript's meaning, run in linear time whatever an analyst wrote.

The browser tests ``new RegExp(pattern).test(value)``: unanchored, ``$`` only at the very end, ``\\d`` and ``\\w`` of
ASCII only, ``.`` without line ends, text as UTF-16 units (ECMA-262, section 22.2). Python's ``re`` differs in each of
these and can run for hours on a nested repetition, so a pattern is compiled here into a small machine whose states
are followed side by side: the time is bounded by pattern size times text length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

PROGRAM_MAX = 2_000
TEXT_MAX = 1_000

Units: TypeAlias = Callable[[int], bool]

_SPACE = frozenset(map(ord, "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff")) | frozenset(
    range(0x2000, 0x200B)
)
_LINE_ENDS = frozenset(map(ord, "\n\r\u2028\u2029"))
_ESCAPES = {"n": 10, "r": 13, "t": 9, "v": 11, "f": 12, "0": 0}


class PatternInvalid(ValueError):
    """The text is no regular expression of the supported kind; the message says what to change."""


def _digit(unit: int) -> bool:
    return 48 <= unit <= 57


def _word(unit: int) -> bool:
    return _digit(unit) or 65 <= unit <= 90 or 97 <= unit <= 122 or unit == 95


def _space(unit: int) -> bool:
    return unit in _SPACE


_CLASSES: dict[str, Units] = {
    "d": _digit,
    "D": lambda unit: not _digit(unit),
    "w": _word,
    "W": lambda unit: not _word(unit),
    "s": _space,
    "S": lambda unit: not _space(unit),
}


@dataclass(frozen=True)
class _Step:
    """One instruction: "unit" tests a unit, "split" goes on at two places, "assert" tests the position, "match"."""

    kind: str
    accepts: Units | None = None
    targets: tuple[int, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    program: tuple[_Step, ...]

    def matches(self, value: str) -> bool:
        """Whether the pattern is found anywhere in ``value`` (at most TEXT_MAX characters; longer never matches)."""
        if len(value) > TEXT_MAX:
            return False
        encoded = value.encode("utf-16-le", "surrogatepass")
        units = [int.from_bytes(encoded[at : at + 2], "little") for at in range(0, len(encoded), 2)]
        current: set[int] = set()
        for position in range(len(units) + 1):
            current = self._closure(current | {0}, units, position)
            if len(self.program) - 1 in current:
                return True
            if position < len(units):
                current = {state + 1 for state in current if self._takes(state, units[position])}
        return False

    def _takes(self, state: int, unit: int) -> bool:
        accepts = self.program[state].accepts
        return accepts is not None and accepts(unit)

    def _closure(self, states: set[int], units: list[int], position: int) -> set[int]:
        seen: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            step = self.program[state]
            if step.kind == "split":
                waiting.extend(step.targets)
            elif step.kind == "assert" and _holds(step.anchor, units, position):
                waiting.append(state + 1)
        return seen


def _holds(anchor: str, units: list[int], position: int) -> bool:
    if anchor == "^":
        return position == 0
    if anchor == "$":
        return position == len(units)
    before = position > 0 and _word(units[position - 1])
    after = position < len(units) and _word(units[position])
    return (before != after) == (anchor == "b")


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Compile a JavaScript pattern.

    Raises PatternInvalid for look-around, back references, named groups, unicode property escapes and for a pattern
    that grows beyond PROGRAM_MAX steps.

    >>> compile_pattern("^1[3-9][0-9]{9}$").matches("13800138000")
    True
    >>> compile_pattern("^[0-9]+$").matches("12" + chr(10))
    False
    """
    reader = _Reader(text)
    steps = reader.alternatives()
    if reader.at < len(text):
        raise PatternInvalid(f"“)” at character {reader.at + 1} closes no group")
    return Pattern(text, (*_relink(steps, 0), _Step("match")))


def _relink(steps: list[_Step], base: int) -> list[_Step]:
    """Targets are written relative to their own step; make them positions in the program."""
    return [
        _Step(step.kind, step.accepts, tuple(base + at + target for target in step.targets), step.anchor)
        for at, step in enumerate(steps)
    ]


class _Reader:
    """Reads a pattern by recursive descent; each method returns steps with relative targets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        if self.at >= len(self.text):
            raise PatternInvalid("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self) -> list[_Step]:
        steps = self.sequence()
        while self.peek() == "|":
            self.at += 1
            other = self.sequence()
            jump = _Step("split", targets=(len(other) + 1,))
            steps = [_Step("split", targets=(1, len(steps) + 2)), *steps, jump, *other]
            _bounded(steps)
        return steps

    def sequence(self) -> list[_Step]:
        steps: list[_Step] = []
        while self.peek() not in ("", "|", ")"):
            steps += self.repeated()
            _bounded(steps)
        return steps

    def repeated(self) -> list[_Step]:
        start = self.at
        piece = self.piece()
        bounds = self.bounds()
        if bounds is None:
            return piece
        if piece and piece[0].kind == "assert" and len(piece) == 1:
            raise PatternInvalid(f"nothing to repeat at character {start + 1}")
        minimum, maximum = bounds
        if len(piece) * max(minimum, maximum or 0, 1) > PROGRAM_MAX:
            raise PatternInvalid(f"a repetition grows beyond {PROGRAM_MAX} steps; use smaller counts")
        steps = piece * minimum
        size = len(piece)
        if maximum is None:
            return [
                *steps,
                _Step("split", targets=(1, size + 2)),
                *piece,
                _Step("split", targets=(-size - 1,)),
            ]
        optional = maximum - minimum
        for left in range(optional, 0, -1):
            steps = [*steps, _Step("split", targets=(1, left * (size + 1))), *piece]
        return steps

    def bounds(self) -> tuple[int, int | None] | None:
        sign = self.peek()
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if sign in simple and sign:
            self.at += 1
            found = simple[sign]
        elif sign == "{":
            counted = self.counted()
            if counted is None:
                return None
            found = counted
        else:
            return None
        if self.peek() == "?":
            self.at += 1
        if self.peek() in ("*", "+", "?") and self.peek():
            raise PatternInvalid(f"nothing to repeat at character {self.at + 1}")
        return found

    def counted(self) -> tuple[int, int | None] | None:
        end = self.text.find("}", self.at)
        inner = self.text[self.at + 1 : end] if end > 0 else ""
        low, comma, high = inner.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            return None
        if max(len(low), len(high)) > 5:
            raise PatternInvalid(f"the count {{{inner}}} is too large")
        self.at = end + 1
        maximum = int(high) if high else None if comma else int(low)
        if maximum is not None and maximum < int(low):
            raise PatternInvalid(f"the counts of {{{inner}}} are in the wrong order")
        return int(low), maximum

    def piece(self) -> list[_Step]:
        sign = self.take()
        if sign == "(":
            return self.group()
        if sign == "[":
            return [_Step("unit", self.character_class())]
        if sign == ".":
            return [_Step("unit", lambda unit: unit not in _LINE_ENDS)]
        if sign in "^$":
            return [_Step("assert", anchor=sign)]
        if sign == "\\":
            return self.escaped()
        if sign in "*+?":
            raise PatternInvalid(f"nothing to repeat at character {self.at}")
        if sign == "{" and self.text[self.at : self.at + 1].isdigit():
            raise PatternInvalid(f"nothing to repeat at character {self.at}")
        return _literal(sign)

    def group(self) -> list[_Step]:
        if self.peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise PatternInvalid("look-around and named groups are not supported; use plain groups")
            self.at += 2
        self.depth += 1
        if self.depth > 50:
            raise PatternInvalid("groups are nested more than 50 deep")
        steps = self.alternatives()
        self.depth -= 1
        if self.peek() != ")":
            raise PatternInvalid("a group is not closed with “)”")
        self.at += 1
        return steps

    def escaped(self) -> list[_Step]:
        sign = self.take()
        if sign in "bB":
            return [_Step("assert", anchor=sign)]
        if sign in _CLASSES:
            return [_Step("unit", _CLASSES[sign])]
        return [_Step("unit", _one(self.escape_value(sign)))]

    def escape_value(self, sign: str) -> int:
        if sign in _ESCAPES:
            return _ESCAPES[sign]
        if sign in "xu":
            length = 2 if sign == "x" else 4
            digits = self.text[self.at : self.at + length]
            if len(digits) == length and all(one in "0123456789abcdefABCDEF" for one in digits):
                self.at += length
                return int(digits, 16)
            return ord(sign)
        if sign.isascii() and (sign.isdigit() or sign in "kpPc"):
            raise PatternInvalid(
                f"“\\{sign}” is not supported: no back references, property or control escapes"
            )
        return ord(sign)

    def character_class(self) -> Units:
        negated = self.peek() == "^"
        self.at += negated
        tests: list[Units] = []
        while True:
            sign = self.take()
            if sign == "]":
                break
            low = self.class_unit(sign, tests)
            if (
                low is not None
                and self.peek() == "-"
                and self.text[self.at + 1 : self.at + 2] not in ("", "]")
            ):
                self.at += 1
                high = self.class_unit(self.take(), tests)
                if high is None or high < low:
                    raise PatternInvalid(f"a range in […] at character {self.at} is out of order")
                tests.append(_between(low, high))
            elif low is not None:
                tests.append(_one(low))
        found = tuple(tests)
        return lambda unit: any(test(unit) for test in found) != negated

    def class_unit(self, sign: str, tests: list[Units]) -> int | None:
        """The unit of one member; a class such as \\d is added to ``tests`` and gives None."""
        if sign != "\\":
            if ord(sign) > 0xFFFF:
                raise PatternInvalid(f"“{sign}” cannot stand in […]; write it outside")
            return ord(sign)
        sign = self.take()
        if sign in _CLASSES:
            tests.append(_CLASSES[sign])
            return None
        return 8 if sign == "b" else self.escape_value(sign)


def _bounded(steps: list[_Step]) -> None:
    if len(steps) > PROGRAM_MAX:
        raise PatternInvalid(f"the pattern grows beyond {PROGRAM_MAX} steps; use smaller counts")


def _one(wanted: int) -> Units:
    return lambda unit: unit == wanted


def _between(low: int, high: int) -> Units:
    return lambda unit: low <= unit <= high


def _literal(sign: str) -> list[_Step]:
    encoded = sign.encode("utf-16-le", "surrogatepass")
    return [
        _Step("unit", _one(int.from_bytes(encoded[at : at + 2], "little")))
        for at in range(0, len(encoded), 2)
    ]

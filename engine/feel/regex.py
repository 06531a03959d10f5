"""XPath regular expressions for `matches`, `replace` and `split`, run within the evaluation's budget.

Python's own engine can take time exponential in its input and knows neither the flags nor the character
classes of XPath (XQuery and XPath Functions 3.1, 5.6). A pattern becomes a small program; running it
keeps an explicit stack of alternatives and pays a step for each instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any, TypeAlias

from engine.feel.values import Run

Spans: TypeAlias = list[tuple[int, int]]


class PatternInvalid(Exception):
    """The text is not an XPath regular expression, its flags or its replacement are not."""


class Op(Enum):
    """What an instruction of a compiled pattern does."""

    TAKE = auto()
    """Consume one character that the predicate accepts."""
    SPLIT = auto()
    """Go on at the first target, and at the second should that fail."""
    JUMP = auto()
    SAVE = auto()
    """Note the position in a slot."""
    MOVED = auto()
    """Fail unless the position moved since the slot was written: ends empty rounds of a loop."""
    START = auto()
    """Fail unless at the start (of a line, where the flag m is set)."""
    END = auto()
    BACK = auto()
    """Consume again what a group consumed."""
    DONE = auto()


Instruction: TypeAlias = tuple[Op, Any, Any]


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern: its program, its number of groups and slots, its flags."""

    program: tuple[Instruction, ...]
    groups: int
    slots: int
    multiline: bool
    fold: Callable[[str], str] | None

    def search(self, text: str, start: int, run: Run) -> Spans | None:
        """Return the spans of the first match at or after `start` and of its groups (-1 where unmatched)."""
        for position in range(start, len(text) + 1):
            found = self._match(text, position, run)
            if found:
                return found
        return None

    def all_matches(self, text: str, run: Run) -> Iterator[Spans]:
        """Yield the matches that do not overlap, from left to right."""
        position = 0
        while position <= len(text) and (found := self.search(text, position, run)):
            yield found
            position = max(found[0][1], position + 1)

    def _match(self, text: str, position: int, run: Run) -> Spans | None:
        program, start, slots = self.program, position, [-1] * self.slots
        stack: list[tuple[int, int, list[int]]] = []
        at = steps = 0
        while True:
            steps += 1
            if steps & 63 == 0:
                run.spend(64)
            op, first, second = program[at]
            at += 1
            if op is Op.TAKE:
                if position < len(text) and first(text[position]):
                    position += 1
                    continue
            elif op is Op.SPLIT:
                stack.append((second, position, slots))
                at = first
                continue
            elif op is Op.JUMP:
                at = first
                continue
            elif op is Op.SAVE:
                slots = [*slots]
                slots[first] = position
                continue
            elif op is Op.DONE:
                run.spend(steps & 63)
                pairs = [(slots[2 * group], slots[2 * group + 1]) for group in range(1, self.groups + 1)]
                return [(start, position), *pairs]
            elif (moved := self._tested(op, first, text, position, slots)) is not None:
                position = moved
                continue
            if not stack:
                run.spend(steps & 63)
                return None
            at, position, slots = stack.pop()

    def _tested(self, op: Op, argument: int, text: str, position: int, slots: list[int]) -> int | None:
        """Return the position after an assertion or a back reference, None where it fails."""
        if op is Op.MOVED:
            return position if slots[argument] != position else None
        if op is Op.START:
            at_line = self.multiline and position > 0 and text[position - 1] == "\n"
            return position if position == 0 or at_line else None
        if op is Op.END:
            at_line = self.multiline and position < len(text) and text[position] == "\n"
            return position if position == len(text) or at_line else None
        begin, end = slots[2 * argument], slots[2 * argument + 1]
        if begin < 0 or end < 0:
            return position
        wanted, found = text[begin:end], text[position : position + end - begin]
        same = self.fold(wanted) == self.fold(found) if self.fold else wanted == found
        return position + len(wanted) if same else None


def expand(replacement: str, text: str, match: Spans, *, literal: bool) -> str:
    """Return `replacement` with `$1` … replaced by the groups; raises PatternInvalid for a lone `$` or `\\`."""
    if literal:
        return replacement
    parts: list[str] = []
    index = 0
    while index < len(replacement):
        char, following = replacement[index], replacement[index + 1 : index + 2]
        index += 1
        if char == "\\":
            if following not in ("\\", "$") or not following:
                raise PatternInvalid("a backslash must be followed by \\ or $")
            parts.append(following)
            index += 1
        elif char == "$":
            if not (following.isascii() and following.isdigit()):
                raise PatternInvalid("a $ must be followed by a digit")
            group = int(following)
            index += 1
            while index < len(replacement) and replacement[index] in "0123456789":
                if group * 10 + int(replacement[index]) >= len(match):
                    break
                group = group * 10 + int(replacement[index])
                index += 1
            if group < len(match) and match[group][0] >= 0:
                parts.append(text[match[group][0] : match[group][1]])
        else:
            parts.append(char)
    return "".join(parts)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """Compile a pattern with the flags s, m, i, x, q. Raises PatternInvalid."""
    from engine.feel.regex_parser import parse_pattern

    if set(flags) - set("smixq"):
        raise PatternInvalid(f"unknown flag in {flags!r}")
    return parse_pattern(pattern, frozenset(flags))

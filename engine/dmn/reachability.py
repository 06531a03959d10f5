"""Rows of decision tables that nobody can reach: hidden by a row above, or asking for what no value can be.

Read from the text of the cells: ``-``, lists of texts and truth values, comparisons and intervals of numbers. Any
other cell is taken as it stands and hides only its like; a table that this cannot judge is not blamed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from decimal import Decimal

from lxml import etree

from engine.xml import XmlRefused, read_xml

_COMPARED = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
_INTERVAL = re.compile(r"([\[\](])\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*([\[\])])")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PARTS = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
# A row that matches hides those below it; in a unique table two rows that always match together break it.
_HIDING = frozenset({"FIRST", "UNIQUE"})


@dataclass(frozen=True)
class HiddenRow:
    """A row that cannot decide anything: ``by`` is the row above that goes before it, None if it asks too much."""

    decision_id: str
    decision_name: str
    row: int
    by: int | None

    def text(self, language: str) -> str:
        """What is wrong and what to do, in a sentence."""
        if self.by is None:
            if language == "zh":
                return f"第 {self.row} 行的条件没有任何值能满足，请更正。"
            return f"row {self.row} asks for what no value can be; correct it"
        if language == "zh":
            return f"第 {self.row} 行永远轮不到：第 {self.by} 行已包含它的全部情形，请调整次序或条件。"
        return f"row {self.row} is never reached: row {self.by} holds in all its cases; change order or conditions"


@dataclass(frozen=True)
class _Range:
    """Numbers from ``low`` to ``high``; None is no bound, ``*_in`` whether the bound belongs to it."""

    low: Decimal | None
    low_in: bool
    high: Decimal | None
    high_in: bool

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    def holds(self, other: _Range) -> bool:
        """Whether every number of the other is one of these."""
        return self._low_fits(other) and self._high_fits(other)

    def _low_fits(self, other: _Range) -> bool:
        if self.low is None:
            return True
        if other.low is None:
            return False
        return other.low > self.low or (other.low == self.low and (self.low_in or not other.low_in))

    def _high_fits(self, other: _Range) -> bool:
        if self.high is None:
            return True
        if other.high is None:
            return False
        return other.high < self.high or (other.high == self.high and (self.high_in or not other.high_in))


_Test = str | _Range


@dataclass(frozen=True)
class _Cell:
    """What a cell asks: anything (None), or one of its tests."""

    tests: frozenset[_Test] | None

    @property
    def is_impossible(self) -> bool:
        return self.tests is not None and all(
            isinstance(test, _Range) and test.is_empty for test in self.tests
        )

    def holds(self, other: _Cell) -> bool:
        """Whether whatever fulfils the other fulfils this one."""
        mine, theirs = self.tests, other.tests
        if mine is None or theirs is None:
            return mine is None
        return all(any(_covers(one, test) for one in mine) for test in theirs)


@lru_cache(maxsize=512)
def hidden_rows(xml: bytes) -> tuple[HiddenRow, ...]:
    """Every row of every table of a DMN file that cannot decide anything, in the order of the file.

    A file that is no XML has none: its reader says what is wrong with it.
    """
    try:
        root = read_xml(xml, what="the decision model")
    except XmlRefused:
        return ()
    return tuple(
        hidden
        for decision in root.iter("{*}decision")
        for table in decision.iterchildren("{*}decisionTable")
        for hidden in _of_table(decision, table)
    )


def _of_table(decision: etree._Element, table: etree._Element) -> Iterator[HiddenRow]:
    rows = [
        [_cell(entry.findtext("{*}text") or "") for entry in rule.iterchildren("{*}inputEntry")]
        for rule in table.iterchildren("{*}rule")
    ]
    hides = table.get("hitPolicy", "UNIQUE") in _HIDING
    for at, row in enumerate(rows, 1):
        by: int | None = None
        if not any(cell.is_impossible for cell in row):
            by = _hiding(rows[: at - 1], row) if hides else None
            if by is None:
                continue
        yield HiddenRow(decision.get("id", ""), decision.get("name", ""), at, by)


def _hiding(above: Sequence[Sequence[_Cell]], row: Sequence[_Cell]) -> int | None:
    """The first row above that holds wherever this one does."""
    for at, other in enumerate(above, 1):
        if all(mine.holds(theirs) for mine, theirs in zip(other, row, strict=False)):
            return at
    return None


def _cell(text: str) -> _Cell:
    plain = " ".join(text.split())
    if plain in ("", "-"):
        return _Cell(None)
    return _Cell(frozenset(_test(part.strip()) for part in _PARTS.split(plain)))


def _test(part: str) -> _Test:
    if compared := _COMPARED.fullmatch(part):
        sign, bound = compared[1], Decimal(compared[2])
        included = "=" in sign
        if sign.startswith("<"):
            return _Range(None, False, bound, included)
        return _Range(bound, included, None, False)
    if interval := _INTERVAL.fullmatch(part):
        return _Range(Decimal(interval[2]), interval[1] == "[", Decimal(interval[3]), interval[4] == "]")
    if _NUMBER.fullmatch(part):
        return _Range(Decimal(part), True, Decimal(part), True)
    return part


def _covers(one: _Test, other: _Test) -> bool:
    if isinstance(one, _Range) and isinstance(other, _Range):
        return one.holds(other)
    return one == other

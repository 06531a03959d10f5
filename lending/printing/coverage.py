"""Which characters the contract fonts can draw, read from the fonts themselves (OpenType cmap, format 12).

https://learn.microsoft.com/typography/opentype/spec/cmap
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import typst

from lending.errors import LendingError

FONTS = Path(__file__).parent / "fonts"
_INVISIBLE = frozenset("\n\r\t \u00a0\u3000")


class CharactersNotPrintable(LendingError):
    """A text holds characters outside the fonts: printing it would leave boxes in a contract."""

    code = "characters_not_printable"
    zh = "“{text}”中的字符“{characters}”不在合同字库内，无法打印，请核对；确为生僻字时请改用手工合同。"
    en = "The characters {characters} of {text} are outside the contract fonts; correct them or use a manual contract."


@cache
def fonts() -> typst.Fonts:
    """The contract fonts, looked for once: that takes longer than a page."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def check(text: str) -> None:
    """Refuse a text with a character that one of the fonts cannot draw."""
    missing = outside(text)
    if missing:
        raise CharactersNotPrintable(text=text[:40], characters=missing)


def outside(text: str) -> str:
    """The characters of a text that one of the fonts cannot draw, each once; empty when it can be printed.

    >>> outside("张伟"), outside("林𠀀")
    ('', '𠀀')
    """
    known = covered()
    return "".join(sorted({sign for sign in text if sign not in _INVISIBLE and ord(sign) not in known}))


@cache
def covered() -> frozenset[int]:
    """The code points that all contract fonts have a glyph for."""
    fonts = [_code_points(path.read_bytes()) for path in sorted(FONTS.glob("*.otf"))]
    return frozenset.intersection(*fonts)


def _code_points(font: bytes) -> frozenset[int]:
    cmap = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for index in range(count):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * index + 4)
        (form,) = struct.unpack_from(">H", font, cmap + offset)
        if form == 12:
            return _groups(font, cmap + offset)
    raise ValueError("the font has no character map of format 12")


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no table {tag!r}")


def _groups(font: bytes, at: int) -> frozenset[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    points: set[int] = set()
    for index in range(count):
        first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * index)
        points.update(range(first, last + 1))
    return frozenset(points)

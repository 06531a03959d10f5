"""The character classes of XPath regular expressions: `\\d`, `\\i`, `\\p{Lu}`, `\\p{IsGreek}` …"""

import re
import unicodedata
from collections.abc import Callable
from typing import TypeAlias

from engine.feel.lexer import NAME_PART, NAME_START
from engine.feel.regex import PatternInvalid

CharacterClass: TypeAlias = Callable[[str], bool]

_CATEGORIES = frozenset(
    initial + rest
    for initial, details in {
        "L": "ultmo",
        "M": "nce",
        "N": "dlo",
        "P": "cdseifo",
        "Z": "slp",
        "S": "mcko",
        "C": "cfon",
    }.items()
    for rest in ("", *details)
)
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Thai": (0x0E00, 0x0E7F),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}
_NAME_START = re.compile(f"[:{NAME_START}]")
_NAME_PART = re.compile(f"[-.:{NAME_PART}]")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


def single(char: str) -> CharacterClass:
    """Return the class of one character."""
    return lambda c: c == char


def folded(accepts: CharacterClass) -> CharacterClass:
    """Return the class that ignores case."""
    return lambda c: accepts(c) or accepts(c.lower()) or accepts(c.upper())


def _category(name: str) -> CharacterClass:
    return lambda c: unicodedata.category(c).startswith(name)


def _block(first: int, last: int) -> CharacterClass:
    return lambda c: first <= ord(c) <= last


def _not(accepts: CharacterClass) -> CharacterClass:
    return lambda c: not accepts(c)


_ESCAPES: dict[str, CharacterClass] = {
    "d": _category("Nd"),
    "s": lambda c: c in " \t\n\r",
    "w": lambda c: unicodedata.category(c)[0] not in "PZC",
    "i": lambda c: _NAME_START.fullmatch(c) is not None,
    "c": lambda c: _NAME_PART.fullmatch(c) is not None,
}


def escape_class(text: str, index: int) -> tuple[CharacterClass, int]:
    """Return the class of the escape whose letter stands at `index`, and the index after it."""
    char = text[index : index + 1]
    if char in ("p", "P") and char:
        end = text.find("}", index)
        if text[index + 1 : index + 2] != "{" or end < 0:
            raise PatternInvalid("a category is written \\p{…}")
        accepts = _property(text[index + 2 : end])
        return (accepts if char == "p" else _not(accepts)), end + 1
    if char in _CONTROLS:
        return single(_CONTROLS[char]), index + 1
    if char.lower() in _ESCAPES:
        accepts = _ESCAPES[char.lower()]
        return (accepts if char.islower() else _not(accepts)), index + 1
    if char and char in "\\|.?*+(){}-[]^$":
        return single(char), index + 1
    raise PatternInvalid(f"\\{char} is no escape")


def _property(name: str) -> CharacterClass:
    if name in _CATEGORIES:
        return _category(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        raise PatternInvalid(f"{name!r} is no category or block")
    return _block(*block)

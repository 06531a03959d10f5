"""The two languages of the pages: Chinese is written in the source, English is looked up in ``locale/en.po``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from babel.messages.pofile import read_po
from flask import g, has_request_context, session

from company.messages import Language

CATALOGUE = Path(__file__).parent / "locale" / "en.po"


class Named(Protocol):
    """Whatever has a Chinese name and an English one: a person, a unit, a role."""

    name: Any
    name_en: Any


@cache
def catalogue() -> dict[str, str]:
    """English by Chinese, read once."""
    with CATALOGUE.open("rb") as file:
        messages = read_po(file, locale="en")
    return {cast(str, message.id): cast(str, message.string) for message in messages if message.id}


def current() -> Language:
    """The language of this request: the one chosen in this session, else Chinese."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        g.language = "en" if session.get("language") == "en" else "zh"
    return cast(Language, g.language)


def translate(text: str, /, **facts: Any) -> str:
    """``text`` in the language of this request, its ``{placeholders}`` filled with ``facts``."""
    spoken = catalogue().get(text, text) if current() == "en" else text
    return spoken.format(**facts) if facts else spoken


def named(thing: Named | None) -> str:
    """The name of a person, unit or role in the language of this request; nothing for nobody."""
    if thing is None:
        return ""
    return str(thing.name_en or thing.name) if current() == "en" else str(thing.name)

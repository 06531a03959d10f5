"""Enumerations whose members carry the words a person reads for them, in Chinese and in English."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from company.messages import Language


class Labelled(StrEnum):
    """A string enumeration; each member is written as ``NAME = "value", "中文", "English"``.

    >>> class Colour(Labelled):
    ...     RED = "red", "红色", "Red"
    >>> Colour("red").label("zh"), Colour.RED.label("en"), Colour.RED == "red"
    ('红色', 'Red', True)
    """

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Make the member equal to its stored value and attach its words; with a value alone, look the member up."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member

    def label(self, language: Language) -> str:
        """The words for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en

    @classmethod
    def has(cls, value: str) -> bool:
        """Whether a member has this stored value."""
        return value in cls._value2member_map_

    @classmethod
    def choices(cls, language: Language) -> list[tuple[str, str]]:
        """Value and words of every member, for a list to choose from."""
        return [(member.value, member.label(language)) for member in cls]

"""What a VIN says of a car: who made it where (ISO 3780, GB 16737), and of which model year (ISO 3779, GB 16735).

The makers are those a Chinese lender meets, ``wmi.csv``; the countries are ranges of the first two signs,
``vin_countries.csv``. A maker of few cars has 9 as the third sign and shares it: positions 12 to 14 tell which one,
and are not listed here.

>>> told = decode("LGXCE6CB4P0123456", latest_year=2027)
>>> told.maker.en, told.region.en, told.country.en, told.model_year, told.plant
('BYD Auto', 'Asia', 'China', 2023, '0')
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lending.identifiers import vin

_HERE = Path(__file__).parent
# Position 10 in its order; the cycle of thirty years begins with A in 1980. I, O, Q, U, Z and 0 stand for no year.
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_CYCLE_BEGINS = 1980
# The order of signs within a range of ISO 3780: letters, then 1 to 9, then 0.
_ORDER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890"


@dataclass(frozen=True)
class Words:
    """A name in both languages."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        """The name for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Decoded:
    """What the signs say; None where the table does not hold it or the sign stands for nothing."""

    wmi: str
    region: Words
    country: Words | None
    maker: Words | None
    small_maker: bool
    model_year: int | None
    plant: str
    serial: str


_REGIONS = (
    ("ABCDEFGH", Words("非洲", "Africa")),
    ("JKLMNPR", Words("亚洲", "Asia")),
    ("STUVWXYZ", Words("欧洲", "Europe")),
    ("12345", Words("北美洲", "North America")),
    ("67", Words("大洋洲", "Oceania")),
    ("890", Words("南美洲", "South America")),
)
# H was Africa's until ISO 3780 gave it to China.
_GIVEN_AWAY = {"H": Words("亚洲", "Asia"), "7": Words("大洋洲 / 北美洲", "Oceania / North America")}


def decode(text: str, *, latest_year: int) -> Decoded:
    """Read the signs of a VIN; ``latest_year``: the newest model year that can be meant, as the signs repeat after 30.

    Raises :class:`lending.identifiers.vin.VinForm`.
    """
    number = vin.validate(text)
    wmi = number[:3]
    return Decoded(
        wmi=wmi,
        region=_region(wmi[0]),
        country=_country(wmi[:2]),
        maker=_makers().get(wmi),
        small_maker=wmi[2] == "9",
        model_year=model_year(number[9], latest_year=latest_year),
        plant=number[10],
        serial=number[11:],
    )


def model_year(sign: str, *, latest_year: int) -> int | None:
    """The newest year up to ``latest_year`` that the sign at position 10 stands for; None if it stands for none.

    >>> model_year("P", latest_year=2027), model_year("Y", latest_year=2027), model_year("U", latest_year=2027)
    (2023, 2000, None)
    """
    if sign not in _YEARS:
        return None
    first = _CYCLE_BEGINS + _YEARS.index(sign)
    return first + max(0, latest_year - first) // len(_YEARS) * len(_YEARS)


def _region(sign: str) -> Words:
    if sign in _GIVEN_AWAY:
        return _GIVEN_AWAY[sign]
    return next(words for signs, words in _REGIONS if sign in signs)


def _country(signs: str) -> Words | None:
    place = _ORDER.index(signs[1])
    for first, last, words in _countries():
        low, high = _ORDER.index(first[1]), _ORDER.index(last[1])
        whole = first[1] == "0" and last[1] == "Z"
        if signs[0] == first[0] and (whole or low <= place <= high):
            return words
    return None


@cache
def _makers() -> dict[str, Words]:
    with (_HERE / "wmi.csv").open(encoding="utf-8", newline="") as file:
        return {row["wmi"]: Words(row["zh"], row["en"]) for row in csv.DictReader(file)}


@cache
def _countries() -> tuple[tuple[str, str, Words], ...]:
    with (_HERE / "vin_countries.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["first"], row["last"], Words(row["zh"], row["en"])) for row in csv.DictReader(file))

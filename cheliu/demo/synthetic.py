"""Synthetic people and cars whose numbers pass their check digits and belong to nobody.

Everything is drawn from one seeded generator, so that the same seed gives the same company on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
_MODEL_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"  # from 2010 on
_FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN_NAMES = (
    "建国",
    "秀英",
    "志强",
    "晓明",
    "婷婷",
    "海燕",
    "文博",
    "雨欣",
    "子轩",
    "思远",
    "佳怡",
    "浩然",
    "梦洁",
    "俊杰",
    "雪梅",
    "国华",
    "丽娜",
    "明哲",
    "静怡",
    "天宇",
    "永康",
    "春梅",
    "立新",
    "玉兰",
    "家豪",
    "欣然",
    "宇航",
    "慧敏",
    "振华",
    "晨曦",
)
_REGIONS = (
    "110105",
    "310115",
    "310104",
    "320106",
    "330106",
    "440305",
    "440106",
    "510104",
    "420106",
    "370102",
)
_STREETS = ("人民路", "解放路", "建设大道", "中山路", "和平街", "新华路", "长江路", "文化路")
_CITIES = ("上海市浦东新区", "上海市徐汇区", "南京市鼓楼区", "杭州市西湖区", "深圳市南山区", "广州市天河区")


@dataclass(frozen=True)
class Car:
    """A car of the demo: model, energy (``ice`` or ``nev``), price in yuan."""

    model: str
    energy: str
    price: Decimal
    wmi: str


CARS = (
    Car("比亚迪 汉EV 2026款", "nev", Decimal(229800), "LGX"),
    Car("比亚迪 秦PLUS DM-i", "nev", Decimal(109800), "LGX"),
    Car("特斯拉 Model Y", "nev", Decimal(263900), "LRW"),
    Car("吉利 星越L", "ice", Decimal(152700), "LB3"),
    Car("丰田 凯美瑞", "ice", Decimal(189800), "LVG"),
    Car("大众 途观L", "ice", Decimal(199900), "LSV"),
    Car("理想 L7 Pro", "nev", Decimal(301800), "HLX"),
    Car("本田 CR-V", "ice", Decimal(185900), "LVH"),
    Car("长安 深蓝S07", "nev", Decimal(149900), "LS5"),
    Car("红旗 H5", "ice", Decimal(159800), "LFP"),
)


@dataclass(frozen=True)
class Person:
    """A person who does not exist."""

    name: str
    identity_no: str
    mobile: str
    address: str
    monthly_income: Decimal


def identity_check_digit(first_17: str) -> str:
    """The last character of a resident identity number (GB 11643-1999).

    >>> identity_check_digit("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def vin_check_digit(vin: str) -> str:
    """The ninth character of a vehicle identification number (GB 16735-2019); what stands there now does not count.

    >>> vin_check_digit("1M8GDM9AXKP042788")
    'X'
    """
    values = (int(sign) if sign.isdigit() else _VIN_VALUES[sign] for sign in vin)
    return "0123456789X"[sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11]


class Synthesizer:
    """Draws people, cars and numbers from one seed; none twice among the first thousand, all well formed for ever.

    ``first``: behind which serial number they are drawn, so that nobody whom another one draws is among them.
    """

    def __init__(self, seed: int, *, first: int = 0) -> None:
        self._random = Random(seed)
        self._serial = first

    def person(self) -> Person:
        """A person between 23 and 55 years old on the demo company's days."""
        pick = self._random
        self._serial += 1
        born = date(1971, 1, 1) + timedelta(days=pick.randrange(32 * 365))
        first_17 = f"{pick.choice(_REGIONS)}{born:%Y%m%d}{self._serial % 1000:03d}"
        return Person(
            name=pick.choice(_FAMILY_NAMES) + pick.choice(_GIVEN_NAMES),
            identity_no=first_17 + identity_check_digit(first_17),
            mobile=f"1{pick.choice('3589')}{pick.randrange(10)}{pick.randrange(10**4):04d}{self._serial % 10**4:04d}",
            address=f"{pick.choice(_CITIES)}{pick.choice(_STREETS)}{pick.randrange(1, 900)}号{pick.randrange(1, 30)}室",
            monthly_income=Decimal(pick.randrange(90, 320) * 100),
        )

    def car(self) -> Car:
        """One of the cars."""
        return self._random.choice(CARS)

    def vin(self, car: Car, model_year: int = 2026) -> str:
        """A vehicle identification number of the car's maker with the right check digit."""
        self._serial += 1
        year = _MODEL_YEARS[(model_year - 2010) % len(_MODEL_YEARS)]
        draft = f"{car.wmi}CE6C{self._random.choice('BCDEFG')}0{year}A{self._serial:06d}"
        return draft[:8] + vin_check_digit(draft) + draft[9:]

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return self._random.choice(items)

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        return self._random.randrange(limit)

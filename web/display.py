"""How values read on a page: money, rates, days, instants in Shanghai, and how near a deadline is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from engine.inbox import COUNTED_MAX
from lending.money import written
from web.language import current
from web.language import translate as _

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOON = timedelta(hours=4)
Tone = Literal["late", "soon", "calm"]

# What browsers say of themselves holds the names of others too: the first sign that is found counts.
_BROWSERS = (
    ("wxwork", "WeCom"),
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Deadline:
    """A deadline in words, and how urgent it is."""

    text: str
    tone: Tone


def yuan(amount: Decimal | None, *, fen: bool = True) -> str:
    """An amount in yuan with thousands separated, to the fen, or whole when ``fen`` is off.

    >>> from decimal import Decimal
    >>> yuan(Decimal("3036.76")), yuan(Decimal("233000.00"), fen=False), yuan(Decimal("-1.5")), yuan(None)
    ('¥3,036.76', '¥233,000', '-¥1.50', '—')
    """
    if amount is None:
        return "—"
    if not fen and amount == amount.to_integral_value():
        return f"{'-' if amount < 0 else ''}¥{abs(amount):,.0f}"
    text = written(amount)
    return f"-¥{text[1:]}" if text.startswith("-") else f"¥{text}"


def percent(rate: Decimal | None) -> str:
    """A fraction a year as a percentage of two decimals or more.

    >>> from decimal import Decimal
    >>> percent(Decimal("0.0588")), percent(Decimal("0.061234"))
    ('5.88%', '6.1234%')
    """
    if rate is None:
        return "—"
    scaled = (rate * 100).normalize()
    exponent = scaled.as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{scaled:.{decimals}f}%"


def counted(number: int) -> str:
    """How many tasks; where counting stopped, that there are more.

    >>> counted(12), counted(500)
    ('12', '499+')
    """
    return str(number) if number < COUNTED_MAX else f"{COUNTED_MAX - 1}+"


def device(agent: str) -> str:
    """A browser and what it runs on, out of what it says of itself; unchanged where that says neither.

    >>> device("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0 Safari/604")
    'WeChat · iPhone'
    >>> device("curl/8.0")
    'curl/8.0'
    """
    named = [next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, named)) or agent


def share(part: Decimal | None) -> str:
    """A part of a whole as a percentage of two decimals, for reading only.

    >>> from decimal import Decimal
    >>> share(Decimal("0.69779643"))
    '69.78%'
    """
    return "—" if part is None else f"{part * 100:.2f}%"


def day(value: date | None) -> str:
    """A business date as 2026-11-21."""
    return "—" if value is None else value.isoformat()


def moment(instant: datetime | None) -> str:
    """An instant on the clocks of Shanghai, as 2026-11-21 09:42."""
    return "—" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def near(instant: datetime, now: datetime) -> str:
    """An instant told from now: today 09:42, yesterday 18:00, 11-19 10:20, or with the year when it is another one."""
    local, today = instant.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    clock_time = local.strftime("%H:%M")
    away = (local.date() - today).days
    words = {0: "今天 {time}", 1: "明天 {time}", -1: "昨天 {time}"}
    if away in words:
        return _(words[away], time=clock_time)
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d")


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit, minutes up to two hours, hours up to two days, then days."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 120:
        return _("{n}分", n=max(minutes, 1))
    if minutes < 48 * 60:
        return _("{n}时", n=minutes // 60)
    return _("{n}天", n=minutes // (24 * 60))


def deadline(due_at: datetime | None, now: datetime) -> Deadline | None:
    """How a deadline stands: overdue by a span, left for a span when near, else the moment itself."""
    if due_at is None:
        return None
    left = due_at - now
    if left < timedelta():
        return Deadline(_("逾期 {span}", span=span(-left)), "late")
    if left < timedelta(hours=2):
        return Deadline(_("剩 {span}", span=span(left)), "soon")
    return Deadline(near(due_at, now), "soon" if left < SOON else "calm")


def initial(name: str) -> str:
    """The sign in the round badge of a person: the family name in Chinese, the first letter in English."""
    return name[:1].upper() if current() == "en" else name[:1]


def yes_no(value: bool) -> str:
    """Yes or no."""
    return _("是") if value else _("否")

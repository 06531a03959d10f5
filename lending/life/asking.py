"""A booking from the answers of its form: the one place that knows how the form's names are meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lending.life.bookings import Booking
from lending.life.events import BANKED
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.maths.choices import Prepayment
from lending.money import ZERO

_PERCENT = Decimal(100)


def booking_of(data: Mapping[str, object], business_key: str) -> Booking:
    """What the answers ask for; without a bank's reference or a reversed event's it stands under the case's number."""
    kind = EventKind(str(data["booking_kind"]))
    rate = _number(data, "rate_percent")
    rule, component = data.get("prepayment_rule"), data.get("booking_component")
    told = Happening(
        kind,
        _day(data["booking_date"]),
        _number(data, "booking_amount") or ZERO,
        rule=Prepayment(str(rule)) if rule and kind is EventKind.PREPAYMENT else None,
        months=int(_number(data, "months_longer") or 0),
        holiday=int(_number(data, "holiday_instalments") or 0),
        annual_rate=None if rate is None else rate / _PERCENT,
        component=Component(str(component)) if component else None,
        returned=bool(data.get("subsidy_returned")),
        reason=str(data.get("booking_reason") or ""),
    )
    reference = business_key
    if kind in BANKED:
        reference = str(data["bank_reference"]).strip()
    elif kind is EventKind.REVERSAL:
        reference = str(data["reversed_reference"]).strip()
    quote_no = str(data.get("quote_no") or "").strip()
    claimed = str(data.get("claimed_reference") or "").strip() if kind is EventKind.CLAIM else ""
    return Booking(str(data["loan_no"]), told, reference, quote_no or None, claimed or None)


def _number(data: Mapping[str, object], name: str) -> Decimal | None:
    value = data.get(name)
    return None if value in (None, "") else Decimal(str(value))


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))

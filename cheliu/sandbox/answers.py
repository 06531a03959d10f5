"""What the simulated bureau, identity check, SMS gateway and fraud scoring say: invented, the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from cheliu.sandbox.enquiries import Mood, Refused

# Of a valid form and of nobody: what a mixed-up report speaks of.
SOMEBODY_ELSE = "360426199101010071"


def identity(question: Mapping[str, str], mood: Mood) -> dict[str, object]:
    """Every name fits its number, unless the switches say otherwise; nobody stands on a list of the courts."""
    return {
        "request_id": question["request_id"],
        "result": "mismatch" if mood.refused else "match",
        "court_listed": None if mood.incomplete else False,
    }


def sms(question: Mapping[str, str], mood: Mood) -> dict[str, object]:
    """Every text is taken; nothing is sent anywhere."""
    if mood.refused:
        raise Refused()
    return {"request_id": question["request_id"], "status": "accepted"}


def fraud(question: Mapping[str, str], mood: Mood) -> dict[str, object]:
    """Below 40 for every car, drawn from its VIN; 80 when the switches refuse, no score when they leave it out."""
    usual = sha256(question["vin"].encode()).digest()[0] % 40
    return {
        "request_id": question["request_id"],
        "score": None if mood.incomplete else 80 if mood.refused else usual,
        "model": "sandbox-1",
    }


def bureau(question: Mapping[str, str], mood: Mood) -> dict[str, object]:
    """A sound record for nearly everybody, drawn from the number; one in twenty has none yet."""
    if mood.refused:
        raise Refused()
    draw = sha256(question["identity_no"].encode()).digest()
    known = draw[0] % 20 != 0
    return {
        "request_id": question["request_id"],
        "identity_no": SOMEBODY_ELSE if mood.foreign else question["identity_no"],
        "has_record": known,
        "overdue_days": None if mood.incomplete else 0,
        "overdue_amount": "0.00",
        "worst_overdue_days": draw[1] % 30 if draw[2] % 8 == 0 and known else 0,
        "overdue_times": int(draw[2] % 8 == 0 and known),
        "overdue_consecutive": 0,
        "enquiries": draw[3] % 4,
        "credit_years": str(1 + draw[4] % 9) if known else "0",
        "unsecured_debt": str(draw[5] * 100) if known else "0",
        "monthly_debt": str(draw[6] * 3) if known else "0",
    }

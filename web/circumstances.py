"""What a form says of a person's work, income and family."""

from __future__ import annotations

from collections.abc import Mapping

from lending import typed
from lending.personal_profiles import Circumstances, Employment, MaritalStatus


def read(form: Mapping[str, str]) -> Circumstances:
    """The circumstances that a form tells; what is malformed is refused (the classes of :mod:`lending.typed`)."""
    employment, marital = form.get("employment", ""), form.get("marital_status", "")
    if not Employment.has(employment):
        raise typed.NotAChoice(text=employment[:40])
    if not MaritalStatus.has(marital):
        raise typed.NotAChoice(text=marital[:40])
    return Circumstances(
        employment=Employment(employment),
        employer=form.get("employer", ""),
        position=form.get("position", ""),
        employed_since=typed.calendar_day(form["employed_since"]) if form.get("employed_since") else None,
        monthly_income=typed.amount_from_zero(form["monthly_income"]) if form.get("monthly_income") else None,
        marital_status=MaritalStatus(marital),
        dependants=typed.whole_number(form.get("dependants") or "0"),
    )

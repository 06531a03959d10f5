"""Reading what was typed of a product's terms, a rate plan or a price; every refusal names the rule."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lending import product_versions, typed
from lending.maths.convention import Method
from lending.product_versions import AMOUNTS, NUMBERS, RATES
from lending.products import FeeKind, Product
from lending.rate_plans import GRADES
from web.proposal_words import label_of

_PLAIN = ("penalty_multiplier",)
"""A rate that is a number of times, not a percentage."""


def values_of(product: Product) -> dict[str, str]:
    """The terms as the form shows them: percentages for rates."""
    found = {}
    for name, value in product_versions.terms_of(product).items():
        if name in RATES and isinstance(value, Decimal):
            scaled = value if name in _PLAIN else value * 100
            found[name] = f"{scaled.normalize():f}"
        elif name == "methods" and isinstance(value, list):
            found[name] = ",".join(value)
        elif name == "active":
            found[name] = "1" if value else ""
        else:
            found[name] = str(value)
    return found


def read_terms(form: Mapping[str, str], product: Product) -> dict[str, object]:
    """The terms of a new version, all of them; raises what :mod:`lending.typed` refuses."""
    terms: dict[str, object] = {}
    for name in product_versions.FIELDS:
        text = form.get(name, "")
        if name == "methods":
            chosen = [each for each in text.split(",") if each]
            if any(not Method.has(each) for each in chosen):
                raise typed.NotAChoice(text=text[:40])
            terms[name] = chosen
            continue
        if name == "active":
            terms[name] = bool(text)
            continue
        if not text:
            raise typed.TermMissing(label=label_of(name))
        terms[name] = _read(name, text)
    named = product_versions.terms_of(product)
    for kind in FeeKind:
        if kind.value in named:
            terms[kind.value] = typed.amount_from_zero(form.get(kind.value) or "0")
    return terms


def _read(name: str, text: str) -> object:
    if name in AMOUNTS:
        return typed.positive_amount(text)
    if name in NUMBERS:
        return typed.whole_number(text)
    if name in _PLAIN:
        return typed.times(text)
    if name in RATES:
        return typed.percentage(text)
    return text[:80]


def read_spreads(form: Mapping[str, str]) -> dict[str, Decimal]:
    """The spreads by grade, given as percentage points; a grade left empty is not offered."""
    return {grade: typed.percentage(form[grade]) for grade in GRADES if form.get(grade)}

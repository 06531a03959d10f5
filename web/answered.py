"""What was answered in a form, in words: for pages that show a result without the task it came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from engine.deployments import LoadedDefinition
from forms.model import Component, read
from web.display import day, yes_no, yuan
from web.language import current
from web.summary import Facts


def answered(definition: LoadedDefinition, form_key: str, answers: Mapping[str, object]) -> Facts:
    """The labels and answers of the form's fields in its order, in the reader's language; without what stayed empty."""
    form, texts = read(definition.form(form_key)), definition.texts(current())
    return [
        (texts.get(f"{form.id}/{field.id}") or field.label, _value(field, answers[field.key], form.id, texts))
        for field in form.fields()
        if field.key and answers.get(field.key) not in (None, "", [])
    ]


def _value(field: Component, value: object, form_id: str, texts: Mapping[str, str]) -> str:
    if isinstance(value, list):
        return ("、" if current() == "zh" else ", ").join(
            _value(field, each, form_id, texts) for each in value
        )
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, date):
        return day(value)
    if field.money and isinstance(value, Decimal):
        return yuan(value)
    for option in field.raw.get("values") or ():
        if option.get("value") == value:
            return texts.get(f"{form_id}/{field.id}#{value}") or str(option.get("label"))
    return str(value)

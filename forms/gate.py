"""The one gate for input: the answers of a person, checked against the form stored with the process version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError

from company.messages import Refusal
from engine.bpmn.model import Problem
from engine.context import Checked as EngineChecked
from forms.check import check_form
from forms.compiler import SEALED_PREFIX, Scope, compile_form
from forms.errors import FormRefused, FormTooLarge, Unknown, WrongShape
from forms.files import Upload
from forms.model import Form, read
from forms.view import field_names

VALUES_MAX = 3_000
CHARACTERS_MAX = 200_000
DEPTH_MAX = 8


@dataclass(frozen=True)
class Checked(EngineChecked):
    """Answers that passed: ``sensitive`` names the keys whose clear text must be sealed before it is stored.

    ``doubts`` are the warnings that stand (key to stable code): a VIN with an unusual check digit that was confirmed.
    """

    doubts: Mapping[str, str] = field(default_factory=dict)


class Gate:
    """Implements the engine's FormGate."""

    def problems(self, form: bytes, *, file: str) -> list[Problem]:
        """Everything that speaks against deploying a form: see :func:`forms.check.check_form`."""
        return check_form(form, file=file)

    def check(
        self,
        form: bytes,
        values: Mapping[str, Any],
        *,
        data: Mapping[str, Any],
        files: Mapping[str, Sequence[Upload]] | None = None,
        english: Mapping[str, str] = MappingProxyType({}),
    ) -> Checked:
        """Check ``values`` against the form-js file ``form``.

        ``data`` is the process data the person was shown: trusted, and the only source of read-only values.
        ``files`` are uploads already in the file store, by the reference posted in the value of a file field, and
        ``english`` the texts of :func:`forms.view.prepare`, by which a refusal names the fields. The
        answers hold every editable field of the form: None, [] or False when it was left empty, None when it was
        hidden, so that no answer of an earlier round stays behind; money is Decimal exact to the fen, dates are
        dates, files are lists of {filename, sha256, size, media_type}. Read-only and computed fields that were sent
        as shown are dropped; an empty sensitive field keeps its sealed reference.

        Raises FormRefused with every error of the form at once, FormInvalid if the file is no form.
        """
        if not isinstance(values, Mapping):
            raise FormRefused({"": WrongShape(expected_zh="一组字段", expected_en="an object of fields")})
        if _too_large(values):
            raise FormRefused({"": FormTooLarge(maximum=VALUES_MAX, characters=CHARACTERS_MAX)})
        posted = dict(values)
        uploads = {reference: tuple(found) for reference, found in (files or {}).items()}
        scope = Scope(data=data, names=dict(data), files=uploads, posted=posted)
        level = compile_form(form)
        try:
            answers = level.load(posted, scope)
        except ValidationError as refused:
            errors = dict(_flat(refused.messages))
            raise FormRefused(errors, field_names(read(form), errors, english)) from refused
        except Refusal as refusal:
            raise FormRefused({"": refusal}) from refusal
        return Checked(answers, _to_seal(read(form), answers), dict(scope.doubts))


def _to_seal(form: Form, answers: Mapping[str, Any]) -> frozenset[str]:
    """The sensitive top-level keys with a clear value; one that kept its sealed reference needs no sealing."""
    return frozenset(
        component.key
        for component in form.fields()
        if component.sensitive
        and component.key
        and isinstance(answers.get(component.key), str)
        and not answers[component.key].startswith(SEALED_PREFIX)
    )


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, Refusal]]:
    """Marshmallow's nested messages as (path, first refusal)."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _flat(below, f"{path}.{key}" if path and key != "_schema" else path or str(key))
    elif isinstance(messages, list) and messages:
        first = messages[0]
        yield path, first if isinstance(first, Refusal) else Unknown(field=path[:80])


def _too_large(values: Any) -> bool:
    """Whether the answers go beyond the limits in number, characters or depth."""
    count = characters = 0
    waiting = [(values, 0)]
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if isinstance(value, str):
            characters += len(value)
        if count > VALUES_MAX or characters > CHARACTERS_MAX or depth > DEPTH_MAX:
            return True
        if isinstance(value, Mapping):
            characters += sum(len(str(key)) for key in value)
            waiting.extend((below, depth + 1) for below in value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend((below, depth + 1) for below in value)
    return False

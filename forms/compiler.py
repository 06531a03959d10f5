"""Compiles a form into marshmallow schemas: one Level for the form, each group with a path and each list's row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, missing
from marshmallow.experimental.context import Context
from marshmallow.fields import Field

from company.messages import Refusal
from forms import expressions, values
from forms.checks import CHECKS
from forms.errors import (
    FileEmpty,
    FileMissing,
    FileTooLarge,
    FileTypeRefused,
    ForgedHidden,
    ForgedReadonly,
    FormInvalid,
    Required,
    WarningNotConfirmed,
    WrongShape,
)
from forms.files import SIZE_MAX_MB, Upload, accepted_kinds
from forms.model import INPUTS, MULTIPLE, TEXTS, TYPES, Component, read

SEALED_PREFIX = "sealed:"


@dataclass
class Scope:
    """What the answers of one level are judged by.

    ``data`` is what the person was shown (trusted), ``names`` what expressions may read: data, editable answers, and
    in a list ``this``, ``parent`` and ``i``. ``files`` are the uploads by the reference posted in a file field.
    """

    data: Mapping[str, Any]
    names: dict[str, Any]
    files: Mapping[str, tuple[Upload, ...]]
    posted: Mapping[str, Any]
    doubts: dict[str, str] = field(default_factory=dict)


class Answer(Field[Any]):
    """A marshmallow field that reads one component; the Refusal of a broken rule travels in the ValidationError."""

    def __init__(self, component: Component) -> None:
        self.component = component
        super().__init__(required=bool(component.validate.get("required")), allow_none=True)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The answer, None or an empty list when an optional field is empty; raises ValidationError with Refusals."""
        scope = Context[Scope].get()
        try:
            if value is missing or value is None or value == "" or value == []:
                return self._empty(scope)
            return _READERS[self.component.type](self.component, value, scope)
        except Refusal as refusal:
            raise ValidationError([refusal]) from refusal

    def _empty(self, scope: Scope) -> Any:
        component = self.component
        shown = scope.data.get(component.key or "")
        if component.sensitive and isinstance(shown, str) and shown.startswith(SEALED_PREFIX):
            return shown
        if component.type == "filepicker" and shown:
            return shown
        if component.validate.get("required"):
            raise Required()
        if component.type in MULTIPLE:
            values.within(component, 0)
            return []
        if component.type == "checkbox":
            return False
        return [] if component.type in ("filepicker", "dynamiclist") else None


def _text(component: Component, value: Any, scope: Scope) -> str:
    if isinstance(value, str) and value.startswith(SEALED_PREFIX):
        return _kept(component, value, scope)
    text = values.text_answer(component, value)
    check = component.properties.get("check")
    if not check:
        return text
    identified = CHECKS[check](text)
    confirm = component.properties.get("confirm")
    if identified.doubts:
        doubt = identified.doubts[0]
        if confirm and scope.posted.get(confirm) is not True:
            raise WarningNotConfirmed(
                warning_zh=doubt.label("zh") + "。", warning_en=doubt.label("en") + ".", confirm=confirm
            )
        scope.doubts[component.key or ""] = doubt.value
    return identified.value


def _kept(component: Component, value: str, scope: Scope) -> str:
    """A reference to a sealed value is taken only where it was shown: nobody may point at another's value."""
    if component.sensitive and value == scope.data.get(component.key or ""):
        return value
    raise WrongShape(expected_zh="文字", expected_en="text")


def _files(component: Component, value: Any, scope: Scope) -> list[dict[str, Any]]:
    shown = scope.data.get(component.key or "")
    if value == shown and isinstance(shown, list):
        return shown
    uploads = scope.files.get(value) if isinstance(value, str) else None
    if not uploads:
        raise FileMissing()
    if not component.raw.get("multiple") and len(uploads) > 1:
        raise WrongShape(expected_zh="一个文件", expected_en="one file")
    values.within(component, len(uploads))
    accepted = accepted_kinds(component.raw)
    for upload in uploads:
        if upload.size == 0:
            raise FileEmpty(filename=upload.filename)
        if upload.size > SIZE_MAX_MB * 1024 * 1024:
            raise FileTooLarge(filename=upload.filename, maximum_mb=SIZE_MAX_MB)
        if upload.kind not in accepted:
            raise FileTypeRefused(filename=upload.filename, accepted=", ".join(sorted(accepted)))
    return [upload.described() for upload in uploads]


Reader = Callable[[Component, Any, Scope], Any]
_READERS: dict[str, Reader] = {
    "textfield": _text,
    "textarea": _text,
    "number": lambda component, value, scope: values.number_answer(component, value, scope.names),
    "datetime": lambda component, value, scope: values.datetime_answer(component, value),
    "select": lambda component, value, scope: values.choice_answer(component, value, scope.names),
    "radio": lambda component, value, scope: values.choice_answer(component, value, scope.names),
    "checklist": lambda component, value, scope: values.choices_answer(component, value, scope.names),
    "taglist": lambda component, value, scope: values.choices_answer(component, value, scope.names),
    "checkbox": lambda component, value, scope: values.checkbox_answer(component, value),
    "filepicker": _files,
}


@dataclass(frozen=True)
class Level:
    """One object of answers: its fields, its expressions, and the levels below it by key."""

    fields: Mapping[str, Component]
    computed: Mapping[str, Component]
    groups: Mapping[str, tuple[Component, Level]]
    lists: Mapping[str, tuple[Component, Level]]
    schema: Schema

    def load(self, posted: Any, scope: Scope) -> dict[str, Any]:
        """The answers of this level; raises ValidationError with every refusal, keyed as the level is nested."""
        if not isinstance(posted, dict):
            raise ValidationError([WrongShape(expected_zh="一组字段", expected_en="an object of fields")])
        errors: dict[str, Any] = {}
        fields = self._settled(posted, scope, errors)
        hidden = tuple(key for key in self.fields if key not in fields)
        nested = self.groups.keys() | self.lists.keys()
        known = {key: value for key, value in posted.items() if key in fields and key not in errors}
        known.update({key: value for key, value in posted.items() if not self._knows(key)})
        with Context(scope):
            try:
                loaded = self.schema.load(known, partial=(*hidden, *errors))
            except ValidationError as refused:
                loaded = dict(refused.valid_data) if isinstance(refused.valid_data, dict) else {}
                errors.update(
                    refused.messages if isinstance(refused.messages, dict) else {"_schema": refused.messages}
                )
        answers: dict[str, Any] = {
            key: None for key in hidden if not self._reads_only(key, scope.names)
        } | loaded
        for key in nested:
            self._load_nested(key, posted.get(key), scope, answers, errors)
        if errors:
            raise ValidationError(errors)
        names = {**scope.names, **answers}
        for key, component in self.computed.items():
            if not _hidden(component, names):
                answers[key] = expressions.evaluate(str(component.raw.get("expression", "=null")), names)
        return answers

    def _reads_only(self, key: str, names: Mapping[str, Any]) -> bool:
        return any(expressions.holds(flag, names) for flag in self.fields[key].read_only)

    def _knows(self, key: str) -> bool:
        return any(key in part for part in (self.fields, self.computed, self.groups, self.lists))

    def _settled(
        self, posted: Mapping[str, Any], scope: Scope, errors: dict[str, Any]
    ) -> dict[str, Component]:
        """The fields that are shown and editable; a forged value of any other is put into ``errors``.

        Hiding one field may show or hide the next, so the editable ones are recomputed until nothing changes, at
        most once a field; only their answers feed the expressions.
        """
        editable = {key: one for key, one in self.fields.items() if True not in one.read_only}
        names = self._names(posted, scope, editable)
        for _ in self.fields:
            now = {
                key: component
                for key, component in self.fields.items()
                if not self._reads_only(key, names) and not _hidden(component, names)
            }
            if now == editable:
                break
            editable = now
            names = self._names(posted, scope, editable)
        scope.names.update(names)
        for key, component in {**self.fields, **self.computed}.items():
            if key in posted and key not in editable and not _as_shown(posted[key], key, scope, component):
                errors[key] = [self._forged(component, key, scope)]
        return editable

    def _names(
        self, posted: Mapping[str, Any], scope: Scope, editable: Mapping[str, Component]
    ) -> dict[str, Any]:
        own = {key: scope.data.get(key) for key in self.fields}
        own.update(_typed({key: posted[key] for key in editable if key in posted}, self.fields))
        names = {**scope.names, **own}
        if "this" in scope.names:
            names["this"] = own
        return names

    def _forged(self, component: Component, key: str, scope: Scope) -> Refusal:
        name = component.label or key
        if component.type == "expression" or not _hidden(component, scope.names):
            return ForgedReadonly(field=name)
        return ForgedHidden(field=name)

    def _load_nested(
        self, key: str, value: Any, scope: Scope, answers: dict[str, Any], errors: dict[str, Any]
    ) -> None:
        component, level = self.groups.get(key) or self.lists[key]
        if _hidden(component, scope.names):
            if value not in (None, {}, []):
                errors[key] = [ForgedHidden(field=component.label or key)]
            return
        try:
            if key in self.groups:
                answers[key] = level.load(value if value is not None else {}, _below(scope, key, value))
            else:
                answers[key] = _rows(component, level, value, scope, key)
        except ValidationError as refused:
            errors[key] = refused.messages
        except Refusal as refusal:
            errors[key] = [refusal]


def _rows(component: Component, level: Level, value: Any, scope: Scope, key: str) -> list[dict[str, Any]]:
    rows = [] if value is None else value
    if not isinstance(rows, list):
        raise WrongShape(expected_zh="列表", expected_en="a list of rows")
    values.within(component, len(rows))
    shown = scope.data.get(key)
    answers: list[dict[str, Any]] = []
    errors: dict[str, Any] = {}
    for at, row in enumerate(rows):
        data = (
            shown[at] if isinstance(shown, list) and at < len(shown) and isinstance(shown[at], dict) else {}
        )
        names = {**scope.names, "this": {}, "parent": scope.names, "i": at + 1}
        try:
            answers.append(level.load(row, replace(scope, data=data, names=names, posted=row)))
        except ValidationError as refused:
            errors[str(at)] = refused.messages
    if errors:
        raise ValidationError(errors)
    return answers


def _below(scope: Scope, key: str, value: Any) -> Scope:
    shown = scope.data.get(key)
    posted = value if isinstance(value, dict) else {}
    return replace(
        scope, data=shown if isinstance(shown, dict) else {}, names=dict(scope.names), posted=posted
    )


def _hidden(component: Component, names: Mapping[str, Any]) -> bool:
    return any(expressions.holds(hide, names) for hide in component.hides)


def _typed(names: Mapping[str, Any], fields: Mapping[str, Component]) -> dict[str, Any]:
    """Numbers and dates as expressions read them; what is no answer of its field reads as null."""
    return {key: _typed_value(fields[key], value) for key, value in names.items()}


def _typed_value(component: Component, value: Any) -> Any:
    if component.type == "filepicker":
        return bool(value)
    if component.type not in ("number", "datetime"):
        return value if isinstance(value, (str, bool, int, Decimal, list)) else None
    try:
        if component.type == "number":
            return values.number_answer(replace(component, validate={}), value, {})
        return values.datetime_answer(component, value)
    except Refusal:
        return None


def _as_shown(posted: object, key: str, scope: Scope, component: Component) -> bool:
    """Whether a field comes back as it was shown, in either language (:func:`forms.view.prepare`)."""
    english = f"{key}_en"
    shown = [scope.data.get(key), *([scope.data[english]] if english in scope.data else [])]
    return any(_same(posted, value, component) for value in shown)


def _same(posted: Any, shown: Any, component: Component) -> bool:
    """Whether what came back for a field that cannot be edited is what was shown."""
    if posted is None or posted is False or posted in ("", []) or posted == shown:
        return True
    if shown is None or isinstance(posted, (list, dict)):
        return False
    if component.type == "number" and component.sensitive is False:
        try:
            same = values.number_answer(replace(component, validate={}), posted, {}) == shown
        except Refusal:
            return False
        return bool(same)
    return component.type in TEXTS | {"datetime", "select", "radio"} and values.plain(shown) == posted


class _Strict(Schema):
    """Unknown keys are refused by name."""

    class Meta:
        unknown = RAISE
        register = False


@lru_cache(maxsize=512)
def compile_form(form: bytes) -> Level:
    """Compile a form-js file; raises FormInvalid for component types the product does not know."""
    parsed = read(form)
    for component in parsed.walk():
        if component.type not in TYPES:
            raise FormInvalid(
                reason_zh=f"组件 {component.id} 的类型 {component.type} 不受支持",
                reason_en=f"the type {component.type} of component {component.id} is not supported",
            )
    return _level(parsed.components, depth=0)


def _level(components: Iterable[Component], depth: int) -> Level:
    fields: dict[str, Component] = {}
    computed: dict[str, Component] = {}
    groups: dict[str, tuple[Component, list[Component]]] = {}
    lists: dict[str, tuple[Component, Level]] = {}
    for component in _flat(components):
        key = component.key
        if key is None:
            continue
        head, dot, rest = key.partition(".")
        if dot:
            groups.setdefault(head, (replace(component, hides=(), key=head), []))[1].append(
                replace(component, key=rest)
            )
        elif component.type == "group":
            groups.setdefault(key, (component, []))[1].extend(component.children)
        elif component.type == "dynamiclist":
            lists[key] = (component, _level(component.children, depth + 1))
        elif component.type == "expression":
            computed[key] = component
        else:
            fields[key] = component
    nested = {key: (component, _level(inner, depth + 1)) for key, (component, inner) in groups.items()}
    answers: dict[str, Field[Any]] = {key: Answer(component) for key, component in fields.items()}
    schema = _Strict.from_dict(dict(answers.items()), name="FormLevel")()
    return Level(fields, computed, nested, lists, schema)


def _flat(components: Iterable[Component]) -> Iterable[Component]:
    """The components of one level: groups without a path are only a frame."""
    for component in components:
        if component.type == "group" and component.key is None:
            yield from _flat(component.children)
        elif component.type in INPUTS or component.type in ("group", "dynamiclist"):
            yield component

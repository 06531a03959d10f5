"""What the browser gets of a form: labels in the reader's language, sensitive values masked, money as text."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from company.messages import Language, Refusal
from forms import errors
from forms.compiler import SEALED_PREFIX
from forms.model import CONTAINERS, INPUTS, Component, Form, read
from forms.values import plain

Masker = Callable[[str, str], str]
Teller = Callable[[Component, str], str]

_TEXTS = ("label", "description", "text", "content", "title", "emptyText", "dateLabel", "timeLabel")
_ADORNERS = ("prefixAdorner", "suffixAdorner")
_KEPT: Mapping[Language, str] = {
    "zh": "已录入：{masked}。留空则保持不变。",
    "en": "On file: {masked}. Leave empty to keep it.",
}
_FILES_KEPT: Mapping[Language, str] = {"zh": "{label}（已有：{files}）", "en": "{label} (on file: {files})"}
_BULLETS = "••••••"
_SPEAKING = ("text", "content", "expression", "valuesKey", "valuesExpression", "dataSource")
_WORD = re.compile(r"[^\W\d]\w*")


def _bullets(_check: str, _reference: str) -> str:
    return _BULLETS


def prepare(
    form: bytes,
    data: Mapping[str, Any],
    language: Language,
    en: Mapping[str, str],
    *,
    mask: Masker = _bullets,
    opens: Masker | None = None,
) -> dict[str, Any]:
    """The form for form-js 1.x: {"schema", "data", "messages"}.

    ``en`` maps "<form>/<field>" to the English label and "<form>/<field>#description", "…#text", "…#<option>" to its
    other texts; what has no entry keeps its Chinese. ``data`` is narrowed to the keys the form knows; of a text it may
    hold the English beside it, under the key with ``_en``, and of an option as ``label_en``. ``mask`` turns
    (check name, "sealed:<id>") into what may be shown of a sealed value, ``opens`` into the whole of it, for who holds
    the task and the fields that he reads. A sealed value in an editable field is not
    sent: the field is empty, no longer required, and says what is on file. ``messages`` are the built-in
    validation messages by rule, which the page lays over form-js's own English ones.

    Raises FormInvalid when the file is no form.
    """
    parsed = read(form)
    schema = copy.deepcopy(dict(parsed.raw))
    if language == "en":
        _translate(schema["components"], parsed.id, en)

    def told(component: Component, reference: str) -> str:
        way = opens if opens is not None and component.holder_reads else mask
        return way(component.properties.get("check", ""), reference)

    shown = _shown(parsed, data, schema, language, told)
    return {"schema": schema, "data": shown, "messages": messages(language)}


def read_whole(form: bytes, data: Mapping[str, object]) -> list[str]:
    """The sealed values among ``data`` that who holds the task reads whole, by their keys."""
    return [
        each.key
        for each in read(form).fields()
        if each.key and each.holder_reads and str(data.get(each.key)).startswith(SEALED_PREFIX)
    ]


def messages(language: Language) -> dict[str, str]:
    """The texts of the rules that form-js checks by itself, by its own rule names."""
    rules: dict[str, type[Refusal]] = {
        "required": errors.Required,
        "pattern": errors.PatternMismatch,
        "minLength": errors.TooShort,
        "maxLength": errors.TooLong,
        "min": errors.TooSmall,
        "max": errors.TooLarge,
        "number": errors.NotANumber,
        "date": errors.NotADate,
        "option": errors.NotAnOption,
    }
    return {name: rule.zh if language == "zh" else rule.en for name, rule in rules.items()}


def field_names(
    form: Form, paths: Iterable[str], english: Mapping[str, str]
) -> dict[Language, dict[str, str]]:
    """The label of each path of a refusal that the form knows, in both languages; a row of a list is counted from 1."""
    found: dict[Language, dict[str, str]] = {"zh": {}, "en": {}}
    for path in paths:
        among, zh, en = form.components, "", ""
        for part in path.split("."):
            if part.isdecimal():
                zh, en = f"{zh} {int(part) + 1} ", f"{en} {int(part) + 1} "
                continue
            component = next((each for top in among for each in top.walk() if each.key == part), None)
            if component is None:
                break
            among, zh = component.children, zh + component.label
            en += english.get(f"{form.id}/{component.id}", component.label)
        if zh:
            found["zh"][path], found["en"][path] = zh.strip(), en.strip()
    return found


def english_keys(form: bytes) -> list[str]:
    """Every key of en.json that this form needs, so that a test finds the gaps."""
    parsed = read(form)
    found: list[str] = []
    for component in parsed.walk():
        place = f"{parsed.id}/{component.id}"
        for name, text in _texts(component.raw):
            if _chinese(text):
                found.append(place if name == "label" else f"{place}#{name}")
    return found


def _texts(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(name, raw[name]) for name in _TEXTS if isinstance(raw.get(name), str)]
    appearance = raw.get("appearance")
    if isinstance(appearance, dict):
        found += [(name, appearance[name]) for name in _ADORNERS if isinstance(appearance.get(name), str)]
    found += [
        (str(option["value"]), option["label"])
        for option in raw.get("values") or ()
        if isinstance(option, dict) and isinstance(option.get("label"), str) and "value" in option
    ]
    found += [
        (str(column["key"]), column["label"])
        for column in raw.get("columns") or ()
        if isinstance(column, dict) and isinstance(column.get("label"), str) and "key" in column
    ]
    return found


def _chinese(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in text)


def _translate(components: list[Any], form_id: str, en: Mapping[str, str]) -> None:
    for raw in components:
        if not isinstance(raw, dict):
            continue
        place = f"{form_id}/{raw.get('id')}"
        for name in _TEXTS:
            key = place if name == "label" else f"{place}#{name}"
            if isinstance(raw.get(name), str) and key in en:
                raw[name] = en[key]
        appearance = raw.get("appearance")
        if isinstance(appearance, dict):
            appearance.update({name: en[f"{place}#{name}"] for name in _ADORNERS if f"{place}#{name}" in en})
        for part, value in (("values", "value"), ("columns", "key")):
            for item in raw.get(part) or ():
                if isinstance(item, dict):
                    item["label"] = en.get(f"{place}#{item.get(value)}", item.get("label"))
        if isinstance(raw.get("components"), list):
            _translate(raw["components"], form_id, en)


def _shown(
    parsed: Form, data: Mapping[str, Any], schema: dict[str, Any], language: Language, told: Teller
) -> dict[str, Any]:
    places = _by_id(schema["components"])
    shown: dict[str, Any] = {}
    known = {component.key.split(".")[0] for component in parsed.walk() if component.key}
    known |= _mentioned(parsed)
    for key, value in data.items():
        if key in known:
            said = data.get(f"{key}_en", value) if language == "en" else value
            shown[key] = _labelled(plain(said), language)
    for component in parsed.walk():
        raw = places.get(component.id)
        value = data.get(component.key or "")
        if raw is None or component.type not in INPUTS:
            continue
        if isinstance(value, str) and value.startswith(SEALED_PREFIX):
            _conceal(component, raw, shown, told(component, value), language)
        elif component.type == "filepicker":
            shown.pop(component.key or "", None)
            files = [file for file in value if isinstance(file, dict)] if isinstance(value, list) else []
            if files:
                _name_files(raw, [str(file.get("filename")) for file in files], language)
    return {key: _unsealed(value) for key, value in shown.items()}


def _labelled(value: object, language: Language) -> object:
    """The options of a list with the label of the language, where an option has an English one of its own."""
    if language != "en" or not isinstance(value, list):
        return value
    return [
        {**each, "label": each["label_en"]} if isinstance(each, dict) and "label_en" in each else each
        for each in value
    ]


def _mentioned(parsed: Form) -> frozenset[str]:
    """Every word in the texts and expressions of the form: templates and conditions need what they speak of."""
    found: set[str] = set()
    for component in parsed.walk():
        parts = [component.raw.get(name) for name in _SPEAKING]
        parts += [*component.hides, *component.read_only, *component.validate.values()]
        for part in parts:
            if isinstance(part, str):
                found.update(_WORD.findall(part))
    return frozenset(found)


def _conceal(
    component: Component, raw: dict[str, Any], shown: dict[str, Any], masked: str, language: Language
) -> None:
    key = component.key or ""
    if component.read_only:
        shown[key] = masked
        raw["disabled"] = True  # form-js sends read-only values back but not disabled ones
        return
    shown.pop(key, None)
    _describe_kept(raw, masked, language)


def _name_files(raw: dict[str, Any], filenames: list[str], language: Language) -> None:
    """Say in the label which files are there: form-js shows no description below a file picker."""
    raw["label"] = _FILES_KEPT[language].format(label=raw.get("label", ""), files=", ".join(filenames))
    if isinstance(raw.get("validate"), dict):
        raw["validate"].pop("required", None)


def _describe_kept(raw: dict[str, Any], masked: str, language: Language) -> None:
    raw["description"] = _KEPT[language].format(masked=masked)
    if isinstance(raw.get("validate"), dict):
        raw["validate"].pop("required", None)


def _by_id(components: list[Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for raw in components:
        found[str(raw.get("id"))] = raw
        if raw.get("type") in CONTAINERS and isinstance(raw.get("components"), list):
            found.update(_by_id(raw["components"]))
    return found


def _unsealed(value: Any) -> Any:
    """No reference to a sealed value leaves the server, wherever it lies."""
    if isinstance(value, str):
        return _BULLETS if value.startswith(SEALED_PREFIX) else value
    if isinstance(value, dict):
        return {key: _unsealed(below) for key, below in value.items()}
    return [_unsealed(below) for below in value] if isinstance(value, list) else value

"""Judges a form before it is deployed: every problem at once, each with the component, the rule and the remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine import feel
from engine.bpmn.model import Problem
from forms import expressions
from forms.checks import CHECKS
from forms.errors import FormInvalid
from forms.model import CONTAINERS, INPUTS, LIST_ROWS_MAX, TYPES, Component, Form, read
from forms.patterns import PatternInvalid, compile_pattern

FLAGS = frozenset({"sensitive", "money", "camera", "holder_reads"})
WORDS = frozenset({"check", "confirm", "place"})
PLACES = ("latitude", "longitude")
_UNSAFE_HTML = ("<script", "<iframe", "<style", "javascript:")
_EXPRESSION_PLACES = ("readonly", "disabled", "expression", "valuesExpression", "text", "content")


def check_form(form: bytes, *, file: str = "") -> list[Problem]:
    """All problems of a form-js file, none when it can be deployed; never raises for what a file may hold."""
    try:
        parsed = read(form)
    except FormInvalid as error:
        zh = f"{error.text('zh')}请用表单设计器重新导出。"
        return [
            Problem(
                file, None, None, "form_invalid", zh, f"{error.text('en')} Export it again from the designer."
            )
        ]
    return [
        Problem(
            file,
            component.id if component else parsed.id,
            component.label if component else None,
            code,
            zh,
            en,
        )
        for component, code, zh, en in _problems(parsed)
    ]


Found = tuple[Component | None, str, str, str]


def _problems(form: Form) -> Iterator[Found]:
    if not form.id:
        yield (
            None,
            "form_id_missing",
            "表单没有 id，请在设计器中填写。",
            "The form has no id; enter one in the designer.",
        )
    version = form.raw.get("schemaVersion")
    if isinstance(version, int) and version > 20:
        zh, en = (
            f"schemaVersion {version} 高于支持的 20。",
            f"schemaVersion {version} is above the supported 20.",
        )
        yield None, "form_version", zh, en
    yield from _duplicates(form)
    keys = {component.key for component in form.fields()}
    for component in form.walk():
        if component.type not in TYPES:
            zh = f"组件类型“{component.type}”不受支持，请删除或换用其他组件。"
            yield (
                component,
                "form_type",
                zh,
                f"The type “{component.type}” is not supported; remove or replace it.",
            )
            continue
        yield from _identity(component)
        yield from _rules(component)
        yield from _properties(component, keys)
        yield from _expressions(component)


def _duplicates(form: Form) -> Iterator[Found]:
    ids = Counter(component.id for component in form.walk())
    for component in form.walk():
        if component.id and ids[component.id] > 1:
            ids[component.id] = 1
            zh, en = (
                f"组件 id“{component.id}”重复，请改名。",
                f"The id “{component.id}” is used twice; rename one.",
            )
            yield component, "form_id_twice", zh, en
    yield from _duplicate_keys(form.components)


def _duplicate_keys(components: tuple[Component, ...]) -> Iterator[Found]:
    seen: set[str] = set()

    def level(found: tuple[Component, ...]) -> Iterator[Found]:
        for component in found:
            if component.type == "group" and component.key is None:
                yield from level(component.children)
                continue
            if component.key is not None and component.key in seen:
                zh = f"键“{component.key}”重复，请改名。"
                yield component, "form_key_twice", zh, f"The key “{component.key}” is used twice; rename one."
            seen.add(component.key or "")
            if component.type in CONTAINERS:
                yield from _duplicate_keys(component.children)

    yield from level(components)


def _identity(component: Component) -> Iterator[Found]:
    if not component.id:
        zh, en = (
            f"一个 {component.type} 组件没有 id。",
            f"A {component.type} component has no id; give it one.",
        )
        yield component, "form_component_id", zh, en
    needs_key = component.type in INPUTS or component.type == "dynamiclist"
    if needs_key and component.key is None:
        yield component, "form_key_missing", "字段没有键（key），请填写。", "The field has no key; enter one."
    for part in (component.key or "x").split("."):
        if not part.isidentifier():
            zh = f"键“{component.key}”只能用字母、数字和下划线，不能以数字开头。"
            en = f"The key “{component.key}” may hold letters, digits and underscores only."
            yield component, "form_key_text", zh, en
    if component.type in INPUTS - {"expression"} and not component.label.strip():
        yield component, "form_label_missing", "字段没有标签，请填写。", "The field has no label; enter one."


def _rules(component: Component) -> Iterator[Found]:
    pattern = component.validate.get("pattern")
    if isinstance(pattern, str) and pattern:
        try:
            compile_pattern(pattern)
        except PatternInvalid as error:
            zh, en = f"正则表达式无法使用：{error}。", f"The pattern cannot be used: {error}."
            yield component, "form_pattern", zh, en
    for low, high in (("min", "max"), ("minLength", "maxLength")):
        least, most = component.validate.get(low), component.validate.get(high)
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            zh, en = (
                f"{low} {least} 大于 {high} {most}。",
                f"{low} {least} is above {high} {most}; swap them.",
            )
            yield component, "form_bounds", zh, en
    if component.validate.get("validationType") not in (None, "", "custom"):
        zh = "请用正则或 check 属性代替 validationType（其规则与服务器不同）。"
        en = "Use a pattern or the property check instead of validationType, whose rules differ from the server's."
        yield component, "form_validation_type", zh, en
    if component.type in ("select", "radio", "checklist", "taglist") and not any(
        component.raw.get(name) for name in ("values", "valuesKey", "valuesExpression")
    ):
        yield (
            component,
            "form_no_options",
            "没有任何选项来源，请填写选项。",
            "The field has no options; add some.",
        )
    rows = component.raw.get("defaultRepetitions")
    if isinstance(rows, int) and rows > LIST_ROWS_MAX:
        zh, en = f"列表最多 {LIST_ROWS_MAX} 行。", f"A list has at most {LIST_ROWS_MAX} rows."
        yield component, "form_rows", zh, en
    html = str(component.raw.get("content") or component.raw.get("text") or "").lower()
    if component.type in ("html", "text") and any(part in html for part in _UNSAFE_HTML):
        zh = "内容含脚本、样式或内嵌页面，请只用文字和表格。"
        yield (
            component,
            "form_unsafe_html",
            zh,
            "The content holds scripts, styles or frames; use plain markup.",
        )


def _properties(component: Component, keys: set[str | None]) -> Iterator[Found]:
    for name, value in component.properties.items():
        if name not in FLAGS | WORDS:
            zh = f"属性“{name}”无效，可用：{'、'.join(sorted(FLAGS | WORDS))}。"
            en = f"The property “{name}” is unknown; known are {', '.join(sorted(FLAGS | WORDS))}."
            yield component, "form_property", zh, en
        elif name in FLAGS and value not in ("true", "false"):
            zh, en = f"属性“{name}”只能为 true 或 false。", f"The property “{name}” is true or false."
            yield component, "form_property", zh, en
        elif name == "check" and value not in CHECKS:
            zh = f"校验“{value}”不存在，可用：{'、'.join(sorted(CHECKS))}。"
            en = f"There is no check “{value}”; known are {', '.join(sorted(CHECKS))}."
            yield component, "form_check", zh, en
        elif name == "place" and value not in PLACES:
            zh = f"位置“{value}”无效，可用：{'、'.join(PLACES)}。"
            en = f"There is no part “{value}” of a place; known are {', '.join(PLACES)}."
            yield component, "form_place", zh, en
        elif name == "confirm" and value not in keys:
            zh, en = (
                f"确认框“{value}”不在表单中。",
                f"The confirming box “{value}” is not in the form; add it.",
            )
            yield component, "form_confirm", zh, en


def _expressions(component: Component) -> Iterator[Found]:
    texts: list[Any] = [component.raw.get(name) for name in _EXPRESSION_PLACES]
    texts += list(component.validate.values())
    conditional = component.raw.get("conditional")
    if isinstance(conditional, dict):
        texts.append(conditional.get("hide"))
    for text in texts:
        if not isinstance(text, str) or not expressions.is_expression(text):
            continue
        try:
            expressions.compiled(text)
        except feel.FeelError as error:
            zh = f"FEEL 表达式有误：{error.text('zh')}。"
            en = f"The FEEL expression is wrong: {error.text('en')}."
            yield component, "form_feel", zh, en

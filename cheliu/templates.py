"""Element templates as the desktop Camunda Modeler reads them: JSON objects of its Camunda 7 vocabulary.

The rules are those of the page "Defining templates in Camunda 7" of the Modeler's documentation: which types a property
may have, which of them a binding takes, and what a dropdown and a constraint hold. Every template shows the panel's
other entries too, because an optional name, a loop or a deadline is set there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"
Template: TypeAlias = "dict[str, Json]"
Choices: TypeAlias = "Iterable[tuple[str, str]]"

SCHEMA = "https://unpkg.com/@camunda/element-templates-json-schema/resources/schema.json"
_TASK = "bpmn:Task"


def template(
    key: str, name: str, description: str, *, element: str, properties: Sequence[Mapping[str, Json]]
) -> Template:
    """A template that turns a plain task or one of its own kind into ``element``, such as bpmn:ServiceTask."""
    return {
        "$schema": SCHEMA,
        "id": f"cheliu.{key}",
        "name": name,
        "description": description,
        "appliesTo": [_TASK, element],
        "elementType": {"value": element},
        "entriesVisible": True,
        "properties": list(properties),
    }


def fixed(attribute: str, value: str) -> Template:
    """An attribute that the template sets and nobody sees."""
    return {"type": "Hidden", "value": value, "binding": _attribute(attribute)}


def job(*, must: bool) -> Template:
    """Whether the step is a job; ``must``: it talks to an outside party, so it is one and cannot be changed."""
    said = "访问外部系统，必须异步" if must else "异步执行，失败后自动重试"
    return {
        "label": "异步 Asynchronous before",
        "description": said,
        "type": "Boolean",
        "value": must,
        "editable": not must,
        "binding": _attribute("camunda:asyncBefore"),
    }


def given(name: str, label: str) -> Template:
    """A name that the handler must be given: of process data unless the analyst writes something else."""
    return {
        "label": label,
        "description": "固定文本，或以 = 开头的 FEEL / text, or FEEL after =",
        "type": "String",
        "value": f"={name}",
        "binding": {"type": "camunda:inputParameter", "name": name},
        "constraints": {"notEmpty": True},
    }


def kept(name: str, label: str) -> Template:
    """A name of the handler's result and the name under which process data keep it."""
    return {
        "label": label,
        "description": "结果存入的流程变量 / kept in process data as",
        "type": "String",
        "value": name,
        "binding": {"type": "camunda:outputParameter", "source": f"={name}"},
        "constraints": {"notEmpty": True, "pattern": {"value": "^[^\\s=]+$", "message": "变量名 / a name"}},
    }


def written(label: str, attribute: str, description: str, value: str = "") -> Template:
    """An attribute as text; left out of the diagram while it is empty."""
    made: Template = {"label": label, "description": description, "type": "String"}
    return {**made, **({"value": value} if value else {}), "binding": _attribute(attribute)}


def chosen(label: str, attribute: str, choices: Choices, description: str = "", value: str = "") -> Template:
    """An attribute with the values it may have, each with what it is called."""
    return _dropdown(label, choices, description, value, _attribute(attribute))


def chosen_extension(label: str, name: str, choices: Choices, description: str) -> Template:
    """An extension property with the values it may have."""
    return _dropdown(label, choices, description, "", {"type": "camunda:property", "name": name})


def extension(label: str, name: str, description: str, value: str, pattern: str, message: str) -> Template:
    """An extension property as text of a certain look."""
    return {
        "label": label,
        "description": description,
        "type": "String",
        "value": value,
        "binding": {"type": "camunda:property", "name": name},
        "constraints": {"pattern": {"value": pattern, "message": message}},
    }


def _dropdown(
    label: str, choices: Choices, description: str, value: str, binding: Mapping[str, Json]
) -> Template:
    made: Template = {"label": label, "description": description, "type": "Dropdown", "value": value}
    return {
        **{key: text for key, text in made.items() if text},
        "choices": [{"name": name, "value": code} for code, name in choices],
        "binding": binding,
        "constraints": {"notEmpty": True},
    }


def _attribute(name: str) -> Template:
    return {"type": "property", "name": name}

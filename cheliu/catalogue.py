"""``cheliu catalogue``: the element templates of every handler, form and decision, for the desktop Camunda Modeler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import handlers
from cheliu import handler_facts, templates
from cheliu.checking import completed
from cheliu.templates import Template
from cheliu.wiring import product_bundle
from company.people.matrix import ROLES
from engine import bundles
from engine.bpmn.model import Element
from engine.bpmn.reader import BundleModel, read_bundle
from engine.bundles import Bundle
from engine.topics import Topics
from forms.model import read

# The Modeler finds it from any diagram in the folder or below it.
FOLDER = Path(".camunda/element-templates")
_NO_FACTS = ("", "只用流程数据 Process data only")
_MAPPINGS = (
    ("singleEntry", "一行一列：该值 singleEntry"),
    ("singleResult", "一行：各列 singleResult"),
    ("collectEntries", "多行一列：列表 collectEntries"),
    ("resultList", "多行：各行列表 resultList"),
)


@dataclass(frozen=True)
class Words:
    """What things are called in Chinese: the steps of a topic, the fields of a name, the forms, the decisions."""

    steps: Mapping[str, str]
    fields: Mapping[str, str]
    forms: Mapping[str, str]
    decisions: Mapping[str, str]

    def field(self, name: str) -> str:
        """A name with what a form calls it, where one does."""
        return f"{self.fields[name]} {name}" if name in self.fields else name


def write_catalogue(folder: Path, more: Sequence[Path]) -> dict[Path, int]:
    """Write the three template files into ``folder``, made if need be; returns how many templates each holds.

    Forms, decisions and names are those of the folders ``more``, and the product's beside them.
    """
    bundle = product_bundle()
    if more:
        bundle = completed(Bundle.from_folder(more[0], *more[1:]), bundle)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, found in catalogue(handlers.registry(), bundle).items():
        path = folder / name
        path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        written[path] = len(found)
    return written


def catalogue(topics: Topics, bundle: Bundle) -> dict[str, list[Template]]:
    """The templates by file name: of service tasks, of user tasks and of business rule tasks."""
    words = _words(bundle)
    return {
        "cheliu-service-tasks.json": [_service(topics, words, topic) for topic in sorted(topics.names())],
        "cheliu-user-tasks.json": [_user(words)],
        "cheliu-rule-tasks.json": [_rule(topics, words)],
    }


def _service(topics: Topics, words: Words, topic: str) -> Template:
    handler = topics.handler(topic)
    results = handler_facts.results(handler.function)
    properties = [
        templates.fixed("camunda:type", "external"),
        templates.fixed("camunda:topic", topic),
        templates.job(must=handler.outside_function is not None),
        *(templates.given(name, words.field(name)) for name, required in handler.names.items() if required),
        *(templates.kept(name, words.field(name)) for name in results or ()),
    ]
    optional = [name for name, required in handler.names.items() if not required]
    said = [handler_facts.purpose(handler.function)]
    said += [f"可另给 May also be given: {', '.join(optional)}."] if optional else []
    said += ["结果随情况而定 Its result differs from case to case."] if results is None else []
    return templates.template(
        f"service.{topic}",
        f"{words.steps[topic]}（{topic}）" if topic in words.steps else topic,
        " ".join(said),
        element="bpmn:ServiceTask",
        properties=properties,
    )


def _user(words: Words) -> Template:
    return templates.template(
        "user-task",
        "人工办理",
        "A person fills in a form. Deadline and separation of duties are extension properties.",
        element="bpmn:UserTask",
        properties=[
            templates.chosen("表单 Form", "camunda:formRef", _called(words.forms)),
            templates.fixed("camunda:formRefBinding", "deployment"),
            templates.chosen(
                "办理角色 Role",
                "camunda:candidateGroups",
                [(code, f"{zh} {en}") for code, zh, en, _reach in ROLES],
            ),
            templates.extension(
                "时限 Deadline in working hours",
                "slaHours",
                "工作小时数，留空则无时限",
                "8",
                "^[0-9]*(\\.[0-9]+)?$",
                "工作小时数，如 8",
            ),
            templates.extension(
                "四眼 Four eyes",
                "fourEyes",
                "办理过这些步骤的人不得办理：流程/步骤，以逗号分隔",
                "",
                "^([A-Za-z0-9_]+/[A-Za-z0-9_]+(\\s*,\\s*|$))*$",
                "如 credit_application/Task_EnterApplication",
            ),
        ],
    )


def _rule(topics: Topics, words: Words) -> Template:
    facts = [
        (name, f"{name}: {handler_facts.purpose(topics.facts_handler(name).function)}")
        for name in sorted(topics.facts_names())
    ]
    source = templates.chosen_extension("取数 Facts", "facts", [_NO_FACTS, *facts], "决策表的输入由谁提供")
    del source["constraints"]  # the empty choice is one
    return templates.template(
        "rule-task",
        "决策表判定",
        "A decision table answers; its inputs, the rows that matched and its outputs are kept as evidence.",
        element="bpmn:BusinessRuleTask",
        properties=[
            templates.chosen("决策 Decision", "camunda:decisionRef", _called(words.decisions)),
            templates.fixed("camunda:decisionRefBinding", "deployment"),
            templates.chosen("结果形式 Result", "camunda:mapDecisionResult", _MAPPINGS, value="singleEntry"),
            {
                **templates.written("结果变量 Result variable", "camunda:resultVariable", "存入的流程变量"),
                "constraints": {"notEmpty": True},
            },
            source,
        ],
    )


def _called(names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, f"{names[code]} {code}".strip()) for code in sorted(names)]


def _words(bundle: Bundle) -> Words:
    model = read_bundle(bundle.files)
    forms = {key: read(content) for key, content in bundles.forms(bundle)[0].items()}
    fields = [field for form in forms.values() for field in form.fields()]
    return Words(
        steps=_named(model, lambda step: step.topic),
        fields={field.key: field.label for field in fields if field.key and field.label},
        forms=dict.fromkeys(forms, "") | _named(model, lambda step: step.form_key),
        decisions={key: found.decisions[key].name for key, found in bundles.decisions(bundle)[0].items()},
    )


def _named(model: BundleModel, subject: Callable[[Element], str | None]) -> dict[str, str]:
    """What the steps with the same subject are called, each name once."""
    named: dict[str, dict[str, None]] = {}
    for process in model.processes.values():
        for element in process.elements.values():
            key = subject(element)
            if key and element.name:
                named.setdefault(key, {})[element.name] = None
    return {key: " / ".join(names) for key, names in named.items()}

"""The element templates: what the Modeler's documentation asks of them, and what the handlers know."""

import json
import re

import diagrams as d
import pytest
from click.testing import CliRunner

import handlers
from cheliu import handler_facts
from cheliu.catalogue import catalogue
from cheliu.command import main
from cheliu.wiring import FORMS, PROCESSES, product_bundle
from company.people.matrix import ROLES
from engine import deployments
from engine.bpmn.model import Known
from engine.bundles import Bundle, decisions, forms

TOPICS = handlers.registry()
BUNDLE = product_bundle()
FILES = catalogue(TOPICS, BUNDLE)
TEMPLATES = [template for templates in FILES.values() for template in templates]
SERVICES = {
    template["id"].removeprefix("cheliu.service."): template
    for template in FILES["cheliu-service-tasks.json"]
}

# From "Defining templates in Camunda 7": which types each binding takes and what it must name.
BINDINGS = {
    "property": ({"String", "Text", "Boolean", "Dropdown", "Hidden"}, "name"),
    "camunda:property": ({"String", "Hidden", "Dropdown"}, "name"),
    "camunda:inputParameter": ({"String", "Text", "Hidden", "Dropdown"}, "name"),
    "camunda:outputParameter": ({"String", "Hidden", "Dropdown"}, "source"),
}
OF_TEMPLATE = {
    "$schema",
    "id",
    "name",
    "description",
    "appliesTo",
    "elementType",
    "entriesVisible",
    "properties",
}
OF_PROPERTY = {"label", "description", "type", "value", "editable", "choices", "binding", "constraints"}


def bound(template, kind):
    """What the template binds in one way: the name or source, and the whole property."""
    return {
        each["binding"][BINDINGS[kind][1]]: each
        for each in template["properties"]
        if each["binding"]["type"] == kind
    }


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["id"])
def test_a_template_keeps_the_rules_of_the_modeler(template):
    assert set(template) == OF_TEMPLATE
    assert (
        template["$schema"]
        == "https://unpkg.com/@camunda/element-templates-json-schema/resources/schema.json"
    )
    assert all(re.fullmatch(r"bpmn:[A-Z]\w+", each) for each in template["appliesTo"])
    assert template["elementType"]["value"] in template["appliesTo"]
    for each in template["properties"]:
        types, needed = BINDINGS[each["binding"]["type"]]
        assert set(each) <= OF_PROPERTY
        assert each["type"] in types
        assert set(each["binding"]) == {"type", needed}
        assert ("choices" in each) == (each["type"] == "Dropdown")
        assert all(set(choice) == {"name", "value"} for choice in each.get("choices", ()))
        assert isinstance(each.get("value", ""), bool if each["type"] == "Boolean" else str)
        assert set(each.get("constraints", ())) <= {"notEmpty", "minLength", "maxLength", "pattern"}
        if pattern := each.get("constraints", {}).get("pattern"):
            assert re.fullmatch(pattern["value"], each["value"])
        assert each["type"] == "Hidden" or each["label"]


def test_no_id_is_given_twice_and_no_attribute_is_bound_twice():
    assert len({template["id"] for template in TEMPLATES}) == len(TEMPLATES)
    for template in TEMPLATES:
        bindings = [json.dumps(each["binding"]) for each in template["properties"]]
        assert len(set(bindings)) == len(bindings)


def test_each_topic_has_a_template_with_a_chinese_name_and_its_purpose():
    assert set(SERVICES) == TOPICS.names()
    for topic, template in SERVICES.items():
        assert bound(template, "property")["camunda:topic"]["value"] == topic
        assert re.search("[\u3400-\u9fff]", template["name"])
        assert template["description"].startswith(handler_facts.purpose(TOPICS.handler(topic).function))


def test_a_template_names_what_the_handler_must_be_given_and_tells_what_it_may_be_given():
    for topic, template in SERVICES.items():
        names = TOPICS.handler(topic).names
        assert set(bound(template, "camunda:inputParameter")) == {
            name for name, must in names.items() if must
        }
        assert all(name in template["description"] for name, must in names.items() if not must)


def test_only_a_step_that_talks_to_an_outside_party_must_be_a_job():
    jobs = {topic: bound(template, "property")["camunda:asyncBefore"] for topic, template in SERVICES.items()}

    outside = {topic for topic in TOPICS.names() if TOPICS.handler(topic).outside_function}
    assert {topic for topic, job in jobs.items() if job["value"] and not job["editable"]} == outside
    assert {"send-payment", "inquire-bank", "print-contracts"} <= outside


def test_results_are_offered_where_every_return_gives_the_same():
    assert set(bound(SERVICES["send-payment"], "camunda:outputParameter")) == {"=bank_status", "=bank_reason"}
    assert not bound(SERVICES["check-disbursement"], "camunda:outputParameter")
    assert not bound(SERVICES["record-review"], "camunda:outputParameter")


def test_forms_roles_decisions_and_facts_are_the_products_own():
    (user,), (rule,) = FILES["cheliu-user-tasks.json"], FILES["cheliu-rule-tasks.json"]
    of_user, of_rule = bound(user, "property"), bound(rule, "property")

    def values(each):
        return {choice["value"] for choice in each["choices"]}

    assert values(of_user["camunda:formRef"]) == set(forms(BUNDLE)[0])
    assert values(of_user["camunda:candidateGroups"]) == {role[0] for role in ROLES}
    assert values(of_rule["camunda:decisionRef"]) == set(decisions(BUNDLE)[0])
    assert values(bound(rule, "camunda:property")["facts"]) == {"", *TOPICS.facts_names()}


def applied(template, number):
    """A task as the Modeler makes it of a template: each binding with its default, a dropdown with its first."""
    attributes, extensions, inputs, outputs = {"name": "步骤"}, {}, {}, {}
    for each in template["properties"]:
        value = each.get("value") or (each["choices"][0]["value"] if "choices" in each else "answer")
        binding, value = each["binding"], str(each["value"]).lower() if each["type"] == "Boolean" else value
        if binding["type"] == "property":
            attributes[f"{binding['name'].removeprefix('camunda:')}_"] = value
        elif binding["type"] == "camunda:property":
            extensions[binding["name"]] = each.get("value", "")
        elif binding["type"] == "camunda:inputParameter":
            inputs[binding["name"]] = value
        else:
            outputs[value] = binding["source"]
    written = d.properties(**extensions) if extensions else ""
    written += d.parameters(inputs, outputs) if inputs or outputs else ""
    tag = template["elementType"]["value"].removeprefix("bpmn:")
    return d.node(tag[0].lower() + tag[1:], f"t{number}", extensions=written, **attributes)


def test_a_diagram_of_all_templates_applied_as_they_are_is_clean():
    steps = [applied(template, number) for number, template in enumerate(TEMPLATES)]
    names = [f"t{number}" for number in range(len(TEMPLATES))]
    drawn = d.bundle(d.process("all", d.start(), *steps, d.end(), d.path("s", *names, "e")))
    bundle = Bundle("all", {"all.bpmn": drawn})
    known = Known(
        topics=TOPICS.names(),
        forms=frozenset(forms(BUNDLE)[0]),
        decisions=frozenset(decisions(BUNDLE)[0]),
        groups=frozenset(role[0] for role in ROLES),
    )

    assert [problem.text("en") for problem in deployments.check(bundle, known, TOPICS)] == []


def test_the_command_writes_three_files_that_the_modeler_finds_beside_the_diagrams(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["catalogue"])

    written = {path.name: json.loads(path.read_text("utf-8")) for path in tmp_path.rglob("*.json")}

    assert result.exit_code == 0, result.output
    assert written == FILES
    assert f".camunda/element-templates/cheliu-service-tasks.json: {len(SERVICES)} templates" in result.output


def test_the_forms_and_tables_of_ones_own_folder_are_offered_too(tmp_path):
    (tmp_path / "mine").mkdir()
    form, table = FORMS / "loan_review/review_l1.form", PROCESSES / "loan_review/ltv_limit.dmn"
    (tmp_path / "mine/visit.form").write_text(
        form.read_text("utf-8").replace('"review_l1"', '"visit"'), "utf-8"
    )
    (tmp_path / "mine/mine.dmn").write_text(
        table.read_text("utf-8").replace('"ltv_limit"', '"my_limit"'), "utf-8"
    )

    result = CliRunner().invoke(main, ["catalogue", str(tmp_path / "out"), "--with", str(tmp_path / "mine")])

    assert result.exit_code == 0, result.output
    assert '"visit"' in (tmp_path / "out/cheliu-user-tasks.json").read_text("utf-8")
    assert '"my_limit"' in (tmp_path / "out/cheliu-rule-tasks.json").read_text("utf-8")


def test_what_a_function_returns_is_read_from_all_its_returns():
    def one(call):
        return {"a": 1, "b": 2}

    def other(call):
        if call:
            return {"a": 1}
        return {}

    def later(call):
        def inner():
            return {"b": 1}

        return {"a": inner()}

    assert handler_facts.results(one) == ("a", "b")
    assert handler_facts.results(other) is None
    assert handler_facts.results(later) == ("a",)

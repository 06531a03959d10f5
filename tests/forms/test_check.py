"""A form is judged before it is deployed: every problem at once, in both languages."""

import json
from typing import Any

import pytest

from forms.check import check_form


def codes(*components: dict[str, Any], **form: Any) -> list[str]:
    return [
        problem.code
        for problem in check_form(json.dumps({"id": "f", "components": components, **form}).encode())
    ]


def field(**changed: Any) -> dict[str, Any]:
    return {"type": "textfield", "id": "A", "key": "a", "label": "甲", **changed}


def test_a_sound_form_has_no_problem() -> None:
    assert codes(field()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": "iframe"}, "form_type"),
        ({"type": "signature"}, "form_type"),
        ({"key": ""}, "form_key_missing"),
        ({"id": ""}, "form_component_id"),
        ({"key": "a b"}, "form_key_text"),
        ({"key": "__class__.x-y"}, "form_key_text"),
        ({"label": " "}, "form_label_missing"),
        ({"validate": {"pattern": "(a"}}, "form_pattern"),
        ({"validate": {"pattern": "(?=a)"}}, "form_pattern"),
        ({"validate": {"minLength": 5, "maxLength": 3}}, "form_bounds"),
        ({"validate": {"validationType": "phone"}}, "form_validation_type"),
        ({"conditional": {"hide": "=a >"}}, "form_feel"),
        ({"readonly": "=if a"}, "form_feel"),
        ({"properties": {"check": "passport"}}, "form_check"),
        ({"properties": {"colour": "red"}}, "form_property"),
        ({"properties": {"sensitive": "yes"}}, "form_property"),
        ({"properties": {"check": "vin", "confirm": "nowhere"}}, "form_confirm"),
        ({"type": "select"}, "form_no_options"),
        ({"type": "html", "content": "<script>x</script>"}, "form_unsafe_html"),
    ],
)
def test_each_fault_is_found_by_its_rule(changed: dict[str, Any], code: str) -> None:
    assert code in codes(field(**changed))


def test_ids_and_keys_are_used_once_also_across_groups() -> None:
    grouped = {"type": "group", "id": "G", "components": [field(id="B")]}

    assert codes(field(), grouped) == ["form_key_twice"]
    assert codes(field(), field(key="b")) == ["form_id_twice"]


def test_all_problems_come_at_once_each_with_place_rule_and_remedy() -> None:
    form = {"components": [field(type="iframe", id="X"), field(key="", label="")]}
    problems = check_form(json.dumps(form).encode(), file="x.form")

    assert [problem.code for problem in problems] == [
        "form_id_missing",
        "form_type",
        "form_key_missing",
        "form_label_missing",
    ]
    assert problems[1].text("en") == "x.form: X 甲: The type “iframe” is not supported; remove or replace it."
    assert all(problem.zh != problem.en for problem in problems)


@pytest.mark.parametrize(
    "form", [b"", b"\xff\xfe", b"[]", b'{"components": {}}', b'{"components": [' + b"[" * 100_000]
)
def test_what_is_no_form_is_one_problem_and_no_crash(form: bytes) -> None:
    assert [problem.code for problem in check_form(form)] == ["form_invalid"]


def test_a_form_nested_or_filled_without_end_is_refused() -> None:
    nested: dict[str, Any] = field()
    for at in range(40):
        nested = {"type": "group", "id": f"G{at}", "components": [nested]}

    assert codes(nested) == ["form_invalid"]
    assert codes(*[field(id=f"F{at}", key=f"k{at}") for at in range(2_000)]) == ["form_invalid"]

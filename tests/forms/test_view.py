"""What reaches the browser: the reader's language, no clear personal value, no binary float."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from forms.view import english_keys, prepare

FORM = json.dumps(
    {
        "id": "f",
        "type": "default",
        "components": [
            {
                "type": "group",
                "id": "Group_a",
                "label": "客户",
                "components": [
                    {
                        "type": "textfield",
                        "id": "Field_id",
                        "key": "identity_no",
                        "label": "身份证号码",
                        "validate": {"required": True},
                        "properties": {"sensitive": "true", "check": "resident_id"},
                    },
                    {
                        "type": "textfield",
                        "id": "Field_shown",
                        "key": "mobile",
                        "label": "手机",
                        "readonly": True,
                        "properties": {"sensitive": "true", "check": "mobile"},
                    },
                ],
            },
            {
                "type": "select",
                "id": "Field_m",
                "key": "method",
                "label": "方式",
                "values": [{"label": "等额本息", "value": "equal"}],
            },
            {"type": "number", "id": "Field_n", "key": "amount", "label": "金额", "readonly": True},
            {
                "type": "filepicker",
                "id": "Field_f",
                "key": "doc",
                "label": "文件",
                "validate": {"required": True},
            },
            {"type": "text", "id": "Text_t", "text": "共 {{total}} 元"},
        ],
    }
).encode()

DATA: dict[str, Any] = {
    "identity_no": "sealed:7",
    "mobile": "sealed:8",
    "amount": Decimal("100000.10"),
    "total": Decimal("5"),
    "doc": [{"filename": "a.pdf", "sha256": "x", "size": 1}],
    "secret": "not of this form",
    "on": date(2026, 1, 31),
}


def component(schema: dict[str, Any], wanted: str) -> dict[str, Any]:
    waiting = list(schema["components"])
    while waiting:
        found = waiting.pop()
        if found["id"] == wanted:
            return found
        waiting += found.get("components", [])
    raise AssertionError(wanted)


def test_labels_options_and_texts_come_in_the_readers_language() -> None:
    en = {"f/Field_m": "Method", "f/Field_m#equal": "Equal instalments", "f/Text_t#text": "{{total}} yuan"}

    schema = prepare(FORM, {}, "en", en)["schema"]

    assert component(schema, "Field_m")["label"] == "Method"
    assert component(schema, "Field_m")["values"] == [{"label": "Equal instalments", "value": "equal"}]
    assert component(schema, "Text_t")["text"] == "{{total}} yuan"
    assert component(schema, "Field_n")["label"] == "金额"
    assert component(prepare(FORM, {}, "zh", en)["schema"], "Field_m")["label"] == "方式"


def test_a_text_and_an_option_of_the_data_come_in_the_readers_language() -> None:
    form = json.dumps(
        {
            "id": "g",
            "type": "default",
            "components": [
                {"type": "textarea", "id": "Field_t", "key": "set_text", "label": "文件", "readonly": True},
                {
                    "type": "checklist",
                    "id": "Field_o",
                    "key": "seen",
                    "label": "签署",
                    "valuesKey": "options",
                },
            ],
        }
    ).encode()
    options = [{"label": "合同", "label_en": "Contract", "value": "c"}]
    data = {"set_text": "合同", "set_text_en": "Contract", "options": options}

    shown = {language: prepare(form, data, language, {})["data"] for language in ("zh", "en")}

    assert [shown[one]["set_text"] for one in shown] == ["合同", "Contract"]
    assert [shown[one]["options"][0]["label"] for one in shown] == ["合同", "Contract"]


def test_no_sealed_reference_and_no_foreign_key_leaves_the_server() -> None:
    prepared = prepare(FORM, DATA, "zh", {}, mask=lambda check, reference: f"<{check}>")

    assert "sealed:" not in json.dumps(prepared, ensure_ascii=False)
    assert prepared["data"] == {"mobile": "<mobile>", "amount": "100000.10", "total": "5"}


def test_a_sealed_value_may_be_kept_by_leaving_its_field_empty() -> None:
    schema = prepare(FORM, DATA, "en", {}, mask=lambda check, reference: "310***")["schema"]

    field = component(schema, "Field_id")
    assert "required" not in field["validate"]
    assert field["description"] == "On file: 310***. Leave empty to keep it."
    assert component(schema, "Field_shown")["disabled"] is True


def test_files_on_file_are_named_and_need_not_come_again() -> None:
    field = component(prepare(FORM, DATA, "zh", {})["schema"], "Field_f")

    assert field["label"] == "文件（已有：a.pdf）"
    assert "required" not in field["validate"]


def test_preparing_a_form_leaves_the_deployed_one_as_it_was() -> None:
    before = prepare(FORM, {}, "zh", {})
    prepare(FORM, DATA, "en", {"f/Field_m": "Method"})

    assert prepare(FORM, {}, "zh", {}) == before


def test_every_chinese_text_asks_for_its_english() -> None:
    assert english_keys(FORM) == [
        "f/Group_a",
        "f/Field_id",
        "f/Field_shown",
        "f/Field_m",
        "f/Field_m#equal",
        "f/Field_n",
        "f/Field_f",
        "f/Text_t#text",
    ]

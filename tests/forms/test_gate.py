"""The one gate for input: what it lets through, and that it refuses everything else by name, all at once."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forms.errors import FormInvalid, FormRefused
from forms.files import Upload
from forms.gate import Gate

PDF = Upload("a.pdf", 1200, "ab" * 32, b"%PDF-1.7 rest")
EXE = Upload("contract.pdf", 1200, "cd" * 32, b"MZ\x90\x00\x03")
NAMED_ANEW = Upload("virus.exe", 1200, "cd" * 32, b"%PDF-1.7")
EMPTY = Upload("empty.pdf", 0, "ef" * 32, b"")
HUGE = Upload("huge.pdf", 200 * 1024 * 1024, "01" * 32, b"%PDF-1.7")


def a_form(*components: dict[str, Any]) -> bytes:
    made = [
        {"id": f"Field_{at}", "label": component.get("key", "x"), **component}
        for at, component in enumerate(components)
    ]
    return json.dumps({"type": "default", "id": "f", "components": made}).encode()


def check(form: bytes, values: Any, data: dict[str, Any] | None = None, files: Any = None) -> dict[str, Any]:
    return Gate().check(form, values, data=data or {}, files=files or {}).answers


def codes(form: bytes, values: Any, data: dict[str, Any] | None = None, files: Any = None) -> dict[str, str]:
    with pytest.raises(FormRefused) as refused:
        check(form, values, data, files)
    return {path: error.code for path, error in refused.value.errors.items()}


MONEY = a_form(
    {"type": "number", "key": "amount", "properties": {"money": "true"}, "validate": {"required": True}}
)


@pytest.mark.parametrize(
    "sent", ["100000.00", "100000", "100,000", "100,000.0", 100000, Decimal("100000.0"), 100000.0]
)
def test_money_comes_out_as_yuan_exact_to_the_fen(sent: Any) -> None:
    amount = check(MONEY, {"amount": sent})["amount"]
    assert (type(amount), str(amount)) == (Decimal, "100000.00")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("1.005", "amount_finer_than_fen"),
        ("1e400", "not_a_number"),
        ("NaN", "not_a_number"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        ("-1.00", "too_small"),
        ("１２３", "not_a_number"),
        ("1,00", "not_a_number"),
        ("20,000,00", "not_a_number"),
        ("1000,000", "not_a_number"),
        (",100", "not_a_number"),
        ("1" * 30, "amount_too_large"),
        (True, "not_a_number"),
        ([1], "not_a_number"),
        ({"v": 1}, "not_a_number"),
        ("", "required"),
        (None, "required"),
    ],
)
def test_an_amount_that_is_none_is_refused_with_its_reason(sent: Any, code: str) -> None:
    assert codes(MONEY, {"amount": sent}) == {"amount": code}


def test_all_errors_come_at_once_and_in_both_languages() -> None:
    form = a_form(
        {"type": "textfield", "key": "name", "validate": {"required": True}},
        {"type": "number", "key": "term", "decimalDigits": 0, "validate": {"min": 12, "max": 60}},
        {"type": "select", "key": "method", "values": [{"label": "a", "value": "a"}]},
        {"type": "datetime", "subtype": "date", "key": "on"},
    )
    with pytest.raises(FormRefused) as refused:
        check(form, {"term": "72", "method": "b", "on": "2026-02-30", "extra": 1})
    errors = refused.value.errors
    assert {path: error.code for path, error in errors.items()} == {
        "name": "required",
        "term": "too_large",
        "method": "not_an_option",
        "on": "not_a_date",
        "extra": "unknown_field",
    }
    assert refused.value.texts("zh")["term"] == "不能大于 60。"
    assert refused.value.texts("en")["term"] == "The value must not be above 60."


def test_the_summary_names_the_fields_by_their_labels_in_the_language_of_the_reader() -> None:
    form = a_form(
        {"type": "textfield", "key": "visit_place", "label": "回访地点", "validate": {"required": True}},
        {
            "type": "dynamiclist",
            "path": "guarantors",
            "label": "保证人",
            "components": [{"type": "textfield", "id": "Field_Mobile", "key": "mobile", "label": "手机号"}],
        },
    )
    english = {"f/Field_0": "Place of the visit", "f/Field_1": "Guarantor", "f/Field_Mobile": "Mobile"}
    sent = {"guarantors": [{"mobile": "1"}, {"mobile": {}}], "extra": 1}

    with pytest.raises(FormRefused) as refused:
        Gate().check(form, sent, data={}, files={}, english=english)

    assert refused.value.text("zh") == "表单有 3 处需要修改：回访地点、extra、保证人 2 手机号。"
    assert (
        refused.value.text("en")
        == "The form needs 3 correction(s): Place of the visit, extra, Guarantor 2 Mobile."
    )


def test_a_forged_readonly_value_is_refused_by_name_and_the_shown_one_dropped() -> None:
    form = a_form({"type": "number", "key": "limit", "readonly": True}, {"type": "textfield", "key": "note"})
    data = {"limit": Decimal("50000.00")}

    assert check(form, {"limit": "50000", "note": "x"}, data) == {"note": "x"}
    assert codes(form, {"limit": "90000", "note": "x"}, data) == {"limit": "readonly_changed"}
    assert codes(form, {"limit": 0}, data) == {"limit": "readonly_changed"}


def test_a_forged_readonly_value_cannot_raise_its_own_maximum() -> None:
    form = a_form(
        {"type": "number", "key": "applied", "readonly": True},
        {"type": "number", "key": "approved", "validate": {"max": "=applied"}},
    )
    refused = codes(form, {"applied": "900000", "approved": "800000"}, {"applied": Decimal("100000.00")})
    assert refused == {"applied": "readonly_changed", "approved": "too_large"}


HIDING = a_form(
    {
        "type": "radio",
        "key": "kind",
        "values": [{"label": "n", "value": "new"}, {"label": "u", "value": "used"}],
    },
    {
        "type": "textfield",
        "key": "plate",
        "conditional": {"hide": '=kind != "used"'},
        "validate": {"required": True},
    },
    {"type": "textfield", "key": "owner", "conditional": {"hide": "=plate = null"}},
)


def test_a_hidden_field_is_neither_required_nor_accepted() -> None:
    assert check(HIDING, {"kind": "new"}, {"plate": "沪A12345"}) == {
        "kind": "new",
        "plate": None,
        "owner": None,
    }
    assert codes(HIDING, {"kind": "new", "plate": "沪A12345"}) == {"plate": "hidden_filled"}
    assert codes(HIDING, {"kind": "used"}) == {"plate": "required"}


def test_what_a_hidden_field_holds_shows_nothing_else() -> None:
    assert codes(HIDING, {"kind": "new", "plate": "x", "owner": "y"}) == {
        "plate": "hidden_filled",
        "owner": "hidden_filled",
    }
    assert check(HIDING, {"kind": "used", "plate": "x", "owner": "y"})["owner"] == "y"


IDENTITY = a_form(
    {"type": "textfield", "key": "identity_no", "properties": {"sensitive": "true", "check": "resident_id"}}
)


def test_a_sensitive_answer_is_named_for_sealing_and_keeps_its_seal_when_left_empty() -> None:
    checked = Gate().check(IDENTITY, {"identity_no": "11010519491231002x"}, data={}, files={})
    assert (checked.answers, checked.sensitive) == (
        {"identity_no": "11010519491231002X"},
        frozenset({"identity_no"}),
    )

    kept = Gate().check(IDENTITY, {}, data={"identity_no": "sealed:7"}, files={})
    assert (kept.answers, kept.sensitive) == ({"identity_no": "sealed:7"}, frozenset())


@pytest.mark.parametrize("key", ["identity_no"])
def test_nobody_can_point_at_a_sealed_value_of_another_case(key: str) -> None:
    assert codes(IDENTITY, {key: "sealed:8"}, {key: "sealed:7"}) == {key: "wrong_shape"}
    assert codes(a_form({"type": "textfield", "key": "note"}), {"note": "sealed:8"}) == {
        "note": "wrong_shape"
    }


@pytest.mark.parametrize(
    ("check_name", "value", "code"),
    [
        ("resident_id", "110105194912310021", "resident_id_check_digit"),
        ("mobile", "23800138000", "mobile_form"),
        ("plate", "京I12345", "plate_form"),
        ("vin", "LFPH3ACC8N1A0000O", "vin_form"),
        ("uscc", "91110000600037341M", "uscc_check_digit"),
        ("bank_card", "12345", "bank_card_form"),
        ("person_name", "张3", "person_name"),
    ],
)
def test_an_identifier_is_checked_by_the_rule_of_its_kind(check_name: str, value: str, code: str) -> None:
    form = a_form({"type": "textfield", "key": "x", "properties": {"check": check_name}})
    assert codes(form, {"x": value}) == {"x": code}


def test_an_unusual_vin_needs_a_tick_and_is_then_taken_with_its_doubt() -> None:
    form = a_form(
        {"type": "textfield", "key": "vin", "properties": {"check": "vin", "confirm": "vin_confirmed"}},
        {"type": "checkbox", "key": "vin_confirmed"},
    )
    assert codes(form, {"vin": "1M8GDM9A1KP042788"}) == {"vin": "warning_not_confirmed"}
    checked = Gate().check(form, {"vin": "1M8GDM9A1KP042788", "vin_confirmed": True}, data={}, files={})
    assert checked.doubts == {"vin": "vin_check_digit"}


FILES = a_form({"type": "filepicker", "key": "doc", "multiple": True, "validate": {"required": True}})


@pytest.mark.parametrize(
    ("uploads", "code"),
    [
        ((EXE,), "file_type_refused"),
        ((NAMED_ANEW,), "file_type_refused"),
        ((EMPTY,), "file_empty"),
        ((HUGE,), "file_too_large"),
        ((), "file_missing"),
    ],
)
def test_a_file_is_judged_by_its_content(uploads: tuple[Upload, ...], code: str) -> None:
    assert codes(FILES, {"doc": "files::1"}, files={"files::1": uploads}) == {"doc": code}


def test_a_file_becomes_a_reference_and_never_its_path() -> None:
    upload = Upload("../../etc/passwd\x00.pdf", 10, "ab" * 32, b"%PDF-1.7")
    (kept,) = check(FILES, {"doc": "files::1"}, files={"files::1": (upload,)})["doc"]
    assert kept == {
        "filename": "passwd.pdf",
        "sha256": "ab" * 32,
        "size": 10,
        "media_type": "application/pdf",
    }
    assert codes(FILES, {"doc": [kept]}) == {"doc": "file_missing"}
    assert check(FILES, {"doc": [kept]}, {"doc": [kept]})["doc"] == [kept]


ROWS = json.dumps(
    {
        "id": "f",
        "type": "default",
        "components": [
            {
                "type": "dynamiclist",
                "id": "Rows",
                "path": "guarantors",
                "validate": {"max": 2},
                "components": [
                    {
                        "type": "textfield",
                        "id": "Name",
                        "key": "name",
                        "label": "n",
                        "validate": {"required": True},
                    },
                    {
                        "type": "number",
                        "id": "Share",
                        "key": "share",
                        "label": "s",
                        "conditional": {"hide": "=this.name = null"},
                    },
                ],
            }
        ],
    }
).encode()


def test_a_list_names_the_row_of_each_error_and_is_bounded() -> None:
    assert check(ROWS, {"guarantors": [{"name": "甲", "share": 3}]}) == {
        "guarantors": [{"name": "甲", "share": Decimal(3)}]
    }
    assert codes(ROWS, {"guarantors": [{"name": "甲"}, {"share": 1, "x": 2}]}) == {
        "guarantors.1.name": "required",
        "guarantors.1.share": "hidden_filled",
        "guarantors.1.x": "unknown_field",
    }
    assert codes(ROWS, {"guarantors": [{"name": "甲"}] * 3}) == {"guarantors": "too_many"}
    assert codes(ROWS, {"guarantors": "甲"}) == {"guarantors": "wrong_shape"}


def test_options_may_come_from_trusted_data_only() -> None:
    form = a_form({"type": "select", "key": "dealer_id", "valuesKey": "dealer_options"})
    data = {"dealer_options": [{"label": "甲", "value": 7}]}
    assert check(form, {"dealer_id": 7}, data) == {"dealer_id": 7}
    assert codes(form, {"dealer_id": 8, "dealer_options": [{"label": "x", "value": 8}]}, data) == {
        "dealer_id": "not_an_option",
        "dealer_options": "unknown_field",
    }
    assert codes(form, {"dealer_id": "7"}, data) == {"dealer_id": "not_an_option"}


def test_a_computed_field_is_recomputed_here() -> None:
    form = a_form(
        {"type": "number", "key": "price"},
        {"type": "number", "key": "amount"},
        {"type": "expression", "key": "down_payment", "expression": "=price - amount"},
    )
    assert check(form, {"price": "150000", "amount": "100000"})["down_payment"] == Decimal(50000)
    assert codes(form, {"price": "150000", "amount": "100000", "down_payment": "1"}) == {
        "down_payment": "readonly_changed"
    }


def test_groups_with_a_path_nest_their_answers() -> None:
    form = json.dumps(
        {
            "id": "f",
            "components": [
                {
                    "type": "group",
                    "id": "G",
                    "path": "ballot",
                    "components": [
                        {
                            "type": "radio",
                            "id": "V",
                            "key": "vote",
                            "label": "v",
                            "values": [{"label": "y", "value": "for"}],
                            "validate": {"required": True},
                        }
                    ],
                }
            ],
        }
    ).encode()
    assert check(form, {"ballot": {"vote": "for"}}) == {"ballot": {"vote": "for"}}
    assert codes(form, {}) == {"ballot.vote": "required"}
    assert codes(form, {"ballot": {"vote": "for", "weight": 9}}) == {"ballot.weight": "unknown_field"}


@pytest.mark.parametrize("values", [[1], "x", None, 5])
def test_answers_of_another_shape_are_refused(values: Any) -> None:
    assert codes(MONEY, values) == {"": "wrong_shape"}


def test_answers_beyond_all_measure_are_refused_before_they_are_read() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    text = a_form({"type": "textarea", "key": "note"})
    assert codes(text, {"note": "x" * 300_000}) == {"": "form_too_large"}
    assert codes(text, {"note": deep}) == {"": "form_too_large"}
    assert codes(text, {f"k{at}": 1 for at in range(5_000)}) == {"": "form_too_large"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x00b", "control_character"),
        ("a\ud800b", "control_character"),
        (5, "wrong_shape"),
        (["a"], "wrong_shape"),
    ],
)
def test_a_text_is_a_text(text: Any, code: str) -> None:
    assert codes(a_form({"type": "textfield", "key": "note"}), {"note": text}) == {"note": code}


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"[]",
        b"{",
        b'{"components": 5}',
        b'{"components": [5]}',
        b'{"components":[{"type":"iframe","id":"x"}]}',
    ],
)
def test_what_is_no_form_is_refused(form: bytes) -> None:
    with pytest.raises(FormInvalid):
        check(form, {})


def test_a_date_comes_out_as_a_date() -> None:
    assert check(a_form({"type": "datetime", "subtype": "date", "key": "on"}), {"on": "2026-01-31"}) == {
        "on": date(2026, 1, 31)
    }

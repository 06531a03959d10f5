"""What a form refuses: one class a rule, and FormRefused that carries them all at once, keyed by field path."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from company.messages import Language, Refusal


class FormRefused(Refusal):
    """At least one answer broke a rule of the form; ``errors`` holds every one, keyed by the path of its field.

    A path is the field's key, with the row of a dynamic list counted from 0: ``guarantors.0.mobile``. ``names`` are the
    labels of these fields, in each language; a field that the form does not have goes by its key.
    """

    code = "form_refused"
    zh = "表单有 {count} 处需要修改{fields}。"
    en = "The form needs {count} correction(s){fields}."

    def __init__(
        self,
        errors: Mapping[str, Refusal],
        names: Mapping[Language, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        self.errors: dict[str, Refusal] = dict(errors)
        self.names = names
        super().__init__(count=len(self.errors), fields="")

    def text(self, language: Language) -> str:
        """The sentence that names every field by its label, once."""
        names = self.names.get(language, {})
        told = list(dict.fromkeys(names.get(path, path) for path in self.errors if path))
        colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
        self.facts["fields"] = colon + comma.join(told) if told else ""
        return super().text(language)

    def texts(self, language: Language) -> dict[str, str]:
        """The sentence beside each field."""
        return {path: error.text(language) for path, error in self.errors.items()}


class FormInvalid(Refusal):
    """The file is not a form the product can compile."""

    code = "form_invalid"
    zh = "表单文件无法使用：{reason_zh}"
    en = "The form file cannot be used: {reason_en}"


class FieldRefused(Refusal):
    """Root of the errors of one field."""

    code = "field_refused"


class Required(FieldRefused):
    """Nothing was entered in a required field."""

    code = "required"
    zh = "必填，请填写。"
    en = "This field is required."


class Unknown(FieldRefused):
    """The form has no such field."""

    code = "unknown_field"
    zh = "表单中没有字段“{field}”，请刷新页面后重新填写。"
    en = "The form has no field “{field}”; reload the page and fill it in again."


class ForgedReadonly(FieldRefused):
    """A value was sent for a field that the person may only read."""

    code = "readonly_changed"
    zh = "字段“{field}”为只读，不能修改；请刷新页面。"
    en = "The field “{field}” is read-only and cannot be changed; reload the page."


class ForgedHidden(FieldRefused):
    """A value was sent for a field that is hidden under the other answers."""

    code = "hidden_filled"
    zh = "字段“{field}”在当前填写内容下不显示，不能提交；请刷新页面。"
    en = "The field “{field}” is hidden under these answers and cannot be sent; reload the page."


class WrongShape(FieldRefused):
    """The value has another shape than the field: a list for a text, an object for a number."""

    code = "wrong_shape"
    zh = "内容的格式不对，应为{expected_zh}。"
    en = "The value has the wrong shape; expected {expected_en}."


class TooShort(FieldRefused):
    """Fewer characters than the form asks for."""

    code = "too_short"
    zh = "至少 {minimum} 个字，现为 {actual} 个。"
    en = "Enter at least {minimum} characters, not {actual}."


class TooLong(FieldRefused):
    """More characters than the form allows."""

    code = "too_long"
    zh = "最多 {maximum} 个字，现为 {actual} 个。"
    en = "Enter at most {maximum} characters, not {actual}."


class ControlCharacter(FieldRefused):
    """The text holds an invisible control character."""

    code = "control_character"
    zh = "含有不可见的控制字符，请重新输入。"
    en = "The text holds an invisible control character; type it again."


class PatternMismatch(FieldRefused):
    """The text does not fit the pattern of the field."""

    code = "pattern"
    zh = "格式不符，请按要求的格式填写。"
    en = "The text does not have the required format."


class NotANumber(FieldRefused):
    """The text is no finite decimal number."""

    code = "not_a_number"
    zh = "请填写数字，例如 1234.56 或 1,234.56。"
    en = "Enter a number such as 1234.56 or 1,234.56."


class TooManyDecimals(FieldRefused):
    """More decimals than the field has; the value is not rounded silently."""

    code = "too_many_decimals"
    zh = "最多 {maximum} 位小数。"
    en = "Enter at most {maximum} decimals."


class TooSmall(FieldRefused):
    """Below the minimum."""

    code = "too_small"
    zh = "不能小于 {minimum}。"
    en = "The value must not be below {minimum}."


class TooLarge(FieldRefused):
    """Above the maximum."""

    code = "too_large"
    zh = "不能大于 {maximum}。"
    en = "The value must not be above {maximum}."


class NotADate(FieldRefused):
    """The text is no calendar date or time."""

    code = "not_a_date"
    zh = "请填写有效日期，例如 2026-01-31。"
    en = "Enter a valid date such as 2026-01-31."


class NotAnOption(FieldRefused):
    """The value is none of the offered options."""

    code = "not_an_option"
    zh = "请从所列选项中选择。"
    en = "Choose one of the offered options."


class Duplicated(FieldRefused):
    """The same option was chosen twice."""

    code = "duplicated"
    zh = "同一选项不能重复选择。"
    en = "The same option was chosen twice."


class TooFewRows(FieldRefused):
    """A list has fewer rows or choices than asked for."""

    code = "too_few"
    zh = "至少 {minimum} 项，现为 {actual} 项。"
    en = "Give at least {minimum} item(s), not {actual}."


class TooManyRows(FieldRefused):
    """A list has more rows or choices than allowed."""

    code = "too_many"
    zh = "最多 {maximum} 项，现为 {actual} 项。"
    en = "Give at most {maximum} item(s), not {actual}."


class FileMissing(FieldRefused):
    """The file named in the field did not arrive with the form."""

    code = "file_missing"
    zh = "文件没有上传成功，请重新选择。"
    en = "The file did not arrive; choose it again."


class FileEmpty(FieldRefused):
    """The file has no content."""

    code = "file_empty"
    zh = "文件“{filename}”是空的，请检查后重新选择。"
    en = "The file “{filename}” is empty; check it and choose it again."


class FileTooLarge(FieldRefused):
    """The file is above the size limit."""

    code = "file_too_large"
    zh = "文件“{filename}”超过 {maximum_mb} MB，请压缩后上传。"
    en = "The file “{filename}” is above {maximum_mb} MB; make it smaller."


class FileTypeRefused(FieldRefused):
    """The content is of a type that the field does not take, whatever the name says."""

    code = "file_type_refused"
    zh = "文件“{filename}”的实际类型不是 {accepted}，请勿改名上传。"
    en = "The content of “{filename}” is not {accepted}; a renamed file is not accepted."


class FormTooLarge(FieldRefused):
    """The answers as a whole are larger than any person could have typed."""

    code = "form_too_large"
    zh = "提交的内容过大（上限 {maximum} 项、{characters} 个字）。"
    en = "The answers are too large (at most {maximum} values and {characters} characters)."


class ExpressionFailed(FieldRefused):
    """An expression of the form could not be evaluated: the form needs its analyst."""

    code = "form_expression_failed"
    zh = "表单表达式无法计算（{expression}），请联系流程分析人员。"
    en = "An expression of the form cannot be evaluated ({expression}); tell the process analyst."


class WarningNotConfirmed(FieldRefused):
    """The value is unusual: correct it, or tick the box that confirms it."""

    code = "warning_not_confirmed"
    zh = "{warning_zh}如确认无误，请勾选“{confirm}”。"
    en = "{warning_en} If it is right, tick “{confirm}”."

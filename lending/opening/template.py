"""The template of an existing book: a row a loan, each mistake told with its row, its column, the rule and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from company.messages import Language, Refusal
from lending import money
from lending.identifiers import mobile, resident_id, uscc, vin
from lending.labels import Labelled
from lending.maths.choices import Method
from lending.money import ZERO
from lending.vehicles import Energy, VehicleKind

ValueT = TypeVar("ValueT")
LabelledT = TypeVar("LabelledT", bound=Labelled)

# Column by key: the head in Chinese and in English.
COLUMNS = {
    "former_no": ("原贷款编号", "Former number"),
    "customer": ("客户姓名", "Customer"),
    "identity": ("身份证号", "Identity number"),
    "phone": ("手机号码", "Mobile number"),
    "vin": ("车架号", "VIN"),
    "vin_confirmed": ("车架号已核对", "VIN compared"),
    "model": ("车型", "Model"),
    "vehicle_kind": ("车辆类别", "Kind of car"),
    "energy": ("能源", "Energy"),
    "dealer": ("经销商信用代码", "Dealer's credit code"),
    "branch": ("分公司代码", "Branch code"),
    "principal": ("贷款本金", "Principal lent"),
    "rate": ("年利率（%）", "Annual rate (%)"),
    "term": ("期限（月）", "Months"),
    "method": ("还款方式", "Repayment"),
    "value_date": ("起息日", "Paid out on"),
    "due_day": ("还款日", "Due day"),
    "balance": ("本金余额", "Principal owed"),
    "overdue_principal": ("逾期本金", "Overdue principal"),
    "overdue_interest": ("逾期利息", "Overdue interest"),
    "penalty": ("应收罚息", "Penalty interest owed"),
    "suspense": ("暂收款", "Suspense"),
    "penalty_multiplier": ("罚息倍数", "Penalty multiplier"),
    "grace_days": ("宽限天数", "Days of grace"),
    "fee_rate": ("提前还款费率（%）", "Prepayment fee (%)"),
}
OPTIONAL = frozenset(
    {
        "vin_confirmed",
        "overdue_principal",
        "overdue_interest",
        "penalty",
        "suspense",
        "penalty_multiplier",
        "grace_days",
        "fee_rate",
    }
)
EXAMPLE = (
    *("OLD-2025-0001", "林晓芸", "11010519491231002X", "13812345678", "LGXCE6CB4P0123456", ""),
    *("远航 E5", "new", "nev", "91350100M000100Y43", "SH", "100000.00", "5.88", "36", "equal_instalment"),
    *("2025-03-03", "3", "71289.10", "", "", "", "", "1.5", "0", "0"),
)
_YES = frozenset({"是", "y", "yes", "1", "true"})


@dataclass(frozen=True)
class CellError:
    """What is wrong in a cell of the file: row 0 is the file as a whole, no column the row as a whole."""

    row: int
    column: str | None
    zh: str
    en: str

    def label(self, language: Language) -> str:
        """Row, column, rule and remedy, for a person who reads ``language``."""
        chinese = language == "zh"
        place = []
        if self.row:
            place.append(f"第 {self.row} 行" if chinese else f"row {self.row}")
        if self.column:
            name = COLUMNS[self.column][not chinese]
            place.append(f"“{name}”列" if chinese else f"column “{name}”")
        said = self.zh if chinese else self.en
        if not place:
            return said
        return ("".join(place) + "：" if chinese else ", ".join(place) + ": ") + said


@dataclass(frozen=True)
class LoanRow:
    """A row that can be read; amounts in yuan, rates as fractions."""

    row: int
    former_no: str
    customer: str
    identity: str
    phone: str
    vin: str
    model: str
    vehicle_kind: VehicleKind
    energy: Energy
    dealer: str
    branch: str
    principal: Decimal
    annual_rate: Decimal
    term_months: int
    method: Method
    value_date: date
    due_day: int
    balance: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    suspense: Decimal
    penalty_multiplier: Decimal
    grace_days: int
    fee_rate: Decimal


def parse(rows: Sequence[Sequence[str]]) -> tuple[list[LoanRow], list[CellError]]:
    """The loans of a file and every mistake in it; the head may be in either language."""
    at = next((index for index, row in enumerate(rows) if len(_places(row)) >= len(COLUMNS) // 2), None)
    if at is None:
        zh = "没有找到表头，请使用模板填写"
        return [], [CellError(0, None, zh, "there is no head; fill in the template")]
    places = _places(rows[at])
    missing = [key for key in COLUMNS if key not in places and key not in OPTIONAL]
    if missing:
        return [], [
            CellError(at + 1, key, "缺少此列，请使用模板", "the column is missing; use the template")
            for key in missing
        ]
    found: list[LoanRow] = []
    errors: list[CellError] = []
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if any(cell.strip() for cell in row):
            reader = _Row(number, {key: _cell(row, place) for key, place in places.items()})
            loan = reader.loan()
            errors += reader.errors
            if loan is not None:
                found.append(loan)
    if not found and not errors:
        errors.append(CellError(0, None, "文件没有贷款", "the file holds no loans"))
    return found, errors + _doubles(found)


def _places(row: Sequence[str]) -> dict[str, int]:
    cells = [cell.strip().lower() for cell in row]
    return {
        key: cells.index(name.lower())
        for key, names in COLUMNS.items()
        for name in names
        if name.lower() in cells
    }


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


class _Row:
    """Reads a row cell by cell and keeps every mistake."""

    def __init__(self, number: int, cells: Mapping[str, str]) -> None:
        self.number, self.cells = number, cells
        self.errors: list[CellError] = []

    def loan(self) -> LoanRow | None:
        """The loan of the row, None if anything in it is wrong."""
        given = self._names()
        kind = self._checked("vehicle_kind", lambda text: _word(VehicleKind, text))
        energy = self._checked("energy", lambda text: _word(Energy, text))
        method = self._checked("method", lambda text: _word(Method, text))
        value_date = self._checked("value_date", _day)
        amounts = {
            key: self._checked(key, money.parse, default=ZERO)
            for key in (
                "principal",
                "balance",
                "overdue_principal",
                "overdue_interest",
                "penalty",
                "suspense",
            )
        }
        rate, fee = self._checked("rate", _percent), self._checked("fee_rate", _percent, default=Decimal(0))
        multiplier = self._checked("penalty_multiplier", _plain, default=Decimal("1.5"))
        whole = {
            "term": self._checked("term", _whole(1, 360)),
            "due_day": self._checked("due_day", _whole(1, 31)),
            "grace_days": self._checked("grace_days", _whole(0, 30), default=0),
        }
        if self.errors or not (kind and energy and method and value_date) or rate is None:
            return None
        return LoanRow(
            row=self.number,
            former_no=given["former_no"] or "",
            customer=given["customer"] or "",
            identity=given["identity"] or "",
            phone=given["phone"] or "",
            vin=given["vin"] or "",
            model=given["model"] or "",
            dealer=given["dealer"] or "",
            branch=given["branch"] or "",
            vehicle_kind=kind,
            energy=energy,
            method=method,
            value_date=value_date,
            annual_rate=rate,
            fee_rate=fee or Decimal(0),
            penalty_multiplier=multiplier or Decimal(1),
            term_months=whole["term"] or 0,
            due_day=whole["due_day"] or 0,
            grace_days=whole["grace_days"] or 0,
            principal=amounts["principal"] or ZERO,
            balance=amounts["balance"] or ZERO,
            overdue_principal=amounts["overdue_principal"] or ZERO,
            overdue_interest=amounts["overdue_interest"] or ZERO,
            penalty=amounts["penalty"] or ZERO,
            suspense=amounts["suspense"] or ZERO,
        )

    def _names(self) -> dict[str, str | None]:
        """Whose loan it is and for which car: the texts, each with its own rule."""
        return {
            "former_no": self._text("former_no", 60),
            "customer": self._text("customer", 60),
            "identity": self._checked("identity", resident_id.validate),
            "phone": self._checked("phone", mobile.validate),
            "vin": self._vin(),
            "model": self._text("model", 120),
            "dealer": self._checked("dealer", uscc.validate),
            "branch": self._text("branch", 12),
        }

    def _text(self, key: str, most: int) -> str:
        text = self.cells.get(key, "")
        if not 0 < len(text) <= most:
            zh, en = f"必填，最多 {most} 个字符", f"it is needed, with at most {most} characters"
            self.errors.append(CellError(self.number, key, zh, en))
        return text

    def _checked(
        self, key: str, read: Callable[[str], ValueT], *, default: ValueT | None = None
    ) -> ValueT | None:
        text = self.cells.get(key, "")
        if not text and key in OPTIONAL:
            return default
        try:
            return read(text)
        except Refusal as refusal:
            self.errors.append(CellError(self.number, key, refusal.text("zh"), refusal.text("en")))
        except _Unreadable as mistake:
            self.errors.append(CellError(self.number, key, mistake.zh, mistake.en))
        return None

    def _vin(self) -> str | None:
        number = self._checked("vin", vin.validate)
        compared = self.cells.get("vin_confirmed", "").lower() in _YES
        if number is not None and vin.warnings(number) and not compared:
            zh = "校验位不符；如与登记证书核对无误，请在“车架号已核对”列填“是”"
            en = "the check digit does not match; if the certificate says so, put yes under “VIN compared”"
            self.errors.append(CellError(self.number, "vin", zh, en))
        return number


class _Unreadable(Exception):
    """A cell that is not what its column wants, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def _word(kind: type[LabelledT], text: str) -> LabelledT:
    """A member by its code or its words."""
    for member in kind:
        if text.lower() in (member.value, member.zh, member.en.lower()):
            return member
    known = "、".join(f"{member.zh}（{member.value}）" for member in kind)
    english = ", ".join(member.value for member in kind)
    raise _Unreadable(f"“{text[:20]}”无效，应为：{known}", f"“{text[:20]}” is none of: {english}")


def _day(text: str) -> date:
    plain = text.replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in plain.split(" ")[0].split("-"))
        return date(year, month, day)
    except ValueError as error:
        zh = f"“{text[:20]}”不是日期，请写作 2025-03-03"
        raise _Unreadable(zh, f"“{text[:20]}” is no day; write 2025-03-03") from error


def _plain(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _Unreadable(f"“{text[:20]}”不是数字", f"“{text[:20]}” is no number") from error
    if not number.is_finite() or not 0 <= number <= 1000:
        raise _Unreadable(f"“{text[:20]}”应在 0 至 1000 之间", f"“{text[:20]}” should lie between 0 and 1000")
    return number


def _percent(text: str) -> Decimal:
    return _plain(text.rstrip("%％")) / 100


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
            zh = f"“{text[:20]}”应为 {least} 至 {most} 的整数"
            raise _Unreadable(zh, f"“{text[:20]}” should be a whole number from {least} to {most}")
        return int(text)

    return read


def _doubles(found: Sequence[LoanRow]) -> list[CellError]:
    first: dict[str, int] = {}
    errors = []
    for loan in found:
        before = first.setdefault(loan.former_no, loan.row)
        if before != loan.row:
            zh, en = f"与第 {before} 行重复", f"it stands in row {before} already"
            errors.append(CellError(loan.row, "former_no", zh, en))
    return errors

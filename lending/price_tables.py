"""A whole table of prices at once: read from Excel or CSV, checked row by row, compared with what holds, published.

A price that nobody has confirmed or replaced for ``price_stale_days`` is stale: it still counts, and is flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from company import parameters
from company.messages import Refusal
from lending import money, spreadsheets, vehicle_prices
from lending.errors import LendingError
from lending.vehicle_prices import PriceRow, VehiclePrice

HEAD = ("品牌", "车系", "型号", "年款", "地区代码", "新车价格")
ROWS_MAX = 500
_YEARS = range(1980, 2101)


class PriceTableWrong(LendingError):
    """A table is taken whole or not at all; every wrong row is named."""

    code = "price_table_wrong"
    zh = "价格表有误，未导入：{problems}。表头应为“品牌、车系、型号、年款、地区代码、新车价格”，请更正后重新上传。"
    en = (
        "The table was not read: {problems}. Its head must be 品牌, 车系, 型号, 年款, 地区代码, 新车价格; "
        "correct it and send it again."
    )


@dataclass(frozen=True)
class Compared:
    """A row of a table with the price that holds until it does, in yuan; None for a model that is new."""

    row: PriceRow
    before: Decimal | None


def read(filename: str, data: bytes) -> list[PriceRow]:
    """The rows of a table; :class:`PriceTableWrong` names every wrong one, FileNotATable what is no table."""
    lines = [[cell.strip() for cell in line] for line in spreadsheets.read(filename, data)]
    if not lines or tuple(lines[0][: len(HEAD)]) != HEAD:
        raise PriceTableWrong(problems=["表头"])
    found: list[PriceRow] = []
    problems: list[str] = []
    for number, line in enumerate(lines[1:], 2):
        try:
            found.append(_row(line))
        except (Refusal, ValueError):
            problems.append(f"第 {number} 行")
    keys = [(row.search_key, row.model_year, row.region) for row in found]
    problems += [f"“{row.model}”重复" for at, row in enumerate(found) if keys[at] in keys[:at]]
    if not found or len(found) > ROWS_MAX:
        problems.append(f"应有 1 至 {ROWS_MAX} 行")
    if problems:
        raise PriceTableWrong(problems=problems[:20])
    return found


def _row(line: Sequence[str]) -> PriceRow:
    brand, series, model, year, region, price = (*line, *[""] * len(HEAD))[: len(HEAD)]
    amount = money.parse(price)
    if not brand or not model or amount <= 0 or int(year) not in _YEARS:
        raise ValueError("a row names brand, model, year and a price")
    if region and not (region.isascii() and region.isdigit() and len(region) <= 6):
        raise ValueError("a region is up to six digits")
    return PriceRow(brand[:40], series[:60], model[:80], int(year), region, amount)


def template() -> bytes:
    """An Excel workbook with the head and an example row."""
    example: list[spreadsheets.Cell] = ["大众", "途观L", "330TSI 两驱智享版", 2026, "", "215800.00"]
    return spreadsheets.workbook([spreadsheets.Table("价格表", HEAD, [example])])


def packed(rows: Sequence[PriceRow]) -> str:
    """The rows as the text in which a proposal keeps them."""
    return spreadsheets.csv_text(
        [[one.brand, one.series, one.model, one.model_year, one.region, one.price] for one in rows]
    )


def unpacked(text: str) -> list[PriceRow]:
    """The rows of :func:`packed`."""
    return [_row(line) for line in spreadsheets.read("rows.csv", text.encode())]


def compared(session: Session, rows: Sequence[PriceRow]) -> list[Compared]:
    """Each row beside the price of the same model, year and region that begins last."""
    latest = [vehicle_prices.latest_of(session, row) for row in rows]
    return [Compared(row, before.price if before else None) for row, before in zip(rows, latest, strict=True)]


def check(session: Session, rows: Sequence[PriceRow], *, valid_from: date) -> None:
    """Raises what :func:`lending.vehicle_prices.check` refuses of any row."""
    for row in rows:
        vehicle_prices.check(session, row, valid_from=valid_from)


def publish(
    session: Session, rows: Sequence[PriceRow], *, valid_from: date, source: str, now: datetime
) -> None:
    """Let every price of the table hold from a day on."""
    for row in rows:
        vehicle_prices.publish(
            session,
            brand=row.brand,
            series=row.series,
            model=row.model,
            model_year=row.model_year,
            region=row.region,
            price=row.price,
            valid_from=valid_from,
            source=source,
            now=now,
        )


def stale_before(session: Session, on: date) -> date:
    """A price that began before this day and still holds has not been looked at for too long."""
    days: int = parameters.value(session, "price_stale_days", on)
    return on - timedelta(days=days)


def is_stale(price: VehiclePrice, before: date, on: date) -> bool:
    """Whether a price that holds on a day began before ``before``."""
    return price.valid_from < before and (price.valid_to is None or price.valid_to >= on)

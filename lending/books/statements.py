"""Balance sheet (资产负债表) and income statement (利润表), by date, from the chart's mapping of accounts to lines.

Lines and sections are ``charts/statement_lines.csv``. Income and expense accounts are never carried forward by an entry
(表结法): what they hold belongs to retained earnings, the current year's shown for itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from company.messages import Language
from lending import ledger
from lending.accounts import AccountKind
from lending.labels import Labelled
from lending.ledger import BalanceRow, TrialBalance
from lending.money import ZERO

_LINES = Path(__file__).parent.parent / "charts" / "statement_lines.csv"


class Section(Labelled):
    """A part of a statement."""

    ASSETS = "assets", "资产", "Assets"
    LIABILITIES = "liabilities", "负债", "Liabilities"
    EQUITY = "equity", "所有者权益", "Equity"
    REVENUE = "revenue", "营业收入", "Operating revenue"
    REVENUE_DEDUCTIONS = "revenue_deductions", "营业收入的减项", "Deductions from revenue"
    EXPENSES = "expenses", "营业支出", "Operating expenses"
    TAX = "tax", "所得税", "Income tax"


# Which lines an account of a kind may be mapped to.
SECTIONS_OF = {
    AccountKind.ASSET: (Section.ASSETS,),
    AccountKind.LIABILITY: (Section.LIABILITIES,),
    AccountKind.EQUITY: (Section.EQUITY,),
    AccountKind.INCOME: (Section.REVENUE,),
    AccountKind.EXPENSE: (Section.REVENUE_DEDUCTIONS, Section.EXPENSES, Section.TAX),
    AccountKind.OFF_BALANCE: (),
}
_RESULT = frozenset({AccountKind.INCOME, AccountKind.EXPENSE})


@dataclass(frozen=True)
class StatementLine:
    """A line that accounts are mapped to."""

    code: str
    section: Section
    name: str
    name_en: str

    def label(self, language: Language) -> str:
        """Its name for a person who reads ``language``."""
        return self.name if language == "zh" else self.name_en


@dataclass(frozen=True)
class Row:
    """A row as it is printed: two figures in yuan; ``is_total`` for a sum; ``section`` None for a sum of sections."""

    name: str
    name_en: str
    now: Decimal
    before: Decimal
    is_total: bool = False

    def label(self, language: Language) -> str:
        """Its name for a person who reads ``language``."""
        return self.name if language == "zh" else self.name_en


@dataclass(frozen=True)
class BalanceSheet:
    """Assets against liabilities and equity at the end of a day, beside the last day of the year before."""

    on: date
    assets: tuple[Row, ...]
    claims: tuple[Row, ...]
    difference: Decimal


@dataclass(frozen=True)
class IncomeStatement:
    """What was earned and spent from ``since`` to ``on``, beside the year so far."""

    since: date
    on: date
    rows: tuple[Row, ...]
    profit: Decimal


@cache
def lines() -> dict[str, StatementLine]:
    """Every line by its code, in printing order."""
    with _LINES.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: StatementLine(row["code"], Section(row["section"]), row["name"], row["name_en"])
            for row in csv.DictReader(file)
        }


def balance_sheet(session: Session, on: date) -> BalanceSheet:
    """The balance sheet at the end of ``on``; its two sides differ by ``difference``, zero in sound books."""
    year_start = on.replace(month=1, day=1)
    now = ledger.trial_balance(session, on, since=year_start)
    opening = ledger.trial_balance(session, year_start - timedelta(days=1))
    assets = _section(Section.ASSETS, now, opening, sign=1)
    owed = _section(Section.LIABILITIES, now, opening, sign=-1)
    equity = [
        *_section(Section.EQUITY, now, opening, sign=-1),
        Row(
            "本年利润",
            "Profit of the year",
            -sum((row.debit - row.credit for row in _result(now)), ZERO),
            ZERO,
        ),
        Row(
            "以前年度损益",
            "Results of earlier years",
            -sum((row.opening for row in _result(now)), ZERO),
            -sum((row.balance for row in _result(opening)), ZERO),
        ),
    ]
    total_assets = _total("资产总计", "Total assets", assets)
    total_claims = _total("负债和所有者权益总计", "Total liabilities and equity", [*owed, *equity])
    return BalanceSheet(
        on,
        (*assets, total_assets),
        (
            *owed,
            _total("负债合计", "Total liabilities", owed),
            *equity,
            _total("所有者权益合计", "Total equity", equity),
            total_claims,
        ),
        total_assets.now - total_claims.now,
    )


def income_statement(session: Session, since: date, on: date) -> IncomeStatement:
    """The income statement of the days from ``since`` to ``on``, beside the year of ``on`` so far."""
    now = ledger.trial_balance(session, on, since=since)
    year = ledger.trial_balance(session, on, since=on.replace(month=1, day=1))
    revenue = _flows(Section.REVENUE, now, year, sign=-1)
    deductions = _flows(Section.REVENUE_DEDUCTIONS, now, year, sign=1)
    expenses = _flows(Section.EXPENSES, now, year, sign=1)
    tax = _flows(Section.TAX, now, year, sign=1)
    operating = _less(_total("一、营业收入", "I. Operating revenue", revenue), deductions)
    spent = _total("二、营业支出", "II. Operating expenses", expenses)
    result = _less(
        Row("三、利润总额", "III. Profit before tax", operating.now, operating.before, True), [spent]
    )
    profit = _less(Row("四、净利润", "IV. Net profit", result.now, result.before, True), tax)
    return IncomeStatement(
        since, on, (operating, *revenue, *deductions, spent, *expenses, result, *tax, profit), profit.now
    )


def _section(section: Section, now: TrialBalance, opening: TrialBalance, *, sign: int) -> list[Row]:
    return [
        Row(
            line.name,
            line.name_en,
            sign * sum((row.balance for row in _of(now, line)), ZERO),
            sign * sum((row.balance for row in _of(opening, line)), ZERO),
        )
        for line in lines().values()
        if line.section is section
    ]


def _flows(section: Section, now: TrialBalance, year: TrialBalance, *, sign: int) -> list[Row]:
    return [
        Row(
            line.name,
            line.name_en,
            sign * sum((row.debit - row.credit for row in _of(now, line)), ZERO),
            sign * sum((row.debit - row.credit for row in _of(year, line)), ZERO),
        )
        for line in lines().values()
        if line.section is section
    ]


def _of(trial: TrialBalance, line: StatementLine) -> Iterable[BalanceRow]:
    return (row for row in trial.rows if row.account.line == line.code)


def _result(trial: TrialBalance) -> Iterable[BalanceRow]:
    return (row for row in trial.rows if row.account.kind in _RESULT)


def _total(name: str, name_en: str, rows: Iterable[Row]) -> Row:
    found = list(rows)
    now, before = (sum((row.now for row in found), ZERO), sum((row.before for row in found), ZERO))
    return Row(name, name_en, now, before, is_total=True)


def _less(row: Row, deducted: Iterable[Row]) -> Row:
    found = list(deducted)
    return Row(
        row.name,
        row.name_en,
        row.now - sum((one.now for one in found), ZERO),
        row.before - sum((one.before for one in found), ZERO),
        is_total=True,
    )

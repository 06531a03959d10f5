"""How a figure of a loan comes about: formula, inputs and days, in both languages, from the numbers that made it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from company.messages import Language
from lending.life.state import Part, Reading
from lending.maths.choices import Compound
from lending.money import ZERO, written, written_rate


@dataclass(frozen=True)
class Explained:
    """A figure in yuan with its name, the formula, and the inputs put in: a line for each thing that is summed."""

    name: tuple[str, str]
    amount: Decimal
    formula: tuple[str, str]
    lines: tuple[tuple[str, str], ...] = ()

    def label(self, language: Language) -> str:
        """Its name."""
        return self.name[language != "zh"]

    def how(self, language: Language) -> str:
        """The formula."""
        return self.formula[language != "zh"]

    def inputs(self, language: Language) -> list[str]:
        """The formula with the numbers of the loan."""
        return [line[language != "zh"] for line in self.lines]


def explained(reading: Reading) -> list[Explained]:
    """What is owed on the day of a reading and all it is made of; the sum of the others is the first."""
    figures = [_not_due(reading), *_due(reading), _running(reading), *_penalties(reading), _charges(reading)]
    total = Explained(("应还合计", "Owed in all"), reading.owed, ("以下各项之和", "the sum of what follows"))
    return [total, *figures]


def _not_due(reading: Reading) -> Explained:
    return Explained(
        ("未到期本金", "Principal not due"),
        _carried(reading, reading.state.principal_not_due),
        ("本金 − 已到期本金 − 提前归还本金", "principal − principal due − principal repaid early"),
    )


def _due(reading: Reading) -> list[Explained]:
    late = reading.state.parts[: reading.state.due]
    return [
        Explained(
            ("到期未还本金", "Principal due"),
            _carried(reading, reading.principal_overdue),
            ("各到期期次：本金 − 已还本金", "each instalment due: principal − principal paid"),
            tuple(
                _of_part(part, part.principal, part.principal_paid) for part in late if part.principal_open
            ),
        ),
        Explained(
            ("到期未付利息", "Interest due"),
            _carried(reading, reading.interest_overdue),
            ("各到期期次：利息 − 已付 − 减免", "each instalment due: interest − paid − waived"),
            tuple(
                _of_part(part, part.interest, part.interest_paid + part.interest_waived)
                for part in late
                if part.interest_open
            ),
        ),
    ]


def _penalties(reading: Reading) -> list[Explained]:
    late = reading.state.parts[: reading.state.due]
    penalty = Explained(
        ("罚息", "Penalty interest"),
        _carried(reading, sum((reading.penalty(part) - part.penalty_met for part in late), ZERO)),
        (
            "逾期本金 × 年利率 × 罚息倍数 × 逾期天数 ÷ 年天数（四舍五入到分）",
            "overdue principal × annual rate × multiplier × days ÷ days of the year, half up to the fen",
        ),
        tuple(
            _late(reading, part, part.principal_open, part.penalty_met)
            for part in late
            if part.principal_open
        ),
    )
    if reading.ground.convention.compound is Compound.NONE:
        return [penalty]
    compound = Explained(
        ("复利", "Compound interest"),
        _carried(reading, sum((reading.compound(part) - part.compound_met for part in late), ZERO)),
        (
            "未付利息 × 年利率 × 罚息倍数 × 天数 ÷ 年天数",
            "unpaid interest × annual rate × multiplier × days ÷ days of the year",
        ),
        tuple(
            _late(reading, part, part.interest_open, part.compound_met) for part in late if part.interest_open
        ),
    )
    return [penalty, compound]


def _charges(reading: Reading) -> Explained:
    return Explained(
        ("费用及代垫", "Fees and costs"),
        _carried(reading, reading.state.costs + reading.state.fees_owed),
        ("已发生 − 已付 − 减免", "charged − paid − waived"),
    )


def _carried(reading: Reading, amount: Decimal) -> Decimal:
    """The amount as long as the loan stands on the books: nothing of it does after a write-off."""
    return ZERO if reading.state.frozen_on is not None else amount


def _running(reading: Reading) -> Explained:
    """The interest of the running instalment: base, rate, days, and what ran before a change within the period."""
    state, convention = reading.state, reading.ground.convention
    name = ("未到期应计利息", "Interest accrued, not due")
    formula = (
        "计息本金 × 年利率 × 本段天数占年的比例（四舍五入到分）",
        "principal × annual rate × the days' part of a year, half up to the fen",
    )
    if state.due >= len(state.parts) or state.frozen_on is not None:
        return Explained(name, ZERO, formula)
    part = state.parts[state.due]
    until = min(reading.on, part.due_date)
    days, period = max((until - state.cut).days, 0), (part.due_date - part.start).days
    base, rate = written(reading.base), written_rate(state.rate)
    zh = f"{base} × {rate}，{state.cut} 至 {until} 共 {days} 天（本期 {period} 天，{convention.period_rate.zh}）"
    en = f"{base} × {rate}, {days} days from {state.cut} to {until} (period of {period}; {convention.period_rate.en})"
    lines = [(f"{zh} = {reading.run:.4f}", f"{en} = {reading.run:.4f}")]
    if state.carry:
        lines.append((f"{state.cut} 之前：{state.carry:.4f}", f"before {state.cut}: {state.carry:.4f}"))
    return Explained(name, reading.running - part.interest_paid, formula, tuple(lines))


def _of_part(part: Part, whole: Decimal, met: Decimal) -> tuple[str, str]:
    left = written(whole - met)
    return (
        f"第 {part.number} 期（{part.due_date}）：{written(whole)} − {written(met)} = {left}",
        f"No. {part.number} ({part.due_date}): {written(whole)} − {written(met)} = {left}",
    )


def _late(reading: Reading, part: Part, amount: Decimal, met: Decimal) -> tuple[str, str]:
    days = max((reading.day - part.late_since).days, 0)
    rate, multiplier = written_rate(reading.state.rate), reading.ground.penalty_multiplier
    count = reading.ground.convention.day_count
    sum_of = f"{written(amount)} × {rate} × {multiplier}"
    grew = f"{reading.late(part, amount):.4f}"
    return (
        f"第 {part.number} 期：{sum_of}，{part.late_since} 起 {days} 天，{count.zh} = {grew}；已付 {written(met)}",
        f"No. {part.number}: {sum_of}, {days} days from {part.late_since}, {count.en} = {grew}; met {written(met)}",
    )

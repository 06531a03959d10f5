"""How an instalment of a schedule and the use of a sum of money come about: formula, inputs and days."""

from __future__ import annotations

from decimal import Decimal

from lending.life.events import LoanEvent
from lending.life.explaining import Explained
from lending.life.kinds import Component, EventKind
from lending.life.state import Ground, Part, Reading
from lending.maths.choices import Method
from lending.money import ZERO, written, written_rate

_INTEREST = (
    "利息 = 期初本金 × 年利率 × 本期占年的比例",
    "interest = principal at the start × annual rate × the period's part of a year",
)
_HOW = {
    Method.EQUAL_INSTALMENT: (
        "每期应还 A = P·i·(1+i)^n ÷ ((1+i)^n − 1)，本金 = A − 利息，末期归还全部余额",
        "instalment A = P·i·(1+i)^n ÷ ((1+i)^n − 1), principal = A − interest, the last one takes the rest",
    ),
    Method.EQUAL_PRINCIPAL: (
        "本金 = 贷款本金 ÷ 期数，末期归还全部余额",
        "principal = amount lent ÷ number of instalments, the last one takes the rest",
    ),
    Method.INTEREST_FIRST: (
        "每期只还利息，本金在末期归还",
        "interest alone, the principal with the last one",
    ),
    Method.BALLOON: (
        "每期应还 A = (P − F÷(1+i)^n)·i ÷ (1 − (1+i)^−n)，尾款 F 在末期归还",
        "instalment A = (P − F÷(1+i)^n)·i ÷ (1 − (1+i)^−n), the balloon F with the last one",
    ),
    Method.BULLET: ("到期一次还本付息", "principal and interest in one payment at maturity"),
    Method.FLAT: (
        "利息按首次本金计算，各期相同",
        "interest on the amount first lent, the same in every instalment",
    ),
}
_AGREED = (
    "本金按合同约定的还款表",
    "principal as the signed table says",
)


def explained_instalment(reading: Reading, number: int) -> Explained | None:
    """How the instalment with this number comes about as it stands now; None if there is none."""
    found = [(index, part) for index, part in enumerate(reading.state.parts) if part.number == number]
    if not found:
        return None
    index, part = found[0]
    how = _HOW.get(reading.ground.method, _AGREED)
    return Explained(
        (f"第 {number} 期应还", f"Instalment No. {number}"),
        part.principal + part.interest,
        (f"{_INTEREST[0]}；{how[0]}", f"{_INTEREST[1]}; {how[1]}"),
        tuple(_lines(reading, index, part)),
    )


def _lines(reading: Reading, index: int, part: Part) -> list[tuple[str, str]]:
    state, ground = reading.state, reading.ground
    opening = sum((each.principal for each in state.parts[index:]), ZERO)
    base = ground.principal if ground.method is Method.FLAT else opening
    days = (part.due_date - part.start).days
    rate, count = written_rate(state.rate), ground.convention.period_rate
    whole = base * reading.factor(part, part.start, part.due_date)
    rounded = ground.convention.round(whole)
    days_zh = f"{part.start} 至 {part.due_date} 共 {days} 天（{count.zh}，{ground.convention.day_count.zh}）"
    days_en = (
        f"{days} days from {part.start} to {part.due_date} ({count.en}, {ground.convention.day_count.en})"
    )
    lines = [
        (
            f"利息：{written(base)} × {rate}，{days_zh} = {whole:.4f} → {written(rounded)}",
            f"interest: {written(base)} × {rate}, {days_en} = {whole:.4f} → {written(rounded)}",
        )
    ]
    if rounded != part.interest:
        lines.append(
            (
                f"本期内本金或利率有变动、或有约定的宽限，按段计算后利息为 {written(part.interest)}",
                "principal or rate changed within the period, or a grace was agreed: in parts, the interest is "
                f"{written(part.interest)}",
            )
        )
    total, principal, interest = (
        written(amount) for amount in (part.principal + part.interest, part.principal, part.interest)
    )
    lines.append(
        (f"应还：本金 {principal} + 利息 {interest} = {total}", f"{principal} + {interest} = {total}")
    )
    return lines


def explained_use(ground: Ground, event: LoanEvent) -> Explained | None:
    """How the money of an event was put to what was owed; None for an event without money."""
    if not event.used or event.kind is EventKind.WAIVER:
        return None
    used = {Component(word): amount for word, amount in event.used.items()}
    direction = ground.allocation.direction
    order_zh = " → ".join(component.zh for component in ground.allocation.order)
    order_en = " → ".join(component.en for component in ground.allocation.order)
    lines = [
        (f"{component.zh} {written(amount)}", f"{component.en} {written(amount)}")
        for component, amount in used.items()
    ]
    left = event.amount - sum(used.values(), ZERO)
    if left > 0:
        lines.append((f"余额转暂收款 {written(left)}", f"the rest, {written(left)}, to suspense"))
    elif left < 0:
        lines.append((f"使用暂收款 {written(-left)}", f"{written(-left)} came out of suspense"))
    if event.kind is EventKind.PREPAYMENT:
        lines.append(_fee(ground, event, used))
    return Explained(
        ("款项分配", "Use of the money"),
        sum(used.values(), ZERO),
        (f"{direction.zh}：{order_zh}", f"{direction.en}: {order_en}"),
        tuple(lines),
    )


def _fee(ground: Ground, event: LoanEvent, used: dict[Component, Decimal]) -> tuple[str, str]:
    told = event.happening.fee_rate
    rate = written_rate(ground.fee_rate if told is None else told)
    fee = written(used.get(Component.FEE, ZERO))
    return (
        f"提前还款费 = 提前归还的本金 × {rate}（按签约费率），共 {fee}",
        f"prepayment fee = principal repaid early × {rate} (as signed), {fee} in all",
    )

"""The all-in cost sheet (综合融资成本明示表, 金规〔2026〕2号): each cost annualised, and what default adds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate, Tagged
from lending import contract_numbers
from lending.columns import worded
from lending.contract_numbers import NumberKind
from lending.errors import NotFound
from lending.labels import Labelled
from lending.maths.annualised_cost import AprMethod, cost_of
from lending.maths.schedules import Schedule
from lending.money import ZERO, written_rate
from lending.products import Product

HOME = ZoneInfo("Asia/Shanghai")
STATEMENT = "除上述项目外不再收取与贷款相关的其他息费"


class DisclosureMethod(Labelled):
    """How the borrower confirms the sheet."""

    PAPER = "paper", "纸质签字确认", "Signed on paper"
    POP_UP = "pop_up", "线上弹窗阅读并确认", "Read and confirmed in a pop-up"


class DisclosureSheet(Base):
    """The sheet of one contract. ``lines``: item, standard, amount, paid, payee, annualised; costs are fractions."""

    __tablename__ = "disclosure_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_no: Mapped[str] = mapped_column(ForeignKey("contract_number.contract_no"), unique=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contract.contract_no"), unique=True)
    drawn_up_on: Mapped[date] = mapped_column(Date)
    lines: Mapped[list[dict[str, object]]] = mapped_column(Tagged)
    contingent: Mapped[list[dict[str, str]]] = mapped_column(Tagged)
    fees_at_start: Mapped[Decimal] = mapped_column(Fen)
    total_interest: Mapped[Decimal] = mapped_column(Fen)
    total_cost: Mapped[Decimal] = mapped_column(Fen)
    nominal_cost: Mapped[Decimal] = mapped_column(Rate)
    effective_cost: Mapped[Decimal] = mapped_column(Rate)
    apr_method: Mapped[AprMethod] = mapped_column(worded(AprMethod))
    statement: Mapped[str] = mapped_column(String(80))
    printed_sha256: Mapped[str | None] = mapped_column(String(64))
    confirmation_method: Mapped[DisclosureMethod | None] = mapped_column(worded(DisclosureMethod))
    reading_seconds: Mapped[int | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    drawn_up_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def confirmed_day(self) -> date:
        """The day of the confirmation on a calendar in China; the day of the drawing up before it."""
        at = self.confirmed_at
        return self.drawn_up_on if at is None else at.astimezone(HOME).date()

    @property
    def annualised_cost(self) -> Decimal:
        """The total annualised cost by the product's method."""
        return self.nominal_cost if self.apr_method is AprMethod.NOMINAL_12X else self.effective_cost


def draw_up(
    session: Session,
    contract_no: str,
    *,
    application_no: str,
    unit_id: int,
    product: Product,
    plan: Schedule,
    annual_rate: Decimal,
    on: date,
    now: datetime,
) -> DisclosureSheet:
    """Write the sheet of a contract under a number of its own; the parts of the annualised cost sum to the total."""
    lines, fees = _lines(product, plan, annual_rate)
    total = cost_of(plan, fees)
    sheet = DisclosureSheet(
        sheet_no=contract_numbers.take(
            session,
            NumberKind.DISCLOSURE,
            unit_id=unit_id,
            year=on.year,
            application_no=application_no,
            now=now,
        ),
        contract_no=contract_no,
        drawn_up_on=on,
        lines=lines,
        contingent=contingent_costs(product, annual_rate),
        fees_at_start=fees,
        total_interest=plan.total_interest,
        total_cost=plan.total_interest + fees,
        nominal_cost=total.nominal,
        effective_cost=total.effective,
        apr_method=product.apr_method,
        statement=STATEMENT,
        drawn_up_at=now,
    )
    session.add(sheet)
    session.flush()
    return sheet


def of_contract(session: Session, contract_no: str) -> DisclosureSheet:
    """The sheet of a contract, or :class:`NotFound`."""
    sheet = session.scalar(select(DisclosureSheet).where(DisclosureSheet.contract_no == contract_no))
    if sheet is None:
        raise NotFound(what_zh="综合融资成本明示表", what_en="cost sheet of", key=contract_no)
    return sheet


def _lines(product: Product, plan: Schedule, annual_rate: Decimal) -> tuple[list[dict[str, object]], Decimal]:
    """The sheet's lines and the fees at the start; each fee's part is what it adds to the annualised cost."""
    principal = plan.total_principal
    reached = cost_of(plan, ZERO).by(product.apr_method)
    lines = [_interest(plan, annual_rate, reached)]
    fees = ZERO
    for fee in product.fees:
        if not fee.counts_in_cost:
            continue
        amount = fee.amount_for(principal)
        fees += amount
        cost = cost_of(plan, fees).by(product.apr_method)
        standard = "每笔固定金额" if fee.rate is None else f"贷款本金的 {written_rate(fee.rate)}"
        lines.append(_line(fee.kind.zh, standard, amount, "放款当日一次支付", fee.payee.zh, cost - reached))
        reached = cost
    return lines, fees


def lines_after(sheet: DisclosureSheet, plan: Schedule, annual_rate: Decimal) -> list[dict[str, object]]:
    """The lines of a signed sheet when the schedule has changed: other interest, the same fees."""
    reached = cost_of(plan, ZERO).by(sheet.apr_method)
    lines, fees = [_interest(plan, annual_rate, reached)], ZERO
    for line in sheet.lines[1:]:
        fees += Decimal(str(line["amount"]))
        cost = cost_of(plan, fees).by(sheet.apr_method)
        lines.append({**line, "annualised": cost - reached})
        reached = cost
    return lines


def _interest(plan: Schedule, annual_rate: Decimal, annualised: Decimal) -> dict[str, object]:
    standard = f"未偿还本金，年利率 {written_rate(annual_rate)}"
    return _line("贷款利息", standard, plan.total_interest, "按月随分期支付", "贷款人", annualised)


def _line(
    item: str, standard: str, amount: Decimal, paid: str, payee: str, annualised: Decimal
) -> dict[str, object]:
    return {
        "item": item,
        "standard": standard,
        "amount": amount,
        "paid": paid,
        "payee": payee,
        "annualised": annualised,
    }


def contingent_costs(product: Product, annual_rate: Decimal) -> list[dict[str, str]]:
    """What default or an early repayment of a loan of the product would add: item, standard, when, payee."""
    penalty = annual_rate * product.penalty_multiplier
    grace = f"（宽限期 {product.grace_days} 天内不计）" if product.grace_days else ""
    return [
        {
            "item": "逾期罚息",
            "standard": f"对逾期本金按年利率 {written_rate(penalty)}（合同利率的 {product.penalty_multiplier:.2f} 倍）"
            f"按日计收{grace}",
            "when": "未按期足额还款时",
            "payee": "贷款人",
        },
        {
            "item": "提前还款费用",
            "standard": f"提前偿还本金的 {written_rate(product.prepayment_fee_rate)}",
            "when": "借款人主动提前还款时",
            "payee": "贷款人",
        },
        {
            "item": "实现债权的费用",
            "standard": "依法实际发生的诉讼费、仲裁费、保全费、评估拍卖费、合理的律师费",
            "when": "借款人违约，贷款人依法追偿时",
            "payee": "收费机构",
        },
    ]

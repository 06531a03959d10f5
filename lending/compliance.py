"""The compliance register: which rule binds the house, from which regulation, whose it is, when it is reviewed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import notices
from company.database import Base, Instant
from company.messages import Language
from lending.compliance_rules import RULES
from lending.errors import LendingError
from lending.maths.due_dates import months_after

TEMPLATE = "compliance_review_due"
REMIND_DAYS = 14
MONTHS_MAX = 36


class ComplianceRuleIncomplete(LendingError):
    """A rule names what it asks, where that stands, and when it is looked at again."""

    code = "compliance_rule_incomplete"
    zh = "请填写规则编号、名称、依据和要求，复核周期为 1 至 {months_max} 个月。"
    en = "Fill in code, name, source and what is asked; it is reviewed every 1 to {months_max} months."


class ComplianceRuleKnown(LendingError):
    """A rule stands in the register once."""

    code = "compliance_rule_known"
    zh = "编号 {rule} 已在合规台账中。"
    en = "{rule} stands in the register already."


class ReviewUnexplained(LendingError):
    """A review says what was found."""

    code = "review_unexplained"
    zh = "请填写复核结论。"
    en = "Say what the review found."


class ComplianceRule(Base):
    """One rule. ``owner_role``: the role that answers for it; ``proof``: where in the product it is kept to."""

    __tablename__ = "compliance_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(200))
    duty: Mapped[str] = mapped_column(String(400))
    duty_en: Mapped[str] = mapped_column(String(400))
    owner_role: Mapped[str] = mapped_column(ForeignKey("role.id"))
    every_months: Mapped[int]
    next_review_on: Mapped[date] = mapped_column(Date, index=True)
    reminded_on: Mapped[date | None] = mapped_column(Date)

    def title(self, language: Language) -> str:
        """The name for a reader of ``language``."""
        return self.name if language == "zh" else self.name_en

    def asks(self, language: Language) -> str:
        """What the rule asks, for a reader of ``language``."""
        return self.duty if language == "zh" else self.duty_en


class ComplianceReview(Base):
    """One look at a rule: by whom, on which day, what was found."""

    __tablename__ = "compliance_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("compliance_rule.id"), index=True)
    reviewed_on: Mapped[date] = mapped_column(Date)
    reviewed_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    kept: Mapped[bool]
    finding: Mapped[str] = mapped_column(String(400))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def seed(session: Session, today: date) -> None:
    """Enter the rules that the product comes with and the register lacks; the first review is due after one period."""
    known = set(session.scalars(select(ComplianceRule.code)))
    for code, name, name_en, source, duty, duty_en, owner_role, months in RULES:
        if code not in known:
            session.add(
                ComplianceRule(
                    code=code,
                    name=name,
                    name_en=name_en,
                    source=source,
                    duty=duty,
                    duty_en=duty_en,
                    owner_role=owner_role,
                    every_months=months,
                    next_review_on=_next(today, months),
                )
            )
    session.flush()


def add(session: Session, rule: ComplianceRule) -> ComplianceRule:
    """Enter a rule of the house's own; :class:`ComplianceRuleIncomplete`, :class:`ComplianceRuleKnown`."""
    rule.name_en, rule.duty_en = rule.name_en or rule.name, rule.duty_en or rule.duty
    if not all((rule.code, rule.name, rule.source, rule.duty)) or not 1 <= rule.every_months <= MONTHS_MAX:
        raise ComplianceRuleIncomplete(months_max=MONTHS_MAX)
    if session.scalar(select(ComplianceRule.id).where(ComplianceRule.code == rule.code)) is not None:
        raise ComplianceRuleKnown(rule=rule.code)
    session.add(rule)
    session.flush()
    return rule


def review(
    session: Session, rule: ComplianceRule, *, kept: bool, finding: str, by: int, today: date, now: datetime
) -> ComplianceReview:
    """Record a look at a rule, from which the next one is reckoned; :class:`ReviewUnexplained`."""
    if not finding.strip():
        raise ReviewUnexplained()
    made = ComplianceReview(
        rule_id=rule.id,
        reviewed_on=today,
        reviewed_by=by,
        kept=kept,
        finding=finding.strip()[:400],
        recorded_at=now,
    )
    session.add(made)
    rule.next_review_on, rule.reminded_on = _next(today, rule.every_months), None
    session.flush()
    return made


def reviews_of(session: Session, rule_id: int) -> list[ComplianceReview]:
    """Every review of a rule, the latest first."""
    asked = select(ComplianceReview).where(ComplianceReview.rule_id == rule_id)
    return list(session.scalars(asked.order_by(ComplianceReview.id.desc())))


def remind(session: Session, today: date, now: datetime) -> int:
    """Tell the owners of the rules that are due within :data:`REMIND_DAYS`, once a week each; returns how many."""
    soon = date.fromordinal(today.toordinal() + REMIND_DAYS)
    week_ago = date.fromordinal(today.toordinal() - 7)
    due = select(ComplianceRule).where(ComplianceRule.next_review_on <= soon)
    told = 0
    for rule in session.scalars(due.order_by(ComplianceRule.id)):
        if rule.reminded_on is not None and rule.reminded_on > week_ago:
            continue
        facts = {"rule": rule.code, "name": rule.name, "name_en": rule.name_en, "due": rule.next_review_on}
        notices.tell(session, {"template": TEMPLATE, "role_id": rule.owner_role, **facts}, now)
        rule.reminded_on = today
        told += 1
    session.flush()
    return told


def _next(today: date, months: int) -> date:
    return months_after(today, months, due_day=today.day)

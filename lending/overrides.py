"""Overrides: a soft rule that a reviewer sets aside, with a coded reason and words; a hard rule is never set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.applications import RejectionReason
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled
from lending.reviews import ReviewDecision, ReviewLevel

_WORDS_MIN = 5


class SoftRule(Labelled):
    """What the table of exceptions lists; a reviewer within his authority may set it aside."""

    LTV_ABOVE_TABLE = "ltv_above_table", "成数高于成数表", "Loan-to-value above the table"
    DTI_HIGH = "dti_high", "债务收入比高于 50%", "Debt-to-income above 50%"
    VIN_UNUSUAL = "vin_unusual", "车架号校验位异常", "Unusual VIN check digit"
    RATE_BELOW_USUAL = "rate_below_usual", "利率低于常规", "Rate below the usual one"
    VIN_ELSEWHERE = (
        "vin_elsewhere",
        "同一车架号另有在办申请或贷款",
        "The same VIN stands in another open case",
    )
    PRESCREEN_REFERRED = "prescreen_referred", "初筛转人工关注", "Referred by the pre-screening"


class HardRule(Labelled):
    """What the policy check stops for; no reviewer may set it aside."""

    DTI_HARD = "dti_hard", "月供超过收入可承受范围（高于 55%）", "The instalments are above 55% of the income"
    AGE_MIN = "age_min", "未满十八周岁", "Younger than eighteen"
    AGE_MAX = "age_max", "贷款到期时超过年龄上限", "Too old when the loan would end"
    BLACKLIST = "blacklist", "客户、车辆或经销商在禁止受理名单内", "On a list of those we do not lend to"
    VIN_FINANCED = "vin_financed", "该车已作其他贷款的抵押物", "The car already secures another loan"
    DEALER_INACTIVE = "dealer_inactive", "经销商不在合作名单", "The dealer is not on our list"

    @property
    def as_rejection(self) -> RejectionReason:
        """The heading under which the application is rejected."""
        return _HEADINGS.get(self, RejectionReason.POLICY)


_HEADINGS = {
    HardRule.DTI_HARD: RejectionReason.INCOME,
    HardRule.BLACKLIST: RejectionReason.LISTED,
    HardRule.VIN_FINANCED: RejectionReason.VEHICLE,
}


class OverrideReason(Labelled):
    """Why a soft rule is set aside."""

    INCOME_SOURCE = "income_source", "另有可靠还款来源", "Another reliable source of repayment"
    HIGHER_DOWN_PAYMENT = (
        "higher_down_payment",
        "首付高、抵押物充足",
        "High down payment, sound collateral",
    )
    VERIFIED_BY_HAND = "verified_by_hand", "已人工核实，情况属实", "Verified by hand and found true"
    GOOD_CUSTOMER = "good_customer", "存量优质客户", "Good customer of long standing"
    OTHER = "other", "其他（在说明中写明）", "Other (say it in the text)"


class OverrideReasonMissing(LendingError):
    """A soft rule is set aside only with a coded reason and words."""

    code = "override_reason_missing"
    zh = "突破例外“{rules}”须选择理由代码，并写明不少于 5 个字的说明。"
    en = "To set aside “{rules}” choose a reason and write at least five characters about it."


class HardRuleStands(LendingError):
    """A hard rule is not set aside by anybody."""

    code = "hard_rule_stands"
    zh = "“{rules}”是硬性规定，任何审核人都不能突破；请拒绝申请，或由客户以新的事实申请复核。"
    en = "“{rules}” is a hard rule that no reviewer may set aside; reject, or let the customer ask with new facts."


class OverrideBeyondAuthority(LendingError):
    """The level that DT-05 asks for has not set the rule aside."""

    code = "override_beyond_authority"
    zh = "突破例外“{rules}”超出本级权限，须由{level}写明理由后才能批准。"
    en = "To set aside “{rules}” is beyond this level; {level} has to give the reason before it is approved."


class ReviewOverride(Base):
    """One soft rule set aside by one reviewer, with the authority that the case needed."""

    __tablename__ = "review_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("review_decision.id"), index=True)
    rule: Mapped[SoftRule] = mapped_column(worded(SoftRule))
    level: Mapped[ReviewLevel] = mapped_column(worded(ReviewLevel))
    route: Mapped[ReviewLevel] = mapped_column(worded(ReviewLevel))
    reason: Mapped[OverrideReason] = mapped_column(worded(OverrideReason))
    words: Mapped[str] = mapped_column(String(500))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    given_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session,
    decision: ReviewDecision,
    exceptions: Sequence[str],
    *,
    route: ReviewLevel,
    reason: str | None,
    words: str,
    now: datetime,
) -> list[ReviewOverride]:
    """Keep why the reviewer sets these exceptions aside, a row a rule; none where there is no exception.

    Raises HardRuleStands for a code of the policy check, OverrideReasonMissing without a reason or words.
    """
    hard = [HardRule(code) for code in exceptions if HardRule.has(code)]
    if hard:
        raise HardRuleStands(rules=hard)
    rules = [SoftRule(code) for code in exceptions]
    if rules and (reason is None or len(words.strip()) < _WORDS_MIN):
        raise OverrideReasonMissing(rules=rules)
    rows = [
        ReviewOverride(
            application_no=decision.application_no,
            decision_id=decision.id,
            rule=rule,
            level=decision.level,
            route=route,
            reason=OverrideReason(reason or OverrideReason.OTHER),
            words=words.strip()[:500],
            reviewer_id=decision.reviewer_id,
            given_at=now,
        )
        for rule in rules
    ]
    session.add_all(rows)
    session.flush()
    return rows


def require(session: Session, application_no: str, exceptions: Sequence[str], *, route: ReviewLevel) -> None:
    """Refuse an approval whose exceptions were not set aside by the level that DT-05 asks for.

    That level is the first where the first decides alone, else the second; the committee votes on its reasons.
    Raises OverrideBeyondAuthority.
    """
    needed = ReviewLevel.L1 if route is ReviewLevel.L1 else ReviewLevel.L2
    set_aside = {one.rule for one in of_application(session, application_no) if one.level is needed}
    missing = [SoftRule(code) for code in exceptions if code not in set_aside]
    if missing:
        raise OverrideBeyondAuthority(rules=missing, level=needed)


def of_application(session: Session, application_no: str) -> list[ReviewOverride]:
    """Every rule set aside for an application, the earliest first."""
    asked = select(ReviewOverride).where(ReviewOverride.application_no == application_no)
    return list(session.scalars(asked.order_by(ReviewOverride.id)))

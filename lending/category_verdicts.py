"""A person's word on the category of a loan: proposed with a reason, approved by another, bounded by the rules.

A verdict stands until the next one. The day-end takes the worse of it and of what the decision table proposes, so that
a loan is never shown better than its days past due allow; from a better verdict the table starts anew on that day. The
rules are those of 商业银行金融资产风险分类办法 (2023): from non-performing back to performing only when nothing is
overdue and everything was paid on time for six months, and not within the year of observation after a restructuring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.people import Employee, EmployeeRole
from lending import loans
from lending.columns import worded
from lending.day_end.rows import ON_TIME_MONTHS
from lending.errors import LendingError
from lending.life.positions import Category, LoanDay, LoanPosition
from lending.loans import LoanStatus
from lending.maths.due_dates import months_after

UPGRADE_ROLE = "risk_committee"
NON_PERFORMING = (Category.SUBSTANDARD, Category.DOUBTFUL, Category.LOSS)
# More than so many days past due: at least so bad (第十条 to 第十三条).
_AT_LEAST = (
    (360, Category.LOSS),
    (270, Category.DOUBTFUL),
    (90, Category.SUBSTANDARD),
    (7, Category.WATCH),
)
_ORDER = list(Category)


class CategoryRefused(LendingError):
    """A category cannot be decided as proposed."""

    code = "category_refused"


class CategoryNotDecided(CategoryRefused):
    """Only a loan that is being repaid is classified by a person."""

    code = "category_loan_not_running"
    zh = "贷款 {loan_no} 状态为“{status}”，不能人工认定分类。"
    en = "The loan {loan_no} is {status}; its category is not decided by a person."


class CategoryUnchanged(CategoryRefused):
    """A verdict changes something."""

    code = "category_unchanged"
    zh = "贷款 {loan_no} 的认定分类已是“{category}”，无需再次认定。"
    en = "The category decided for {loan_no} is {category} already."


class CategoryTooGood(CategoryRefused):
    """The days past due set a least category."""

    code = "category_too_good"
    zh = "贷款 {loan_no} 逾期 {days} 天，分类至少为“{least}”，不能认定为“{category}”。"
    en = "{loan_no} is {days} days past due: at least {least}; it cannot be {category}."


class CategoryUpgradeTooEarly(CategoryRefused):
    """A non-performing loan performs again after six months without anything overdue."""

    code = "category_upgrade_too_early"
    zh = "不良贷款上调为“{category}”须还清全部逾期并连续六个月按期还款；贷款 {loan_no} 最早可于 {earliest} 上调。"
    en = (
        "A non-performing loan becomes {category} when all arrears are paid and everything was paid on time for six "
        "months; {loan_no} at the earliest on {earliest}."
    )


class CategoryArrears(CategoryRefused):
    """A non-performing loan does not perform while something is overdue."""

    code = "category_arrears"
    zh = "不良贷款上调为“{category}”须先还清全部逾期；贷款 {loan_no} 仍逾期 {days} 天。"
    en = "A non-performing loan becomes {category} when all arrears are paid; {loan_no} is {days} days past due."


class CategoryInObservation(CategoryRefused):
    """A restructured loan is observed for a year."""

    code = "category_in_observation"
    zh = "贷款 {loan_no} 重组后观察至 {until}，观察期内分类至少为“{least}”。"
    en = "{loan_no} is observed until {until} after its restructuring; until then it is at least {least}."


class CategoryUpgradeNeedsCommittee(CategoryRefused):
    """A better category is approved by the risk committee."""

    code = "category_upgrade_needs_committee"
    zh = "将“{standing}”上调为“{category}”须由贷审会委员审批。"
    en = "From {standing} up to {category} is approved by a member of the risk committee."


class CategoryVerdict(Base):
    """One verdict: from the day-end of ``on`` until that of the next. ``before`` is the category that stood then."""

    __tablename__ = "category_verdict"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    on: Mapped[date] = mapped_column("decided_on", Date)
    category: Mapped[Category] = mapped_column(worded(Category))
    before: Mapped[Category] = mapped_column(worded(Category))
    reason: Mapped[str] = mapped_column(String(400))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    approved_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    approved_at: Mapped[datetime] = mapped_column(Instant)


class CategoryChange(Base):
    """What a day-end changed: the category of a loan from ``before``, with what the table proposed and why."""

    __tablename__ = "category_change"

    loan_no: Mapped[str] = mapped_column(String(24), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    category: Mapped[Category] = mapped_column(worded(Category))
    before: Mapped[Category] = mapped_column(worded(Category))
    proposed: Mapped[Category] = mapped_column(worded(Category))
    days_past_due: Mapped[int]


@dataclass(frozen=True)
class Standing:
    """How a loan stands: its category by the latest day-end, ``on`` None before any, and the verdict on it."""

    category: Category
    proposed: Category
    days_past_due: int
    on: date | None
    decided: Category | None


def is_better(category: Category, than: Category) -> bool:
    """Whether a category is a better one.

    >>> is_better(Category.WATCH, Category.LOSS), is_better(Category.WATCH, Category.WATCH)
    (True, False)
    """
    return _ORDER.index(category) < _ORDER.index(than)


def least_for(days_past_due: int) -> Category:
    """The best category that so many days past due allow.

    >>> [least_for(days).value for days in (7, 8, 91, 271, 361)]
    ['normal', 'watch', 'substandard', 'doubtful', 'loss']
    """
    return next((least for days, least in _AT_LEAST if days_past_due > days), Category.NORMAL)


def standing(session: Session, loan_no: str) -> Standing:
    """The category of a loan as the latest day-end left it; normal before any."""
    latest = session.scalar(select(func.max(LoanDay.day)))
    row = session.get(LoanDay, (latest, loan_no)) if latest is not None else None
    position = session.get(LoanPosition, loan_no)
    decided = position.decided if position is not None else None
    if row is None:
        return Standing(Category.NORMAL, Category.NORMAL, 0, None, decided)
    return Standing(row.category, row.proposed, row.days_past_due, row.day, decided)


def check(session: Session, loan_no: str, category: Category, *, today: date) -> Standing:
    """Refuse a verdict that the rules do not allow on a business date; else how the loan stands.

    Raises a :class:`CategoryRefused`.
    """
    loan, stands = loans.get(session, loan_no), standing(session, loan_no)
    position = session.get(LoanPosition, loan_no)
    if loan.status is not LoanStatus.ACTIVE or position is None:
        raise CategoryNotDecided(loan_no=loan_no, status=loan.status)
    if category in (stands.decided, stands.category if category is Category.NORMAL else None):
        raise CategoryUnchanged(loan_no=loan_no, category=category)
    oldest = position.oldest_day
    days = max(today.toordinal() - oldest, 0) if oldest is not None else 0
    least = least_for(days)
    if is_better(category, least):
        raise CategoryTooGood(loan_no=loan_no, days=days, least=least, category=category)
    if is_better(category, stands.category):
        _check_better(position, stands.category, category, days=days, today=today)
    return stands


def _check_better(
    position: LoanPosition, stands: Category, category: Category, *, days: int, today: date
) -> None:
    loan_no, performs = position.loan_no, category not in NON_PERFORMING
    if position.observed_until is not None and today <= position.observed_until:
        least = Category.SUBSTANDARD if stands in NON_PERFORMING else Category.WATCH
        if is_better(category, least):
            raise CategoryInObservation(loan_no=loan_no, until=position.observed_until, least=least)
    if stands in NON_PERFORMING and performs:
        if days or position.clean_day is None:
            raise CategoryArrears(loan_no=loan_no, category=category, days=days)
        since = date.fromordinal(position.clean_day)
        earliest = months_after(since, ON_TIME_MONTHS, due_day=since.day)
        if today < earliest:
            raise CategoryUpgradeTooEarly(loan_no=loan_no, category=category, earliest=earliest)


def decide(
    session: Session,
    loan_no: str,
    category: Category,
    *,
    reason: str,
    proposed_by: int,
    approver: str,
    today: date,
    now: datetime,
) -> CategoryVerdict:
    """Let a verdict stand from the next day-end on, approved by the employee ``approver`` (a username).

    Raises a :class:`CategoryRefused`.
    """
    loans.get(session, loan_no, to_change=True)
    stands = check(session, loan_no, category, today=today)
    person = session.scalars(select(Employee).where(Employee.username == approver)).one()
    if is_better(category, stands.category) and not _sits_on_committee(session, person.id):
        raise CategoryUpgradeNeedsCommittee(standing=stands.category, category=category)
    # The row of the day may be made already, while its day-end runs.
    on = today if session.get(LoanDay, (today, loan_no)) is None else today + timedelta(days=1)
    position = session.get_one(LoanPosition, loan_no)
    position.decided, position.decided_on = category, on
    verdict = CategoryVerdict(
        loan_no=loan_no,
        on=on,
        category=category,
        before=stands.category,
        reason=reason,
        proposed_by=proposed_by,
        approved_by=person.id,
        approved_at=now,
    )
    session.add(verdict)
    session.flush()
    return verdict


def _sits_on_committee(session: Session, employee_id: int) -> bool:
    held = select(EmployeeRole.role_id).where(
        EmployeeRole.employee_id == employee_id, EmployeeRole.role_id == UPGRADE_ROLE
    )
    return session.scalar(held) is not None


def verdicts_of(session: Session, loan_no: str) -> list[CategoryVerdict]:
    """The verdicts on a loan, the latest first."""
    asked = select(CategoryVerdict).where(CategoryVerdict.loan_no == loan_no)
    return list(session.scalars(asked.order_by(CategoryVerdict.id.desc())))


def changes_of(session: Session, loan_no: str) -> list[CategoryChange]:
    """The days on which the category of a loan changed, the latest first."""
    asked = select(CategoryChange).where(CategoryChange.loan_no == loan_no)
    return list(session.scalars(asked.order_by(CategoryChange.day.desc())))


def proposed_category(change: Mapping[str, object]) -> Category:
    """The category that a proposal names."""
    return Category(str(change["category"]))

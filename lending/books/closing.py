"""Closing and re-opening a period: what must be in order first, who may, and what it leaves in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit
from company.messages import Language
from company.organisation import business_date
from company.people import Actor
from lending import ledger
from lending.bank import reconciliation
from lending.books import monthly, periods, subledgers, vouchers
from lending.books.periods import AccountingPeriod, PeriodStatus
from lending.errors import LendingError
from lending.ledger import JournalEntry
from lending.locks import held

REASON_MIN = 4


class PeriodNotReady(LendingError):
    """A period closes when nothing is missing in it."""

    code = "period_not_ready"
    zh = "会计期间 {month} 不能结账：{findings}"
    en = "The period {month} cannot be closed: {findings}"


class PeriodNotOpen(LendingError):
    """A closed period is not closed again."""

    code = "period_not_open"
    zh = "会计期间 {month} 已结账，无需重复操作。"
    en = "The period {month} is closed already."


class PeriodNotClosed(LendingError):
    """Only a closed period is re-opened."""

    code = "period_not_closed"
    zh = "会计期间 {month} 未结账，无需重新开账。"
    en = "The period {month} is open; there is nothing to re-open."


class LaterPeriodClosed(LendingError):
    """Periods are re-opened from the latest on."""

    code = "later_period_closed"
    zh = "之后的会计期间 {later} 已结账，请先重新开账该期间，再开 {month}。"
    en = "The later period {later} is closed; re-open that one before {month}."


class ReopeningUnexplained(LendingError):
    """Re-opening needs a reason."""

    code = "reopening_unexplained"
    zh = "重新开账须写明原因（至少 {least} 个字），以便审计查证。"
    en = "Say why the period is re-opened, in at least {least} characters; the auditor will ask."


class CloserReopens(LendingError):
    """Who closed a period does not re-open it."""

    code = "closer_reopens"
    zh = "会计期间 {month} 由您本人结账，须由另一位有权人员重新开账。"
    en = "You closed the period {month} yourself; another entitled person re-opens it."


@dataclass(frozen=True)
class Finding:
    """Something that is missing before a period can be closed, in both languages."""

    code: str
    zh: str
    en: str

    def label(self, language: Language) -> str:
        """The sentence for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


Check = Callable[[Session, str], list[Finding]]


def _is_over(session: Session, month: str) -> list[Finding]:
    stands_at = business_date(session)
    last = periods.days_of(month)[1]
    if stands_at > last:
        return []
    return [
        Finding(
            "period_not_over",
            f"营业日期为 {stands_at}，本期最后一日 {last} 的日终尚未完成",
            f"the books stand at {stands_at}: the day-end of {last}, its last day, has not been run",
        )
    ]


def _follows(session: Session, month: str) -> list[Finding]:
    first = session.scalar(select(func.min(AccountingPeriod.month)))
    if first is None or first >= month:
        return []
    earlier = periods.before(month)
    if periods.status_of(session, earlier) is PeriodStatus.CLOSED:
        return []
    return [
        Finding("period_before_open", f"上一期间 {earlier} 未结账", f"the period before, {earlier}, is open")
    ]


def _balances(session: Session, month: str) -> list[Finding]:
    difference = ledger.trial_balance(session, periods.days_of(month)[1]).difference
    if difference == 0:
        return []
    return [
        Finding(
            "trial_balance_not_zero",
            f"试算不平，差额 {difference:,.2f}",
            f"the trial balance is out by {difference:,.2f}",
        )
    ]


def _sub_ledgers_tie(session: Session, month: str) -> list[Finding]:
    found = subledgers.ties(session, periods.days_of(month)[1], subledgers.BY_LOAN)
    return [
        Finding(
            "sub_ledger_differs",
            f"科目 {tie.account} 总账 {tie.posted:,.2f} 与分户账合计 {tie.listed:,.2f} 不符",
            f"account {tie.account}: {tie.posted:,.2f} posted, {tie.listed:,.2f} on the loans",
        )
        for tie in found
        if not tie.holds
    ]


def _bank_is_reconciled(session: Session, month: str) -> list[Finding]:
    first, last = periods.days_of(month)
    days = reconciliation.unsettled_days(session, first, last)
    if not days:
        return []
    shown = "、".join(day.isoformat() for day in days[:5])
    return [
        Finding(
            "bank_not_reconciled",
            f"{len(days)} 天的银行对账未完成：{shown}",
            f"the bank is not reconciled on {len(days)} days: {shown.replace('、', ', ')}",
        )
    ]


# What must be in order, each check for itself: all findings are told at once.
CHECKS: tuple[Check, ...] = (_is_over, _follows, _balances, _sub_ledgers_tie, _bank_is_reconciled)


def findings(session: Session, month: str) -> list[Finding]:
    """Everything that keeps a period from being closed; empty when it can be."""
    return [finding for check in CHECKS for finding in check(session, month)]


def close(session: Session, month: str, *, actor: Actor, now: datetime) -> AccountingPeriod:
    """Close a period: its last entries get their vouchers, and no entry is dated in it from now on.

    Raises :class:`PeriodNotOpen`, or :class:`PeriodNotReady` with all findings. The row is held first: an entry that is
    being posted at the same time is either seen or refused.
    """
    period = _held(session, month)
    if period.status is PeriodStatus.CLOSED:
        raise PeriodNotOpen(month=month)
    missing = findings(session, month)
    if missing:
        raise PeriodNotReady(month=month, findings=tuple(missing))
    vouchers.number(session, periods.days_of(month)[1], now=now, by=actor.employee_id)
    period.status, period.reason = PeriodStatus.CLOSED, None
    period.changed_by, period.changed_at = actor.employee_id, now
    session.flush()
    trial = ledger.trial_balance(session, periods.days_of(month)[1], since=periods.days_of(month)[0])
    facts = {"debit": str(trial.debit), "credit": str(trial.credit)}
    audit.record(session, now, actor, "period.close", "period", month, after=facts)
    monthly.make(session, month, ended=periods.days_of(month)[1], now=now, by=actor.employee_id)
    return period


def reopen(session: Session, month: str, *, actor: Actor, reason: str, now: datetime) -> AccountingPeriod:
    """Let entries be dated in a closed period again, for a reason that stays in the audit trail.

    Raises :class:`ReopeningUnexplained`, :class:`PeriodNotClosed`, :class:`LaterPeriodClosed`, :class:`CloserReopens`.
    """
    if len(reason.strip()) < REASON_MIN:
        raise ReopeningUnexplained(least=REASON_MIN)
    period = _held(session, month)
    if period.status is not PeriodStatus.CLOSED:
        raise PeriodNotClosed(month=month)
    later = session.scalar(
        select(func.max(AccountingPeriod.month)).where(
            AccountingPeriod.month > month, AccountingPeriod.status == PeriodStatus.CLOSED
        )
    )
    if later is not None:
        raise LaterPeriodClosed(month=month, later=later)
    if period.changed_by is not None and period.changed_by == actor.employee_id:
        raise CloserReopens(month=month)
    before = {"closed_by": period.changed_by, "closed_at": period.changed_at}
    period.status, period.reason = PeriodStatus.OPEN, reason.strip()[:200]
    period.changed_by, period.changed_at = actor.employee_id, now
    session.flush()
    audit.record(
        session, now, actor, "period.reopen", "period", month, before=before, after={"reason": period.reason}
    )
    return period


def listed(session: Session, until: date) -> list[AccountingPeriod]:
    """Every period from the first entry's to that of ``until``, the latest first; one without a row is open."""
    known = {period.month: period for period in session.scalars(select(AccountingPeriod))}
    first = session.scalar(select(func.min(JournalEntry.on)))
    month = min([periods.month_of(first or until), *known])
    last = max([periods.month_of(until), *known])
    found = []
    while month <= last:
        found.append(known.get(month) or AccountingPeriod(month=month, status=PeriodStatus.OPEN))
        month = periods.after(month)
    return found[::-1]


def _held(session: Session, month: str) -> AccountingPeriod:
    periods.days_of(month)
    periods.ensure(session, month)
    return session.scalars(held(select(AccountingPeriod).where(AccountingPeriod.month == month))).one()

"""Manual vouchers: an entry that an accountant writes for a reason, posted when another person has approved it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import audit
from company.database import Base, Instant, Tagged
from company.organisation import business_date
from company.people import Actor
from lending import ledger, money, sequences
from lending.accounts import Account
from lending.bank.settling import open_to_choice
from lending.books import periods
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.ledger import EntryNotBalanced, JournalEntry, Line
from lending.locks import held
from lending.money import ZERO

REASON_MIN = 4
LINES_MAX = 50


class ManualStatus(Labelled):
    """The life of a manual voucher."""

    PROPOSED = "proposed", "待审核", "Waits for approval"
    POSTED = "posted", "已记账", "Posted"
    REFUSED = "refused", "未通过", "Refused"


class ManualReasonMissing(LendingError):
    """A manual voucher says why."""

    code = "manual_reason_missing"
    zh = "请填写摘要和原因（{least} 至 200 个字），审计时会查。"
    en = "Say what it is for and why, in {least} to 200 characters; the auditor will ask."


class ManualInFuture(LendingError):
    """Nothing is posted before its day."""

    code = "manual_in_future"
    zh = "凭证日期 {on} 晚于营业日期 {today}，请改为当日或以前的日期。"
    en = "The day {on} is after the business date {today}; choose that day or an earlier one."


class ManualLinesRefused(LendingError):
    """A voucher has at least two lines, each with one side."""

    code = "manual_lines_refused"
    zh = "请填写 2 至 {most} 行分录，每行选一个科目，只填借方或贷方一方且大于 0。"
    en = "Give 2 to {most} lines, each an account and either a debit or a credit above 0."


class AccountNotManual(LendingError):
    """Money at the bank and what is kept by loan is posted by the business itself."""

    code = "account_not_manual"
    zh = "科目 {account} 不能手工记账：银行、按贷款核算的科目和表外科目由业务办理记账，或该科目当日未启用。"
    en = "The account {account} takes no manual entries: the bank's, those by loan and off balance are the business's."


class ManualDecided(LendingError):
    """A manual voucher is decided once."""

    code = "manual_decided"
    zh = "手工凭证 {number} {status}，不能再审核。"
    en = "The manual voucher {number} was decided already ({status})."


class ManualByMaker(LendingError):
    """Nobody approves a voucher of their own."""

    code = "manual_by_maker"
    zh = "手工凭证 {number} 由您本人编制，须由另一人审核。"
    en = "You made the manual voucher {number} yourself; another person approves it."


class ManualVoucher(Base):
    """A proposed entry. ``lines``: account, debit and credit as text, in yuan."""

    __tablename__ = "manual_voucher"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    on: Mapped[date] = mapped_column("entry_date", Date)
    reason: Mapped[str] = mapped_column(String(200))
    status: Mapped[ManualStatus] = mapped_column(worded(ManualStatus))
    lines: Mapped[list[list[str]]] = mapped_column(Tagged)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(String(200))

    @property
    def entry_lines(self) -> list[Line]:
        """The lines as they are posted."""
        return [Line(account, Decimal(debit), Decimal(credit)) for account, debit, credit in self.lines]

    @property
    def reference(self) -> str:
        """The business reference of its entry."""
        return f"manual:{self.number}"


def propose(
    session: Session, lines: Sequence[Line], *, on: date, reason: str, actor: Actor, now: datetime
) -> ManualVoucher:
    """Write a voucher down; it has no effect until another person approves it.

    Raises :class:`ManualReasonMissing`, :class:`ManualInFuture`, :class:`ManualLinesRefused`,
    :class:`AccountNotManual`, EntryNotBalanced and :class:`lending.books.periods.PeriodClosed`.
    """
    today = business_date(session)
    words = reason.strip()
    if not REASON_MIN <= len(words) <= 200:
        raise ManualReasonMissing(least=REASON_MIN)
    if on > today:
        raise ManualInFuture(on=on, today=today)
    number = f"SG-{on.year}-{sequences.take(session, f'manual:{on.year}'):06d}"
    _check(session, number, lines, on)
    made = ManualVoucher(
        number=number,
        on=on,
        reason=words,
        status=ManualStatus.PROPOSED,
        lines=[[line.account, str(line.debit), str(line.credit)] for line in lines],
        made_by=actor.employee_id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    facts = {"on": str(on), "lines": made.lines, "reason": words}
    audit.record(session, now, actor, "manual_voucher.propose", "manual_voucher", number, after=facts)
    return made


def approve(session: Session, number: str, *, actor: Actor, now: datetime) -> JournalEntry:
    """Post the voucher; everything is checked again, for the period may have closed since.

    Raises :class:`ManualDecided`, :class:`ManualByMaker` and what :func:`propose` does.
    """
    voucher = _open(session, number, actor)
    _check(session, number, voucher.entry_lines, voucher.on)
    entry = ledger.post(
        session,
        voucher.reference,
        on=voucher.on,
        lines=voucher.entry_lines,
        description=voucher.reason,
        now=now,
        by=voucher.made_by,
        checked_by=actor.employee_id,
    )
    _decide(session, voucher, ManualStatus.POSTED, None, actor, now)
    return entry


def refuse(session: Session, number: str, *, note: str, actor: Actor, now: datetime) -> None:
    """Leave the voucher without effect, with the reason."""
    voucher = _open(session, number, actor)
    if not REASON_MIN <= len(note.strip()) <= 200:
        raise ManualReasonMissing(least=REASON_MIN)
    _decide(session, voucher, ManualStatus.REFUSED, note.strip(), actor, now)


def listed(session: Session, *, before: int | None = None, limit: int = 30) -> list[ManualVoucher]:
    """The manual vouchers, the latest first, those before an id."""
    asked = select(ManualVoucher).order_by(ManualVoucher.id.desc()).limit(limit)
    return list(session.scalars(asked.where(ManualVoucher.id < before) if before else asked))


def choices(session: Session, on: date) -> list[Account]:
    """The accounts that a manual voucher dated on a day may use."""
    return open_to_choice(session, on)


def _check(session: Session, number: str, lines: Sequence[Line], on: date) -> None:
    if not 2 <= len(lines) <= LINES_MAX:
        raise ManualLinesRefused(most=LINES_MAX)
    known = {account.code for account in choices(session, on)}
    for line in lines:
        if (line.debit > 0) == (line.credit > 0) or line.debit < 0 or line.credit < 0:
            raise ManualLinesRefused(most=LINES_MAX)
        money.exact(line.debit)
        money.exact(line.credit)
        if line.account not in known:
            raise AccountNotManual(account=line.account or "—")
    debit = sum((line.debit for line in lines), ZERO)
    credit = sum((line.credit for line in lines), ZERO)
    if debit != credit:
        raise EntryNotBalanced(reference=number, debit=debit, credit=credit)
    if periods.is_closed(session, on):
        raise periods.PeriodClosed(month=periods.month_of(on), on=on)


def _open(session: Session, number: str, actor: Actor) -> ManualVoucher:
    voucher = session.scalar(held(select(ManualVoucher).where(ManualVoucher.number == number)))
    if voucher is None:
        raise NotFound(what_zh="手工凭证", what_en="manual voucher", key=number)
    if voucher.status is not ManualStatus.PROPOSED:
        raise ManualDecided(number=number, status=voucher.status)
    if voucher.made_by is not None and voucher.made_by == actor.employee_id:
        raise ManualByMaker(number=number)
    return voucher


def _decide(
    session: Session,
    voucher: ManualVoucher,
    to: ManualStatus,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    voucher.status, voucher.note = to, note
    voucher.decided_by, voucher.decided_at = actor.employee_id, now
    session.flush()
    facts = {"status": to.value, "note": note}
    audit.record(session, now, actor, "manual_voucher.decide", "manual_voucher", voucher.number, after=facts)

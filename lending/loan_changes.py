"""Changes of a loan that a customer asks for: an extension, an adjusted plan in hardship; with consents and outcome.

贷款通则 第十二条: asked for before the due date, with the written consent of whoever secures the loan.
民法典 第六百九十五条: a guarantor who does not agree is not bound by the longer time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from lending import collateral, customers, disclosure, parties, sequences
from lending.columns import worded
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.maths.annualised_cost import cost_of
from lending.maths.schedules import Row, Schedule
from lending.parties import PartyPlace

REASON_MAX, COMMENT_MAX = 200, 1000
KeptRow = tuple[int, date, Decimal, Decimal, Decimal]
"""A row of a schedule: its number, due date, principal, interest, and the balance after it, in yuan."""


class ChangeKind(Labelled):
    """What is asked for."""

    EXTENSION = "extension", "展期", "Extension"
    HARDSHIP = "hardship", "还款计划调整", "Adjusted plan"


class ChangeStatus(Labelled):
    """The life of a request."""

    ASKED = "asked", "办理中", "Under way"
    REFUSED = "refused", "未办理", "Refused"
    DONE = "done", "已办理", "Done"


class RefusedFor(Labelled):
    """Why a change is not made."""

    TOO_LATE = (
        "too_late",
        "申请过迟：已有到期未还，应申请还款计划调整",
        "Too late: an instalment is overdue; ask for an adjusted plan",
    )
    BEYOND_LIMIT = "beyond_limit", "超过可展期上限", "Beyond the limit"
    TOO_SOON = "too_soon", "十二个月内已调整过", "The plan was adjusted within twelve months"
    TOO_FAR_BEHIND = "too_far_behind", "逾期超过 90 天", "More than ninety days past due"
    CONSENT = (
        "consent",
        "担保人、共同借款人或抵押人未书面同意",
        "A guarantor, joint borrower or mortgagor has not agreed",
    )
    REVIEW = "review", "审核未同意", "Not approved"


class ChangeOpen(LendingError):
    """A loan is changed once at a time."""

    code = "loan_change_open"
    zh = "贷款 {loan_no} 已有在办的变更 {change_no}，请先办结。"
    en = "A change of the loan {loan_no}, {change_no}, is under way; end it first."


class ConsentsMissing(LendingError):
    """Whoever secures the loan agrees in writing, or it is not changed."""

    code = "change_consents_missing"
    zh = "缺少书面同意：{names}。请取得同意，或按“不同意”登记。"
    en = "Written consent is missing: {names}. Obtain it, or record that it was refused."


class PlanHasChanged(LendingError):
    """The schedule that is booked is the one that was printed and signed."""

    code = "change_plan_has_changed"
    zh = "试算之后贷款有变动，{change_no} 的还款计划与补充协议第 {number} 期起不一致。请按“放弃”办结本件，再重新申请。"
    en = (
        "The loan has changed since {change_no} was reckoned: its schedule would differ from the agreement at "
        "instalment {number}. End this request as given up and ask anew."
    )


class ChangeOfEndedLoan(LendingError):
    """Only a loan that is being repaid can be changed."""

    code = "change_of_ended_loan"
    zh = "贷款 {loan_no} 现为“{status}”，不能办理变更。"
    en = "The loan {loan_no} is {status}; it cannot be changed."


class LoanChange(Base):
    """One request. ``open_for`` is the loan's number while it is under way; ``months_max`` what was possible then.

    ``rows`` are those of the new schedule as reckoned before the agreement was printed.
    """

    __tablename__ = "loan_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_no: Mapped[str] = mapped_column(String(24), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    open_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    kind: Mapped[ChangeKind] = mapped_column(worded(ChangeKind))
    status: Mapped[ChangeStatus] = mapped_column(worded(ChangeStatus))
    asked_on: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    months: Mapped[int] = mapped_column(default=0)
    holiday: Mapped[int] = mapped_column(default=0)
    is_hardship: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(REASON_MAX), default="")
    months_max: Mapped[int | None]
    inspection: Mapped[str | None] = mapped_column(String(COMMENT_MAX))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    rows: Mapped[list[KeptRow] | None] = mapped_column(Tagged)
    refused_for: Mapped[RefusedFor | None] = mapped_column(worded(RefusedFor))
    comment: Mapped[str | None] = mapped_column(String(COMMENT_MAX))
    event_reference: Mapped[str | None] = mapped_column(String(100))
    ended_on: Mapped[date | None] = mapped_column(Date)

    @property
    def happening(self) -> EventKind:
        """What it is booked as: whatever hardship asks for is a restructuring, which is observed for a year."""
        return EventKind.RESTRUCTURING if self.is_hardship else EventKind.EXTENSION

    def told(self, on: date) -> Happening:
        """The event of the loan's life that it becomes."""
        return Happening(self.happening, on, months=self.months, holiday=self.holiday, reason=self.reason)


class ChangeConsent(Base):
    """Whether a party agreed to a change, and when its consent was taken back."""

    __tablename__ = "change_consent"

    change_id: Mapped[int] = mapped_column(ForeignKey("loan_change.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Bound:
    """A party whom a change binds only by consent; ``place`` is that of the application, or "owner" of the car."""

    place: str
    customer: Customer

    def label(self) -> str:
        """How a form names the party."""
        title = PartyPlace(self.place).zh if PartyPlace.has(self.place) else "抵押人"
        return f"{title} {self.customer.name}"


def bound(session: Session, loan: Loan) -> list[Bound]:
    """The joint borrower, the guarantors, and the car's owner where that is somebody else."""
    asked = [party for party in parties.of_application(session, loan.application_no) if _binds(party.place)]
    found = [Bound(party.place.value, customers.get(session, party.customer_id)) for party in asked]
    mortgage = collateral.find(session, loan.application_no)
    known = {loan.customer_id, *(each.customer.id for each in found)}
    if mortgage is not None and mortgage.owner_id not in known:
        found.append(Bound("owner", customers.get(session, mortgage.owner_id)))
    return found


def _binds(place: PartyPlace) -> bool:
    return place.guarantees or place is PartyPlace.SPOUSE


def require_free(session: Session, loan: Loan) -> None:
    """Refuse a request on a loan that has ended (:class:`ChangeOfEndedLoan`) or has one open (:class:`ChangeOpen`)."""
    if loan.status is not LoanStatus.ACTIVE:
        raise ChangeOfEndedLoan(loan_no=loan.loan_no, status=loan.status)
    known = open_of(session, loan.loan_no)
    if known is not None:
        raise ChangeOpen(loan_no=loan.loan_no, change_no=known.change_no)


def begin(session: Session, loan: Loan, kind: ChangeKind, *, on: date, by: int | None) -> LoanChange:
    """Open a request. Raises as :func:`require_free`."""
    require_free(session, loan)
    number = sequences.take(session, f"loan_change:{on.year}")
    change = LoanChange(
        change_no=f"BG-{on.year}-{number:06d}",
        loan_no=loan.loan_no,
        open_for=loan.loan_no,
        kind=kind,
        status=ChangeStatus.ASKED,
        asked_on=on,
        asked_by=by,
        is_hardship=kind is ChangeKind.HARDSHIP,
    )
    session.add(change)
    session.flush()
    return change


def get(session: Session, change_no: str, *, to_change: bool = False) -> LoanChange:
    """The request, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(LoanChange).where(LoanChange.change_no == change_no)
    change = session.scalar(held(asked) if to_change else asked)
    if change is None:
        raise NotFound(what_zh="贷款变更", what_en="change of a loan", key=change_no)
    return change


def open_of(session: Session, loan_no: str) -> LoanChange | None:
    """The request on a loan that is under way."""
    return session.scalar(select(LoanChange).where(LoanChange.open_for == loan_no))


def of_loan(session: Session, loan_no: str) -> list[LoanChange]:
    """The requests of a loan, the newest first."""
    asked = select(LoanChange).where(LoanChange.loan_no == loan_no)
    return list(session.scalars(asked.order_by(LoanChange.id.desc())))


def adjusted_since(session: Session, loan_no: str, since: date) -> bool:
    """Whether a plan in hardship was made on or after a day."""
    asked = select(LoanChange.id).where(
        LoanChange.loan_no == loan_no,
        LoanChange.is_hardship.is_(True),
        LoanChange.status == ChangeStatus.DONE,
        LoanChange.ended_on >= since,
    )
    return session.scalar(asked.limit(1)) is not None


def record_consents(
    session: Session,
    change: LoanChange,
    asked: Sequence[Bound],
    given: Collection[str],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Write down who agreed; ``given`` are places. A second time corrects the first."""
    for each in asked:
        row = session.get(ChangeConsent, (change.id, each.customer.id))
        if row is None:
            row = ChangeConsent(change_id=change.id, customer_id=each.customer.id)
            session.add(row)
        row.place, row.given = each.place, each.place in given
        row.recorded_by, row.recorded_at = by, now
    session.flush()


def require_consents(session: Session, change: LoanChange, asked: Sequence[Bound]) -> None:
    """Refuse while anybody who is bound by consent only has not agreed (:class:`ConsentsMissing`)."""
    rows = session.scalars(
        select(ChangeConsent).where(ChangeConsent.change_id == change.id, ChangeConsent.given.is_(True))
    )
    agreed = {row.customer_id for row in rows}
    missing = [each.label() for each in asked if each.customer.id not in agreed]
    if missing:
        raise ConsentsMissing(names=missing)


def refuse(session: Session, change_no: str, why: RefusedFor, *, comment: str | None, on: date) -> LoanChange:
    """End a request without a change."""
    change = get(session, change_no, to_change=True)
    change.status, change.refused_for, change.comment = ChangeStatus.REFUSED, why, comment
    change.open_for, change.ended_on = None, on
    session.flush()
    return change


def finish(session: Session, change_no: str, event_reference: str, *, on: date) -> LoanChange:
    """The change is made."""
    change = get(session, change_no, to_change=True)
    change.status, change.event_reference = ChangeStatus.DONE, event_reference
    change.open_for, change.ended_on = None, on
    session.flush()
    return change


def rows_of(plan: Schedule) -> list[KeptRow]:
    """A schedule as it is kept with a request."""
    return [(row.number, row.due_date, row.principal, row.interest, row.balance) for row in plan.rows]


def plan_of(change: LoanChange, loan: Loan) -> Schedule:
    """The schedule that was reckoned for a request; ValueError before it was."""
    if change.rows is None or loan.value_date is None:
        raise ValueError(f"{change.change_no} was not reckoned")
    return Schedule(loan.value_date, tuple(Row(*kept) for kept in change.rows))


def require_plan(change: LoanChange, plan: Schedule) -> None:
    """Refuse a schedule other than the one that was reckoned for the agreement (:class:`PlanHasChanged`)."""
    signed = [tuple(kept) for kept in change.rows or ()]
    for was, now in zip_longest(signed, rows_of(plan)):
        if was != now:
            raise PlanHasChanged(change_no=change.change_no, number=(now or was or (0,))[0])


def annualised(session: Session, loan: Loan, plan: Schedule) -> Decimal:
    """The total annualised cost of a loan by a schedule, as a fraction, with the fees and the method of its sheet."""
    sheet = disclosure.of_contract(session, loan.loan_no)
    return cost_of(plan, sheet.fees_at_start).by(sheet.apr_method)

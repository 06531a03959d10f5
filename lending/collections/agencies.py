"""Outside agencies: who they are, batches of cases placed with them, expiry and recall, complaints, performance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending import sequences
from lending.collections.cases import CollectionCase, tell_case
from lending.collections.kinds import CaseStatus, PlacementEnd, Recovery
from lending.collections.promises import MONEY_IN
from lending.collections.recovery import CollectionRecovery
from lending.columns import worded
from lending.contacts import Complaint
from lending.errors import LendingError, NotFound
from lending.identifiers import uscc
from lending.life import arrears
from lending.life.events import LoanEvent
from lending.loans import Loan
from lending.locks import held
from lending.money import ZERO

NAME_MAX = 80
REASON_MAX = 200
PLACED_MAX = timedelta(days=180)
CASES_MAX = 500
_ID_MAX = 2**31


class AgencyUnnamed(LendingError):
    """An agency is published by its name and bound by its contract."""

    code = "agency_unnamed"
    zh = "请填写机构名称和合同编号，各最多 {most} 字。"
    en = "Enter the name of the agency and the number of its contract, {most} characters at the most."


class AgencyKnown(LendingError):
    """An agency is on the list once."""

    code = "agency_known"
    zh = "统一社会信用代码 {credit_code} 的机构已在名单中。"
    en = "An agency with the credit code {credit_code} is on the list already."


class AgencyContractOver(LendingError):
    """Cases go only to an agency on the list, within its contract."""

    code = "agency_contract_over"
    zh = "机构“{name}”已停用或合同于 {until} 到期，不能委托到 {on}。"
    en = "{name} is suspended or its contract ends on {until}; nothing can be placed with it until {on}."


class BatchEmpty(LendingError):
    """A batch has cases, not too many."""

    code = "batch_empty"
    zh = "请选择 1 到 {most} 个案件。"
    en = "Choose from 1 to {most} cases."


class BatchDatesRefused(LendingError):
    """A batch ends in the future, after half a year at the latest."""

    code = "batch_dates"
    zh = "委托到期日 {on} 应晚于今天 {today}，且不晚于 {latest}。"
    en = "The last day {on} must lie after today, {today}, and not after {latest}."


class CaseNotToPlace(LendingError):
    """Legal decides which case goes out; one that is out or on hold stays."""

    code = "case_not_to_place"
    zh = "案件 {case_no} 未经法务决定委外、已委外或已结束，不能放入本批。"
    en = "The case {case_no} was not released by legal, is placed already or has ended; leave it out of the batch."


class RecallUnexplained(LendingError):
    """Whoever takes cases back says why."""

    code = "recall_unexplained"
    zh = "请写明收回原因，最多 {most} 字。"
    en = "Say why it is recalled, in {most} characters at the most."


class PlacementOver(LendingError):
    """What is back cannot be recalled."""

    code = "placement_over"
    zh = "该案件不在该批委外中，可能已收回或到期。"
    en = "The case is not out with this batch; it may have come back already."


class CollectionAgency(Base):
    """An agency on the lender's list, by its unified social credit code, with its contract."""

    __tablename__ = "collection_agency"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    contract_no: Mapped[str] = mapped_column(String(NAME_MAX))
    contract_until: Mapped[date] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(default=True)


class AgencyBatch(Base):
    """Cases that were placed with an agency together, until ``expires_on``."""

    __tablename__ = "agency_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_no: Mapped[str] = mapped_column(String(24), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("collection_agency.id"), index=True)
    expires_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    file_taken: Mapped[int] = mapped_column(default=0)


class AgencyPlacement(Base):
    """A case in a batch; ``open_for`` is the case while it is out. ``owed`` and ``received`` in yuan."""

    __tablename__ = "agency_placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("agency_batch.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    open_for: Mapped[int | None] = mapped_column(unique=True)
    owed: Mapped[Decimal] = mapped_column(Fen)
    received: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    after_event: Mapped[int]
    placed_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    end: Mapped[PlacementEnd | None] = mapped_column(worded(PlacementEnd))
    end_reason: Mapped[str] = mapped_column(String(REASON_MAX), default="")


class AgencyComplaint(Base):
    """A complaint that is about an agency."""

    __tablename__ = "agency_complaint"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("collection_agency.id"), index=True)


@dataclass(frozen=True)
class Performance:
    """What an agency has come to: cases placed, out now, cured with it, yuan placed and received, complaints."""

    agency: CollectionAgency
    placed: int
    out: int
    cured: int
    owed: Decimal
    received: Decimal
    complaints: int

    @property
    def recovered(self) -> Decimal | None:
        """The share of the money placed that was received, None before anything was placed."""
        return self.received / self.owed if self.owed else None


def enlist(
    session: Session, *, name: str, credit_code: str, contract_no: str, contract_until: date
) -> CollectionAgency:
    """Put an agency on the list. Raises :class:`AgencyUnnamed`, :class:`AgencyKnown`, those of the credit code."""
    if not (1 <= len(name.strip()) <= NAME_MAX and 1 <= len(contract_no.strip()) <= NAME_MAX):
        raise AgencyUnnamed(most=NAME_MAX)
    code = uscc.validate(credit_code)
    if session.scalar(select(CollectionAgency.id).where(CollectionAgency.credit_code == code)) is not None:
        raise AgencyKnown(credit_code=code)
    made = CollectionAgency(
        name=name.strip(),
        credit_code=code,
        contract_no=contract_no.strip(),
        contract_until=contract_until,
    )
    session.add(made)
    session.flush()
    return made


def agency(session: Session, agency_id: int) -> CollectionAgency:
    """The agency, or :class:`NotFound`."""
    found = session.get(CollectionAgency, agency_id) if agency_id < _ID_MAX else None
    if found is None:
        raise NotFound(what_zh="委外机构", what_en="agency", key=agency_id)
    return found


def ready(session: Session, within: ColumnElement[bool]) -> list[CollectionCase]:
    """The open cases that legal has released for an agency and that are not out, the most urgent first.

    ``within``: the cases, beside their loans, that somebody reaches.
    """
    latest = (
        select(CollectionRecovery.choice)
        .where(CollectionRecovery.case_id == CollectionCase.id)
        .order_by(CollectionRecovery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    out = select(AgencyPlacement.open_for).where(AgencyPlacement.open_for.is_not(None))
    asked = select(CollectionCase).join(Loan, Loan.loan_no == CollectionCase.loan_no)
    asked = asked.where(
        within,
        CollectionCase.open_for.is_not(None),
        CollectionCase.status.not_in((CaseStatus.HELD, CaseStatus.PLACED)),
        CollectionCase.id.not_in(out),
        latest == Recovery.OUTSOURCE,
    )
    return list(session.scalars(asked.order_by(CollectionCase.priority.desc(), CollectionCase.id)))


def place(
    session: Session,
    to: CollectionAgency,
    case_nos: Sequence[str],
    expires_on: date,
    *,
    within: ColumnElement[bool],
    books_at: date,
    today: date,
    by: int | None,
    now: datetime,
) -> AgencyBatch:
    """Place cases with an agency until a day; each case is told, and comes back by itself the day after.

    ``within`` as in :func:`ready`. What is placed is what is overdue on the business date ``books_at``.

    Raises :class:`BatchEmpty`, :class:`BatchDatesRefused`, :class:`AgencyContractOver`, :class:`CaseNotToPlace`.
    """
    wanted = list(dict.fromkeys(case_nos))
    if not 1 <= len(wanted) <= CASES_MAX:
        raise BatchEmpty(most=CASES_MAX)
    if not today < expires_on <= today + PLACED_MAX:
        raise BatchDatesRefused(on=expires_on, today=today, latest=today + PLACED_MAX)
    if not to.active or to.contract_until < expires_on:
        raise AgencyContractOver(name=to.name, until=to.contract_until, on=expires_on)
    released = {found.case_no: found for found in ready(session, within)}
    for case_no in wanted:
        if case_no not in released:
            raise CaseNotToPlace(case_no=case_no)
    number = sequences.take(session, f"agency_batch:{today.year}")
    batch = AgencyBatch(
        batch_no=f"WB-{today.year}-{number:04d}",
        agency_id=to.id,
        expires_on=expires_on,
        made_by=by,
        made_at=now,
    )
    session.add(batch)
    session.flush()
    chosen = [released[case_no] for case_no in wanted]
    owed = arrears.of_loans(session, [found.loan_no for found in chosen], books_at)
    for found in chosen:
        stands = owed.get(found.loan_no)
        newest = session.scalar(select(func.max(LoanEvent.id)).where(LoanEvent.loan_no == found.loan_no))
        session.add(
            AgencyPlacement(
                batch_id=batch.id,
                case_id=found.id,
                open_for=found.id,
                owed=stands.overdue if stands else found.overdue,
                after_event=newest or 0,
                placed_on=today,
            )
        )
        tell_case(session, found, f"placed:{batch.batch_no}", now)
    session.flush()
    return batch


def batch(session: Session, batch_no: str, *, to_change: bool = False) -> AgencyBatch:
    """The batch, or :class:`NotFound`."""
    asked = select(AgencyBatch).where(AgencyBatch.batch_no == batch_no)
    found = session.scalar(held(asked) if to_change else asked)
    if found is None:
        raise NotFound(what_zh="委外批次", what_en="batch", key=batch_no)
    return found


def placement_of(session: Session, case_id: int) -> AgencyPlacement | None:
    """The placement by which a case is out now."""
    return session.scalar(select(AgencyPlacement).where(AgencyPlacement.open_for == case_id))


def batches(session: Session, within: ColumnElement[bool], limit: int) -> list[AgencyBatch]:
    """The latest batches with a case that somebody reaches; ``within`` as in :func:`ready`."""
    reached = (
        select(AgencyPlacement.batch_id)
        .join(CollectionCase, CollectionCase.id == AgencyPlacement.case_id)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(within)
    )
    asked = select(AgencyBatch).where(AgencyBatch.id.in_(reached))
    return list(session.scalars(asked.order_by(AgencyBatch.id.desc()).limit(limit)))


def in_batch(
    session: Session, found: AgencyBatch, within: ColumnElement[bool]
) -> list[tuple[AgencyPlacement, CollectionCase]]:
    """The cases of a batch that somebody reaches; ``within`` as in :func:`ready`."""
    asked = (
        select(AgencyPlacement, CollectionCase)
        .join(CollectionCase, CollectionCase.id == AgencyPlacement.case_id)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(AgencyPlacement.batch_id == found.id, within)
        .order_by(AgencyPlacement.id)
    )
    return [(placement, case) for placement, case in session.execute(asked)]


def bring_back(
    session: Session, placement: AgencyPlacement, why: PlacementEnd, *, reason: str = "", on: date
) -> None:
    """End a placement with what was received meanwhile; one that has ended stays as it is."""
    if placement.open_for is None:
        return
    loan_no = session.get_one(CollectionCase, placement.case_id).loan_no
    received = session.scalars(
        select(LoanEvent.amount).where(
            LoanEvent.loan_no == loan_no,
            LoanEvent.id > placement.after_event,
            LoanEvent.kind.in_(MONEY_IN),
            LoanEvent.reversed_by_id.is_(None),
        )
    )
    placement.received = sum(received, ZERO)
    placement.open_for, placement.ended_on, placement.end = None, on, why
    placement.end_reason = reason[:REASON_MAX]
    session.flush()


def recall(
    session: Session,
    found: AgencyBatch,
    case_nos: Sequence[str],
    reason: str,
    *,
    within: ColumnElement[bool],
    on: date,
    now: datetime,
) -> int:
    """Take cases of a batch back, without ``case_nos`` all that are out; how many came back.

    ``within`` as in :func:`ready`: a case of somebody else's stays out.
    Raises :class:`RecallUnexplained`, :class:`PlacementOver`.
    """
    words = reason.strip()
    if not 2 <= len(words) <= REASON_MAX:
        raise RecallUnexplained(most=REASON_MAX)
    out = [(each, case) for each, case in in_batch(session, found, within) if each.open_for is not None]
    wanted = [(each, case) for each, case in out if not case_nos or case.case_no in case_nos]
    if not wanted:
        raise PlacementOver()
    for placement, case in wanted:
        bring_back(session, placement, PlacementEnd.RECALLED, reason=words, on=on)
        tell_case(session, case, f"recalled:{found.batch_no}", now)
    return len(wanted)


def performance(session: Session) -> list[Performance]:
    """What each agency on the list has come to, by name."""
    found = []
    for each in session.scalars(select(CollectionAgency).order_by(CollectionAgency.name)):
        placements = session.scalars(
            select(AgencyPlacement)
            .join(AgencyBatch, AgencyBatch.id == AgencyPlacement.batch_id)
            .where(AgencyBatch.agency_id == each.id)
        ).all()
        told = select(func.count()).select_from(AgencyComplaint).join(Complaint)
        found.append(
            Performance(
                each,
                len(placements),
                sum(one.open_for is not None for one in placements),
                sum(one.end is PlacementEnd.CURED for one in placements),
                sum((one.owed for one in placements), ZERO),
                sum((one.received for one in placements), ZERO),
                session.scalar(told.where(AgencyComplaint.agency_id == each.id)) or 0,
            )
        )
    return found

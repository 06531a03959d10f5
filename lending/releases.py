"""The way back of a mortgage: nothing owed, the papers out of custody, the office's release, the car free again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lending import collateral, custody, evidence_ledger, loans, settlement, vehicle_history
from lending.collateral import TRANSITIONS, Collateral, CollateralStatus, MortgageHappening
from lending.custody import CustodyItem, Movement
from lending.errors import LendingError, step
from lending.labels import Labelled
from lending.life import changes
from lending.loans import LoanStatus
from lending.money import ZERO
from lending.vehicle_history import VehicleHappening


class ReleaseState(Labelled):
    """Whether a mortgage may be released."""

    CLEAR = "clear", "可以解押", "May be released"
    OWED = "owed", "尚有欠款", "Something is owed"
    SUSPENSE = "suspense", "暂收款未退", "Money in suspense"
    NONE = "none", "无在押抵押", "No mortgage stands"


class ReleasedInFutureOrBeforeApplication(LendingError):
    """The office releases between the joint application and today."""

    code = "release_date_impossible"
    zh = "解除抵押日 {released_on} 应在申请日 {applied_on} 与今天之间，请按登记证书更正。"
    en = "The release on {released_on} does not lie between the application on {applied_on} and today."


class StillMortgaged(LendingError):
    """Papers go back when the office has released the mortgage."""

    code = "still_mortgaged"
    zh = "申请 {application_no} 的抵押尚未解除，证书不能交还客户。"
    en = "The mortgage of {application_no} is not released: the papers do not go back yet."


@dataclass(frozen=True)
class Checked:
    """What was found: the state, and what is owed and in suspense, in yuan."""

    state: ReleaseState
    owed: Decimal = ZERO
    suspense: Decimal = ZERO


_S = CollateralStatus
_MORTGAGED = (_S.REGISTERED, _S.IN_CUSTODY, _S.RELEASING)


def check(session: Session, loan_no: str, application_no: str, *, on: date, now: datetime) -> Checked:
    """Whether the mortgage of a loan may be released; one that may is being released from now on.

    A registration that has not come to its end is called off: nobody needs it any more.
    """
    record = collateral.find(session, application_no)
    if record is None or record.status not in (*_MORTGAGED, _S.REGISTERING):
        return Checked(ReleaseState.NONE)
    reading = changes.reading_of(session, loan_no, on)
    if loans.get(session, loan_no).status is not LoanStatus.SETTLED or reading is None:
        return Checked(ReleaseState.OWED, ZERO if reading is None else reading.owed)
    if reading.state.suspense > 0:
        return Checked(ReleaseState.SUSPENSE, suspense=reading.state.suspense)
    if record.status is _S.REGISTERING:
        collateral.cancel(session, application_no, on=on, now=now)
        return Checked(ReleaseState.NONE)
    if record.status is not _S.RELEASING:
        record.status = step(application_no, record.status, _S.RELEASING, TRANSITIONS)
    session.flush()
    return Checked(ReleaseState.CLEAR)


def take_out(
    session: Session, application_no: str, *, handed_by: str, handed_to: str, by: int | None, now: datetime
) -> list[CustodyItem]:
    """Hand everything that lies in custody out; returns what that was."""
    lying = custody.held(session, application_no)
    for item, slot in lying.items():
        custody.hand_over(
            session,
            application_no,
            item,
            Movement.OUT,
            slot=slot,
            handed_by=handed_by,
            received_by=handed_to,
            by=by,
            now=now,
        )
    return list(lying)


def release(
    session: Session,
    loan_no: str,
    record: Collateral,
    *,
    released_on: date,
    applied_on: date,
    note: str,
    by: int | None,
    on: date,
    now: datetime,
) -> None:
    """The office has released the mortgage: the register, the car's life and the evidence ledger say so.

    Raises :class:`ReleasedInFutureOrBeforeApplication`, and :class:`lending.settlement.LoanNotSettled` where something
    is owed again.
    """
    if not applied_on <= released_on <= on:
        raise ReleasedInFutureOrBeforeApplication(released_on=released_on, applied_on=applied_on)
    settlement.settled(session, loan_no, on)
    record.status = step(record.application_no, record.status, _S.RELEASED, TRANSITIONS)
    record.active_vehicle_id = None
    collateral.note(session, record, MortgageHappening.RELEASED, on=released_on, by=by, now=now, text=note)
    vehicle_history.record(
        session,
        record.vehicle_id,
        VehicleHappening.RELEASED,
        on=released_on,
        now=now,
        business_key=record.application_no,
        note=note,
        by=by,
    )
    evidence_ledger.free(session, record.application_no, on=released_on, now=now)


def stop(session: Session, application_no: str) -> None:
    """Debt has come back before the office released it: the mortgage stands as before."""
    record = collateral.find(session, application_no)
    if record is not None and record.status is _S.RELEASING:
        held = custody.held(session, application_no)
        lies_here = CustodyItem.REGISTRATION_CERTIFICATE in held
        to = _S.IN_CUSTODY if lies_here else _S.REGISTERED
        record.status = step(application_no, record.status, to, TRANSITIONS)
        session.flush()


def require_released(session: Session, application_no: str) -> Collateral:
    """The record of a car that is free; :class:`StillMortgaged`."""
    record = collateral.get(session, application_no)
    if record.status is not _S.RELEASED:
        raise StillMortgaged(application_no=application_no)
    return record

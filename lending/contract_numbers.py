"""The register of contract numbers: each taken once, never reused; the voided ones are the void list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.organisation import branch_of, the_company
from lending import sequences
from lending.columns import worded
from lending.identifiers import contract_no as numbers
from lending.labels import Labelled
from lending.sequences import BranchHasNoCode


class NumberKind(Labelled):
    """The kinds of numbered documents, by their two letters in the number."""

    LOAN = "JK", "借款合同", "Loan contract"
    MORTGAGE = "DY", "抵押合同", "Mortgage contract"
    GUARANTEE = "BZ", "保证合同", "Guarantee agreement"
    DEBIT = "WT", "委托扣款授权书", "Direct-debit mandate"
    LOCATION = "DW", "车载定位同意书", "Consent to locating the car"
    DISCLOSURE = "MS", "综合融资成本明示表", "All-in cost sheet"


class ContractNumber(Base):
    """A number that was taken; ``voided_at`` puts it on the void list."""

    __tablename__ = "contract_number"

    contract_no: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[NumberKind] = mapped_column(worded(NumberKind))
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    taken_at: Mapped[datetime] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    void_reason: Mapped[str | None] = mapped_column(String(200))


def take(
    session: Session, kind: NumberKind, *, unit_id: int, year: int, application_no: str, now: datetime
) -> str:
    """The next number of a kind for the branch of a unit in a year: ``CY2026SH1JK000123-F``."""
    branch = branch_of(session, unit_id)
    company = the_company(session).code
    code = branch.contract_code
    if code is None:
        raise BranchHasNoCode(unit=branch.name)
    running = sequences.take(session, f"contract:{company}{year}{code}{kind.value}")
    number = numbers.build(company=company, year=year, branch=code, kind=kind.value, sequence=running)
    session.add(
        ContractNumber(
            contract_no=number, kind=kind, application_no=application_no, unit_id=unit_id, taken_at=now
        )
    )
    session.flush()
    return number


def void(session: Session, contract_no: str, *, reason: str, by: int | None, now: datetime) -> None:
    """Put a number on the void list; it stays there with its first reason."""
    number = session.get_one(ContractNumber, contract_no)
    if number.voided_at is None:
        number.voided_at, number.voided_by, number.void_reason = now, by, reason
        session.flush()


def void_list(session: Session) -> list[ContractNumber]:
    """All voided numbers, in order."""
    return list(
        session.scalars(
            select(ContractNumber)
            .where(ContractNumber.voided_at.is_not(None))
            .order_by(ContractNumber.contract_no)
        )
    )

"""A person's customers, applications and loans pass to a colleague: each has one owner, by whom "own" is told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lending.applications import Application
from lending.customers import Customer
from lending.loans import Loan


@dataclass(frozen=True)
class Owned:
    """How many customers, applications and loans a person owns."""

    customers: int
    applications: int
    loans: int

    @property
    def anything(self) -> bool:
        """Whether the person owns any."""
        return bool(self.customers or self.applications or self.loans)


def owned_by(session: Session, employee_id: int) -> Owned:
    """What the person owns."""
    counted = (
        session.scalar(select(func.count()).select_from(kind).where(kind.owner_id == employee_id)) or 0
        for kind in (Customer, Application, Loan)
    )
    return Owned(*counted)


def change_owner(session: Session, from_employee_id: int, to_employee_id: int) -> Owned:
    """Give all of it to a colleague; returns what there was."""
    owned = owned_by(session, from_employee_id)
    for kind in (Customer, Application, Loan):
        session.execute(
            update(kind).where(kind.owner_id == from_employee_id).values(owner_id=to_employee_id),
            execution_options={"synchronize_session": False},
        )
    return owned

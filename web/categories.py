"""The category of a loan on its page: how it stands, a person's proposal of another one, and its history."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Employee, in_scope
from lending import category_verdicts, proposals, queries
from lending.category_verdicts import CategoryChange, CategoryVerdict, Standing
from lending.errors import NotFound
from lending.life import changes
from lending.life.positions import Category
from lending.loans import Loan, LoanStatus
from lending.proposals import ProposalStatus, ProposalSubject
from web.access import allowed, grants
from web.language import named
from web.language import translate as _
from web.proposals import Row, made, rows_of
from web.session import me
from web.telling import tell
from web.wiring import command

pages = Blueprint("categories", __name__)


@dataclass(frozen=True)
class Verdict:
    """A verdict with the names of who proposed and who approved it."""

    verdict: CategoryVerdict
    proposer: str
    approver: str


@dataclass(frozen=True)
class CategoryView:
    """What the page shows of a loan's category; ``days_now`` past due, whatever the last day-end saw."""

    standing: Standing
    days_now: int
    verdicts: list[Verdict]
    changes: list[CategoryChange]
    waiting: list[Row]
    choices: list[Category]


def category_of(session: Session, loan: Loan) -> CategoryView | None:
    """The category of a loan for who may read or decide it; None before its pay-out and for anybody else."""
    if loan.value_date is None or not allowed("classification", "RA"):
        return None
    found = proposals.of(session, ProposalSubject.CATEGORY, loan.loan_no)
    open_ones = [each for each in found if each.status is ProposalStatus.OPEN]
    may_propose = not open_ones and loan.status is LoanStatus.ACTIVE and _reaches(session, loan)
    reading = changes.reading_of(session, loan.loan_no, max(business_date(session), loan.value_date))
    return CategoryView(
        category_verdicts.standing(session, loan.loan_no),
        reading.days_past_due if reading else 0,
        _verdicts(session, loan.loan_no),
        category_verdicts.changes_of(session, loan.loan_no),
        rows_of(session, open_ones),
        list(Category) if may_propose else [],
    )


@pages.post("/loans/<loan_no>/category")
def propose(loan_no: str) -> ResponseReturnValue:
    """Propose another category for somebody else to approve."""
    grants("classification", "C")
    wanted, reason = request.form.get("category", ""), request.form.get("reason", "")
    if not Category.has(wanted):
        abort(400)
    with command() as session:
        try:
            loan = queries.loan_record(session, me().actor, loan_no).loan
        except NotFound:
            abort(404)
        if not _reaches(session, loan):
            abort(403)
        made(
            session,
            ProposalSubject.CATEGORY,
            loan_no,
            {"category": wanted},
            valid_from=business_date(session),
            reason=reason,
            unit_id=loan.unit_id,
        )
    tell(_("已提出分类认定，由有权人员在“变更复核”中审批。"), "good")
    return redirect(url_for("loans.show", loan_no=loan_no, _anchor="category"), 303)


def _reaches(session: Session, loan: Loan) -> bool:
    """Whether the person may propose a category of the loan."""
    if not allowed("classification", "C"):
        return False
    mine = in_scope(grants("classification", "C"), Loan.unit_id, Loan.owner_id)
    return session.scalar(select(Loan.id).where(Loan.id == loan.id, mine)) is not None


def _verdicts(session: Session, loan_no: str) -> list[Verdict]:
    found = category_verdicts.verdicts_of(session, loan_no)
    ids = {person for each in found for person in (each.proposed_by, each.approved_by)}
    people = {
        person.id: named(person) for person in session.scalars(select(Employee).where(Employee.id.in_(ids)))
    }
    return [Verdict(each, people[each.proposed_by], people[each.approved_by]) for each in found]

"""Dealers: the list, one dealer with account, limit and performance, and the changes proposed of him."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.database import Fen
from company.messages import Refusal
from company.organisation import Unit, UnitKind, branch_of, business_date
from company.people import in_scope
from lending import dealers, exposure, proposals, typed
from lending.applications import Application, ApplicationStatus
from lending.dealers import Dealer, DealerGrade
from lending.identifiers import uscc
from lending.loans import Loan, LoanStatus
from lending.proposals import ProposalSubject
from web import cases
from web.access import allowed, grants
from web.display import day, share, yuan
from web.language import current, named
from web.language import translate as _
from web.proposals import NOBODY, made, rows_of
from web.session import me
from web.summary import Facts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("dealers", __name__)
ROWS_MAX = 200
CASES_SHOWN = 20
_DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.CONDITIONALLY_APPROVED, ApplicationStatus.SIGNED)


@dataclass(frozen=True)
class Row:
    """One dealer in the list."""

    dealer: Dealer
    branch: str
    used: Decimal
    applications: int
    loans: int


@pages.get("/dealers")
def index() -> ResponseReturnValue:
    """The dealers in reach, by name; those whose name or credit code holds ``q``."""
    mine = in_scope(grants("dealer"), Dealer.unit_id, NOBODY)
    wanted = request.args.get("q", "").strip()[:64]
    asked = select(Dealer).where(mine).order_by(Dealer.active.desc(), Dealer.name).limit(ROWS_MAX)
    if wanted:
        columns = (Dealer.name, Dealer.social_credit_code)
        asked = asked.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    with wired().database.read() as session:
        found = session.scalars(asked).all()
        return render_template("dealers.html", rows=_rows(session, list(found)), q=wanted)


def _rows(session: Session, found: list[Dealer]) -> list[Row]:
    ids = [dealer.id for dealer in found]
    counts = []
    for column in (Application.dealer_id, Loan.dealer_id):
        asked = select(column, func.count()).where(column.in_(ids)).group_by(column)
        counts.append({row[0]: row[1] for row in session.execute(asked)})
    units = {unit.id: named(unit) for unit in session.scalars(select(Unit))}
    return [
        Row(
            dealer,
            units.get(dealer.unit_id, ""),
            exposure.unsecured(session, dealer.id),
            counts[0].get(dealer.id, 0),
            counts[1].get(dealer.id, 0),
        )
        for dealer in found
    ]


def _reached(session: Session, dealer_id: int, actions: str = "R") -> Dealer:
    """The dealer, or 404 when there is none or he lies outside the person's scope."""
    mine = in_scope(grants("dealer", actions), Dealer.unit_id, NOBODY)
    dealer = None
    if dealer_id < 2**31:
        dealer = session.scalar(select(Dealer).where(Dealer.id == dealer_id, mine))
    if dealer is None:
        abort(404)
    return dealer


@pages.get("/dealers/<int:dealer_id>")
def show(dealer_id: int) -> ResponseReturnValue:
    """One dealer, or 404."""
    with wired().database.read() as session:
        return _page(session, _reached(session, dealer_id))


def _page(session: Session, dealer: Dealer, problem: str | None = None) -> str:
    used = exposure.unsecured(session, dealer.id)
    found = proposals.of(session, ProposalSubject.DEALER, str(dealer.id))
    listed = session.scalars(
        select(Application)
        .where(Application.dealer_id == dealer.id, cases.readable())
        .order_by(Application.id.desc())
        .limit(CASES_SHOWN)
    ).all()
    return render_template(
        "dealer.html",
        dealer=dealer,
        facts=_facts(session, dealer),
        used=used,
        used_share=used / dealer.unsecured_limit if dealer.unsecured_limit else None,
        performance=_performance(session, dealer),
        applications=listed,
        rows=rows_of(session, found),
        may_change=allowed("dealer", "U") and _in_hand(session, dealer),
        grades=DealerGrade.choices(current()),
        problem=problem,
    )


def _in_hand(session: Session, dealer: Dealer) -> bool:
    mine = in_scope(grants("dealer", "U"), Dealer.unit_id, NOBODY)
    return session.scalar(select(Dealer.id).where(Dealer.id == dealer.id, mine)) is not None


def _facts(session: Session, dealer: Dealer) -> Facts:
    until = dealer.undertaking_until
    ends = f"{day(until)}{_('（已过期）')}" if until and until < business_date(session) else day(until)
    return [
        (_("统一社会信用代码"), dealer.social_credit_code),
        (_("机构"), named(session.get(Unit, dealer.unit_id))),
        (_("等级"), dealer.grade.label(current())),
        (_("收款户名"), dealer.payee_name),
        (_("开户行"), dealer.bank_name),
        (_("收款账号"), f"**** {dealer.account_last4}"),
        (_("承诺有效期至"), ends),
    ]


def _performance(session: Session, dealer: Dealer) -> Facts:
    """How the dealer's applications and loans have fared, all of them together."""
    statuses = session.execute(
        select(Application.status, func.count())
        .where(Application.dealer_id == dealer.id)
        .group_by(Application.status)
    )
    applications = {row[0]: row[1] for row in statuses}
    loans = {
        status: (count, amount)
        for status, count, amount in session.execute(
            select(Loan.status, func.count(), func.sum(Loan.principal, type_=Fen))
            .where(Loan.dealer_id == dealer.id)
            .group_by(Loan.status)
        )
    }
    approved = sum(applications.get(status, 0) for status in _DECIDED)
    rejected = applications.get(ApplicationStatus.REJECTED, 0)
    decided = approved + rejected
    active = loans.get(LoanStatus.ACTIVE, (0, Decimal(0)))
    return [
        (_("申请"), str(sum(applications.values()))),
        (_("批准 / 拒绝"), f"{approved} / {rejected}"),
        (_("批准率"), share(Decimal(approved) / decided) if decided else "—"),
        (_("还款中贷款"), f"{active[0]} · {yuan(active[1], fen=False)}"),
        (_("已结清"), str(loans.get(LoanStatus.SETTLED, (0, None))[0])),
        (_("已核销"), str(loans.get(LoanStatus.WRITTEN_OFF, (0, None))[0])),
    ]


def _read(form: dict[str, str]) -> dict[str, object]:
    """The values of a change that were filled in; the account goes sealed."""
    change: dict[str, object] = {
        name: form[name][:120] for name in ("name", "bank_name", "payee_name") if form.get(name)
    }
    if form.get("account"):
        change["account_sealed"] = wired().vault.seal(dealers.account_digits(form["account"])).hex()
    if form.get("grade"):
        if not DealerGrade.has(form["grade"]):
            raise typed.NotAChoice(text=form["grade"][:40])
        change["grade"] = form["grade"]
    if form.get("unsecured_limit"):
        change["unsecured_limit"] = typed.amount_from_zero(form["unsecured_limit"])
    if form.get("undertaking_until"):
        change["undertaking_until"] = typed.calendar_day(form["undertaking_until"])
    return change


def _form() -> dict[str, str]:
    return {name: text.strip() for name, text in request.form.items()}


@pages.post("/dealers/<int:dealer_id>/changes")
def propose(dealer_id: int) -> ResponseReturnValue:
    """Propose a change: grade, limit, undertaking, account, or a suspended dealer back on the list."""
    form = _form()
    with command() as session:
        dealer = _reached(session, dealer_id, "U")
        change = _read(form)
        change.pop("name", None)
        if form.get("resume"):
            change["active"] = True
        made(
            session,
            ProposalSubject.DEALER,
            str(dealer.id),
            change,
            valid_from=business_date(session),
            reason=form.get("reason", ""),
            unit_id=dealer.unit_id,
        )
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("dealers.show", dealer_id=dealer_id), 303)


@pages.post("/dealers/<int:dealer_id>/suspend")
def suspend(dealer_id: int) -> ResponseReturnValue:
    """Take a dealer off the list at once: to stop needs no second person, to go on again does."""
    reason = _form().get("reason", "")[:200]
    if not reason:
        raise proposals.ProposalUnexplained()
    with command() as session:
        dealer = _reached(session, dealer_id, "U")
        dealers.set_active(session, dealer, False)
        now, facts = wired().clock.now(), {"reason": reason}
        audit.record(session, now, me().actor, "dealer.suspend", "dealer", dealer.id, after=facts)
    tell(_("已停用：不再出现在进件表单中，也不能付款。"), "good")
    return redirect(url_for("dealers.show", dealer_id=dealer_id), 303)


@pages.get("/dealers/new")
def new() -> ResponseReturnValue:
    """The form of a new dealer."""
    grants("dealer", "C")
    with wired().database.read() as session:
        return _new_page(session, {}, None)


def _new_page(session: Session, given: dict[str, str], problem: str | None) -> str:
    mine = in_scope(grants("dealer", "C"), Unit.id, NOBODY)
    branches = session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH, mine).order_by(Unit.id)).all()
    return render_template(
        "dealer_new.html",
        given=given,
        problem=problem,
        branches=branches or [branch_of(session, me().actor.unit_id or 0)],
        grades=DealerGrade.choices(current()),
    )


@pages.post("/dealers/new")
def create() -> ResponseReturnValue:
    """Propose a new dealer; he is on the list once a second person has approved it."""
    mine = in_scope(grants("dealer", "C"), Unit.id, NOBODY)
    form = _form()
    try:
        with command() as session:
            wanted = int(form["unit"]) if form.get("unit", "").isdigit() else 0
            unit = session.scalar(select(Unit).where(Unit.id == wanted, mine)) if wanted < 2**31 else None
            if unit is None:
                abort(404)
            for name in ("name", "bank_name", "account"):
                if not form.get(name):
                    raise typed.FigureMissing()
            made(
                session,
                ProposalSubject.DEALER_NEW,
                uscc.validate(form.get("social_credit_code", "")),
                _read(form),
                valid_from=business_date(session),
                reason=form.get("reason", ""),
                unit_id=unit.id,
            )
    except Refusal as refusal:
        with wired().database.read() as session:
            return _new_page(session, form, refusal.text(current())), 422
    tell(_("新经销商已提出，等待另一人复核。"), "good")
    return redirect(url_for("dealers.index"), 303)

"""The books of the company: periods that close, and the chart of accounts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Employee
from lending.accounts import AccountKind, chart
from lending.books import closing, periods, statements, upkeep, vouchers
from lending.books.periods import AccountingPeriod, PeriodStatus
from web.access import allowed, grants
from web.language import current, named
from web.language import translate as _
from web.registers import day_asked
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("books", __name__)


@pages.get("/books/periods")
def show_periods() -> ResponseReturnValue:
    """Every period, whether it is closed, and what keeps the earliest open one from being closed."""
    grants("books")
    with wired().database.read() as session:
        found = closing.listed(session, business_date(session))
        candidate = next((each.month for each in found[::-1] if each.status is PeriodStatus.OPEN), None)
        return render_template(
            "periods.html",
            rows=[(each, *_turnover(session, each)) for each in found],
            people=_names(session, found),
            candidate=candidate,
            latest_closed=next((each.month for each in found if each.status is PeriodStatus.CLOSED), None),
            findings=closing.findings(session, candidate) if candidate else [],
        )


@pages.post("/books/periods/<month>/close")
def close_period(month: str) -> ResponseReturnValue:
    """Close a period, or tell everything that is missing."""
    grants("books", "X")
    with command() as session:
        closing.close(session, month, actor=me().actor, now=wired().clock.now())
    tell(_("会计期间 {month} 已结账。", month=month), "good")
    return redirect(url_for("books.show_periods"), 303)


@pages.post("/books/periods/<month>/reopen")
def reopen_period(month: str) -> ResponseReturnValue:
    """Open a closed period again, for a reason."""
    grants("books", "A")
    with command() as session:
        reason = request.form.get("reason", "")
        closing.reopen(session, month, actor=me().actor, reason=reason, now=wired().clock.now())
    tell(_("会计期间 {month} 已重新开账。", month=month), "good")
    return redirect(url_for("books.show_periods"), 303)


@pages.get("/books/chart")
def show_chart() -> ResponseReturnValue:
    """The chart of accounts with its mapping to the statements."""
    grants("books")
    with wired().database.read() as session:
        return render_template(
            "chart.html",
            accounts=chart(session).values(),
            today=business_date(session),
            lines=statements.lines(),
            kinds=AccountKind.choices(current()),
            may_change=allowed("books", "U"),
        )


@pages.post("/books/chart")
def add_account() -> ResponseReturnValue:
    """Add an account."""
    grants("books", "C")
    form = request.form
    kind = form.get("kind", "")
    with command() as session:
        upkeep.add(
            session,
            form.get("code", "")[:12],
            name=form.get("name", ""),
            name_en=form.get("name_en", ""),
            kind=AccountKind(kind) if AccountKind.has(kind) else AccountKind.EXPENSE,
            line=form.get("line") or None,
            valid_from=business_date(session),
            actor=me().actor,
            now=wired().clock.now(),
        )
    tell(_("科目已增加。"), "good")
    return redirect(url_for("books.show_chart"), 303)


@pages.post("/books/chart/<code>")
def change_account(code: str) -> ResponseReturnValue:
    """Rename an account or map it to another line; or close it after today."""
    grants("books", "U")
    form, now = request.form, wired().clock.now()
    with command() as session:
        if form.get("close"):
            upkeep.close(session, code, after=business_date(session), actor=me().actor, now=now)
        else:
            upkeep.change(
                session,
                code,
                name=form.get("name", ""),
                name_en=form.get("name_en", ""),
                line=form.get("line") or None,
                actor=me().actor,
                now=now,
            )
    tell(_("科目已修改。"), "good")
    return redirect(url_for("books.show_chart"), 303)


@pages.get("/books/statements")
def show_statements() -> ResponseReturnValue:
    """Balance sheet at the end of a day, income statement from a day up to it."""
    grants("books")
    with wired().database.read() as session:
        on = day_asked("on") or business_date(session)
        since = min(day_asked("since") or on.replace(day=1), on)
        return render_template(
            "statements.html",
            sheet=statements.balance_sheet(session, on),
            income=statements.income_statement(session, since, on),
            may_export=allowed("books", "E"),
        )


def _turnover(session: Session, period: AccountingPeriod) -> tuple[int, int]:
    """How many vouchers a period has, and how many entries none yet."""
    first, last = periods.days_of(period.month)
    return len(vouchers.of_month(session, period.month)), vouchers.unfiled(session, first, last)


def _names(session: Session, found: list[AccountingPeriod]) -> dict[int, str]:
    ids = {each.changed_by for each in found if each.changed_by is not None}
    return {
        person.id: named(person) for person in session.scalars(select(Employee).where(Employee.id.in_(ids)))
    }

"""The registers (台账): one page for all of them, with filters, totals, how they tie, and a workbook of all rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import Unit, UnitKind, business_date
from lending import money
from lending.dealers import Dealer
from lending.labels import Labelled
from lending.loans import Loan
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked, Column, Kind, Name, Page, Register, Row, Value, of_loans
from lending.spreadsheets import Cell, Table, workbook
from lending.typed import DaysBackwards
from web.access import allowed, loans_in_books
from web.bookings import booked
from web.display import day, percent, yuan
from web.exporting import Leaving, hand_out
from web.language import current
from web.language import translate as _
from web.summary import person_name
from web.wiring import wired

pages = Blueprint("registers", __name__)


@dataclass(frozen=True)
class Shown:
    """A cell as the page shows it: its text, its style, and where it leads."""

    text: str
    style: str
    address: str | None = None


@dataclass(frozen=True)
class Filters:
    """What the person asked for, as the form shows it again."""

    since: date
    until: date
    branch: str
    dealer: int | None
    search: str

    def address(self, code: str, *, after: str | None = None, export: bool = False) -> str:
        """The page, the next page or the workbook of the same question."""
        endpoint = "registers.export" if export else "registers.show"
        return url_for(
            endpoint,
            code=code,
            since=self.since,
            until=self.until,
            branch=self.branch or None,
            dealer=self.dealer,
            q=self.search or None,
            after=after,
        )


@pages.get("/registers")
def index() -> ResponseReturnValue:
    """The first register."""
    return redirect(url_for("registers.show", code=next(iter(REGISTERS))))


@pages.get("/fund-journal", defaults={"code": "fund-journal"})
@pages.get("/registers/<code>")
def show(code: str) -> ResponseReturnValue:
    """A page of a register."""
    register = _register(code)
    with wired().database.read() as session:
        filters = _filters(session, register)
        if filters.since > filters.until:
            refused = DaysBackwards(since=filters.since, until=filters.until)
            return _page(session, register, filters, problem=refused.text(current())), 422
        asked = replace(_asked(session, filters), after=request.args.get("after", "")[:80])
        return _page(session, register, filters, register.read(session, asked))


def _page(
    session: Session, register: Register, filters: Filters, page: Page | None = None, *, problem: str = ""
) -> str:
    """The page with the form as it was filled in, and what was found, or why nothing was looked for."""
    more = page and page.next_after and filters.address(register.code, after=page.next_after)
    return render_template(
        "register.html",
        register=register,
        registers=REGISTERS.values(),
        filters=filters,
        branches=_branches(session) if loans_in_books()[1] else [],
        dealers=_dealers(session),
        page=page,
        problem=problem,
        heads=[(column, _style(column)) for column in register.columns],
        rows=[[_shown(column, row) for column in register.columns] for row in page.rows] if page else [],
        more=more,
        may_export=page is not None and allowed("ledger", "E"),
    )


@pages.get("/registers/<code>/workbook")
def export(code: str) -> ResponseReturnValue:
    """All rows of a register as an Excel workbook, for a purpose."""
    register = _register(code)
    if not allowed("ledger", "E"):
        abort(403)
    with wired().database.read() as session:
        filters = _filters(session, register)
        if filters.since > filters.until:
            raise DaysBackwards(since=filters.since, until=filters.until)
        page = register.read(session, replace(_asked(session, filters), limit=None))
    return hand_out(
        Leaving(
            what=f"{register.label(current())} {filters.since} – {filters.until}",
            rows=len(page.rows),
            filename=f"{code}-{filters.since}-{filters.until}.xlsx",
            written=lambda mark: workbook([_table(register, filters, page)], mark),
            subject=("register.export", "register", code),
            facts={"since": filters.since, "until": filters.until},
        )
    )


def _register(code: str) -> Register:
    loans_in_books()
    register = REGISTERS.get(code)
    if register is None:
        abort(404)
    return register


def _filters(session: Session, register: Register) -> Filters:
    today = business_date(session)
    until = day_asked("until") or today
    since = until if register.by_day else day_asked("since") or until.replace(day=1)
    return Filters(
        since=since,
        until=until,
        branch=request.args.get("branch", "")[:32],
        dealer=request.args.get("dealer", type=int),
        search=request.args.get("q", "").strip()[:64],
    )


def _asked(session: Session, filters: Filters) -> Asked:
    reach, everything = loans_in_books()
    unit = session.scalar(select(Unit).where(Unit.code == filters.branch)) if filters.branch else None
    dealer = filters.dealer if filters.dealer and 0 < filters.dealer < 2**31 else None
    narrowed = unit is not None or dealer is not None or bool(filters.search)
    loans = of_loans(reach, unit=unit, dealer_id=dealer, search=filters.search, by_name=allowed("customer"))
    return Asked(filters.since, filters.until, loans, everything=everything and not narrowed)


def day_asked(name: str) -> date | None:
    """The day that the address asks for under ``name``; None without one or for what is no day."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _branches(session: Session) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH).order_by(Unit.id)))


def _dealers(session: Session) -> list[Dealer]:
    """The dealers of the loans in the person's reach."""
    reach, _everything = loans_in_books()
    paid = select(Loan.dealer_id).where(reach)
    return list(session.scalars(select(Dealer).where(Dealer.id.in_(paid)).order_by(Dealer.name)))


def _style(column: Column) -> str:
    styles = ["number" if column.kind in (Kind.YUAN, Kind.COUNT, Kind.RATE) else "nowrap"]
    return " ".join([*styles, *([] if column.narrow else ["wide-only"])])


def _shown(column: Column, row: Row) -> Shown:
    value = row[column.key]
    style = _style(column)
    if value is None or value == "":
        return Shown("" if column.kind is Kind.YUAN else "—", style)
    match column.kind:
        case Kind.LOAN:
            address = url_for("loans.show", loan_no=value) if allowed("contract") else None
            return Shown(str(value), style, address)
        case Kind.ENTRY:
            return Shown(str(value), style, url_for("ledger.entry", reference=value))
    return Shown(_text(column, value), style)


def _text(column: Column, value: Value) -> str:
    if isinstance(value, (Labelled, Name)):
        return value.label(current())
    if isinstance(value, date):
        return day(value)
    if column.kind is Kind.RATE:
        return percent(value) if isinstance(value, Decimal) else str(value)
    if column.kind is Kind.YUAN:
        return yuan(value) if isinstance(value, Decimal) else str(value)
    if column.kind is Kind.PERSON:
        return person_name(str(value))
    return booked(str(value)) if column.key == "summary" else str(value)


def _table(register: Register, filters: Filters, page: Page) -> Table:
    language = current()
    totals: dict[str, Cell] = {**page.totals}
    last = [totals.get(column.key) if column.summed else None for column in register.columns]
    notes = [
        f"{register.label(language)} {filters.since} – {filters.until}",
        *(
            f"{tie.label(language)}: {money.written(tie.listed)} / {money.written(tie.posted)} "
            + (_("相符") if tie.holds else _("差额 {amount}", amount=yuan(tie.difference)))
            for tie in page.ties
        ),
    ]
    rows = [[_cell(column, row[column.key]) for column in register.columns] for row in page.rows]
    return Table(
        register.label(language),
        [column.label(language) for column in register.columns],
        [*rows, [_("合计"), *last[1:]]],
        notes,
    )


def _cell(column: Column, value: Value) -> Cell:
    if value is None or isinstance(value, (Decimal, int, date)):
        return value
    return _text(column, value)

"""The numbers and alerts of a start page: counted in the database within the person's reach, each with its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from flask import url_for
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from company import postponed
from company.database import Fen
from company.organisation import the_company
from company.people import in_scope
from engine.errors import AlreadyRunning
from engine.tasks import Instance, InstanceStatus
from engine.waits import Incident
from lending.applications import Application, ApplicationStatus
from lending.approvals import Approval
from lending.bank.statements import BankStatementLine
from lending.books import vouchers
from lending.collateral import STANDING, Collateral, CollateralStatus
from lending.collections import assignment, reports
from lending.collections.cases import CollectionCase
from lending.day_end import refusals
from lending.disbursements import Disbursement, DisbursementStatus
from lending.insurance import EXPIRY_NOTICE, InsurancePolicy
from lending.loans import Loan, LoanStatus
from lending.money import ZERO
from lending.watch_lists import EntryStatus, ListEntry
from web import cases, proposals
from web.access import allowed, beyond_own, grants
from web.collections import visible
from web.display import SHANGHAI, yuan
from web.flow_sheet import INTAKE
from web.language import translate as _
from web.session import me
from web.wiring import wired

APPROVAL_NOTICE = timedelta(days=7)
_OPEN = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.APPROVED,
    ApplicationStatus.CONDITIONALLY_APPROVED,
)
_APPROVED = (ApplicationStatus.APPROVED, ApplicationStatus.CONDITIONALLY_APPROVED)


@dataclass(frozen=True)
class Tile:
    """One number with where it leads; ``note`` stands small below it, ``tone`` colours the number."""

    title: str
    value: str
    address: str | None
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Alert:
    """Something that waits for somebody: how many of it, how urgent, and where it is dealt with."""

    text: str
    count: int
    tone: str
    address: str


@dataclass
class Board:
    """What one section has to show; ``chased`` are the customers of the person's own collection cases."""

    tiles: list[Tile]
    alerts: list[Alert]
    chased: list[reports.Row] = field(default_factory=list)


def _number(session: Session, asked: Select[int]) -> int:
    return session.scalar(asked) or 0


def _alert(found: list[Alert], text: str, count: int, tone: str, address: str) -> None:
    if count:
        found.append(Alert(text, count, tone, address))


def applications(session: Session, on: date) -> Board:
    """What is under way, and what came in and was decided since the first of the month."""
    first = wired().clock.now().astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rejected = (Application.status == ApplicationStatus.REJECTED) & (
        Application.closed_on >= on.replace(day=1)
    )
    row = session.execute(
        select(
            func.count(case((Application.status.in_(_OPEN), 1))),
            func.count(case((Application.created_at >= first, 1))),
            func.count(case((rejected, 1))),
        ).where(cases.readable())
    ).one()
    asked = (
        select(func.count(), func.coalesce(func.sum(Approval.amount), 0, type_=Fen))
        .select_from(Approval)
        .join(Application, Application.application_no == Approval.application_no)
        .where(cases.readable())
    )
    approved, amount = session.execute(asked.where(Approval.approved_on >= on.replace(day=1))).one()
    address = url_for("cases.index")
    tiles = [
        Tile(_("在办申请"), str(row[0]), address),
        Tile(_("本月进件"), str(row[1]), address),
        Tile(_("本月批准"), str(approved), address, yuan(amount, fen=False)),
        Tile(_("本月拒绝"), str(row[2]), address),
    ]
    alerts: list[Alert] = []
    ends = asked.where(Application.status.in_(_APPROVED), Approval.valid_until <= on + APPROVAL_NOTICE)
    _alert(alerts, _("批复七日内失效，尚未签约"), session.execute(ends).one()[0], "soon", address)
    return Board(tiles, alerts)


def intakes(session: Session, _on: date) -> Board:
    """The customers who are being received."""
    running = _number(
        session,
        select(func.count(Instance.id))
        .join(Application, Application.application_no == Instance.business_key)
        .where(
            Instance.process_id == INTAKE,
            Instance.status == InstanceStatus.RUNNING.value,
            in_scope(grants("application"), Application.unit_id, Application.owner_id),
        ),
    )
    return Board([Tile(_("正在接待"), str(running), url_for("flow_sheet.index", stage=INTAKE))], [])


def loans(session: Session, on: date) -> Board:
    """The loans by where they stand, and what has been paid out since the first of the month."""
    reach = in_scope(grants("contract"), Loan.unit_id, Loan.owner_id)

    def figures(condition: ColumnElement[bool]) -> tuple[int, Decimal]:
        asked = select(func.count(), func.coalesce(func.sum(Loan.principal), 0, type_=Fen))
        row = session.execute(asked.where(reach, condition)).one()
        return row[0], row[1]

    address = url_for("loans.index")
    tiles = []
    for title, condition in (
        (_("还款中贷款"), Loan.status == LoanStatus.ACTIVE),
        (_("待签约"), Loan.status == LoanStatus.PENDING_SIGN),
        (_("待放款"), Loan.status.in_((LoanStatus.SIGNED, LoanStatus.PENDING_DISBURSEMENT))),
        (_("本月放款"), Loan.value_date >= on.replace(day=1)),
    ):
        count, amount = figures(condition)
        tiles.append(Tile(title, str(count), address, yuan(amount, fen=False)))
    return Board(tiles, [])


def payments(session: Session, _on: date) -> Board:
    """The orders to the bank that are not through."""
    reach = in_scope(grants("disbursement"), Loan.unit_id, Loan.owner_id)
    counted = session.execute(
        select(Disbursement.status, func.count())
        .join(Loan, Loan.loan_no == Disbursement.loan_no)
        .where(reach)
        .group_by(Disbursement.status)
    )
    numbers = {row[0]: row[1] for row in counted}
    address = url_for("loans.index") if allowed("contract") else url_for("inbox.show", tab="pool")
    tiles = [
        Tile(_("放款待复核"), str(numbers.get(DisbursementStatus.REGISTERED, 0)), address),
        Tile(_("已发银行待回执"), str(numbers.get(DisbursementStatus.SENT, 0)), address),
    ]
    alerts: list[Alert] = []
    _alert(alerts, _("付款失败，待修复"), numbers.get(DisbursementStatus.FAILED, 0), "late", address)
    return Board(tiles, alerts)


def collections(session: Session, on: date) -> Board:
    """The person's own collection cases; a collector counts those with what is overdue, others all in reach."""
    today = wired().clock.now().astimezone(SHANGHAI).date()
    is_collector = any(role.id == assignment.ROLE for role in me().roles)
    mine = (CollectionCase.collector_id == me().actor.employee_id, visible("R"))
    works = is_collector or allowed("collection_case", "U")
    chased = reports.worklist(session, mine, on=on, today=today, limit=None) if works else []
    address = url_for("collections.index", mine=1 if is_collector else None)
    if is_collector:
        days = [each.case.due_on for row in chased for each in row.cases]
        late = sum(1 for day in days if day is not None and day < today)
        overdue = sum((row.overdue for row in chased), ZERO)
        tile = Tile(_("我的催收案件"), str(len(days)), address, yuan(overdue))
    else:  # of a whole company: counted there, not read
        asked = select(func.count(), func.count(case((CollectionCase.due_on < today, 1))))
        joined = asked.select_from(CollectionCase).join(Loan, Loan.loan_no == CollectionCase.loan_no)
        count, late = session.execute(joined.where(CollectionCase.open_for.is_not(None), visible("R"))).one()
        tile = Tile(_("在催案件"), str(count), address)
    alerts: list[Alert] = []
    _alert(alerts, _("催收期限已过"), late, "late", address)
    return Board([tile], alerts, chased)


def collateral(session: Session, on: date) -> Board:
    """The mortgaged cars, the registrations that are late, the insurance that ends."""
    reach = in_scope(grants("collateral"), Collateral.unit_id, Application.owner_id)
    asked = (
        select(func.count(Collateral.id.distinct()))
        .join(Application, Application.application_no == Collateral.application_no)
        .where(reach, Collateral.status.in_(STANDING))
    )
    registering = Collateral.status == CollateralStatus.REGISTERING
    newest = (
        select(InsurancePolicy.application_no, func.max(InsurancePolicy.valid_until).label("until"))
        .group_by(InsurancePolicy.application_no)
        .subquery()
    )
    ends = asked.join(newest, newest.c.application_no == Collateral.application_no)
    tiles = [
        Tile(_("在押车辆"), str(_number(session, asked)), url_for("collateral.index")),
        Tile(_("办理抵押中"), str(_number(session, asked.where(registering))), url_for("collateral.index")),
    ]
    alerts: list[Alert] = []
    gaps = url_for("collateral.index", gaps=1)
    late = _number(session, asked.where(registering, Collateral.due_on < on))
    _alert(alerts, _("抵押登记逾期"), late, "late", gaps)
    soon = _number(session, ends.where(newest.c.until <= on + EXPIRY_NOTICE))
    _alert(alerts, _("车辆保险三十日内到期或已到期"), soon, "soon", gaps)
    return Board(tiles, alerts)


def books(session: Session, on: date) -> Board:
    """What the accountant has to close: entries without a voucher, lines of the bank that match nothing."""
    first = on.replace(day=1)
    unnumbered = vouchers.unfiled(session, first, on)
    unmatched = _number(
        session, select(func.count(BankStatementLine.id)).where(BankStatementLine.movement_id.is_(None))
    )
    tiles = [
        Tile(_("本月未编号分录"), str(unnumbered), url_for("vouchers.index")),
        Tile(_("对账单未勾对行"), str(unmatched), url_for("bank.index"), tone="soon" if unmatched else ""),
    ]
    alerts: list[Alert] = []
    address = url_for("day_end.index")
    _alert(alerts, _("日终未能完成"), len(refusals.standing(session)), "late", address)
    if not the_company(session).is_demo:
        behind = (wired().clock.now().astimezone(SHANGHAI).date() - on).days
        _alert(alerts, _("营业日期落后于日历的天数，请运行日终"), behind, "soon", address)
    return Board(tiles, alerts)


def lists(session: Session, on: date) -> Board:
    """The entries in force, and the proposals that wait."""
    rows = session.execute(select(ListEntry.status, func.count()).group_by(ListEntry.status))
    numbers = {row[0]: row[1] for row in rows}
    ends = _number(
        session,
        select(func.count(ListEntry.id)).where(
            ListEntry.status == EntryStatus.ACTIVE, ListEntry.valid_until <= on + EXPIRY_NOTICE
        ),
    )
    address = url_for("watch_lists.index")
    alerts: list[Alert] = []
    _alert(alerts, _("名单变更待审批"), numbers.get(EntryStatus.PROPOSED, 0), "soon", address)
    _alert(alerts, _("名单三十日内到期"), ends, "calm", address)
    return Board([Tile(_("名单生效中"), str(numbers.get(EntryStatus.ACTIVE, 0)), address)], alerts)


def incidents(session: Session, _on: date) -> Board:
    """The steps that failed for a technical reason."""
    count = _number(session, select(func.count(Incident.id)).where(Incident.resolved_at.is_(None)))
    # What waits for a running case is no fault.
    count += postponed.count(session, without=AlreadyRunning.code)
    address = url_for("incidents.index")
    alerts: list[Alert] = []
    _alert(alerts, _("技术故障待处理"), count, "late", address)
    return Board([Tile(_("未处理故障"), str(count), address, tone="late" if count else "")], alerts)


def changes(session: Session, _on: date) -> Board:
    """The changes of dealers, products and prices that wait for the person's decision."""
    alerts: list[Alert] = []
    count = proposals.waiting_count(session)
    _alert(alerts, _("变更待您复核"), count, "soon", url_for("proposals.index"))
    return Board([], alerts)


@dataclass(frozen=True)
class Section:
    """A board, whom it is for, and how to count it."""

    may: Callable[[], bool]
    count: Callable[[Session, date], Board]


SECTIONS: dict[str, Section] = {
    "intakes": Section(lambda: allowed("application", "C"), intakes),
    "applications": Section(lambda: allowed("application"), applications),
    "payments": Section(lambda: allowed("disbursement"), payments),
    "loans": Section(lambda: allowed("contract"), loans),
    "collections": Section(lambda: allowed("collection_case"), collections),
    "collateral": Section(lambda: allowed("collateral"), collateral),
    "books": Section(lambda: allowed("books"), books),
    "lists": Section(lambda: allowed("watch_list") and bool(beyond_own("watch_list")), lists),
    "changes": Section(proposals.may_follow_any, changes),
    "incidents": Section(lambda: allowed("incident"), incidents),
}
# What a role looks at first; the sections it does not name follow in the order above.
_FIRST: dict[str, tuple[str, ...]] = {
    "front_desk": ("intakes", "applications"),
    "customer_manager": ("applications", "intakes", "loans", "collateral"),
    "contract_officer": ("loans", "collateral", "applications"),
    "finance_maker": ("payments", "loans"),
    "finance_checker": ("payments", "books", "loans"),
    "finance_accountant": ("books", "payments", "loans"),
    "postloan_manager": ("collateral", "loans", "collections"),
    "collector": ("collections",),
    "archive_officer": ("collateral", "loans"),
    "asset_disposal": ("collateral", "loans"),
    "complaints_officer": ("lists", "applications"),
    "admin": ("incidents",),
}


def boards(session: Session, on: date) -> list[Board]:
    """The boards of the person, those of the first role first."""
    order: list[str] = []
    for role in me().roles:
        order += _FIRST.get(role.id, ())
    wanted = dict.fromkeys((*order, *SECTIONS))
    return [SECTIONS[name].count(session, on) for name in wanted if SECTIONS[name].may()]

"""The start page: what a person's day needs first, by the roles held: own queue, numbers, alerts, cases."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from engine import inbox
from engine.inbox import Page
from lending.applications import Application, ApplicationStatus
from lending.customers import Customer
from web import cases, queue, start_figures, summary
from web.access import allowed
from web.language import translate as _
from web.navigation import may_search, waiting
from web.session import me
from web.start_figures import Alert, Tile
from web.wiring import wired

pages = Blueprint("start", __name__)
TASKS_SHOWN = 8
CASES_SHOWN = 8
_ENDED = (
    ApplicationStatus.REJECTED,
    ApplicationStatus.WITHDRAWN,
    ApplicationStatus.CLOSED_TIMEOUT,
    ApplicationStatus.LAPSED,
)


@dataclass(frozen=True)
class Shortcut:
    """Something the person begins often."""

    title: str
    icon: str
    address: str


@pages.get("/start")
def show() -> ResponseReturnValue:
    """The person's day: tasks by deadline, the numbers of the roles, what is late, and the latest cases."""
    wiring = wired()
    with wiring.database.read() as session:
        on = business_date(session)
        boards = start_figures.boards(session, on)
        tasks = inbox.list_tasks(
            session, me().actor, page=Page(size=TASKS_SHOWN), now=wiring.clock.now()
        ).tasks
        return render_template(
            "start.html",
            on=on,
            work=_work(),
            tiles=[tile for board in boards for tile in board.tiles],
            alerts=_by_urgency([alert for board in boards for alert in board.alerts]),
            tasks=queue.rows_of(session, tasks),
            cases=_cases(session) if may_search() else None,
            chased=[row for board in boards for row in board.chased][:CASES_SHOWN],
            person_name=summary.person_name,
            shortcuts=_shortcuts(),
            building=wiring.demo_progress(session),
        )


def _work() -> list[Tile]:
    counts = waiting()
    mine, pool = counts.mine, counts.pool
    late, soon = mine.late + pool.late, mine.soon + pool.soon
    late_in = "pool" if pool.late > mine.late else None
    soon_in = "pool" if pool.soon > mine.soon else None
    return [
        Tile(_("我的待办"), str(mine.all), url_for("inbox.show")),
        Tile(_("组任务池"), str(pool.all), url_for("inbox.show", tab="pool")),
        Tile(
            _("临期任务"),
            str(soon),
            url_for("inbox.show", tab=soon_in, due="soon"),
            tone="soon" if soon else "",
        ),
        Tile(
            _("逾期任务"),
            str(late),
            url_for("inbox.show", tab=late_in, due="late"),
            tone="late" if late else "",
        ),
    ]


def _by_urgency(alerts: list[Alert]) -> list[Alert]:
    order = {"late": 0, "soon": 1, "calm": 2}
    return sorted(alerts, key=lambda alert: order[alert.tone])


def _cases(session: Session) -> list[tuple[Application, str]]:
    """The latest applications in reach that have not ended."""
    found = session.execute(
        select(Application, Customer.name)
        .outerjoin(Customer, Customer.id == Application.customer_id)
        .where(cases.readable(), Application.status.not_in(_ENDED))
        .order_by(Application.id.desc())
        .limit(CASES_SHOWN)
    )
    return [(application, summary.person_name(name or "")) for application, name in found]


def _shortcuts() -> list[Shortcut]:
    found = []
    if allowed("application", "C"):
        found.append(Shortcut(_("新建进件"), "file-plus", url_for("cases.new")))
    if allowed("application"):
        found.append(Shortcut(_("贷款计算器"), "coin", url_for("calculator.show")))
    if allowed("watch_list", "C"):
        found.append(Shortcut(_("名单管理"), "alert-triangle", url_for("watch_lists.index")))
    return found

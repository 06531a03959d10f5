"""The list of the inbox: a person's tasks or the group's, filtered by deadline, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import inbox
from engine.inbox import Filter, Page, Urgency
from engine.tasks import Instance, UserTask
from web import story
from web.display import Deadline, deadline, yuan
from web.language import translate as _
from web.navigation import waiting
from web.session import me
from web.story import Texts
from web.summary import person_name
from web.wiring import wired

PAGE_ROWS = 40
COLOURS = {
    "credit_application": "orange",
    "loan_review": "blue",
    "contract_signing": "green",
    "disbursement": "purple",
}
Tab = Literal["mine", "pool"]
Due = Literal["all", "soon", "late"]
_URGENCY: dict[Due, Urgency] = {"all": "any", "soon": "due_soon", "late": "overdue"}


@dataclass(frozen=True)
class Row:
    """One task in the list."""

    id: int
    address: str
    name: str
    colour: str
    title: str
    business_key: str
    subtitle: str
    amount: str
    deadline: Deadline | None
    current: bool


@dataclass(frozen=True)
class Choice:
    """A filter or a tab, with its number."""

    title: str
    address: str
    current: bool
    count: int | None
    tone: str = ""


@dataclass(frozen=True)
class Queue:
    """The whole list as it stands on the page; ``next`` is the address of the rows after these."""

    tab: Tab
    due: Due
    rows: tuple[Row, ...]
    total: int
    tabs: tuple[Choice, ...]
    filters: tuple[Choice, ...]
    chosen: bool
    back: str
    next: str | None
    next_page: str | None
    building: tuple[int, int] | None


def wanted_tab() -> Tab:
    """The tab of the address."""
    return "pool" if request.args.get("tab") == "pool" else "mine"


def wanted_due() -> Due:
    """The filter of the address."""
    due = request.args.get("due")
    return "late" if due == "late" else "soon" if due == "soon" else "all"


def load(session: Session, *, chosen: int | None, opened: bool) -> Queue:
    """The list for the tab and filter of the address; ``chosen`` is marked, ``opened`` when asked for by address."""
    tab, due = wanted_tab(), wanted_due()
    now = wired().clock.now()
    wanted = Filter(view="mine" if tab == "mine" else "group", urgency=_URGENCY[due])
    page = inbox.list_tasks(session, me().actor, wanted, Page(size=PAGE_ROWS, after=_place()), now=now)
    counts = waiting()
    numbers = counts.mine if tab == "mine" else counts.pool
    following = f"{page.next[0].isoformat()}~{page.next[1]}" if page.next else None
    texts = _texts(session, page.tasks)
    tab_asked, due_asked = (tab if tab == "pool" else None), (due if due != "all" else None)
    return Queue(
        tab=tab,
        due=due,
        rows=tuple(_row(task, texts, chosen, tab_asked, due_asked) for task in page.tasks),
        total=numbers.all,
        tabs=(
            Choice(_("我的待办"), url_for("inbox.show"), tab == "mine", counts.mine.all),
            Choice(_("组任务池"), url_for("inbox.show", tab="pool"), tab == "pool", counts.pool.all),
        ),
        filters=tuple(
            Choice(
                title,
                url_for("inbox.show", tab=tab_asked, due=name),
                due == (name or "all"),
                number,
                tone,
            )
            for name, title, number, tone in (
                (None, _("全部"), None, ""),
                ("soon", _("临期"), numbers.soon, "soon"),
                ("late", _("逾期"), numbers.late, "late"),
            )
        ),
        chosen=opened,
        back=url_for("inbox.show", tab=tab_asked, due=due_asked),
        next=following and url_for("inbox.rows", after=following, tab=tab_asked, due=due_asked),
        building=wired().demo_progress(session),
        next_page=following and url_for("inbox.show", after=following, tab=tab_asked, due=due_asked),
    )


def rows_of(session: Session, tasks: Sequence[UserTask]) -> list[Row]:
    """Tasks as the rows of another page's list."""
    texts = _texts(session, tasks)
    return [_row(task, texts, None, "pool" if task.assignee_id is None else None, None) for task in tasks]


def _place() -> tuple[datetime, int] | None:
    """Where the page before ended, from the address; None at the beginning or when it is no such place."""
    at, _tilde, task_id = request.args.get("after", "").partition("~")
    try:
        place = datetime.fromisoformat(at), int(task_id)
    except ValueError:
        return None
    return place if place[0].tzinfo and 0 <= place[1] < 2**63 else None


def _texts(session: Session, tasks: Sequence[UserTask]) -> Texts:
    cases = session.scalars(select(Instance).where(Instance.id.in_({task.instance_id for task in tasks})))
    return Texts(story.definitions_of(session, cases))


def _row(task: UserTask, texts: Texts, chosen: int | None, tab: str | None, due: str | None) -> Row:
    return Row(
        id=task.id,
        address=url_for("inbox.open_task", task_id=task.id, tab=tab, due=due),
        name=texts.element(task.process_id, task.element_id, task.name),
        colour=COLOURS.get(task.process_id, "grey"),
        title=person_name(task.title),
        business_key=task.business_key,
        subtitle=task.subtitle,
        amount=yuan(task.amount, fen=False) if task.amount is not None else "",
        deadline=deadline(task.due_at, wired().clock.now()),
        current=task.id == chosen,
    )

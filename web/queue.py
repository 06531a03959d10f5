"""The list of the inbox: a person's tasks or the group's, filtered by deadline, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import inbox
from engine.inbox import Page, Tally
from engine.tasks import Instance, UserTask
from web import queue_filter, story, work_lists
from web.bookings import booked
from web.display import Deadline, deadline, yuan
from web.language import translate as _
from web.navigation import waiting
from web.queue_filter import Due, Saved, Wanted
from web.session import me
from web.story import Texts
from web.summary import person_name
from web.wiring import wired

PAGE_ROWS = 40
FOUND_ROWS = 200
COLOURS = {
    "credit_application": "orange",
    "loan_review": "blue",
    "contract_signing": "green",
    "disbursement": "purple",
}


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

    wanted: Wanted
    by_number: bool
    rows: tuple[Row, ...]
    total: int
    tabs: tuple[Choice, ...]
    filters: tuple[Choice, ...]
    saved: tuple[Saved, ...]
    lists: tuple[work_lists.Tab, ...]
    chosen: bool
    back: str
    next: str | None
    next_page: str | None
    building: tuple[int, int] | None


def load(session: Session, *, chosen: int | None, opened: bool, found: Wanted | None = None) -> Queue:
    """The list that the address asks for; ``chosen`` is marked, ``opened`` when asked for by address.

    ``found`` is a search that no address may hold, by a person's number: all it finds is on this one page.
    """
    one = found or queue_filter.wanted()
    now, actor = wired().clock.now(), me().actor
    asked = queue_filter.filter_of(session, one, by_number=found is not None)
    size = PAGE_ROWS if found is None else FOUND_ROWS
    page = inbox.list_tasks(session, actor, asked, Page(size, one.order, _place()), now=now)
    counts = waiting()
    numbers = counts.mine if one.tab == "mine" else counts.pool
    following = f"{page.next[0].isoformat()}~{page.next[1]}" if page.next and found is None else None
    texts = _texts(session, page.tasks)
    shown = replace(one, q="") if found else one
    return Queue(
        wanted=one,
        by_number=found is not None,
        rows=tuple(_row(task, texts, chosen, shown) for task in page.tasks),
        total=inbox.tally(session, actor, asked, now=now).all if one.is_narrow else numbers.all,
        tabs=(
            Choice(_("我的待办"), shown.address(tab="mine"), one.tab == "mine", counts.mine.all),
            Choice(_("组任务池"), shown.address(tab="pool"), one.tab == "pool", counts.pool.all),
        ),
        filters=tuple(
            Choice(title, shown.address(due=due), one.due == due, number, tone)
            for due, title, number, tone in _deadlines(numbers, plain=not one.is_narrow)
        ),
        saved=tuple(queue_filter.saved(session, one)),
        lists=work_lists.tabs(session),
        chosen=opened,
        back=shown.address(),
        next=following and one.address_of_rows(following),
        building=wired().demo_progress(session),
        next_page=following and one.address_of_page(following),
    )


def _deadlines(numbers: Tally, *, plain: bool) -> Iterator[tuple[Due, str, int | None, str]]:
    """The choices by deadline; their numbers are of the whole list and so stand only where it is shown."""
    yield "all", _("全部"), None, ""
    yield "soon", _("临期"), numbers.soon if plain else None, "soon"
    yield "late", _("逾期"), numbers.late if plain else None, "late"


def rows_of(session: Session, tasks: Sequence[UserTask]) -> list[Row]:
    """Tasks as the rows of another page's list."""
    texts = _texts(session, tasks)
    return [
        _row(task, texts, None, Wanted(tab="pool" if task.assignee_id is None else "mine")) for task in tasks
    ]


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


def _row(task: UserTask, texts: Texts, chosen: int | None, one: Wanted) -> Row:
    return Row(
        id=task.id,
        address=one.address_of_task(task.id),
        name=texts.element(task.process_id, task.element_id, task.name),
        colour=COLOURS.get(task.process_id, "grey"),
        title=person_name(task.title),
        business_key=task.business_key,
        subtitle=booked(task.subtitle),
        amount=yuan(task.amount, fen=False) if task.amount is not None else "",
        deadline=deadline(task.due_at, wired().clock.now()),
        current=task.id == chosen,
    )

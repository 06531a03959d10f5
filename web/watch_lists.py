"""The black, grey and white lists: what stands on them and since when, and the start of a change."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from lending.watch_lists import Colour, ListEntry
from web.access import allowed, grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("watch_lists", __name__)
ROWS_MAX = 200


@pages.get("/lists")
def index() -> ResponseReturnValue:
    """Every entry, newest first, or those of one list; numbers are masked."""
    grants("watch_list")
    chosen = request.args.get("list", "")
    asked = select(ListEntry).order_by(ListEntry.id.desc()).limit(ROWS_MAX)
    if Colour.has(chosen):
        asked = asked.where(ListEntry.colour == Colour(chosen))
    with wired().database.read() as session:
        rows = session.scalars(asked).all()
        may_propose = allowed("watch_list", "C")
        return render_template(
            "watch_lists.html", rows=rows, colours=list(Colour), chosen=chosen, may_propose=may_propose
        )


@pages.post("/lists/changes")
def propose() -> ResponseReturnValue:
    """Open the proposal of a change; its form is held by the person at once."""
    grants("watch_list", "C")
    with command() as session:
        _case, task_id = wired().open_list_change(session, me().actor)
    if task_id is None:
        abort(403)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)

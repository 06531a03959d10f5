"""Standard phrases: a person's own and the company's, chosen beside an opinion, kept on a page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from company import audit, phrases
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("phrases", __name__)


@pages.get("/phrases")
def index() -> ResponseReturnValue:
    """The phrases, with a place for a new one."""
    with wired().database.read() as session:
        return render_template(
            "phrases.html",
            phrases=phrases.of(session, me().actor),
            keeps_companys=phrases.may_keep_companys(me().actor),
        )


@pages.get("/phrases/choose")
def choose() -> ResponseReturnValue:
    """The phrases as choices beside an opinion."""
    with wired().database.read() as session:
        return render_template("inbox/phrase_choices.html", phrases=phrases.of(session, me().actor))


@pages.post("/phrases")
def add() -> ResponseReturnValue:
    """Add a phrase."""
    companys = request.form.get("companys") == "yes"
    with command() as session:
        phrase = phrases.add(session, me().actor, request.form.get("text", ""), companys=companys)
        if companys:
            now = wired().clock.now()
            audit.record(
                session, now, me().actor, "phrase.add", "phrase", phrase.id, after={"text": phrase.text}
            )
    tell(_("已添加。"), "good")
    return redirect(url_for("phrases.index"), 303)


@pages.post("/phrases/<int:phrase_id>/remove")
def remove(phrase_id: int) -> ResponseReturnValue:
    """Delete a phrase."""
    with command() as session:
        gone = phrases.remove(session, me().actor, phrase_id if phrase_id < 2**31 else 0)
        if gone.employee_id is None:
            audit.record(session, wired().clock.now(), me().actor, "phrase.remove", "phrase", phrase_id)
    tell(_("已删除。"), "good")
    return redirect(url_for("phrases.index"), 303)

"""Taking an existing book over from a file: the template, a dry run, every wrong cell, and the books taken over."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from company.organisation import business_date
from lending import money
from lending.opening import importing
from lending.opening.importing import BookRefused, Outcome, Totals
from lending.opening.template import COLUMNS, EXAMPLE, CellError
from lending.spreadsheets import Table, workbook
from web.access import allowed, grants
from web.exporting import WORKBOOK
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("opening", __name__)
ERRORS_SHOWN = 200


@pages.get("/books/opening")
def index() -> ResponseReturnValue:
    """The form, and the books taken over."""
    grants("books")
    return _page()


@pages.post("/books/opening")
def read() -> ResponseReturnValue:
    """Take a book over, or only try to; 422 with every wrong cell when it cannot be."""
    grants("books", "C")
    upload = request.files.get("book")
    if upload is None or not upload.filename:
        tell(_("请选择贷款账文件。"), "bad")
        return redirect(url_for("opening.index"), 303)
    data, dry_run = upload.read(), request.form.get("do") != "import"
    try:
        with command() as session:
            outcome = importing.import_book(
                session,
                wired().vault,
                upload.filename,
                data,
                controls=_controls(),
                on=business_date(session),
                actor=me().actor,
                now=wired().clock.now(),
                dry_run=dry_run,
            )
    except BookRefused as refused:
        return _page(refused.errors), 422
    if outcome.again:
        tell(_("这份文件此前已导入，未重复登记。"), "good")
    elif outcome.kept is not None:
        tell(_("已导入 {n} 笔贷款。", n=outcome.kept.loans), "good")
    else:
        return _page(tried=outcome)
    return redirect(url_for("opening.index"), 303)


@pages.get("/books/opening/template")
def template() -> ResponseReturnValue:
    """The workbook to fill in, with a loan as an example."""
    grants("books")
    chinese = current() == "zh"
    head = [names[0] if chinese else names[1] for names in COLUMNS.values()]
    data = workbook([Table(_("贷款账"), head, [EXAMPLE])])
    return send_file(
        BytesIO(data),
        mimetype=WORKBOOK,
        as_attachment=True,
        download_name="loan-book-template.xlsx",
        etag=False,
    )


def _page(errors: tuple[CellError, ...] = (), tried: Outcome | None = None) -> str:
    with wired().database.read() as session:
        return render_template(
            "opening.html",
            on=business_date(session),
            books=importing.listed(session),
            errors=errors[:ERRORS_SHOWN],
            mistakes=len(errors),
            tried=tried,
            given=request.form,
            may_import=allowed("books", "C"),
        )


def _controls() -> Totals:
    return Totals(request.form.get("loans", type=int), _amount("principal"), _amount("balance"))


def _amount(name: str) -> Decimal | None:
    text = request.form.get(name, "").strip()
    return money.parse(text) if text else None

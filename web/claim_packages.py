"""Packages of claims: the list, one with its loans, price and notices, its masked tape, the list for the bureau."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import in_scope
from lending import claim_tapes, claim_transfers, customers
from lending.claim_records import ClaimPackage, PackageStatus
from lending.errors import NotFound
from lending.spreadsheets import Cell, Table, csv_text, workbook
from web.access import allowed, grants
from web.exporting import WORKBOOK, Leaving, hand_out
from web.language import translate as _
from web.register import documents_of
from web.session import me
from web.summary import person_name
from web.wiring import command, wired

pages = Blueprint("claim_packages", __name__)
ROWS_MAX = 200
_CSV = "text/csv; charset=utf-8"


@pages.get("/claim-packages")
def index() -> ResponseReturnValue:
    """Every package within the person's reach, newest first."""
    reach = in_scope(grants("legal"), ClaimPackage.unit_id, ClaimPackage.owner_id)
    with wired().database.read() as session:
        asked = select(ClaimPackage).where(reach).order_by(ClaimPackage.id.desc()).limit(ROWS_MAX)
        rows = [(each, len(claim_transfers.items(session, each))) for each in session.scalars(asked)]
        return render_template("claim_packages.html", rows=rows, may_begin=allowed("legal", "C"))


@pages.post("/claim-packages")
def begin() -> ResponseReturnValue:
    """Begin an assignment; its first form is held by the person at once."""
    grants("legal", "C")
    with command() as session:
        _case, task_id = wired().open_claim_package(session, me().actor)
    if task_id is None:
        return redirect(url_for("claim_packages.index"), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@pages.get("/claim-packages/<package_no>")
def show(package_no: str) -> ResponseReturnValue:
    """One package with its loans, its papers and the proofs of its notices."""
    with wired().database.read() as session:
        package = _reached(session, package_no)
        told = [
            (each, person_name(customers.get(session, each.customer_id).name))
            for each in claim_transfers.notices(session, package)
        ]
        return render_template(
            "claim_package.html",
            package=package,
            items=claim_transfers.items(session, package),
            notices=told,
            documents=documents_of(session, package_no),
            settled=package.status in (PackageStatus.SETTLED, PackageStatus.COMPLETED),
        )


@pages.get("/claim-packages/<package_no>/tape.<kind>")
def tape(package_no: str, kind: str) -> ResponseReturnValue:
    """The masked tape as it was fixed, as Excel or CSV, for a purpose."""
    with wired().database.read() as session:
        rows = _reached(session, package_no).tape
    if rows is None or kind not in ("xlsx", "csv"):
        abort(404)
    return _out(package_no, kind, _("债权包 {number} 脱敏数据表", number=package_no), claim_tapes.HEAD, rows)


@pages.get("/claim-packages/<package_no>/bureau.csv")
def bureau(package_no: str) -> ResponseReturnValue:
    """The loans that the credit bureau must be told of as transferred, for a purpose."""
    with wired().database.read() as session:
        package = _reached(session, package_no)
        if package.settled_on is None:
            abort(404)
        rows = claim_tapes.bureau_rows(session, package)
    what = _("债权包 {number} 征信更新清单", number=package_no)
    return _out(package_no, "csv", what, claim_tapes.BUREAU_HEAD, rows)


def _out(
    package_no: str, kind: str, what: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> ResponseReturnValue:
    def written(mark: str) -> bytes:
        if kind == "xlsx":
            return workbook([Table(package_no, head, rows)], mark)
        return csv_text([[mark], list(head), *rows]).encode("utf-8-sig")

    return hand_out(
        Leaving(
            what=what,
            rows=len(rows),
            filename=f"{package_no}.{kind}",
            written=written,
            subject=("claim_package.export", "claim_package", package_no),
            facts={"kind": kind, "rows": len(rows)},
            mimetype=WORKBOOK if kind == "xlsx" else _CSV,
        )
    )


def _reached(session: Session, package_no: str) -> ClaimPackage:
    reach = in_scope(grants("legal"), ClaimPackage.unit_id, ClaimPackage.owner_id)
    try:
        package = claim_transfers.get(session, package_no)
    except NotFound:
        abort(404)
    if session.scalar(select(ClaimPackage.id).where(ClaimPackage.id == package.id, reach)) is None:
        abort(404)
    return package

"""The one way out for tables: for a purpose, marked with who took them and when, beyond a limit by approval alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from urllib.parse import urlencode

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from company import audit, exports, parameters
from company.organisation import business_date
from web.display import moment
from web.language import translate as _
from web.session import me
from web.wiring import command, wired

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OURS = ("purpose", "export")


@dataclass(frozen=True)
class Leaving:
    """What is to be taken: its kind in words, its rows, how it is written with a mark, how the audit log names it.

    ``subject``: action, type and id of the thing, as :func:`company.audit.record` wants them.
    """

    what: str
    rows: int
    filename: str
    written: Callable[[str], bytes]
    subject: tuple[str, str, str]
    facts: Mapping[str, object]
    mimetype: str = WORKBOOK


def hand_out(leaving: Leaving) -> ResponseReturnValue:
    """The file; or the page that asks for the purpose, or for an approval where there are too many rows.

    An approval is used up by the download, and every download is an entry of the audit log.
    """
    purpose, now, actor = request.args.get("purpose", "").strip(), wired().clock.now(), me().actor
    export_id = request.args.get("export", type=int)
    with wired().database.read() as session:
        limit: int = parameters.value(session, "export_rows_max", business_date(session))
    too_many = leaving.rows > limit
    if (too_many and export_id is None) or (not too_many and not purpose):
        return _asking(leaving, limit, too_many=too_many)
    action, kind, thing = leaving.subject
    with command() as session:
        number = 0
        if too_many:
            taken = exports.take(
                session,
                export_id or 0,
                address=address(),
                rows=leaving.rows,
                by=actor.employee_id or 0,
                now=now,
            )
            purpose, number = taken.purpose, taken.id
        facts = {**leaving.facts, "rows": leaving.rows, "purpose": exports.require_purpose(purpose)}
        if number:
            facts["export"] = number
        audit.record(session, now, actor, action, kind, thing, after=facts)
    data = leaving.written(mark(now, purpose))
    return send_file(
        BytesIO(data),
        mimetype=leaving.mimetype,
        as_attachment=True,
        download_name=leaving.filename,
        etag=False,
    )


def mark(now: datetime, purpose: str) -> str:
    """The watermark: who, when, what for."""
    who = f"{me().name} ({me().username})"
    return _(
        "导出人 {who}，{at}，用途：{purpose}。内部资料，禁止外传。", who=who, at=moment(now), purpose=purpose
    )


def address() -> str:
    """What is asked for, without purpose and approval: path and query in a fixed order."""
    asked = sorted((name, text) for name, text in request.args.items(multi=True) if name not in _OURS)
    return f"{request.path}?{urlencode(asked)}"


@dataclass(frozen=True)
class Offer:
    """What the page said that could be asked for: the kind of table, its rows and its address."""

    what: str
    rows: int
    address: str


def offered(signed: str) -> Offer | None:
    """What our own page offered to this person, or None for what was made up or was somebody else's."""
    try:
        what, rows, asked, employee_id = _signer().loads(signed)
    except BadSignature:
        return None
    return Offer(what, rows, asked) if employee_id == me().actor.employee_id else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(wired().settings.secret_key, salt="export offer")


def _asking(leaving: Leaving, limit: int, *, too_many: bool) -> str:
    given = [(name, text) for name, text in request.args.items(multi=True) if name not in _OURS]
    return render_template(
        "export_purpose.html",
        leaving=leaving,
        limit=limit,
        too_many=too_many,
        given=given,
        offer=_signer().dumps([leaving.what, leaving.rows, address(), me().actor.employee_id]),
        purpose_max=exports.PURPOSE_MAX,
    )

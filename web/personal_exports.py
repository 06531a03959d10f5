"""A person's data to take along: a readable page and the same as data, both marked with who handed them out."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from company import audit
from company.organisation import business_date
from lending import money, personal_package, personal_requests
from lending.labels import Labelled
from lending.personal_access import AccessKind, AccessPurpose
from lending.personal_package import COLUMNS
from lending.personal_sections import Section, Value
from web import customer_protection, customers
from web.access import grants
from web.display import moment, yes_no
from web.exporting import mark
from web.language import current
from web.session import me
from web.wiring import command, wired

pages = Blueprint("personal_exports", __name__)


@pages.get("/customers/<int:customer_id>/package")
def package(customer_id: int) -> ResponseReturnValue:
    """All that is held of a person, for the request that asks for it; who handed it out stands in log and audit."""
    grants("privacy", "U")
    now, language = wired().clock.now(), current()
    with command() as session:
        customer = customers.reached(session, customer_id)
        if not customer_protection.may(session, customer, "U"):
            abort(404)
        asked = personal_requests.for_package(session, customer.id, now)
        sections = personal_package.collect(
            session, wired().vault, customer, business_date(session), language
        )
        facts = {"request": asked.request_no, "sections": len(sections)}
        audit.record(session, now, me().actor, "customer.package", "customer", customer.id, after=facts)
        customer_protection.note(
            session,
            customer.id,
            AccessKind.PACKAGE,
            field=asked.request_no,
            purpose=AccessPurpose.COMPLAINT,
            reason=asked.wish,
        )
        number = asked.request_no
    data = zipped(number, sections, mark(now, f"{number} {asked.kind.label(language)}"))
    return send_file(
        BytesIO(data),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{number}.zip",
        etag=False,
    )


def zipped(number: str, sections: Sequence[Section], marked: str) -> bytes:
    """The sections as a page to read and as data, both with the mark, in the language of the request."""
    at = 0 if current() == "zh" else 1
    page = render_template(
        "personal_package.html",
        number=number,
        mark=marked,
        sections=[
            (
                section.title[at],
                [COLUMNS[name][at] for name in _names(section)],
                [[_shown(row.get(name)) for name in _names(section)] for row in section.rows],
            )
            for section in sections
        ],
    )
    told = {
        "mark": marked,
        **{section.key: [_plain_row(row) for row in section.rows] for section in sections},
    }
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{number}.html", page)
        archive.writestr(f"{number}.json", json.dumps(told, ensure_ascii=False, indent=2))
    return written.getvalue()


def _names(section: Section) -> list[str]:
    """The columns of a section in the order in which its rows first name them."""
    return list(dict.fromkeys(name for row in section.rows for name in row))


def _plain_row(row: Mapping[str, Value]) -> dict[str, str | int | bool | None]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Value) -> str | int | bool | None:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value) if isinstance(value, str) else value


def _shown(value: Value) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, Labelled):
        return value.label(current())
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, datetime):
        return moment(value)
    return money.written(value) if isinstance(value, Decimal) else str(value)

"""Documents: shown on the page or handed out, to who may read the case and its customer; each time written down."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, abort, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.people import Employee, in_scope
from lending.applications import Application
from lending.document_checks import DocumentCheck
from lending.documents import Document
from lending.personal_access import AccessKind
from web import cases, customer_protection
from web.access import grants
from web.display import moment
from web.language import current, named
from web.language import translate as _
from web.register import size_text
from web.session import me
from web.summary import Facts
from web.wiring import command, wired

pages = Blueprint("documents", __name__)
PDF = "application/pdf"
# The file stands in a frame of our own page and may load nothing at all: a PDF is drawn by the browser's own viewer.
_FRAMED = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
)


def _reached(session: Session, document_id: int) -> Document:
    """The document, or 404 when there is none or it lies outside the person's scope."""
    customers = in_scope(grants("customer"), Application.unit_id, Application.owner_id)
    document = session.get(Document, document_id) if document_id < 2**31 else None
    if document is None:
        abort(404)
    application = cases.reach(session, document.business_key)
    if session.scalar(select(Application.id).where(Application.id == application.id, customers)) is None:
        abort(404)
    return document


@pages.get("/documents/<int:document_id>")
def download(document_id: int) -> ResponseReturnValue:
    """The file, as an attachment; 404 when it lies outside the person's scope."""
    return _handed_out(document_id, "document.read", attached=True)


@pages.get("/documents/<int:document_id>/content")
def content(document_id: int) -> ResponseReturnValue:
    """The file as the viewer shows it, in a frame of this site only."""
    answer = _handed_out(document_id, "document.view", attached=False)
    answer.headers["Content-Security-Policy"] = _FRAMED
    return answer


def _handed_out(document_id: int, action: str, *, attached: bool) -> Response:
    wiring = wired()
    with command() as session:
        document = _reached(session, document_id)
        audit.record(session, wiring.clock.now(), me().actor, action, "document", document.id)
        asked = select(Application.customer_id).where(Application.application_no == document.business_key)
        customer_id = session.scalar(asked)
        if customer_id is not None:
            field = document.kind.label("zh")
            customer_protection.note(session, customer_id, AccessKind.DOCUMENT, field=field)
    return send_file(
        BytesIO(wiring.files.read(document.sha256)),
        mimetype=document.media_type,
        as_attachment=attached,
        download_name=document.filename,
        etag=False,
    )


@pages.get("/documents/<int:document_id>/view")
def view(document_id: int) -> ResponseReturnValue:
    """The document on a page: the file itself, its versions, who brought it and who found what on it."""
    with wired().database.read() as session:
        document = _reached(session, document_id)
        versions = session.scalars(
            select(Document)
            .where(Document.business_key == document.business_key, Document.kind == document.kind)
            .order_by(Document.version.desc())
        ).all()
        checks = session.scalars(
            select(DocumentCheck).where(DocumentCheck.document_id == document.id).order_by(DocumentCheck.id)
        ).all()
        ids = {each.attached_by for each in versions} | {each.checked_by for each in checks}
        found = select(Employee).where(Employee.id.in_([each for each in ids if each is not None]))
        people = {one.id: named(one) for one in session.scalars(found)}
        others = session.scalars(
            select(Document).where(Document.business_key == document.business_key).order_by(Document.id)
        ).all()
        return render_template(
            "document.html",
            document=document,
            facts=_facts(document, people),
            versions=[(each, people.get(each.attached_by or 0, _("系统"))) for each in versions],
            checks=[(each, people.get(each.checked_by or 0, _("系统"))) for each in checks],
            neighbours=_neighbours(document, list(others)),
            is_pdf=document.media_type == PDF,
        )


def _facts(document: Document, people: dict[int, str]) -> Facts:
    return [
        (_("种类"), document.kind.label(current())),
        (_("版本"), f"v{document.version}"),
        (_("大小"), size_text(document.size)),
        (_("上传人"), people.get(document.attached_by or 0, _("系统"))),
        (_("上传时间"), moment(document.attached_at)),
        (_("SHA-256"), document.sha256[:16] + "…"),
    ]


def _neighbours(document: Document, others: list[Document]) -> tuple[str | None, str | None]:
    """The addresses of the newest version of the kinds before and after this one in the case."""
    newest = list({each.kind: each for each in others}.values())
    place = next(n for n, each in enumerate(newest) if each.kind is document.kind)
    around = (place - 1, place + 1)
    before, after = (
        url_for("documents.view", document_id=newest[n].id) if 0 <= n < len(newest) else None for n in around
    )
    return before, after

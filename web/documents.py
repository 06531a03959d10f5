"""Handing out documents: to who may read the case and its customer, each time written down."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from company import audit
from company.people import in_scope
from lending.applications import Application
from lending.documents import Document
from web import cases
from web.access import grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("documents", __name__)


@pages.get("/documents/<int:document_id>")
def download(document_id: int) -> ResponseReturnValue:
    """The file, as an attachment; 404 when it lies outside the person's scope."""
    customers = in_scope(grants("customer"), Application.unit_id, Application.owner_id)
    wiring = wired()
    with command() as session:
        document = session.get(Document, document_id) if document_id < 2**31 else None
        if document is None:
            abort(404)
        application = cases.reach(session, document.business_key)
        if session.scalar(select(Application.id).where(Application.id == application.id, customers)) is None:
            abort(404)
        audit.record(session, wiring.clock.now(), me().actor, "document.read", "document", document.id)
    return send_file(
        BytesIO(wiring.files.read(document.sha256)),
        mimetype=document.media_type,
        as_attachment=True,
        download_name=document.filename,
        etag=False,
    )

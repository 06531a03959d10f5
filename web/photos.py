"""The photo page of a case, made for a telephone: taken on the spot, kept with time, place and hash."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.people import Employee, in_scope
from lending import documents, photos
from lending.applications import Application
from lending.documents import BYTES_MAX, DocumentKind
from lending.photos import Photo, PhotoSubject, PlaceStatus, Position
from web import cases, intake
from web.access import grants
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("photos", __name__)
PHOTOS_MAX = 20
# What a photo may serve as at once, so that nothing need be copied on paper.
PAPERS = (
    DocumentKind.RESIDENT_ID_FRONT,
    DocumentKind.RESIDENT_ID_BACK,
    DocumentKind.DRIVING_LICENCE,
    DocumentKind.MARRIAGE_CERTIFICATE,
    DocumentKind.BUSINESS_LICENCE,
    DocumentKind.SALES_CONTRACT,
    DocumentKind.DOWN_PAYMENT_SLIP,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.VEHICLE_LICENCE,
    DocumentKind.REGISTRATION_CERTIFICATE,
    DocumentKind.INSPECTION_REPORT,
    DocumentKind.INSURANCE_POLICY,
)


@pages.get("/cases/<business_key>/photos")
def show(business_key: str) -> ResponseReturnValue:
    """The photos of a case, latest first, and for who may change it the form to take one."""
    with wired().database.read() as session:
        _reach(session, business_key)
        taken = photos.of_case(session, business_key)
        ids = {photo.received_by for photo in taken if photo.received_by is not None}
        people = {one.id: named(one) for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
        return render_template(
            "photos.html",
            business_key=business_key,
            photos=[(photo, people.get(photo.received_by or 0, _("系统"))) for photo in taken],
            may_take=intake.may_change(session, business_key),
            subjects=PhotoSubject.choices(current()),
            papers=[(kind.value, kind.label(current())) for kind in PAPERS],
        )


@pages.post("/cases/<business_key>/photos")
def take(business_key: str) -> ResponseReturnValue:
    """Keep the photos sent, each with the server's time, the place the telephone told, and its hash."""
    sent = [
        (file.filename or "photo.jpg", file.stream.read(BYTES_MAX + 1))
        for file in request.files.getlist("photo")
    ]
    if not sent or len(sent) > PHOTOS_MAX:
        tell(_("请拍摄或选择 1 到 {n} 张照片。", n=PHOTOS_MAX), "bad")
        return redirect(url_for("photos.show", business_key=business_key), 303)
    subject, kind = _subject(), _kind()
    stored = [(name, documents.store(wired().files, name, data)) for name, data in sent]
    by, now, place = me().actor.employee_id, wired().clock.now(), _place()
    with command() as session:
        intake.require_change(session, business_key)
        for name, file in stored:
            document_id = None
            if kind is not None:
                attached = documents.attach(session, business_key, kind, name, file, by=by, now=now)
                document_id = attached.id
            photo = photos.take(
                session, business_key, subject, name, file, at=place, by=by, now=now, document_id=document_id
            )
            facts = {"sha256": photo.sha256, "place": photo.place.value}
            audit.record(session, now, me().actor, "photo.take", "photo", photo.id, after=facts)
    tell(_("已保存 {n} 张照片。", n=len(stored)), "good")
    return redirect(url_for("photos.show", business_key=business_key), 303)


@pages.get("/photos/<int:photo_id>")
def content(photo_id: int) -> ResponseReturnValue:
    """The picture itself; 404 when it lies outside the person's scope, each look written down."""
    wiring = wired()
    with command() as session:
        photo = session.get(Photo, photo_id) if photo_id < 2**31 else None
        if photo is None:
            abort(404)
        _reach(session, photo.business_key)
        audit.record(session, wiring.clock.now(), me().actor, "photo.view", "photo", photo.id)
    return send_file(
        BytesIO(wiring.files.read(photo.sha256)),
        mimetype=photo.media_type,
        download_name=photo.filename,
        etag=False,
    )


def _reach(session: Session, business_key: str) -> None:
    """404 unless the person may open the case and read its customer."""
    application = cases.reach(session, business_key)
    customers = in_scope(grants("customer"), Application.unit_id, Application.owner_id)
    if session.scalar(select(Application.id).where(Application.id == application.id, customers)) is None:
        abort(404)


def _subject() -> PhotoSubject:
    value = request.form.get("subject", "")
    return PhotoSubject(value) if PhotoSubject.has(value) else PhotoSubject.OTHER


def _kind() -> DocumentKind | None:
    value = request.form.get("kind", "")
    return next((kind for kind in PAPERS if kind.value == value), None)


def _place() -> Position | PlaceStatus:
    """Where the telephone says it was; the person's refusal, or that it could not tell."""
    said = request.form.get("place", "")
    status = PlaceStatus(said) if PlaceStatus.has(said) else PlaceStatus.UNASKED
    if status is not PlaceStatus.GIVEN:
        return status
    found = photos.position(
        _degrees("latitude"), _degrees("longitude"), request.form.get("accuracy", type=int)
    )
    return found or PlaceStatus.UNAVAILABLE


def _degrees(name: str) -> Decimal | None:
    try:
        return Decimal(request.form.get(name, "")[:24])
    except InvalidOperation:
        return None

"""Photos taken where the business happens: each with its time, its place or why there is none, and its hash.

The time is the server's, and the hash that of the content as it arrived: neither can be typed in. The place is what
the telephone says; whoever does not want to give it says so, and the photo is kept all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Rate
from lending import document_seals
from lending.columns import worded
from lending.document_seals import Kept
from lending.documents import StoredDocument, shown_name
from lending.errors import LendingError
from lending.labels import Labelled

_LATITUDE_MAX, _LONGITUDE_MAX = Decimal(90), Decimal(180)
_DEGREE = Decimal("0.000001")
_ACCURACY_MAX = 100_000


class PhotoSubject(Labelled):
    """What a photo shows."""

    PERSON = "person", "面签或本人到场", "The customer in person"
    VEHICLE = "vehicle", "车辆", "The car"
    PAPERS = "papers", "资料原件", "Original papers"
    HOME = "home", "居住地", "Home"
    WORKPLACE = "workplace", "单位或经营场所", "Workplace"
    OTHER = "other", "其他", "Other"


class PlaceStatus(Labelled):
    """Whether the telephone said where it was."""

    GIVEN = "given", "已附位置", "With its place"
    REFUSED = "refused", "未同意提供位置", "Place not agreed to"
    UNAVAILABLE = "unavailable", "设备未提供位置", "Place not available"
    UNASKED = "unasked", "未附位置", "Without a place"


class PhotoNotAPicture(LendingError):
    """A photo is a picture."""

    code = "photo_not_a_picture"
    zh = "文件“{filename}”不是照片（JPEG、PNG 或 WebP）；其他资料请在办理步骤中上传。"
    en = "The file {filename} is no photo (JPEG, PNG or WebP); bring other papers at the step that asks for them."


class PhotoOfAnotherCase(LendingError):
    """A photo belongs to the case it was taken for."""

    code = "photo_of_another_case"
    zh = "照片“{filename}”已用于另一申请（{day} 上传），请现场重新拍摄。"
    en = "The photo {filename} was used for another application on {day}; take a new one on the spot."


@dataclass(frozen=True)
class Position:
    """Where the telephone says it was: degrees to a millionth, and how sure it is in metres."""

    latitude: Decimal
    longitude: Decimal
    accuracy_m: int | None = None


class Photo(Base):
    """One photo of a case; ``document_id`` is set where it also serves as a document of the case."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("business_key", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(String(80))
    subject: Mapped[PhotoSubject] = mapped_column(worded(PhotoSubject))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    place: Mapped[PlaceStatus] = mapped_column(worded(PlaceStatus))
    latitude: Mapped[Decimal | None] = mapped_column(Rate)
    longitude: Mapped[Decimal | None] = mapped_column(Rate)
    accuracy_m: Mapped[int | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    received_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)


def position(latitude: Decimal | None, longitude: Decimal | None, accuracy_m: int | None) -> Position | None:
    """The position, degrees half even to a millionth; None for what is no place on earth.

    >>> position(Decimal("31.2304161"), Decimal("121.4737"), 12)
    Position(latitude=Decimal('31.230416'), longitude=Decimal('121.473700'), accuracy_m=12)
    >>> position(Decimal(91), Decimal(0), None) is None
    True
    """
    if latitude is None or longitude is None or not latitude.is_finite() or not longitude.is_finite():
        return None
    if abs(latitude) > _LATITUDE_MAX or abs(longitude) > _LONGITUDE_MAX:
        return None
    known = accuracy_m if accuracy_m is not None and 0 <= accuracy_m <= _ACCURACY_MAX else None
    return Position(latitude.quantize(_DEGREE), longitude.quantize(_DEGREE), known)


def take(
    session: Session,
    business_key: str,
    subject: PhotoSubject,
    filename: str,
    stored: StoredDocument,
    *,
    at: Position | PlaceStatus,
    by: int | None,
    now: datetime,
    document_id: int | None = None,
) -> Photo:
    """Keep a photo with its time, and its place or why there is none; the same one twice in a case is one.

    Raises :class:`PhotoNotAPicture`, :class:`PhotoOfAnotherCase`.
    """
    name = shown_name(filename)
    if not stored.media_type.startswith("image/"):
        raise PhotoNotAPicture(filename=name)
    for known in session.scalars(select(Photo).where(Photo.sha256 == stored.sha256)):
        if known.business_key == business_key:
            return known
        raise PhotoOfAnotherCase(filename=name, day=known.received_at.date())
    found = at if isinstance(at, Position) else None
    photo = Photo(
        business_key=business_key,
        subject=subject,
        filename=name,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        place=PlaceStatus.GIVEN if isinstance(at, Position) else at,
        latitude=found.latitude if found else None,
        longitude=found.longitude if found else None,
        accuracy_m=found.accuracy_m if found else None,
        document_id=document_id,
        received_by=by,
        received_at=now,
    )
    session.add(photo)
    session.flush()
    kept = Kept("photo", photo.id, business_key, subject.value, 1, stored.sha256)
    document_seals.seal(session, kept, by=by, now=now)
    return photo


def of_case(session: Session, business_key: str) -> list[Photo]:
    """The photos of a case, latest first."""
    asked = select(Photo).where(Photo.business_key == business_key)
    return list(session.scalars(asked.order_by(Photo.id.desc())))

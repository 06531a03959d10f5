"""Photos from a telephone: with time, place or the refusal to give it, and hash; never of another case."""

import hashlib
import io
import struct
import zlib

import pytest
from sqlalchemy import select, text

from company import migrations
from company.audit import AuditEntry
from company.database import Database
from lending import documents, photos
from lending.applications import Application
from lending.documents import DocumentKind
from lending.photos import PlaceStatus

HERE = {"place": "given", "latitude": "31.2304161", "longitude": "121.4737", "accuracy": "12"}


def picture(shade):
    """A real PNG of one dot."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    dot = zlib.compress(bytes([0, shade, shade, shade]))
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")


@pytest.fixture
def manager(house):
    """The customer manager with an application of his own."""
    browser = house.browser("customer_manager")
    browser.post("/cases/new")
    with house.database.read() as session:
        browser.key = session.scalars(select(Application.application_no)).one()
    return browser


def send(browser, *pictures, key=None, name="车辆.png", **fields):
    page = f"/cases/{key or browser.key}/photos"
    browser.get(page)
    files = [(io.BytesIO(each), name) for each in pictures]
    return browser.post(
        page, {"photo": files, "subject": "vehicle", **fields}, content_type="multipart/form-data"
    )


def taken(house, key):
    with house.database.read() as session:
        return photos.of_case(session, key)


@pytest.mark.feature("M-040")
def test_a_photo_is_kept_with_its_time_place_and_hash_and_serves_as_a_document_at_once(house, manager):
    shot = picture(200)
    answer = send(manager, shot, kind="registration_certificate", **HERE)
    (photo,) = taken(house, manager.key)
    page = manager.get(f"/cases/{manager.key}/photos")
    seen = manager.get(f"/photos/{photo.id}")

    assert answer.status_code == 303
    assert photo.sha256 == hashlib.sha256(shot).hexdigest()
    assert photo.received_at == house.clock.now()
    assert (str(photo.latitude), str(photo.longitude), photo.accuracy_m) == (
        "31.230416",
        "121.4737",
        12,
    )
    assert seen.data == shot
    for words in (
        photo.sha256,
        "2026-09-15 10:00",
        "31.230416, 121.4737 ±12 m",
        'capture="environment"',
    ):
        assert words in page.text
    assert "geolocation=(self)" in page.headers["Permissions-Policy"]
    assert "geolocation=()" in manager.get("/start").headers["Permissions-Policy"]
    with house.database.read() as session:
        paper = documents.find(session, manager.key, DocumentKind.REGISTRATION_CERTIFICATE)
        noted = session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "photo")).all()
    assert paper.sha256 == photo.sha256
    assert noted == ["document.keep", "photo.take", "photo.view"]


@pytest.mark.feature("M-040")
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            {"place": "refused", **{name: HERE[name] for name in ("latitude", "longitude")}},
            PlaceStatus.REFUSED,
        ),
        ({**HERE, "latitude": "91"}, PlaceStatus.UNAVAILABLE),
        ({**HERE, "latitude": "here"}, PlaceStatus.UNAVAILABLE),
        ({}, PlaceStatus.UNASKED),
    ],
)
def test_who_gives_no_place_is_told_kindly_and_keeps_the_photo(house, manager, said, kept):
    send(manager, picture(1), picture(2), **said)

    both = taken(house, manager.key)
    page = manager.get(f"/cases/{manager.key}/photos").text
    assert [(each.place, each.latitude) for each in both] == [(kept, None)] * 2
    assert "您没有同意提供位置，没有关系：照片照常保存" in page


def test_only_pictures_of_this_case_are_kept_each_once(house, manager):
    send(manager, picture(7))
    again = send(manager, picture(7))
    send(manager, b"%PDF-1.7\n%", name="合同.pdf")
    paper = manager.get(f"/cases/{manager.key}/photos")
    manager.post("/cases/new")
    with house.database.read() as session:
        other = session.scalars(select(Application.application_no).order_by(Application.id.desc())).first()
    send(manager, picture(7), key=other)
    old = manager.get(f"/cases/{other}/photos")

    assert again.status_code == 303
    assert len(taken(house, manager.key)) == 1
    assert taken(house, other) == []
    assert "不是照片" in paper.text
    assert "已用于另一申请" in old.text


def test_photos_are_kept_from_who_may_not_open_the_case_or_change_it(house, manager):
    send(manager, picture(3))
    photo = taken(house, manager.key)[0]
    read = {
        name: house.browser(name).get(f"/photos/{photo.id}").status_code
        for name in ("branch_manager", "branch_manager_2", "process_analyst", "admin")
    }
    reader = house.browser("branch_manager")
    page = reader.get(f"/cases/{manager.key}/photos").text
    sent = send(reader, picture(4), key=manager.key)

    assert read == {"branch_manager": 200, "branch_manager_2": 404, "process_analyst": 403, "admin": 403}
    assert 'name="photo"' not in page
    assert sent.status_code in (403, 404)


def test_the_step_of_the_photos_goes_up_and_down_with_photos_in_it(database_url):
    database = Database(database_url)
    migrations.upgrade(database, "0014")
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO photo (id, business_key, subject, filename, media_type, size, sha256, place, received_at) "
                "VALUES (1, 'APP-1', 'vehicle', 'a.png', 'image/png', 1, :hash, 'refused', :now)"
            ),
            {"hash": "a" * 64, "now": "2026-09-15 02:00:00"},
        )
    migrations.downgrade(database, "0017")
    migrations.upgrade(database)
    migrations.require_no_difference(database)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM photo")).scalar() == 0
    database.close()

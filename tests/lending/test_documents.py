"""Documents: kept by what they are and not by what they are called, each version, each content once."""

from datetime import UTC, datetime

import pytest

from lending import documents
from lending.documents import DocumentKind

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 300
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 300
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\0" * 300


@pytest.fixture
def database_url(sqlite_url):
    """Nothing here depends on the kind of database; the pay-out's tests send the same statements to both."""
    return sqlite_url


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("身份证.PNG", PNG, "image/png"),
        ("b.jpg", JPEG, "image/jpeg"),
        ("b.jpeg", JPEG, "image/jpeg"),
        ("c.webp", WEBP, "image/webp"),
    ],
)
def test_the_four_types_are_kept(name, data, media_type):
    assert documents.inspect(name, data) == media_type


@pytest.mark.parametrize(
    ("name", "data", "refusal"),
    [
        ("a.pdf", b"", documents.DocumentEmpty),
        ("a.pdf", PDF + b"\0" * documents.BYTES_MAX, documents.DocumentTooLarge),
        ("a.pdf", b"MZ\x90\x00" + b"\0" * 300, documents.DocumentTypeRefused),
        ("a.pdf", b"<html><script>alert(1)</script>", documents.DocumentTypeRefused),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", documents.DocumentTypeRefused),
        ("a.zip", b"PK\x03\x04" + b"\0" * 300, documents.DocumentTypeRefused),
        ("a.pdf", PNG, documents.DocumentRenamed),
        ("a", PDF, documents.DocumentRenamed),
        ("a.pdf.exe", PDF, documents.DocumentRenamed),
    ],
)
def test_anything_else_is_refused(name, data, refusal):
    with pytest.raises(refusal, match=r"a\.|The file a"):
        documents.inspect(name, data)


def test_versions_count_up_and_the_same_content_is_attached_once(house, files):
    stored = [documents.store(files, "发票.pdf", PDF + bytes([number])) for number in (1, 2)]
    with house.database.write() as session:
        for each in (stored[0], stored[0], stored[1]):
            documents.attach(
                session,
                "APP-1",
                DocumentKind.PURCHASE_INVOICE,
                "../发票.pdf",
                each,
                by=house.maker_id,
                now=NOW,
            )
        documents.attach(session, "APP-2", DocumentKind.OTHER, "x.pdf", stored[0], by=None, now=NOW)
        (current,) = documents.current(session, "APP-1")

        assert (current.version, current.filename) == (2, "发票.pdf")
        assert files.read(current.sha256) == PDF + b"\x02"
        assert documents.find(session, "APP-1", DocumentKind.OTHER) is None

"""Documents and photos stand in the audit chain: whoever changes, exchanges or removes one is found out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from company.database import Base, Database
from company.files import FileStore
from company.vault import Vault
from lending import chains, documents
from lending.documents import DocumentKind

NOW = datetime(2026, 9, 15, 2, tzinfo=UTC)
PDF = b"%PDF-1.7 contract "


@pytest.fixture
def company(sqlite_url, tmp_path):
    """A database with two documents of a case, and their files."""
    database, files = Database(sqlite_url), FileStore(tmp_path / "files", Vault(b"k" * 32))
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        for number in (b"1", b"2"):
            stored = documents.store(files, "a.pdf", PDF + number)
            documents.attach(session, "APP-1", DocumentKind.LOAN_CONTRACT, "a.pdf", stored, by=None, now=NOW)
    yield database, files
    database.close()


TAMPERED = [
    ("UPDATE document SET sha256 = '{other}' WHERE id = 1", "altered", ("document 1",)),
    ("UPDATE document SET business_key = 'APP-2' WHERE id = 2", "altered", ("document 2",)),
    ("DELETE FROM document WHERE id = 2", "missing", ("document 2",)),
    (
        "INSERT INTO document (id, business_key, kind, place, version, filename, media_type, size, sha256, "
        "attached_at) SELECT 3, business_key, kind, place, 3, filename, media_type, size, sha256, attached_at "
        "FROM document WHERE id = 1",
        "altered",
        ("document 3",),
    ),
]


@pytest.mark.feature("M-176")
@pytest.mark.parametrize(("statement", "how", "which"), TAMPERED)
def test_a_changed_exchanged_or_vanished_document_is_named(company, statement, how, which):
    database, files = company
    with database.read() as session:
        whole = chains.verify(session, files=files)
    with database.write() as session:
        session.execute(text(statement.format(other="a" * 64)))

    with database.read() as session:
        found = chains.verify(session)

    assert whole.intact
    assert (whole.documents.checked, whole.documents.older) == (2, 0)
    assert not found.intact
    assert getattr(found.documents, how) == which


def test_a_file_that_was_exchanged_on_disk_is_named(company, tmp_path):
    database, files = company
    victim = files.names()[0]
    place: Path = tmp_path / "files" / victim[:2] / victim
    place.write_bytes(place.read_bytes()[:-1] + b"x")

    with database.read() as session:
        found = chains.verify(session, files=files)
        rows_only = chains.verify(session)

    assert found.documents.damaged == (victim,)
    assert rows_only.intact


def test_who_cuts_the_chain_along_with_the_document_is_found_by_a_head_that_was_kept(company):
    database, _files = company
    with database.read() as session:
        head = chains.verify(session).audit.head
    with database.write() as session:
        session.execute(text("DELETE FROM document WHERE id = 2"))
        session.execute(text("DELETE FROM audit_entry WHERE object_id = '2'"))

    with database.read() as session:
        assert chains.verify(session).intact
        assert not chains.verify(session, anchor=head).intact

"""The file store."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from company.files import FileEmpty, FileMissing, FileStore, FileTooLarge
from company.vault import SealBroken, Vault

VAULT = Vault(b"v" * 32)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", VAULT, bytes_max=1000)


def on_disk(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=1000))
def test_a_file_reads_as_it_was_put(store: FileStore, data: bytes) -> None:
    stored = store.put(data)

    assert stored.size == len(data)
    assert store.read(stored.sha256) == data


def test_the_same_content_is_kept_once_and_closed_to_others(store: FileStore, tmp_path: Path) -> None:
    first, second = store.put(b"scan of a licence"), store.put(b"scan of a licence")

    (path,) = on_disk(tmp_path)
    assert first == second
    assert path.name == first.sha256
    assert path.stat().st_mode & 0o077 == 0
    assert b"licence" not in path.read_bytes()


def test_an_empty_and_a_huge_file_are_refused_with_the_limit(store: FileStore) -> None:
    with pytest.raises(FileEmpty):
        store.put(b"")
    with pytest.raises(FileTooLarge, match=r"1001 bytes.*1000"):
        store.put(b"x" * 1001)


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_a_name_that_leads_nowhere_is_refused(store: FileStore, name: str) -> None:
    with pytest.raises(FileMissing):
        store.read(name)


def test_a_file_changed_or_exchanged_on_disk_does_not_read(store: FileStore, tmp_path: Path) -> None:
    one, other = store.put(b"one"), store.put(b"other")
    paths = {path.name: path for path in on_disk(tmp_path)}

    paths[one.sha256].write_bytes(paths[other.sha256].read_bytes())

    with pytest.raises(SealBroken):
        store.read(one.sha256)
    store.put(b"one")
    assert store.read(one.sha256) == b"one", "putting it again repairs it"


def test_a_write_that_fails_leaves_nothing_behind(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="no space"):
        store.put(b"scan")
    assert on_disk(tmp_path) == []

"""Files of cases: encrypted, found by the SHA-256 of their content, on disk before the row that names them commits."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from company import CompanyError
from company.vault import SealBroken, Vault

BYTES_MAX = 20 * 1024 * 1024
_SHA256 = re.compile("[0-9a-f]{64}")


class FileEmpty(CompanyError):
    """The file has no content."""

    code = "file_empty"
    zh = "文件是空的，请重新选择。"
    en = "The file is empty; choose it again."


class FileTooLarge(CompanyError):
    """The file is above the limit."""

    code = "file_too_large"
    zh = "文件大小 {size} 字节，超过上限 {size_max} 字节，请压缩或拆分后再上传。"
    en = "The file has {size} bytes, more than the {size_max} allowed; compress or split it."


class FileMissing(CompanyError):
    """The store holds no such file, or one that was damaged."""

    code = "file_missing"
    zh = "文件 {sha256} 不存在或已损坏，请从备份恢复。"
    en = "The file {sha256} is missing or damaged; restore it from the backup."


@dataclass(frozen=True)
class StoredFile:
    """What a row keeps of a file: the hash of its content (64 hex digits) and its size in bytes."""

    sha256: str
    size: int


class FileStore:
    """A folder of sealed files, the same content once. Safe for many processes, and for a power cut at any moment."""

    def __init__(self, root: Path, vault: Vault, *, bytes_max: int = BYTES_MAX) -> None:
        self._root = root
        self._vault = vault
        self._bytes_max = bytes_max

    def put(self, data: bytes) -> StoredFile:
        """Store; when it returns, the file survives a power cut. Call it before the write transaction.

        Raises :class:`FileEmpty`, :class:`FileTooLarge`. A file that no row comes to name does no harm.
        """
        if not data:
            raise FileEmpty()
        if len(data) > self._bytes_max:
            raise FileTooLarge(size=len(data), size_max=self._bytes_max)
        stored = StoredFile(hashlib.sha256(data).hexdigest(), len(data))
        if not self._holds(stored.sha256):
            self._write(self._place(stored.sha256), self._vault.seal(data, about=f"file:{stored.sha256}"))
        return stored

    def read(self, sha256: str) -> bytes:
        """The content; :class:`FileMissing` if absent or not what was stored, SealBroken if its key is missing."""
        try:
            sealed = self._place(sha256).read_bytes()
        except FileNotFoundError:
            raise FileMissing(sha256=sha256) from None
        data = self._vault.open(sealed, about=f"file:{sha256}")
        if hashlib.sha256(data).hexdigest() != sha256:
            raise FileMissing(sha256=sha256)
        return data

    def names(self) -> list[str]:
        """The hashes of all files that are whole, in order."""
        return sorted(path.name for path in self._root.glob("??/*") if _SHA256.fullmatch(path.name))

    def is_current(self, sha256: str) -> bool:
        """Whether the file is sealed with the newest key."""
        return self._vault.is_current(self._place(sha256).read_bytes())

    def reseal(self, sha256: str) -> bool:
        """Seal the file with the newest key, in one move; False if it is already. Raises as :meth:`read`."""
        place = self._place(sha256)
        fresh = self._vault.reseal(place.read_bytes(), about=f"file:{sha256}")
        if fresh is not None:
            self._write(place, fresh)
        return fresh is not None

    def _holds(self, sha256: str) -> bool:
        """Whether the content is there and readable; a damaged copy is written anew."""
        try:
            self.read(sha256)
        except (FileMissing, SealBroken):
            return False
        return True

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise FileMissing(sha256=sha256[:64])
        return self._root / sha256[:2] / sha256

    def _write(self, place: Path, sealed: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            half.replace(place)
        except OSError:
            half.unlink(missing_ok=True)
            raise
        for folder in (place.parent, self._root):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """A name survives a power cut only when its folder was synced too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

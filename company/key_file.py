"""The keys of an installation as they are written: the newest on the first line, those before it below.

What is left of a key that was taken out of use is one line that begins with ``index:``: the key of the blind indexes
that followed from it. It finds a person by the number and opens nothing.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from company import CompanyError

NAME = "secret.key"
_LENGTH_MIN = 32
_INDEX = "index:"


class SecretTooShort(CompanyError):
    """The secret key could be guessed."""

    code = "secret_too_short"
    zh = "密钥至少 {length_min} 个字符（CHELIU_SECRET_KEY 或 {path}）。"
    en = "A secret key has at least {length_min} characters (CHELIU_SECRET_KEY, or {path})."


class IndexKeyMalformed(CompanyError):
    """The line that was left of a former key is not as it was written."""

    code = "index_key_malformed"
    zh = "{path} 中以 index: 开头的行已损坏，应为 64 位十六进制数。请从密钥备份恢复。"
    en = "The line of {path} that begins with index: is damaged; it has 64 hex digits. Restore it from a backup."


@dataclass(frozen=True)
class Keys:
    """The keys, newest first, and that of the blind indexes where it stands apart."""

    secret: tuple[bytes, ...] = field(repr=False)
    index: bytes | None = field(default=None, repr=False)


def read(text: str, path: Path) -> Keys:
    """The keys of a text; ``path`` is named in :class:`SecretTooShort` and :class:`IndexKeyMalformed`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    written = [line for line in lines if not line.startswith(_INDEX)]
    if not written or any(len(line) < _LENGTH_MIN for line in written):
        raise SecretTooShort(length_min=_LENGTH_MIN, path=path)
    index = None
    for line in lines:
        if line.startswith(_INDEX):
            try:
                index = bytes.fromhex(line.removeprefix(_INDEX))
            except ValueError:
                raise IndexKeyMalformed(path=path) from None
            if len(index) != _LENGTH_MIN:
                raise IndexKeyMalformed(path=path)
    return Keys(tuple(line.encode() for line in written), index)


def text_of(path: Path) -> str:
    """The text of the key file; written first if there is none, so that of two processes starting at once one wins."""
    if not path.exists():
        half = _written_beside(path, secrets.token_hex(32) + "\n")
        try:
            path.hardlink_to(half)
        except FileExistsError:
            pass
        finally:
            half.unlink()
    return path.read_text()


def add(path: Path) -> None:
    """Put a new key before those of the file, in one move."""
    before = text_of(path)
    _written_beside(path, f"{secrets.token_hex(32)}\n{before}").replace(path)


def keep_newest(path: Path, index_key: bytes) -> None:
    """Take all keys but the newest out of the file, in one move; ``index_key`` stays, by which people are found."""
    newest = read(text_of(path), path).secret[0].decode()
    _written_beside(path, f"{newest}\n{index_line(index_key)}\n").replace(path)


def index_line(index_key: bytes) -> str:
    """The line that keeps the key of the blind indexes."""
    return f"{_INDEX}{index_key.hex()}"


def _written_beside(path: Path, text: str) -> Path:
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return half

"""Uploaded files as the gate sees them: already stored by content, judged by their content and not by their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZE_MAX_MB = 20
NAME_CHARACTERS_MAX = 200
HEAD_BYTES = 64

# The first bytes of the types a form may take; source: the registered media types' own signatures.
_SIGNATURES: tuple[tuple[str, int, bytes], ...] = (
    ("pdf", 0, b"%PDF-"),
    ("jpg", 0, b"\xff\xd8\xff"),
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("webp", 8, b"WEBP"),
    ("heic", 4, b"ftypheic"),
    ("heic", 4, b"ftypmif1"),
)
DEFAULT_ACCEPT = frozenset({"pdf", "jpg", "png"})
_ALIASES = {
    "jpeg": "jpg",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
    "image/webp": "webp",
}
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
}


@dataclass(frozen=True)
class Upload:
    """A file that came with a form and lies in the file store: ``head`` are its first HEAD_BYTES bytes."""

    filename: str
    size: int
    sha256: str
    head: bytes

    @property
    def kind(self) -> str | None:
        """What the content is: "pdf", "jpg" …; None when unknown or when the name says something else."""
        suffix = self.filename.rsplit(".", 1)[-1].lower()
        for kind, offset, signature in _SIGNATURES:
            if self.head[offset : offset + len(signature)] == signature:
                return kind if _ALIASES.get(suffix, suffix) == kind else None
        return None

    def described(self) -> dict[str, Any]:
        """The answer kept in process data: name, hash and size, never the content."""
        name = self.filename.replace("\\", "/").rsplit("/", 1)[-1]
        clean = "".join(sign for sign in name if sign.isprintable())[-NAME_CHARACTERS_MAX:]
        media_type = _MEDIA_TYPES.get(self.kind or "", "application/octet-stream")
        return {"filename": clean, "sha256": self.sha256, "size": self.size, "media_type": media_type}


def accepted_kinds(raw: Mapping[str, Any]) -> frozenset[str]:
    """The kinds a file picker takes, from its ``accept`` (".pdf,image/png"); DEFAULT_ACCEPT when it says nothing."""
    accept = raw.get("accept")
    if not isinstance(accept, str) or not accept.strip():
        return DEFAULT_ACCEPT
    names = (part.strip().lower().lstrip(".") for part in accept.split(","))
    return frozenset(kind for name in names for kind in _expanded(name))


def _expanded(name: str) -> frozenset[str]:
    if name == "image/*":
        return frozenset(_MEDIA_TYPES) - {"pdf"}
    return frozenset({_ALIASES.get(name, name)})

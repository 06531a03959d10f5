"""All that shows tampering, looked at together: audit chain, evidence ledger, documents and photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.audit import Head, Verification
from company.files import FileStore
from lending import document_seals, evidence_ledger
from lending.document_seals import Found, Kept
from lending.documents import Document
from lending.photos import Photo


@dataclass(frozen=True)
class Chains:
    """What each check found; ``evidence``: the numbers at which the evidence ledger breaks."""

    audit: Verification
    evidence: tuple[int, ...]
    documents: Found

    @property
    def intact(self) -> bool:
        """Whether nothing was changed anywhere."""
        return self.audit.intact and not self.evidence and self.documents.intact


def verify(session: Session, *, files: FileStore | None = None, anchor: Head | None = None) -> Chains:
    """Walk everything. ``files``: read every content too; ``anchor``: an audit head kept earlier, elsewhere."""
    return Chains(
        audit.verify(session, anchor=anchor),
        tuple(evidence_ledger.broken(session)),
        document_seals.verify(session, _kept(session), files),
    )


def _kept(session: Session) -> Iterator[Kept]:
    for document in session.scalars(select(Document).order_by(Document.id)):
        yield Kept(
            "document",
            document.id,
            document.business_key,
            document.kind.value,
            document.version,
            document.sha256,
        )
    for photo in session.scalars(select(Photo).order_by(Photo.id)):
        yield Kept("photo", photo.id, photo.business_key, photo.subject.value, 1, photo.sha256)

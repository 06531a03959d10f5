"""The evidence ledger: which car was pledged for which loan and freed when, as salted hashes in one chain.

An entry names the car by the keyed hash of its VIN alone, so the ledger can be shown to others, or anchored with
them, without telling a VIN (8.3: never personal data on a chain, only salted hashes). Nothing is changed or deleted;
each entry carries the hash of the one before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import tagged
from company.database import Base, Instant
from company.vault import Vault
from lending import sequences
from lending.columns import worded
from lending.identifiers import vin
from lending.labels import Labelled

GENESIS = bytes(32)
_SEQUENCE = "evidence"


class PledgeFact(Labelled):
    """What an entry proves of a car."""

    PLEDGED = "pledged", "设为抵押物", "Made collateral"
    FREED = "freed", "不再是抵押物", "No longer collateral"


class EvidenceEntry(Base):
    """One fact about one car, known by ``vin_hash``; ``number`` has no gaps."""

    __tablename__ = "evidence_entry"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    vin_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    fact: Mapped[PledgeFact] = mapped_column(worded(PledgeFact))
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    happened_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


@dataclass(frozen=True)
class Standing:
    """What the ledger says of a car: its entries, oldest first, and the pledge that stands, if one does."""

    entries: list[EvidenceEntry]
    pledge: EvidenceEntry | None
    links_hold: bool


def pledge(
    session: Session, vault: Vault, vin_text: str, application_no: str, *, on: date, now: datetime
) -> EvidenceEntry:
    """Write that the car with this VIN secures the application; written already and not freed, it changes nothing."""
    vin_hash = _vin_hash(vault, vin_text)
    standing = _pledge_among(_entries(session, vin_hash))
    if standing is not None and standing.application_no == application_no:
        return standing
    return _append(session, vin_hash, PledgeFact.PLEDGED, application_no, on, now)


def free(session: Session, application_no: str, *, on: date, now: datetime) -> EvidenceEntry | None:
    """Write that the car of an application is free again; None where no pledge of it stands."""
    asked = select(EvidenceEntry).where(EvidenceEntry.application_no == application_no)
    last = session.scalar(asked.order_by(EvidenceEntry.number.desc()).limit(1))
    if last is None or last.fact is PledgeFact.FREED:
        return None
    return _append(session, last.vin_hash, PledgeFact.FREED, application_no, on, now)


def look_up(session: Session, vault: Vault, vin_text: str) -> Standing:
    """What the ledger holds of the car with this VIN, found by its hash; a malformed VIN is refused."""
    found = _entries(session, _vin_hash(vault, vin_text))
    return Standing(found, _pledge_among(found), all(_holds(session, entry) for entry in found))


def broken(session: Session) -> list[int]:
    """The numbers of the entries at which the chain breaks; empty for an intact ledger."""
    found, previous, number = [], GENESIS, 0
    for entry in session.scalars(select(EvidenceEntry).order_by(EvidenceEntry.number)):
        number += 1
        if (entry.number, entry.previous_hash, entry.hash) != (number, previous, _digest(entry)):
            found.append(entry.number)
        number, previous = entry.number, entry.hash
    return found


def _vin_hash(vault: Vault, vin_text: str) -> bytes:
    return vault.blind_index("pledged_vin", vin.validate(vin_text))


def _entries(session: Session, vin_hash: bytes) -> list[EvidenceEntry]:
    asked = select(EvidenceEntry).where(EvidenceEntry.vin_hash == vin_hash)
    return list(session.scalars(asked.order_by(EvidenceEntry.number)))


def _pledge_among(entries: list[EvidenceEntry]) -> EvidenceEntry | None:
    standing: dict[str, EvidenceEntry] = {}
    for entry in entries:
        if entry.fact is PledgeFact.PLEDGED:
            standing[entry.application_no] = entry
        else:
            standing.pop(entry.application_no, None)
    return next(iter(standing.values()), None)


def _append(
    session: Session, vin_hash: bytes, fact: PledgeFact, application_no: str, on: date, now: datetime
) -> EvidenceEntry:
    # Taking the number holds the end of the chain: the next writer waits and then sees this entry.
    number = sequences.take(session, _SEQUENCE)
    before = session.scalar(select(EvidenceEntry.hash).where(EvidenceEntry.number == number - 1))
    entry = EvidenceEntry(
        number=number,
        vin_hash=vin_hash,
        fact=fact,
        application_no=application_no,
        happened_on=on,
        recorded_at=now,
        previous_hash=before or GENESIS,
    )
    entry.hash = _digest(entry)
    session.add(entry)
    session.flush()
    return entry


def _holds(session: Session, entry: EvidenceEntry) -> bool:
    before = session.scalar(select(EvidenceEntry.hash).where(EvidenceEntry.number == entry.number - 1))
    return entry.hash == _digest(entry) and entry.previous_hash == (before or GENESIS)


def _digest(entry: EvidenceEntry) -> bytes:
    content = tagged.dumps(
        [
            entry.number,
            entry.vin_hash.hex(),
            entry.fact.value,
            entry.application_no,
            entry.happened_on,
            entry.recorded_at,
            entry.previous_hash.hex(),
        ]
    )
    return hashlib.sha256(content).digest()

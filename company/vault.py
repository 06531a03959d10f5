"""Sealing of personal data at rest: AES-256-GCM with the key's id inside, so that keys can rotate; blind indexes; and
keys of single persons, whose destruction erases what was sealed under them."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Index, LargeBinary, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant

_FORMAT = b"\x01"
_KEY_ID, _NONCE = 4, 12
_HEAD = len(_FORMAT) + _KEY_ID
_REFERENCE = "sealed:"


class SealBroken(CompanyError):
    """The value was altered, or its key is not at hand."""

    code = "seal_broken"
    zh = "加密数据无法解开：数据被改动，或缺少密钥 {key_id}。请恢复密钥文件后重试。"
    en = (
        "The sealed value cannot be opened: it was altered, or key {key_id} is missing. Restore the key file."
    )


class PersonErased(CompanyError):
    """The person's key was destroyed; what was sealed under it is gone for good."""

    code = "person_erased"
    zh = "该客户的个人信息已按规定删除，无法再查看。"
    en = "This person's data were erased as the rules ask and cannot be shown."


class SealedValueMissing(CompanyError):
    """No sealed value stands behind the reference."""

    code = "sealed_value_missing"
    zh = "加密值 {reference} 不存在、已删除或不属于本业务。"
    en = "The sealed value {reference} does not exist, was erased, or belongs to another case."


class PersonKey(Base):
    """A person's own key, wrapped by the house's; ``wrapped`` None once destroyed."""

    __tablename__ = "person_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class SealedValue(Base):
    """An answer of a form kept out of process data, which hold only ``sealed:<id>``."""

    __tablename__ = "sealed_value"
    __table_args__ = (Index("ix_sealed_value_business_key", "business_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)


class Vault:
    """Seals and opens with the house's key. ``retired``: former keys, newest first, which still open what they sealed.

    Blind indexes are made with the oldest key, so that rotation does not make a person unfindable; ``index_key`` is
    what is left of that key once it was taken out of use: it finds, and opens nothing.
    """

    def __init__(self, key: bytes, *, retired: Sequence[bytes] = (), index_key: bytes | None = None) -> None:
        if any(len(one) < 32 for one in (key, *retired)):
            raise ValueError("a vault key has at least 32 bytes")
        ciphers = [
            (_derive(one, b"seal key id")[:_KEY_ID], AESGCM(_derive(one, b"seal"))) for one in (key, *retired)
        ]
        self._current = ciphers[0][0]
        self._ciphers = dict(reversed(ciphers))
        self._index_key = index_key or _derive((key, *retired)[-1], b"blind index")

    def seal(self, text: str | bytes, *, about: str = "") -> bytes:
        """Encrypt. ``about`` binds the result to its place: only the same ``about`` opens it."""
        head = _FORMAT + self._current
        nonce = os.urandom(_NONCE)
        data = text.encode() if isinstance(text, str) else text
        return head + nonce + self._ciphers[self._current].encrypt(nonce, data, head + about.encode())

    def open(self, blob: bytes, *, about: str = "") -> bytes:
        """Decrypt what :meth:`seal` made; :class:`SealBroken` if altered, moved, or the key is missing."""
        head, nonce, body = blob[:_HEAD], blob[_HEAD : _HEAD + _NONCE], blob[_HEAD + _NONCE :]
        cipher = self._ciphers.get(head[len(_FORMAT) :])
        if cipher is None or head[: len(_FORMAT)] != _FORMAT or len(nonce) != _NONCE:
            raise SealBroken(key_id=head[len(_FORMAT) :].hex())
        try:
            return cipher.decrypt(nonce, body, head + about.encode())
        except InvalidTag:
            raise SealBroken(key_id=head[len(_FORMAT) :].hex()) from None

    def open_text(self, blob: bytes, *, about: str = "") -> str:
        """:meth:`open` for a text."""
        return self.open(blob, about=about).decode()

    def is_current(self, blob: bytes) -> bool:
        """Whether the value is sealed with the newest key; if not, open and seal it again to finish a rotation."""
        return blob[len(_FORMAT) : _HEAD] == self._current

    def reseal(self, blob: bytes, *, about: str = "") -> bytes | None:
        """The same value under the newest key; None if it is already. Raises :class:`SealBroken`."""
        return None if self.is_current(blob) else self.seal(self.open(blob, about=about), about=about)

    @property
    def index_key(self) -> bytes:
        """The key of the blind indexes alone, to be kept when the key it was made from goes."""
        return self._index_key

    def blind_index(self, kind: str, text: str) -> bytes:
        """32 bytes equal for equal ``kind`` and ``text``: finds a person without opening anything. Normalise first."""
        return hmac.digest(self._index_key, f"{kind}\0{text}".encode(), "sha256")

    def new_person_key(self, session: Session) -> int:
        """Make a person's own key; returns its id."""
        row = PersonKey()
        session.add(row)
        session.flush()
        row.wrapped = self.seal(os.urandom(32), about=place_of_person_key(row.id))
        session.flush()
        return row.id

    def seal_for(self, session: Session, person_key_id: int, text: str | bytes) -> bytes:
        """Encrypt under the person's key; :class:`PersonErased` when that was destroyed."""
        return self._person(session, person_key_id).seal(text, about=f"person:{person_key_id}")

    def open_for(self, session: Session, person_key_id: int, blob: bytes) -> str:
        """Decrypt what :meth:`seal_for` made; :class:`PersonErased`, :class:`SealBroken`."""
        return self._person(session, person_key_id).open_text(blob, about=f"person:{person_key_id}")

    def destroy_person_key(self, session: Session, person_key_id: int, now: datetime) -> None:
        """Erase the person: everything sealed under the key is unreadable from now on, in every backup made after."""
        row = session.get_one(PersonKey, person_key_id)
        row.wrapped = None
        row.destroyed_at = now
        session.flush()

    def keep(self, session: Session, business_key: str, name: str, text: str) -> str:
        """Store a sensitive answer sealed; returns the reference ``sealed:<id>`` that process data may hold."""
        row = SealedValue(business_key=business_key, name=name)
        row.ciphertext = self.seal(text, about=place_of_answer(business_key, name))
        session.add(row)
        session.flush()
        return f"{_REFERENCE}{row.id}"

    def reveal(self, session: Session, reference: str, *, business_key: str | None = None) -> str:
        """The text behind a reference; with ``business_key`` only if it belongs to that case.

        Raises :class:`SealedValueMissing`, :class:`SealBroken`.
        """
        digits = reference.removeprefix(_REFERENCE)
        row = None
        if reference.startswith(_REFERENCE) and digits.isascii() and digits.isdigit() and len(digits) < 19:
            row = session.get(SealedValue, int(digits))
        if row is None or row.ciphertext is None or business_key not in (None, row.business_key):
            raise SealedValueMissing(reference=reference)
        return self.open_text(row.ciphertext, about=place_of_answer(row.business_key, row.name))

    def erase(self, session: Session, business_key: str) -> None:
        """Destroy every sealed value of a case; the references stay and lead nowhere."""
        session.execute(
            update(SealedValue).where(SealedValue.business_key == business_key).values(ciphertext=None)
        )

    def _person(self, session: Session, person_key_id: int) -> Vault:
        row = session.get_one(PersonKey, person_key_id)
        if row.wrapped is None:
            raise PersonErased()
        return Vault(self.open(row.wrapped, about=place_of_person_key(person_key_id)))


def place_of_person_key(person_key_id: int) -> str:
    """What binds a wrapped key to its person."""
    return f"person_key:{person_key_id}"


def place_of_answer(business_key: str, name: str) -> str:
    """What binds a sealed answer to its case and field."""
    return f"{business_key}\0{name}"


def is_reference(value: object) -> bool:
    """Whether ``value`` is a reference that :meth:`Vault.keep` gave."""
    return isinstance(value, str) and value.startswith(_REFERENCE) and value[len(_REFERENCE) :].isdecimal()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cheliu " + purpose).derive(
        sha256(key).digest()
    )

"""One-time codes of six digits by SMS: hashed, valid five minutes and for five tries, few of them a number and address.

A code is asked for by a number, whether or not anybody has it: what is written and answered is the same, and only the
worker learns whether there is somebody to send it to. The code itself is kept sealed until it has been sent, its row
until it limits nobody any more.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, time, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, String, and_, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox
from company.calendar import ZONE
from company.database import Base, Instant
from company.vault import Vault
from lending.columns import worded
from lending.errors import LendingError
from lending.identifiers import mobile
from lending.labels import Labelled
from lending.locks import held

MESSAGE, OVER = "portal_code", "portal_codes_over"
TEMPLATE = "portal_code"
SHOWN_AS = "······"
VALID = timedelta(minutes=5)
TRIES_MAX = 5
APART = timedelta(minutes=1)
PER_HOUR_NUMBER, PER_DAY_NUMBER, PER_HOUR_ADDRESS = 5, 10, 60
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
PLACE_OF_CODE = "portal_code"


class CodePurpose(Labelled):
    """What a code is good for."""

    SIGN_IN = "sign_in", "登录", "signing in"
    PREPAYMENT = "prepayment", "申请提前还款", "asking for an early repayment"


class CodesTooOften(LendingError):
    """Codes cost money and patience."""

    code = "codes_too_often"
    zh = "验证码发送过于频繁，请 {minutes} 分钟后再试。"
    en = "Codes are asked for too often; try again in {minutes} minutes."


class CodeWrong(LendingError):
    """A code opens once, soon, and for who got it."""

    code = "portal_code_wrong"
    zh = "手机号码或验证码不正确，或验证码已失效；请核对，或重新获取验证码。"
    en = "The mobile number or the code is wrong, or the code is no longer valid; check both, or ask for another code."


class PortalCode(Base):
    """One code. ``phone_sealed`` and ``code_sealed`` are for the worker alone, and go once it has used them.

    ``customer_id``: who asked, of a code that confirms an act; ``subject`` is what it confirms.
    """

    __tablename__ = "portal_code"
    __table_args__ = (
        Index("ix_portal_code_phone", "phone_index", "asked_at"),
        Index("ix_portal_code_remote", "remote", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[CodePurpose] = mapped_column(worded(CodePurpose))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    remote: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


def ask(
    session: Session,
    vault: Vault,
    phone: str,
    *,
    purpose: CodePurpose,
    remote: str,
    now: datetime,
    customer_id: int | None = None,
    subject: str = "",
) -> PortalCode:
    """Make a code for a mobile number and let the worker send it; the one before is void.

    Raises :class:`CodesTooOften`, and the refusals of :mod:`lending.identifiers.mobile`.
    """
    number = mobile.validate(phone)
    index = _index(vault, number)
    _limit(session, index, purpose, remote[:64], now)
    for earlier in session.scalars(held(_open(index, purpose))):
        earlier.ended_at, earlier.code_sealed = now, None
    made = PortalCode(
        phone_index=index,
        purpose=purpose,
        customer_id=customer_id,
        subject=subject,
        remote=remote[:64],
        asked_at=now,
        code_hash=b"",
        phone_sealed=vault.seal(number, about=PLACE_OF_CODE),
        tries=0,
    )
    session.add(made)
    session.flush()
    code = f"{secrets.randbelow(10**6):06d}"
    made.code_hash = _hash(vault, made.id, code)
    made.code_sealed = vault.seal(code, about=PLACE_OF_CODE)
    outbox.put(session, MESSAGE, f"{MESSAGE}:{made.id}", {"code_id": made.id}, now)
    _let_go_after(session, now)
    return made


def _let_go_after(session: Session, now: datetime) -> None:
    """Let the worker delete the day's codes once none of them counts any more, one message a day of asking."""
    day = now.astimezone(ZONE).date()
    over = datetime.combine(day + timedelta(days=1), time(), ZONE) + _DAY
    key = f"{OVER}:{day}"
    outbox.put(session, OVER, key, {"asked_until": day}, now, due_at=over)


def delete_asked_until(session: Session, day: date, now: datetime) -> int:
    """Delete the codes that were asked for up to a day; those of the last day stay, they limit who asks too often."""
    end = min(datetime.combine(day + timedelta(days=1), time(), ZONE), now - _DAY)
    gone = session.execute(
        delete(PortalCode).where(PortalCode.asked_at < end).returning(PortalCode.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def tried(
    session: Session,
    vault: Vault,
    phone: str,
    code: str,
    *,
    purpose: CodePurpose,
    now: datetime,
    customer_id: int | None = None,
    subject: str = "",
) -> PortalCode | None:
    """The code, if it is the one last sent to the number for this; the try counts, so commit it either way.

    It opens until :func:`use` ends it.
    """
    found = session.scalar(held(_open(_index(vault, mobile.compact(phone)), purpose)))
    if found is None or now >= found.asked_at + VALID or found.tries >= TRIES_MAX:
        _hash(vault, 0, code)
        return None
    found.tries += 1
    right = hmac.compare_digest(found.code_hash, _hash(vault, found.id, code))
    right = right and found.customer_id == customer_id and found.subject == subject
    session.flush()
    return found if right else None


def use(found: PortalCode, now: datetime) -> None:
    """A code opens once."""
    found.ended_at, found.code_sealed = now, None


def number_of(session: Session, vault: Vault, code_id: int) -> str | None:
    """The mobile number that asked, opened once: from then on only its index is kept. None of a code that is gone."""
    found = session.get(PortalCode, code_id)
    if found is None:
        return None
    sealed, found.phone_sealed = found.phone_sealed, None
    return None if sealed is None else vault.open_text(sealed, about=PLACE_OF_CODE)


def to_send(session: Session, vault: Vault, code_id: int, now: datetime) -> str | None:
    """The code while it is of any use to who waits for it, else None."""
    found = session.get(PortalCode, code_id)
    if found is None:
        return None
    if found.code_sealed is None or found.ended_at is not None or now >= found.asked_at + VALID:
        found.code_sealed = None
        return None
    return vault.open_text(found.code_sealed, about=PLACE_OF_CODE)


def forget(session: Session, code_id: int) -> None:
    """The code has been sent, or will not be: nobody opens it any more."""
    found = session.get(PortalCode, code_id)
    if found is not None:
        found.code_sealed = None


def _open(index: bytes, purpose: CodePurpose) -> Select[PortalCode]:
    """The code of a number for a purpose that has not ended, the newest first."""
    return (
        select(PortalCode)
        .where(PortalCode.phone_index == index, PortalCode.purpose == purpose, PortalCode.ended_at.is_(None))
        .order_by(PortalCode.id.desc())
    )


def _limit(session: Session, index: bytes, purpose: CodePurpose, remote: str, now: datetime) -> None:
    """Refuse a number that asked a moment ago for the same, or often, and an address that asks for many."""
    of_number, of_address = PortalCode.phone_index == index, PortalCode.remote == remote
    for condition, span, most in (
        (and_(of_number, PortalCode.purpose == purpose), APART, 1),
        (of_number, _HOUR, PER_HOUR_NUMBER),
        (of_number, _DAY, PER_DAY_NUMBER),
        (of_address, _HOUR, PER_HOUR_ADDRESS),
    ):
        asked = select(func.count()).where(condition, PortalCode.asked_at > now - span)
        if (session.scalar(asked) or 0) >= most:
            raise CodesTooOften(minutes=int(span.total_seconds() // 60))


def _index(vault: Vault, number: str) -> bytes:
    return vault.blind_index("portal_phone", number)


def _hash(vault: Vault, code_id: int, code: str) -> bytes:
    """Keyed by the house: a million codes are tried in a second, but not without the key."""
    return vault.blind_index("portal_code", f"{code_id}:{code.strip()[:12]}")

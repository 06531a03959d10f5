"""The second factor: one-time codes of an authenticator (RFC 6238), and recovery codes for who has lost it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant
from company.people.employees import Employee, EmployeeRole
from company.people.roles import Role
from company.vault import Vault

ISSUER = "Cheliu"
STEP_SECONDS = 30
RECOVERY_CODES = 10
_SECRET_BYTES, _DIGITS = 20, 6
# What binds a sealed secret to its column.
PLACE_OF_SECRET = "second factor"
# A clock that is half a minute off is common: the step before and the one after count too.
_WINDOW = (-1, 0, 1)
_CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


class CodeWrong(CompanyError):
    """Neither the one-time code of now nor an unused recovery code."""

    code = "second_factor_code_wrong"
    zh = "验证码不正确或已使用，请输入验证器当前显示的 6 位数字，或一个未用过的恢复码。"
    en = "The code is wrong or was used; type the six digits that the app shows now, or an unused recovery code."


class SecondFactorRequired(CompanyError):
    """A role of the person asks for the second factor: it is not taken away."""

    code = "second_factor_required"
    zh = "您的角色要求两步验证，不能停用。"
    en = "A role of yours asks for the second factor; it cannot be taken away."


class SecondFactor(Base):
    """The sealed secret of a person's authenticator; it counts once ``confirmed_at`` is set.

    ``last_step`` is the step of the last code that was taken: none is good twice.
    """

    __tablename__ = "second_factor"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True, autoincrement=False)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """The SHA-256 of a code of 50 random bits, good for one sign-in."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


def begin(session: Session, vault: Vault, person: Employee) -> str:
    """A new secret for the person's authenticator as its ``otpauth`` address; it counts once :func:`confirm` is told a
    code of it. A factor in use is not replaced: :class:`CodeWrong`."""
    if is_on(session, person.id):
        raise CodeWrong()
    found = session.get(SecondFactor, person.id)
    if found is None:
        found = SecondFactor(employee_id=person.id, secret_sealed=b"", last_step=0)
        session.add(found)
    found.secret_sealed = vault.seal(secrets.token_bytes(_SECRET_BYTES).hex(), about=PLACE_OF_SECRET)
    session.flush()
    return _totp(vault, found).get_provisioning_uri(person.username, ISSUER)


def address_of(session: Session, vault: Vault, person: Employee) -> str | None:
    """The ``otpauth`` address of a secret that was begun and is not confirmed yet."""
    found = session.get(SecondFactor, person.id)
    if found is None or found.confirmed_at is not None:
        return None
    return _totp(vault, found).get_provisioning_uri(person.username, ISSUER)


def confirm(session: Session, vault: Vault, employee_id: int, code: str, now: datetime) -> list[str]:
    """Let the factor count, and give the recovery codes, shown this once; :class:`CodeWrong`."""
    found = session.get(SecondFactor, employee_id, with_for_update=True)
    if found is None or found.confirmed_at is not None or not _takes(vault, found, code, now):
        raise CodeWrong()
    found.confirmed_at = now
    session.execute(delete(RecoveryCode).where(RecoveryCode.employee_id == employee_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(employee_id=employee_id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def check(session: Session, vault: Vault, employee_id: int, code: str, now: datetime) -> bool:
    """Whether the code is that of now or an unused recovery code; either is used up by it."""
    found = session.get(SecondFactor, employee_id, with_for_update=True)
    if found is None or found.confirmed_at is None:
        return False
    if _takes(vault, found, code, now):
        return True
    unused = session.scalar(
        select(RecoveryCode).where(
            RecoveryCode.employee_id == employee_id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash == _hash(code),
        )
    )
    if unused is not None:  # nobody else uses it up meanwhile: the factor's row is locked
        unused.used_at = now
    return unused is not None


def is_on(session: Session, employee_id: int) -> bool:
    """Whether the person signs in with a second factor."""
    found = session.get(SecondFactor, employee_id)
    return found is not None and found.confirmed_at is not None


def is_required(session: Session, employee_id: int) -> bool:
    """Whether a role of the person asks for one."""
    asked = (
        select(func.count())
        .select_from(EmployeeRole)
        .join(Role, Role.id == EmployeeRole.role_id)
        .where(EmployeeRole.employee_id == employee_id, Role.needs_second_factor)
    )
    return bool(session.scalar(asked))


def take_away(session: Session, employee_id: int) -> None:
    """Forget the factor and its recovery codes: the person has lost the authenticator, or wants none any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.employee_id == employee_id))
    session.execute(delete(SecondFactor).where(SecondFactor.employee_id == employee_id))
    session.flush()


def codes_left(session: Session, employee_id: int) -> int:
    """How many recovery codes are unused."""
    left = select(func.count()).where(RecoveryCode.employee_id == employee_id, RecoveryCode.used_at.is_(None))
    return session.scalar(left) or 0


def _takes(vault: Vault, found: SecondFactor, code: str, now: datetime) -> bool:
    totp, step = _totp(vault, found), int(now.timestamp()) // STEP_SECONDS
    digits = code.replace(" ", "").encode()
    for each in (step + offset for offset in _WINDOW):
        fits = hmac.compare_digest(totp.generate(each * STEP_SECONDS), digits)
        if fits and each > found.last_step:
            found.last_step = each
            return True
    return False


def _totp(vault: Vault, found: SecondFactor) -> TOTP:
    """What authenticators expect where nothing else is said: six digits, thirty seconds, SHA-1."""
    secret = bytes.fromhex(vault.open_text(found.secret_sealed, about=PLACE_OF_SECRET))
    return TOTP(secret, _DIGITS, SHA1(), STEP_SECONDS)


def _new_code() -> str:
    signs = "".join(secrets.choice(_CODE_SIGNS) for _ in range(10))
    return f"{signs[:5]}-{signs[5:]}"


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.strip().lower().encode("utf-8", "replace")).digest()

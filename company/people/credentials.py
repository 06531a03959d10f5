"""Passwords and the sign-in: argon2, a lock after too many failures, and no word on which names exist."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import CompanyError, audit
from company.calendar import ZONE
from company.clock import Clock
from company.database import Database
from company.parameters import value
from company.people import common_passwords, second_factor
from company.people.actors import SYSTEM, Actor, actor
from company.people.employees import Employee
from company.vault import Vault

_hasher = PasswordHasher()
# Verified when there is no such person, or one who is locked, so that the answer takes as long.
_NOBODY = _hasher.hash("nobody signs in with this")
_TYPED_MAX = 256
_NEW_LENGTH = 16


class SignInRefused(CompanyError):
    """Wrong name, wrong password, a locked or a closed account: always these same words."""

    code = "sign_in_refused"
    zh = "登录名或密码不正确，或该账户因多次输错已暂时锁定。请稍后重试，或联系管理员。"
    en = (
        "The user name or the password is wrong, or the account is locked for a while after too many attempts. "
        "Try again later, or ask the administrator."
    )


class PasswordTooWeak(CompanyError):
    """The password is short or made of too few kinds of characters."""

    code = "password_too_weak"
    zh = "密码至少 {length_min} 位，并包含大写字母、小写字母、数字、符号中的 {kinds_min} 种。"
    en = "A password has at least {length_min} characters of {kinds_min} kinds: capitals, small letters, digits, signs."


class PasswordCommon(CompanyError):
    """The password is one that many people choose, or is made from the person's own name."""

    code = "password_common"
    zh = "密码过于常见，或由登录名变化而来，容易被猜到，请换一个。"
    en = "Many people choose this password, or it is made from the user name; it is easily guessed: choose another."


class PasswordWrong(CompanyError):
    """The password in use was not given."""

    code = "password_wrong"
    zh = "当前密码不正确，请重新输入。"
    en = "The current password is wrong; type it again."


class PasswordsDiffer(CompanyError):
    """The new one was typed in two ways."""

    code = "passwords_differ"
    zh = "两次输入的新密码不一致，请重新输入。"
    en = "The two new passwords differ; type them again."


class PasswordUnchanged(CompanyError):
    """The new one is the present one or one of the latest before."""

    code = "password_unchanged"
    zh = "新密码与当前或最近用过的密码相同，请换一个。"
    en = "The new password is the current one or was used not long ago; choose another."


@dataclass(frozen=True)
class _Attempt:
    employee_id: int | None
    password_hash: str


def hash_password(password: str) -> str:
    """The argon2id hash, in about 0.1 s: call it before a write transaction begins."""
    return _hasher.hash(password)


def new_password() -> str:
    """A strong password for somebody else's first sign-in, without characters that are mistaken for one another."""
    groups = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-+=@")
    signs = [secrets.choice(group) for group in groups for _ in range(_NEW_LENGTH // len(groups))]
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)


def require_strong(session: Session, password: str, clock: Clock, username: str = "") -> None:
    """Hold a new password against the rule in force; :class:`PasswordTooWeak`, :class:`PasswordCommon`."""
    rule = value(session, "sign_in_policy", clock.now().astimezone(ZONE).date())
    kinds = {_kind(character) for character in password}
    if (
        not rule["password_length_min"] <= len(password) <= _TYPED_MAX
        or len(kinds) < rule["password_kinds_min"]
    ):
        raise PasswordTooWeak(length_min=rule["password_length_min"], kinds_min=rule["password_kinds_min"])
    if common_passwords.is_common(password, username):
        raise PasswordCommon()


def sign_in(database: Database, clock: Clock, username: str, password: str, remote: str) -> Actor:
    """The person who signs in from the address ``remote``, or :class:`SignInRefused`, in the same time either way.

    An attempt is counted, and the account locked if it was the last one allowed, before the password is looked at:
    many guesses at once are not more guesses. The hash is computed between two short transactions.
    """
    now = clock.now()
    with database.write() as session:
        attempt = _count(session, _plain(username), now)
    right = fits(attempt.password_hash, password)
    fresh_hash = None
    if right and _hasher.check_needs_rehash(attempt.password_hash):
        fresh_hash = hash_password(password)
    with database.write() as session:
        signed_in = _settle(session, attempt, fits=right, fresh_hash=fresh_hash, now=now, remote=remote)
    if signed_in is None:  # only now: the refusal is on record
        raise SignInRefused()
    return signed_in


def _count(session: Session, username: str, now: datetime) -> _Attempt:
    rule = value(session, "sign_in_policy", now.astimezone(ZONE).date())
    person = session.scalar(select(Employee).where(Employee.username == username).with_for_update())
    if person is None or not person.active:
        return _Attempt(None, _NOBODY)
    if person.locked_until is not None:
        if person.locked_until > now:
            return _Attempt(None, _NOBODY)
        person.locked_until, person.failed_attempts = None, 0
    person.failed_attempts += 1
    if person.failed_attempts >= rule["failures_max"]:
        person.locked_until = now + timedelta(minutes=rule["lock_minutes"])
    return _Attempt(person.id, person.password_hash)


def _settle(
    session: Session, attempt: _Attempt, *, fits: bool, fresh_hash: str | None, now: datetime, remote: str
) -> Actor | None:
    person = session.get(Employee, attempt.employee_id) if attempt.employee_id is not None else None
    # Compared anew: the password may have been changed, or the person dismissed, while the hash was computed.
    if person is None or not fits or not person.active or person.password_hash != attempt.password_hash:
        known = "unknown" if person is None else person.id
        audit.record(session, now, SYSTEM, "sign_in_refused", "employee", known, remote=remote)
        return None
    person.password_hash = fresh_hash or person.password_hash
    session.flush()
    signed_in = actor(session, person.id)
    if second_factor.is_on(session, person.id):
        # Half way: this attempt was none that failed, but those with a wrong code before it still count.
        person.failed_attempts -= 1
        audit.record(session, now, signed_in, "sign_in_password", "employee", person.id, remote=remote)
        return signed_in
    person.failed_attempts, person.locked_until = 0, None
    audit.record(session, now, signed_in, "sign_in", "employee", person.id, remote=remote)
    return signed_in


def sign_in_with_code(
    database: Database, vault: Vault, clock: Clock, wall_clock: Clock, known: Actor, code: str, remote: str
) -> Actor:
    """The second step of who was known by the password: the person signs in with a code, or ``CodeWrong``.

    A wrong code counts towards the lock as a wrong password does. The code is of the wall clock, whatever day the
    company's own stands at.
    """
    now = clock.now()
    with database.write() as session:
        taken = _takes_code(session, vault, known, code, now, wall_clock.now())
        action = "sign_in" if taken else "sign_in_refused"
        audit.record(session, now, known, action, "employee", known.employee_id or 0, remote=remote)
    if not taken:  # only now: the refusal is on record
        raise second_factor.CodeWrong()
    return known


def _takes_code(
    session: Session, vault: Vault, known: Actor, code: str, now: datetime, wall_now: datetime
) -> bool:
    rule = value(session, "sign_in_policy", now.astimezone(ZONE).date())
    person = session.get(Employee, known.employee_id or 0, with_for_update=True)
    if person is None or not person.active or person.session_epoch != known.session_epoch:
        return False
    if person.locked_until is not None and person.locked_until > now:
        return False
    if second_factor.check(session, vault, person.id, code, wall_now):
        person.failed_attempts, person.locked_until = 0, None
        return True
    person.failed_attempts += 1
    if person.failed_attempts >= rule["failures_max"]:
        person.locked_until = now + timedelta(minutes=rule["lock_minutes"])
    return False


def fits(password_hash: str, password: str) -> bool:
    """Whether the password is that of the hash, in about 0.1 s: never ask inside a write transaction."""
    try:
        return _hasher.verify(password_hash, _plain(password)) and password_hash != _NOBODY
    except (VerificationError, InvalidHashError):
        return False


def _plain(typed: str) -> str:
    """What was typed, bounded, and without what a database cannot hold (NUL, lone surrogates)."""
    return typed[:_TYPED_MAX].encode("utf-8", "replace").decode().replace("\0", "?")


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    return category if category in ("Lu", "Ll", "Nd") else "sign"

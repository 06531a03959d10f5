"""The door: who gets in, who is locked out, and what nobody learns."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from company import audit, people
from company.audit import AuditEntry
from company.clock import StandingClock
from company.database import Database
from company.organisation import Unit
from company.people import Employee, PasswordTooWeak, SignInRefused, credentials

PASSWORD = "Right-Password-1"
PASSWORD_HASH = people.hash_password(PASSWORD)


@pytest.fixture
def door(database: Database) -> Database:
    """The company with one person, ``reviewer_l1``."""
    with database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "SH")).one()
        people.hire(session, "reviewer_l1", "某人", unit, ["reviewer_l1"], PASSWORD_HASH)
    return database


def knock(door: Database, clock: StandingClock, password: str, username: str = "reviewer_l1") -> bool:
    try:
        return people.sign_in(door, clock, username, password, "192.0.2.7").username == username
    except SignInRefused:
        return False


def person(door: Database) -> Employee:
    with door.read() as session:
        return session.scalars(select(Employee)).one()


def test_the_right_password_opens_and_is_noted(door: Database, clock: StandingClock) -> None:
    actor = people.sign_in(door, clock, "reviewer_l1", PASSWORD, "192.0.2.7")

    assert actor.roles == {"reviewer_l1"}
    with door.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.actor_id, entry.remote) == ("sign_in", actor.employee_id, "192.0.2.7")


def test_five_failures_lock_even_the_right_password_out_for_a_quarter_of_an_hour(
    door: Database, clock: StandingClock
) -> None:
    assert not any(knock(door, clock, "wrong") for _ in range(5))

    assert not knock(door, clock, PASSWORD)
    clock.advance(timedelta(minutes=14))
    assert not knock(door, clock, PASSWORD)
    clock.advance(timedelta(minutes=1))
    assert knock(door, clock, PASSWORD)
    assert person(door).failed_attempts == 0


def test_four_failures_are_forgotten_after_a_success(door: Database, clock: StandingClock) -> None:
    for _ in range(2):
        assert not any(knock(door, clock, "wrong") for _ in range(4))
        assert knock(door, clock, PASSWORD)


def test_many_guesses_at_once_are_not_more_guesses(
    door: Database, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    fits = credentials.fits

    def counting(password_hash: str, password: str) -> bool:
        if password_hash == PASSWORD_HASH:
            compared.append(password)
        return fits(password_hash, password)

    monkeypatch.setattr(credentials, "fits", counting)
    guesses = [threading.Thread(target=knock, args=(door, clock, f"guess {number}")) for number in range(12)]
    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()

    assert len(compared) == 5


@pytest.mark.parametrize("username", ["nobody", "", "a" * 10_000, "nul\0", "\ud800", "' OR 1=1 --"])
def test_an_unknown_name_reads_like_a_wrong_password_and_costs_as_much(
    door: Database, clock: StandingClock, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    fits = credentials.fits
    monkeypatch.setattr(
        credentials, "fits", lambda known, password: hashed.append(known) or fits(known, password)
    )

    with pytest.raises(SignInRefused) as stranger:
        people.sign_in(door, clock, username, "nobody signs in with this", "192.0.2.7")
    with pytest.raises(SignInRefused) as known:
        people.sign_in(door, clock, "reviewer_l1", "wrong", "192.0.2.7")

    assert stranger.value.text("zh") == known.value.text("zh")
    assert len(hashed) == 2
    assert len({one[: one.rindex("p=")] for one in hashed}) == 1, "the same cost"
    with door.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["sign_in_refused"] * 2
        assert audit.verify(session).intact


def test_no_write_waits_for_a_hash(
    door: Database, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = credentials.fits
    written: list[str] = []

    def writing_meanwhile(known: str, password: str) -> bool:
        with door.write() as session:
            people.employee(session, person(door).id).language = "en"
            written.append("done")
        return fits(known, password)

    monkeypatch.setattr(credentials, "fits", writing_meanwhile)

    assert knock(door, clock, PASSWORD)
    assert written == ["done"]


def test_a_password_changed_while_the_old_one_is_checked_does_not_open(
    door: Database, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = credentials.fits

    def changed_meanwhile(known: str, password: str) -> bool:
        with door.write() as session:
            people.set_password(session, people.employee(session, person(door).id), "another hash")
        return fits(known, password)

    monkeypatch.setattr(credentials, "fits", changed_meanwhile)

    assert not knock(door, clock, PASSWORD)


def test_an_old_hash_is_renewed_at_the_next_sign_in(door: Database, clock: StandingClock) -> None:
    weak = credentials.PasswordHasher(1, 16, 2).hash(PASSWORD)
    with door.write() as session:
        people.employee(session, person(door).id).password_hash = weak

    assert knock(door, clock, PASSWORD)

    assert person(door).password_hash != weak
    assert knock(door, clock, PASSWORD)


@pytest.mark.parametrize(
    ("password", "strong"),
    [
        ("short-A1", False),
        ("alllowercaseletters", False),
        ("letters and signs", False),
        ("Capital and signs", True),
        ("密码密码密码abcdefG1", True),
        ("x1-" * 100, False),
    ],
)
def test_a_new_password_is_long_and_mixed(
    door: Database, clock: StandingClock, password: str, strong: bool
) -> None:
    with door.read() as session:
        if strong:
            people.require_strong(session, password, clock)
        else:
            with pytest.raises(PasswordTooWeak) as refused:
                people.require_strong(session, password, clock)
            assert "12" in refused.value.text("zh")


def test_a_stored_hash_tells_neither_the_password_nor_that_two_are_the_same() -> None:
    first, second = people.hash_password(PASSWORD), people.hash_password(PASSWORD)

    assert first.startswith("$argon2id$")
    assert first != second
    assert PASSWORD not in first

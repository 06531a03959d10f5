"""Sealing: nobody reads, nobody swaps, keys rotate, and an erased person stays erased."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from company.database import Base, Database
from company.vault import (
    PersonErased,
    PersonKey,
    SealBroken,
    SealedValue,
    SealedValueMissing,
    Vault,
    is_reference,
)

OLD, NEW = Vault(b"o" * 32), Vault(b"n" * 32, retired=[b"o" * 32])
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)


@given(st.text(), st.text(max_size=20))
def test_what_was_sealed_opens_to_the_same_text(text: str, about: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    about = about.encode("utf-8", "replace").decode()

    assert OLD.open_text(OLD.seal(text, about=about), about=about) == text


@given(st.binary(max_size=200))
def test_the_same_value_never_reads_the_same_sealed(data: bytes) -> None:
    first, second = OLD.seal(data), OLD.seal(data)

    assert first != second
    assert OLD.open(first) == OLD.open(second) == data
    assert len(data) < 8 or data not in first


@given(st.binary(max_size=40), st.data())
def test_no_bit_can_be_turned(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(OLD.seal(data))
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))

    sealed[bit // 8] ^= 1 << (bit % 8)

    with pytest.raises(SealBroken):
        OLD.open(bytes(sealed))


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(data: bytes) -> None:
    with pytest.raises(SealBroken):
        OLD.open(data)


def test_a_value_moved_to_another_place_does_not_open() -> None:
    sealed = OLD.seal("6222021234567894", about="customer:1")

    with pytest.raises(SealBroken):
        OLD.open(sealed, about="customer:2")


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    old, new = OLD.seal("x"), NEW.seal("x")

    assert NEW.open_text(old) == NEW.open_text(new) == "x"
    assert (NEW.is_current(old), NEW.is_current(new)) == (False, True)
    with pytest.raises(SealBroken):
        OLD.open(new)


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["identity", "phone"]))
def test_blind_indexes_are_equal_exactly_when_the_values_are(one: str, other: str, kind: str) -> None:
    one, other = (text.encode("utf-8", "replace").decode() for text in (one, other))

    assert (OLD.blind_index(kind, one) == OLD.blind_index(kind, other)) == (one == other)
    assert OLD.blind_index(kind, one) == NEW.blind_index(kind, one), "a rotation loses nobody"
    assert OLD.blind_index(kind, one) != OLD.blind_index(kind + "_last4", one)
    assert OLD.blind_index(kind, one) != Vault(b"x" * 32).blind_index(kind, one)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")


def test_destroying_a_persons_key_erases_that_person_only(empty: Database) -> None:
    with empty.write() as session:
        erased, kept = OLD.new_person_key(session), OLD.new_person_key(session)
        sealed = {key: OLD.seal_for(session, key, "13812345678") for key in (erased, kept)}
        with pytest.raises(SealBroken):
            OLD.open_for(session, kept, sealed[erased])

    with empty.write() as session:
        OLD.destroy_person_key(session, erased, NOW)

    with empty.write() as session:
        assert OLD.open_for(session, kept, sealed[kept]) == "13812345678"
        with pytest.raises(PersonErased):
            OLD.open_for(session, erased, sealed[erased])
        with pytest.raises(PersonErased):
            OLD.seal_for(session, erased, "again")
        assert session.get_one(PersonKey, erased).destroyed_at == NOW


def test_a_kept_answer_is_revealed_to_its_own_case_only(empty: Database) -> None:
    with empty.write() as session:
        reference = OLD.keep(session, "APP-1", "phone", "13812345678")

    with empty.read() as session:
        assert is_reference(reference)
        assert OLD.reveal(session, reference, business_key="APP-1") == "13812345678"
        assert NEW.reveal(session, reference) == "13812345678"
        with pytest.raises(SealedValueMissing):
            OLD.reveal(session, reference, business_key="APP-2")


@pytest.mark.parametrize(
    "reference", ["sealed:", "sealed:99", "sealed:-1", "sealed:²", "1", "sealed:" + "9" * 40]
)
def test_a_reference_to_nothing_is_refused(empty: Database, reference: str) -> None:
    with empty.read() as session, pytest.raises(SealedValueMissing):
        OLD.reveal(session, reference)


def test_ciphertexts_swapped_between_rows_do_not_open(empty: Database) -> None:
    with empty.write() as session:
        first = OLD.keep(session, "APP-1", "phone", "13812345678")
        OLD.keep(session, "APP-2", "phone", "13900001111")
        other = session.scalars(
            select(SealedValue.ciphertext).where(SealedValue.business_key == "APP-2")
        ).one()
        session.execute(
            update(SealedValue).where(SealedValue.business_key == "APP-1").values(ciphertext=other)
        )

    with empty.read() as session, pytest.raises(SealBroken):
        OLD.reveal(session, first)


def test_an_erased_case_reveals_nothing_more(empty: Database) -> None:
    with empty.write() as session:
        gone, stays = (OLD.keep(session, case, "phone", "13812345678") for case in ("APP-1", "APP-2"))
        OLD.erase(session, "APP-1")

    with empty.read() as session:
        assert OLD.reveal(session, stays) == "13812345678"
        with pytest.raises(SealedValueMissing):
            OLD.reveal(session, gone)


def test_the_database_file_holds_no_clear_value(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        person = OLD.new_person_key(session)
        OLD.keep(session, "APP-1", "phone", "13812345678")
        OLD.keep(session, "APP-1", "sealed", OLD.seal_for(session, person, "11010519491231002X").hex())
    database.close()

    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"APP-1" in written
    assert b"13812345678" not in written
    assert b"11010519491231002X" not in written

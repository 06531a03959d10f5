"""The step of privacy with complaints and callbacks in the tables: sealed on the way up, clear on the way down."""

import pytest
from sqlalchemy import text

from company import migrations
from company.database import Database
from company.vault import Vault

VAULT = Vault(b"k" * 32)
WORDS = "手机 13812345678 一直有人打来"
UNIT = "INSERT INTO unit (id, kind, code, name, name_en, path) VALUES (1, 'company', 'HQ', '公司', 'Company', '/1/')"


def rows(database: Database, columns: str) -> list[tuple[object, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM complaint ORDER BY id"))]


def fill(database: Database) -> None:
    """A customer with an open and an answered complaint and a callback, as the step before kept them."""
    with database.write() as session:
        key = VAULT.new_person_key(session)
        session.execute(text(UNIT))
        session.execute(
            text(
                "INSERT INTO role (id, name, name_en, scope) VALUES ('legal', '法务', 'Legal', 'all')",
            )
        )
        session.execute(
            text(
                "INSERT INTO employee (id, username, name, name_en, unit_id, password_hash, position, active, "
                "password_is_temporary, language, session_epoch, failed_attempts) "
                "VALUES (1, 'x', '甲', 'X', 1, 'h', '', true, false, 'zh', 1, 0)"
            )
        )
        session.execute(
            text(
                "INSERT INTO customer (id, kind, person_key_id, name, identity_sealed, identity_index, "
                "identity_last4_index, phone_sealed, phone_index, phone_last4_index, unit_id, created_at) "
                "VALUES (1, 'individual', :key, '张三', :b, :b, :b, :b, :b, :b, 1, '2026-09-01 02:00:00')"
            ),
            {"key": key, "b": b"x"},
        )
        for number, answer in ((1, None), (2, "已致歉")):
            session.execute(
                text(
                    "INSERT INTO complaint (id, customer_id, way, received_on, decide_by, text, recorded_by, "
                    "recorded_at, answer) VALUES (:id, 1, 'phone', '2026-09-01', '2026-09-16', :words, 1, "
                    "'2026-09-01 02:00:00', :answer)"
                ),
                {"id": number, "words": WORDS, "answer": answer},
            )
        session.execute(
            text(
                "INSERT INTO callback_record (id, customer_id, way, held_on, reached, text, recorded_by, recorded_at) "
                "VALUES (1, 1, 'phone', '2026-09-01', true, :words, 1, '2026-09-01 02:00:00')"
            ),
            {"words": WORDS},
        )


def test_what_customers_said_is_sealed_on_the_way_up_and_clear_again_on_the_way_down(
    database_url: str,
) -> None:
    database = Database(database_url)
    migrations.upgrade(database, "0025")
    fill(database)

    with pytest.raises(Exception, match="which know the key"):
        migrations.upgrade(database)
    migrations.upgrade(database, vault=VAULT)
    migrations.require_no_difference(database)

    key_id, sealed, none = rows(database, "person_key_id, text_sealed, answer_sealed")[0]
    with database.read() as session:
        assert none is None
        assert VAULT.open_for(session, key_id, bytes(sealed)) == WORDS
        of_this_step = "object IN ('compliance', 'export', 'privacy', 'retention')"
        asked = f"SELECT object, actions FROM permission WHERE {of_this_step} ORDER BY object"
        rights = session.execute(text(asked)).all()
        rules = session.execute(text("SELECT count(*) FROM compliance_rule")).scalar()
    assert [tuple(each) for each in rights] == [
        ("compliance", "CRU"),
        ("export", "A"),
        ("privacy", "CRUA"),
        ("retention", "CRUA"),
    ]
    assert rules == 0, "there is no company yet"
    migrations.downgrade(database, "0025", vault=VAULT)
    assert rows(database, "text, answer") == [(WORDS, None), (WORDS, "已致歉")]
    migrations.upgrade(database, vault=VAULT)
    migrations.require_no_difference(database)
    database.close()

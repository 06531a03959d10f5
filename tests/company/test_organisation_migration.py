"""The step of the organisation with people in the tables: what stood as text is a position held, and back again."""

from sqlalchemy import text

from company import audit, migrations
from company.database import Database

PERSON = (
    "INSERT INTO employee (id, username, name, name_en, unit_id, password_hash, position, entered_on, left_on, active, "
    "password_is_temporary, language, session_epoch, failed_attempts) VALUES "
)


def test_positions_and_the_audit_chain_survive_the_way_up_and_down(database_url: str) -> None:
    database = Database(database_url)
    migrations.upgrade(database, "0019")
    with database.write() as session:
        for statement in (
            "INSERT INTO company (id, name, name_en, code, lender_type, business_date, is_demo, clock_offset_seconds) "
            "VALUES (1, '甲', 'A', 'CY', 'bank', '2026-09-01', false, 0)",
            "INSERT INTO unit (id, code, name, name_en, kind, path) VALUES (1, 'HQ', '总部', 'HQ', 'company', '/1/')",
            "INSERT INTO role (id, name, name_en, scope) VALUES ('legal', '法务', 'Legal', 'all')",
            f"{PERSON} (1, 'a', '甲', 'A', 1, 'x', '组长', '2020-03-01', NULL, true, false, 'zh', 1, 0)",
            f"{PERSON} (2, 'b', '乙', 'B', 1, 'x', '组长', NULL, '2026-08-31', false, false, 'zh', 1, 0)",
            f"{PERSON} (3, 'c', '丙', 'C', 1, 'x', '', NULL, NULL, true, false, 'zh', 1, 0)",
        ):
            session.execute(text(statement))

    migrations.upgrade(database, "0021")
    with database.write() as session:
        held = session.execute(
            text(
                "SELECT employee_id, position.name, head_count, since, until FROM position_holding "
                "JOIN position ON position.id = position_id ORDER BY employee_id"
            )
        ).all()
        rights = session.execute(text("SELECT object, actions FROM permission")).all()
        session.execute(
            text(
                "INSERT INTO substitution (absent_id, substitute_id, first_day, last_day, reason, entered_by, "
                "entered_at) VALUES (1, 3, '2026-09-01', '2026-09-02', '', 'a', '2026-09-01 00:00:00')"
            )
        )
    migrations.downgrade(database, "0019")
    with database.read() as session:
        below = session.execute(text("SELECT position FROM employee ORDER BY id")).scalars().all()
        left = session.execute(text("SELECT count(*) FROM permission")).scalar()
    migrations.upgrade(database)
    migrations.require_no_difference(database)
    with database.read() as session:
        assert audit.verify(session).intact
    database.close()

    assert [(each[0], each[1], each[2]) for each in held] == [(1, "组长", 2), (2, "组长", 2)]
    assert [str(each[3]) for each in held] == ["2020-03-01", "2026-08-31"]
    assert [each[4] and str(each[4]) for each in held] == [None, "2026-08-31"]
    assert [tuple(each) for each in rights] == [("regulation", "CRU")]
    assert (below, left) == (["组长", "组长", ""], 0)

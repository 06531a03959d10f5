"""The step of the desks with data in the tables: up, down with two versions of a product, and up again."""

from sqlalchemy import text

from company import migrations
from company.database import Database
from company.people import Permission

COLUMNS = (
    "code, name, name_en, amount_min, amount_max, term_months_min, term_months_max, rate_min, rate_max, rate_usual, "
    "methods, vehicle_kinds, clienteles, penalty_multiplier, prepayment_fee_rate, grace_days, apr_method, "
    "convention_data, standard_conditions, active"
)
TERMS = "'NEW_STD', '新车', 'New', 1, 2, 12, 60, 0, 1, 1, '[]', '[]', '[]', 1, 0, 0, 'NOMINAL_12X', '{}', '[]', true"


def test_versions_of_a_product_survive_the_way_down_and_up(database_url: str) -> None:
    database = Database(database_url)
    migrations.upgrade(database, "0010")
    with database.write() as session:
        for statement in (
            "INSERT INTO role (id, name, name_en, scope) VALUES ('reviewer_l2', '复审', 'Reviewer', 'all')",
            f"INSERT INTO product (id, {COLUMNS}) VALUES (1, {TERMS})",
            "INSERT INTO rate_plan (id, product_id, valid_from, spreads, source_text, approved_by) "
            "VALUES (1, 1, '2020-01-01', '{}', 'x', 'y')",
        ):
            session.execute(text(statement))

    migrations.upgrade(database, "0012")
    with database.write() as session:
        first = session.execute(text("SELECT version, valid_to FROM product")).one()
        rights = session.query(Permission.object, Permission.actions).order_by(Permission.object).all()
        session.execute(text("UPDATE product SET valid_to = '2026-09-01'"))
        session.execute(
            text(
                f"INSERT INTO product (id, version, valid_from, {COLUMNS}) "
                f"VALUES (2, 2, '2026-09-02', {TERMS})"
            )
        )
    migrations.downgrade(database, "0010")
    with database.read() as session:
        below = session.execute(text("SELECT id, code, active FROM product ORDER BY id")).all()
        plan = session.execute(text("SELECT product_id FROM rate_plan")).scalar()
        left = session.execute(text("SELECT count(*) FROM permission")).scalar()
    migrations.upgrade(database)
    migrations.require_no_difference(database)
    database.close()

    assert tuple(first) == (1, None)
    assert [tuple(each) for each in rights] == [("dealer", "RA"), ("price", "RA"), ("product", "CRU")]
    assert [(each[0], each[1], bool(each[2])) for each in below] == [
        (1, "NEW_STD@1", False),
        (2, "NEW_STD", True),
    ]
    assert (plan, left) == (2, 0)

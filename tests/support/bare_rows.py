"""Rows written and read as plain SQL: what a test of a step of the schema has, while models tell of the newest."""

from sqlalchemy import text


def run(database, *statements):
    """Carry the statements out in one transaction; ``:b`` is some sealed value."""
    with database.write() as session:
        for each in statements:
            session.execute(text(each), {"b": b"x"} if ":b" in each else {})


def told(database, asked):
    """The rows of a query."""
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(asked))]

"""Alembic's environment: the connection comes from :mod:`company.migrations`, the models from three packages."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import context
from alembic.autogenerate.api import AutogenContext

from company.database import Base, Fen, Instant, Rate, Tagged

ROOMS = ("company", "engine", "lending")


def import_models() -> None:
    """Import every module that could hold a table, so that the metadata are whole."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | bool:
    """Write our own column types as ``database.Fen()``, with the import they need."""
    if kind == "type" and isinstance(item, Fen | Rate | Instant | Tagged):
        autogen_context.imports.add("from company import database")
        return f"database.{type(item).__name__}()"
    return False


import_models()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite rebuilds the table; PostgreSQL alters it in place
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

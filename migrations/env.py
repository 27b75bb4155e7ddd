"""Runs the migrations on the database of the application (DATABASE_URL)."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeEngine

extension = current_app.extensions["migrate"]
engine = extension.db.engine
metadata = extension.db.metadatas[None]


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types as the plain ones they are stored as: a migration must not
    depend on the program's code."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def same_type(
    _context: Any, _inspected: Any, _column: Any, stored: TypeEngine[Any], ours: TypeEngine[Any]
) -> bool | None:
    """SQLite has one integer and no time zones: such differences are none."""
    if engine.dialect.name == "sqlite" and "DateTime" in type(ours).__name__:
        return False
    return None


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=engine.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=same_type,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


with engine.connect() as connection:
    run(connection)
    connection.commit()

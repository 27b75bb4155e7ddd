"""How connections behave: the working engine and the portal's own, which can read no more
than the publication tables.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from app.models.publications import PUBLIC_PREFIX

BUSY_TIMEOUT_MS = 5000
PG_TIMEOUTS = "-c lock_timeout=5000 -c statement_timeout=30000"
# What a plain reading query does besides reading columns. No PRAGMA, no ATTACH, no writing.
READ_ACTIONS = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_RECURSIVE,
}


def engine_options(url: str) -> dict[str, Any]:
    """Options of the working engine for this database."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {"pool_pre_ping": True, "connect_args": {"options": PG_TIMEOUTS, "connect_timeout": 5}}


def configure(engine: Engine) -> None:
    """Durable SQLite with foreign keys, and BEGIN IMMEDIATE for transactions that write.

    `synchronous=FULL`: with NORMAL the last acknowledged transactions may be lost when the
    power fails.
    """
    if engine.dialect.name != "sqlite" or event.contains(engine, "begin", _begin):
        return
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("vigia_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def portal_engine(database_url: str, portal_url: str) -> Engine:
    """The portal's engine. SQLite: the same file, read-only, with an authorizer that refuses
    every table but the publication ones. PostgreSQL: `portal_url` names a role that has
    SELECT on those tables only; without one (development, tests) the working role is used
    inside a read-only session.
    """
    url = make_url(portal_url or database_url)
    if url.get_backend_name() != "sqlite":
        options = f"{PG_TIMEOUTS} -c default_transaction_read_only=on"
        return create_engine(
            url, pool_pre_ping=True, connect_args={"options": options, "connect_timeout": 5}
        )
    path = Path(url.database or "").resolve()

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            check_same_thread=False,
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=5)
    event.listen(engine, "connect", _restrict)
    return engine


def _restrict(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    """After SQLAlchemy's own questions to a first connection: from here on nothing but reading."""
    connection.set_authorizer(_authorize_public)


def _authorize_public(
    action: int, table: str | None, _column: str | None, _schema: str | None, _via: str | None
) -> int:
    if action in READ_ACTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and (table or "").startswith(PUBLIC_PREFIX):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY

"""The portal's connection can read the publication tables and nothing else, whatever it is asked.

SQLite: an authorizer refuses. PostgreSQL: a role that was granted SELECT table by table.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, Engine, Executable, func, select, table, text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from app import database
from app.context import Context
from app.models.base import Base
from app.models.publications import PUBLIC_PREFIX
from app.services import portal, portal_upkeep
from config import Config
from tests import publication_world as pw
from tests.conftest import SQLITE

TABLES = sorted(Base.metadata.tables)
PUBLIC = [name for name in TABLES if name.startswith(PUBLIC_PREFIX)]
INSIDE = [name for name in TABLES if not name.startswith(PUBLIC_PREFIX)]
Refused = (DatabaseError, OperationalError, ProgrammingError)
SNEAKY = (
    "SELECT count(*) FROM user_account",
    "SELECT 1 FROM user_account LIMIT 1",
    "SELECT * FROM (SELECT name FROM user_account) AS pub_report",
    "WITH pub_x AS (SELECT name FROM user_account) SELECT * FROM pub_x",
    "SELECT code FROM pub_report UNION SELECT name FROM user_account",
    "SELECT code FROM pub_report WHERE EXISTS (SELECT 1 FROM finding)",
    "SELECT (SELECT count(*) FROM ledger_event) FROM pub_report UNION SELECT 1 FROM finding",
)
SQLITE_ONLY = (
    "SELECT * FROM sqlite_master",
    "SELECT name FROM sqlite_schema",
    "PRAGMA table_list",
    "PRAGMA table_info(finding)",
    "SELECT * FROM pragma_table_info('finding')",
    "SELECT * FROM pragma_database_list",
    "ATTACH DATABASE ':memory:' AS other",
)
WRITING = (
    "INSERT INTO pub_tombstone (code, kind, withdrawn_at, ground) VALUES ('a', 'b', 'c', 'd')",
    "UPDATE pub_report SET title = 'x'",
    "DELETE FROM pub_report",
    "CREATE TABLE pub_mine (a INTEGER)",
    "DROP TABLE pub_report",
    "VACUUM",
)


@contextmanager
def portal_role(config: Config, engine: Engine, ctx: Context) -> Iterator[str]:
    """The address that the portal connects with: on PostgreSQL that of a role made for it."""
    if config.is_sqlite:
        yield ""
        return
    role = f"portal_{secrets.token_hex(4)}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'x'"))
    portal_upkeep.grant(ctx, role)
    try:
        yield engine.url.set(username=role, password="x").render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))


@pytest.fixture
def reader(config: Config, engine: Engine, ctx: Context) -> Iterator[Engine]:
    with portal_role(config, engine, ctx) as url:
        made = database.portal_engine(config.database_url, url)
        yield made
        made.dispose()


def is_refused(reader: Engine, statement: str | Executable) -> bool:
    asked = text(statement) if isinstance(statement, str) else statement
    try:
        with reader.connect() as connection:
            connection.execute(asked).fetchall()
    except Refused as error:
        words = str(error.orig).lower()
        return any(word in words for word in ("prohibited", "not authorized", "permission denied"))
    return False


def test_it_reads_every_publication_table(reader: Engine) -> None:
    assert len(PUBLIC) >= 7
    with reader.connect() as connection:
        for name in PUBLIC:
            connection.execute(select(Base.metadata.tables[name])).all()
            connection.execute(select(func.count()).select_from(table(name))).all()


def test_it_reads_no_other_table(reader: Engine) -> None:
    assert {"finding", "user_account", "publication", "ledger_event"} <= set(INSIDE)
    for name in INSIDE:
        assert is_refused(reader, select(Base.metadata.tables[name])), name
        assert is_refused(reader, select(func.count()).select_from(table(name))), name


@pytest.mark.parametrize("statement", SNEAKY)
def test_no_detour_leads_to_another_table(reader: Engine, statement: str) -> None:
    assert is_refused(reader, statement)


def test_sqlite_tells_nothing_of_itself(reader: Engine, backend: str) -> None:
    if backend != SQLITE:
        statements: tuple[str, ...] = ("SELECT rolpassword FROM pg_authid",)
    else:
        statements = SQLITE_ONLY
    assert [each for each in statements if not is_refused(reader, each)] == []


@pytest.mark.parametrize("statement", WRITING)
def test_it_changes_nothing(reader: Engine, statement: str) -> None:
    with pytest.raises(Refused), reader.begin() as connection:
        connection.execute(text(statement))


def test_it_stays_read_only_where_the_role_could_write(config: Config, engine: Engine) -> None:
    """Development on PostgreSQL has no role of its own: the session is read-only all the same."""
    made = database.portal_engine(config.database_url, "")
    try:
        with pytest.raises(Refused), made.begin() as connection:
            connection.execute(text("DELETE FROM pub_report"))
    finally:
        made.dispose()


def test_the_portal_works_with_no_more(reader: Engine, ctx: Context) -> None:
    pw.make_published(pw.make_world(ctx), 1)
    with Session(reader) as session:
        assert portal.home(session, ctx.today()).figures.findings == 1


def test_a_file_name_with_odd_characters_is_opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("año 50% #1?")
    path = folder / "datos.sqlite3"
    sqlite3.connect(path).close()
    made = database.portal_engine(str(URL.create("sqlite", database=str(path))), "")
    try:
        with made.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
    finally:
        made.dispose()


def test_the_grants_name_publication_tables_only() -> None:
    selects = [each for each in portal_upkeep.grants("lector") if each.startswith("GRANT SELECT")]
    assert selects == [f'GRANT SELECT ON {name} TO "lector"' for name in PUBLIC]

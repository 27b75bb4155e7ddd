"""Fixtures that every test may use. The servers themselves are in servers.py.

Tests below tests/services run on both databases: SQLite with a folder, and PostgreSQL with S3;
those marked `postgres_long`, of rules of the domain, on the second only in the long run. Any other
test runs on SQLite, and on both when it carries `@pytest.mark.every_backend`.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from config import Config
from tests import servers
from tests.servers import ROOT, S3Server

# The application is imported by the fixtures that build it: tests of pure code start without it.
if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from minio import Minio

    from app.context import Context
    from tests.factories import Office

SQLITE, POSTGRES = "sqlite", "postgres"
TEMPLATE = "vigia_template"
START = datetime(2027, 3, 1, 14, 0, tzinfo=UTC)  # a working Monday, 9:00 in Bogotá
SECRET_KEY = secrets.token_hex(32)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # not in the workers of xdist
        servers.announce_controller()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no core waits for the other at the end: the browser's, then
    those with databases, the pure ones last."""
    first = ("e2e", "web", "services")

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT).parts[1]
        return first.index(folder) if folder in first else len(first)

    items.sort(key=place)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `backend` its values: both where both are proved, SQLite elsewhere."""
    if "backend" not in metafunc.fixturenames:
        return
    below_services = "services" in Path(metafunc.definition.path).relative_to(ROOT).parts
    both = below_services or metafunc.definition.get_closest_marker("every_backend")
    marks = [pytest.mark.pg, pytest.mark.s3]
    if metafunc.definition.get_closest_marker("postgres_long"):
        marks.append(pytest.mark.long)
    postgres = pytest.param(POSTGRES, marks=marks)
    metafunc.parametrize("backend", [SQLITE, postgres] if both else [SQLITE], indirect=True)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once in a process: each test has an application of its own."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.known.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@dataclass
class Clock:
    """The time of a test: stands still until told to move. Called, it tells the time."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        self.at += timedelta(days=days, hours=hours, minutes=minutes)
        return self.at


# ---------------------------------------------------------------- servers, one for the whole run


@pytest.fixture(scope="session")
def postgres() -> str:
    """Address of the database `postgres` on the run's PostgreSQL, for SQLAlchemy."""
    return servers.postgres_url()


@pytest.fixture(scope="session")
def s3() -> S3Server:
    return servers.s3_server()


@pytest.fixture(scope="session")
def s3_client(s3: S3Server) -> Minio:
    return s3.client()


# ---------------------------------------------------------------- databases


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """`sqlite` (with a folder) or `postgres` (with S3); see the top of this file."""
    return cast(str, request.param)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file; tests get copies of it."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """Name of a migrated, empty PostgreSQL database, made once for all workers."""
    with servers.locked("template") as directory:
        done = directory / "template.done"
        if not done.exists():
            servers.execute(postgres, f"DROP DATABASE IF EXISTS {TEMPLATE}")
            servers.execute(
                postgres, f"CREATE DATABASE {TEMPLATE} LOCALE 'C.UTF-8' TEMPLATE template0"
            )
            upgrade(servers.database_url(postgres, TEMPLATE))
            done.touch()
    return TEMPLATE


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database, of this test alone."""
    path = tmp_path / "vigia.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database(postgres: str, postgres_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database, of this test alone."""
    with servers.postgres_database(postgres, template=postgres_template) as url:
        yield url


@pytest.fixture
def empty_postgres_database(postgres: str) -> Iterator[str]:
    """A PostgreSQL database without any table, for tests of migrations."""
    with servers.postgres_database(postgres) as url:
        yield url


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision through the project's own migrations."""
    import flask_migrate
    from flask import Flask

    from app import database
    from app.extensions import db, migrate

    app = Flask("migrations")  # all that migrations need of the application
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(url)
    )
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        database.configure(db.engine)
        flask_migrate.upgrade(directory=str(ROOT / "migrations"), revision=revision)
        db.engine.dispose()


# ---------------------------------------------------------------- the application


def make_config(database_url: str, data_dir: Path, **more: str) -> Config:
    """Settings of a test, read as the real ones are: from environment names."""
    return Config.from_env(
        {
            "VIGIA_ENV": "test",
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            **more,
        }
    )


@pytest.fixture(scope="session")
def light_passwords() -> None:
    """The same hashing with less work: a test makes ten people. The servers of the browser tests
    pay the full price, which tests/unit/test_password_cost.py holds to."""
    from argon2 import PasswordHasher

    from app.services import accounts_passwords as passwords

    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords.NOBODY = passwords.hash_password("nobody's password")


@pytest.fixture
def config(
    request: pytest.FixtureRequest, backend: str, tmp_path: Path, light_passwords: None
) -> Config:
    """Settings for this test's own database and store."""
    if backend == SQLITE:
        return make_config(request.getfixturevalue("sqlite_url"), tmp_path)
    s3: S3Server = request.getfixturevalue("s3")
    private, public = request.getfixturevalue("buckets")
    return make_config(
        request.getfixturevalue("postgres_database"),
        tmp_path,
        SEARCH_BACKEND="postgresql",
        **s3.settings(private, public),
    )


@pytest.fixture(scope="session")
def worker_buckets(s3_client: Minio) -> tuple[str, str]:
    return servers.make_buckets(s3_client)


@pytest.fixture
def buckets(s3_client: Minio, worker_buckets: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """An inside bucket and a public one, empty at the beginning of the test."""
    yield worker_buckets
    for name in worker_buckets:
        servers.empty_bucket(s3_client, name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(request: pytest.FixtureRequest, config: Config, clock: Clock) -> Iterator[Flask]:
    """The real application on this test's database; forms need no CSRF token here.

    `@pytest.mark.csrf` leaves that protection on.
    """
    from app import create_app

    app = create_app(config)
    app.config["WTF_CSRF_ENABLED"] = request.node.get_closest_marker("csrf") is not None
    app.extensions["vigia.now"] = clock
    app.jinja_env.bytecode_cache = TEMPLATES
    yield app
    dispose(app)


def dispose(app: Flask) -> None:
    """Close every connection: one left open fails a later test with ResourceWarning."""
    from app.extensions import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    app.extensions["vigia.portal"].kw["bind"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that nobody has signed in with."""
    return app.test_client()


# ---------------------------------------------------------------- services, without Flask


@pytest.fixture
def engine(config: Config) -> Iterator[Engine]:
    """The working engine of this test's database, set up as the application's is."""
    from app import database

    engine = create_engine(config.database_url, **database.engine_options(config.database_url))
    database.configure(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the test's own, apart from those of the requests it makes.

    After a request, `session.rollback()` ends the old view and shows what the request wrote.
    """
    with Session(engine) as session:
        yield session


@pytest.fixture
def ctx(config: Config, session: Session, clock: Clock) -> Context:
    """What services take, acting as the system."""
    from app.context import Context
    from app.factory import open_store
    from app.permissions import SYSTEM

    return Context(
        actor=SYSTEM,
        session=session,
        store=open_store(config),
        public_store=open_store(config, public=True),
        config=config,
        now=clock,
        ip="127.0.0.1",
        request_id="test",
    )


@pytest.fixture
def office(ctx: Context) -> Office:
    """A person of each role, with a process to audit."""
    from tests.factories import make_office

    return make_office(ctx)


@pytest.fixture
def other_session(engine: Engine) -> Iterator[Session]:
    """A second person at the same database, for tests of two at once."""
    with Session(engine) as session:
        yield session

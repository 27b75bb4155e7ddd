"""What an installation needs before its first page, each step told in one line."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import OperationalError

from app.cli.demo import UNFINISHED
from app.cli.runtime import system_context
from app.cli.serve import attached
from app.context import Context
from app.extensions import db
from app.models.accounts import User
from config import Config

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
ACCOUNTS_FILE = "demo_accounts.txt"
DATABASE_FILE = "vigia.sqlite3"  # the default of config.py, in the data folder
LOADED = (  # what a load writes in the data folder
    *(f"{DATABASE_FILE}{end}" for end in ("", "-wal", "-shm")),
    *("documents", "public", "index", "index-public", "mail.log", ACCOUNTS_FILE),
)
DemoSize = Literal["none", "small", "whole"]
DEMO_SIZES: tuple[DemoSize, ...] = get_args(DemoSize)


def say(text: str) -> None:
    click.echo(f"· {text}")


def prepare(config: Config, demo_size: DemoSize) -> None:
    """Development and tests: do whatever is missing. Safe to repeat."""
    from app.services import catalogues  # no other command needs it in memory

    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    say(f"Datos en {config.data_dir}")
    if config.env == "development":
        _set_aside_unfinished(config)
    say("Pongo al día la base de datos")
    upgrade(directory=str(MIGRATIONS))
    with system_context() as ctx:
        say("Cargo los catálogos (festivos, términos, normas)")
        catalogues.load(ctx)
        if config.env == "development":
            _show_demo(ctx, config, demo_size)


def demand_current_database() -> None:
    """Production changes its database only when the operator says so.

    Raises: ClickException naming the command to run, or what the database answered.
    """
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    try:
        with db.engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise click.ClickException(f"No se puede abrir la base de datos: {error.orig}") from error
    if present != newest:
        raise click.ClickException(
            f"La base de datos está en la versión {present or 'vacía'} y hace falta {newest}. "
            "Haga una copia y ejecute: flask --app wsgi db upgrade && "
            "flask --app wsgi catalogue load"
        )


def _show_demo(ctx: Context, config: Config, size: DemoSize) -> None:
    accounts_file = config.data_dir / ACCOUNTS_FILE
    is_empty = not ctx.session.scalar(select(func.count()).select_from(User))
    if is_empty and size != "none":
        say("Cargo la entidad de ejemplo: dos años de trabajo, una sola vez (menos de un minuto)")
        ctx.session.rollback()  # nothing of this session may hold the database while another writes
        # In a process of its own: what the load needed in memory is not kept by the server.
        done = attached.run("demo", "load", "--size", size, "--accounts-file", str(accounts_file))
        if done != 0:
            raise click.ClickException("No se pudo cargar la entidad de ejemplo.")
    if accounts_file.exists():
        click.echo("\nCuentas de la entidad de ejemplo y sus contraseñas, hechas al azar aquí:\n")
        click.echo(accounts_file.read_text())


def _set_aside_unfinished(config: Config) -> None:
    """An invented entity whose load was cut short is told anew; nobody has worked in it yet.

    Its files stay, apart. A database that is not in the data folder is only told about.
    """
    mark = config.data_dir / UNFINISHED
    if not mark.exists():
        return
    if make_url(config.database_url).database != str(config.data_dir / DATABASE_FILE):
        say(
            "La carga de la entidad de ejemplo se interrumpió y está incompleta; "
            "para tenerla entera, empiece con una base de datos vacía"
        )
        return
    with mark.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException("Otra orden está cargando la entidad de ejemplo.") from error
        aside = config.data_dir / f"interrumpida-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        aside.mkdir()
        for path in filter(Path.exists, (config.data_dir / name for name in LOADED)):
            path.rename(aside / path.name)
        mark.unlink()
    say(f"Una carga anterior se interrumpió: la aparto en {aside} (puede borrarla) y empiezo otra")

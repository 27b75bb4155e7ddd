"""What an installation needs before its first page, each step told in one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal, get_args

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.cli.runtime import system_context
from app.context import Context
from app.extensions import db
from app.models.accounts import User
from config import Config

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
ACCOUNTS_FILE = "demo_accounts.txt"
DemoSize = Literal["none", "small", "whole"]
DEMO_SIZES: tuple[DemoSize, ...] = get_args(DemoSize)


def say(text: str) -> None:
    click.echo(f"· {text}")


def prepare(config: Config, demo_size: DemoSize) -> None:
    """Development and tests: do whatever is missing. Safe to repeat."""
    from app.services import catalogues  # no other command needs it in memory

    config.data_dir.mkdir(parents=True, exist_ok=True)
    say(f"Datos en {config.data_dir}")
    say("Pongo al día la base de datos")
    upgrade(directory=str(MIGRATIONS))
    with system_context() as ctx:
        say("Cargo los catálogos (festivos, términos, normas)")
        catalogues.load(ctx)
        if config.env == "development":
            _show_demo(ctx, config.data_dir / ACCOUNTS_FILE, demo_size)


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


def _show_demo(ctx: Context, accounts_file: Path, size: DemoSize) -> None:
    is_empty = not ctx.session.scalar(select(func.count()).select_from(User))
    if is_empty and size != "none":
        from app.services import demo  # no other start needs it in memory

        say("Cargo la entidad de ejemplo: dos años de trabajo, una sola vez (cerca de un minuto)")

        def keep(accounts: list[demo.DemoAccount]) -> None:
            """Before the long part: a load that is interrupted leaves an entity to look at."""
            lines = [f"{account.email:<34} {account.password}" for account in accounts]
            _keep_private(accounts_file, "\n".join(lines) + "\n")

        demo.load(ctx, size=size, progress=_show_progress, ready=keep)
    if accounts_file.exists():
        click.echo("\nCuentas de la entidad de ejemplo y sus contraseñas, hechas al azar aquí:\n")
        click.echo(accounts_file.read_text())


def _show_progress(done: int, total: int) -> None:
    """One line that grows; nothing where nobody looks (a log, a test)."""
    if sys.stdout.isatty():
        end = "\n" if done >= total else ""
        click.echo(f"\r  {100 * done // max(total, 1)} %", nl=False)
        click.echo(end, nl=False)


def _keep_private(path: Path, text: str) -> None:
    """Passwords are stored as hashes only; without this file a second start could not tell them."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)

"""`flask demo load`: the demonstration entity, to look around with."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from app import labels
from app.cli.runtime import system_context
from app.errors import VigiaError

if TYPE_CHECKING:
    from app.services.demo import DemoAccount

Size = Literal["small", "whole"]
UNFINISHED = "demo_loading"  # stands in the data folder until the whole entity is there


@click.group("demo")
def demo_group() -> None:
    """La entidad de ejemplo: inventada, con dos años de trabajo."""


@demo_group.command("load")
@click.option(
    "--size",
    type=click.Choice(get_args(Size)),
    default="whole",
    show_default=True,
    help="small: cuatro auditorías; whole: los dos años.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Otra semilla, otras cifras.")
@click.option(
    "--accounts-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Guarda las cuentas en este archivo, legible solo por su dueño, en vez de mostrarlas.",
)
def load(size: Size, seed: int, accounts_file: Path | None) -> None:
    """Carga la entidad de ejemplo en una instalación vacía y muestra sus cuentas."""
    from app.services import catalogues, demo  # no other command needs them in memory

    def ready(accounts: list[DemoAccount]) -> None:
        """Told as soon as they exist: who interrupts the load can still look at what there is."""
        if accounts_file is None:
            _tell(accounts)
        else:
            _keep_private(accounts_file, accounts)

    try:
        with (
            system_context() as ctx,
            unfinished(ctx.config.data_dir),
            click.progressbar(length=1, label="Entidad") as bar,
        ):

            def progress(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            catalogues.load(ctx)
            accounts = demo.load(ctx, size=size, seed=seed, progress=progress, ready=ready)
    except VigiaError as error:
        raise click.ClickException(labels.message(error.code, error.params)) from error
    click.echo(f"Entidad cargada: {len(accounts)} cuentas, una por rol.")


@contextmanager
def unfinished(data_dir: Path) -> Iterator[None]:
    """Mark the folder while the entity is loaded; a load that is cut short leaves the mark.

    Raises: ClickException when another process is loading now.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    mark = data_dir / UNFINISHED
    with mark.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException("Otra orden está cargando la entidad de ejemplo.") from error
        try:
            yield
        except VigiaError:  # refused before anything was written
            mark.unlink()
            raise
        mark.unlink()


def _keep_private(path: Path, accounts: Iterable[DemoAccount]) -> None:
    """Passwords are stored as hashes only; without this file a second start could not tell them."""
    lines = [f"{account.email:<34} {account.password}" for account in accounts]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


def _tell(accounts: Iterable[DemoAccount]) -> None:
    click.echo("\nCuentas y contraseñas, hechas al azar aquí; no se guardan en ninguna parte:\n")
    for account in accounts:
        click.echo(f"{account.email:<34} {account.password:<18} {account.name}")
    click.echo()


COMMANDS = (demo_group,)

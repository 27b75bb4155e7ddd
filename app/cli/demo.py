"""`flask demo load`: the demonstration entity, to look around with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args

import click

from app import labels
from app.cli.runtime import system_context
from app.errors import VigiaError

if TYPE_CHECKING:
    from app.services.demo import DemoAccount

Size = Literal["small", "whole"]


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
def load(size: Size, seed: int) -> None:
    """Carga la entidad de ejemplo en una instalación vacía y muestra sus cuentas."""
    from app.services import catalogues, demo  # no other command needs them in memory

    try:
        with system_context() as ctx, click.progressbar(length=1, label="Entidad") as bar:

            def progress(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            catalogues.load(ctx)
            accounts = demo.load(ctx, size=size, seed=seed, progress=progress, ready=_tell)
    except VigiaError as error:
        raise click.ClickException(labels.message(error.code, error.params)) from error
    click.echo(f"Entidad cargada: {len(accounts)} cuentas, una por rol.")


def _tell(accounts: Iterable[DemoAccount]) -> None:
    """Told as soon as they exist: who interrupts the load can still look at what there is."""
    click.echo("\nCuentas y contraseñas, hechas al azar aquí; no se guardan en ninguna parte:\n")
    for account in accounts:
        click.echo(f"{account.email:<34} {account.password:<18} {account.name}")
    click.echo()


COMMANDS = (demo_group,)

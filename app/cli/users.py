"""`flask users create` and `flask setup link`: accounts from the server's own terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app import labels
from app.cli.runtime import system_context
from app.errors import VigiaError
from app.services import accounts
from workflows.enums import Role


@contextmanager
def _plain_refusals() -> Iterator[None]:
    """A refusal is one clear sentence on the terminal and status 1."""
    try:
        yield
    except VigiaError as error:
        raise click.ClickException(labels.message(error.code, error.params)) from error


@click.group("users")
def users_group() -> None:
    """Las cuentas de las personas."""


@users_group.command("create")
@click.option("--email", required=True, help="Correo con el que entrará.")
@click.option("--name", required=True, help="Nombre completo.")
@click.option("--position", default="", help="Cargo.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in accounts.GRANTABLE]),
    help="Rol; puede repetirse.",
)
def create(email: str, name: str, position: str, roles: tuple[str, ...]) -> None:
    """Crea una cuenta y muestra un enlace de un solo uso para escribir la contraseña."""
    data = accounts.PersonData(email, name, position)
    with _plain_refusals(), system_context() as ctx:
        user = accounts.create_user(ctx, data, roles=[Role(role) for role in roles])
        address = accounts.invite(ctx, user.id, by_mail=False)
        click.echo(f"Cuenta creada: {user.email}")
    click.echo("Enlace para escribir la contraseña (72 horas, un solo uso):")
    click.echo(address)


@click.group("setup")
def setup_group() -> None:
    """La puesta en marcha."""


@setup_group.command("link")
def link() -> None:
    """Muestra el enlace con el que se crea la primera cuenta de administrador."""
    with _plain_refusals(), system_context() as ctx:
        address = accounts.setup_link(ctx)
    click.echo("Enlace para crear la cuenta del administrador (24 horas, un solo uso):")
    click.echo(address)


COMMANDS = (users_group, setup_group)

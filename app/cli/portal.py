"""`flask portal`: the role that the portal reads with, and what it shows."""

from __future__ import annotations

import re

import click
from flask import current_app

from app.cli.runtime import system_context
from app.services import portal_upkeep, publications_store

ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")


@click.group("portal")
def portal_group() -> None:
    """El portal de transparencia: su acceso a la base de datos y lo que muestra."""


@portal_group.command("grant")
@click.argument("role")
@click.option("--print", "only_print", is_flag=True, help="Mostrar las órdenes sin ejecutarlas.")
def grant(role: str, only_print: bool) -> None:
    """Da a ROLE (que ya existe) lectura de las tablas publicadas, y de nada más.

    Solo hace falta con PostgreSQL. Repítala después de cada actualización.
    """
    config = current_app.extensions["vigia"].config
    if config.is_sqlite:
        raise click.ClickException("Con SQLite no hace falta: el portal abre el archivo sin más.")
    if not ROLE.fullmatch(role):
        raise click.ClickException("El nombre del rol solo puede tener letras, cifras, _ y $.")
    statements = portal_upkeep.grants(role)
    if not only_print:
        with system_context() as ctx:
            portal_upkeep.grant(ctx, role)
    for statement in statements:
        click.echo(f"{statement};")


@portal_group.command("refresh")
def refresh() -> None:
    """Vuelve a escribir lo que el portal muestra de cada informe publicado."""
    with system_context() as ctx:
        click.echo(f"Informes al día: {portal_upkeep.refresh_all(ctx)}")


@portal_group.command("sweep")
def sweep() -> None:
    """Retira del almacén público los restos de publicaciones que fallaron (más de 24 horas)."""
    with system_context() as ctx:
        click.echo(f"Archivos sobrantes retirados: {publications_store.sweep_public(ctx)}")


COMMANDS = (portal_group,)

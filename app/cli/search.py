"""`flask search rebuild` and `flask search verify`."""

from __future__ import annotations

import sys

import click

from app.adapters.search import IndexMissing, IndexUnavailable
from app.cli.runtime import system_context
from app.services import search_feed
from app.services.search_feed import Differences

WHAT = {"inside": "índice interno", "public": "índice público"}
SHOWN = 10


@click.group("search")
def search_group() -> None:
    """El índice de búsqueda: es una copia de la base de datos, que se puede hacer de nuevo."""


def _progress(what: str, done: int, total: int) -> None:
    """One line that is written over on a terminal; every thousand in a log."""
    on_terminal = sys.stdout.isatty()
    if on_terminal or done == total or done % 1000 == 0:
        ends = "\r" if on_terminal and done != total else "\n"
        click.echo(f"{WHAT[what]}: {done} de {total}{ends}", nl=False)


@search_group.command("rebuild")
def rebuild() -> None:
    """Hace de nuevo los dos índices. Mientras tanto se sigue buscando en los anteriores."""
    with system_context() as ctx:
        try:
            number = search_feed.rebuild(ctx, _progress)
        except IndexUnavailable as error:
            raise click.ClickException(
                f"No se pudo hacer el índice: {error}. El anterior sigue en uso; repita la orden."
            ) from error
    click.echo(f"Listo: {number} cosas en el índice interno.")


@search_group.command("verify")
def verify() -> None:
    """Compara los índices con la base de datos; termina con 1 si difieren."""
    with system_context() as ctx:
        try:
            found = {
                "inside": search_feed.verify(ctx, _progress),
                "public": search_feed.verify_public(ctx),
            }
        except IndexMissing as error:
            raise click.ClickException("Falta el índice: flask search rebuild lo hace.") from error
        except IndexUnavailable as error:
            raise click.ClickException(f"El índice no responde: {error}") from error
    for what, differences in found.items():
        _report(what, differences)
    if not all(differences.ok for differences in found.values()):
        raise SystemExit(1)


def _report(what: str, found: Differences) -> None:
    if found.ok:
        click.echo(f"{WHAT[what]}: {found.checked} cosas, sin diferencias.")
        return
    kinds = {"faltan": found.missing, "sobran": found.extra, "anticuadas": found.stale}
    for word, ids in kinds.items():
        if ids:
            more = f" y {len(ids) - SHOWN} más" if len(ids) > SHOWN else ""
            click.echo(f"{WHAT[what]}: {word} {len(ids)}: {', '.join(ids[:SHOWN])}{more}")


COMMANDS = (search_group,)

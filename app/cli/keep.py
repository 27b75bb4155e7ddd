"""Commands that check and keep what is stored: documents, ledger, catalogues."""

from __future__ import annotations

import click

from app.cli.runtime import system_context
from app.services import catalogues, documents, ledger


@click.group("documents")
def documents_group() -> None:
    """Los documentos guardados."""


@documents_group.command("verify")
def verify_documents() -> None:
    """Vuelve a leer cada documento y compara su SHA-256."""
    with system_context() as ctx, click.progressbar(length=1, label="Documentos") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        result = documents.verify(ctx, progress)
    click.echo(f"Revisados {result.checked} documentos.")
    for name in result.missing:
        click.echo(f"FALTA el archivo del documento {name}", err=True)
    for name in result.changed:
        click.echo(f"CAMBIÓ el archivo del documento {name}", err=True)
    if not result.ok:
        raise SystemExit(1)
    click.echo("Todos están completos y sin cambios.")


@documents_group.command("sweep")
def sweep_documents() -> None:
    """Retira los restos de cargas que nunca se confirmaron (más de 24 horas)."""
    with system_context() as ctx:
        click.echo(f"Cargas incompletas retiradas: {documents.sweep(ctx)}")


@click.group("ledger")
def ledger_group() -> None:
    """La bitácora encadenada."""


@ledger_group.command("verify")
def verify_ledger() -> None:
    """Recalcula toda la cadena y dice si algún registro fue cambiado, quitado o añadido."""
    with system_context() as ctx, click.progressbar(length=1, label="Bitácora") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total or 1
            bar.update(done - bar.pos)

        result = ledger.verify(ctx.session, progress)
    for problem in result.problems:
        click.echo(f"ROTA en {problem}", err=True)
    if not result.ok:
        raise SystemExit(1)
    click.echo(f"Bitácora íntegra: {result.events} registros. Cabeza: {result.head}")


@click.group("catalogue")
def catalogue_group() -> None:
    """Los catálogos: normas, términos, MIPG, MECI, series documentales."""


@catalogue_group.command("load")
def load_catalogues() -> None:
    """Carga o actualiza los catálogos; nunca cambia lo que el administrador editó."""
    with system_context() as ctx:
        click.echo(catalogues.load(ctx))


COMMANDS = (documents_group, ledger_group, catalogue_group)

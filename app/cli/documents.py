"""`flask documents verify`, `sweep` and `ocr`: the bytes that are kept, and their text."""

from __future__ import annotations

import click

from app.cli.runtime import system_context
from app.services import documents, extraction, readers

EVERY = 50


@click.group("documents")
def documents_group() -> None:
    """Los documentos guardados: comprobarlos, limpiar restos, reconocer el texto de escaneados."""


def _progress(done: int, total: int) -> None:
    if done == total or done % EVERY == 0:
        click.echo(f"{done} de {total}")


@documents_group.command("verify")
def verify() -> None:
    """Lee de nuevo cada documento y compara su huella; termina con 1 si alguno cambió o falta."""
    with system_context() as ctx:
        found = documents.verify(ctx, _progress)
    for word, ids in (("faltan", found.missing), ("cambiaron", found.changed)):
        for document_uuid in ids:
            click.echo(f"{word}: {document_uuid}")
    click.echo(f"{found.checked} documentos, {len(found.missing) + len(found.changed)} con daño.")
    if not found.ok:
        raise SystemExit(1)


@documents_group.command("sweep")
def sweep() -> None:
    """Quita los restos de cargas que no terminaron, un día después."""
    with system_context() as ctx:
        click.echo(f"Restos quitados: {documents.sweep(ctx)}")


@documents_group.command("ocr")
def ocr() -> None:
    """Reconoce el texto de los escaneados que esperan. Interrumpido, sigue donde iba."""
    if not readers.can_recognise():
        raise click.ClickException(
            "Falta Tesseract con español. En Debian: apt install tesseract-ocr tesseract-ocr-spa"
        )
    with system_context() as ctx:
        caught = extraction.recognise_waiting(ctx, _progress)
    click.echo(f"Leídos: {caught.tried - caught.without_text}. Sin texto: {caught.without_text}.")


COMMANDS = (documents_group,)

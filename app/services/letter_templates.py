"""Texts from which letters are made: their editions. A change makes a new one; none is lost."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Difference, Invalid, StaleVersion
from app.models.fieldwork import LetterTemplate
from app.permissions import Permission, authorize
from app.services import letter_text
from workflows.enums import LetterKind

MINUTES = frozenset({LetterKind.OPENING, LetterKind.CLOSING})
EXAMPLE: Mapping[str, str] = {
    "entidad": "Alcaldía de ejemplo",
    "ciudad": "Ciudad de ejemplo",
    "fecha": "8 de marzo de 2027",
    "codigo": "2027-AUD-00",
    "auditoria": "Supervisión de contratos",
    "tipo": "auditoría de gestión",
    "proceso": "Contratación",
    "dependencia": "Dirección Administrativa",
    "lider": "Nombre del líder",
    "cargo_lider": "Directora Administrativa",
    "auditor_lider": "Nombre del auditor líder",
    "equipo": "- Nombre del auditor líder, profesional especializado\n- Nombre del auditor",
    "objetivo": "Comprobar que los contratos se supervisan como ordena el manual.",
    "alcance": "Contratos de la vigencia, en la sede central.",
    "criterios": "Ley 1474 de 2011, artículos 83 y 84.",
    "cronograma": "Marzo: apertura. Abril: trabajo de campo. Mayo: informe.",
    "fecha_inicio": "8 de marzo de 2027",
    "fecha_fin": "28 de mayo de 2027",
    "fechas": "del 8 de marzo de 2027 al 28 de mayo de 2027",
    "solicitudes": "- SI-01 Relación de contratos: vence el 15 de marzo de 2027",
    "termino_entrega": "5 días hábiles",
    "termino_replica": "5 días hábiles",
    "fecha_reunion": "8 de marzo de 2027",
    "lugar": "la sala de juntas",
    "asistentes": "- Nombre del líder, Directora Administrativa\n- Nombre del auditor líder",
    "temas": "- Presentación del equipo\n- Cronograma",
    "acuerdos": "- Entregar la relación de contratos",
}
"""An audit that does not exist, to see how a text reads."""


def variables(kind: LetterKind) -> dict[str, str]:
    """The variables of a kind of letter and what each one says, in Spanish."""
    of_meeting = letter_text.OF_MINUTES if kind in MINUTES else {}
    return {**letter_text.VARIABLES, **of_meeting}


def current(session: Session, kind: LetterKind) -> LetterTemplate:
    """The edition in force. Raises: Invalid when the catalogues were never loaded."""
    found = session.scalars(
        select(LetterTemplate)
        .where(LetterTemplate.kind == kind)
        .options(joinedload(LetterTemplate.created_by))
        .order_by(LetterTemplate.edition.desc())
        .limit(1)
    ).first()
    if found is None:
        raise Invalid("kind", "letter.no_template")
    return found


def in_force(ctx: Context, kind: LetterKind) -> LetterTemplate:
    """The edition that a manager of texts is about to change. Raises: Forbidden, Invalid."""
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    return current(ctx.session, kind)


def every_current(ctx: Context) -> list[LetterTemplate]:
    """The edition in force of each kind, in the order of the audit. Raises: Forbidden."""
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    newest = (
        select(LetterTemplate.kind, func.max(LetterTemplate.edition).label("edition"))
        .group_by(LetterTemplate.kind)
        .subquery()
    )
    rows = ctx.session.scalars(
        select(LetterTemplate)
        .join(
            newest,
            (newest.c.kind == LetterTemplate.kind) & (newest.c.edition == LetterTemplate.edition),
        )
        .options(joinedload(LetterTemplate.created_by))
    )
    order = list(LetterKind)
    return sorted(rows, key=lambda row: order.index(row.kind))


def editions(ctx: Context, kind: LetterKind) -> list[LetterTemplate]:
    """Every edition of a kind, newest first. Raises: Forbidden."""
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    return list(
        ctx.session.scalars(
            select(LetterTemplate)
            .where(LetterTemplate.kind == kind)
            .options(joinedload(LetterTemplate.created_by))
            .order_by(LetterTemplate.edition.desc())
        )
    )


def check(kind: LetterKind, title: str, body: str) -> None:
    """Raises: Invalid (nothing written, a variable that does not exist, braces left open)."""
    if not title.strip():
        raise Invalid("title", "letter.needs_title")
    if not body.strip():
        raise Invalid("body", "letter.needs_body")
    known = variables(kind)
    letter_text.check(title, known, "title")
    letter_text.check(body, known, "body")


def save(
    ctx: Context, kind: LetterKind, *, title: str, body: str, note: str, edition: int | None
) -> LetterTemplate:
    """Write the next edition; the same text again changes nothing.

    `edition` is the one that the form was shown with.
    Raises: Forbidden, Invalid, StaleVersion.
    """
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    title, body = title.strip(), body.strip()
    check(kind, title, body)
    with ctx.transaction() as session:
        now = current(session, kind)
        if edition is not None and edition != now.edition:
            raise StaleVersion(
                expected=edition,
                actual=now.edition,
                differences=[
                    Difference(name, theirs=getattr(now, name), yours=yours)
                    for name, yours in (("title", title), ("body", body))
                    if getattr(now, name) != yours
                ],
                typed={"title": title, "body": body, "note": note},
            )
        if (now.title, now.body) == (title, body):
            return now
        values = {"title": title, "body": body, "note": note.strip()}
        letter_template = _next(ctx, kind, now.edition + 1, values)
    return letter_template


def _next(
    ctx: Context, kind: LetterKind, edition: int, values: Mapping[str, Any]
) -> LetterTemplate:
    """A new edition in the open transaction. Of two at once the unique key refuses the second."""
    letter_template = LetterTemplate(
        kind=kind,
        edition=edition,
        created_by_id=ctx.actor.user_id,
        created_at=ctx.now(),
        **values,
    )
    ctx.session.add(letter_template)
    ctx.session.flush()
    body = {"kind": kind.value, "edition": edition, **values}
    ctx.record("change", "create", letter_template, body)
    return letter_template


def load_file(ctx: Context, text: str) -> tuple[list[str], list[str], list[str], int]:
    """Bring the texts that nobody edited up to the file, in the open transaction.

    Answers kinds added, updated, kept as they were edited, and how many did not change.
    """
    content = tomllib.loads(text)
    added: list[str] = []
    updated: list[str] = []
    kept: list[str] = []
    unchanged = 0
    for entry in content["letter"]:
        kind = LetterKind(entry["kind"])
        values = {"title": entry["title"].strip(), "body": entry["body"].strip(), "note": ""}
        check(kind, values["title"], values["body"])
        try:
            now = current(ctx.session, kind)
        except Invalid:
            _next(ctx, kind, 1, values)
            added.append(kind.value)
            continue
        if now.created_by_id is not None:
            kept.append(kind.value)
        elif (now.title, now.body) == (values["title"], values["body"]):
            unchanged += 1
        else:
            _next(ctx, kind, now.edition + 1, values)
            updated.append(kind.value)
    return added, updated, kept, unchanged


def preview(kind: LetterKind, title: str, body: str) -> tuple[str, tuple[letter_text.Block, ...]]:
    """Title and pieces of a text, filled with the example. Raises: Invalid."""
    check(kind, title, body)
    filled = letter_text.fill(body, EXAMPLE)
    return letter_text.fill(title, EXAMPLE), letter_text.blocks(filled)

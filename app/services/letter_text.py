"""Text of letters: variables in double braces, and the few marks that give it form.

Nothing is ever run: a variable is a name out of a fixed list, put in place of itself once, so
that braces within a value stay what they are. A line that begins with «## » is a heading, lines
that begin with «- » a list, and an empty line parts paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.errors import Invalid

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
NAME_SHOWN = 40

VARIABLES: Mapping[str, str] = {
    "entidad": "Nombre de la entidad",
    "ciudad": "Ciudad de la entidad",
    "fecha": "Fecha de hoy, o la de la firma cuando se emite",
    "codigo": "Código de la auditoría",
    "auditoria": "Título de la auditoría",
    "tipo": "Tipo de auditoría",
    "proceso": "Proceso auditado",
    "dependencia": "Dependencia responsable del proceso",
    "lider": "Nombre del líder del proceso",
    "cargo_lider": "Cargo del líder del proceso",
    "auditor_lider": "Nombre del auditor líder",
    "equipo": "Lista del equipo auditor, con sus cargos",
    "objetivo": "Objetivo de la auditoría",
    "alcance": "Alcance de la auditoría",
    "criterios": "Criterios de la auditoría",
    "cronograma": "Cronograma de la auditoría",
    "fecha_inicio": "Inicio previsto",
    "fecha_fin": "Fin previsto",
    "fechas": "Período previsto: del inicio al fin",
    "solicitudes": "Lista de la información pedida y sin cumplir, con su vencimiento",
    "termino_entrega": "Término para entregar información",
    "termino_replica": "Término para responder el informe preliminar",
}
OF_MINUTES: Mapping[str, str] = {
    "fecha_reunion": "Fecha de la reunión",
    "lugar": "Lugar de la reunión",
    "asistentes": "Lista de asistentes",
    "temas": "Temas tratados",
    "acuerdos": "Acuerdos de la reunión",
}
MAY_BE_BLANK = frozenset({"dependencia", "cargo_lider", "solicitudes", "ciudad"})
"""What an audit may rightly not have; anything else that is blank stops the issue."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a letter: `kind` heading or paragraph with `text`, or list with `points`."""

    kind: str
    text: str = ""
    points: tuple[str, ...] = ()


def names(text: str) -> list[str]:
    """The variables of a text in order, each once."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def check(text: str, known: Iterable[str], field: str) -> None:
    """Raises: Invalid, naming the variable that does not exist or the braces left open."""
    allowed = set(known)
    for name in names(text):
        if name not in allowed:
            raise Invalid(field, "letter.unknown_variable", name=name[:NAME_SHOWN] or "{{ }}")
    if BRACES.search(VARIABLE.sub("", text)):
        raise Invalid(field, "letter.open_braces")


def fill(text: str, values: Mapping[str, str], blank: str = "") -> str:
    """The text with its values, each put in once; `blank` stands for what has none.

    Raises: KeyError for a variable that is not in `values` (see `check`).
    """
    return VARIABLE.sub(lambda found: values[found[1]].strip() or blank, text)


def missing(text: str, values: Mapping[str, str]) -> list[str]:
    """The variables of the text that must have a value and have none."""
    return [
        name
        for name in names(text)
        if name not in MAY_BE_BLANK and not values.get(name, "").strip()
    ]


def blocks(text: str) -> tuple[Block, ...]:
    """The pieces of a filled text, in order."""
    found: list[Block] = []
    lines: list[str] = []
    points: list[str] = []

    def flush() -> None:
        if lines:
            found.append(Block("paragraph", "\n".join(lines)))
        if points:
            found.append(Block("list", points=tuple(points)))
        lines.clear()
        points.clear()

    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith("- ") and line[2:].strip():
            if lines:
                flush()
            points.append(line[2:].strip())
            continue
        if points or not line or line.startswith("## "):
            flush()
        if line.startswith("## "):
            found.append(Block("heading", line[3:].strip()))
        elif line:
            lines.append(line)
    flush()
    return tuple(found)


def as_list(text: str) -> str:
    """Lines as a list: «- » before each."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines() if line.strip()]
    return "\n".join(f"- {line}" for line in lines)

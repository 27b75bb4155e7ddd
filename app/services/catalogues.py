"""Catalogues: versioned files of ours that fill tables, and never undo what was edited there."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.fieldwork import Checklist
from app.models.org import (
    CatalogueRow,
    MeciComponentRow,
    MipgDimension,
    MipgPolicy,
    Norm,
    RecordSeries,
    TermRule,
)
from app.permissions import Permission, authorize
from app.services import letter_templates
from app.services.terms import TermKind
from workflows.enums import Disposition, MeciComponent, NormStatus

FOLDER = Path(__file__).resolve().parent.parent / "catalogues"
Convert = Callable[[Session, Any], Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did to one catalogue. `kept`: rows edited here, which stay as they are."""

    name: str
    added: tuple[str, ...]
    updated: tuple[str, ...]
    kept: tuple[str, ...]
    unchanged: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {len(self.added)} nuevos, {len(self.updated)} actualizados, "
            f"{len(self.kept)} conservados como se editaron, {self.unchanged} sin cambios"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What one load did to every catalogue; as text, one line each."""

    catalogues: tuple[Loaded, ...]

    def __str__(self) -> str:
        return "\n".join(str(loaded) for loaded in self.catalogues)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables `[[entries]]` of a file, and how each value becomes that of a column."""

    name: str
    file: str
    entries: str
    model: type[CatalogueRow]
    columns: Mapping[str, Convert]


def _text(_session: Session, value: str | None) -> str:
    return value or ""


def _whole(_session: Session, value: int) -> int:
    return int(value)


def _lines(_session: Session, value: list[str]) -> str:
    return "\n".join(value)


def _one_of(enum: type[StrEnum]) -> Convert:
    """For a text column. Raises: ValueError when the file has a value that the list lacks."""
    return lambda _session, value: enum(value).value


def _status(_session: Session, value: str) -> NormStatus:
    return NormStatus(value)


def _dimension(session: Session, code: str) -> MipgDimension:
    return session.scalars(select(MipgDimension).where(MipgDimension.code == code)).one()


CATALOGUES = (
    Catalogue("Dimensiones del MIPG", "mipg", "dimension", MipgDimension, {}),
    Catalogue("Políticas del MIPG", "mipg", "policy", MipgPolicy, {"dimension": _dimension}),
    Catalogue(
        "Componentes del MECI",
        "meci",
        "component",
        MeciComponentRow,
        {"code": _one_of(MeciComponent), "guidelines": _lines},
    ),
    Catalogue(
        "Normas", "norms", "norm", Norm, {"status": _status, "summary": _text, "note": _text}
    ),
    Catalogue(
        "Términos y límites",
        "terms",
        "term",
        TermRule,
        {
            "amount": _whole,
            "kind": _one_of(TermKind),
            "start_event": _text,
            "legal_ground": _text,
            "note": _text,
        },
    ),
    Catalogue(
        "Series documentales",
        "record_series",
        "series",
        RecordSeries,
        {"office_years": _whole, "central_years": _whole, "disposition": _one_of(Disposition)},
    ),
    Catalogue(
        "Listas de verificación", "checklists", "checklist", Checklist, {"questions": _lines}
    ),
)


def load(ctx: Context) -> Report:
    """Bring every catalogue up to its file, in one transaction. Safe to repeat.

    New codes are added and rows that nobody edited are updated; a row edited by the administrator
    (`edited_at`) is kept, and one whose code left the file stays. Each catalogue that changed
    leaves one ledger event with the version of its file and what became of each row.
    Raises: Forbidden.
    """
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    with ctx.transaction():
        return Report((*(_load(ctx, catalogue) for catalogue in CATALOGUES), _letters(ctx)))


def _letters(ctx: Context) -> Loaded:
    """Texts of letters: they have editions, each recorded by itself."""
    text = (FOLDER / "letters.toml").read_text()
    added, updated, kept, unchanged = letter_templates.load_file(ctx, text)
    return Loaded("Textos de cartas", tuple(added), tuple(updated), tuple(kept), unchanged)


def _load(ctx: Context, catalogue: Catalogue) -> Loaded:
    session = ctx.session
    content = tomllib.loads((FOLDER / f"{catalogue.file}.toml").read_text())
    rows = {row.code: row for row in session.scalars(select(catalogue.model))}
    added: list[str] = []
    updated: dict[str, dict[str, list[Any]]] = {}
    kept: list[str] = []
    for entry in content[catalogue.entries]:
        code, row = entry["code"], rows.get(entry["code"])
        values = _values(session, catalogue, entry)
        if row is None:
            session.add(_set(catalogue.model(), values))
            added.append(code)
        elif row.edited_at is not None:
            kept.append(code)
        elif changes := _changes(row, values):
            _set(row, values)
            updated[code] = changes
    if added or updated:
        body = {"version": content["version"], "source": content["source"]}
        ctx.record(
            "change",
            "load",
            ("catalogue", catalogue.entries),
            {**body, "added": added, "updated": updated},
        )
    unchanged = len(content[catalogue.entries]) - len(added) - len(updated) - len(kept)
    return Loaded(catalogue.name, tuple(added), tuple(updated), tuple(kept), unchanged)


def _values(session: Session, catalogue: Catalogue, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns and their values; a misspelt name in the file is an error, not a silent loss.

    Raises: ValueError.
    """
    columns: dict[str, Convert] = {"code": _text, "name": _text, **catalogue.columns}
    if unknown := entry.keys() - columns.keys():
        raise ValueError(f"{catalogue.file}.toml: unknown {', '.join(sorted(unknown))}")
    return {name: convert(session, entry.get(name)) for name, convert in columns.items()}


def _changes(row: CatalogueRow, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Old and new value of each column that differs, as the ledger writes them."""
    return {
        name: [_plain(getattr(row, name)), _plain(value)]
        for name, value in values.items()
        if getattr(row, name) != value
    }


def _set(row: CatalogueRow, values: Mapping[str, Any]) -> CatalogueRow:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _plain(value: Any) -> Any:
    return value.code if isinstance(value, CatalogueRow) else value

"""Open data: what is published as flat rows with stable names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.publications import PubAction, PubAnnualAudit, PubFinding, PubReport

BATCH = 500
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/deed.es"
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet begins a formula: a text that starts so gets an apostrophe."""
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read UTF-8 as something else

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a data set: its stable name, its type in words, and how it is read."""

    name: str
    type: str
    read: Callable[[Any, Surroundings], Value]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a value may need besides its row."""

    public_url: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    model: type[Any]
    columns: tuple[Column, ...]


def _plain(attribute: str) -> Callable[[Any, Surroundings], Value]:
    def read(row: Any, _around: Surroundings) -> Value:
        value = getattr(row, attribute)
        if isinstance(value, bool):
            return int(value)
        return value.isoformat() if isinstance(value, date) else value

    return read


def _moment(attribute: str) -> Callable[[Any, Surroundings], Value]:
    def read(row: Any, around: Surroundings) -> Value:
        value: datetime = getattr(row, attribute)
        return value.astimezone(around.zone).isoformat(timespec="seconds")

    return read


def _story(part: str) -> Callable[[Any, Surroundings], Value]:
    return lambda row, _around: str(row.story.get(part, ""))


def _url(folder: str, attribute: str = "code") -> Callable[[Any, Surroundings], Value]:
    return lambda row, around: (
        f"{around.public_url}/transparencia/{folder}/{getattr(row, attribute)}"
    )


def _pdf_url(row: Any, around: Surroundings) -> Value:
    if not row.pdf_key:
        return ""
    return f"{around.public_url}/transparencia/informes/{row.code}/informe.pdf"


def _of_plan(attribute: str) -> Callable[[Any, Surroundings], Value]:
    return lambda row, around: _plain(attribute)(row.plan, around)


def _report_code(row: Any, _around: Surroundings) -> Value:
    return row.report.code if row.report else ""


def _annual_url(row: Any, around: Surroundings) -> Value:
    return f"{around.public_url}/transparencia/plan-anual/{row.year}#{row.code}"


TEXT, WHOLE, DAY, MOMENT, ADDRESS, YES_NO = (
    "texto",
    "entero",
    "fecha (ISO 8601)",
    "fecha y hora (ISO 8601)",
    "dirección web",
    "0 o 1",
)
REPORTS = DataSet(
    "informes",
    PubReport,
    (
        Column("codigo", TEXT, _plain("code")),
        Column("titulo", TEXT, _plain("title")),
        Column("resumen", TEXT, _plain("summary")),
        Column("proceso", TEXT, _plain("process")),
        Column("dependencia", TEXT, _plain("unit")),
        Column("vigencia", WHOLE, _plain("year")),
        Column("radicado", TEXT, _plain("filing_number")),
        Column("fecha_informe", DAY, _plain("report_date")),
        Column("fecha_publicacion", MOMENT, _moment("published_at")),
        Column("edicion", WHOLE, _plain("edition")),
        Column("hallazgos", WHOLE, _plain("finding_count")),
        Column("url", ADDRESS, _url("informes")),
        Column("pdf_url", ADDRESS, _pdf_url),
        Column("pdf_sha256", TEXT, _plain("pdf_sha256")),
        Column("actualizado", MOMENT, _moment("updated_at")),
    ),
)
FINDINGS = DataSet(
    "hallazgos",
    PubFinding,
    (
        Column("codigo", TEXT, _plain("code")),
        Column("informe", TEXT, _plain("report_code")),
        Column("titulo", TEXT, _plain("title")),
        Column("tipo", TEXT, _plain("type")),
        Column("gravedad", TEXT, _plain("severity")),
        Column("proceso", TEXT, _plain("process")),
        Column("vigencia", WHOLE, _plain("year")),
        Column("estado", TEXT, _plain("state")),
        Column("que_se_encontro", TEXT, _story("found")),
        Column("por_que_importa", TEXT, _story("why")),
        Column("que_deberia_ser", TEXT, _story("criterion")),
        Column("recomendacion", TEXT, _story("recommendation")),
        Column("fecha_cierre", DAY, _plain("closed_on")),
        Column("fecha_publicacion", MOMENT, _moment("published_at")),
        Column("url", ADDRESS, _url("hallazgos")),
        Column("actualizado", MOMENT, _moment("updated_at")),
    ),
)
ACTIONS = DataSet(
    "acciones",
    PubAction,
    (
        Column("codigo", TEXT, _plain("code")),
        Column("hallazgo", TEXT, _plain("finding_code")),
        Column("plan", TEXT, _plain("plan_code")),
        Column("reemplaza_a", TEXT, _plain("replaces_code")),
        Column("descripcion", TEXT, _plain("description")),
        Column("dependencia", TEXT, _plain("unit")),
        Column("cargo", TEXT, _plain("position")),
        Column("fecha_inicio", DAY, _plain("start_date")),
        Column("fecha_fin", DAY, _plain("end_date")),
        Column("fecha_fin_inicial", DAY, _plain("original_end_date")),
        Column("avance_pct", WHOLE, _plain("progress_pct")),
        Column("estado", TEXT, _plain("state")),
        Column("efectividad", TEXT, _plain("effectiveness")),
        Column("cierre_por_excepcion", YES_NO, _plain("by_exception")),
        Column("fecha_verificacion", DAY, _plain("verified_on")),
        Column("fecha_evaluacion", DAY, _plain("evaluated_on")),
        Column("url", ADDRESS, _url("hallazgos", "finding_code")),
        Column("actualizado", MOMENT, _moment("updated_at")),
    ),
)
ANNUAL_AUDITS = DataSet(
    "plan-anual",
    PubAnnualAudit,
    (
        Column("codigo", TEXT, _plain("code")),
        Column("vigencia", WHOLE, _plain("year")),
        Column("edicion_plan", WHOLE, _of_plan("edition")),
        Column("fecha_aprobacion", DAY, _of_plan("approved_on")),
        Column("titulo", TEXT, _plain("title")),
        Column("proceso", TEXT, _plain("process")),
        Column("tipo_revision", TEXT, _plain("type")),
        Column("rol_oci", TEXT, _plain("role")),
        Column("inicio_previsto", DAY, _plain("planned_start")),
        Column("fin_previsto", DAY, _plain("planned_end")),
        Column("especial", YES_NO, _plain("special")),
        Column("fase", TEXT, _plain("phase")),
        Column("informe", TEXT, _report_code),
        Column("url", ADDRESS, _annual_url),
        Column("actualizado", MOMENT, _moment("updated_at")),
    ),
)
DATA_SETS: Mapping[str, DataSet] = {
    each.name: each for each in (REPORTS, FINDINGS, ACTIONS, ANNUAL_AUDITS)
}


Writer = Callable[[DataSet, Iterator[dict[str, Value]]], Iterator[str]]


def summary(session: Session) -> dict[str, tuple[int, datetime | None]]:
    """Rows of each data set and when one of them last changed."""
    found = {}
    for name, data_set in DATA_SETS.items():
        model = data_set.model
        count, last = session.execute(
            select(func.count(model.code), func.max(model.updated_at))
        ).one()
        found[name] = (count, last)
    return found


def rows(session: Session, data_set: DataSet, around: Surroundings) -> Iterator[dict[str, Value]]:
    """Every row, in order of code, some at a time."""
    model, last = data_set.model, ""
    while True:
        batch = session.scalars(
            select(model).where(model.code > last).order_by(model.code).limit(BATCH)
        ).all()
        for row in batch:
            yield {column.name: column.read(row, around) for column in data_set.columns}
        if len(batch) < BATCH:
            return
        last = batch[-1].code
        session.expunge_all()


def as_csv(data_set: DataSet, found: Iterator[dict[str, Value]]) -> Iterator[str]:
    """RFC 4180 with a byte order mark, safe to open in a spreadsheet."""
    names = [column.name for column in data_set.columns]
    yield BYTE_ORDER_MARK + _line(names)
    for row in found:
        yield _line([harmless(row[name]) for name in names])


def _line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def harmless(value: Value) -> Value:
    """A cell that a spreadsheet takes as it is, never as a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def as_json(data_set: DataSet, found: Iterator[dict[str, Value]]) -> Iterator[str]:
    """An object with the licence and the rows, a row a line."""
    head = {"conjunto": data_set.name, "licencia": LICENCE, "licencia_url": LICENCE_URL}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "datos": ['
    for number, row in enumerate(found):
        yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
    yield "\n]}\n"

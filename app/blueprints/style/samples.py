"""What the page of styles shows: made-up people, terms, documents and events, in every state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app import labels
from app.blueprints.due import DueChip
from app.blueprints.events import Check, EventPanel, state_path
from app.labels_workflow import STATE_LABELS
from workflows.enums import RootCauseMethod, Severity

LONG_WORD = "otorrinolaringológicamentedesproporcionadísimo" * 3
LONG_TITLE = (
    "Auditoría al cumplimiento de las obligaciones de publicidad, planeación, supervisión y "
    "liquidación de los contratos de prestación de servicios, suministro, obra y compraventa "
    "celebrados por las dependencias del nivel central durante las dos últimas vigencias, con "
    "énfasis en los documentos que debieron publicarse."
)
DAY, SOON, LATE = date(2027, 3, 12), date(2027, 3, 4), date(2027, 2, 19)
MOMENT = datetime(2027, 3, 1, 19, 5, tzinfo=UTC)
ELSEWHERE = "#otro-lugar"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    position: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Doc:
    title: str
    filename: str
    media_type: str
    size_bytes: int
    pages: int | None = None
    quarantined: bool = False
    sha256: str = "3f2a" * 16
    uploaded_by: Person | None = None
    uploaded_at: datetime | None = MOMENT


LUZ = Person("Luz Adriana Cabrales Niño", "Profesional universitaria, auditora")
JORGE = Person("Jorge Iván Mosquera Trejos", "Profesional especializado", "Control Interno")


def badges() -> dict[str, list[str]]:
    """Every state of every workflow."""
    return {thing: list(states) for thing, states in STATE_LABELS.items()}


def paths() -> dict[str, list[Any]]:
    """The states of each workflow with the third one present; the last thing has left its road."""
    made = {}
    for thing, states in badges().items():
        dates = {state: DAY for state in states[:3]}
        made[thing] = state_path(thing, states[:8], states[2], dates)
    made["action "] = state_path("action", badges()["action"][:8], "anulada", {"formulada": DAY})
    return made


def dues() -> list[DueChip]:
    """Every state of a term, with its arithmetic and without."""
    rows = (
        ("ok", DAY, "faltan 9 días hábiles"),
        ("soon", SOON, "faltan 3 días hábiles"),
        ("late", LATE, "hace 6 días hábiles"),
        ("done", DAY, ""),
    )
    plain = [DueChip(day, "Vence el", status, left) for status, day, left in rows]
    return [*plain, *(_with_arithmetic(chip) for chip in plain)]


def _with_arithmetic(chip: DueChip) -> DueChip:
    return DueChip(
        date=chip.date,
        label=chip.label,
        status=chip.status,
        remaining_text=chip.remaining_text,
        rule_name="Réplica al informe preliminar",
        start_event="Comunicación del informe preliminar",
        start_date=LATE,
        days=5,
        kind="business",
        skipped=((date(2027, 2, 22), "Festivo de la entidad"),),
        legal_ground="Estatuto de Auditoría, artículo 24",
    )


def documents() -> list[tuple[Doc, dict[str, Any] | None]]:
    """Evidence of several types, with each light, one in quarantine and one with a long name."""
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return [
        (
            Doc("Acta de visita", "acta.pdf", "application/pdf", 1_480_000, 12, uploaded_by=LUZ),
            {"status": "good", "reasons": []},
        ),
        (
            Doc("Matriz de la muestra", "matriz.xlsx", sheet, 7_200, uploaded_by=JORGE),
            {"status": "warn", "reasons": ["La fecha del archivo es posterior a la visita."]},
        ),
        (
            Doc("Fotografía", "foto.jpg", "image/jpeg", 173_000, uploaded_by=LUZ),
            {"status": "bad", "reasons": ["Es igual a otro documento.", "No tiene fecha."]},
        ),
        (Doc("Correo", "correo.eml", "message/rfc822", 757, quarantined=True), None),
        (Doc(LONG_TITLE, f"{LONG_WORD}.zip", "application/zip", 52_428_800), None),
    ]


def checks() -> tuple[Check, ...]:
    return (
        Check(True, "Todos los hallazgos tienen evidencia."),
        Check(False, "Falta la causa del hallazgo H02.", ELSEWHERE, "Escribirla"),
        Check(False, f"Hay hallazgos sin revisar: {', '.join(f'H{n:02}' for n in range(1, 30))}."),
    )


def events(form: Any) -> dict[str, EventPanel]:
    """One event of each kind: free, with a reason, signed, with fields, blocked, dangerous."""
    url = ELSEWHERE
    return {
        "plain": EventPanel("plain", "Iniciar la planeación", url, hint="Se avisa al equipo."),
        "signed": EventPanel("signed", "Firmar el informe", url, needs_signature=True),
        "fields": EventPanel("fields", "Aprobar con acta", url, fields=form, needs_reason=True),
        "blocked": EventPanel(
            "blocked", "Terminar la ejecución", url, checks=checks(), allowed=False
        ),
        "danger": EventPanel(
            "danger",
            "Cancelar la auditoría",
            url,
            needs_reason=True,
            danger=True,
            errors={"reason": "Escriba el motivo."},
            hint="No se puede deshacer.",
        ),
    }


def history() -> list[dict[str, Any]]:
    """One entry with everything an entry can have, one of the system, one of a substitute."""
    return [
        {
            "id": "1",
            "when": MOMENT,
            "person": LUZ,
            "text": "Hallazgo enviado a revisión",
            "from_label": labels.state_label("finding", "borrador"),
            "to_label": labels.state_label("finding", "en_revision"),
            "reason": "Se completó la evidencia.\n\nQueda pendiente la firma.",
            "documents": [{"title": LONG_TITLE, "url": ELSEWHERE, "sha256": "9d1d" * 16}],
            "kind_label": "Hallazgo 2027-AUD-01-H01",
            "sequence": 512,
            "address": "10.0.0.8",
        },
        {"id": "2", "when": MOMENT, "person": None, "text": "Comenzó el tratamiento"},
        {"id": "3", "when": MOMENT, "person": JORGE, "on_behalf_of": LUZ, "text": LONG_TITLE},
    ]


def bars() -> list[dict[str, Any]]:
    pairs = (("Gestión contractual", 12), ("Atención al ciudadano", 7.5), (LONG_TITLE[:60], 3))
    return [{"label": name, "value": value, "url": ELSEWHERE} for name, value in pairs]


@dataclass(frozen=True, slots=True)
class Cause:
    text: str
    method: RootCauseMethod
    analysis: dict[str, Any]


def causes() -> list[Cause]:
    """One of each method; the diagram with all its branches, with one, and with long words."""
    lines = ["El manual no dice cuándo se publica.", "Nadie revisa la lista."]
    names = ("metodo", "mano_de_obra", "materiales", "maquinaria", "medicion", "medio_ambiente")
    full = {name: lines if number % 2 else lines[:1] for number, name in enumerate(names)}
    fishbone, whys = RootCauseMethod.ISHIKAWA, RootCauseMethod.FIVE_WHYS
    return [
        Cause("El manual no fija el plazo.", fishbone, {"branches": full}),
        Cause(LONG_TITLE, fishbone, {"branches": {"metodo": [LONG_TITLE, LONG_WORD]}}),
        Cause("La lista no lo pide.", whys, {"whys": [*lines, LONG_TITLE, "La lista no lo pide."]}),
    ]


@dataclass(frozen=True, slots=True)
class Card:
    code: str
    title: str
    process: str
    severity: Severity
    state: str


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    rows: tuple[Card, ...]
    total: int


def columns() -> list[Column]:
    """A stage with more than it shows, one that is long, and one with nothing."""
    short = Card(
        "2027-AUD-01-H01", "Pagos sin recibo", "Contratación", Severity.MAJOR, "preliminar"
    )
    wide = Card("2027-AUD-01-H02", LONG_TITLE, LONG_WORD, Severity.MINOR, "en_contradiccion")
    return [
        Column("Comunicados", (short, wide), 48),
        Column("Con plan", (short,), 1),
        Column("Terminados", (), 0),
    ]

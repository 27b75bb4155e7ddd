"""The history of plans and actions in the words of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.models.accounts import User
from app.services import plan_history

DEEDS = {
    ("plan", "create"): _l("Creó el plan"),
    ("plan", "edit"): _l("Editó el plan"),
    ("plan", "consolidate"): _l("Dio el visto bueno de planeación"),
    ("plan", "transmit"): _l("Adjuntó la constancia de envío"),
    ("action", "create"): _l("Formuló la acción"),
    ("action", "edit"): _l("Editó la acción"),
    ("action", "accept"): _l("Aceptó la asignación"),
    ("action", "decline"): _l("No aceptó la asignación"),
    ("action", "consolidate"): _l("Dio el visto bueno de planeación"),
    ("action", "record_efficacy"): _l("Registró la eficacia"),
    ("action", "record_effectiveness"): _l("Registró la efectividad"),
    ("action", "apply_change"): _l("Se aplicó el cambio aprobado"),
    ("progress", "report"): _l("Reportó un avance"),
    ("progress", "approve"): _l("Dio el visto bueno al avance"),
    ("progress", "reject"): _l("Rechazó el avance"),
    ("change_request", "create"): _l("Pidió el cambio"),
    ("change_request", "approve_direction"): _l("Aprobó por la dirección"),
    ("change_request", "record_rule"): _l("Registró la regla del ente de control"),
}


OTHER = _l("Otra anotación")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline, in the words of the page."""

    id: int
    when: datetime
    person: User | None
    text: str
    from_label: str
    to_label: str
    reason: str
    kind_label: str
    on_behalf_of: str
    sequence: int
    documents: tuple[Any, ...] = ()
    address: str = ""


def entries(steps: Iterable[plan_history.Step]) -> list[Entry]:
    return [_entry(step) for step in steps]


def _entry(step: plan_history.Step) -> Entry:
    named = DEEDS.get((step.kind, step.action))
    text = str(named or labels.EVENT_LABELS.get(f"{step.kind}.{step.action}", OTHER))
    return Entry(
        id=step.seq,
        when=step.at,
        person=step.person,
        text=text,
        from_label=labels.state_label(step.kind, step.source) if step.source else "",
        to_label=labels.state_label(step.kind, step.target) if step.target else "",
        reason="\n".join(part for part in (step.reason, _why(step.details)) if part),
        kind_label=step.name,
        on_behalf_of=", ".join(step.on_behalf_of),
        sequence=step.seq,
    )


def _why(details: Mapping[str, Any]) -> str:
    """What the step rests on, besides its reason."""
    found = []
    if details.get("late_by_days"):
        found.append(gettext("Enviado %(days)s días hábiles tarde.", days=details["late_by_days"]))
    if details.get("authority_act"):
        found.append(gettext("Acto: %(act)s.", act=details["authority_act"]))
    if details.get("authority_result"):
        found.append(gettext("Resultado del ente: %(text)s", text=details["authority_result"]))
    if details.get("note"):
        found.append(gettext("Soporte: %(text)s", text=details["note"]))
    if details.get("exception"):
        ground = details["exception"]
        found.append(gettext("Con la excepción de oficina de una persona: %(g)s.", g=ground))
    return "\n".join(found)

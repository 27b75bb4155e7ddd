"""The history of plans and actions in the words of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app import labels
from app.labels_actions import action_label
from app.models.accounts import User
from app.services import plan_history


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
    return Entry(
        id=step.seq,
        when=step.at,
        person=step.person,
        text=action_label(step.kind, step.action),
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

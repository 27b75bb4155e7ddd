"""Forms of the pages of publications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from app import labels
from app.blueprints.forms import (
    FilterForm,
    Form,
    day,
    line,
    pairs,
    radio,
    select,
    text_area,
)
from app.labels_publications import FIELD_LABELS
from app.services.publications_text import FINDING_FIELDS, HEAD_FIELDS, LINE_FIELDS, field_name
from workflows import enums as e
from workflows.publication import PublicationState

HINTS: Mapping[str, object] = {
    "summary": _l("Dos o tres frases que entienda cualquier vecino: qué se revisó y qué se halló."),
    "found": _l("Sin nombres, cédulas, correos, teléfonos ni direcciones de personas."),
    "why": _l("Qué le pasa a la gente o a la entidad por esto."),
}
ROWS = {"summary": 4, "found": 8}
OPTIONAL = frozenset(HEAD_FIELDS + FINDING_FIELDS) - {"title"}
MARK_MAX_LENGTH = 400


class ListFilters(FilterForm):
    """Filters of the list, in the address."""

    estado = select(_l("Estado"), optional=True)


def state_choices() -> dict[str, str]:
    rows = [(state.value, labels.state_label("publication", state)) for state in PublicationState]
    return pairs(rows, _l("Todos"))


def text_form(content: Mapping[str, Any]) -> type[Form]:
    """The form of this public text: the report's fields, then those of each finding."""
    fields = {name: _text_field(name) for name in HEAD_FIELDS}
    for item in content["findings"]:
        for name in FINDING_FIELDS:
            fields[field_name(item["finding_id"], name)] = _text_field(name)
    return type("TextForm", (Form,), fields)


def _text_field(name: str) -> Any:
    label, hint = FIELD_LABELS[name], HINTS.get(name, "")
    if name in LINE_FIELDS:
        message = _l("Escriba el título.") if name == "title" else None
        return line(label, optional=name in OPTIONAL, message=message, description=hint)
    return text_area(label, optional=True, rows=ROWS.get(name, 5), description=hint)


class ClassifyForm(Form):
    """What kind of information it is, and for how long if it is not public."""

    classification = radio(
        _l("Clasificación"),
        labels.ENUM_LABELS[e.Classification],
        message=_l("Elija la clasificación."),
    )
    legal_ground = text_area(
        _l("Fundamento legal de la restricción"),
        rows=3,
        optional=True,
        description=_l("Norma y artículo, y el daño presente, probable y específico (art. 28)."),
    )
    restricted_until = day(
        _l("Restringida hasta"),
        optional=True,
        description=_l("La reserva dura como máximo 15 años (Ley 1712, art. 22)."),
    )
    restriction_unlimited = BooleanField(_l("Sin límite de tiempo (solo la clasificada, art. 18)"))


class MarkForm(Form):
    """What to do with one piece of text that looks like personal data."""

    field = HiddenField()
    text = HiddenField()
    reason = line(_l("Por qué puede quedar"), most=MARK_MAX_LENGTH, optional=True)


class ReasonForm(Form):
    reason = text_area(
        _l("Motivo"),
        rows=3,
        message=_l("Escriba el motivo."),
        description=_l("Quedará en la historia, con su nombre."),
    )


class WithdrawForm(ReasonForm):
    """Why something published stops being so. Readers see the ground, never the reason."""

    legal_ground = line(
        _l("Fundamento legal"),
        message=_l("Escriba el fundamento legal."),
        description=_l("Lo verá la ciudadanía en lugar del informe. No escriba datos personales."),
    )


class CommentForm(Form):
    text = text_area(_l("Comentario"), rows=3, message=_l("Escriba el comentario."))


class EmptyForm(Form):
    """An action of one button."""

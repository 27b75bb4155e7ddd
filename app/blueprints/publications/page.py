"""How the page of a publication is put together: its path, its steps, its marks, its forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.blueprints import histories
from app.blueprints.draft_forms import VERSION_FIELD, restore, version_of
from app.blueprints.events import EventPage, EventPanel, PathStep, state_path
from app.blueprints.publications import forms
from app.context import Context
from app.labels_publications import KIND_LABELS, field_label
from app.models.base import Versioned
from app.services import (
    publications,
    publications_lists,
    publications_text,
    referrals,
    submissions,
)
from app.services.publications_lists import View
from workflows.enums import Classification
from workflows.publication import PublicationState

ROAD = (
    PublicationState.PENDING_CLASSIFICATION,
    PublicationState.ANONYMISING,
    PublicationState.APPROVED,
    PublicationState.PUBLISHED,
)
CONTEXT_LENGTH = 60


def link(row: Versioned, anchor: str) -> str:
    """Address of the place that mends a condition: all are on this page."""
    return url_for("publications.show", publication_id=row.id, _anchor=anchor)


EVENTS = EventPage(
    endpoint="publications.fire",
    id_name="publication_id",
    link=link,
    forms={
        "reclassify": forms.ReasonForm,
        "send_back": forms.ReasonForm,
        "discard": forms.ReasonForm,
        "withdraw": forms.WithdrawForm,
    },
    given={"withdraw": frozenset({"needs_legal_ground"})},
    danger=frozenset({"discard", "withdraw"}),
    secondary=frozenset({"reclassify", "send_back"}),
    hints={
        "classify_restricted": _l("El informe no sale en el portal. Se puede volver a clasificar."),
        "classify_public": _l("Sigue la revisión de los datos personales."),
        "approve": _l("El texto y la copia quedan fijos. Todavía no se ven en el portal."),
        "publish": _l("El informe y sus hallazgos se ven en el portal desde este momento."),
        "reclassify": _l("Vuelve al comienzo; el texto se conserva."),
        "send_back": _l("El texto se puede corregir y la aprobación queda sin efecto."),
        "discard": _l("Esta versión no se publica."),
        "withdraw": _l(
            "Sale del portal de inmediato, con sus hallazgos. Su dirección dirá solo la fecha y el "
            "fundamento legal."
        ),
    },
)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """An open mark with the words around it."""

    id: str
    field: str
    field_label: str
    kind_label: str
    before: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A form that was sent with mistakes: its name (an event, "text", "classify", "mark")."""

    name: str
    form: FlaskForm


def panels(
    ctx: Context, view: View, rejected: Rejected | None
) -> tuple[EventPanel | None, list[EventPanel]]:
    """The next step and the others; of the two classifications only the one written down."""
    publication = view.publication
    typed = {rejected.name: rejected.form} if rejected and rejected.name in EVENTS.forms else {}
    primary, others = EVENTS.panels(ctx, publication, view.facts, rejected=typed)
    made = [*([primary] if primary else []), *others]
    for panel in made:
        for field in panel.fields or ():
            field.id = field.label.field_id = f"{panel.name}-{field.short_name}"
    unfit = _unfit_event(publication.classification)
    fitting = [panel for panel in made if panel.name != unfit]
    leading = [p for p in fitting if p.name not in EVENTS.secondary and not p.danger]
    first = next((p for p in leading if p.allowed), leading[0] if leading else None)
    return first, [panel for panel in fitting if panel is not first]


def _unfit_event(classification: Classification | None) -> str:
    if classification is Classification.PUBLIC:
        return "classify_restricted"
    return "classify_public" if classification is not None else "classify_restricted"


def path(view: View) -> list[PathStep]:
    """The road with the day on which each state was reached."""
    dates: dict[str, Any] = {ROAD[0]: view.publication.created_at}
    for entry in reversed(view.history):
        dates[entry.target] = entry.at
    state = view.publication.state
    if state in ROAD:  # after a return, the states ahead have dates of an earlier time
        dates = {each: at for each, at in dates.items() if each in ROAD[: ROAD.index(state) + 1]}
    return state_path("publication", ROAD, state, dates)


def marks(view: View) -> list[MarkRow]:
    """Every open mark, in the order of the text."""
    found: list[MarkRow] = []
    for field, text in publications_text.texts(view.publication.content).items():
        for each in view.marks.get(field, ()):
            mark = each.mark
            found.append(
                MarkRow(
                    id=f"marca-{len(found) + 1}",
                    field=field,
                    field_label=_place(view, field),
                    kind_label=str(KIND_LABELS[mark.kind.value]),
                    before=_start(text[: mark.start]),
                    text=mark.text,
                    after=_end(text[mark.end :]),
                )
            )
    return found


def _place(view: View, field: str) -> str:
    """The field in words, with its finding."""
    for item in view.publication.content["findings"]:
        if field.startswith(f"f{item['finding_id']}_"):
            return f"{item['code']} · {field_label(field)}"
    return field_label(field)


def _start(text: str) -> str:
    return text if len(text) <= CONTEXT_LENGTH else "…" + text[-CONTEXT_LENGTH:]


def _end(text: str) -> str:
    return text if len(text) <= CONTEXT_LENGTH else text[:CONTEXT_LENGTH] + "…"


def waiting(view: View) -> str:
    """What the publication waits for, for who has no step to take."""
    texts: dict[PublicationState, str] = {
        PublicationState.PENDING_CLASSIFICATION: gettext(
            "El jefe de la OCI clasifica la información cuando el informe final está firmado."
        ),
        PublicationState.ANONYMISING: gettext(
            "El equipo quita los datos personales y genera la copia; el jefe de la OCI la aprueba."
        ),
        PublicationState.APPROVED: gettext("El jefe de la OCI la publica."),
        PublicationState.PUBLISHED: gettext("Está publicada en el portal."),
        PublicationState.NOT_PUBLISHABLE: gettext("No se publica."),
        PublicationState.WITHDRAWN: gettext("Ya no está en el portal."),
    }
    return texts[view.publication.state]


def render(ctx: Context, publication_id: int, rejected: Rejected | None = None) -> str:
    """The page of a publication. Raises: NotFound."""
    view = publications_lists.view(ctx, publication_id)
    publication = view.publication
    primary, others = panels(ctx, view, rejected)
    is_open = view.may_prepare and publication.state in publications.EDITABLE
    draft = None
    text = classify = None
    if is_open:
        text, draft = _text_form(ctx, view, rejected)
        classify = _classify_form(view, rejected)
    return render_template(
        "publications/show.html",
        view=view,
        publication=publication,
        path=path(view),
        primary=primary,
        others=others,
        waiting=waiting(view),
        marks=marks(view) if view.may_prepare else [],
        mark_form=rejected.form if rejected and rejected.name == "mark" else None,
        text_form=text,
        classify_form=classify,
        text_version=version_of(draft, publication.version),
        version_field=VERSION_FIELD,
        draft_url=f"/borradores/{publications.TEXT_FORM}/{publication.id}",
        summary=errors_of(rejected),
        history=histories.entries(view.history),
        copy_is_current=view.facts.has_clean_copy,
        referred=referrals.referred(ctx, publication.audit_id),
        comment_form=_comment_form(view, rejected),
        comment_key=submissions.new_key(),
        digest=publications_text.digest(publication.content),
    )


def _comment_form(view: View, rejected: Rejected | None) -> FlaskForm | None:
    if not view.may_comment:
        return None
    is_sent = rejected is not None and rejected.name == "comment"
    return rejected.form if rejected and is_sent else forms.CommentForm(formdata=None)


def _text_form(ctx: Context, view: View, rejected: Rejected | None) -> tuple[FlaskForm, Any]:
    if rejected is not None and rejected.name == "text":
        return rejected.form, None
    content = view.publication.content
    form = forms.text_form(content)(formdata=None, data=publications_text.texts(content))
    return form, restore(ctx, form, publications.TEXT_FORM, view.publication.id)


def _classify_form(view: View, rejected: Rejected | None) -> FlaskForm | None:
    if view.publication.state is not PublicationState.PENDING_CLASSIFICATION:
        return None
    if rejected is not None and rejected.name == "classify":
        return rejected.form
    publication = view.publication
    chosen = publication.classification
    form = forms.ClassifyForm(formdata=None, obj=publication)
    form.classification.data = chosen.value if chosen else None
    return form


def errors_of(rejected: Rejected | None) -> Sequence[tuple[str | None, str]]:
    """(id, message) of each mistake, for the summary at the top."""
    if rejected is None:
        return []
    found: list[tuple[str | None, str]] = [
        (_control(rejected.name, field.id), str(text))
        for field in rejected.form
        for text in field.errors
    ]
    return found + [(None, str(text)) for text in rejected.form.form_errors]


def _control(name: str, field_id: str) -> str:
    """The id of a field's control on the page."""
    if name in EVENTS.forms:
        return f"{name}-{field_id.removeprefix(f'{name}-')}"
    return "classification-0" if field_id == "classification" else field_id

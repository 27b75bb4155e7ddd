"""What the pages of plans and actions share: their events, what is missing, their dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app import labels
from app.blueprints.due import DueChip, plain_chip
from app.blueprints.events import Check, EventPage, EventPanel, PathStep, state_path
from app.blueprints.forms import TEXT_MAX_LENGTH, clean_text
from app.blueprints.plans.forms import (
    ACTION_FIELDS,
    COMMENT_FIELDS,
    PLAN_FIELDS,
    CancelForm,
    CloseForm,
)
from app.context import Context
from app.errors import Blocked, Invalid
from app.labels_guard_links import GUARD_ACTIONS, GUARD_LINKS
from app.models.base import Versioned
from app.models.plans import Action, ChangeRequest, Plan, Remark
from app.services import action_events, plan_facts, plan_history
from app.services.action_flags import PENDING_STATES, Light, light
from app.services.plan_facts import UNFORMULATED_STATES
from app.services.task_rows import AGREED
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ActionFlag
from workflows.plan import PlanState

# ------------------------------------------------------------------ where conditions are mended

WRITTEN_AT = {
    "causa": "root_cause_id",
    "indicador": "indicator_name",
    "fechas": "start_date",
    "responsable": "responsible_unit_id",
}
"""Fields of the action's form that mend a condition while the action is being written."""


def plan_link(row: Versioned, anchor: str) -> str:
    return url_for("plans.show", plan_id=row.id, _anchor=anchor)


def action_link(row: Versioned, anchor: str) -> str:
    state = getattr(row, "state", None)
    if anchor in WRITTEN_AT and state in UNFORMULATED_STATES:
        return url_for("plans.action_edit", action_id=row.id, _anchor=WRITTEN_AT[anchor])
    if anchor == "avance" and state is ActionState.RUNNING:
        return url_for("plans.progress_new", action_id=row.id)
    if anchor == "eficacia" and state is ActionState.IN_VERIFICATION:
        return url_for("plans.efficacy", action_id=row.id)
    if anchor == "efectividad" and state is ActionState.IN_EVALUATION:
        return url_for("plans.effectiveness", action_id=row.id)
    return url_for("plans.action_show", action_id=row.id, _anchor=anchor)


def request_link(row: Versioned, anchor: str) -> str:
    return url_for("plans.change_request_show", request_id=row.id, _anchor=anchor)


# ------------------------------------------------------------------ events

PLAN_EVENTS = EventPage(
    endpoint="plans.plan_event",
    id_name="plan_id",
    link=plan_link,
    forms={"cancel": CancelForm},
    given={"cancel": frozenset({"needs_authority_act"})},
    danger=frozenset({"discard", "cancel"}),
    secondary=frozenset({"recall", "send_back"}),
    hints={
        "submit": _l("Planeación y la OCI lo revisan. Mientras tanto no se puede cambiar."),
        "recall": _l("Vuelve a borrador para corregirlo antes de que lo revisen."),
        "start_review": _l("Quedará como revisor de este plan."),
        "send_back": _l("Vuelven a sus autores las acciones con observaciones; las demás esperan."),
        "approve": _l(
            "La OCI acepta el método; formular y ejecutar es de la primera línea. Las acciones "
            "comienzan en su fecha."
        ),
        "subscribe": _l("La dirección suscribe el plan que se envió al ente de control."),
        "evaluate": _l("Todas las acciones tienen ya su evaluación de efectividad."),
        "close": _l("El plan termina y no se vuelve a abrir."),
        "discard": _l("El borrador se archiva y sus hallazgos vuelven a esperar plan."),
        "cancel": _l("Es definitivo: sus acciones se anulan y sus hallazgos quedan sin plan."),
    },
)
ACTION_EVENTS = EventPage(
    endpoint="plans.action_event",
    id_name="action_id",
    link=action_link,
    danger=frozenset({"discard", "declare_unmet", "close_by_exception"}),
    secondary=frozenset({"recall", "send_back", "withdraw_report", "reject"}),
    hints={
        "report_completion": _l("La OCI verificará la evidencia. Ya no se podrá reportar avance."),
        "withdraw_report": _l("La acción vuelve a ejecución para completar el avance."),
        "start_verification": _l("Quedará como verificador de esta acción."),
        "verify": _l("La acción queda cumplida y empieza la espera para medir su efecto."),
        "reject": _l("La acción vuelve a ejecución y se avisa a sus responsables."),
        "declare_unmet": _l("El plazo venció sin cumplirse. El hallazgo pedirá otra acción."),
        "start_evaluation": _l("Quedará como evaluador de la efectividad."),
        "close_effective": _l("La causa desapareció y la acción termina."),
        "declare_ineffective": _l("La causa persiste: el hallazgo podrá reabrirse."),
        "close_by_exception": _l(
            "La acción termina sin medir su efecto, y así se dirá en todas las páginas."
        ),
    },
)
REQUEST_EVENTS = EventPage(
    endpoint="plans.change_request_event",
    id_name="request_id",
    link=request_link,
    danger=frozenset({"withdraw"}),
    secondary=frozenset({"deny"}),
    hints={
        "start_review": _l("La solicitud pasa a estudio."),
        "approve": _l("El cambio se aplica a la acción en este momento."),
        "deny": _l("La acción sigue como está."),
        "withdraw": _l("La solicitud se archiva sin decisión."),
    },
)


def plan_events(plan: Plan) -> EventPage:
    """The events of this plan: an internal one is accepted, an external one subscribed."""
    if not plan.source.is_external:
        return replace(PLAN_EVENTS, hidden=frozenset({"subscribe"}))
    return replace(
        PLAN_EVENTS,
        hidden=frozenset({"approve"}),
        forms={**PLAN_EVENTS.forms, "close": CloseForm},
        given={**PLAN_EVENTS.given, "close": frozenset({"needs_authority_result"})},
    )


def action_page_events(action: Action) -> EventPage:
    """The events of this action alone; those that its plan gives are not shown here."""
    hidden = {
        event for event in action_events.WITH_PLAN if action_events.is_with_plan(action.plan, event)
    }
    return replace(ACTION_EVENTS, hidden=frozenset(hidden))


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was sent with mistakes: its form, or the reason typed and what is wrong."""

    event: str
    form: FlaskForm | None = None
    reason: str = ""
    errors: Mapping[str, str] | None = None


def marked(
    panels: tuple[EventPanel | None, list[EventPanel]], rejected: Rejected | None
) -> tuple[EventPanel | None, list[EventPanel]]:
    """The panels with the refused event open and what was typed kept."""
    primary, others = panels
    if rejected is None:
        return primary, others

    def mark(panel: EventPanel) -> EventPanel:
        if panel.name != rejected.event:
            return panel
        return replace(panel, reason=rejected.reason, errors=rejected.errors or {}, open=True)

    return (mark(primary) if primary else None), [mark(panel) for panel in others]


def typed_reason() -> str:
    """The reason sent with an event. Raises: Invalid when it is no text, or too long."""
    raw = request.form.get("reason", "")
    try:
        reason = str(clean_text(raw))
    except ValueError:
        raise Invalid("reason", "text.unprintable") from None
    if len(reason) > TEXT_MAX_LENGTH:
        raise Invalid("reason", "text.too_long", most=TEXT_MAX_LENGTH)
    return reason


def without_reason(error: Blocked, event: str) -> Rejected | None:
    """The event to show open again, when all it lacks is the reason; None otherwise."""
    if any(not code.endswith(".needs_reason") for code in error.unmet):
        return None
    return Rejected(event, errors={"reason": labels.guard_message(error.unmet[0], error.facts)})


# ------------------------------------------------------------------ what is missing


def checks(row: Action, codes: Iterable[str], facts: Any) -> list[Check]:
    """Unmet conditions of an action, in sentences, each with the place that mends it."""
    return [
        Check(
            met=False,
            message=labels.guard_message(code, facts),
            link_url=action_link(row, GUARD_LINKS[code]),
            link_text=str(GUARD_ACTIONS[code]),
        )
        for code in codes
    ]


def formulation_checks(action: Action, codes: Sequence[str], max_months: int) -> list[Check]:
    return checks(action, codes, plan_facts.formulation(action, max_months=max_months))


# ------------------------------------------------------------------ paths and dates

INTERNAL_ROAD = (
    PlanState.DRAFT,
    PlanState.SUBMITTED,
    PlanState.IN_REVIEW,
    PlanState.APPROVED,
    PlanState.RUNNING,
    PlanState.COMPLETED,
    PlanState.EVALUATED,
    PlanState.CLOSED,
)
ACTION_ROAD = (
    ActionState.FORMULATED,
    ActionState.IN_REVIEW,
    ActionState.APPROVED,
    ActionState.RUNNING,
    ActionState.REPORTED,
    ActionState.IN_VERIFICATION,
    ActionState.FULFILLED,
    ActionState.IN_EVALUATION,
    ActionState.CLOSED_EFFECTIVE,
)
REQUEST_ROAD = (
    ChangeRequestState.REQUESTED,
    ChangeRequestState.IN_REVIEW,
    ChangeRequestState.APPROVED,
)


def path(ctx: Context, row: Plan | Action | ChangeRequest) -> list[PathStep]:
    """The main road of the thing, with the day it came to each state."""
    road: tuple[str, ...] = REQUEST_ROAD
    if isinstance(row, Action):
        road = ACTION_ROAD
    elif isinstance(row, Plan):
        road = plan_road(row)
    states = [*road, str(row.state)]
    return state_path(row.thing, road, row.state, plan_history.reached(ctx, row, states))


def plan_road(plan: Plan) -> tuple[PlanState, ...]:
    """Internal plans pass through `aprobado`, external ones through `suscrito`."""
    if not plan.source.is_external:
        return INTERNAL_ROAD
    return tuple(
        PlanState.SUBSCRIBED if state is PlanState.APPROVED else state for state in INTERNAL_ROAD
    )


CHIP_STATUS = {Light.RED: "late", Light.YELLOW: "soon", Light.GREEN: "done", Light.NONE: "ok"}


def action_chip(action: Action, flags: frozenset[ActionFlag], today: date) -> DueChip | None:
    """The end date of an action with its semáforo; it opens to who set it."""
    done = action.state not in PENDING_STATES
    chip = plain_chip(action.end_date, today, done=done, basis=AGREED if action.approved_at else "")
    if chip is None:
        return None
    status = CHIP_STATUS[light(action.state, flags)]
    if ActionFlag.LATE in flags:
        return replace(chip, status=status, remaining_text=gettext("reportada después"))
    return replace(chip, status=status)


def remark_field(remark: Remark) -> str:
    """What a remark is about, in words."""
    if remark.is_comment:
        return str(COMMENT_FIELDS[remark.field])
    known = ACTION_FIELDS if remark.action_id else PLAN_FIELDS
    return str(known.get(remark.field, known["general"]))

"""Words of the portal: how things stand, told to somebody who is no auditor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from app.filters import date_es
from workflows.action import ActionState
from workflows.audit import AuditPhase
from workflows.enums import Effectiveness, FindingType
from workflows.finding import FindingState
from workflows.plan import PlanState


@dataclass(frozen=True, slots=True)
class Words:
    """How a thing stands: a word for a badge, its tone and shape, and a whole sentence.

    `tone`: todo, active, wait, good, bad or ended; `shape`: the icon that goes with it, so that
    colour alone tells nothing.
    """

    tone: str
    shape: str
    short: str
    sentence: str


SHAPES = {
    "todo": "dot",
    "active": "half",
    "wait": "clock",
    "good": "check",
    "bad": "alert",
    "ended": "square",
}

FINDING_STATES: Mapping[str, tuple[str, Any, Any]] = {
    FindingState.CONFIRMED: (
        "todo",
        _l("Sin plan todavía"),
        _l("La entidad aún no tiene un plan aceptado para corregirlo."),
    ),
    FindingState.IN_PLAN: (
        "todo",
        _l("Con plan"),
        _l("Ya hay un plan para corregirlo; el trabajo aún no comienza."),
    ),
    FindingState.IN_TREATMENT: (
        "active",
        _l("Lo están corrigiendo"),
        _l("La entidad está haciendo lo que prometió."),
    ),
    FindingState.TO_VERIFY: (
        "wait",
        _l("Falta comprobarlo"),
        _l(
            "El trabajo prometido terminó. La Oficina de Control Interno está comprobando si "
            "el problema se acabó."
        ),
    ),
    FindingState.CLOSED: (
        "good",
        _l("Corregido y comprobado"),
        _l("La Oficina de Control Interno comprobó que se corrigió{day}."),
    ),
    FindingState.REOPENED: (
        "bad",
        _l("Se abrió de nuevo"),
        _l("Lo que se hizo no bastó: el problema siguió o volvió."),
    ),
}
STRENGTH = ("good", _l("Buena práctica"), _l("Es algo que la entidad hace bien."))
CLOSED_WITHOUT_PLAN = (
    "good",
    _l("Cerrado"),
    _l("Se cerró{day} sin plan de mejoramiento, porque este tipo de observación no lo exige."),
)

ACTION_STATES: Mapping[str, tuple[str, Any, Any]] = {
    ActionState.APPROVED: ("todo", _l("Por empezar"), _l("Comienza el {start}.")),
    ActionState.RUNNING: (
        "active",
        _l("En marcha"),
        _l("La entidad informa un avance del {pct} %. Al terminar, se comprobará."),
    ),
    ActionState.REPORTED: (
        "wait",
        _l("Dicen que ya cumplieron"),
        _l("La entidad dice que ya cumplió. Falta que la Oficina de Control Interno lo compruebe."),
    ),
    ActionState.IN_VERIFICATION: (
        "wait",
        _l("En comprobación"),
        _l("La Oficina de Control Interno está comprobando si se cumplió."),
    ),
    ActionState.FULFILLED: (
        "good",
        _l("Cumplido"),
        _l("La Oficina de Control Interno comprobó{verified} que se cumplió."),
    ),
    ActionState.IN_EVALUATION: (
        "good",
        _l("Cumplido"),
        _l("Se comprobó{verified} que se cumplió. Ahora se mira si resolvió el problema."),
    ),
    ActionState.CLOSED_EFFECTIVE: (
        "good",
        _l("Cumplido y funcionó"),
        _l("Se comprobó{verified} que se cumplió{evaluated}, y que resolvió el problema."),
    ),
    ActionState.INEFFECTIVE: (
        "bad",
        _l("Cumplido, pero no bastó"),
        _l("Se hizo lo prometido, pero no resolvió el problema."),
    ),
    ActionState.UNMET: ("bad", _l("No se cumplió"), _l("El plazo terminó y no se cumplió.")),
    ActionState.REFORMULATED: (
        "ended",
        _l("Cambiado por otro"),
        _l("Se reemplazó por otro compromiso."),
    ),
    ActionState.VOIDED: (
        "ended",
        _l("Retirado del plan"),
        _l("Se retiró del plan con autorización."),
    ),
}
BY_EXCEPTION = (
    "good",
    _l("Cumplido"),
    _l("Se comprobó{verified} que se cumplió. Se cerró sin evaluar si resolvió el problema."),
)
JUST_BEGUN = (
    "active",
    _l("En marcha"),
    _l("Ya comenzó. La entidad todavía no informa avances."),
)
LATE = ("bad", _l("Atrasado"), _l("Debía terminar el {end}. La entidad informa un {pct} %."))

PLAN_STATES: Mapping[str, tuple[str, Any, Any]] = {
    PlanState.APPROVED: ("todo", _l("Aceptado"), _l("El plan está aceptado y aún no comienza.")),
    PlanState.SUBSCRIBED: ("todo", _l("Suscrito"), _l("El plan está suscrito y aún no comienza.")),
    PlanState.RUNNING: ("active", _l("En marcha"), _l("La entidad está cumpliendo el plan.")),
    PlanState.COMPLETED: ("wait", _l("Por evaluar"), _l("El trabajo terminó; falta evaluarlo.")),
    PlanState.EVALUATED: ("good", _l("Evaluado"), _l("El plan se evaluó; falta cerrarlo.")),
    PlanState.CLOSED: ("good", _l("Cerrado"), _l("El plan se cumplió y se cerró.")),
    PlanState.CANCELLED: ("ended", _l("Cancelado"), _l("El plan se canceló por una decisión.")),
}
PHASES: Mapping[str, tuple[str, Any, Any]] = {
    AuditPhase.PENDING: ("todo", _l("Por iniciar"), _l("Todavía no comienza.")),
    AuditPhase.RUNNING: ("active", _l("En curso"), _l("La Oficina la está haciendo.")),
    AuditPhase.DONE: ("good", _l("Terminada"), _l("Ya tiene su informe final.")),
    AuditPhase.CANCELLED: ("ended", _l("Cancelada"), _l("No se hará.")),
}
MONTHS = (
    _l("Enero"),
    _l("Febrero"),
    _l("Marzo"),
    _l("Abril"),
    _l("Mayo"),
    _l("Junio"),
    _l("Julio"),
    _l("Agosto"),
    _l("Septiembre"),
    _l("Octubre"),
    _l("Noviembre"),
    _l("Diciembre"),
)
STAGE_LABELS: Mapping[str, Any] = {
    "por_corregir": _l("Sin empezar a corregir"),
    "en_correccion": _l("Lo están corrigiendo"),
    "por_comprobar": _l("Falta comprobarlo"),
    "corregido": _l("Corregido y comprobado"),
}
SEVERITY_LABELS: Mapping[str, Any] = {
    "critico": _l("gravedad muy alta"),
    "mayor": _l("gravedad alta"),
    "menor": _l("gravedad baja"),
}
EFFECTIVENESS_LABELS: Mapping[str, Any] = {
    Effectiveness.EFFECTIVE: _l("Funcionó"),
    Effectiveness.PARTIAL: _l("Funcionó en parte"),
    Effectiveness.INEFFECTIVE: _l("No funcionó"),
    Effectiveness.NOT_EVALUATED: _l("Sin evaluar"),
}
STATED_BY_DAY = frozenset({ActionState.APPROVED, ActionState.RUNNING})


def finding_words(finding: Any, *, has_promises: bool = True) -> Words:
    """How a published finding stands."""
    chosen = FINDING_STATES[finding.state]
    if finding.type == FindingType.STRENGTH:
        chosen = STRENGTH
    elif finding.state == FindingState.CLOSED and not has_promises:
        chosen = CLOSED_WITHOUT_PLAN
    return _words(chosen, day=_on(finding.closed_on))


def action_words(action: Any, today: date) -> Words:
    """How a promise stands today. What was reported in time is not late while it is verified."""
    chosen = ACTION_STATES[action.state]
    if action.by_exception:
        chosen = BY_EXCEPTION
    elif is_late(action, today):
        chosen = LATE
    elif action.state == ActionState.RUNNING and not action.progress_pct:
        chosen = JUST_BEGUN
    return _words(
        chosen,
        start=date_es(action.start_date),
        end=date_es(action.end_date),
        pct=action.progress_pct,
        verified=_on(action.verified_on, ","),
        evaluated=_on(action.evaluated_on, ","),
    )


def is_late(action: Any, today: date) -> bool:
    return action.state in STATED_BY_DAY and action.end_date < today


def plan_words(plan: Any) -> Words:
    return _words(PLAN_STATES[plan.state])


def phase_words(phase: str) -> Words:
    """How far an audit of the annual plan is."""
    return _words(PHASES[phase])


def _words(chosen: tuple[str, Any, Any], **values: object) -> Words:
    tone, short, sentence = chosen
    return Words(tone, SHAPES[tone], str(short), str(sentence).format(**values))


def _on(day: date | None, around: str = "") -> str:
    """ " el 12 mar 2027", or nothing while there is no day."""
    return "" if day is None else f"{around} {_l('el')} {date_es(day)}{around}"

"""What the page of a finding says in words: where it is, what it waits for, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.due import DueChip, chip, computed_chip, plain_chip, rules
from app.blueprints.events import PathStep, state_path
from app.context import Context
from app.labels_actions import action_label
from app.labels_workflow import WITHDRAWN_LABELS
from app.models.findings import Finding, FindingEvidence
from app.models.plans import Action
from app.services import duty_terms
from app.services.action_flags import PENDING_STATES
from app.services.finding_facts import is_suspended
from app.services.finding_history import Step
from app.services.finding_queries import View
from app.services.task_rows import AGREED
from workflows.audit import AuditState
from workflows.enums import EvidenceQuality, PlanSource
from workflows.finding import FindingState

# Six steps, which a page shows in one line: until the finding is firm, how it comes to
# be; from then on, how it is mended.
ROAD_TO_FIRM = (
    FindingState.DRAFT,
    FindingState.IN_REVIEW,
    FindingState.PRELIMINARY,
    FindingState.CONTRADICTION,
    FindingState.RATIFIED,
    FindingState.CONFIRMED,
)
ROAD_FROM_FIRM = (
    FindingState.RATIFIED,
    FindingState.CONFIRMED,
    FindingState.IN_PLAN,
    FindingState.IN_TREATMENT,
    FindingState.TO_VERIFY,
    FindingState.CLOSED,
)
EXTERNAL_ROAD = (FindingState.DRAFT, *ROAD_FROM_FIRM[1:])


def badge_label(finding: Finding) -> str:
    """The state in words; a withdrawn finding says why."""
    if finding.withdrawal_ground is not None:
        return str(WITHDRAWN_LABELS[finding.withdrawal_ground.value])
    return labels.state_label("finding", finding.state)


def decision_label(view: View) -> str:
    """What was decided on the reply, also after the finding went on its way."""
    if view.finding.state is FindingState.WITHDRAWN:
        return badge_label(view.finding)
    return labels.state_label("finding", _last_decision(view))


def path(view: View) -> list[PathStep]:
    """The road of the finding with the day on which it reached each state it is past or at."""
    state = view.finding.state
    road = _road(view)
    dates: Mapping[str, Any] = view.reached
    if state in road:  # after a return, the states ahead have dates of an earlier time
        dates = {each: dates[each] for each in road[: road.index(state) + 1] if each in dates}
    return state_path("finding", road, state, dates)


def _road(view: View) -> tuple[FindingState, ...]:
    finding = view.finding
    if finding.source is not PlanSource.INTERNAL_AUDIT:
        return EXTERNAL_ROAD
    road: tuple[FindingState, ...] = ROAD_FROM_FIRM
    if finding.confirmed_at is None:
        road = ROAD_TO_FIRM
    if _last_decision(view) is FindingState.MODIFIED:
        road = tuple(FindingState.MODIFIED if s is FindingState.RATIFIED else s for s in road)
    if view.is_team:
        return road
    # What came before the communication is the team's own.
    return tuple(s for s in road if s not in (FindingState.DRAFT, FindingState.IN_REVIEW))


def _last_decision(view: View) -> FindingState:
    """Ratified or modified, whichever came last; ratified while nothing was decided."""
    modified = view.reached.get(FindingState.MODIFIED)
    ratified = view.reached.get(FindingState.RATIFIED)
    if modified is not None and (ratified is None or modified >= ratified):
        return FindingState.MODIFIED
    return FindingState.RATIFIED


def due(ctx: Context, finding: Finding) -> DueChip | None:
    """The term of the reply, while it runs and after it."""
    audit = finding.audit
    if audit is None or finding.communicated_at is None:
        return None
    open_ = finding.state is FindingState.PRELIMINARY
    return chip(audit.reply_due, ctx.today(), done=not open_)


def analysis_due(ctx: Context, view: View) -> DueChip | None:
    """Until when the OCI decides on the reply that was filed."""
    audit, reply = view.finding.audit, view.reply
    if audit is None or reply is None or audit.state is AuditState.SUSPENDED:
        return None
    term = duty_terms.reply_analysis(rules(), audit, reply.submitted_at)
    decided = view.finding.state is not FindingState.CONTRADICTION
    return computed_chip(term, ctx.today(), done=decided)


def action_chip(ctx: Context, action: Action) -> DueChip | None:
    """The end date that the plan agreed."""
    done = action.state not in PENDING_STATES
    basis = AGREED if action.approved_at else ""
    return plain_chip(action.end_date, ctx.today(), done=done, basis=basis)


def waiting(view: View) -> str:
    """What the finding waits for, for who has no step to take."""
    finding = view.finding
    if is_suspended(finding.audit):
        return str(gettext("La auditoría está suspendida: el hallazgo no avanza hasta reanudarla."))
    leader = finding.process.leader
    name = leader.name if leader else gettext("el líder del proceso")
    texts: dict[FindingState, str] = {
        FindingState.DRAFT: gettext("Su autor lo está escribiendo."),
        FindingState.IN_REVIEW: gettext("Se comunicará con el informe preliminar de la auditoría."),
        FindingState.PRELIMINARY: gettext("%(name)s puede responderlo.", name=name),
        FindingState.CONTRADICTION: gettext("El jefe de la OCI decide sobre la réplica."),
        FindingState.RATIFIED: gettext("Quedará en firme con el informe final."),
        FindingState.MODIFIED: gettext("Quedará en firme con el informe final."),
        FindingState.CONFIRMED: gettext("%(name)s formula el plan de mejoramiento.", name=name),
        FindingState.IN_PLAN: gettext("Sus acciones todavía no comienzan."),
        FindingState.IN_TREATMENT: gettext("%(name)s ejecuta las acciones.", name=name),
        FindingState.TO_VERIFY: gettext("La OCI verifica la efectividad de las acciones."),
        FindingState.REOPENED: gettext("%(name)s formula nuevas acciones.", name=name),
        FindingState.CLOSED: gettext("El hallazgo está cerrado."),
        FindingState.WITHDRAWN: gettext("El hallazgo fue retirado y se conserva en la historia."),
    }
    return texts[finding.state]


def entry(step: Step) -> dict[str, Any]:
    def state(value: str) -> str:
        return labels.state_label("finding", value) if value else ""

    return {
        "id": step.seq,
        "when": step.at,
        "person": step.person,
        "text": action_label("finding", step.action),
        "from_label": state(step.source),
        "to_label": state(step.target),
        "reason": step.reason,
        "sequence": step.seq,
        "on_behalf_of": step.on_behalf_of,
    }


PARTS = (
    ("title", _l("Título")),
    ("condition", _l("Condición")),
    ("criterion", _l("Criterio")),
    ("norm_article", _l("Artículo o numeral")),
    ("cause", _l("Causa")),
    ("effect", _l("Efecto")),
    ("recommendation", _l("Recomendación")),
)


def changed_since(view: View) -> list[tuple[str, str, str]]:
    """(part, preliminary text, text now) of each part that is not as it was communicated."""
    if view.preliminary is None:
        return []
    before = view.preliminary.content
    return [
        (str(name), str(before.get(field, "")), getattr(view.finding, field))
        for field, name in PARTS
        if str(before.get(field, "")) != getattr(view.finding, field)
    ]


def quality(evidence: FindingEvidence) -> str:
    """What was judged of a piece of evidence, and what nobody has said of it yet."""
    names = {each: labels.label(each).lower() for each in EvidenceQuality}
    has = [name for each, name in names.items() if each.value in evidence.qualities]
    lacks = [name for name in names.values() if name not in has]
    if not has:
        return str(gettext("Calidad sin valorar."))
    if not lacks:
        return str(gettext("Es suficiente, confiable, relevante y útil."))
    told = {"has": ", ".join(has), "lacks": ", ".join(lacks)}
    return str(gettext("Es: %(has)s. Sin comprobar: %(lacks)s.", **told))

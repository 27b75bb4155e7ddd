"""What the tabs of an audit share: who it is, where it is, how its events are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.blueprints.due import DueChip, chip, computed_chip, rules
from app.blueprints.events import EventPage, EventPanel, PathStep, state_path
from app.context import Context
from app.filters import date_es
from app.models.audits import Audit
from app.models.base import Versioned
from app.permissions import Permission, can
from app.services import (
    audit_events,
    audit_facts,
    audit_history,
    audit_terms,
    audits,
    duty_terms,
)
from workflows.audit import AuditState
from workflows.finding import FindingState

ROAD = (
    AuditState.SCHEDULED,
    AuditState.PLANNING,
    AuditState.FIELDWORK,
    AuditState.DRAFT_REPORT,
    AuditState.CONTRADICTION,
    AuditState.FINAL_REPORT,
    AuditState.PLAN_FORMULATION,
    AuditState.FOLLOW_UP,
    AuditState.CLOSED,
)
DECIDING = frozenset({AuditState.CONTRADICTION, AuditState.FINAL_REPORT})
BEFORE_OPENING = frozenset({AuditState.SCHEDULED, AuditState.PLANNING})
PLACES: Mapping[str, tuple[str, str]] = {
    "plan-anual": ("audits.show", "datos"),
    "equipo": ("audits.show", "equipo"),
    "declaraciones": ("audits.show", "equipo"),
    "programa": ("audits.program", "firma"),
    "anuncio": ("audits.program", "anuncio"),
    "hallazgos": ("audits.findings", "hallazgos"),
    "replicas": ("audits.findings", "hallazgos"),
    "decisiones": ("audits.findings", "hallazgos"),
    "planes": ("audits.findings", "hallazgos"),
    "papeles": ("audits.papers", "papeles"),
    "informe": ("audits.show", "informes"),
    "version-publica": ("audits.show", "informes"),
    "proceso": ("audits.show", "datos"),
    "comite": ("audits.show", "comite"),
    "expediente": ("audits.documents", "expediente"),
}
"""Where each anchor of a guard is: the page, and the id on it."""


def link(row: Versioned, anchor: str) -> str:
    """Address of the place that mends a condition."""
    endpoint, fragment = PLACES.get(anchor, ("audits.show", anchor))
    return url_for(endpoint, audit_id=row.id, _anchor=fragment)


EVENTS = EventPage(
    endpoint="audits.fire",
    id_name="audit_id",
    link=link,
    given={event: frozenset({"needs_report_document"}) for event in audit_events.REPORTS},
    danger=frozenset({"cancel"}),
    signed=frozenset(audit_events.REPORTS),
    secondary=frozenset({"suspend", "return_to_fieldwork"}),
    hints={
        "start_planning": _l("El equipo podrá declarar, escribir el programa y anunciarla."),
        "start_execution": _l("El programa queda fijo y se abren los papeles de trabajo."),
        "finish_fieldwork": _l("Los hallazgos revisados pasan al informe preliminar."),
        "issue_draft_report": _l(
            "Se firma, se radica y se envía al líder del proceso. Desde ese momento él puede leer "
            "los hallazgos y empieza a correr el término de réplica."
        ),
        "start_final_report": _l("Se cierra la contradicción y se prepara el informe final."),
        "issue_final_report": _l(
            "Se firma, se radica y se envía al líder del proceso y a la alta dirección. Los "
            "hallazgos quedan en firme."
        ),
        "start_follow_up": _l("La auditoría pasa a verificar el cumplimiento de los planes."),
        "close": _l("La auditoría termina y no se vuelve a abrir."),
        "return_to_fieldwork": _l("Los papeles de trabajo y los hallazgos se pueden corregir."),
        "suspend": _l("Los términos dejan de correr y los hallazgos no avanzan hasta reanudarla."),
        "resume": _l("Vuelve a la etapa en que estaba y los términos se corren."),
        "cancel": _l("Es definitivo: sus hallazgos se retiran y no se comunican."),
    },
)


@dataclass(frozen=True, slots=True)
class Typed:
    """An event that was sent with mistakes: what was typed and what is wrong with it."""

    event: str
    reason: str
    errors: Mapping[str, str]


def panels(
    ctx: Context, audit: Audit, typed: Typed | None = None
) -> tuple[EventPanel | None, list[EventPanel]]:
    """The next step and the other ones for this actor; nothing is read for who may fire none."""
    if not any(can(ctx.actor, f"audit.{event}", audit) for event in ("start_planning", "close")):
        return None, []
    primary, others = EVENTS.panels(ctx, audit, audit_facts.facts(ctx, audit))
    if typed is None:
        return primary, others
    return _with(primary, typed), [_marked(each, typed) for each in others]


def _with(panel: EventPanel | None, typed: Typed) -> EventPanel | None:
    return None if panel is None else _marked(panel, typed)


def _marked(panel: EventPanel, typed: Typed) -> EventPanel:
    if panel.name != typed.event:
        return panel
    return replace(panel, reason=typed.reason, errors=typed.errors, open=True)


def path(ctx: Context, audit: Audit) -> list[PathStep]:
    """The road of the audit with the day on which it reached each state it is past or at."""
    dates = audit_history.reached(ctx, audit)
    if audit.state in ROAD:  # after a return, the states ahead have dates of an earlier time
        ahead = set(ROAD[ROAD.index(audit.state) + 1 :])
        dates = {state: at for state, at in dates.items() if state not in ahead}
    return state_path("audit", ROAD, audit.state, dates)


def terms(ctx: Context, audit: Audit) -> list[tuple[str, DueChip]]:
    """The audit's terms, each with its name and its arithmetic."""
    opening = audit_terms.opening_from(ctx, audit) if audit.state in BEFORE_OPENING else None
    first = chip(opening.to_json(), ctx.today()) if opening else None
    in_plan = audit.state is AuditState.PLAN_FORMULATION
    decision = None
    if audit.state in DECIDING:
        decision = computed_chip(duty_terms.reply_analysis(rules(), audit), ctx.today())
    found = (
        (gettext("Apertura"), replace(first, label=gettext("Desde el")) if first else None),
        (gettext("Réplica"), _reply_chip(ctx, audit)),
        (gettext("Decisión e informe final"), decision),
        (gettext("Plan de mejoramiento"), chip(audit.plan_due, ctx.today(), done=not in_plan)),
    )
    return [(name, due) for name, due in found if due is not None]


def _reply_chip(ctx: Context, audit: Audit) -> DueChip | None:
    """The term to reply; while the audit is suspended it stands still."""
    found = chip(audit.reply_due, ctx.today(), done=audit.state is not AuditState.CONTRADICTION)
    stopped = audit.previous_state == AuditState.CONTRADICTION
    if found is None or audit.state is not AuditState.SUSPENDED or not stopped:
        return found
    return replace(found, label=gettext("Suspendido; vencía el"), status="ok")


def running_term(ctx: Context, audit: Audit) -> DueChip | None:
    """The term that runs now for the audited process; None while none does."""
    if audit.state is AuditState.CONTRADICTION:
        return chip(audit.reply_due, ctx.today())
    if audit.state is AuditState.PLAN_FORMULATION:
        return chip(audit.plan_due, ctx.today())
    return None


def waiting(ctx: Context, audit: Audit) -> str:
    """What the audit waits for, for who has no step of its own to take. The leader of the
    audited process has one, in another place: the sentence leads there."""
    if audit.process_id in ctx.actor.led_processes:
        if audit.state is AuditState.CONTRADICTION:
            return _led(
                gettext("Puede responder los hallazgos hasta el"),
                audit.reply_due_on,
                url_for("findings.overview", audit_id=audit.id),
                gettext("Responder los hallazgos"),
            )
        if audit.state is AuditState.PLAN_FORMULATION:
            return _led(
                gettext("Debe presentar el plan de mejoramiento a más tardar el"),
                audit.plan_due_on,
                url_for("plans.new", process_id=audit.process_id),
                gettext("Formular el plan"),
            )
    leader = audit.process.leader.name if audit.process.leader else gettext("el líder del proceso")
    texts: dict[AuditState, str] = {
        AuditState.SCHEDULED: gettext("El jefe de la OCI o el auditor líder inicia la planeación."),
        AuditState.PLANNING: gettext("El equipo prepara el programa y el jefe de la OCI lo firma."),
        AuditState.FIELDWORK: gettext("El equipo está en trabajo de campo."),
        AuditState.DRAFT_REPORT: gettext("El jefe de la OCI prepara el informe preliminar."),
        AuditState.CONTRADICTION: gettext("%(name)s responde los hallazgos.", name=leader),
        AuditState.FINAL_REPORT: gettext("El jefe de la OCI prepara el informe final."),
        AuditState.PLAN_FORMULATION: gettext(
            "%(name)s formula el plan de mejoramiento.", name=leader
        ),
        AuditState.FOLLOW_UP: gettext("La OCI verifica las acciones del plan de mejoramiento."),
        AuditState.CLOSED: gettext("La auditoría está cerrada."),
        AuditState.SUSPENDED: gettext("La auditoría está suspendida y sus términos no corren."),
        AuditState.CANCELLED: gettext("La auditoría fue cancelada."),
    }
    return texts[audit.state]


def _led(text: str, day: date | None, address: str, label: str) -> Markup:
    """A sentence with its date, and the link to where one goes on."""
    return Markup('{} {}. <a href="{}">{}</a>').format(text, date_es(day), address, label)


def render(ctx: Context, template: str, audit: Audit, tab: str, **values: Any) -> str:
    """One tab of an audit."""
    counts = audits.counts(ctx, audit)
    return render_template(
        template,
        audit=audit,
        counts=counts,
        tabs=_tabs(ctx, audit, counts, tab),
        opened=_opened(counts),
        **values,
    )


def _opened(counts: audits.Counts) -> str:
    """How many findings are open, in words."""
    ended = {FindingState.CLOSED, FindingState.WITHDRAWN}
    number = sum(n for state, n in counts.findings.items() if state not in ended)
    return str(ngettext("%(num)s hallazgo abierto", "%(num)s hallazgos abiertos", number))


def _tabs(
    ctx: Context, audit: Audit, counts: audits.Counts, here: str
) -> list[tuple[str, str, bool, int | None]]:
    def tab(name: str, label: str, badge: int | None = None) -> tuple[str, str, bool, int | None]:
        return url_for(f"audits.{name}", audit_id=audit.id), label, name == here, badge

    found = [tab("show", gettext("Resumen")), tab("program", gettext("Programa"))]
    if can(ctx.actor, Permission.INFORMATION_REQUEST_READ, audit):
        found.append(tab("letters_of", gettext("Cartas y actas")))
        found.append(tab("information_of", gettext("Solicitudes")))
    if counts.papers is not None:
        found.append(tab("papers", gettext("Papeles"), counts.papers))
    found.append(tab("findings", gettext("Hallazgos"), counts.finding_total))
    found.append(tab("documents", gettext("Documentos"), counts.documents))
    found.append(tab("history", gettext("Historia")))
    return found

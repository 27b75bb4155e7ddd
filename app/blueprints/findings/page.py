"""How the page of a finding is put together: its path, its steps, its forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.blueprints.draft_forms import restore
from app.blueprints.events import EventPage, EventPanel
from app.blueprints.findings import forms, wording
from app.blueprints.forms import pairs
from app.context import Context
from app.models.base import Versioned
from app.models.findings import Finding, Referral, ReplyExtension
from app.permissions import Permission, can
from app.services import (
    finding_events,
    finding_queries,
    finding_records,
    referrals,
    reply_extensions,
    submissions,
)
from app.services.finding_facts import ReopeningGround, is_suspended
from app.services.finding_queries import View
from workflows.enums import Incidence
from workflows.finding import FindingState

TEXT_ANCHORS = {
    "condicion": "condition",
    "criterio": "criterion",
    "efecto": "effect",
    "recomendacion": "recommendation",
    "responsable": "process_id",
    "fuente": "source_report",
}
"""Anchors of the conditions that are mended in the edit form, with the field there."""
OWN_PAGE = frozenset({"reply", "modify"})
"""Events whose form is too long for the page of the finding."""


def link(row: Versioned, anchor: str) -> str:
    """Address of the place that mends a condition."""
    if anchor in TEXT_ANCHORS:
        return url_for("findings.edit", finding_id=row.id, _anchor=TEXT_ANCHORS[anchor])
    if anchor == "replica":
        return url_for("findings.reply", finding_id=row.id)
    return url_for("findings.show", finding_id=row.id, _anchor=anchor)


EVENTS = EventPage(
    endpoint="findings.fire",
    id_name="finding_id",
    link=link,
    forms={
        "send_back": forms.ReasonForm,
        "discard": forms.ReasonForm,
        "ratify": forms.ReasonForm,
        "withdraw": forms.ReasonForm,
        "escalate": forms.ReasonForm,
        "close_without_plan": forms.ReasonForm,
        "close": forms.ReasonForm,
        "reopen": forms.ReopenForm,
        "annul": forms.AnnulForm,
    },
    given={
        "reply": frozenset({"needs_reply"}),
        "modify": frozenset({"needs_new_text"}),
        "annul": frozenset({"needs_decision"}),
    },
    danger=frozenset({"discard", "withdraw", "annul"}),
    secondary=frozenset({"send_back", "modify", "escalate", "close_without_plan", "reopen"}),
    hints={
        "submit": _l("El auditor líder o el jefe de la OCI lo revisará."),
        "send_back": _l("Vuelve a ser borrador para que su autor lo corrija."),
        "discard": _l("No se comunica. Se conserva con el motivo."),
        "ratify": _l("Queda como se comunicó y pasa al informe final."),
        "withdraw": _l("Los argumentos lo desvirtuaron. Se conserva con el motivo."),
        "escalate": _l("El comité (CICCI) dirime la diferencia; solo puede hacerse una vez."),
        "register_external": _l("Queda en firme: el proceso responsable debe formular su plan."),
        "close_without_plan": _l("Termina sin plan de mejoramiento."),
        "close": _l("Las acciones resultaron efectivas: el hallazgo termina."),
        "reopen": _l("El proceso responsable debe formular nuevas acciones."),
        "annul": _l("Deja de ser un hallazgo en firme, por decisión del comité o de autoridad."),
    },
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A form of the page that was sent with mistakes: it is shown again as it was typed."""

    name: str
    form: FlaskForm


# ------------------------------------------------------------------ events


def event_form(ctx: Context, finding: Finding, event: str) -> FlaskForm:
    """The form of an event as it was sent."""
    form_type = forms.NewTextForm if event == "modify" else EVENTS.forms.get(event, forms.EmptyForm)
    form = form_type()
    if isinstance(form, forms.ReopenForm):
        form.ground.choices = _ground_choices(finding_queries.grounds(ctx, finding))
    return form


def _ground_choices(grounds: tuple[ReopeningGround, ...]) -> dict[str, str]:
    rows = ((each.key, f"{each.code} · {each.text[:120]}") for each in grounds)
    return pairs(rows, _l("Elija…"))


def panels(
    ctx: Context, view: View, rejected: Rejected | None
) -> tuple[EventPanel | None, list[EventPanel]]:
    """The next step and the others; none while the audit is suspended."""
    finding = view.finding
    if is_suspended(finding.audit):
        return None, []
    typed = {rejected.name: rejected.form} if rejected and rejected.name in EVENTS.forms else {}
    primary, others = EVENTS.panels(ctx, finding, view.facts, rejected=typed)
    made = [
        _ready(view, each)
        for each in ([primary] if primary else []) + others
        if finding_events.concerns(finding, each.name)
    ]
    leading = [each for each in made if not each.danger and each.name not in EVENTS.secondary]
    first = next((each for each in leading if each.allowed), leading[0] if leading else None)
    return first, [each for each in made if each is not first]


def _ready(view: View, panel: EventPanel) -> EventPanel:
    """With the choices of its form and ids of its own."""
    if isinstance(panel.fields, forms.ReopenForm):
        panel.fields.ground.choices = _ground_choices(view.grounds)
    for each in panel.fields or ():
        each.id = each.label.field_id = f"{panel.name}-{each.short_name}"
    return panel


# ------------------------------------------------------------------ forms of the page


def _forms(ctx: Context, view: View, rejected: Rejected | None) -> dict[str, FlaskForm]:
    """The forms this actor may use now, by name, with ids of their own."""
    made = _writing_forms(ctx, view) | _head_forms(ctx, view)
    if rejected is not None and rejected.name in made:
        made[rejected.name] = rejected.form
    if isinstance(made.get("link"), forms.LinkForm):
        rows = ((each.id, each.title) for each in view.linkable)
        made["link"].document_id.choices = pairs(rows, _l("Elija…"))
    for name, form in made.items():
        for each in form:
            each.id = each.label.field_id = f"{name}-{each.short_name}"
    return made


def judgement(evidence_id: int) -> str:
    """The name of the form that values a piece of evidence."""
    return f"judge-{evidence_id}"


def _writing_forms(ctx: Context, view: View) -> dict[str, FlaskForm]:
    """What the team adds: evidence, the analysis of the reply, a cause still missing."""
    finding, actor = view.finding, ctx.actor
    made: dict[str, FlaskForm] = {}
    if can(actor, Permission.FINDING_ADD_EVIDENCE, finding):
        made["evidence"] = forms.EvidenceForm(formdata=None)
        made |= {
            judgement(each.id): forms.QualityForm(formdata=None, qualities=each.qualities)
            for each in view.evidence
        }
        if view.linkable:
            made["link"] = forms.LinkForm(formdata=None)
    is_contested = finding.state is FindingState.CONTRADICTION
    if is_contested and can(actor, Permission.FINDING_ANALYSE, finding):
        made["analysis"] = forms.AnalysisForm(formdata=None, analysis=finding.analysis)
        restore(ctx, made["analysis"], finding_records.ANALYSIS_FORM, finding.id)
    if not finding.cause.strip() and can(actor, Permission.FINDING_COMPLETE_CAUSE, finding):
        made["cause"] = forms.CauseForm(formdata=None)
    return made


def _head_forms(ctx: Context, view: View) -> dict[str, FlaskForm]:
    """What the head of the OCI registers: what others decided."""
    finding = view.finding
    made: dict[str, FlaskForm] = {}
    if not can(ctx.actor, Permission.FINDING_RECORD_DECISION, finding):
        return made
    if finding_records.expected_decision(finding) is not None:
        made["decision"] = forms.DecisionForm(formdata=None)
    if can(ctx.actor, Permission.FINDING_REFER, finding):
        made["referral"] = offer_addressees(ctx, forms.ReferralForm(formdata=None))
    if finding_records.awaits_authority(finding):
        made["authority"] = forms.AuthorityForm(formdata=None, obj=finding)
    return made


def offer_addressees(ctx: Context, form: forms.ReferralForm) -> forms.ReferralForm:
    """With the people of the entity that a referral may be for."""
    people = referrals.possible_addressees(ctx)
    rows = ((person.id, f"{person.name}, {person.position}") for person in people)
    form.addressee_id.choices = pairs(rows, _l("Ninguna"))
    return form


# ------------------------------------------------------------------ the page


def render(ctx: Context, finding_id: int, rejected: Rejected | None = None) -> str:
    """The page of a finding. Raises: NotFound."""
    view = finding_queries.view(ctx, finding_id)
    finding = view.finding
    primary, others = panels(ctx, view, rejected)
    told = referrals.of_finding(ctx, finding) if finding.confirmed_at or not finding.audit else ()
    long_steps = [each for each in ([primary] if primary else []) + others if each.name in OWN_PAGE]
    return render_template(
        "findings/show.html",
        view=view,
        finding=finding,
        badge_label=wording.badge_label(finding),
        decision_label=wording.decision_label(view),
        path=wording.path(view),
        primary=None if primary and primary.name in OWN_PAGE else primary,
        others=[each for each in others if each.name not in OWN_PAGE],
        long_steps=long_steps,
        waiting=wording.waiting(view),
        forms_of=_forms(ctx, view, rejected),
        rejected=rejected,
        summary=errors_of(rejected),
        due=wording.due(ctx, finding),
        extensions=_extensions(ctx, finding),
        may_extend=view.is_auditee
        and finding.audit is not None
        and reply_extensions.may_request(ctx, finding.audit),
        referrals=told,
        answer_forms=_answer_forms(ctx, told, rejected),
        opened=referrals.first_read(ctx, told),
        quality=wording.quality,
        incidences=[Incidence(each) for each in finding.incidences],
        analysis_due=wording.analysis_due(ctx, view),
        action_chip=lambda action: wording.action_chip(ctx, action),
        suspended=is_suspended(finding.audit),
        history=[wording.entry(each) for each in view.history],
        idempotency_key=submissions.new_key(),
        changed=wording.changed_since(view),
        may_edit=can(ctx.actor, Permission.FINDING_EDIT, finding),
        may_draft_reply=can(ctx.actor, Permission.FINDING_DRAFT_REPLY, finding),
    )


def _extensions(ctx: Context, finding: Finding) -> Sequence[ReplyExtension]:
    """Those of the reply term, once it was told."""
    if finding.audit_id is None or finding.communicated_at is None:
        return ()
    return reply_extensions.of_audit(ctx, finding.audit_id)


def _answer_forms(
    ctx: Context, told: Sequence[Referral], rejected: Rejected | None
) -> dict[int, FlaskForm]:
    """For the answer to each referral, with ids of its own."""
    made: dict[int, FlaskForm] = {}
    for each in told:
        is_outside = each.addressee_id is None
        if is_outside and can(ctx.actor, Permission.REFERRAL_RECORD_ANSWER, each):
            name = f"answer-{each.id}"
            is_sent = rejected is not None and rejected.name == name
            form = rejected.form if rejected and is_sent else _answer_form(each)
            for field in form:
                field.id = field.label.field_id = f"{name}-{field.short_name}"
            made[each.id] = form
    return made


def _answer_form(referral: Referral) -> FlaskForm:
    return forms.ReferralAnswerForm(formdata=None, obj=referral)


def errors_of(rejected: Rejected | None) -> list[tuple[str | None, str]]:
    """(id, message) of each mistake, for the summary at the top."""
    if rejected is None:
        return []
    found: list[tuple[str | None, str]] = [
        (f"{rejected.name}-{field.short_name}", str(text))
        for field in rejected.form
        for text in field.errors
    ]
    return found + [(None, str(text)) for text in rejected.form.form_errors]

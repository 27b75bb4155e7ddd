"""Resumen: how the audit is going and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import (
    DecisionForm,
    DeclarationForm,
    MemberForm,
    RemoveForm,
    ResolutionForm,
)
from app.blueprints.forms import pairs
from app.blueprints.web import current_context
from app.context import Context
from app.errors import NotFound
from app.models.audits import Audit, AuditMember, ReportKind
from app.permissions import can
from app.services import (
    audit_team,
    audits,
    committee,
    evaluations,
    publications,
    reports,
    submissions,
)

CHOOSE = _l("Elija…")
TIES: Mapping[str, Any] = {
    "leader": _l("no puede: es líder del proceso"),
    "liaison": _l("no puede: es enlace del proceso"),
    "head": _l("no puede: es jefe de la dependencia"),
    "past": _l("no puede todavía: respondió por el proceso hace poco"),
    "unit": _l("es de la dependencia auditada"),
}


@bp.get("/auditorias/<int:audit_id>")
def show(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    return render(ctx, audits.find(ctx, audit_id))


def render(ctx: Context, audit: Audit, *, typed: page.Typed | None = None, **sent: Any) -> str:
    """The summary. `sent` are forms of this page that came back with mistakes: `member`,
    `declaration`, `decision`; `removal` and `resolution` as (id of the member, form)."""
    primary, others = page.panels(ctx, audit, typed)
    return page.render(
        ctx,
        "audits/show.html",
        audit,
        "show",
        steps=page.path(ctx, audit),
        primary=primary,
        others=others,
        waiting=page.waiting(ctx, audit),
        terms=page.terms(ctx, audit),
        reports=_reports(ctx, audit),
        team=_team(ctx, audit, audit_team.members(ctx, audit), sent),
        evaluation=evaluations.of_audit(ctx, audit),
        decisions=_decisions(ctx, audit, sent.get("decision")),
        key=submissions.new_key(),
    )


def _reports(ctx: Context, audit: Audit) -> dict[str, Any]:
    """The reports card: what was made, and what this actor may make now."""
    kinds = [kind for kind, states in reports.PREPARED_IN.items() if audit.state in states]
    may_report = can(ctx.actor, "audit.report", audit)
    may_publish = audit.state in publications.PREPARABLE
    return {
        "found": audits.reports(ctx, audit),
        "kind": kinds[0] if kinds and may_report else None,
        "publication": audits.publication(ctx, audit),
        "may_publish": may_publish and can(ctx.actor, "publication.prepare", audit),
    }


@bp.post("/auditorias/<int:audit_id>/informes")
def generate_report(audit_id: int) -> ResponseReturnValue:
    kind = request.form.get("kind", "")
    if kind not in set(ReportKind):
        raise NotFound
    reports.generate(current_context(), audit_id, ReportKind(kind))
    flash(gettext("Se generó un borrador del informe, sin firma ni radicado."), "success")
    return redirect(url_for(".show", audit_id=audit_id, _anchor="informes"), code=303)


def _team(
    ctx: Context, audit: Audit, members: Sequence[AuditMember], sent: Mapping[str, Any]
) -> dict[str, Any]:
    """The team card: who, what each declared, and the forms that this actor may use."""
    own = audit_team.own_membership(ctx, members)
    may_staff = can(ctx.actor, "audit.staff", audit)
    may_resolve = can(ctx.actor, "audit.resolve_conflict", audit)
    declares = own is not None and audit_team.may_declare(ctx, audit)
    return {
        "members": members,
        "own": own,
        "sees_declarations": audits.sees_papers(ctx, audit),
        "look_back_months": audit_team.look_back_months(ctx) if may_staff or declares else None,
        "member_form": sent.get("member") or (member_form(ctx, audit) if may_staff else None),
        "declaration": sent.get("declaration")
        or (DeclarationForm(formdata=None) if declares else None),
        "removal_form": RemoveForm(formdata=None) if may_staff else None,
        "resolution_form": ResolutionForm(formdata=None) if may_resolve else None,
        "sent": sent,
    }


def member_form(ctx: Context, audit: Audit, *, sent: bool = False) -> MemberForm:
    """The form that assigns a person, with those who may be assigned."""
    form = MemberForm() if sent else MemberForm(formdata=None)
    people = audit_team.candidates(ctx, audit)
    form.user_id.choices = pairs(((c.user.id, _named(c)) for c in people), CHOOSE)
    return form


def _named(candidate: audit_team.Candidate) -> str:
    user = candidate.user
    name = f"{user.name}, {user.position}" if user.position else user.name
    return f"{name} ({TIES[candidate.tie]})" if candidate.tie else name


def _decisions(ctx: Context, audit: Audit, sent: DecisionForm | None) -> dict[str, Any]:
    """The committee card: what was decided, and the form for who keeps its minutes."""
    form = None
    if can(ctx.actor, "committee.record"):
        form = sent or decision_form()
    return {"form": form, "is_sent": sent is not None, "found": committee.of_audit(ctx, audit)}


def decision_form(*, sent: bool = False) -> DecisionForm:
    form = DecisionForm() if sent else DecisionForm(formdata=None)
    types = ((each, labels.label(each)) for each in committee.FOR_AUDITS)
    form.type.choices = pairs(types, CHOOSE)
    return form

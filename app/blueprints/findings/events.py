"""The events of a finding, one route for all; and the long form of the modification."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.draft_forms import VERSION_FIELD, restore, version_of
from app.blueprints.findings import forms, page, replies
from app.blueprints.findings.blueprint import bp
from app.blueprints.forms import Form, put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Blocked, Invalid, NotFound
from app.models.findings import Finding
from app.permissions import authorize
from app.services import finding_events, finding_queries, findings, submissions
from app.services.finding_events import MODIFIABLE
from app.services.finding_facts import awaits_committee
from workflows.finding import FindingWorkflow

EVENT_NAMES = frozenset(rule.event for rule in FindingWorkflow.table())


@bp.post("/hallazgos/<int:finding_id>/eventos/<event>")
def fire(finding_id: int, event: str) -> ResponseReturnValue:
    if event not in EVENT_NAMES:
        raise NotFound
    if event == "reply":
        return replies.file_reply(finding_id)
    ctx = current_context()
    finding = finding_queries.find(ctx, finding_id)
    authorize(ctx.actor, f"finding.{event}", finding)
    finding_events.demand_in_place(finding, event)
    form = page.event_form(ctx, finding, event)
    if not form.validate_on_submit():
        return _again(ctx, finding, event, form), 422
    try:
        findings.fire(
            ctx,
            finding_id,
            event,
            version=form_version(),
            reason=form.data.get("reason") or "",
            inputs=_inputs(form),
        )
    except Invalid as error:
        put_error(form, error)
        return _again(ctx, finding, event, form), 422
    except Blocked as error:
        if error.unmet != ("finding.needs_new_text",):
            raise
        form.form_errors.append(gettext("El texto es igual al que se comunicó: cámbielo."))
        return _again(ctx, finding, event, form), 422
    flash(gettext("Se registró el paso en la historia del hallazgo."), "success")
    return redirect(url_for(".show", finding_id=finding_id), code=303)


def _inputs(form: Form) -> dict[str, Any]:
    """The values of an event's own form, without what every form carries."""
    return {
        name: value for name, value in form.data.items() if name not in ("csrf_token", "reason")
    }


def _again(ctx: Context, finding: Finding, event: str, form: Form) -> str:
    """The form once more, with what was typed and what is wrong with it."""
    if event == "modify":
        return _modify_page(ctx, finding, form, form_version() or 0)
    return page.render(ctx, finding.id, page.Rejected(event, form))


@bp.get("/hallazgos/<int:finding_id>/modificar")
def modify(finding_id: int) -> ResponseReturnValue:
    ctx = current_context()
    finding = finding_queries.find(ctx, finding_id)
    authorize(ctx.actor, "finding.modify", finding)
    present = {name: getattr(finding, name) for name in MODIFIABLE}
    form = forms.NewTextForm(formdata=None, data=present)
    draft = restore(ctx, form, finding_events.MODIFY_FORM, finding.id)
    return _modify_page(ctx, finding, form, version_of(draft, finding.version))


def _modify_page(ctx: Context, finding: Finding, form: Form, version: int) -> str:
    view = finding_queries.view(ctx, finding.id)
    return render_template(
        "findings/modify.html",
        finding=finding,
        view=view,
        form=form,
        version=version,
        version_field=VERSION_FIELD,
        awaiting=awaits_committee(finding),
        draft_url=f"/borradores/{finding_events.MODIFY_FORM}/{finding.id}",
        idempotency_key=submissions.new_key(),
    )

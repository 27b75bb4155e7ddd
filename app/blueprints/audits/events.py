"""The events of an audit: one route for all of them."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.audits import page, summary
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import EventForm
from app.blueprints.forms import put_password_error
from app.blueprints.web import current_context, form_version
from app.errors import Blocked, Invalid, NotFound, WrongPassword
from app.services import audit_events, audits

ONLY_REASON = ("audit.needs_reason",)


@bp.post("/auditorias/<int:audit_id>/eventos/<event>")
def fire(audit_id: int, event: str) -> ResponseReturnValue:
    if f"audit.{event}" not in labels.EVENT_LABELS:
        raise NotFound
    ctx = current_context()
    form = EventForm()
    if not form.validate_on_submit():
        return _again(audit_id, event, form, {"reason": " ".join(map(str, form.reason.errors))})
    try:
        audit = audit_events.fire(
            ctx,
            audit_id,
            event,
            version=form_version(),
            reason=form.reason.data,
            password=form.password.data or "",
        )
    except WrongPassword as error:
        put_password_error(form, error)
        return _again(audit_id, event, form, {"password": form["password"].errors[0]})
    except Invalid as error:
        text = labels.message(error.code, error.params)
        return _again(audit_id, event, form, {"password": text})
    except Blocked as error:
        if error.unmet != ONLY_REASON:
            raise
        text = labels.guard_message(error.unmet[0], error.facts)
        return _again(audit_id, event, form, {"reason": text})
    state = labels.state_label("audit", audit.state)
    flash(gettext("La auditoría está ahora en: %(state)s.", state=state), "success")
    return redirect(url_for(".show", audit_id=audit_id), code=303)


def _again(
    audit_id: int, event: str, form: EventForm, errors: dict[str, str]
) -> ResponseReturnValue:
    """The summary with the event's form open, what was typed in it, and what is wrong."""
    ctx = current_context()
    audit = audits.find(ctx, audit_id)
    typed = page.Typed(event, form.reason.data or "", errors)
    return summary.render(ctx, audit, typed=typed), 422

"""Hallazgos and Historia: what was found, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app import labels
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.forms import whole
from app.blueprints.web import current_context
from app.labels_actions import action_label, kind_label
from app.permissions import can
from app.services import audit_history, audits
from app.services.findings import WRITABLE_AUDITS


@bp.get("/auditorias/<int:audit_id>/hallazgos")
def findings(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = audits.find(ctx, audit_id)
    may_write = audit.state in WRITABLE_AUDITS and can(ctx.actor, "finding.create", audit)
    return page.render(
        ctx,
        "audits/findings.html",
        audit,
        "findings",
        findings=audits.findings(ctx, audit),
        may_write=may_write,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """What the macro `timeline` shows of one step."""

    id: int
    when: datetime
    person: Any
    text: str
    from_label: str
    to_label: str
    reason: str
    documents: tuple[dict[str, str], ...]
    kind_label: str
    sequence: int
    on_behalf_of: str


@bp.get("/auditorias/<int:audit_id>/historia")
def history(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = audits.find(ctx, audit_id)
    kind = request.args.get("kind", "")
    if kind not in audit_history.KINDS:
        kind = ""
    before = whole(request.args.get("antes"))
    found = audit_history.read(ctx, audit, kind=kind, before=before)
    here = url_for(".history", audit_id=audit.id, kind=kind or None)
    more = url_for(".history", audit_id=audit.id, kind=kind or None, antes=found.next_before)
    return page.render(
        ctx,
        "audits/history.html",
        audit,
        "history",
        entries=[_entry(step) for step in found.steps],
        kinds=[(each, kind_label(each)) for each in audit_history.KINDS],
        kind=kind,
        pager={
            "next_url": more if found.next_before else None,
            "first_url": here if before else None,
        },
    )


def _entry(step: audit_history.Step) -> Entry:
    text = action_label(step.kind, step.action)
    has_states = step.kind in labels.STATE_LABELS
    document = step.document
    return Entry(
        id=step.seq,
        when=step.at,
        person=step.person,
        text=f"{text}: {step.subject}" if step.subject else text,
        from_label=labels.state_label(step.kind, step.source) if has_states and step.source else "",
        to_label=labels.state_label(step.kind, step.target) if has_states and step.target else "",
        reason=step.reason,
        documents=(
            {
                "title": document.title,
                "url": url_for("documents.show", document_uuid=document.uuid),
                "sha256": document.sha256,
            },
        )
        if document
        else (),
        kind_label=f"{kind_label(step.kind)} {step.name}".strip(),
        sequence=step.seq,
        on_behalf_of=", ".join(step.on_behalf_of),
    )

"""The events of a finding: permission, version, guards, and what each one brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.context import Context
from app.errors import OutOfPlace
from app.models.findings import Finding
from app.services import (
    audit_cascades,
    drafts,
    finding_mails,
    finding_notices,
    finding_texts,
    plan_cascades,
)
from app.services.finding_facts import NOTHING, TEXT_FIELDS, Inputs, finding_facts, plain
from app.services.finding_rows import demand_running_audit, forget_review, load_to_change
from app.services.transitions import advance, check_version, machine
from workflows.enums import PlanSource, WithdrawalGround

MODIFY_FORM = "finding_modify"
BY_REPLY_FORM = "reply"
MODIFIABLE = (*TEXT_FIELDS, "norm_article")


@dataclass(frozen=True, slots=True)
class Fired:
    """What an effect may need to know of its event."""

    reason: str
    inputs: Inputs


def fire(
    ctx: Context,
    finding_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Mapping[str, Any] = NOTHING,
    password: str = "",
) -> Finding:
    """Move a finding. `inputs` are the values of the event's form, see `finding_facts`.

    No event of a finding is signed: `password` is there because all things are fired alike.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, Invalid.
    """
    if event == BY_REPLY_FORM:
        from app.services import replies  # it needs this module's helpers

        stance, arguments = inputs.get("stance"), inputs.get("arguments")
        replies.submit(
            ctx, finding_id, version=version, stance=stance or "", arguments=arguments or ""
        )
        return ctx.session.get_one(Finding, finding_id)
    if event == "reopen":
        inputs = {"ground": "", **inputs}
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, f"finding.{event}")
        check_version(finding, version)
        demand_in_place(finding, event)
        facts = finding_facts(ctx, finding, reason=reason, inputs=inputs)
        advance(ctx, finding, event, facts, details=_details(event, inputs))
        if event in EFFECTS:
            EFFECTS[event](ctx, finding, Fired(reason.strip(), inputs))
        ctx.session.flush()
    return finding


def demand_in_place(finding: Finding, event: str) -> None:
    """Asked before a form is judged: what cannot be done has nothing to correct.

    Raises: OutOfPlace.
    """
    demand_running_audit(finding, event)
    if event not in machine(finding).events() or not concerns(finding, event):
        raise OutOfPlace(event=event, state=finding.state.value)


def concerns(finding: Finding, event: str) -> bool:
    """Whether the event has a sense for a finding of this origin: one of no audit of ours is
    registered, not sent to review, because no report of ours will communicate it."""
    is_of_an_audit = finding.source is PlanSource.INTERNAL_AUDIT
    return event != ("register_external" if is_of_an_audit else "submit")


def _details(event: str, inputs: Inputs) -> dict[str, Any]:
    """What the history keeps besides the reason."""
    if event == "reopen":
        return {"ground": str(inputs["ground"])}
    if event == "annul":
        day = inputs.get("decision_date")
        return {
            "authority": plain(inputs.get("decision_authority")),
            "number": plain(inputs.get("decision_number")),
            "date": day.isoformat() if day else "",
        }
    return {}


# ------------------------------------------------------------------ effects


def _sent_back(ctx: Context, finding: Finding, fired: Fired) -> None:
    forget_review(finding)


def _discarded(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.withdrawal_ground = WithdrawalGround.DISCARDED


def _decided(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.decided_at, finding.decided_by_id = ctx.now(), ctx.actor.user_id
    finding.decision_reason = fired.reason
    finding_notices.decided(ctx, finding, fired.reason)


def _modified(ctx: Context, finding: Finding, fired: Fired) -> None:
    """The new text takes the place of the old one, which stays as it was communicated."""
    before = finding_texts.snapshot(finding)
    for name in MODIFIABLE:
        if name in fired.inputs:
            setattr(finding, name, plain(fired.inputs[name]))
    after = finding_texts.snapshot(finding)
    changed = {n: [before[n], after[n]] for n in before if before[n] != after[n]}
    ctx.record("change", "edit", finding, {"fields": changed})
    drafts.drop(ctx, MODIFY_FORM, finding.id)
    _decided(ctx, finding, fired)


def _withdrawn(ctx: Context, finding: Finding, fired: Fired) -> None:
    _decided(ctx, finding, fired)
    finding.withdrawal_ground = WithdrawalGround.REFUTED


def _escalated(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.escalated_at = ctx.now()
    finding_mails.escalated(ctx, finding)


def _registered(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.confirmed_at = finding.communicated_at = ctx.now()
    finding_texts.freeze(ctx, finding, finding_texts.FINAL)


def _closed(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.closed_at = ctx.now()
    ctx.session.flush()
    audit_cascades.plans_changed(ctx, finding.audit)


def _reopened(ctx: Context, finding: Finding, fired: Fired) -> None:
    kind, _, row_id = str(fired.inputs["ground"]).partition(":")
    finding.reopening_action_id = int(row_id) if kind == "action" else None
    finding.closed_at = None
    finding_mails.reopened(ctx, finding, fired.reason)


def _annulled(ctx: Context, finding: Finding, fired: Fired) -> None:
    finding.withdrawal_ground = WithdrawalGround.ANNULLED
    finding.annulment_authority = plain(fired.inputs["decision_authority"])
    finding.annulment_number = plain(fired.inputs["decision_number"])
    finding.annulment_date = fired.inputs["decision_date"]
    finding_notices.annulled(ctx, finding, fired.reason)
    plan_cascades.annul_with_finding(ctx, finding, fired.reason)
    ctx.session.flush()
    audit_cascades.plans_changed(ctx, finding.audit)


EFFECTS: Mapping[str, Callable[[Context, Finding, Fired], None]] = {
    "send_back": _sent_back,
    "discard": _discarded,
    "ratify": _decided,
    "modify": _modified,
    "withdraw": _withdrawn,
    "escalate": _escalated,
    "register_external": _registered,
    "close_without_plan": _closed,
    "close": _closed,
    "reopen": _reopened,
    "annul": _annulled,
}

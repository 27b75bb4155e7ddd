"""What the OCI finds: eficacia (was it done?) and efectividad (did the cause disappear?)."""

from __future__ import annotations

from collections.abc import Callable

from app.context import Context
from app.errors import Forbidden, Invalid
from app.models.documents import Document, DocumentPurpose
from app.models.plans import Action
from app.permissions import Permission
from app.services import action_facts, documents
from app.services.progress import Upload
from app.services.transitions import check_version, load_for
from workflows.enums import Effectiveness, Efficacy

EFFICACY_TITLE = "Soporte de la eficacia"
EFFECTIVENESS_TITLE = "Soporte de la efectividad"


def record_efficacy(
    ctx: Context,
    action_id: int,
    efficacy: Efficacy,
    *,
    note: str,
    file: Upload | None = None,
    version: int | None,
) -> Action:
    """Record whether the action was done, with the note that supports it.

    Raises: NotFound, Forbidden (also who carried it out), StaleVersion, Invalid.
    """
    _check(efficacy is Efficacy.NOT_EVALUATED, "efficacy", note)

    def write(action: Action) -> None:
        if not action_facts.facts(ctx, action).verifier_is_independent:
            raise Forbidden("action.not_independent")
        action.efficacy, action.efficacy_note = efficacy, note.strip()
        ctx.record("change", "record_efficacy", action, {"efficacy": efficacy.value, "note": note})

    permission = Permission.ACTION_RECORD_EFFICACY
    return _record(ctx, action_id, permission, version, file, EFFICACY_TITLE, write)


def record_effectiveness(
    ctx: Context,
    action_id: int,
    effectiveness: Effectiveness,
    *,
    note: str,
    file: Upload | None = None,
    version: int | None,
) -> Action:
    """Record whether the cause disappeared, with the note that supports it.

    Raises: NotFound, Forbidden (also who verified it), StaleVersion, Invalid.
    """
    _check(effectiveness is Effectiveness.NOT_EVALUATED, "effectiveness", note)

    def write(action: Action) -> None:
        if not action_facts.facts(ctx, action).evaluator_is_other:
            raise Forbidden("action.not_other_evaluator")
        action.effectiveness, action.effectiveness_note = effectiveness, note.strip()
        body = {"effectiveness": effectiveness.value, "note": note}
        ctx.record("change", "record_effectiveness", action, body)

    permission = Permission.ACTION_RECORD_EFFECTIVENESS
    return _record(ctx, action_id, permission, version, file, EFFECTIVENESS_TITLE, write)


def record_authority_result(
    ctx: Context, action_id: int, text: str, *, version: int | None
) -> Action:
    """Register what the body of control said of an action of its own plan, apart from what the
    OCI found: neither changes the other.

    Raises: NotFound, Forbidden, StaleVersion, Invalid (nothing told, or not a plan of such a body).
    """
    with ctx.transaction():
        action = _loaded(ctx, action_id, Permission.ACTION_RECORD_AUTHORITY_RESULT, version)
        if not action.plan.source.is_external:
            raise Invalid("authority_result", "action.no_authority")
        told = text.strip()
        if not told:
            raise Invalid("authority_result", "finding.needs_authority_result")
        body = {"authority_result": [action.authority_result, told]}
        action.authority_result = told
        ctx.record("change", "record_authority_result", action, body)
    return action


def _loaded(ctx: Context, action_id: int, permission: Permission, version: int | None) -> Action:
    action = load_for(ctx, Action, action_id, permission)
    check_version(action, version)
    return action


def _check(is_blank: bool, field: str, note: str) -> None:
    if is_blank:
        raise Invalid(field, "verification.no_result")
    if not note.strip():
        raise Invalid("note", "verification.no_note")


def _record(
    ctx: Context,
    action_id: int,
    permission: Permission,
    version: int | None,
    file: Upload | None,
    title: str,
    write: Callable[[Action], None],
) -> Action:
    """Write the result, together with its file if there is one."""

    def load_one() -> Action:
        return _loaded(ctx, action_id, permission, version)

    if file is None:
        with ctx.transaction():
            action = load_one()
            write(action)
        return action

    def attach(_document: Document) -> None:
        write(ctx.session.get_one(Action, action_id))

    documents.upload(
        ctx,
        file.stream,
        file.filename,
        home=lambda: documents.Home(action=load_one()),
        purpose=DocumentPurpose.VERIFICATION,
        permission=permission,
        title=title,
        attach=attach,
    )
    return ctx.session.get_one(Action, action_id)

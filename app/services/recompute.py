"""Recalculate terms already notified, by explicit act: which ones, why, and who signs for it.

The administrator keeps the calendar; what was notified in an audit belongs to the head of the
OCI, who alone moves it. Source: docs/domain.md, "Working-day calendar" and R9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.context import Context
from app.errors import Invalid
from app.models.accounts import User
from app.models.audits import Audit
from app.models.fieldwork import InformationRequest
from app.models.plans import Plan
from app.permissions import Permission, authorize
from app.services import accounts, frozen_terms, mails, settings
from app.services.due_preview import Shift, code_of, shift
from app.services.frozen_terms import Frozen, Holder
from app.services.settings import Rulebook
from app.services.terms import DueDate


@dataclass(frozen=True, slots=True)
class Row:
    """A notified term that today's rules would end on another day.

    `key` with `after` is the choice on the form: a date that has changed since is not written.
    """

    key: str
    path: str
    before: date
    after: date
    why: Shift


def rows(ctx: Context) -> list[Row]:
    """What may be recalculated today. Raises: Forbidden."""
    authorize(ctx.actor, Permission.TERM_RECOMPUTE)
    rules = settings.rulebook(ctx.session)
    found = []
    for frozen in frozen_terms.running(ctx.session, ctx.today()):
        due = _moved(frozen, rules)
        if due is not None:
            found.append(_row(frozen, due))
    return found


def apply(ctx: Context, chosen: Mapping[str, date], *, reason: str, password: str) -> int:
    """Replace the chosen terms by those of today's rules; answers how many.

    `chosen`: key of each row and the day that the page promised. Each holder keeps its earlier
    term in the history, and who is affected gets a mail. All of them or none.
    Raises: Forbidden, WrongPassword, Invalid (none chosen, no reason, a row that changed).
    """
    authorize(ctx.actor, Permission.TERM_RECOMPUTE)
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    if not chosen:
        raise Invalid("rows", "recompute.none_chosen")
    accounts.verify_password(ctx, password)
    with ctx.transaction() as session:
        rules = settings.rulebook(session)
        running = {f.key: f for f in frozen_terms.running(session, ctx.today(), lock=True)}
        for key, promised in sorted(chosen.items()):
            frozen = running.get(key)
            due = None if frozen is None else _moved(frozen, rules)
            if frozen is None or due is None or due.date + frozen.extra != promised:
                raise Invalid("rows", "recompute.changed")
            _replace(ctx, frozen, due, reason.strip())
    return len(chosen)


def _moved(frozen: Frozen, rules: Rulebook) -> DueDate | None:
    """The term by these rules, when it ends on another day."""
    due = frozen.by(rules)
    return None if due is None or due.date == frozen.due.date else due


def _row(frozen: Frozen, due: DueDate) -> Row:
    holder = frozen.holder
    return Row(
        key=frozen.key,
        path=path_of(holder),
        before=frozen.due_on,
        after=due.date + frozen.extra,
        why=shift(holder.thing, code_of(holder), frozen.due, due, notified=True),
    )


def _replace(ctx: Context, frozen: Frozen, due: DueDate, reason: str) -> None:
    holder = frozen.holder
    after = frozen_terms.put(frozen, due)
    state = str(holder.state)
    details = {
        "term": due.term.code,
        "due_on": [frozen.due_on.isoformat(), after.isoformat()],
        "before": frozen.due.to_json(),
        "after": due.to_json(),
    }
    ctx.record_transition(
        holder, event="recompute_term", source=state, target=state, reason=reason, details=details
    )
    ctx.session.flush()
    _tell(ctx, frozen, due, after, reason)


def _tell(ctx: Context, frozen: Frozen, due: DueDate, after: date, reason: str) -> None:
    """To who owes it: the day it ended, the day it ends now, and why."""
    holder = frozen.holder
    code = code_of(holder)
    text = (
        f"El jefe de la Oficina de Control Interno recalculó un término de {code}: "
        f"{due.term.name}.\n\nVencía el {frozen.due_on:%d/%m/%Y} y ahora vence el "
        f"{after:%d/%m/%Y}.\n\nMotivo: {reason}\n\n"
        f"Consúltelo en {ctx.config.public_url}{path_of(holder)}"
    )
    for person in _affected(holder):
        key = f"recompute:{frozen.key}:{holder.version}"
        mails.enqueue(ctx, key, person, f"Cambió un vencimiento de {code}", text)


PATHS: Mapping[str, str] = {
    Audit.thing: "auditorias",
    Plan.thing: "planes",
    InformationRequest.thing: "solicitudes",
}


def path_of(holder: Holder) -> str:
    """The address of its page, within ours."""
    return f"/{PATHS[holder.thing]}/{holder.id}"


def _affected(holder: Holder) -> list[User]:
    """The leader and the liaisons of the process, and who formulates the plan; each once."""
    process = holder.audit.process if isinstance(holder, InformationRequest) else holder.process
    people = [process.leader, *process.liaisons]
    if isinstance(holder, Plan):
        people.append(holder.formulated_by)
    return mails.distinct(people)

"""Avance of an action: what the first line reports, and the visto bueno that makes it count."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, BinaryIO

from sqlalchemy import case, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.documents import Document, DocumentPurpose
from app.models.plans import Action, Progress, ProgressEvidence
from app.permissions import Permission, authorize, can
from app.services import documents, plan_notices, progress_windows, submissions
from app.services.segregation import Deed, acts_apart
from app.services.transitions import load_for

MAX_FILES = 10
LARGEST = Decimal("999999999999.99")
HUNDRED = Decimal(100)
ALMOST = Decimal("99.9")
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the visitor sent it."""

    stream: BinaryIO
    filename: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the first line says of an action: how much was done by `day`, in its unit, and how."""

    day: date
    quantity: Decimal
    narrative: str


def approved_quantity() -> ColumnElement[Any]:
    """What has the visto bueno of the action of the row: a scalar subquery for lists.

    Rounded to the two decimals of the column: SQLite adds binary fractions.
    """
    return (
        select(func.round(func.coalesce(func.sum(Progress.quantity), 0), 2))
        .where(Progress.action_id == Action.id, Progress.approved_at.is_not(None))
        .correlate(Action)
        .scalar_subquery()
    )


def progress_pct() -> ColumnElement[Any]:
    """min(100, approved / target · 100) as the database computes it; null without a target.

    One decimal, and 100 only when the target is reached, as `percentage` says of one action.
    """
    done = approved_quantity()
    pct = done * HUNDRED / Action.target_quantity
    return case(
        (done >= Action.target_quantity, 100),
        (pct > ALMOST, ALMOST),
        else_=func.round(pct, 1),
    )


def percentage(approved: Decimal, target: Decimal | None) -> Decimal:
    """The same for one action; 0 while it has no target. One decimal, never rounded up to 100."""
    if target is None or target <= 0:
        return Decimal(0)
    if approved >= target:
        return HUNDRED
    return min((approved * 100 / target).quantize(TENTH, ROUND_HALF_UP), ALMOST)


def report(
    ctx: Context, action_id: int, what: Report, files: Sequence[Upload] = (), *, key: str = ""
) -> Progress:
    """Report progress of a running action, with its files; a second press does nothing.

    Files go to the store first; then one transaction writes the entry and all its documents.
    Raises: NotFound, Forbidden, Invalid, StoreUnavailable.
    """
    action = _reportable(ctx, action_id)
    _check(ctx, action, what, files)
    with ExitStack() as stack:
        kept = [_store(ctx, stack, file) for file in files]
        with ctx.transaction():
            earlier = submissions.claim(ctx, key)
            if earlier is not None:
                return _earlier(ctx, earlier)
            action = load_for(ctx, Action, action_id, Permission.ACTION_REPORT_PROGRESS)
            _check(ctx, action, what, files)
            entry = _write(ctx, action, what, kept)
            submissions.finish(ctx, key, entry.id)
    return entry


def _reportable(ctx: Context, action_id: int) -> Action:
    """The action, before anything is stored for it. Raises: NotFound, Forbidden."""
    action = ctx.session.get(Action, action_id)
    if action is None or not can(ctx.actor, Permission.ACTION_READ, action):
        raise NotFound
    authorize(ctx.actor, Permission.ACTION_REPORT_PROGRESS, action)
    return action


def _check(ctx: Context, action: Action, what: Report, files: Sequence[Upload]) -> None:
    """Raises: Invalid."""
    if not what.narrative.strip():
        raise Invalid("narrative", "progress.no_narrative")
    if not what.quantity.is_finite() or what.quantity < 0:
        raise Invalid("quantity", "progress.bad_quantity")
    if what.quantity > LARGEST or what.quantity != round(what.quantity, 2):
        raise Invalid("quantity", "progress.bad_quantity")
    if what.day > ctx.today():
        raise Invalid("day", "progress.in_future")
    if action.start_date is not None and what.day < action.start_date:
        raise Invalid("day", "progress.before_start")
    if len(files) > MAX_FILES:
        raise Invalid("files", "progress.too_many_files", most=MAX_FILES)
    progress_windows.demand_open(ctx, what.day)


def _store(ctx: Context, stack: ExitStack, file: Upload) -> tuple[str, documents.Received]:
    """Intent, then bytes: nothing is told as saved yet."""
    received = stack.enter_context(
        documents.receive(file.stream, file.filename, max_bytes=ctx.config.upload_max_bytes)
    )
    key = documents.begin_intent(ctx, received)
    ctx.store.put(
        key,
        received.file,  # type: ignore[arg-type]  # SpooledTemporaryFile is a binary file
        size_bytes=received.size_bytes,
        sha256=received.sha256,
        media_type=received.media_type,
    )
    return key, received


def _write(
    ctx: Context, action: Action, what: Report, kept: list[tuple[str, documents.Received]]
) -> Progress:
    entry = Progress(
        action_id=action.id,
        day=what.day,
        quantity=what.quantity,
        narrative=what.narrative.strip(),
        author_id=ctx.actor.user_id,
        created_at=ctx.now(),
    )
    ctx.session.add(entry)
    ctx.session.flush()
    home = documents.Home(action=action)
    for key, received in kept:
        document = documents.finish_intent(ctx, key, received, home, DocumentPurpose.PROGRESS)
        ctx.session.add(ProgressEvidence(progress_id=entry.id, document_id=document.id))
    body = {
        "action": action.code,
        "day": what.day.isoformat(),
        "quantity": str(what.quantity),
        "sha256": [received.sha256 for _, received in kept],
    }
    ctx.record("change", "report", entry, body)
    return entry


def _earlier(ctx: Context, result: str) -> Progress:
    return ctx.session.get_one(Progress, int(result))


def approve(ctx: Context, progress_id: int) -> Progress:
    """Visto bueno of the unit head or the process leader: from now on the entry counts.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (progress.own).
    """
    with ctx.transaction():
        entry = decidable(ctx, progress_id)
        entry.approved_by_id, entry.approved_at = ctx.actor.user_id, ctx.now()
        ctx.record("change", "approve", entry, {"quantity": str(entry.quantity)})
    return entry


def reject(ctx: Context, progress_id: int, *, reason: str) -> Progress:
    """Refuse an entry, with the reason for its author.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid.
    """
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction():
        entry = decidable(ctx, progress_id)
        entry.approved_by_id, entry.rejected_at = ctx.actor.user_id, ctx.now()
        entry.rejection_reason = reason.strip()
        ctx.record("change", "reject", entry, {"reason": reason.strip()})
        plan_notices.progress_rejected(ctx, entry)
    return entry


def decidable(ctx: Context, progress_id: int) -> Progress:
    """An entry without decision that this actor may decide; its action stays locked.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (progress.own).
    """
    action_id = ctx.session.scalar(select(Progress.action_id).where(Progress.id == progress_id))
    if action_id is None:
        raise NotFound
    load_for(ctx, Action, action_id, Permission.ACTION_APPROVE_PROGRESS)
    statement = select(Progress).where(Progress.id == progress_id)
    entry = ctx.session.scalars(statement.execution_options(populate_existing=True)).one()
    if entry.approved_at is not None or entry.rejected_at is not None:
        raise OutOfPlace(event="approve", state="decided")
    if not acts_apart(ctx, [Deed(entry.author_id, entry.created_at)]):
        raise Invalid("reason", "progress.own")
    return entry


def approved_evidence_count(ctx: Context, action_id: int) -> int:
    """Files in use of the entries that count."""
    statement = (
        select(func.count(ProgressEvidence.document_id))
        .join(Progress, Progress.id == ProgressEvidence.progress_id)
        .join(Document, Document.id == ProgressEvidence.document_id)
        .where(
            Progress.action_id == action_id,
            Progress.approved_at.is_not(None),
            Document.withdrawn_at.is_(None),
        )
    )
    return ctx.session.scalar(statement) or 0

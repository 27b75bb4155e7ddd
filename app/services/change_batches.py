"""Several change requests decided at once, each by its own rules and at the version shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.plans import Action, ChangeRequest
from app.services import batches, change_requests
from app.services.batches import Outcome


def selected(ctx: Context, ids: Sequence[int]) -> Sequence[ChangeRequest]:
    """Of these requests, those that the actor may read, oldest first; one query."""
    return batches.selected(
        ctx,
        ChangeRequest,
        ids,
        ChangeRequest.id,
        joinedload(ChangeRequest.action).joinedload(Action.process),
        joinedload(ChangeRequest.requested_by),
    )


def fire(
    ctx: Context, versions: Mapping[int, int | None], event: str, *, reason: str = "", key: str = ""
) -> list[Outcome]:
    """Move each request of `versions` (id to the version that was shown)."""

    def one(request_id: int) -> None:
        change_requests.fire(
            ctx,
            request_id,
            event,
            version=versions[request_id],
            reason=reason,
            key=batches.own_key(key, request_id),
        )

    return batches.each(list(versions), one)


def approve_direction(
    ctx: Context, versions: Mapping[int, int | None], *, key: str = ""
) -> list[Outcome]:
    """The direction approves each request, before the OCI decides."""

    def one(request_id: int) -> None:
        own = batches.own_key(key, request_id)
        change_requests.approve_direction(ctx, request_id, version=versions[request_id], key=own)

    return batches.each(list(versions), one)

"""One piece of work over several things: each asked, allowed and recorded on its own.

A row that may not be done stops no other; the answer says of each what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.context import Context
from app.errors import NotFound, StaleVersion, Unavailable, VigiaError
from app.models.base import Versioned
from app.permissions import scope

T = TypeVar("T", bound=Versioned)
MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened with one row: `error` is None when it was done."""

    row_id: int
    error: VigiaError | None = None


def selected(
    ctx: Context, model: type[T], ids: Sequence[int], order: Any, *options: Any
) -> Sequence[T]:
    """Of these rows, those that the actor may read, in order; the first `MOST`."""
    statement = (
        select(model)
        .where(scope(ctx.actor, f"{model.thing}.read", model), model.id.in_(sorted(set(ids))))
        .options(*options)
        .order_by(order)
        .limit(MOST)
    )
    return ctx.session.scalars(statement).all()


def each(ids: Sequence[int], do: Callable[[int], object]) -> list[Outcome]:
    """Do it for each of the first `MOST`, in a transaction of its own that `do` opens.

    Raises: NotFound when there is none; Unavailable, because the rest would fail the same way.
    """
    done = []
    for row_id in list(dict.fromkeys(ids))[:MOST]:
        try:
            do(row_id)
        except Unavailable:
            raise
        except VigiaError as error:
            done.append(Outcome(row_id, error))
        except StaleDataError:  # somebody else wrote it between our reading and our writing
            done.append(Outcome(row_id, StaleVersion(expected=0, actual=0)))
        else:
            done.append(Outcome(row_id))
    if not done:
        raise NotFound
    return done


def own_key(key: str, row_id: int) -> str:
    """The one-time key of a row, out of the form's; none when the form has none."""
    return f"{key}:{row_id}" if key else ""

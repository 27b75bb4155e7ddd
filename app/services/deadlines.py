"""What happens by date, once each: two schedulers, or a clock that jumps, change nothing."""

from __future__ import annotations

from app.context import Context
from app.services import (
    accounts,
    documents,
    finding_cascades,
    outbox,
    plan_cascades,
    publications_store,
)


def schedule(ctx: Context) -> bool:
    """Put today's run into the outbox, if it is not there yet."""
    day = ctx.today().isoformat()
    return outbox.add_once(ctx, "deadlines", f"deadlines:{day}", {"day": day})


def run(ctx: Context) -> dict[str, int]:
    """Do all that today's date brings; answer how many of each.

    Findings without reply are ratified when the term has ended; plans and actions whose start
    date has come begin; change requests of finished actions are filed; leftovers of uploads
    and publications that nobody was told were saved, old drafts and ended sessions go.
    """
    report = {"hallazgos ratificados por falta de réplica": finding_cascades.lapse_expired(ctx)}
    report |= plan_cascades.scheduled(ctx)
    report["cargas incompletas retiradas"] = documents.sweep(ctx)
    report["restos de publicaciones retirados"] = publications_store.sweep_public(ctx)
    upkeep = accounts.clean_up(ctx)
    report["borradores vencidos"] = upkeep["drafts"]
    report["sesiones vencidas"] = upkeep["sessions"]
    return report

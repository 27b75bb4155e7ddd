"""What happens by date, once each: two schedulers, or a clock that jumps, change nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from app.context import Context
from app.services import (
    accounts,
    documents,
    finding_cascades,
    outbox,
    plan_cascades,
    publications_store,
    reminders,
    settings,
)


def schedule(ctx: Context) -> bool:
    """Put today's run and today's digest into the outbox, if they are not there yet."""
    today = ctx.today()
    day = today.isoformat()
    added = outbox.add_once(ctx, "deadlines", f"deadlines:{day}", {"day": day})
    try:
        hour = time(settings.limit(ctx.session, "digest_hour"))
    except settings.UnknownTerm:  # before the catalogues are loaded there is nobody to tell
        return added
    at = datetime.combine(today, hour, ZoneInfo(ctx.config.time_zone)).astimezone(UTC)
    return outbox.add_once(ctx, "digest", f"digest:{day}", {"day": day}, available_at=at) or added


def run(ctx: Context) -> dict[str, int]:
    """Do all that today's date brings; answer how many of each.

    Findings without reply are ratified when the term has ended; plans and actions whose start
    date has come begin; change requests of finished actions are filed; leftovers of uploads
    and publications that nobody was told were saved, old drafts, notices and ended sessions go.
    """
    report = {"hallazgos ratificados por falta de réplica": finding_cascades.lapse_expired(ctx)}
    report |= plan_cascades.scheduled(ctx)
    report["cargas incompletas retiradas"] = documents.sweep(ctx)
    report["restos de publicaciones retirados"] = publications_store.sweep_public(ctx)
    upkeep = accounts.clean_up(ctx)
    report["borradores vencidos"] = upkeep["drafts"]
    report["sesiones vencidas"] = upkeep["sessions"]
    report["avisos antiguos"] = reminders.forget(ctx)
    return report

"""Keeping the portal: the database role it reads with, and its tables written anew."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app import projection, projection_annual
from app.context import Context
from app.models.base import Base
from app.models.publications import PUBLIC_PREFIX, Publication
from workflows.publication import PublicationState


def public_tables() -> list[str]:
    """Every table that anyone may read."""
    return sorted(name for name in Base.metadata.tables if name.startswith(PUBLIC_PREFIX))


def grants(role: str) -> list[str]:
    """SQL for PostgreSQL: this role may read the publication tables and nothing else of ours.

    `role` must be a plain identifier; it is quoted as it stands.
    """
    quoted = f'"{role}"'
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {quoted}",
        f"REVOKE CREATE ON SCHEMA public FROM {quoted}",
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        *(f"GRANT SELECT ON {table} TO {quoted}" for table in public_tables()),
    ]


def grant(ctx: Context, role: str) -> None:
    """Run them, and keep in the ledger that it was done."""
    with ctx.transaction() as session:
        for statement in grants(role):
            session.execute(text(statement))
        ctx.record("permission", "grant_portal", ("portal", role), {"tables": public_tables()})


def refresh_all(ctx: Context) -> int:
    """Write anew what the portal shows of each published report and of the annual plans; answer
    how many reports there are.

    For after a restore, or when a new version of the program tells more.
    """
    with ctx.transaction() as session:
        projection.keep_entity(session)
        statement = select(Publication.audit_id).where(
            Publication.state == PublicationState.PUBLISHED
        )
        audit_ids = sorted(set(session.scalars(statement)))
        now = ctx.now().astimezone(ZoneInfo(ctx.config.time_zone))
        projection.refresh(session, audit_ids, now)
        projection_annual.follow(session, projection_annual.published_audits(session), now)
        ctx.record("system", "refresh_portal", ("portal", "1"), {"reports": len(audit_ids)})
    return len(audit_ids)

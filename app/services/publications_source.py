"""The signed report that a public version comes from."""

from __future__ import annotations

from sqlalchemy import select

from app.context import Context
from app.models.audits import Report, ReportKind
from app.projection import Source
from app.services.terms import local_date


def signed_report(ctx: Context, audit_id: int) -> Source | None:
    """The signed and filed final report of an audit, newest first; None before there is one."""
    report = ctx.session.scalars(
        select(Report)
        .where(
            Report.audit_id == audit_id,
            Report.kind == ReportKind.FINAL,
            Report.signature_id.is_not(None),
            Report.filing_number.is_not(None),
            Report.communicated_at.is_not(None),
        )
        .order_by(Report.id.desc())
    ).first()
    if report is None or report.filing_number is None or report.communicated_at is None:
        return None
    day = local_date(report.communicated_at, ctx.config.time_zone)
    return Source(report.filing_number, day, day.year)

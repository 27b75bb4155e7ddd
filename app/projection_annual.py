"""The annual plan on the portal: its published edition, and how far each of its audits is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models.audits import AnnualPlan, Audit
from app.models.publications import (
    PubAnnualAudit,
    PubAnnualPlan,
    PublicCode,
    PubReport,
    PubTombstone,
)
from app.projection_rows import ANNUAL_AUDIT, REPORT, codes_of, fresh, public_codes, put
from workflows.audit import phase

ANNUAL_PLAN = "annual_plan"
TEXTS = ("objective", "scope", "criteria")


@dataclass(frozen=True, slots=True)
class PublicLine:
    """An audit that is shown, under its public title. Its process is loaded."""

    audit: Audit
    title: str


def tombstone_code(year: int) -> str:
    """What stands for a year's plan among the things that were withdrawn."""
    return f"PLAN-ANUAL-{year}"


def publish(session: Session, plan: AnnualPlan, lines: Sequence[PublicLine], now: datetime) -> None:
    """Put an edition with these audits in the place of what the year showed before.

    The audits must be locked: their states are copied. `public_content` gives the texts; the
    plan has the minutes that approved it.
    """
    if plan.public_content is None or plan.minutes_date is None:
        raise ValueError("an annual plan without public content or minutes")
    row = session.get(PubAnnualPlan, plan.year, populate_existing=True)
    if row is None:
        row = PubAnnualPlan(year=plan.year)
        session.add(row)
    row.edition, row.approved_on = plan.edition, plan.minutes_date
    for name in TEXTS:
        setattr(row, name, plan.public_content[name])
    row.published_at = row.updated_at = now
    session.flush()
    _write_lines(session, plan.year, lines, now)
    session.execute(delete(PubTombstone).where(PubTombstone.code == tombstone_code(plan.year)))


def _write_lines(session: Session, year: int, lines: Sequence[PublicLine], now: datetime) -> None:
    ids = [line.audit.id for line in lines]
    codes = public_codes(session, ANNUAL_AUDIT, ids, year)
    rows = fresh(session, PubAnnualAudit, codes.values())
    reports = _reports(session, ids)
    for line in lines:
        audit = line.audit
        values = {
            "year": year,
            "title": line.title,
            "process": audit.process.name,
            "type": audit.type.value,
            "role": audit.oci_role.value,
            "planned_start": audit.planned_start,
            "planned_end": audit.planned_end,
            "special": audit.annual_plan_id is None,
            "phase": phase(audit.state).value,
            "report_code": reports.get(audit.id, ""),
        }
        put(session, PubAnnualAudit, rows, codes[audit.id], values, now)
    session.flush()
    session.execute(
        delete(PubAnnualAudit).where(
            PubAnnualAudit.year == year, PubAnnualAudit.code.not_in(list(codes.values()))
        )
    )


def follow(session: Session, audit_ids: Iterable[int], now: datetime) -> None:
    """Bring the published lines of these audits up to date; one query when there are none."""
    wanted = sorted(audit_ids)
    if not wanted:
        return
    line = PubAnnualAudit
    found = session.execute(
        select(line.code, line.year, line.phase, line.report_code, Audit.id, Audit.state)
        .join(PublicCode, PublicCode.code == line.code)
        .join(Audit, Audit.id == PublicCode.thing_id)
        .where(PublicCode.thing_kind == ANNUAL_AUDIT, Audit.id.in_(wanted))
    ).all()
    if not found:
        return
    reports = _reports(session, [row.id for row in found])
    for row in found:
        values = {"phase": phase(row.state).value, "report_code": reports.get(row.id, "")}
        if values == {"phase": row.phase, "report_code": row.report_code}:
            continue
        # By statement: a line that somebody takes off the portal right now is not missed.
        session.execute(update(line).where(line.code == row.code).values(**values, updated_at=now))
        session.execute(
            update(PubAnnualPlan).where(PubAnnualPlan.year == row.year).values(updated_at=now)
        )


def remove(session: Session, year: int, *, ground: str, now: datetime) -> None:
    """Take a year's plan off the portal; its address keeps the date and the ground."""
    session.execute(delete(PubAnnualAudit).where(PubAnnualAudit.year == year))
    session.execute(delete(PubAnnualPlan).where(PubAnnualPlan.year == year))
    session.add(
        PubTombstone(code=tombstone_code(year), kind=ANNUAL_PLAN, withdrawn_at=now, ground=ground)
    )
    session.flush()


def published_audits(session: Session) -> list[int]:
    """Every audit that some published plan shows."""
    statement = (
        select(PublicCode.thing_id)
        .join(PubAnnualAudit, PubAnnualAudit.code == PublicCode.code)
        .where(PublicCode.thing_kind == ANNUAL_AUDIT)
    )
    return list(session.scalars(statement))


def _reports(session: Session, audit_ids: Sequence[int]) -> dict[int, str]:
    """The published reports of these audits, by audit."""
    codes = codes_of(session, REPORT, audit_ids)
    statement = select(PubReport.code).where(PubReport.code.in_(list(codes.values())))
    standing = set(session.scalars(statement))
    return {audit_id: code for audit_id, code in codes.items() if code in standing}

"""What the portal shows of published reports: copied here from the working rows, never read there.

Rows of the `pub_` tables are written in the transaction of the change itself, so that what stops
being public is gone before the request is answered. Texts of findings come from the approved
publication; from the working rows come only their state, and the promises of accepted plans,
with personal data masked. No inside code, id or name of a person goes in.

`now` is always a moment in the entity's time zone: its calendar day is what readers see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import projection_annual, projection_plans
from app.models.findings import Finding
from app.models.org import Entity
from app.models.plans import Action
from app.models.publications import (
    PubAction,
    PubEntity,
    PubFile,
    PubFinding,
    Publication,
    PublicCode,
    PubPlan,
    PubReport,
    PubTombstone,
)
from app.models.traceability import OutboxItem
from app.projection_rows import (
    FINDING,
    PLAN,
    REPORT,
    codes_of,
    fresh,
    local_day,
    public_code,
    public_codes,
    put,
)
from workflows.enums import FindingType
from workflows.finding import FindingState
from workflows.publication import PublicationState

UNCOMMUNICATED = {FindingState.DRAFT, FindingState.IN_REVIEW}
CONTESTED = {
    FindingState.PRELIMINARY,
    FindingState.CONTRADICTION,
    FindingState.RATIFIED,
    FindingState.MODIFIED,
}
FIRM = frozenset(FindingState) - UNCOMMUNICATED - CONTESTED - {FindingState.WITHDRAWN}
DELETE_OBJECT = "public.delete"
ANNULLED = "El hallazgo quedó sin efecto por decisión de la autoridad competente."
LEFT_OUT = "Ya no hace parte de la versión pública vigente del informe."
ENTITY_ID = 1


@dataclass(frozen=True, slots=True)
class PublicFile:
    """The approved copy, already in the public store."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Source:
    """The signed report that a publication comes from."""

    filing_number: str
    day: date
    year: int


def keep_in_step(
    session: Session,
    now: datetime,
    *,
    audits: Set[int],
    actions: Set[int],
    moved: Set[int],
    entity: bool,
) -> None:
    """Bring the portal's rows up to date with the open transaction, just before it is sealed.

    `audits`: those with a changed finding, plan or action; `actions`: those with changed
    progress; `moved`: audits in another state. Costs nothing when there are none, and one query
    of each kind when none of it is published.
    """
    if entity:
        keep_entity(session)
    projection_annual.follow(session, moved, now)
    wanted = set(audits)
    if actions:
        statement = select(Action.audit_id).where(Action.id.in_(sorted(actions)))
        wanted |= {audit_id for audit_id in session.scalars(statement) if audit_id is not None}
    refresh(session, wanted, now)


def refresh(session: Session, audit_ids: Iterable[int], now: datetime) -> None:
    """Write anew the findings, plans and actions of the published audits among these."""
    wanted = sorted(audit_ids)
    if not wanted:
        return
    # Every edition is locked, published or not: one that is being published right now must end
    # before its findings are judged. Columns, not rows: what this session holds may be old.
    rows = session.execute(
        select(Publication.audit_id, Publication.state, Publication.content)
        .where(Publication.audit_id.in_(wanted))
        .order_by(Publication.id)
        .with_for_update()
    ).all()
    for audit_id, state, content in rows:
        if state is PublicationState.PUBLISHED:
            _rewrite(session, audit_id, content, now)


def publish(
    session: Session, publication: Publication, source: Source, file: PublicFile, now: datetime
) -> str:
    """Put an edition on the portal in the place of the one before; answer the report's code."""
    keep_entity(session)
    code = public_code(session, REPORT, publication.audit_id, now.year)
    content = publication.content
    report = session.get(PubReport, code, populate_existing=True)
    if report is None:
        report = PubReport(code=code, finding_count=0)
        session.add(report)
    elif report.pdf_key:
        _delete_object(session, report.pdf_key, now)
    report.edition = publication.edition
    report.title, report.summary = content["title"], content["summary"]
    report.process, report.unit = content["process"], content["unit"]
    report.year, report.filing_number = source.year, source.filing_number
    report.report_date = source.day
    report.published_at = report.updated_at = now
    report.content = {name: content[name] for name in ("objective", "scope", "conclusions")}
    report.pdf_key, report.pdf_sha256 = file.key, file.sha256
    report.pdf_size_bytes = file.size_bytes
    session.flush()
    _keep_file(session, report, now)
    session.execute(delete(PubTombstone).where(PubTombstone.code == code))
    _rewrite(session, publication.audit_id, content, now)
    projection_annual.follow(session, [publication.audit_id], now)
    return code


def remove(session: Session, audit_id: int, *, ground: str, now: datetime) -> None:
    """Take a report and all that came with it off the portal; its addresses keep the ground."""
    code = codes_of(session, REPORT, [audit_id]).get(audit_id)
    report = session.get(PubReport, code, populate_existing=True) if code else None
    if report is None:
        return
    findings = _codes(session, PubFinding, report.code)
    plans = _codes(session, PubPlan, report.code)
    _drop_plans(session, plans)
    _drop_findings(session, findings)
    session.execute(delete(PubFile).where(PubFile.report_code == report.code))
    if report.pdf_key:
        _delete_object(session, report.pdf_key, now)
    session.delete(report)
    session.flush()
    _bury(session, REPORT, [report.code], ground, now)
    _bury(session, FINDING, findings, ground, now)
    _bury(session, PLAN, plans, ground, now)
    projection_annual.follow(session, [audit_id], now)


def keep_entity(session: Session) -> None:
    """The entity's name and addresses as the portal shows them."""
    entity = session.scalars(select(Entity).order_by(Entity.id)).first()
    if entity is None:
        return
    contact = {
        name: getattr(entity, name)
        for name in ("nit", "address", "city", "phone", "email", "judicial_email", "website")
    }
    row = session.get(PubEntity, ENTITY_ID)
    if row is None:
        session.add(PubEntity(id=ENTITY_ID, name=entity.name, contact=contact))
    elif (row.name, row.contact) != (entity.name, contact):
        row.name, row.contact = entity.name, contact
    session.flush()


# ------------------------------------------------------------------ one report


def _rewrite(session: Session, audit_id: int, content: Mapping[str, Any], now: datetime) -> None:
    report = session.get_one(PubReport, public_code(session, REPORT, audit_id, now.year))
    shown = _write_findings(session, report, audit_id, content["findings"], now)
    gone = sorted(_codes(session, PubFinding, report.code) - set(shown.values()))
    plans = projection_plans.rewrite(session, report, audit_id, shown, now)
    lost = sorted(_codes(session, PubPlan, report.code) - plans)
    if gone:
        annulled = _annulled(session, gone)
        _drop_findings(session, gone)
        _bury(session, FINDING, [c for c in gone if c in annulled], ANNULLED, now)
        _bury(session, FINDING, [c for c in gone if c not in annulled], LEFT_OUT, now)
        if annulled:
            _withdraw_file(session, report, now)
    _drop_plans(session, lost)
    _bury(session, PLAN, lost, LEFT_OUT, now)
    report.finding_count = sum(
        item["type"] != FindingType.STRENGTH
        for item in content["findings"]
        if item["finding_id"] in shown
    )
    session.flush()


def _write_findings(
    session: Session,
    report: PubReport,
    audit_id: int,
    items: Sequence[Mapping[str, Any]],
    now: datetime,
) -> dict[int, str]:
    """Rows of the findings that are firm; answer their public codes by inside id."""
    statement = select(Finding.id, Finding.state, Finding.closed_at).where(
        Finding.audit_id == audit_id, Finding.id.in_([item["finding_id"] for item in items])
    )
    states = {id_: (state, closed) for id_, state, closed in session.execute(statement)}
    firm = [i for i in items if i["finding_id"] in states and states[i["finding_id"]][0] in FIRM]
    shown = public_codes(session, FINDING, [i["finding_id"] for i in firm], now.year)
    rows = fresh(session, PubFinding, shown.values())
    for position, item in enumerate(firm, start=1):
        state, closed_at = states[item["finding_id"]]
        values = {
            "report_code": report.code,
            "position": position,
            **{name: item[name] for name in ("title", "type", "severity")},
            "process": item["process"] or report.process,
            "year": report.year,
            "state": state.value,
            "story": {name: item[name] for name in ("found", "why", "criterion", "recommendation")},
            "closed_on": local_day(closed_at, now) if state is FindingState.CLOSED else None,
        }
        put(session, PubFinding, rows, shown[item["finding_id"]], values, now)
    session.flush()
    session.execute(delete(PubTombstone).where(PubTombstone.code.in_(list(shown.values()))))
    return shown


def _annulled(session: Session, gone: Sequence[str]) -> set[str]:
    """Which of these codes stand for findings that were annulled, not just left out."""
    statement = (
        select(PublicCode.code)
        .join(Finding, Finding.id == PublicCode.thing_id)
        .where(PublicCode.code.in_(gone), Finding.state == FindingState.WITHDRAWN)
    )
    return set(session.scalars(statement))


def _codes(session: Session, model: type[PubFinding] | type[PubPlan], report: str) -> set[str]:
    return set(session.scalars(select(model.code).where(model.report_code == report)))


def _drop_findings(session: Session, codes: Iterable[str]) -> None:
    wanted = list(codes)
    session.execute(delete(PubAction).where(PubAction.finding_code.in_(wanted)))
    session.execute(delete(PubFinding).where(PubFinding.code.in_(wanted)))


def _drop_plans(session: Session, codes: Iterable[str]) -> None:
    wanted = list(codes)
    session.execute(delete(PubAction).where(PubAction.plan_code.in_(wanted)))
    session.execute(delete(PubPlan).where(PubPlan.code.in_(wanted)))


def _bury(session: Session, kind: str, codes: Iterable[str], ground: str, now: datetime) -> None:
    session.add_all(
        PubTombstone(code=code, kind=kind, withdrawn_at=now, ground=ground) for code in codes
    )
    session.flush()


# ------------------------------------------------------------------ files


def _keep_file(session: Session, report: PubReport, now: datetime) -> None:
    """The new file is the current one; those before it are known as replaced."""
    known = session.scalars(select(PubFile).where(PubFile.report_code == report.code)).all()
    for file in known:
        file.replaced_at = file.replaced_at or now
    session.add(
        PubFile(
            sha256=report.pdf_sha256,
            report_code=report.code,
            edition=report.edition,
            published_at=now,
        )
    )
    session.flush()


def _withdraw_file(session: Session, report: PubReport, now: datetime) -> None:
    """The file quotes a finding that is no longer public: nobody gets it any more."""
    session.execute(delete(PubFile).where(PubFile.report_code == report.code))
    if report.pdf_key:
        _delete_object(session, report.pdf_key, now)
    report.pdf_key, report.pdf_sha256, report.pdf_size_bytes = "", "", 0
    report.updated_at = now


def _delete_object(session: Session, key: str, now: datetime) -> None:
    """Leave the object's removal to the worker: the row that named it goes first."""
    session.add(
        OutboxItem(
            kind=DELETE_OBJECT,
            key=f"{DELETE_OBJECT}:{key}",
            payload={"key": key},
            created_at=now,
            available_at=now,
        )
    )

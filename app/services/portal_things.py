"""One published thing, with what belongs to it; and whether a file or a code is a true one.

Unknown codes and those never published give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.publications import (
    PubAction,
    PubAnnualAudit,
    PubFile,
    PubFinding,
    PubPlan,
    PubReport,
    PubTombstone,
)
from app.services.portal import CODE, Tally, tallies

SHA256 = re.compile(r"[0-9a-f]{64}")
QUESTION_MOST = 200

Thing = TypeVar("Thing", PubReport, PubFinding, PubPlan)


class Withdrawn(Exception):
    """The code was public and is no more."""

    def __init__(self, tombstone: PubTombstone) -> None:
        super().__init__(tombstone.code)
        self.tombstone = tombstone


@dataclass(frozen=True, slots=True)
class ReportView:
    report: PubReport
    findings: Sequence[PubFinding]
    tallies: Mapping[str, Tally]
    plans: Sequence[PubPlan]
    files: Sequence[PubFile]


@dataclass(frozen=True, slots=True)
class Story:
    """A finding with what was promised about it."""

    finding: PubFinding
    report: PubReport
    promises: Sequence[PubAction]
    plans: Sequence[PubPlan]
    tally: Tally
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PlanView:
    plan: PubPlan
    report: PubReport
    groups: Sequence[tuple[PubFinding, Sequence[PubAction]]]
    tally: Tally
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the portal knows of a fingerprint or a code. `kind`: current, replaced, code,
    withdrawn, unknown or malformed."""

    kind: str
    asked: str
    report: PubReport | None = None
    file: PubFile | None = None
    address: str = ""
    tombstone: PubTombstone | None = None


# ------------------------------------------------------------------ one thing


def report(session: Session, code: str, today: date) -> ReportView:
    """Raises: NotFound, Withdrawn."""
    row = _one(session, PubReport, code)
    listed = session.scalars(
        select(PubFinding).where(PubFinding.report_code == code).order_by(PubFinding.position)
    ).all()
    return ReportView(
        report=row,
        findings=listed,
        tallies=tallies(session, PubAction.finding_code, [f.code for f in listed], today),
        plans=session.scalars(
            select(PubPlan).where(PubPlan.report_code == code).order_by(PubPlan.code)
        ).all(),
        files=session.scalars(
            select(PubFile).where(PubFile.report_code == code).order_by(PubFile.edition.desc())
        ).all(),
    )


def file_of(session: Session, code: str) -> PubReport:
    """The report whose file is asked for. Raises: NotFound (also while it has none), Withdrawn."""
    row = _one(session, PubReport, code)
    if not row.pdf_key:
        raise NotFound
    return row


def finding(session: Session, code: str, today: date) -> Story:
    """Raises: NotFound, Withdrawn."""
    row = _one(session, PubFinding, code)
    promises = session.scalars(
        select(PubAction)
        .where(PubAction.finding_code == code)
        .order_by(PubAction.end_date, PubAction.code)
    ).all()
    codes = {each.plan_code for each in promises}
    return Story(
        finding=row,
        report=session.get_one(PubReport, row.report_code),
        promises=promises,
        plans=session.scalars(
            select(PubPlan).where(PubPlan.code.in_(codes)).order_by(PubPlan.code)
        ).all(),
        tally=tallies(session, PubAction.finding_code, [code], today)[code],
        changed_at=max([row.updated_at, *(each.updated_at for each in promises)]),
    )


def plan(session: Session, code: str, today: date) -> PlanView:
    """Raises: NotFound, Withdrawn."""
    row = _one(session, PubPlan, code)
    actions = session.scalars(
        select(PubAction)
        .where(PubAction.plan_code == code)
        .order_by(PubAction.end_date, PubAction.code)
    ).all()
    listed = session.scalars(
        select(PubFinding)
        .where(PubFinding.code.in_({each.finding_code for each in actions}))
        .order_by(PubFinding.position)
    ).all()
    return PlanView(
        plan=row,
        report=session.get_one(PubReport, row.report_code),
        groups=[(f, [a for a in actions if a.finding_code == f.code]) for f in listed],
        tally=tallies(session, PubAction.plan_code, [code], today)[code],
        changed_at=max([row.updated_at, *(each.updated_at for each in actions)]),
    )


def _one(session: Session, model: type[Thing], code: str) -> Thing:
    """Raises: NotFound, Withdrawn."""
    if not CODE.fullmatch(code):
        raise NotFound
    row = session.get(model, code)
    if row is not None:
        return row
    tombstone = session.get(PubTombstone, code)
    if tombstone is not None and tombstone.kind == KINDS[model]:
        raise Withdrawn(tombstone)
    raise NotFound


KINDS: Mapping[type[object], str] = {PubReport: "report", PubFinding: "finding", PubPlan: "plan"}
FOLDERS = {"INF": "informes", "HAL": "hallazgos", "PLA": "planes"}


# ------------------------------------------------------------------ is it the real one?


def verify(session: Session, question: str) -> Verdict:
    """Whether a SHA-256 is that of a published file, or a code stands for something published."""
    asked = question[:QUESTION_MOST].strip()
    bare = re.sub(r"[\s:]", "", asked).lower()
    if SHA256.fullmatch(bare):
        return _verify_file(session, bare)
    code = asked.upper()
    if not CODE.fullmatch(code):
        return Verdict("malformed", asked)
    if code.startswith("ACC"):
        action = session.get(PubAction, code)
        address = f"/transparencia/hallazgos/{action.finding_code}#{code}" if action else ""
        return Verdict("code" if action else "unknown", code, address=address)
    if code.startswith("AUD"):
        line = session.get(PubAnnualAudit, code)
        address = f"/transparencia/plan-anual/{line.year}#{code}" if line else ""
        return Verdict("code" if line else "unknown", code, address=address)
    model = {"INF": PubReport, "HAL": PubFinding, "PLA": PubPlan}[code[:3]]
    if session.get(model, code) is not None:
        return Verdict("code", code, address=f"/transparencia/{FOLDERS[code[:3]]}/{code}")
    tombstone = session.get(PubTombstone, code)
    return Verdict("withdrawn" if tombstone else "unknown", code, tombstone=tombstone)


def _verify_file(session: Session, sha256: str) -> Verdict:
    file = session.get(PubFile, sha256)
    if file is None:
        return Verdict("unknown", sha256)
    row = session.get_one(PubReport, file.report_code)
    kind = "current" if file.replaced_at is None else "replaced"
    address = f"/transparencia/informes/{row.code}"
    return Verdict(kind, sha256, report=row, file=file, address=address)

"""What anyone may read: questions to the publication tables, through the portal's own session.

Nothing here takes a context: there is no actor, and the session can see no other table. Unknown
codes and those never published give the same answer; a withdrawn one says when and on what ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.models.publications import (
    PubAction,
    PubAnnualPlan,
    PubEntity,
    PubFinding,
    PubPlan,
    PubReport,
)
from workflows.action import ActionState
from workflows.enums import FindingType
from workflows.finding import FindingState

PAGE = 20
LATEST = 5
RECENT = 20
CODE = re.compile(r"(?:INF|HAL|PLA|ACC|AUD)-\d{4}-\d{3,6}", re.ASCII)
SITEMAP_MOST = 50_000  # the limit of the sitemap protocol
# How far a problem is, as readers ask for it
STAGES: Mapping[str, frozenset[FindingState]] = {
    "por_corregir": frozenset(
        {FindingState.CONFIRMED, FindingState.IN_PLAN, FindingState.REOPENED}
    ),
    "en_correccion": frozenset({FindingState.IN_TREATMENT}),
    "por_comprobar": frozenset({FindingState.TO_VERIFY}),
    "corregido": frozenset({FindingState.CLOSED}),
}
KEPT = frozenset({ActionState.FULFILLED, ActionState.IN_EVALUATION, ActionState.CLOSED_EFFECTIVE})
GIVEN_UP = frozenset({ActionState.REFORMULATED, ActionState.VOIDED})
NOT_STARTED_OR_RUNNING = frozenset({ActionState.APPROVED, ActionState.RUNNING})


Listed = type[PubReport] | type[PubFinding] | type[PubPlan]
FOLDERS: Mapping[str, Listed] = {
    "informes": PubReport,
    "hallazgos": PubFinding,
    "planes": PubPlan,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Promises by how they stand. What was replaced or dropped by agreement counts nowhere."""

    total: int = 0
    kept: int = 0
    late: int = 0

    @property
    def kept_pct(self) -> int | None:
        """Whole and never rounded up: 100 means all."""
        return self.kept * 100 // self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Figures:
    reports: int
    findings: int
    corrected: int
    promises: Tally


@dataclass(frozen=True, slots=True)
class Home:
    figures: Figures
    latest: Sequence[PubReport]
    by_stage: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list was asked for; what is no choice asks for nothing."""

    year: int | None = None
    process: str = ""
    stage: str = ""
    type: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Years and processes that have something published."""

    years: Sequence[int]
    processes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: rows, how many there are in all, and the code to go on after."""

    rows: Sequence[Any]
    total: int
    next_after: str | None
    tallies: Mapping[str, Tally] = field(default_factory=dict)


def entity(session: Session) -> PubEntity | None:
    return session.scalars(select(PubEntity)).first()


def alive(session: Session) -> None:
    """Readiness: returns when the portal's database answers."""
    session.execute(select(func.count(PubEntity.id)))


# ------------------------------------------------------------------ first page


def home(session: Session, today: date) -> Home:
    latest = session.scalars(
        select(PubReport).order_by(PubReport.published_at.desc(), PubReport.code).limit(LATEST)
    ).all()
    counted = session.execute(
        select(PubFinding.state, func.count(PubFinding.code))
        .where(PubFinding.type != FindingType.STRENGTH)
        .group_by(PubFinding.state)
    )
    states: dict[str, int] = {state: number for state, number in counted}
    by_stage = {
        stage: sum(states.get(state, 0) for state in members) for stage, members in STAGES.items()
    }
    figures = Figures(
        reports=session.scalar(select(func.count(PubReport.code))) or 0,
        findings=sum(by_stage.values()),
        corrected=by_stage["corregido"],
        promises=_tally(session.execute(_promises_by_state(today)).all()),
    )
    return Home(figures, latest, by_stage)


def _promises_by_state(today: date) -> Select[Any, Any, Any]:
    late = func.sum(_is_late(today))
    return select(PubAction.state, func.count(PubAction.code), late).group_by(PubAction.state)


def _is_late(today: date) -> ColumnElement[Any]:
    """1 for a promise whose day has passed without its being reported as done."""
    past = and_(PubAction.state.in_(NOT_STARTED_OR_RUNNING), PubAction.end_date < today)
    return case((or_(past, PubAction.state == ActionState.UNMET), 1), else_=0)


def _tally(rows: Iterable[Sequence[Any]]) -> Tally:
    """From (state, how many, how many late)."""
    found = [row for row in rows if row[0] not in GIVEN_UP]
    return Tally(
        total=sum(number for _state, number, _late in found),
        kept=sum(number for state, number, _late in found if state in KEPT),
        late=sum(int(late or 0) for _state, _number, late in found),
    )


# ------------------------------------------------------------------ lists


def choices(session: Session, folder: str) -> Choices:
    """What the list of this folder may be filtered by."""
    model = FOLDERS[folder]
    years = session.scalars(select(model.year).distinct().order_by(model.year.desc())).all()
    processes = session.scalars(select(model.process).distinct().order_by(model.process)).all()
    return Choices(years, processes)


def reports(session: Session, filters: Filters) -> Page:
    """Newest first."""
    return _page(session, PubReport, _asked(PubReport, filters), filters.after)


def findings(session: Session, filters: Filters, today: date) -> Page:
    """Problems, newest report first, with what was promised about each; no strengths."""
    conditions = [
        *_asked(PubFinding, filters),
        PubFinding.type == filters.type
        if filters.type
        else PubFinding.type != FindingType.STRENGTH,
    ]
    if filters.stage in STAGES:
        conditions.append(PubFinding.state.in_(STAGES[filters.stage]))
    page = _page(session, PubFinding, conditions, filters.after)
    found = tallies(session, PubAction.finding_code, [row.code for row in page.rows], today)
    return Page(page.rows, page.total, page.next_after, found)


def plans(session: Session, filters: Filters, today: date) -> Page:
    """Newest first, with how many of their promises were kept."""
    page = _page(session, PubPlan, _asked(PubPlan, filters), filters.after)
    found = tallies(session, PubAction.plan_code, [row.code for row in page.rows], today)
    return Page(page.rows, page.total, page.next_after, found)


def _asked(model: Listed, filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.year is not None:
        asked.append(model.year == filters.year)
    if filters.process:
        asked.append(model.process == filters.process)
    return asked


def _page(
    session: Session,
    model: Listed,
    conditions: Sequence[ColumnElement[bool]],
    after: str,
) -> Page:
    """Rows by day, newest first, then by code; `after` is the last code of the page before."""
    day = model.__mapper__.columns["approved_on" if model is PubPlan else "published_at"]
    total = session.scalar(select(func.count(model.code)).where(*conditions)) or 0
    statement = select(model).where(*conditions).order_by(day.desc(), model.code)
    known = CODE.fullmatch(after)
    last = session.execute(select(day).where(model.code == after)).first() if known else None
    if last is not None:
        statement = statement.where(or_(day < last[0], and_(day == last[0], model.code > after)))
    rows: Sequence[Any] = session.scalars(statement.limit(PAGE + 1)).all()
    return Page(rows[:PAGE], total, rows[PAGE - 1].code if len(rows) > PAGE else None)


def tallies(session: Session, column: Any, codes: Sequence[str], today: date) -> dict[str, Tally]:
    rows = session.execute(
        select(column, PubAction.state, func.count(PubAction.code), func.sum(_is_late(today)))
        .where(column.in_(codes))
        .group_by(column, PubAction.state)
    ).all()
    grouped: dict[str, list[Sequence[Any]]] = {code: [] for code in codes}
    for code, *rest in rows:
        grouped[code].append(rest)
    return {code: _tally(each) for code, each in grouped.items()}


# ------------------------------------------------------------------ for programs


def recent_reports(session: Session) -> Sequence[PubReport]:
    statement = select(PubReport).order_by(PubReport.published_at.desc(), PubReport.code)
    return session.scalars(statement.limit(RECENT)).all()


def recent_annual_plans(session: Session) -> Sequence[PubAnnualPlan]:
    statement = select(PubAnnualPlan).order_by(PubAnnualPlan.published_at.desc())
    return session.scalars(statement.limit(RECENT)).all()


def recent_findings(session: Session) -> Sequence[PubFinding]:
    """Those whose state or text changed last."""
    statement = select(PubFinding).order_by(PubFinding.updated_at.desc(), PubFinding.code)
    return session.scalars(statement.limit(RECENT)).all()


def addresses(session: Session) -> list[tuple[str, datetime]]:
    """Every page of a published thing, with when it last changed."""
    found: list[tuple[str, datetime]] = []
    for folder, model in FOLDERS.items():
        rows = session.execute(
            select(model.code, model.updated_at)
            .order_by(model.updated_at.desc(), model.code)
            .limit(SITEMAP_MOST)
        )
        found += [(f"/transparencia/{folder}/{code}", at) for code, at in rows]
    years = select(PubAnnualPlan.year, PubAnnualPlan.updated_at).order_by(PubAnnualPlan.year.desc())
    annual = [(f"/transparencia/plan-anual/{year}", at) for year, at in session.execute(years)]
    return [*annual, *found][:SITEMAP_MOST]

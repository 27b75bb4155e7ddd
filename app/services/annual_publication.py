"""The annual plan on the portal: what will be public, said by the head of the OCI, and taken back.

What goes out is a copy in the publication tables (`projection_annual`); what was decided about
it stays on the plan, so that the next edition begins from the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app import personal_data, projection, projection_annual
from app.context import Context
from app.errors import Difference, Invalid, OutOfPlace, Refused, StaleVersion
from app.models.audits import AnnualPlan, Audit
from app.models.publications import PubAnnualPlan
from app.models.traceability import HistoryEntry
from app.permissions import Permission
from app.personal_data import OMITTED, Mark, visible
from app.projection_annual import TEXTS, PublicLine
from app.services import edits, submissions
from app.services.publications_text import person_names
from app.services.transitions import load, load_for
from workflows.audit import AuditPhase, AuditState, phase

SHOWN, HIDDEN = "1", ""
"""How a difference tells whether an audit is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """An audit of the plan, or a special one of its year, as it stands to be shown."""

    audit: Audit
    title: str
    shown: bool

    @property
    def is_special(self) -> bool:
        return self.audit.annual_plan_id is None

    @property
    def phase(self) -> AuditPhase:
        return phase(self.audit.state)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be public of a plan. `on_portal`: what the portal shows of its year now."""

    plan: AnnualPlan
    texts: Mapping[str, str]
    lines: tuple[Line, ...]
    on_portal: PubAnnualPlan | None
    newer: AnnualPlan | None

    @property
    def is_on_portal(self) -> bool:
        return self.on_portal is not None and self.on_portal.edition == self.plan.edition


@dataclass(frozen=True, slots=True)
class Wording:
    """What the head of the OCI decided to show. `titles` and `shown` go by audit; `reason` says
    why what only may be personal data can stay."""

    texts: Mapping[str, str]
    titles: Mapping[int, str]
    shown: frozenset[int]
    reason: str = ""


@dataclass(slots=True)
class Marks:
    """Personal data found in what would be public: (field, mark). The names of processes are
    not typed here: what stands in them is mended in the catalogue."""

    sure: list[tuple[str, Mark]] = field(default_factory=list)
    unsure: list[tuple[str, Mark]] = field(default_factory=list)
    in_processes: list[tuple[str, Mark]] = field(default_factory=list)


def title_field(audit_id: int) -> str:
    return f"a{audit_id}_title"


def shown_field(audit_id: int) -> str:
    return f"a{audit_id}_shown"


# ------------------------------------------------------------------ what would be public


def standing(ctx: Context, plan: AnnualPlan) -> PubAnnualPlan | None:
    """What the portal shows now of the plan's year."""
    return ctx.session.get(PubAnnualPlan, plan.year)


def propose(ctx: Context, plan_id: int) -> Proposal:
    """What publishing would put on the portal, with what was decided before.

    Raises: NotFound, Forbidden (also when the committee has not approved the plan).
    """
    return _proposal(ctx, load_for(ctx, AnnualPlan, plan_id, Permission.ANNUAL_PLAN_PUBLISH))


def _proposal(ctx: Context, plan: AnnualPlan) -> Proposal:
    session = ctx.session
    editions = session.scalars(
        select(AnnualPlan).where(AnnualPlan.year == plan.year).order_by(AnnualPlan.edition)
    ).all()
    newer = [each for each in editions if each.edition > plan.edition and each.approved_at]
    decided = [each for each in editions if each.edition <= plan.edition and each.public_content]
    said = plan.public_content or {name: getattr(plan, name) for name in TEXTS}
    return Proposal(
        plan=plan,
        texts={name: visible(said[name]) for name in TEXTS},
        lines=_lines(session, plan, decided[-1].public_content if decided else None),
        on_portal=standing(ctx, plan),
        newer=newer[-1] if newer else None,
    )


def _lines(
    session: Session, plan: AnnualPlan, decided: Mapping[str, Any] | None
) -> tuple[Line, ...]:
    before = {each["audit_id"]: each for each in decided["lines"]} if decided else {}
    is_special = Audit.annual_plan_id.is_(None) & (Audit.year == plan.year)
    audits = session.scalars(
        select(Audit)
        .where(or_(Audit.annual_plan_id == plan.id, is_special))
        .options(joinedload(Audit.process))
        .order_by(Audit.planned_start, Audit.id)
        .execution_options(populate_existing=True)
    ).all()
    never_begun = _cancelled_unbegun(session, audits)
    lines = []
    for audit in audits:
        earlier = before.get(audit.id)
        shown = audit.annual_plan_id is not None and audit.id not in never_begun
        lines.append(
            Line(
                audit,
                title=earlier["title"] if earlier else visible(audit.title),
                shown=earlier["shown"] if earlier else shown,
            )
        )
    return tuple(lines)


def _cancelled_unbegun(session: Session, audits: Sequence[Audit]) -> set[int]:
    """Those cancelled while they were only on paper."""
    ids = [str(audit.id) for audit in audits if audit.state is AuditState.CANCELLED]
    statement = select(HistoryEntry.thing_id).where(
        HistoryEntry.thing_kind == Audit.thing,
        HistoryEntry.thing_id.in_(ids),
        HistoryEntry.event == "cancel",
        HistoryEntry.source == AuditState.SCHEDULED,
    )
    return {int(thing_id) for thing_id in session.scalars(statement)}


# ------------------------------------------------------------------ publishing


def publish(
    ctx: Context, plan_id: int, wording: Wording, *, version: int | None, key: str = ""
) -> AnnualPlan:
    """Show this edition on the portal in the place of what its year showed before.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (a newer edition rules), Refused
    (blank titles, nothing shown, personal data in what would be public).
    """
    with ctx.transaction() as session:
        _lock_audits(session, plan_id)
        plan = load_for(ctx, AnnualPlan, plan_id, Permission.ANNUAL_PLAN_PUBLISH)
        if submissions.claim(ctx, key) is not None:
            return load(session, AnnualPlan, plan_id)
        proposal = _proposal(ctx, plan)
        wording = _clean(wording)
        _check_version(proposal, version, wording)
        if proposal.newer is not None:
            raise OutOfPlace(event="publish", state=plan.state.value)
        left = _demand(proposal, wording, person_names(session))
        _write(ctx, proposal, wording)
        body = _body(proposal, wording, left)
        ctx.record_transition(
            plan,
            event="publish",
            source=plan.state.value,
            target=plan.state.value,
            reason=wording.reason,
            details=body,
        )
        submissions.finish(ctx, key, plan.id)
    return plan


def _lock_audits(session: Session, plan_id: int) -> None:
    """Before the plan itself, as the events of an audit do: their states are about to be copied.
    Special ones belong to the year too."""
    year = select(AnnualPlan.year).where(AnnualPlan.id == plan_id).scalar_subquery()
    session.execute(select(Audit.id).where(Audit.year == year).order_by(Audit.id).with_for_update())


def _clean(wording: Wording) -> Wording:
    return Wording(
        texts={name: visible(wording.texts.get(name, "")).strip() for name in TEXTS},
        titles={key: visible(title).strip() for key, title in wording.titles.items()},
        shown=wording.shown,
        reason=wording.reason.strip(),
    )


def _check_version(proposal: Proposal, version: int | None, wording: Wording) -> None:
    """Raises: StaleVersion, with each field in which what was typed differs from what is there."""
    plan = proposal.plan
    if version is None or plan.version == version:
        return
    theirs = dict(proposal.texts)
    yours = dict(wording.texts)
    for line in proposal.lines:
        id_ = line.audit.id
        theirs |= {title_field(id_): line.title, shown_field(id_): _flag(line.shown)}
        title = wording.titles.get(id_, line.title)
        yours |= {title_field(id_): title, shown_field(id_): _flag(id_ in wording.shown)}
    raise StaleVersion(
        expected=version,
        actual=plan.version,
        differences=[
            Difference(name, theirs=there, yours=yours[name])
            for name, there in theirs.items()
            if there != yours[name]
        ],
        typed=yours,
    )


def _flag(shown: bool) -> str:
    return SHOWN if shown else HIDDEN


def _demand(proposal: Proposal, wording: Wording, names: Sequence[str]) -> Marks:
    """Refuse what cannot go out; answer what was found and may stay. Raises: Refused."""
    shown = [line for line in proposal.lines if line.audit.id in wording.shown]
    refusals = [
        Invalid(title_field(line.audit.id), "publication.no_title")
        for line in shown
        if not wording.titles.get(line.audit.id)
    ]
    if not shown:
        refusals.append(Invalid("lines", "annual_publication.no_lines"))
    found = marks(proposal, wording, names)
    refusals += _refusals(found.sure, "annual_publication.personal_data")
    refusals += _refusals(found.in_processes, "annual_publication.process_name")
    if not wording.reason:
        refusals += _refusals(found.unsure, "annual_publication.maybe_personal_data")
    if refusals:
        raise Refused(refusals)
    return found


def marks(proposal: Proposal, wording: Wording, names: Sequence[str]) -> Marks:
    """All that looks like personal data in what this wording would make public."""
    found = Marks()
    shown = [line for line in proposal.lines if line.audit.id in wording.shown]
    for name, text in _public_texts(shown, wording):
        for mark in personal_data.find(text, names):
            (found.sure if mark.sure else found.unsure).append((name, mark))
    for line in shown:
        name = title_field(line.audit.id)
        for mark in personal_data.find(line.audit.process.name, names):
            (found.in_processes if mark.sure else found.unsure).append((name, mark))
    return found


def _public_texts(shown: Sequence[Line], wording: Wording) -> Iterator[tuple[str, str]]:
    """(field, text) of everything typed that readers will see."""
    yield from wording.texts.items()
    for line in shown:
        yield title_field(line.audit.id), wording.titles.get(line.audit.id, "")


def _refusals(marks: Sequence[tuple[str, Mark]], code: str) -> list[Invalid]:
    """One for each field, naming all that was found in it."""
    by_field: dict[str, list[str]] = {}
    for name, mark in marks:
        by_field.setdefault(name, []).append(f"«{mark.text}»")
    return [
        Invalid(name, code, found=", ".join(dict.fromkeys(texts)))
        for name, texts in by_field.items()
    ]


def _write(ctx: Context, proposal: Proposal, wording: Wording) -> None:
    session, plan, now = ctx.session, proposal.plan, _local_now(ctx)
    plan.public_content = {
        **wording.texts,
        "lines": [
            {
                "audit_id": line.audit.id,
                "title": wording.titles.get(line.audit.id) or line.title,
                "shown": line.audit.id in wording.shown,
            }
            for line in proposal.lines
        ],
    }
    plan.published_at, plan.withdrawn_at = now, None
    session.flush()
    projection.keep_entity(session)
    lines = [
        PublicLine(line.audit, wording.titles[line.audit.id])
        for line in proposal.lines
        if line.audit.id in wording.shown
    ]
    projection_annual.publish(session, plan, lines, now)


def _body(proposal: Proposal, wording: Wording, left: Marks) -> dict[str, Any]:
    """What the history keeps: which audits, and where something was let stay; no texts."""
    codes: dict[bool, list[str]] = {True: [], False: []}
    for line in proposal.lines:
        codes[line.audit.id in wording.shown].append(line.audit.code)
    accepted = sorted({f"{name}: {mark.kind.value}" for name, mark in left.unsure})
    return {
        "edition": proposal.plan.edition,
        "shown": codes[True],
        "left_out": codes[False],
        "accepted": accepted,
    }


def masked(ctx: Context, plan_id: int, wording: Wording) -> Wording:
    """The same wording with "[dato omitido]" in the place of all that was found; saves nothing.

    Raises: NotFound, Forbidden.
    """
    proposal, wording = propose(ctx, plan_id), _clean(wording)
    found = marks(proposal, wording, person_names(ctx.session))
    texts, titles = dict(wording.texts), dict(wording.titles)
    fields = {title_field(audit_id): audit_id for audit_id in titles}
    for name, mark in [*found.sure, *found.unsure]:
        if name in texts:
            texts[name] = texts[name].replace(mark.text, OMITTED)
        elif name in fields:
            titles[fields[name]] = titles[fields[name]].replace(mark.text, OMITTED)
    return replace(wording, texts=texts, titles=titles)


# ------------------------------------------------------------------ taking it back


def withdraw(
    ctx: Context,
    plan_id: int,
    *,
    reason: str,
    legal_ground: str,
    version: int | None,
    key: str = "",
) -> AnnualPlan:
    """Take the plan off the portal; its address says the date and the ground from then on.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (this edition is not on the portal),
    Invalid (no reason, no ground, or personal data in the ground).
    """
    reason, ground = reason.strip(), visible(legal_ground).strip()
    with ctx.transaction() as session:
        _lock_audits(session, plan_id)
        plan = load_for(ctx, AnnualPlan, plan_id, Permission.ANNUAL_PLAN_PUBLISH)
        if submissions.claim(ctx, key) is not None:
            return load(session, AnnualPlan, plan_id)
        edits.check_version(plan, version, {})
        shown = standing(ctx, plan)
        if shown is None or shown.edition != plan.edition:
            raise OutOfPlace(event="withdraw", state=plan.state.value)
        _demand_ground(reason, ground, person_names(session))
        now = _local_now(ctx)
        plan.withdrawn_at = now
        session.flush()
        projection_annual.remove(session, plan.year, ground=ground, now=now)
        ctx.record_transition(
            plan,
            event="withdraw",
            source=plan.state.value,
            target=plan.state.value,
            reason=reason,
            details={"edition": plan.edition, "legal_ground": ground},
        )
        submissions.finish(ctx, key, plan.id)
    return plan


def _demand_ground(reason: str, ground: str, names: Sequence[str]) -> None:
    if not reason:
        raise Invalid("reason", "needs_reason")
    if not ground:
        raise Invalid("legal_ground", "annual_publication.needs_ground")
    found = [("legal_ground", mark) for mark in personal_data.find(ground, names) if mark.sure]
    if found:
        raise _refusals(found, "annual_publication.personal_data")[0]


def _local_now(ctx: Context) -> datetime:
    return ctx.now().astimezone(ZoneInfo(ctx.config.time_zone))

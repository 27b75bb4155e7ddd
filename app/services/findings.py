"""Findings: writing them, registering those of oversight bodies, reviewing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from app.context import Context
from app.errors import Forbidden, Invalid, OutOfPlace
from app.models.audits import Audit
from app.models.findings import ExternalFindingCounter, Finding
from app.models.org import MipgPolicy, Norm, Process, Unit
from app.permissions import Permission, authorize, scope
from app.services import drafts, edits, submissions
from app.services.finding_events import fire
from app.services.finding_facts import UNCOMMUNICATED, is_one_person_office, plain
from app.services.finding_rows import forget_review, load_to_change
from app.services.segregation import Deed, acts_apart
from app.services.transitions import check_version, load_for
from app.services.upserts import insert
from workflows.audit import AuditState
from workflows.enums import Incidence, PlanSource
from workflows.finding import FindingState

__all__ = ["create", "create_external", "edit", "fire", "review"]

DRAFT_FORM = "finding"
WRITABLE_AUDITS = frozenset({AuditState.FIELDWORK, AuditState.DRAFT_REPORT})
TEXTS = (
    "title",
    "condition",
    "criterion",
    "norm_article",
    "cause",
    "effect",
    "recommendation",
    "related_risk",
    "related_control",
)
FIELDS = (
    *TEXTS,
    "type",
    "severity",
    "norm_id",
    "mipg_policy_id",
    "meci_component",
    "process_id",
    "unit_id",
    "repeats_id",
)
SOURCE_FIELDS = (
    "source",
    "source_report",
    "source_report_date",
    "incidences",
    "fiscal_amount",
)
LINKS: Mapping[str, type[Any]] = {
    "norm_id": Norm,
    "mipg_policy_id": MipgPolicy,
    "process_id": Process,
    "unit_id": Unit,
}

Values = Mapping[str, Any]


def create(ctx: Context, audit_id: int, values: Values, *, key: str = "") -> Finding:
    """Write a new finding of an audit, as a draft with the next code of that audit.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.FINDING_CREATE)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Finding, int(earlier))
        if audit.state not in WRITABLE_AUDITS:
            raise Invalid("audit_id", "finding.audit_not_writable")
        finding = _new(ctx, values, code=_next_code(ctx, audit))
        finding.audit_id, finding.source = audit.id, PlanSource.INTERNAL_AUDIT
        _add(ctx, finding, key, draft=f"audit-{audit.id}")
    return finding


def create_external(ctx: Context, values: Values, *, key: str = "") -> Finding:
    """Write down a finding of another source than our audits (an oversight body, an own
    assessment, a complaint); `register_external` then makes it firm.

    Raises: Forbidden, Invalid.
    """
    _check_source(ctx, values)
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Finding, int(earlier))
        finding = _new(ctx, values, code="")
        for name in SOURCE_FIELDS:
            setattr(finding, name, _kept(name, values.get(name)))
        authorize(ctx.actor, Permission.FINDING_CREATE, finding)
        finding.code = _next_external_code(ctx, values["source_report_date"].year)
        _add(ctx, finding, key, draft="external")
    return finding


def _next_code(ctx: Context, audit: Audit) -> str:
    """AAAA-AUD-NN-HNN. The audit is locked, and findings are never deleted."""
    statement = select(func.count(Finding.id)).where(Finding.audit_id == audit.id)
    return f"{audit.code}-H{(ctx.session.scalar(statement) or 0) + 1:02d}"


def _next_external_code(ctx: Context, year: int) -> str:
    """AAAA-EXT-HNNN, by the year of the report; of two people at once the second waits."""
    session = ctx.session
    session.execute(
        insert(session, ExternalFindingCounter).values(year=year, last=0).on_conflict_do_nothing()
    )
    statement = select(ExternalFindingCounter).where(ExternalFindingCounter.year == year)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    counter = session.scalars(locked).one()
    counter.last += 1
    return f"{year}-EXT-H{counter.last:03d}"


def _new(ctx: Context, values: Values, *, code: str) -> Finding:
    if ctx.actor.user_id is None:
        raise Forbidden(Permission.FINDING_CREATE)
    _check(ctx, None, values)
    finding = Finding(
        code=code,
        author_id=ctx.actor.user_id,
        created_at=ctx.now(),
        state=FindingState.DRAFT,
    )
    for name in FIELDS:
        setattr(finding, name, _kept(name, values.get(name)))
    return finding


def _kept(name: str, value: Any) -> Any:
    if name == "incidences":
        return sorted(value or ())
    return plain(value) if name in TEXTS else value


def _add(ctx: Context, finding: Finding, key: str, *, draft: str) -> None:
    ctx.session.add(finding)
    ctx.session.flush()
    ctx.record_transition(
        finding,
        event="create",
        source="",
        target=finding.state.value,
        details={"code": finding.code, "title": finding.title},
    )
    submissions.finish(ctx, key, finding.id)
    drafts.drop(ctx, DRAFT_FORM, draft)


def edit(ctx: Context, finding_id: int, *, version: int | None, values: Values) -> Finding:
    """Change the text or the links of a finding that was not communicated yet.

    Whoever had reviewed it must look again. Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_EDIT)
        names = FIELDS if finding.audit_id is not None else FIELDS + SOURCE_FIELDS
        given = {name: _kept(name, values[name]) for name in names if name in values}
        edits.check_version(finding, version, given)
        _check(ctx, finding, given)
        if finding.audit_id is None:
            _check_source(ctx, {n: given.get(n, getattr(finding, n)) for n in SOURCE_FIELDS})
        changed = edits.apply(finding, given)
        if changed:
            forget_review(finding)
            ctx.record("change", "edit", finding, {"fields": changed})
        drafts.drop(ctx, DRAFT_FORM, finding.id)
    return finding


def review(ctx: Context, finding_id: int, *, version: int | None) -> Finding:
    """Record that the acting person reviewed the finding and agrees to communicate it.

    Never its author, nor who stands in for the author or did when it was written, unless the
    office has declared that it is of one person: then each use is recorded.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace.
    """
    with ctx.transaction() as session:
        finding = load_to_change(ctx, finding_id, Permission.FINDING_RECORD_REVIEW)
        check_version(finding, version)
        if finding.state is not FindingState.IN_REVIEW:
            raise OutOfPlace(event="record_review", state=finding.state.value)
        is_apart = acts_apart(ctx, [Deed(finding.author_id, finding.created_at)])
        if not is_apart and not is_one_person_office(session):
            raise Forbidden("finding.own_review")
        finding.reviewed_by_id, finding.reviewed_at = ctx.actor.user_id, ctx.now()
        body = {"author": finding.author_id, "one_person_office": not is_apart}
        ctx.record("change", "record_review", finding, body)
    return finding


# ------------------------------------------------------------------ checks


def _check(ctx: Context, finding: Finding | None, values: Values) -> None:
    """Raises: Invalid when a link names nothing that can be chosen."""
    if "title" in values and not plain(values["title"]):
        raise Invalid("title", "finding.needs_title")
    for name, model in LINKS.items():
        chosen = values.get(name)
        if chosen is None:
            if name == "process_id" and (finding is None or name in values):
                raise Invalid(name, "finding.unknown_choice")
        elif finding is None or getattr(finding, name) != chosen:
            _demand_active(ctx, name, model, chosen)
    _check_repeated(ctx, finding, values.get("repeats_id"))


def _demand_active(ctx: Context, name: str, model: type[Any], row_id: int) -> None:
    statement = select(model.id).where(model.id == row_id, model.active)
    if ctx.session.scalar(statement) is None:
        raise Invalid(name, "finding.unknown_choice")


def _check_repeated(ctx: Context, finding: Finding | None, repeats_id: int | None) -> None:
    """A repeated finding is another one, already communicated, that the actor may read."""
    if repeats_id is None or (finding is not None and finding.repeats_id == repeats_id):
        return
    statement = select(Finding.id).where(
        Finding.id == repeats_id,
        Finding.state.not_in(UNCOMMUNICATED | {FindingState.WITHDRAWN}),
        scope(ctx.actor, Permission.FINDING_READ, Finding),
    )
    if finding is not None:
        statement = statement.where(Finding.id != finding.id)
    if ctx.session.scalar(statement) is None:
        raise Invalid("repeats_id", "finding.unknown_choice")


def _check_source(ctx: Context, values: Values) -> None:
    """Raises: Invalid when the report it comes from is not told, or dated in the future."""
    source = values.get("source")
    if not isinstance(source, PlanSource) or source is PlanSource.INTERNAL_AUDIT:
        raise Invalid("source", "finding.needs_external_source")
    if not plain(values.get("source_report")):
        raise Invalid("source_report", "finding.needs_source_report")
    if values.get("source_report_date") is None:
        raise Invalid("source_report_date", "finding.needs_source_date")
    if values["source_report_date"] > ctx.today():
        raise Invalid("source_report_date", "finding.future_date")
    _check_incidences(source, values)


def _check_incidences(source: PlanSource, values: Values) -> None:
    """Those of an oversight body: the OCI declares none. Raises: Invalid."""
    incidences = set(values.get("incidences") or ())
    if not incidences <= {each.value for each in Incidence}:
        raise Invalid("incidences", "finding.unknown_incidence")
    if incidences and not source.is_external:
        raise Invalid("incidences", "finding.no_incidences_of_ours")
    amount = values.get("fiscal_amount")
    if Incidence.FISCAL in incidences and (amount is None or amount <= 0):
        raise Invalid("fiscal_amount", "finding.needs_fiscal_amount")
    if amount is not None and Incidence.FISCAL not in incidences:
        raise Invalid("fiscal_amount", "finding.no_fiscal_incidence")

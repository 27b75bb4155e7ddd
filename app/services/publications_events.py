"""The events of a publication: permission, version, guards, and what each one brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import projection
from app.context import Context
from app.errors import Blocked, Invalid, NotFound, OutOfPlace
from app.models.audits import Audit
from app.models.documents import Document
from app.models.publications import Publication, PublicIntent
from app.models.traceability import LedgerEvent
from app.permissions_events import EVENT_ROLES
from app.services import publications_store, publications_text, settings
from app.services.finding_facts import ONE_PERSON_OFFICE, is_one_person_office
from app.services.publications_source import signed_report
from app.services.segregation import Deed, acts_apart
from app.services.transitions import advance, cascade, check_version, load_for, machine, stale
from workflows.enums import Classification
from workflows.publication import PublicationFacts, PublicationState

Inputs = Mapping[str, Any]
NOTHING: Inputs = MappingProxyType({})
AUTHORING = ("prepare", "edit", "bring_text", "accept_mark", "mask")
"""What makes somebody an author of the public text, who cannot approve it."""


@dataclass(frozen=True, slots=True)
class Fired:
    """What an effect may need to know of its event."""

    reason: str
    inputs: Inputs


def fire(
    ctx: Context,
    publication_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Inputs = NOTHING,
    password: str = "",
) -> Publication:
    """Move a publication. `inputs["legal_ground"]` goes with `withdraw`.

    No event of a publication is signed: `password` is there because all things are fired alike.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, Invalid, StoreUnavailable.
    """
    if f"publication.{event}" not in EVENT_ROLES:
        raise NotFound
    if event == "publish":
        return _publish(ctx, publication_id, version, reason)
    with ctx.transaction() as session:
        publication = _permitted(ctx, publication_id, event, version)
        _demand_fitting_class(publication, event)
        given = facts(ctx, publication, reason=reason, inputs=inputs)
        advance(ctx, publication, event, given, details=_details(ctx, publication, event))
        EFFECTS[event](ctx, publication, Fired(reason.strip(), inputs))
        session.flush()
    return publication


def discard_begun(ctx: Context, audit: Audit, reason: str) -> None:
    """The audit was cancelled: what was being prepared of it will not be published.

    In the open transaction, with the audit locked.
    """
    begun = select(Publication).where(Publication.audit_id == audit.id).order_by(Publication.id)
    for publication in ctx.session.scalars(begun.with_for_update()):
        if "discard" in machine(publication).events():
            cascade(ctx, publication, "discard", PublicationFacts(reason=reason))
            _unapprove(ctx, publication, Fired(reason, NOTHING))


def facts(
    ctx: Context, publication: Publication, *, reason: str = "", inputs: Inputs = NOTHING
) -> PublicationFacts:
    """Facts of a publication now, for the person of the context."""
    session = ctx.session
    source = signed_report(ctx, publication.audit_id)
    names = publications_text.person_names(session)
    findings = publications_text.sources(session, publication.audit_id)
    content = publication.content
    current = not publications_text.differences(content, findings)
    made = publication.pdf_content_sha256 == publications_text.digest(content)
    approved = publication.approved_sha256 == publications_text.approval_digest(publication)
    return PublicationFacts(
        reason=reason,
        classification=publication.classification,
        legal_ground=str(inputs.get("legal_ground", publication.legal_ground)),
        restricted_from=ctx.today(),
        restricted_until=publication.restricted_until,
        restriction_unlimited=publication.restriction_unlimited,
        source_signed=source is not None,
        has_clean_copy=publication.pdf_id is not None and made and current,
        unresolved_marks=len(publications_text.open_marks(publication, names)),
        unresolved_hidden_content=publication.hidden_count,
        reviewed_by_other=_is_other(ctx, publication) or is_one_person_office(session),
        content_unchanged=approved and made and current,
        title=publication.title,
        document_date=source.day if source else None,
        responsible_unit=content["unit"],
    )


def _is_other(ctx: Context, publication: Publication) -> bool:
    """Whether who acts wrote nothing of this public text, in person or through a substitute."""
    kind, thing_id = publication.ref
    rows = ctx.session.execute(
        select(LedgerEvent.actor_id, LedgerEvent.at).where(
            LedgerEvent.thing_kind == kind,
            LedgerEvent.thing_id == thing_id,
            LedgerEvent.action.in_(AUTHORING),
        )
    )
    deeds = [Deed(publication.prepared_by_id, publication.created_at)]
    return acts_apart(ctx, [*deeds, *(Deed(actor_id, at) for actor_id, at in rows)])


def _permitted(ctx: Context, publication_id: int, event: str, version: int | None) -> Publication:
    publication = load_for(ctx, Publication, publication_id, f"publication.{event}")
    check_version(publication, version)
    return publication


def _demand_fitting_class(publication: Publication, event: str) -> None:
    """What was written down as reserved is not confirmed as public, nor the other way round.

    Raises: Invalid.
    """
    if publication.classification is None:
        return
    is_public = publication.classification is Classification.PUBLIC
    if event == "classify_public" and not is_public:
        raise Invalid("classification", "publication.not_public")
    if event == "classify_restricted" and is_public:
        raise Invalid("classification", "publication.not_restricted")


def _details(ctx: Context, publication: Publication, event: str) -> dict[str, Any]:
    """The values that the step rests on, kept in its history row."""
    if event in ("classify_public", "classify_restricted") and publication.classification:
        until = publication.restricted_until
        return {
            "classification": publication.classification.value,
            "legal_ground": publication.legal_ground,
            "restricted_until": until.isoformat() if until else "",
        }
    if event == "approve":
        details = {"sha256": publications_text.approval_digest(publication)}
        if not _is_other(ctx, publication):
            rule = settings.rule(ctx.session, ONE_PERSON_OFFICE)
            details["exception"] = rule.legal_ground or rule.name
        return details
    return {}


# ------------------------------------------------------------------ publishing


def _publish(ctx: Context, publication_id: int, version: int | None, reason: str) -> Publication:
    """Copy the bytes first, then write everything that readers see in one transaction.

    A failure in between leaves an object that no row names; `sweep_public` removes it.
    """
    publication = _permitted(ctx, publication_id, "publish", version)
    _demand(publication, "publish", facts(ctx, publication, reason=reason))
    file = publications_store.copy_to_public(ctx, publication)
    with ctx.transaction() as session:
        _lock_editions(ctx, publication_id)
        publication = _permitted(ctx, publication_id, "publish", version)
        if publication.pdf is None or publication.pdf.sha256 != file.sha256:
            raise stale(publication, version)
        given = facts(ctx, publication, reason=reason)
        source = signed_report(ctx, publication.audit_id)
        if source is None:
            raise OutOfPlace(event="publish", state=publication.state.value)
        advance(ctx, publication, "publish", given, details={"sha256": file.sha256})
        _supersede_earlier(ctx, publication)
        now = ctx.now().astimezone(ZoneInfo(ctx.config.time_zone))
        publication.published_at = now
        publication.pdf.classification = Classification.PUBLIC
        session.flush()
        publication.public_code = projection.publish(session, publication, source, file, now)
        session.get_one(PublicIntent, file.key).done_at = now
        session.flush()
    return publication


def _demand(publication: Publication, event: str, given: PublicationFacts) -> None:
    """Refuse before any byte is copied. Raises: OutOfPlace, Blocked."""
    workflow = machine(publication)
    if event not in workflow.events():
        raise OutOfPlace(event=event, state=publication.state.value)
    unmet = workflow.unmet(event, given)
    if unmet:
        raise Blocked(f"publication.{event}", unmet, given)


def _lock_editions(ctx: Context, publication_id: int) -> None:
    """The audit, and every edition in order: of two that are published at once one waits, and so
    does the annual plan that is published with this audit in it."""
    audit_id = select(Publication.audit_id).where(Publication.id == publication_id)
    ctx.session.execute(
        select(Audit.id).where(Audit.id == audit_id.scalar_subquery()).with_for_update()
    )
    ctx.session.execute(
        select(Publication.id)
        .where(Publication.audit_id == audit_id.scalar_subquery())
        .order_by(Publication.id)
        .with_for_update()
    )


def _supersede_earlier(ctx: Context, publication: Publication) -> None:
    earlier = ctx.session.scalars(
        select(Publication)
        .where(
            Publication.audit_id == publication.audit_id,
            Publication.id != publication.id,
            Publication.state == PublicationState.PUBLISHED,
        )
        .order_by(Publication.id)
        .execution_options(populate_existing=True)
    ).all()
    for each in earlier:
        given = PublicationFacts(newer_version_published=True)
        cascade(ctx, each, "supersede", given, details={"edition": publication.edition})
        each.withdrawn_at = ctx.now()


# ------------------------------------------------------------------ what each event brings


def _nothing(_ctx: Context, _publication: Publication, _fired: Fired) -> None:
    """The step itself is all."""


def _approve(ctx: Context, publication: Publication, _fired: Fired) -> None:
    publication.approved_by_id, publication.approved_at = ctx.actor.user_id, ctx.now()
    publication.approved_sha256 = publications_text.approval_digest(publication)


def _unapprove(_ctx: Context, publication: Publication, _fired: Fired) -> None:
    publication.approved_by_id, publication.approved_at = None, None
    publication.approved_sha256 = ""


def _withdraw(ctx: Context, publication: Publication, fired: Fired) -> None:
    """Gone from the portal in this transaction; the object follows by the worker."""
    ground = str(fired.inputs.get("legal_ground", publication.legal_ground)).strip()
    publication.legal_ground, publication.withdrawn_at = ground, ctx.now()
    document = ctx.session.get(Document, publication.pdf_id) if publication.pdf_id else None
    if document is not None:
        document.classification = Classification.CLASSIFIED
    now = ctx.now().astimezone(ZoneInfo(ctx.config.time_zone))
    ctx.session.flush()
    projection.remove(ctx.session, publication.audit_id, ground=ground, now=now)


Effect = Callable[[Context, Publication, Fired], None]
EFFECTS: Mapping[str, Effect] = {
    "classify_restricted": _nothing,
    "classify_public": _nothing,
    "reclassify": _unapprove,
    "approve": _approve,
    "send_back": _unapprove,
    "discard": _unapprove,
    "withdraw": _withdraw,
    "supersede": _nothing,
}

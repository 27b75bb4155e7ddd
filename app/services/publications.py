"""Preparing the public version of a report: its text, its personal data, its classification."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from app.context import Context
from app.errors import Difference, Invalid, OutOfPlace
from app.models.audits import Audit
from app.models.publications import Publication
from app.permissions import Permission
from app.personal_data import OMITTED
from app.services import drafts, edits, publications_text
from app.services.publications_events import fire
from app.services.publications_text import FieldMark
from app.services.transitions import load_for, stale
from workflows.audit import AuditState
from workflows.enums import Classification
from workflows.publication import PublicationState

__all__ = [
    "accept_mark",
    "bring_final_text",
    "classify",
    "edit",
    "fire",
    "mask_mark",
    "prepare",
]

TEXT_FORM = "publication_text"
PREPARABLE = frozenset(
    {
        AuditState.CONTRADICTION,
        AuditState.FINAL_REPORT,
        AuditState.PLAN_FORMULATION,
        AuditState.FOLLOW_UP,
        AuditState.CLOSED,
    }
)
EDITABLE = frozenset({PublicationState.PENDING_CLASSIFICATION, PublicationState.ANONYMISING})
OUT_OF_WORK = frozenset({PublicationState.PUBLISHED, PublicationState.WITHDRAWN})
REASON_MAX_LENGTH = 2000


def prepare(ctx: Context, audit_id: int, *, new_edition: bool = False) -> Publication:
    """The public version of an audit's report, begun if there is none.

    `new_edition`: begin the next one where the last was published or withdrawn.
    Raises: NotFound, Forbidden, OutOfPlace (too early: nothing was communicated yet).
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.PUBLICATION_PREPARE)
        if audit.state not in PREPARABLE:
            raise OutOfPlace(event="prepare", state=str(audit.state))
        editions = select(Publication).where(Publication.audit_id == audit.id)
        latest = session.scalars(editions.order_by(Publication.edition.desc())).first()
        if latest is not None and not (new_edition and latest.state in OUT_OF_WORK):
            return latest
        content = publications_text.propose(session, audit)
        publication = Publication(
            audit_id=audit.id,
            edition=latest.edition + 1 if latest else 1,
            title=content["title"],
            content=content,
            accepted=[],
            prepared_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(publication)
        session.flush()
        _count_marks(ctx, publication)
        body = {"audit": audit.code, "edition": publication.edition}
        ctx.record("change", "prepare", publication, body)
    return publication


def edit(
    ctx: Context, publication_id: int, values: Mapping[str, str], *, version: int | None
) -> Publication:
    """Change the public text. `values`: texts by flat name, see `publications_text`.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (a title is blank).
    """
    with ctx.transaction():
        publication = _editable(ctx, publication_id)
        present = publications_text.texts(publication.content)
        wanted = {name: values[name].strip() for name in present if name in values}
        _check_version(publication, version, present, wanted)
        for name, text in wanted.items():
            if not text and (name == "title" or name.endswith("_title")):
                raise Invalid(name, "publication.no_title")
        changed = sorted(name for name, text in wanted.items() if text != present[name])
        drafts.drop(ctx, TEXT_FORM, publication.id)
        if changed:
            publication.content = publications_text.with_texts(publication.content, wanted)
            publication.title = publication.content["title"]
            _count_marks(ctx, publication)
            # Which fields, not what they said: what was taken out may be personal.
            ctx.record("change", "edit", publication, {"fields": changed})
    return publication


def bring_final_text(ctx: Context, publication_id: int, *, version: int | None) -> Publication:
    """Take anew the findings whose final text changed, came or went since the text was made.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion.
    """
    with ctx.transaction() as session:
        publication = _editable(ctx, publication_id, version)
        findings = publications_text.sources(session, publication.audit_id)
        found = publications_text.differences(publication.content, findings)
        if found:
            publication.content = publications_text.brought_up_to_date(
                publication.content, findings
            )
            drafts.drop(ctx, TEXT_FORM, publication.id)
            _count_marks(ctx, publication)
            body = {"changed": found.changed, "new": found.new, "gone": found.gone}
            ctx.record("change", "bring_text", publication, body)
    return publication


def _check_version(
    publication: Publication,
    version: int | None,
    present: Mapping[str, str],
    wanted: Mapping[str, str],
) -> None:
    """Raises: StaleVersion, with each text in which what was typed differs from what is there."""
    if version is None or publication.version == version:
        return
    theirs = [
        Difference(name, theirs=present[name], yours=text)
        for name, text in wanted.items()
        if text != present[name]
    ]
    raise stale(publication, version, theirs, wanted)


# ------------------------------------------------------------------ personal data


def accept_mark(
    ctx: Context, publication_id: int, field: str, text: str, *, reason: str, version: int | None
) -> Publication:
    """Let a piece of text stay, with the reason why it may be public.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid.
    """
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction():
        publication = _editable(ctx, publication_id, version)
        found = _marks(ctx, publication, field, text)
        entries = [
            {
                "field": field,
                "kind": each.mark.kind.value,
                "text": text,
                "reason": reason.strip()[:REASON_MAX_LENGTH],
                "by": ctx.actor.user_id,
                "at": ctx.now().isoformat(),
            }
            for each in found[:1]
        ]
        publication.accepted = [*publication.accepted, *entries]
        _count_marks(ctx, publication)
        body = {"field": field, "kind": found[0].mark.kind.value, "reason": reason.strip()}
        ctx.record("change", "accept_mark", publication, body)
    return publication


def mask_mark(
    ctx: Context, publication_id: int, field: str, text: str, *, version: int | None
) -> Publication:
    """Put "[dato omitido]" where a piece of personal data stands, wherever the field repeats it.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid.
    """
    with ctx.transaction():
        publication = _editable(ctx, publication_id, version)
        found = _marks(ctx, publication, field, text)
        present = publications_text.texts(publication.content)[field]
        masked = {field: present.replace(text, OMITTED)}
        publication.content = publications_text.with_texts(publication.content, masked)
        publication.title = publication.content["title"]
        drafts.drop(ctx, TEXT_FORM, publication.id)
        _count_marks(ctx, publication)
        body = {"field": field, "kind": found[0].mark.kind.value}
        ctx.record("change", "mask", publication, body)
    return publication


def _marks(ctx: Context, publication: Publication, field: str, text: str) -> list[FieldMark]:
    """The open marks on this text of this field. Raises: Invalid when there are none."""
    names = publications_text.person_names(ctx.session)
    found = [
        each
        for each in publications_text.open_marks(publication, names)
        if each.field == field and each.mark.text == text
    ]
    if not found:
        raise Invalid("text", "publication.no_mark")
    return found


def _count_marks(ctx: Context, publication: Publication) -> None:
    """Kept on the row for lists; the guard counts them anew."""
    names = publications_text.person_names(ctx.session)
    publication.open_marks = len(publications_text.open_marks(publication, names))


# ------------------------------------------------------------------ classification


def classify(
    ctx: Context,
    publication_id: int,
    classification: Classification,
    *,
    legal_ground: str = "",
    restricted_until: date | None = None,
    restriction_unlimited: bool = False,
    version: int | None,
) -> Publication:
    """Write down the classification that the head of the OCI will confirm with an event.

    A public version needs no ground and no term (Ley 1712 de 2014, arts. 18, 19, 22).
    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion.
    """
    is_public = classification is Classification.PUBLIC
    with ctx.transaction():
        publication = _editable(ctx, publication_id, version)
        if publication.state is not PublicationState.PENDING_CLASSIFICATION:
            raise OutOfPlace(event="classify", state=publication.state.value)
        values = {
            "classification": classification,
            "legal_ground": "" if is_public else legal_ground.strip(),
            "restricted_until": None if is_public or restriction_unlimited else restricted_until,
            "restriction_unlimited": restriction_unlimited and not is_public,
        }
        changed = edits.apply(publication, values)
        if changed:
            ctx.record("change", "classify", publication, changed)
    return publication


def _editable(ctx: Context, publication_id: int, version: int | None = None) -> Publication:
    publication = load_for(ctx, Publication, publication_id, Permission.PUBLICATION_PREPARE)
    if publication.state not in EDITABLE:
        raise OutOfPlace(event="edit", state=publication.state.value)
    edits.check_version(publication, version, {})
    return publication

"""The story of a public version: classified, searched for personal data, approved, published."""

from __future__ import annotations

from datetime import date

from app.models.publications import Publication
from app.personal_data import DataKind
from app.services import publications, publications_store, publications_text
from app.services.demo.parts import AuditPart, Publish
from app.services.demo.stage import Stage, Story
from workflows.enums import Classification

GROUND = (
    "Ley 1712 de 2014, artículo 19, literal a: la publicación de las vulnerabilidades de los "
    "sistemas pone en riesgo la seguridad de la entidad."
)
RESERVED_YEARS = 5
PUBLIC_REASON = "Es un dato de la entidad o de un cargo público, no de una persona."


def publish(stage: Stage, part: AuditPart, publication_id: int) -> Story:
    """As far as the part says, from the day of the final report."""
    if part.publish in (Publish.NONE, Publish.PREPARED):
        return
    yield stage.after(6)
    preparer = part.team[0]
    publications.bring_final_text(stage.act(preparer), publication_id, version=None)
    if part.publish is Publish.RESERVED:
        _restrict(stage, preparer, publication_id)
        return
    publications.classify(stage.act(preparer), publication_id, Classification.PUBLIC, version=None)
    publications.fire(stage.act("jefe_oci"), publication_id, "classify_public", version=None)
    yield stage.after(3)
    _clean(stage, preparer, publication_id)
    if part.publish is Publish.ANONYMISING:
        return
    publications_store.make_copy(stage.act(preparer), publication_id, version=None)
    yield stage.after(3)
    publications.fire(stage.act("jefe_oci"), publication_id, "approve", version=None)
    if part.publish is Publish.APPROVED:
        return
    yield stage.after(2)
    publications.fire(stage.act("jefe_oci"), publication_id, "publish", version=None)


def _restrict(stage: Stage, preparer: str, publication_id: int) -> None:
    day = stage.day
    publications.classify(
        stage.act(preparer),
        publication_id,
        Classification.RESERVED,
        legal_ground=GROUND,
        restricted_until=date(day.year + RESERVED_YEARS, 12, 31),
        version=None,
    )
    publications.fire(stage.act("jefe_oci"), publication_id, "classify_restricted", version=None)


def _clean(stage: Stage, preparer: str, publication_id: int) -> None:
    """Names of people are taken out; what only looks like personal data stays, with the reason."""
    session = stage.base.session
    names = publications_text.person_names(session)
    row = session.get_one(Publication, publication_id)
    seen: set[tuple[str, str]] = set()
    for each in publications_text.open_marks(row, names):
        where = (each.field, each.mark.text)
        if where in seen:
            continue
        seen.add(where)
        ctx = stage.act(preparer)
        if each.mark.kind is DataKind.NAME:
            publications.mask_mark(ctx, publication_id, *where, version=None)
        else:
            publications.accept_mark(
                ctx, publication_id, *where, reason=PUBLIC_REASON, version=None
            )

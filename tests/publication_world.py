"""Public versions for tests: prepared by the lead auditor, approved and published by the head.

The road of an audit up to its signed final report is proved elsewhere; here its end is written
down directly, and everything from the public version on goes through the services.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from app.context import Context
from app.models.audits import Audit, Report, ReportKind, Signature
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding
from app.models.plans import Plan
from app.models.publications import Publication
from app.services import actions, publications, publications_store, publications_text
from app.services.publications_events import fire
from tests import plan_world
from tests.plan_world import World, make_world
from workflows.enums import Classification
from workflows.publication import PublicationState

__all__ = ["World", "make_world"]

HASH = "0" * 64
GROUND = "Ley 1581 de 2012, artículo 4, literal f"


def make_signed_findings(
    world: World, count: int = 2, *, filing_number: str = "", **changes: Any
) -> list[Finding]:
    """Firm findings of an audit whose final report is signed, filed and communicated."""
    found = plan_world.make_firm_findings(world, count, **changes)
    audit_id = found[0].audit_id
    assert audit_id is not None
    sign_report(world, audit_id, filing_number or f"2027-OCI-{audit_id:06d}")
    return found


def sign_report(world: World, audit_id: int, filing_number: str) -> None:
    ctx = world.head
    with ctx.transaction() as session:
        audit = session.get_one(Audit, audit_id)
        papers = [_document(world, audit, suffix) for suffix in ("docx", "pdf")]
        signature = Signature(
            user_id=ctx.actor.user_id,
            signed_at=ctx.now(),
            content_sha256=HASH,
            purpose="audit.final_report",
            thing_kind="audit",
            thing_id=str(audit_id),
        )
        session.add_all([*papers, signature])
        session.flush()
        report = Report(
            audit_id=audit_id,
            kind=ReportKind.FINAL,
            content={},
            content_sha256=HASH,
            docx_id=papers[0].id,
            pdf_id=papers[1].id,
            generated_by_id=ctx.actor.user_id,
            generated_at=ctx.now(),
            signature_id=signature.id,
            filing_number=filing_number,
            communicated_at=ctx.now(),
        )
        session.add(report)
        ctx.record("change", "issue", report, {})


def _document(world: World, audit: Audit, suffix: str) -> Document:
    name = f"00000000-0000-4000-8000-{audit.id:08d}{'d0c0' if suffix == 'docx' else '0bdf'}"
    return Document(
        uuid=name,
        store_key=f"documents/{name}",
        title="Informe final",
        filename=f"informe.{suffix}",
        media_type="application/pdf",
        size_bytes=1,
        sha256=HASH,
        purpose=DocumentPurpose.FINAL_REPORT,
        audit_id=audit.id,
        process_id=audit.process_id,
        uploaded_by_id=world.office.head.id,
        uploaded_at=world.ctx.now(),
        filing_number="2027-OCI-000001",
    )


def prepared(world: World, audit_id: int) -> Publication:
    """Waiting for its classification."""
    return publications.prepare(world.lead, audit_id)


def anonymising(world: World, audit_id: int) -> Publication:
    """Classified as public."""
    publication = prepared(world, audit_id)
    publications.classify(world.lead, publication.id, Classification.PUBLIC, version=None)
    return fire(world.head, publication.id, "classify_public", version=None)


def ready(world: World, audit_id: int) -> Publication:
    """Without personal data and with its copy: the head may approve it."""
    publication = anonymising(world, audit_id)
    mask_all(world, publication.id)
    return publications_store.make_copy(world.lead, publication.id, version=None)


def mask_all(world: World, publication_id: int) -> None:
    """Take out every piece of personal data that is still open."""
    while marks := open_marks(world.ctx, publication_id):
        first = marks[0]
        publications.mask_mark(
            world.lead, publication_id, first.field, first.mark.text, version=None
        )


def open_marks(ctx: Context, publication_id: int) -> list[publications_text.FieldMark]:
    ctx.session.rollback()
    publication = ctx.session.get_one(Publication, publication_id)
    names = publications_text.person_names(ctx.session)
    return publications_text.open_marks(publication, names)


def approved(world: World, audit_id: int) -> Publication:
    return fire(world.head, ready(world, audit_id).id, "approve", version=None)


def published(world: World, audit_id: int) -> Publication:
    """On the portal."""
    publication = fire(world.head, approved(world, audit_id).id, "publish", version=None)
    assert publication.state is PublicationState.PUBLISHED
    return publication


def make_published(
    world: World, count: int = 2, **changes: Any
) -> tuple[Publication, list[Finding]]:
    """A published report with so many findings."""
    found = make_signed_findings(world, count, **changes)
    audit_id = found[0].audit_id
    assert audit_id is not None
    return published(world, audit_id), found


def withdraw(world: World, publication_id: int, ground: str = GROUND) -> Publication:
    inputs = {"legal_ground": ground}
    reason = "Quedó un dato personal."
    return fire(world.head, publication_id, "withdraw", version=None, reason=reason, inputs=inputs)


def make_running_plan(world: World, found: list[Finding], *, action_count: int = 1) -> Plan:
    """The accepted plan of these findings, under way; its actions answer the first of them."""
    plan = plan_world.make_plan(world, found)
    for _each in range(action_count):
        plan_world.make_action(world, plan.id)
    for item in plan_world.items(world, plan.id)[1:]:
        cause = plan_world.make_cause(world, plan.id, item.id)
        action = actions.create(
            world.liaison,
            plan.id,
            item.finding_id,
            plan_world.action_data(world, root_cause_id=cause.id),
        )
        actions.accept(world.leader, action.id, version=None)
    plan_world.review_plan(world, plan)
    plan_world.fire_plan(world.head, plan.id, "approve")
    world.ctx.session.refresh(plan)
    return plan


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that this engine runs meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)

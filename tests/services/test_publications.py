"""Public versions up to their approval: text, personal data, copy, who may approve."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select, update

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import Audit
from app.models.documents import DocumentPurpose
from app.models.findings import Finding
from app.models.org import TermRule
from app.models.publications import Publication
from app.models.traceability import HistoryEntry, LedgerEvent
from app.services import publications, publications_pdf, publications_store, publications_text
from app.services.finding_facts import ONE_PERSON_OFFICE
from app.services.publications_events import fire
from tests import factories, plan_world
from tests import publication_world as pw
from tests.publication_world import World
from workflows.audit import AuditState
from workflows.enums import Classification, Role
from workflows.publication import PublicationState

pytestmark = pytest.mark.postgres_long

PRIVATE = "El señor Juan Pérez Gómez, cédula 52.345.678, firmó. Juan escribe desde juan@gmail.com."


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def audit_id(world: World) -> int:
    """An audit whose final report is signed, with two findings."""
    audit_id = pw.make_signed_findings(world)[0].audit_id
    assert audit_id is not None
    return audit_id


def content_of(world: World, publication: Publication) -> Publication:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Publication, publication.id)


# ------------------------------------------------------------------ preparing


def test_preparing_proposes_the_final_text(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    assert publication.state is PublicationState.PENDING_CLASSIFICATION
    assert publication.title == "Supervisión de contratos"
    item = publication.content["findings"][0]
    assert item["found"] == "En 4 de 30 contratos no hay designación de supervisor."
    assert item["why"] == "Se puede pagar sin recibir."
    assert "encontró 2 problemas" in publication.content["summary"]


def test_preparing_twice_makes_one(world: World, audit_id: int) -> None:
    first, second = pw.prepared(world, audit_id), pw.prepared(world, audit_id)
    assert first.id == second.id


def test_preparing_waits_for_the_preliminary_report(world: World) -> None:
    audit = factories.make_audit(world.ctx, world.office, AuditState.PLANNING)
    with pytest.raises(OutOfPlace):
        publications.prepare(world.lead, audit.id)


def test_only_the_office_prepares(world: World, audit_id: int) -> None:
    stranger = factories.make_user(world.ctx, Role.AUDITOR, name="Olga Ajena")
    for who, error in ((stranger, NotFound), (world.office.leader, NotFound)):
        with pytest.raises(error):
            publications.prepare(world.acting(who), audit_id)
    with pytest.raises(Forbidden):
        publications.prepare(world.manager, audit_id)


def test_withdrawn_and_unreviewed_findings_are_not_proposed(world: World) -> None:
    found = pw.make_signed_findings(world, 3)
    with world.head.transaction() as session:
        for finding, state in zip(found, ("retirado", "borrador"), strict=False):
            session.execute(update(Finding).where(Finding.id == finding.id).values(state=state))
        world.head.record("change", "edit", found[0], {})
    publication = pw.prepared(world, found[0].audit_id or 0)
    assert [item["finding_id"] for item in publication.content["findings"]] == [found[2].id]


# ------------------------------------------------------------------ text


def test_editing_keeps_what_is_not_given_and_counts_marks(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    name = publications_text.field_name(publication.content["findings"][0]["finding_id"], "found")
    before = publication.content["conclusions"]
    publications.edit(
        world.lead, publication.id, {name: PRIVATE, "nothing": "x"}, version=publication.version
    )
    kept = content_of(world, publication)
    assert kept.content["findings"][0]["found"] == PRIVATE
    assert kept.content["conclusions"] == before
    assert kept.open_marks == 3


def test_a_stale_edit_is_refused_and_says_what_differs(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    version = publication.version
    publications.edit(world.lead, publication.id, {"summary": "Uno."}, version=version)
    with pytest.raises(StaleVersion) as caught:
        publications.edit(world.lead, publication.id, {"summary": "Dos."}, version=version)
    assert [(d.field, d.theirs, d.yours) for d in caught.value.differences] == [
        ("summary", "Uno.", "Dos.")
    ]


def test_a_title_may_not_be_blank(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    with pytest.raises(Invalid) as caught:
        publications.edit(world.lead, publication.id, {"title": " "}, version=None)
    assert caught.value.field == "title"


def test_an_approved_text_is_no_longer_edited(world: World, audit_id: int) -> None:
    publication = pw.approved(world, audit_id)
    with pytest.raises(OutOfPlace):
        publications.edit(world.lead, publication.id, {"summary": "Otro."}, version=None)


def test_the_final_text_is_brought_where_it_changed(world: World, audit_id: int) -> None:
    publication = pw.anonymising(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": "Mío."}, version=None)
    first = publication.content["findings"][0]["finding_id"]
    with world.head.transaction() as session:
        session.get_one(Finding, first).condition = "Eran 5 de 30."
        world.head.record("change", "edit", session.get_one(Finding, first), {})
    with pytest.raises(Invalid, match=r"publication\.stale_text"):
        publications_store.make_copy(world.lead, publication.id, version=None)
    publications.bring_final_text(world.lead, publication.id, version=None)
    kept = content_of(world, publication).content
    assert (kept["summary"], kept["findings"][0]["found"]) == ("Mío.", "Eran 5 de 30.")
    publications_store.make_copy(world.lead, publication.id, version=None)


# ------------------------------------------------------------------ personal data


def with_private_text(world: World, audit_id: int) -> tuple[Publication, str]:
    publication = pw.anonymising(world, audit_id)
    name = publications_text.field_name(publication.content["findings"][0]["finding_id"], "found")
    publications.edit(world.lead, publication.id, {name: PRIVATE}, version=None)
    return publication, name


def test_masking_takes_the_data_out(world: World, audit_id: int) -> None:
    publication, name = with_private_text(world, audit_id)
    publications.mask_mark(world.lead, publication.id, name, "52.345.678", version=None)
    text = content_of(world, publication).content["findings"][0]["found"]
    assert "52.345.678" not in text
    assert "[dato omitido]" in text


def test_accepting_needs_a_reason_and_is_kept(world: World, audit_id: int) -> None:
    publication, name = with_private_text(world, audit_id)
    with pytest.raises(Invalid, match="needs_reason"):
        publications.accept_mark(
            world.lead, publication.id, name, "juan@gmail.com", reason=" ", version=None
        )
    publications.accept_mark(
        world.lead,
        publication.id,
        name,
        "juan@gmail.com",
        reason="Es el correo de atención.",
        version=None,
    )
    kept = content_of(world, publication)
    assert [each["reason"] for each in kept.accepted] == ["Es el correo de atención."]
    assert kept.open_marks == 2


def test_what_was_accepted_in_one_field_is_open_in_another(world: World, audit_id: int) -> None:
    publication, name = with_private_text(world, audit_id)
    publications.accept_mark(
        world.lead, publication.id, name, "52.345.678", reason="Consta.", version=None
    )
    publications.edit(world.lead, publication.id, {"scope": "Cédula 52.345.678"}, version=None)
    fields = [each.field for each in pw.open_marks(world.ctx, publication.id)]
    assert "scope" in fields


def test_only_open_marks_are_resolved(world: World, audit_id: int) -> None:
    publication, name = with_private_text(world, audit_id)
    for field, text in ((name, "firmó"), ("summary", "52.345.678"), ("nothing", "52.345.678")):
        with pytest.raises(Invalid, match=r"publication\.no_mark"):
            publications.mask_mark(world.lead, publication.id, field, text, version=None)


def test_unresolved_marks_block_the_approval(world: World, audit_id: int) -> None:
    publication, _name = with_private_text(world, audit_id)
    publications_store.make_copy(world.lead, publication.id, version=None)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "approve", version=None)
    assert caught.value.unmet == ("publication.needs_resolved_marks",)


def test_the_ledger_does_not_keep_what_was_taken_out(world: World, audit_id: int) -> None:
    publication, _name = with_private_text(world, audit_id)
    pw.mask_all(world, publication.id)
    statement = select(LedgerEvent).where(LedgerEvent.thing_kind == "publication")
    bodies = [event.body.body for event in world.ctx.session.scalars(statement) if event.body]
    assert bodies
    assert not any("52.345.678" in body or "juan@gmail" in body for body in bodies)


# ------------------------------------------------------------------ classification


def test_a_reserve_needs_its_ground_and_its_term(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    publications.classify(world.lead, publication.id, Classification.RESERVED, version=None)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "classify_restricted", version=None)
    assert set(caught.value.unmet) == {
        "publication.needs_legal_ground",
        "publication.needs_restriction_term",
    }
    publications.classify(
        world.lead,
        publication.id,
        Classification.RESERVED,
        legal_ground="Ley 1712 de 2014, artículo 19, literal d",
        restricted_until=world.ctx.today().replace(year=2030),
        version=None,
    )
    moved = fire(world.head, publication.id, "classify_restricted", version=None)
    assert moved.state is PublicationState.NOT_PUBLISHABLE


def test_the_event_must_fit_what_was_written_down(world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    publications.classify(world.lead, publication.id, Classification.CLASSIFIED, version=None)
    with pytest.raises(Invalid, match=r"publication\.not_public"):
        fire(world.head, publication.id, "classify_public", version=None)
    publications.classify(world.lead, publication.id, Classification.PUBLIC, version=None)
    with pytest.raises(Invalid, match=r"publication\.not_restricted"):
        fire(world.head, publication.id, "classify_restricted", version=None)


def test_public_needs_the_signed_report(world: World) -> None:
    audit_id = plan_world.make_firm_findings(world)[0].audit_id or 0
    publication = pw.prepared(world, audit_id)
    publications.classify(world.lead, publication.id, Classification.PUBLIC, version=None)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "classify_public", version=None)
    assert caught.value.unmet == ("publication.needs_signed_source",)


def test_only_the_head_fires_events(world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    for event in ("approve", "reclassify", "discard"):
        with pytest.raises(Forbidden):
            fire(world.lead, publication.id, event, version=None, reason="Porque sí.")
    with pytest.raises(NotFound):
        fire(world.leader, publication.id, "approve", version=None)
    with pytest.raises(Forbidden):
        fire(world.head, publication.id, "supersede", version=None)
    with pytest.raises(NotFound):
        fire(world.head, publication.id, "no_such_event", version=None)


def test_an_event_out_of_place_is_refused(world: World, audit_id: int) -> None:
    publication = pw.anonymising(world, audit_id)
    for event in ("publish", "withdraw", "send_back"):
        with pytest.raises(OutOfPlace):
            fire(world.head, publication.id, event, version=None, reason="Porque sí.")


# ------------------------------------------------------------------ the copy


def test_the_copy_is_tagged_spanish_and_names_no_person(world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    document = publication.pdf
    assert document is not None
    assert document.purpose is DocumentPurpose.PUBLIC_VERSION
    with world.ctx.store.open(document.store_key) as stream:
        pdf = stream.read()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root["/MarkInfo"]["/Marked"]
        assert str(opened.Root["/Lang"]) == "es-CO"
        assert str(opened.docinfo["/Title"]) == "Supervisión de contratos"
    text = words_of(pdf)
    assert "En 4 de 30 contratos" in text
    people = ("Laura Auditora", "Jacinta Jefe", "Luis Líder")
    assert not any(name.encode() in pdf or name in text for name in people)
    assert "2027-AUD" not in text


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


def test_a_changed_text_makes_the_copy_stale(world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": "Otro resumen."}, version=None)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "approve", version=None)
    assert caught.value.unmet == ("publication.needs_clean_copy",)


def test_what_a_pdf_hides_is_told() -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["secreto.txt"] = b"nada"
        document.docinfo["/Keywords"] = "Juan"
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0] * 4)
        document.pages[0].Annots = pikepdf.Array([note])
        kept = io.BytesIO()
        document.save(kept)
    found = publications_pdf.hidden_content(kept.getvalue())
    assert set(found) == {"/EmbeddedFiles", "/Keywords", "/Text"}


def test_what_nobody_can_draw_does_not_stop_the_copy(world: World, audit_id: int) -> None:
    publication = pw.anonymising(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": "Bien 😀 漢字"}, version=None)
    made = publications_store.make_copy(world.lead, publication.id, version=None)
    assert made.pdf_id is not None


# ------------------------------------------------------------------ who may approve


def test_who_wrote_the_text_does_not_approve_it(world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    publications.edit(world.head, publication.id, {"summary": "Lo cambié."}, version=None)
    publications_store.make_copy(world.lead, publication.id, version=None)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "approve", version=None)
    assert caught.value.unmet == ("publication.needs_other_reviewer",)


def test_who_prepared_it_does_not_approve_it(world: World, audit_id: int) -> None:
    publications.prepare(world.head, audit_id)
    publication = pw.ready(world, audit_id)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "approve", version=None)
    assert caught.value.unmet == ("publication.needs_other_reviewer",)


def test_an_office_of_one_person_says_so(world: World, audit_id: int) -> None:
    publications.prepare(world.head, audit_id)
    publication = pw.ready(world, audit_id)
    with world.head.transaction() as session:
        rule = session.scalars(select(TermRule).where(TermRule.code == ONE_PERSON_OFFICE)).one()
        rule.amount = 1
        world.head.record("change", "edit", rule, {})
    fire(world.head, publication.id, "approve", version=None)
    statement = select(HistoryEntry).where(HistoryEntry.event == "approve")
    entry = world.ctx.session.scalars(
        statement.where(HistoryEntry.thing_kind == "publication")
    ).one()
    assert entry.details["exception"]


def test_a_change_after_the_approval_blocks_the_publication(world: World, audit_id: int) -> None:
    publication = pw.approved(world, audit_id)
    with world.head.transaction() as session:
        row = session.get_one(Publication, publication.id)
        row.content = {**row.content, "summary": "Otra cosa."}
        world.head.record("change", "edit", row, {})
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "publish", version=None)
    assert caught.value.unmet == ("publication.needs_unchanged_content",)
    assert not list(world.ctx.public_store.keys("public"))


def test_a_finding_that_changed_after_the_approval_blocks_it(world: World, audit_id: int) -> None:
    publication = pw.approved(world, audit_id)
    finding_id = publication.content["findings"][0]["finding_id"]
    with world.head.transaction() as session:
        finding = session.get_one(Finding, finding_id)
        finding.condition = "Otra."
        world.head.record("change", "edit", finding, {})
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "publish", version=None)
    assert caught.value.unmet == ("publication.needs_unchanged_content",)


def test_sending_back_undoes_the_approval(world: World, audit_id: int) -> None:
    publication = pw.approved(world, audit_id)
    moved = fire(world.head, publication.id, "send_back", version=None, reason="Falta un dato.")
    assert (moved.approved_by_id, moved.approved_sha256) == (None, "")


def test_a_second_press_does_not_approve_twice(world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    version = publication.version
    fire(world.head, publication.id, "approve", version=version)
    with pytest.raises(StaleVersion):
        fire(world.head, publication.id, "approve", version=version)


def test_the_audit_guard_sees_that_there_is_one(world: World, audit_id: int) -> None:
    """`audit.needs_public_version` is met from the preparation on."""
    from app.services import audit_facts

    audit = world.ctx.session.get_one(Audit, audit_id)
    assert not audit_facts.facts(world.head, audit).has_public_version
    pw.prepared(world, audit_id)
    audit = world.ctx.session.get_one(Audit, audit_id)
    assert audit_facts.facts(world.head, audit).has_public_version

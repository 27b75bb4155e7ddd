"""What is found, by whom, how soon, and never by anybody else. On both indexes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text

from app.adapters.search import IndexUnavailable
from app.adapters.search.query import Hint
from app.context import Context
from app.errors import NotFound, Unavailable
from app.index_scopes import READ_PERMISSIONS
from app.index_things import MODELS, load
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding
from app.models.texts import SearchThing
from app.models.traceability import LedgerEvent, OutboxItem
from app.services import documents, findings, search, search_feed
from tests import factories, files
from tests.finding_world import (
    World,
    finding_values,
    make_fieldwork_audit,
    make_finding,
    make_world,
)
from tests.search_world import find, ids, upload, work
from workflows.audit import AuditState
from workflows.enums import Role


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def on_tables(ctx: Context) -> bool:
    return ctx.config.search_backend == "postgresql"


# ---------------------------------------------------------------- finding


def test_everything_is_found_by_what_it_says(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    finding = make_finding(world, audit, title="Contratos sin supervisor")
    document = upload(
        world.auditor, audit.id, files.pdf("Portada", "La garantía está vencida"), "poliza.pdf"
    )
    work(world.ctx, engine)
    lead = world.lead
    (hit,) = [r for r in find(lead, "garantía vencida").results]
    assert (hit.hit.id, hit.hit.page, hit.page_kind) == (f"document:{document.id}", 2, "pagina")
    assert hit.row.title == "poliza"
    assert hit.audit is not None
    assert f"finding:{finding.id}" in ids(find(lead, "supervisores"))
    assert ids(find(lead, finding.code))[0] == f"finding:{finding.id}"
    assert f"audit:{audit.id}" in ids(find(lead, audit.code))
    assert f"document:{document.id}" in ids(find(lead, "poliza.pdf"))


def test_facets_names_and_filters(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    finding = make_finding(world, audit)
    work(world.ctx, engine)
    page = find(world.head, audit.code)
    assert set(page.facets["kind"]) == {"audit", "finding", "document"}
    assert page.facets["year"] == {"2027": page.total}
    assert page.processes == {str(world.process.id): world.process.name}
    assert "finding.borrador" in page.facets["state"]
    only = find(world.head, audit.code, filters={"kind": "finding"})
    assert ids(only) == [f"finding:{finding.id}"]


def test_hints_and_another_spelling(world: World, engine: Engine) -> None:
    make_fieldwork_audit(world)
    work(world.ctx, engine)
    assert find(world.head, "de la").hints == (Hint.ONLY_STOP_WORDS,)
    assert find(world.head, "").hints == (Hint.EMPTY,)
    assert find(world.head, "supervicion de contratos").suggestion == "supervisión de contratos"


# ---------------------------------------------------------------- within what one may read


def test_others_find_what_nonsense_finds(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    make_finding(world, audit, title="Desfalco cuprífero", condition="Palabra canaricida única.")
    upload(world.auditor, audit.id, b"El canaricida del acta", "desfalco.txt")
    work(world.ctx, engine)
    assert find(world.lead, "canaricida").total == 2
    for name in ("outsider", "stranger", "leader", "liaison", "planner", "manager", "admin"):
        for word in ("canaricida", "cuprífero", "cuprifera", "canaric*", '"acta canaricida"'):
            secret, nonsense = find(world.acting(name), word), find(world.acting(name), "xyzzyq")
            assert secret == nonsense, (name, word)


def test_a_finding_appears_to_the_auditee_when_it_is_communicated(
    ctx: Context, engine: Engine
) -> None:
    office = factories.make_office(ctx)
    audit = factories.make_audit(ctx, office, AuditState.DRAFT_REPORT, finding_count=1)
    leader = factories.acting(ctx, office.leader)
    work(ctx, engine)
    assert find(leader, "recibo satisfacción").total == 0
    factories.to_contradiction(ctx, office, audit.id)
    work(ctx, engine)
    found = find(leader, "recibo satisfacción")
    assert "finding" in {result.hit.kind for result in found.results}


def test_what_is_withdrawn_is_gone_before_the_index_knows(world: World, engine: Engine) -> None:
    """Before the worker has done anything: hits, counts, facets and suggestions."""
    audit = make_fieldwork_audit(world)
    ctx = world.auditor
    document = upload(
        ctx,
        audit.id,
        b"Oficio canaricida",
        "anuncio.txt",
        purpose=DocumentPurpose.ANNOUNCEMENT,
        title="Oficio canaricida",
    )
    work(world.ctx, engine)
    leader = world.leader
    assert ids(find(leader, "canaricida")) == [f"document:{document.id}"]
    documents.withdraw(ctx, document.uuid, reason="Se subió por error.")
    assert find(leader, "canaricida") == find(leader, "xyzzyq")
    assert find(leader, "canaricido").suggestion == ""
    work(world.ctx, engine)
    assert find(leader, "canaricida") == find(leader, "xyzzyq")
    (hit,) = find(world.lead, "canaricida").results
    assert hit.row.withdrawn_at is not None


def test_an_edit_stays_findable_while_the_index_catches_up(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    finding = make_finding(world, audit, title="Título primero")
    work(world.ctx, engine)
    ctx = world.auditor
    row = ctx.session.get_one(Finding, finding.id)
    values = finding_values(world, title="Título segundo")
    findings.edit(ctx, row.id, version=row.version, values=values)
    assert find(ctx, "título").total == 1
    work(world.ctx, engine)
    assert find(ctx, "segundo").total == 1
    assert find(ctx, "primero").total == 0


def test_hits_are_judged_again_before_they_are_shown(world: World, engine: Engine) -> None:
    """An index that is wrong (a restored backup, a defect) still shows nothing it may not."""
    audit = make_fieldwork_audit(world)
    make_finding(world, audit, title="Hallazgo canaricida")
    work(world.ctx, engine)
    stale = find(world.lead, "canaricida")
    assert stale.total == 1
    outsider = world.acting("outsider")
    assert search._checked(outsider, [result.hit for result in stale.results]) == []


# ---------------------------------------------------------------- the queue and the index


def test_a_change_leaves_one_row_and_one_commit_does_many(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    for number in range(3):
        make_finding(world, audit, title=f"Hallazgo {number}")
    if on_tables(world.ctx):
        assert not world.ctx.session.scalars(
            select(OutboxItem.id).where(OutboxItem.kind.like("index.update"))
        ).all()
        return
    rows = world.ctx.session.scalars(
        select(OutboxItem).where(OutboxItem.kind.in_(["index.update", "index.restrict"]))
    ).all()
    assert len(rows) > 3
    search_feed.catch_up(world.ctx, {})
    world.ctx.session.rollback()
    assert all(row.done_at for row in rows)
    assert find(world.lead, "hallazgo", filters={"kind": "finding"}).total == 3


def test_a_change_that_is_rolled_back_leaves_nothing(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    work(world.ctx, engine)
    before = len(world.ctx.session.scalars(select(OutboxItem.id)).all())

    def stopped() -> None:
        with world.lead.transaction() as session:
            session.get_one(type(audit), audit.id).title = "Nunca existió"
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped()
    world.ctx.session.rollback()
    assert len(world.ctx.session.scalars(select(OutboxItem.id)).all()) == before
    work(world.ctx, engine)
    assert find(world.lead, "nunca existió").total == 0


def test_verify_names_what_is_wrong_and_rebuild_mends_it(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    finding = make_finding(world, audit)
    document = upload(world.auditor, audit.id, "Texto leído".encode(), "a.txt")
    work(world.ctx, engine)
    ctx = world.ctx
    assert search_feed.verify(ctx).ok
    index = search_feed.index_of(ctx)
    with ctx.transaction():
        index.remove([f"finding:{finding.id}"])
        (there,) = load(ctx.session, [("audit", audit.id)], search_feed._zone(ctx))
        index.apply([replace(there, stamp="old"), replace(there, id="plan:999")])
    ctx.session.rollback()
    found = search_feed.verify(ctx)
    assert (found.missing, found.extra, found.stale) == (
        (f"finding:{finding.id}",),
        ("plan:999",),
        (f"audit:{audit.id}",),
    )
    seen: list[tuple[str, int, int]] = []
    count = search_feed.rebuild(ctx, lambda *step: seen.append(step))
    assert ("inside", count, count) in seen
    assert search_feed.verify(ctx).ok
    assert ids(find(world.lead, "leído")) == [f"document:{document.id}"]


def test_a_lost_index_is_not_an_empty_answer(world: World, engine: Engine) -> None:
    make_fieldwork_audit(world)
    work(world.ctx, engine)
    ctx = world.lead
    assert find(ctx, "supervisión").total > 0
    if on_tables(ctx):
        with ctx.transaction() as session:
            session.execute(text("DELETE FROM search_part"))
            session.execute(delete(SearchThing))
    else:
        shutil.rmtree(Path(ctx.config.data_dir) / "index")
    with pytest.raises(Unavailable):
        find(ctx, "supervisión")
    if not on_tables(ctx):
        with pytest.raises(IndexUnavailable):
            search.ready(ctx)
        search_feed.heal(ctx)
        work(ctx, engine)
    else:
        search_feed.rebuild(ctx)
    search.ready(ctx)
    assert find(ctx, "supervisión").total > 0


def test_a_new_installation_finds_nothing_and_says_so(ctx: Context) -> None:
    person = factories.acting(ctx, factories.make_user(ctx, Role.OCI_HEAD))
    assert find(person, "contrato").total == 0
    search.ready(person)


def test_a_missing_folder_heals_with_the_next_change(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    work(world.ctx, engine)
    if not on_tables(world.ctx):
        shutil.rmtree(Path(world.ctx.config.data_dir) / "index")
    make_finding(world, audit, title="Hallazgo después")
    work(world.ctx, engine)
    assert find(world.lead, "supervisión").total > 0
    assert find(world.lead, "después").total == 1


# ---------------------------------------------------------------- the text of a document


def test_the_text_of_a_page_is_shown_marked_and_traced(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    ctx = world.auditor
    document = upload(ctx, audit.id, files.pdf("Portada", "La garantía vencida"), "a.pdf")
    work(world.ctx, engine)
    shown = search.text_page(ctx, document.uuid, 2, "garantías")
    assert (shown.page, list(shown.pages)) == (2, [1, 2])
    assert [part for part, on in shown.pieces[0] if on] == ["garantía"]
    event = ctx.session.scalars(select(LedgerEvent).order_by(LedgerEvent.seq.desc())).first()
    assert event is not None
    assert (event.kind, event.action, event.thing_id) == ("read", "text", str(document.id))
    assert search.text_page(ctx, document.uuid, 99, "").page == 1
    with pytest.raises(NotFound):
        search.text_page(world.acting("outsider"), document.uuid, 2, "garantía")


def test_a_document_without_text_has_no_text_page(world: World, engine: Engine) -> None:
    audit = make_fieldwork_audit(world)
    document = upload(world.auditor, audit.id, files.encrypted_pdf(), "clave.pdf")
    work(world.ctx, engine)
    with pytest.raises(NotFound):
        search.text_page(world.auditor, document.uuid, 1, "")


def test_names_of_the_tables_used(ctx: Context) -> None:
    """Every kind that can be found has a permission, a table and a way to load it."""
    kinds: Mapping[str, object] = search.OPTIONS
    assert set(kinds) == set(MODELS) == set(READ_PERMISSIONS)
    assert Document.thing in kinds

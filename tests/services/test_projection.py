"""The portal's tables: copied when published, followed while they live, gone at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.cli.worker import make_handlers
from app.context import Context
from app.errors import Blocked
from app.models.base import Base
from app.models.findings import Finding
from app.models.org import Entity
from app.models.plans import Action
from app.models.publications import (
    PUBLIC_PREFIX,
    PubAction,
    PubEntity,
    PubFile,
    PubFinding,
    Publication,
    PublicIntent,
    PubPlan,
    PubReport,
    PubTombstone,
)
from app.models.traceability import OutboxItem
from app.projection_plans import Promise
from app.services import (
    findings,
    outbox,
    progress,
    publications,
    publications_store,
    verification,
)
from app.services.publications_events import fire
from tests import plan_world
from tests import publication_world as pw
from tests.conftest import Clock
from tests.publication_world import World
from workflows.action import ActionState
from workflows.enums import Effectiveness, WithdrawalGround
from workflows.finding import FindingState
from workflows.publication import PublicationState


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def fresh(engine: Engine) -> Iterator[Session]:
    """Eyes that see only what was committed."""
    with Session(engine) as session:
        yield session


def codes(session: Session, model: type[Base]) -> list[str]:
    session.rollback()
    column = model.__table__.c.code
    return list(session.scalars(select(column).order_by(column)))


def drain(ctx: Context) -> None:
    """Do the work left in the queue, as the worker does."""
    from contextlib import nullcontext

    handlers = make_handlers(ctx.config)
    while outbox.drain(lambda: nullcontext(ctx), handlers):
        pass


# ------------------------------------------------------------------ publishing


def test_publishing_copies_what_was_approved(world: World, fresh: Session) -> None:
    publication, _found = pw.make_published(world)
    assert codes(fresh, PubReport) == ["INF-2027-001"]
    assert codes(fresh, PubFinding) == ["HAL-2027-0001", "HAL-2027-0002"]
    report = fresh.get_one(PubReport, "INF-2027-001")
    assert (report.title, report.process) == ("Supervisión de contratos", "Contratación")
    assert (report.unit, report.finding_count) == ("Dirección Administrativa", 2)
    assert report.report_date == date(2027, 3, 1)
    finding = fresh.get_one(PubFinding, "HAL-2027-0001")
    assert finding.story["found"] == "En 4 de 30 contratos no hay designación de supervisor."
    assert publication.public_code == "INF-2027-001"
    assert publication.pdf is not None
    with (
        world.ctx.public_store.open(report.pdf_key) as public,
        world.ctx.store.open(publication.pdf.store_key) as inside,
    ):
        assert public.read() == inside.read()
    assert fresh.get_one(PubFile, publication.pdf.sha256).replaced_at is None
    assert fresh.get_one(PublicIntent, report.pdf_key).done_at is not None


def test_only_firm_findings_are_shown(world: World, fresh: Session) -> None:
    found = pw.make_signed_findings(world, 3)
    publication = pw.approved(world, found[0].audit_id or 0)
    # Not by the services: a finding whose state lags behind is what the projection guards against
    with world.head.transaction() as session:
        session.get_one(Finding, found[1].id).state = FindingState.RATIFIED
        world.head.record("change", "edit", found[1], {})
    fire(world.head, publication.id, "publish", version=None)
    assert codes(fresh, PubFinding) == ["HAL-2027-0001", "HAL-2027-0002"]
    titles = set(fresh.scalars(select(PubFinding.title)))
    assert titles == {"Contratos sin supervisor 1", "Contratos sin supervisor 3"}


def test_no_inside_code_and_no_person_goes_out(world: World, fresh: Session) -> None:
    _publication, found = pw.make_published(world)
    pw.make_running_plan(world, found)
    fresh.rollback()
    told = " ".join(
        str(dict(row._mapping))
        for table in Base.metadata.sorted_tables
        if table.name.startswith(PUBLIC_PREFIX)
        for row in fresh.execute(select(table))
    )
    assert "HAL-2027-0001" in told
    people = ("Laura", "Jacinta", "Luis Líder", "Elena", "Andrés")
    inside = ("2027-AUD", "2027-PM", "Plan de supervisión", "finding_id", "source_sha256")
    assert not [word for word in (*people, *inside) if word in told]


def test_numbers_count_published_things_only(world: World, fresh: Session) -> None:
    pw.make_published(world, 1)
    hidden = pw.make_signed_findings(world, 5)
    pw.approved(world, hidden[0].audit_id or 0)
    pw.make_published(world, 1)
    assert codes(fresh, PubReport) == ["INF-2027-001", "INF-2027-002"]
    assert codes(fresh, PubFinding) == ["HAL-2027-0001", "HAL-2027-0002"]


def test_a_failed_publication_leaves_nothing_but_an_orphan(
    world: World, fresh: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = pw.approved(world, pw.make_signed_findings(world)[0].audit_id or 0)

    def crash(*_args: object, **_more: object) -> str:
        raise RuntimeError("power cut")

    monkeypatch.setattr("app.projection.publish", crash)
    with pytest.raises(RuntimeError):
        fire(world.head, publication.id, "publish", version=None)
    monkeypatch.undo()
    assert codes(fresh, PubReport) == []
    assert len(list(world.ctx.public_store.keys("public"))) == 1
    assert publications_store.sweep_public(world.ctx) == 0  # it may still be under way
    clock.advance(hours=25)
    assert publications_store.sweep_public(world.ctx) == 1
    assert list(world.ctx.public_store.keys("public")) == []
    moved = fire(world.head, publication.id, "publish", version=None)
    clock.advance(hours=25)
    assert publications_store.sweep_public(world.ctx) == 0
    assert moved.state is PublicationState.PUBLISHED


# ------------------------------------------------------------------ the next edition


def test_a_new_edition_takes_the_place_of_the_old(world: World, fresh: Session) -> None:
    first, _found = pw.make_published(world)
    assert first.pdf is not None
    old_sha256, old_key = first.pdf.sha256, fresh.scalars(select(PubReport.pdf_key)).one()
    second = publications.prepare(world.lead, first.audit_id, new_edition=True)
    assert second.edition == 2
    publications.edit(world.lead, second.id, {"summary": "Ahora sí."}, version=None)
    second = pw.published(world, first.audit_id)
    fresh.rollback()
    assert codes(fresh, PubReport) == ["INF-2027-001"]
    assert codes(fresh, PubFinding) == ["HAL-2027-0001", "HAL-2027-0002"]
    assert fresh.get_one(PubReport, "INF-2027-001").summary == "Ahora sí."
    assert fresh.get_one(Publication, first.id).state is PublicationState.WITHDRAWN
    assert fresh.get_one(PubFile, old_sha256).replaced_at is not None
    drain(world.ctx)
    assert list(world.ctx.public_store.keys("public")) != [old_key]
    assert len(list(world.ctx.public_store.keys("public"))) == 1


# ------------------------------------------------------------------ withdrawing


def test_withdrawing_takes_everything_away_at_once(world: World, fresh: Session) -> None:
    publication, found = pw.make_published(world)
    pw.make_running_plan(world, found)
    with pytest.raises(Blocked) as caught:
        fire(world.head, publication.id, "withdraw", version=None, reason="Sí.")
    assert caught.value.unmet == ("publication.needs_legal_ground",)
    pw.withdraw(world, publication.id)
    for model in (PubReport, PubFinding, PubPlan, PubAction):
        assert codes(fresh, model) == []
    assert fresh.scalar(select(func.count()).select_from(PubFile)) == 0
    buried = {(row.code, row.kind, row.ground) for row in fresh.scalars(select(PubTombstone))}
    assert buried == {
        ("INF-2027-001", "report", pw.GROUND),
        ("HAL-2027-0001", "finding", pw.GROUND),
        ("HAL-2027-0002", "finding", pw.GROUND),
        ("PLA-2027-0001", "plan", pw.GROUND),
    }
    drain(world.ctx)
    assert list(world.ctx.public_store.keys("public")) == []


def test_what_is_published_again_keeps_its_codes(world: World, fresh: Session) -> None:
    publication, _found = pw.make_published(world)
    pw.withdraw(world, publication.id)
    publications.prepare(world.lead, publication.audit_id, new_edition=True)
    pw.published(world, publication.audit_id)
    assert codes(fresh, PubReport) == ["INF-2027-001"]
    assert codes(fresh, PubFinding) == ["HAL-2027-0001", "HAL-2027-0002"]
    assert codes(fresh, PubTombstone) == []


def annul(world: World, finding: Finding) -> None:
    inputs = {
        "decision_authority": "Juzgado 3 Administrativo",
        "decision_number": "S-45",
        "decision_date": world.ctx.today(),
    }
    findings.fire(
        world.head,
        finding.id,
        "annul",
        version=None,
        reason="Lo ordenó el juez.",
        inputs=inputs,
    )


def test_an_annulled_finding_is_gone_before_the_answer(world: World, fresh: Session) -> None:
    publication, found = pw.make_published(world)
    pw.make_running_plan(world, found)
    assert publication.pdf is not None
    annul(world, found[0])
    row = fresh.get_one(Finding, found[0].id)
    assert row.withdrawal_ground is WithdrawalGround.ANNULLED
    assert codes(fresh, PubFinding) == ["HAL-2027-0002"]
    assert codes(fresh, PubTombstone) == ["HAL-2027-0001"]
    assert not any("Juzgado" in each.ground for each in fresh.scalars(select(PubTombstone)))
    assert {a.finding_code for a in fresh.scalars(select(PubAction))} == {"HAL-2027-0002"}
    report = fresh.get_one(PubReport, "INF-2027-001")
    assert (report.pdf_key, report.finding_count) == ("", 1)
    assert fresh.get(PubFile, publication.pdf.sha256) is None
    drain(world.ctx)
    assert list(world.ctx.public_store.keys("public")) == []


# ------------------------------------------------------------------ promises


def test_promises_appear_when_the_plan_is_accepted(world: World, fresh: Session) -> None:
    _publication, found = pw.make_published(world, 1)
    plan = plan_world.make_plan(world, found)
    description = "Lo hará Laura Auditora (C.C. 52.345.678) en la Calle 1 # 2-3."
    plan_world.make_action(world, plan.id, description=description)
    plan_world.review_plan(world, plan)
    assert codes(fresh, PubPlan) == []
    plan_world.fire_plan(world.head, plan.id, "approve")
    assert codes(fresh, PubPlan) == ["PLA-2027-0001"]
    action = fresh.get_one(PubAction, "ACC-2027-0001")
    assert action.description == (
        "Lo hará [dato omitido] (C.C. [dato omitido]) en la [dato omitido]."
    )
    assert (action.unit, action.position) == ("Dirección Administrativa", "Director Administrativo")
    assert (action.state, action.progress_pct) == ("en_ejecucion", 0)
    assert fresh.get_one(PubFinding, "HAL-2027-0001").state == "en_tratamiento"


def test_progress_counts_once_it_has_the_visto_bueno(
    world: World, fresh: Session, clock: Clock
) -> None:
    _publication, found = pw.make_published(world, 1)
    plan = pw.make_running_plan(world, found)
    action = plan_world.actions_of(world, plan.id)[0]
    fresh.rollback()
    before = fresh.get_one(PubAction, "ACC-2027-0001").updated_at
    clock.advance(days=1)
    entry = plan_world.make_progress(world, action.id, "4", approved=False)
    fresh.rollback()
    row = fresh.get_one(PubAction, "ACC-2027-0001")
    assert (row.progress_pct, row.updated_at) == (0, before)
    progress.approve(world.leader, entry.id)
    fresh.rollback()
    assert (row.progress_pct, row.updated_at) == (40, clock.at)


@pytest.mark.parametrize(
    ("done", "target", "expected"),
    [("0", "10", 0), ("9.99", "10", 99), ("10", "10", 100), ("25", "10", 100), ("1", "3", 33)],
)
def test_progress_is_whole_and_never_rounded_up(done: str, target: str, expected: int) -> None:
    action = Action(target_quantity=Decimal(target))
    assert Promise(action, Decimal(done), "").progress_pct == expected


def test_verified_and_effective_are_told_when_they_are(
    world: World, fresh: Session, clock: Clock
) -> None:
    _publication, found = pw.make_published(world, 1)
    plan = pw.make_running_plan(world, found)
    action = plan_world.actions_of(world, plan.id)[0]
    plan_world.make_fulfilled(world, action)
    fresh.rollback()
    row = fresh.get_one(PubAction, "ACC-2027-0001")
    assert (row.state, row.verified_on) == ("cumplida", clock.at.date())
    assert row.effectiveness == Effectiveness.NOT_EVALUATED
    clock.advance(days=200)
    plan_world.fire(world.head, action.id, "start_evaluation")
    verification.record_effectiveness(
        world.head, action.id, Effectiveness.INEFFECTIVE, note="Sigue igual.", version=None
    )
    fresh.rollback()
    # Recorded, but not yet declared: it is still the auditor's own paper
    assert (row.state, row.effectiveness) == (ActionState.IN_EVALUATION, "no_evaluada")
    reason = "Se repitió."
    plan_world.fire(world.head, action.id, "declare_ineffective", reason)
    fresh.rollback()
    assert (row.effectiveness, row.evaluated_on) == ("inefectiva", clock.at.date())


# ------------------------------------------------------------------ what it costs, what it tells


def test_work_that_is_not_public_leaves_no_trace(
    world: World, fresh: Session, clock: Clock
) -> None:
    _publication, found = pw.make_published(world)
    fresh.rollback()
    before = [(row.code, row.updated_at) for row in fresh.scalars(select(PubFinding))]
    clock.advance(days=3)
    with world.head.transaction() as session:
        row = session.get_one(Finding, found[0].id)
        row.analysis, row.title = "Nota interna", "Título nuevo que nadie aprobó"
        world.head.record("change", "edit", row, {})
    fresh.rollback()
    assert [(row.code, row.updated_at) for row in fresh.scalars(select(PubFinding))] == before
    assert fresh.get_one(PubFinding, "HAL-2027-0001").title == "Contratos sin supervisor 1"


def test_following_costs_one_query_where_nothing_is_published(world: World, engine: Engine) -> None:
    found = plan_world.make_firm_findings(world)
    with pw.counted(engine) as statements, world.head.transaction() as session:
        session.get_one(Finding, found[0].id).analysis = "x"
        world.head.record("change", "edit", found[0], {})
    asked = [s for s in statements if "publication" in s or "pub_" in s or "public_" in s]
    assert len(asked) == 1
    with pw.counted(engine) as statements, world.head.transaction():
        world.head.record("system", "nothing", ("test", "1"), {})
    assert not [s for s in statements if "publi" in s or "pub_" in s]


def test_the_entity_is_kept_in_step(world: World, fresh: Session) -> None:
    with world.ctx.transaction() as session:
        entity = session.scalars(select(Entity)).first() or Entity(name="")
        session.add(entity)
        entity.name, entity.address = "Alcaldía de San Jacinto", "Plaza mayor"
        world.ctx.record("change", "edit", entity, {})
    fresh.rollback()
    row = fresh.scalars(select(PubEntity)).one()
    assert (row.name, row.contact["address"]) == ("Alcaldía de San Jacinto", "Plaza mayor")


def test_every_object_removed_was_asked_for_once(world: World, fresh: Session) -> None:
    publication, found = pw.make_published(world)
    annul(world, found[0])
    pw.withdraw(world, publication.id)
    fresh.rollback()
    asked = fresh.scalars(select(OutboxItem.key).where(OutboxItem.kind == "public.delete")).all()
    assert len(asked) == len(set(asked)) == 1

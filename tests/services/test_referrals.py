"""Traslado: registered by the head alone, seen by nobody else but the legal representative it is
for, and the finding goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, StaleVersion
from app.models.findings import Finding, Referral
from app.models.org import Filing
from app.models.texts import SearchPart, SearchThing
from app.models.traceability import HistoryEntry, OutboxItem
from app.services import finding_queries, referrals, tasks
from app.services.referrals import ReferralData
from tests import factories, people
from tests import finding_world as fw
from tests.finding_world import World
from workflows.enums import Incidence, PlanSource, ReferralAuthority, Role

pytestmark = pytest.mark.postgres_long

MATTER = "Se pagaron 4 contratos sin acta de recibo."


@pytest.fixture
def world(ctx: Context) -> World:
    return fw.make_world(ctx)


@pytest.fixture
def finding(world: World) -> Finding:
    made = fw.make_external(world)
    return fw.fire(world.lead, made, "register_external")


def data(world: World, **changes: object) -> ReferralData:
    given = {
        "authority": ReferralAuthority.INSPECTOR_GENERAL,
        "addressee": "Procuraduría Provincial",
        "matter": MATTER,
        "sent_on": world.ctx.today(),
        **changes,
    }
    return ReferralData(**given)  # type: ignore[arg-type]


def refer(world: World, finding: Finding, *, by: str = "head", **changes: Any) -> Referral:
    return referrals.refer(world.acting(by), finding.id, data(world, **changes))


def test_it_is_filed_and_the_finding_stays_where_it_was(world: World, finding: Finding) -> None:
    before = fw.state_of(world, finding)
    referral = refer(world, finding)
    assert fw.state_of(world, finding) is before
    filed = world.ctx.session.scalars(
        select(Filing).where(Filing.number == referral.filing_number)
    ).one()
    assert finding.code not in filed.subject
    assert [each.id for each in referrals.of_finding(world.head, finding)] == [referral.id]


def test_nobody_but_the_head_learns_of_it(world: World, finding: Finding) -> None:
    referral = refer(world, finding)
    for name in ("lead", "auditor", "leader", "liaison", "planner", "manager", "admin"):
        ctx = world.acting(name)
        assert referrals.of_finding(ctx, finding) == []
        with pytest.raises((Forbidden, NotFound)):
            refer(world, finding, by=name)
        with pytest.raises((Forbidden, NotFound)):
            referrals.record_answer(
                ctx, referral.id, answer="x", answered_on=ctx.today(), version=None
            )
    view = finding_queries.view(world.lead, finding.id)
    told = " ".join(f"{step.action} {step.reason}" for step in view.history)
    assert "refer" not in told
    entries = select(HistoryEntry.event).where(HistoryEntry.thing_kind == "finding")
    assert "refer" not in set(world.ctx.session.scalars(entries))


def to_manager(world: World, finding: Finding, **changes: Any) -> Referral:
    """What is told to the legal representative."""
    own = ReferralAuthority.LEGAL_REPRESENTATIVE
    given = {"authority": own, "addressee": "", "addressee_id": world.users["manager"].id}
    return refer(world, finding, **{**given, **changes})


def another_manager(world: World) -> Context:
    other = factories.make_user(world.ctx, Role.TOP_MANAGEMENT, name="Marta Comité")
    return factories.acting(world.ctx, other)


def mails_sent(world: World) -> list[dict[str, Any]]:
    world.ctx.session.rollback()
    statement = select(OutboxItem).where(OutboxItem.kind == "mail").order_by(OutboxItem.id)
    return [dict(item.payload) for item in world.ctx.session.scalars(statement)]


def test_the_legal_representative_reads_what_is_for_him_and_answers(
    world: World, finding: Finding
) -> None:
    referral = to_manager(world, finding)
    manager = world.acting("manager")
    assert referral.addressee.startswith(world.users["manager"].name)
    assert [each.id for each in referrals.told_to_me(manager)] == [referral.id]
    assert referrals.first_read(world.head, [referral]) == {}
    assert referrals.find(world.head, referral.id).id == referral.id
    assert referrals.first_read(world.head, [referral]) == {}, "the head is not its addressee"
    assert referrals.find(manager, referral.id).matter == MATTER
    assert set(referrals.first_read(world.head, [referral])) == {referral.id}
    (task,) = [t for t in tasks.inbox(manager).all_owed if t.event == "referral.record_answer"]
    assert MATTER not in task.title
    assert finding.code not in task.title
    today, version = world.ctx.today(), referral.version
    with pytest.raises(Forbidden):
        referrals.record_answer(
            world.head, referral.id, answer="No.", answered_on=today, version=version
        )
    referrals.record_answer(
        manager, referral.id, answer="Pidió investigar.", answered_on=today, version=version
    )
    assert referrals.find(world.head, referral.id).answer == "Pidió investigar."
    assert "referral.record_answer" not in {t.event for t in tasks.inbox(manager).all_owed}


def test_what_is_reserved_is_nobody_elses(world: World, finding: Finding) -> None:
    referral = to_manager(world, finding)
    other = another_manager(world)
    substitute = people.substitution(
        world.acting("admin"), world.users["manager"], world.users["stranger"]
    )
    assert substitute.id
    names = ("lead", "auditor", "leader", "liaison", "planner", "admin", "stranger")
    for ctx in (*(world.acting(name) for name in names), other):
        with pytest.raises(NotFound):
            referrals.find(ctx, referral.id)
        assert referrals.of_finding(ctx, finding) == []
        assert "referral" not in {task.thing[0] for task in tasks.inbox(ctx).all_owed}
        with pytest.raises(NotFound):
            referrals.record_answer(
                ctx, referral.id, answer="x", answered_on=ctx.today(), version=None
            )
    assert referrals.told_to_me(other) == []
    for name in names[:-1]:
        with pytest.raises(NotFound):
            referrals.told_to_me(world.acting(name))
    for model in (SearchThing, SearchPart):
        for row in world.ctx.session.execute(select(*model.__table__.columns)):
            assert MATTER not in str(row)


def test_mails_say_only_that_there_is_something_to_read(world: World, finding: Finding) -> None:
    before = len(mails_sent(world))
    referral = to_manager(world, finding)
    manager = world.acting("manager")
    referrals.record_answer(
        manager, referral.id, answer="Abrió.", answered_on=manager.today(), version=None
    )
    told, answered = mails_sent(world)[before:]
    assert told["to"] == world.users["manager"].email
    assert answered["to"] == world.users["head"].email
    for mail in (told, answered):
        assert "reserv" not in mail["subject"], "the administrator reads it when a mail fails"
        text = f"{mail['subject']} {mail['text']}"
        assert f"/comunicaciones-reservadas/{referral.id}" in text
        for secret in (finding.code, finding.title, MATTER, "Abrió", referral.filing_number):
            assert secret not in text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"addressee_id": None}, "referral.needs_representative"),
        ({"addressee_id": 999_999}, "referral.needs_representative"),
        ({"addressee_id": "planner"}, "referral.needs_representative"),
        ({"addressee_id": "head"}, "referral.needs_representative"),
        ({"authority": ReferralAuthority.OTHER}, "referral.not_of_the_entity"),
    ],
)
def test_it_is_for_a_person_of_the_top_management(
    world: World, finding: Finding, changes: dict[str, Any], code: str
) -> None:
    given = dict(changes)
    if isinstance(given.get("addressee_id"), str):
        given["addressee_id"] = world.users[given["addressee_id"]].id
    with pytest.raises(Invalid) as refused:
        to_manager(world, finding, **given)
    assert (refused.value.field, refused.value.code) == ("addressee_id", code)


def test_the_database_knows_whose_it_is(world: World, finding: Finding) -> None:
    referral = refer(world, finding)
    for values in (
        {"addressee_id": world.users["manager"].id},
        {"authority": ReferralAuthority.LEGAL_REPRESENTATIVE},
    ):
        with pytest.raises(IntegrityError):
            world.ctx.session.execute(
                update(Referral).where(Referral.id == referral.id).values(**values)
            )
        world.ctx.session.rollback()


def test_only_what_is_firm(world: World) -> None:
    draft = fw.make_external(world)
    with pytest.raises(Forbidden):
        refer(world, draft)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"addressee": " "}, "addressee"), ({"matter": ""}, "matter"), ({"sent_on": None}, "sent_on")],
)
def test_it_must_say_to_whom_what_and_when(
    world: World, finding: Finding, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        refer(world, finding, **changes)
    assert refused.value.field == field
    with pytest.raises(Invalid):
        refer(world, finding, sent_on=world.ctx.today() + timedelta(days=1))


def test_the_answer_is_kept_beside_it(world: World, finding: Finding) -> None:
    referral, today = refer(world, finding), world.ctx.today()
    version = referral.version
    for answer, day in (("", today), ("x", None), ("x", today - timedelta(days=1))):
        with pytest.raises(Invalid):
            referrals.record_answer(
                world.head, referral.id, answer=answer, answered_on=day, version=version
            )
    answered = referrals.record_answer(
        world.head, referral.id, answer="Abrió indagación.", answered_on=today, version=version
    )
    assert (answered.answer, answered.answered_on) == ("Abrió indagación.", today)
    with pytest.raises(StaleVersion):
        referrals.record_answer(
            world.head, referral.id, answer="Otra.", answered_on=today, version=version
        )


def test_the_public_version_is_warned_of(world: World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_contested(world, audit)
    fw.fire(world.head, finding, "ratify", reason="Se mantiene.")
    fw.issue_final(world, audit)
    refer(world, finding)
    assert referrals.referred(world.head, audit.id) == [finding.code]
    assert referrals.referred(world.lead, audit.id) == []


def test_incidences_are_those_of_the_body_of_control(world: World) -> None:
    made = fw.make_external(
        world, incidences=[Incidence.FISCAL.value, "administrativa"], fiscal_amount=12_500_000
    )
    assert made.incidences == ["administrativa", "fiscal"]
    own = PlanSource.SELF_ASSESSMENT
    with pytest.raises(Invalid) as refused:
        fw.make_external(world, source=own, incidences=["administrativa"])
    assert refused.value.code == "finding.no_incidences_of_ours"
    for incidences, amount, field in (
        (["robo"], None, "incidences"),
        (["fiscal"], None, "fiscal_amount"),
        (["fiscal"], 0, "fiscal_amount"),
        (["penal"], 5, "fiscal_amount"),
    ):
        with pytest.raises(Invalid) as refused:
            fw.make_external(world, incidences=incidences, fiscal_amount=amount)
        assert refused.value.field == field


def test_the_risk_and_the_control_are_kept_with_the_text(world: World) -> None:
    finding = fw.make_finding(
        world,
        fw.make_fieldwork_audit(world),
        related_risk=" Pago indebido ",
        related_control="Acta",
    )
    assert (finding.related_risk, finding.related_control) == ("Pago indebido", "Acta")

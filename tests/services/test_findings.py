"""Findings: written, reviewed by another person, and supported by evidence."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.context import Context
from app.errors import (
    Forbidden,
    Invalid,
    NotFound,
    StaleVersion,
)
from app.models.documents import Document
from app.models.findings import FindingEvidence
from app.models.org import TermRule
from app.models.traceability import HistoryEntry, LedgerEvent
from app.services import (
    accounts,
    admin_catalogues,
    finding_evidence,
    finding_facts,
    finding_queries,
    findings,
)
from app.services.finding_facts import ONE_PERSON_OFFICE
from tests import finding_world as fw
from tests.conftest import Clock
from tests.finding_world import again
from workflows.enums import (
    EvidenceQuality,
    EvidenceType,
)

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


# ------------------------------------------------------------------ writing


def test_codes_follow_one_another_in_their_audit_and_creation_is_taken_once(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    first = findings.create(world.auditor, audit.id, fw.finding_values(world), key="k1")
    second = findings.create(world.auditor, audit.id, fw.finding_values(world), key="k2")
    repeated = findings.create(world.auditor, audit.id, fw.finding_values(world), key="k2")
    assert (first.code, second.code) == (f"{audit.code}-H01", f"{audit.code}-H02")
    assert repeated.id == second.id
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(
            HistoryEntry.thing_kind == "finding", HistoryEntry.thing_id == str(first.id)
        )
    ).one()
    assert (entry.event, entry.source, entry.target) == ("create", "", "borrador")
    assert entry.actor_id == world.users["auditor"].id


def test_who_may_write_a_finding(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    values = fw.finding_values(world)
    for name, error in {
        "outsider": NotFound,
        "leader": Forbidden,
        "admin": NotFound,
        "manager": Forbidden,
    }.items():
        with pytest.raises(error):
            findings.create(world.acting(name), audit.id, values)
    with pytest.raises(NotFound):
        findings.create(world.auditor, 10**9, values)


def test_what_is_linked_must_exist_and_be_known_to_the_writer(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    other = fw.make_finding(world, audit)  # a draft of the team: nothing to repeat yet
    for name, value in (
        ("process_id", None),
        ("process_id", 10**9),
        ("norm_id", 10**9),
        ("unit_id", 10**9),
        ("mipg_policy_id", 10**9),
        ("repeats_id", other.id),
        ("title", "   "),
    ):
        with pytest.raises(Invalid) as error:
            findings.create(world.auditor, audit.id, fw.finding_values(world, **{name: value}))
        assert error.value.field == name
    admin_catalogues.edit(
        world.acting("admin"), "normas", world.norm.id, {"active": False}, version=None
    )
    with pytest.raises(Invalid):
        findings.create(world.auditor, audit.id, fw.finding_values(world))


def test_no_finding_is_written_once_the_report_was_communicated(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_preliminary(world, audit)
    with pytest.raises(Invalid) as error:
        findings.create(world.auditor, audit.id, fw.finding_values(world))
    assert error.value.code == "finding.audit_not_writable"


def test_an_edit_is_traced_and_takes_the_review_back(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_reviewed(world, audit)
    with pytest.raises(Forbidden):  # in review it is the lead's to correct
        findings.edit(world.auditor, finding.id, version=None, values={"effect": "Otro"})
    version = fw.version_of(world.lead, finding)
    same = {"title": finding.title + "  ", "process_id": world.process.id}
    assert findings.edit(world.lead, finding.id, version=version, values=same).reviewed_by_id
    edited = findings.edit(world.lead, finding.id, version=version, values={"effect": "Otro"})
    assert edited.reviewed_by_id is None
    body = finding_queries.view(world.lead, finding.id).history[0]
    assert (body.action, body.person and body.person.id) == ("edit", world.users["lead"].id)


def test_a_stale_edit_is_refused_with_what_differs_and_changes_nothing(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(world, audit)
    version = fw.version_of(world.auditor, finding)
    findings.edit(world.lead, finding.id, version=version, values={"effect": "Del líder"})
    typed = {"effect": "Del autor", "title": finding.title}
    with pytest.raises(StaleVersion) as error:
        findings.edit(world.auditor, finding.id, version=version, values=typed)
    (difference,) = error.value.differences
    assert (difference.field, difference.theirs, difference.yours) == (
        "effect",
        "Del líder",
        "Del autor",
    )
    assert again(world, finding).effect == "Del líder"


# ------------------------------------------------------------------ review: another person


def test_the_author_never_reviews_the_own_finding(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(world, audit, by="lead")
    fw.fire(world.lead, finding, "submit")
    with pytest.raises(Forbidden) as error:
        findings.review(world.lead, finding.id, version=None)
    assert error.value.code == "finding.own_review"
    assert again(world, finding).reviewed_by_id is None
    assert findings.review(world.head, finding.id, version=None).reviewed_by_id is not None


def test_a_substitute_and_the_person_replaced_count_as_one(world: fw.World, clock: Clock) -> None:
    audit = fw.make_fieldwork_audit(world)
    today = clock().date()
    # The auditor stands in for the lead today: what he writes, the lead may not review later.
    accounts.create_substitution(
        world.lead,
        absent_id=world.users["lead"].id,
        substitute_id=world.users["auditor"].id,
        starts_on=today,
        ends_on=today,
        reason="Vacaciones",
    )
    finding = fw.make_finding(world, audit)
    fw.fire(world.auditor, finding, "submit")
    for name in ("auditor", "lead"):
        with pytest.raises(Forbidden):
            findings.review(world.acting(name), finding.id, version=None)
    clock.advance(days=3)
    with pytest.raises(Forbidden):
        findings.review(world.lead, finding.id, version=None)
    assert findings.review(world.head, finding.id, version=None).reviewed_by_id


def test_an_office_of_one_person_declares_it_and_each_use_is_recorded(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(world, audit, by="head")
    fw.fire(world.head, finding, "submit")
    rule = world.ctx.session.scalars(select(TermRule).where(TermRule.code == ONE_PERSON_OFFICE))
    admin = world.acting("admin")
    admin_catalogues.edit(admin, "terminos", rule.one().id, {"amount": 1}, version=None)
    findings.review(world.head, finding.id, version=None)
    assert finding_facts.reviewed_by_other(world.ctx.session, again(world, finding))
    event = world.ctx.session.scalars(
        select(LedgerEvent).where(LedgerEvent.action == "record_review")
    ).one()
    assert event.body is not None
    assert '"one_person_office":true' in event.body.body


# ------------------------------------------------------------------ evidence


def test_evidence_is_kept_linked_once_and_taken_off_with_a_reason(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    first = fw.make_finding(world, audit)
    second = fw.make_finding(world, audit, evidence=False)
    document = world.ctx.session.scalars(
        select(Document).where(Document.finding_id == first.id)
    ).one()
    assert fw.stored(world.ctx, document).startswith(b"%PDF")
    for _each in range(2):
        finding_evidence.link(
            world.auditor, second.id, document.id, type=EvidenceType.DOCUMENTARY, note="Anexo 1"
        )
    (row,) = finding_queries.view(world.auditor, second.id).evidence
    assert (row.note, row.document_id) == ("Anexo 1", document.id)
    with pytest.raises(Invalid):
        finding_evidence.remove(world.auditor, second.id, row.id, reason="  ")
    with pytest.raises(NotFound):
        finding_evidence.remove(world.auditor, first.id, row.id, reason="De otro hallazgo")
    finding_evidence.remove(world.auditor, second.id, row.id, reason="No la prueba")
    assert finding_facts.evidence_count(world.ctx.session, second) == 0
    assert finding_facts.evidence_count(world.ctx.session, first) == 1
    finding_evidence.link(world.auditor, second.id, document.id, type=EvidenceType.PHYSICAL)
    total = select(func.count()).select_from(FindingEvidence)
    assert world.ctx.session.scalar(total.where(FindingEvidence.finding_id == second.id)) == 1


def test_what_evidence_is_worth_is_judged_and_recorded(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    first, second = fw.make_finding(world, audit), fw.make_finding(world, audit)
    (row,) = finding_queries.view(world.auditor, first.id).evidence
    assert row.qualities == []
    judged = [EvidenceQuality.USEFUL, EvidenceQuality.SUFFICIENT]
    for _each in range(2):
        finding_evidence.judge(world.auditor, first.id, row.id, judged)
    world.ctx.session.rollback()
    (row,) = finding_queries.view(world.auditor, first.id).evidence
    assert row.qualities == ["suficiente", "util"]
    deeds = (
        select(func.count()).select_from(LedgerEvent).where(LedgerEvent.action == "judge_evidence")
    )
    assert world.ctx.session.scalar(deeds) == 1
    with pytest.raises(NotFound):
        finding_evidence.judge(world.auditor, second.id, row.id, [])
    with pytest.raises(NotFound):
        finding_evidence.judge(world.leader, first.id, row.id, [])
    finding_evidence.remove(world.auditor, first.id, row.id, reason="No la prueba")
    with pytest.raises(NotFound):
        finding_evidence.judge(world.auditor, first.id, row.id, [])
    linked = finding_evidence.link(
        world.auditor,
        first.id,
        row.document_id,
        type=EvidenceType.PHYSICAL,
        qualities=[EvidenceQuality.RELIABLE],
    )
    assert linked.qualities == ["confiable"]


def test_a_document_of_another_audit_is_no_evidence(world: fw.World) -> None:
    audit, other = fw.make_fieldwork_audit(world), fw.make_fieldwork_audit(world)
    finding, foreign = fw.make_finding(world, audit), fw.make_finding(world, other)
    document_id = finding_queries.view(world.lead, foreign.id).evidence[0].document_id
    with pytest.raises(Invalid):
        finding_evidence.link(world.lead, finding.id, document_id, type=EvidenceType.DOCUMENTARY)
    fw.fire(world.auditor, finding, "submit")
    findings.review(world.lead, finding.id, version=None)
    evidence = finding_queries.view(world.lead, finding.id).evidence[0]
    finding_evidence.remove(world.lead, finding.id, evidence.id, reason="Es de otro contrato")
    assert again(world, finding).reviewed_by_id is None

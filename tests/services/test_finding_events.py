"""Findings moved by people, by their audit and by the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import (
    Blocked,
    Forbidden,
    Invalid,
    NotFound,
    OutOfPlace,
    StaleVersion,
    VigiaError,
)
from app.models.accounts import Notice
from app.models.findings import FindingText
from app.models.traceability import HistoryEntry
from app.services import (
    audit_events,
    committee,
    finding_cascades,
    finding_facts,
    finding_queries,
    finding_records,
    findings,
)
from app.services.filing import content_hash
from app.services.finding_facts import codes_for_audit
from tests import finding_world as fw
from tests.finding_world import again, clock_of, state_of
from workflows.enums import (
    CommitteeDecisionType,
    FindingType,
    WithdrawalGround,
)
from workflows.finding import FindingState as State

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


# ------------------------------------------------------------------ events


def test_an_incomplete_finding_says_all_that_it_lacks(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(
        world, audit, evidence=False, condition="", criterion="", effect="", norm_article=""
    )
    with pytest.raises(Blocked) as error:
        fw.fire(world.auditor, finding, "submit")
    assert set(error.value.unmet) == {
        "finding.needs_condition",
        "finding.needs_criterion",
        "finding.needs_effect",
        "finding.needs_evidence",
    }
    assert state_of(world, finding) is State.DRAFT
    strength = fw.make_finding(
        world, audit, type=FindingType.STRENGTH, criterion="", effect="", cause="", norm_article=""
    )
    assert fw.fire(world.auditor, strength, "submit").state is State.IN_REVIEW


def test_who_may_fire_what(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_reviewed(world, audit)
    for name, event, error in (
        ("auditor", "send_back", Forbidden),
        ("head", "communicate", Forbidden),  # the system's alone, even for the head
        ("leader", "send_back", NotFound),
        ("outsider", "send_back", NotFound),
        ("manager", "send_back", NotFound),
        ("admin", "discard", NotFound),
        ("head", "no_such_event", Forbidden),
        ("head", "close", OutOfPlace),
    ):
        with pytest.raises(error):
            fw.fire(world.acting(name), finding, event, reason="Motivo")
    with pytest.raises(StaleVersion):
        findings.fire(world.lead, finding.id, "send_back", version=1, reason="Motivo")
    with pytest.raises(Blocked):
        fw.fire(world.lead, finding, "send_back", reason="  ")
    sent_back = fw.fire(world.lead, finding, "send_back", reason="Falta la cifra")
    assert (sent_back.state, sent_back.reviewed_by_id) == (State.DRAFT, None)


def test_discarding_keeps_the_row_with_its_ground(world: fw.World) -> None:
    finding = fw.make_finding(world, fw.make_fieldwork_audit(world))
    fw.fire(world.lead, finding, "discard", reason="No procede")
    kept = again(world, finding)
    assert (kept.state, kept.withdrawal_ground) == (State.WITHDRAWN, WithdrawalGround.DISCARDED)
    with pytest.raises(OutOfPlace):
        fw.fire(world.lead, finding, "submit")


def test_communication_freezes_the_text_with_its_hash(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_preliminary(world, audit)
    text = world.ctx.session.scalars(select(FindingText)).one()
    assert (text.stage, text.content["condition"]) == ("preliminar", finding.condition)
    assert text.sha256 == content_hash(dict(text.content))
    assert again(world, finding).communicated_at is not None
    for name in ("head", "lead", "auditor"):  # nobody edits what was communicated
        with pytest.raises(Forbidden):
            findings.edit(world.acting(name), finding.id, version=None, values={"title": "x"})


def test_the_head_decides_with_the_analysis_and_a_reason(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    first, second, third = (fw.make_reviewed(world, audit) for _each in range(3))
    fw.communicate(world, audit)
    for finding in (first, second, third):
        fw.make_reply(world, finding)
    with pytest.raises(Blocked) as error:
        fw.fire(world.head, first, "ratify", reason="Se mantiene")
    assert error.value.unmet == ("finding.needs_analysis",)
    for finding in (first, second, third):
        finding_records.analyse(world.lead, finding.id, version=None, text=fw.ANALYSIS)
    for name in ("lead", "auditor", "leader"):
        with pytest.raises(Forbidden):
            fw.fire(world.acting(name), first, "ratify", reason="Se mantiene")
    ratified = fw.fire(world.head, first, "ratify", reason=" Se mantiene ")
    assert ratified.decision_reason == "Se mantiene"
    same = {"condition": second.condition + "\r\n"}
    with pytest.raises(Blocked) as error:
        fw.fire(world.head, second, "modify", reason="Se ajusta", inputs=same)
    assert error.value.unmet == ("finding.needs_new_text",)
    new = {"condition": "En 3 de 20 contratos.\r\nNo en 4.", "title": second.title}
    modified = fw.fire(world.head, second, "modify", reason="Se ajusta", inputs=new)
    assert (modified.state, modified.condition) == (
        State.MODIFIED,
        "En 3 de 20 contratos.\nNo en 4.",
    )
    fw.fire(world.head, third, "withdraw", reason="Los soportes existen")
    assert again(world, third).withdrawal_ground is WithdrawalGround.REFUTED
    fw.issue_final(world, audit)
    stages = world.ctx.session.execute(
        select(FindingText.stage, FindingText.finding_id).order_by(FindingText.id)
    )
    assert [row.stage for row in stages if row.finding_id == second.id] == ["preliminar", "final"]
    assert state_of(world, second) is State.CONFIRMED


def test_a_difference_goes_to_the_committee_once_and_its_decision_comes_first(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_contested(world, audit)
    fw.fire(world.head, finding, "ratify", reason="Se mantiene")
    escalated = fw.fire(world.leader, finding, "escalate", reason="No compartimos el criterio")
    assert escalated.state is State.CONTRADICTION
    for event in ("ratify", "modify"):
        with pytest.raises(Blocked) as error:
            fw.fire(world.head, finding, event, reason="Se mantiene", inputs={"cause": "Otra."})
        assert error.value.unmet == ("finding.needs_committee_decision",)
    data = committee.DecisionData(
        CommitteeDecisionType.SETTLE_DIFFERENCE, "CICCI-4", date(2027, 3, 1), "Se mantiene."
    )
    with pytest.raises(Forbidden):
        finding_records.record_decision(world.lead, finding.id, data, version=None)
    future = replace(data, minutes_date=date(2027, 12, 1))
    with pytest.raises(Invalid):
        finding_records.record_decision(world.head, finding.id, future, version=None)
    first = finding_records.record_decision(world.head, finding.id, data, version=None, key="d")
    same = finding_records.record_decision(world.head, finding.id, data, version=None, key="d")
    assert first.id == same.id
    fw.fire(world.head, finding, "ratify", reason="Como decidió el comité")
    with pytest.raises(Blocked) as blocked:
        fw.fire(world.leader, finding, "escalate", reason="Otra vez")
    assert blocked.value.unmet == ("finding.needs_first_escalation",)


def test_a_missing_cause_is_written_before_the_finding_is_firm(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_contested(world, audit, cause="")
    fw.fire(world.head, finding, "ratify", reason="Se mantiene")
    assert finding_facts.codes_for_audit(world.ctx.session, audit.id).without_cause == (
        finding.code,
    )
    with pytest.raises(VigiaError):
        fw.issue_final(world, audit)
    with pytest.raises(Forbidden):
        finding_records.complete_cause(world.auditor, finding.id, version=None, text="Causa")
    finding_records.complete_cause(world.lead, finding.id, version=None, text="Sin control")
    with pytest.raises(OutOfPlace):  # a cause that stands changes only by modifying the finding
        finding_records.complete_cause(world.lead, finding.id, version=None, text="Otra")
    assert finding_facts.codes_for_audit(world.ctx.session, audit.id).without_cause == ()


def test_external_findings_are_registered_by_the_office(world: fw.World) -> None:
    with pytest.raises(Invalid) as error:
        fw.make_external(world, source_report_date=date(2027, 12, 1))
    assert error.value.field == "source_report_date"
    with pytest.raises(Forbidden):
        fw.make_external(world, by="auditor")
    first, second = fw.make_external(world), fw.make_external(world)
    assert (first.code, second.code) == ("2027-EXT-H001", "2027-EXT-H002")
    firm = fw.fire(world.lead, first, "register_external")
    assert (firm.state, firm.confirmed_at is not None) == (State.CONFIRMED, True)
    assert finding_queries.find(world.leader, first.id).id == first.id
    with pytest.raises(NotFound):
        finding_queries.find(world.leader, second.id)  # a draft is the office's own
    record = partial(finding_records.record_authority_result, world.head, first.id, version=None)
    with pytest.raises(Invalid):
        record(text="Cerrado: oficio 77", day=date(2028, 1, 1))
    record(text="Cerrado: oficio 77", day=date(2027, 3, 1))
    assert again(world, first).authority_result == "Cerrado: oficio 77"


def test_annulment_needs_a_decision_with_number_and_date(world: fw.World) -> None:
    finding = fw.make_external(world)
    fw.fire(world.lead, finding, "register_external")
    with pytest.raises(Blocked) as error:
        fw.fire(world.head, finding, "annul", reason="Sentencia", inputs={})
    assert error.value.unmet == ("finding.needs_decision",)
    decision = {
        "decision_authority": "Contraloría General",
        "decision_number": "Auto 12",
        "decision_date": date(2027, 2, 26),
    }
    fw.fire(world.head, finding, "annul", reason="Sentencia", inputs=decision)
    annulled = again(world, finding)
    assert (annulled.withdrawal_ground, annulled.annulment_number) == (
        WithdrawalGround.ANNULLED,
        "Auto 12",
    )


def test_what_needs_no_plan_closes_without_it_and_reopens_when_it_is_repeated(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_preliminary(world, audit)
    clock_of(world).advance(days=20)
    finding_cascades.lapse_expired(world.ctx)
    fw.issue_final(world, audit)
    with pytest.raises(Blocked) as error:
        fw.fire(world.head, finding, "close_without_plan", reason="Ya se corrigió")
    assert error.value.unmet == ("finding.needs_optional_plan",)
    data = committee.DecisionData(
        CommitteeDecisionType.ACCEPT_RISK, "CICCI-5", date(2027, 3, 15), "Se acepta el riesgo."
    )
    finding_records.record_decision(world.head, finding.id, data, version=None)
    assert codes_for_audit(world.ctx.session, audit.id).needing_plan == ()
    fw.fire(world.head, finding, "close_without_plan", reason="El comité aceptó el riesgo")
    assert codes_for_audit(world.ctx.session, audit.id).open == ()
    with pytest.raises(Blocked) as error:
        fw.fire(world.head, finding, "reopen", reason="Se repitió", inputs={"ground": "x"})
    assert error.value.unmet == ("finding.needs_reopening_ground",)
    later = fw.make_external(world, repeats_id=finding.id)
    fw.fire(world.lead, later, "register_external")
    ground = {"ground": f"finding:{later.id}"}
    assert fw.fire(world.head, finding, "reopen", reason="Se repitió", inputs=ground).state is (
        State.REOPENED
    )
    assert again(world, finding).closed_at is None


# ------------------------------------------------------------------ suspension, cancellation, terms


def suspend(world: fw.World, audit_id: int) -> None:
    """The audit is outside the annual plan: a reason is enough."""
    audit_events.fire(world.head, audit_id, "suspend", version=None, reason="Sin acceso")


def test_a_suspended_audit_stops_its_findings_and_the_lapse_waits(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_preliminary(world, audit)
    suspend(world, audit.id)
    for ctx, event in ((world.head, "withdraw"), (world.leader, "reply")):
        with pytest.raises(OutOfPlace) as error:
            fw.fire(
                ctx,
                finding,
                event,
                reason="Motivo",
                inputs={"stance": "objeta", "arguments": "Sí hay"},
            )
        assert error.value.code == "audit_suspended"
    clock_of(world).advance(days=30)
    assert finding_cascades.lapse_expired(world.ctx) == 0
    assert state_of(world, finding) is State.PRELIMINARY


def test_cancelling_an_audit_ends_its_findings(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    communicated = fw.make_reviewed(world, audit)
    fw.communicate(world, audit)
    suspend(world, audit.id)
    audit_events.fire(world.head, audit.id, "cancel", version=None, reason="Orden judicial")
    kept = again(world, communicated)
    assert (kept.state, kept.withdrawal_ground) == (
        State.WITHDRAWN,
        WithdrawalGround.AUDIT_CANCELLED,
    )


def test_findings_without_reply_are_ratified_once_the_term_is_over(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    silent, answered = (fw.make_reviewed(world, audit) for _each in range(2))
    fw.communicate(world, audit)
    fw.make_reply(world, answered)
    due = world.ctx.session.get_one(type(audit), audit.id).reply_due_on
    assert due is not None
    clock_of(world).at += timedelta(days=(due - clock_of(world)().date()).days)
    assert finding_cascades.lapse_expired(world.ctx) == 0  # the last day is still inside
    clock_of(world).advance(days=1)
    assert finding_cascades.lapse_expired(world.ctx) == 1
    assert finding_cascades.lapse_expired(world.ctx) == 0
    assert state_of(world, silent) is State.RATIFIED
    assert state_of(world, answered) is State.CONTRADICTION
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(HistoryEntry.event == "lapse")
    ).one()
    assert entry.actor_id is None


def test_what_an_audit_knows_of_its_findings(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    draft = fw.make_finding(world, audit, evidence=False)
    reviewed = fw.make_reviewed(world, audit)
    codes = codes_for_audit(world.ctx.session, audit.id)
    assert (codes.unreviewed, codes.without_evidence) == ((draft.code,), (draft.code,))
    assert codes.open == (draft.code, reviewed.code)
    fw.fire(world.lead, draft, "discard", reason="No procede")
    strength = fw.make_reviewed(
        world, audit, type=FindingType.STRENGTH, criterion="", effect="", cause=""
    )
    fw.communicate(world, audit)
    codes = codes_for_audit(world.ctx.session, audit.id)
    assert codes.without_reply == codes.undecided == (reviewed.code, strength.code)
    clock_of(world).advance(days=20)
    finding_cascades.lapse_expired(world.ctx)
    codes = codes_for_audit(world.ctx.session, audit.id)
    assert (codes.undecided, codes.needing_plan) == ((), (reviewed.code,))
    assert codes.without_approved_plan == (reviewed.code,)


# ------------------------------------------------------------------ what the auditee is told


def news_of(world: fw.World) -> list[str]:
    world.ctx.session.rollback()
    mine = Notice.user_id == world.users["leader"].id
    statement = select(Notice.text).where(mine, Notice.text != "").order_by(Notice.id)
    return list(world.ctx.session.scalars(statement))


def test_the_leader_hears_of_each_decision_while_he_may_still_contest_it(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    kept, dropped = fw.make_reviewed(world, audit), fw.make_reviewed(world, audit)
    silent = fw.make_reviewed(world, audit)
    fw.communicate(world, audit)
    for finding in (kept, dropped):
        fw.make_reply(world, finding)
        finding_records.analyse(world.auditor, finding.id, version=None, text=fw.ANALYSIS)
    fw.fire(world.head, kept, "ratify", reason="La prueba basta.")
    fw.fire(world.head, dropped, "withdraw", reason="La réplica lo desvirtúa.")
    clock_of(world).advance(days=30)
    finding_cascades.lapse_expired(world.ctx)
    ratified, withdrawn, lapsed = news_of(world)
    assert f"ratificó el hallazgo {kept.code}. Motivo: La prueba basta." in ratified
    assert f"retiró el hallazgo {dropped.code}. Motivo: La réplica lo desvirtúa." in withdrawn
    assert f"{silent.code} quedó ratificado" in lapsed
    assert "puede llevar la diferencia al comité" in ratified
    assert "puede llevar la diferencia al comité" in lapsed
    assert "comité" not in withdrawn

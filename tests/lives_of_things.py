"""What each kind of thing adds to a life at random; see `tests/lives.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan, Remark
from app.models.publications import Publication
from app.services import (
    action_events,
    audit_events,
    audit_program,
    change_requests,
    finding_events,
    finding_records,
    findings,
    plan_events,
    plans,
    publications,
    publications_events,
    publications_store,
    remarks,
    replies,
    verification,
)
from app.services.change_proposals import Proposal
from app.services.committee import DecisionData
from tests import factories, plan_world, publication_world
from tests.factories import PASSWORD, PROGRAM
from tests.finding_world import ANALYSIS, COMPLETE
from tests.lives import REASON, Life
from tests.unit.workflow_tables import FINAL, Row
from workflows.action import ActionState
from workflows.audit import AuditState
from workflows.enums import (
    ChangeRequestType,
    Classification,
    CommitteeDecisionType,
    Effectiveness,
    Efficacy,
    Role,
)
from workflows.finding import FindingState

GROUND = "Ley 1581 de 2012, artículo 4, literal f"


class AuditLife(Life):
    thing, folder, model = "audit", "auditorias", Audit
    starts, examples = 4, 48

    def make(self, start: int) -> int:
        states = (AuditState.SCHEDULED, AuditState.FIELDWORK, AuditState.CONTRADICTION)
        state = states[min(start, len(states) - 1)]
        audit = factories.make_audit(self.ctx, self.office, state, finding_count=1)
        if start == len(states):  # the term to reply has ended: its last report is to be written
            self.clock.at += timedelta(days=30)
            factories.fire(self.ctx, self.office.head, audit.id, "start_final_report")
        return audit.id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        audit_events.fire(ctx, self.thing_id, event, **given)

    def prepare(self, row: Row) -> None:
        office, audit_id = self.office, self.thing_id
        head = self.acting(office.head)
        match row.event:
            case "start_planning":
                factories.make_members(self.ctx, office, audit_id)
            case "start_execution":
                lead = self.acting(office.lead)
                audit_program.save(lead, audit_id, PROGRAM, version=None)
                audit_program.sign(head, audit_id, password=PASSWORD, version=None)
                audit_program.announce(head, audit_id, version=None)
            case "start_final_report":
                self.wait(30)
            case "issue_final_report":
                publications.prepare(head, audit_id)


class FindingLife(Life):
    """Begun as a draft, told to the auditee, answered by him, or with a plan under way."""

    thing, folder, model = "finding", "hallazgos", Finding
    starts, examples = 4, 40

    @property
    def plan_world(self) -> plan_world.World:
        return plan_world.World(self.ctx, self.office)

    def make(self, start: int) -> int:
        if start == 3:
            action = plan_world.make_running_action(self.plan_world)
            self.action_id: int | None = action.id
            return action.finding_id
        self.action_id = None
        audit = factories.make_audit(self.ctx, self.office, AuditState.FIELDWORK)
        factories.make_paper(self.ctx, self.office, audit.id)
        finding = factories.make_finding(self.ctx, self.office, audit.id)
        head, leader = self.acting(self.office.head), self.acting(self.office.leader)
        if start == 0:
            finding_events.fire(head, finding.id, "send_back", version=None, reason=REASON)
            return finding.id
        for event in ("finish_fieldwork", "issue_draft_report"):
            factories.fire(self.ctx, self.office.head, audit.id, event)
        if start == 2:
            replies.submit(
                leader, finding.id, version=None, stance="objeta", arguments="Hay designación."
            )
        return finding.id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        finding_events.fire(ctx, self.thing_id, event, **given)

    def inputs(self, event: str) -> Mapping[str, Any]:
        day = self.ctx.today()
        known: dict[str, dict[str, Any]] = {
            "reply": {"stance": "objeta", "arguments": "Hay designación."},
            "modify": {**COMPLETE, "condition": f"En 3 de 20, al {day.isoformat()}."},
            "reopen": {"ground": f"action:{self.action_id}"},
            "annul": annulment(day),
        }
        return known.get(event, {})

    def prepare(self, row: Row) -> None:
        if row.event in {"ratify", "modify"}:
            finding = self.row()
            if finding.escalated_at is not None and finding.committee_decision_id is None:
                kind = CommitteeDecisionType.SETTLE_DIFFERENCE
                data = DecisionData(kind, "Acta 7", self.ctx.today(), "Decide la OCI.")
                head = self.acting(self.office.head)
                finding_records.record_decision(head, self.thing_id, data, version=None)
            else:
                auditor = self.acting(self.office.auditor)
                finding_records.analyse(auditor, self.thing_id, version=None, text=ANALYSIS)
        elif row.event in {"close", "reopen"} and self.action_id is not None:
            self.end_action(effective=row.event == "close")

    def end_action(self, *, effective: bool) -> None:
        world = self.plan_world
        self.wait(200)
        action = self.ctx.session.get_one(Action, self.action_id)
        result = Effectiveness.EFFECTIVE if effective else Effectiveness.INEFFECTIVE
        plan_world.evaluate(world, action, result)

    def go_on(self, choice: int) -> None:
        """Its audit goes on, or its action is done."""
        finding = self.row()
        if self.action_id is not None:
            action = self.ctx.session.get_one(Action, self.action_id)
            if action.state is ActionState.RUNNING:
                plan_world.make_fulfilled(self.plan_world, action)
            return
        audit, fire = finding.audit, factories.fire
        head = self.office.head
        if audit.state is AuditState.FIELDWORK and finding.state is FindingState.IN_REVIEW:
            lead = self.acting(self.office.lead)
            self.attempt(lambda: findings.review(lead, finding.id, version=None))
            fire(self.ctx, head, audit.id, "finish_fieldwork")
            fire(self.ctx, head, audit.id, "issue_draft_report")
        elif audit.state is AuditState.CONTRADICTION and choice:
            fire(self.ctx, head, audit.id, "start_final_report")
        elif audit.state is AuditState.FINAL_REPORT:
            publications.prepare(self.acting(head), audit.id)
            fire(self.ctx, head, audit.id, "issue_final_report")
        elif choice == 3:
            fire(self.ctx, head, audit.id, "cancel", reason=REASON)

    @invariant()
    def what_is_annulled_asks_for_nothing(self) -> None:
        if self.account["state"] == FindingState.WITHDRAWN.value:
            live = select(Action.id).where(
                Action.finding_id == self.thing_id, Action.state.not_in(sorted(FINAL["action"]))
            )
            assert not self.ctx.session.scalars(live).all()


def annul(world: plan_world.World, finding_id: int) -> None:
    """By decision of the committee, with all that was agreed for the finding."""
    finding_events.fire(
        world.head,
        finding_id,
        "annul",
        version=None,
        reason=REASON,
        inputs=annulment(world.ctx.today()),
    )


def annulment(day: date) -> dict[str, Any]:
    return {"decision_authority": "CICCI", "decision_number": "Acta 9", "decision_date": day}


class PlanLife(Life):
    """Begun as a draft, in its review, or under way."""

    thing, folder, model = "plan", "planes", Plan
    starts, examples = 3, 40

    @property
    def world(self) -> plan_world.World:
        return plan_world.World(self.ctx, self.office)

    def make(self, start: int) -> int:
        world = self.world
        if start == 0:
            return plan_world.make_complete_plan(world).id
        if start == 1:
            return plan_world.review_plan(world, plan_world.make_complete_plan(world)).id
        return plan_world.make_running_plan(world).id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        plan_events.fire(ctx, self.thing_id, event, **given)

    def inputs(self, event: str) -> Mapping[str, Any]:
        act = {
            "act_number": "Resolución 12",
            "act_date": self.ctx.today(),
            "act_authority": "Alcaldía",
        }
        known: dict[str, dict[str, Any]] = {
            "cancel": act,
            "close": {"authority_result": "Cerrado."},
        }
        return known.get(event, {})

    def prepare(self, row: Row) -> None:
        if row.event == "send_back":
            remarks.add(self.world.planner, self.thing_id, text="Precise la meta.")
        elif row.event == "approve":
            plans.consolidate(self.world.planner, self.thing_id, version=None)
        elif row.event == "submit" and row.source == "devuelto":
            for remark_id in self.remark_ids():
                remarks.answer(self.world.leader, remark_id, text="Se precisó.")

    def remark_ids(self) -> list[int]:
        """Those without an answer."""
        statement = select(Remark.id).where(
            Remark.plan_id == self.thing_id, Remark.answered_at.is_(None)
        )
        return list(self.ctx.session.scalars(statement))

    def go_on(self, choice: int) -> None:
        """Its action is done, verified and evaluated."""
        action = plan_world.actions_of(self.world, self.thing_id)[0]
        if action.state is ActionState.RUNNING:
            plan_world.make_fulfilled(self.world, action)
        elif action.state is ActionState.FULFILLED:
            self.wait(200)
            plan_world.evaluate(self.world, action)


RESULTS: Mapping[str, Efficacy | Effectiveness] = {
    "verify": Efficacy.MET,
    "reject": Efficacy.UNMET,
    "close_effective": Effectiveness.EFFECTIVE,
    "declare_ineffective": Effectiveness.INEFFECTIVE,
}
"""The result that each step of the OCI rests on."""


class ActionLife(Life):
    """Begun while it runs, or when it was verified."""

    thing, folder, model = "action", "acciones", Action
    starts, examples = 2, 40

    @property
    def world(self) -> plan_world.World:
        return plan_world.World(self.ctx, self.office)

    def make(self, start: int) -> int:
        action = plan_world.make_running_action(self.world)
        if start:
            plan_world.make_fulfilled(self.world, action)
        return action.id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        action_events.fire(ctx, self.thing_id, event, **given)

    def prepare(self, row: Row) -> None:
        if row.event == "report_completion":
            plan_world.make_progress(self.world, self.thing_id)
        elif row.event == "start_evaluation":
            self.clock.at += timedelta(days=200)
        elif row.event in RESULTS:
            user = self.office.lead if row.event in {"verify", "reject"} else self.office.head
            self.record(user, RESULTS[row.event], self.row().version)

    def go_on(self, choice: int) -> None:
        """What the first line does between two events; or its finding is annulled."""
        action = self.row()
        if action.state is ActionState.RUNNING:
            plan_world.make_progress(self.world, self.thing_id)
        elif choice == 3:
            annul(self.world, action.finding_id)

    def record(self, user: User, result: Efficacy | Effectiveness, version: int) -> None:
        note = "Se revisó."
        if self.app is not None:
            path = "eficacia" if isinstance(result, Efficacy) else "efectividad"
            self.post(user, path, {"result": result.value, "note": note, "version": version})
            return
        ctx = self.acting(user)
        if isinstance(result, Efficacy):
            verification.record_efficacy(ctx, self.thing_id, result, note=note, version=version)
        else:
            verification.record_effectiveness(
                ctx, self.thing_id, result, note=note, version=version
            )

    @rule(user=Life.people, result=st.sampled_from(sorted(RESULTS.values())))
    def judge(self, user: User, result: Efficacy | Effectiveness) -> None:
        """A result counts only when somebody of the OCI gives it."""
        before = self.row()
        efficacy, effectiveness = before.efficacy, before.effectiveness
        self.attempt(lambda: self.record(user, result, before.version))
        after = self.row()
        if (after.efficacy, after.effectiveness) != (efficacy, effectiveness):
            assert self.roles(user) & {Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR}
        self.compare(None, "")

    @invariant()
    def who_did_it_did_not_judge_it(self) -> None:
        row = self.row()
        doers = {user.id for user in row.executors} | {row.reported_by_id}
        if row.verified_by_id is not None:
            assert row.verified_by_id not in doers
        if row.evaluator_id is not None:
            assert row.evaluator_id not in doers | {row.verified_by_id}


class ChangeRequestLife(Life):
    """Begun when it was asked for, or in its review."""

    thing, folder, model = "change_request", "cambios", ChangeRequest
    starts, examples = 2, 60

    @property
    def world(self) -> plan_world.World:
        return plan_world.World(self.ctx, self.office)

    def make(self, start: int) -> int:
        action = plan_world.make_running_action(self.world)
        self.action_id = action.id
        assert action.end_date is not None
        proposal = Proposal(end_date=action.end_date.replace(month=12))
        kind = ChangeRequestType.EXTENSION
        made = change_requests.create(
            self.world.leader, action.id, kind, reason=REASON, proposal=proposal
        )
        if start:
            change_requests.fire(self.world.planner, made.id, "start_review", version=None)
        return made.id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        change_requests.fire(ctx, self.thing_id, event, **given)

    def go_on(self, choice: int) -> None:
        """The action is done, or its finding is annulled: then it ends for good."""
        action = self.ctx.session.get_one(Action, self.action_id)
        if choice == 3:
            annul(self.world, action.finding_id)
        if action.state is ActionState.RUNNING and choice == 0:
            plan_world.make_fulfilled(self.world, action)


class PublicationLife(Life):
    thing, folder, model = "publication", "publicaciones", Publication
    examples = 40

    @property
    def world(self) -> plan_world.World:
        return plan_world.World(self.ctx, self.office)

    def make(self, start: int) -> int:
        found = publication_world.make_signed_findings(self.world, 1)
        assert found[0].audit_id is not None
        return publication_world.prepared(self.world, found[0].audit_id).id

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        publications_events.fire(ctx, self.thing_id, event, **given)

    def inputs(self, event: str) -> Mapping[str, Any]:
        return {"legal_ground": GROUND} if event == "withdraw" else {}

    def prepare(self, row: Row) -> None:
        lead, thing_id = self.world.lead, self.thing_id
        if row.event == "classify_public":
            publications.classify(lead, thing_id, Classification.PUBLIC, version=None)
        elif row.event == "classify_restricted":
            publications.classify(
                lead,
                thing_id,
                Classification.CLASSIFIED,
                legal_ground="Ley 1712 de 2014, artículo 18, literal a",
                restriction_unlimited=True,
                version=None,
            )
        elif row.event == "approve":
            publication_world.mask_all(self.world, thing_id)
            publications_store.make_copy(lead, thing_id, version=None)


FAR: Mapping[type[Life], set[str]] = {
    AuditLife: {"en_ejecucion", "suspendida", "informe_final", "en_formulacion_plan", "cancelada"},
    FindingLife: {"en_revision", "modificado", "en_firme", "por_verificar", "reabierto"},
    ActionLife: {"reportada", "en_verificacion", "incumplida", "en_evaluacion_efectividad"},
    PlanLife: {"enviado", "devuelto", "cumplido", "evaluado", "cancelado"},
    ChangeRequestLife: {"aprobada", "negada", "desistida"},
    PublicationLife: {"publicada", "retirada", "aprobada"},
}
"""States that the walks are known to reach: a walk that goes nowhere proves nothing."""

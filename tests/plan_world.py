"""Plans and actions for tests, made through the services as the people of an office make them.

Firm findings are the one exception: the road of an audit up to its final report is proved
elsewhere and takes seconds, so that here its end is written down directly.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Action, Plan, PlanFinding, Progress, RootCause
from app.services import (
    action_events,
    actions,
    audit_team,
    audit_terms,
    audits,
    findings,
    plan_events,
    plans,
    progress,
    root_causes,
    verification,
)
from app.services.actions import ActionData
from app.services.progress import Report, Upload
from app.services.root_causes import CauseData
from tests.factories import PDF, Office, acting, audit_data, make_office
from workflows.action import ActionState
from workflows.audit import AuditState
from workflows.enums import (
    ActionType,
    Effectiveness,
    Efficacy,
    FindingType,
    PlanSource,
    RootCauseMethod,
    Severity,
)
from workflows.finding import FindingState
from workflows.plan import PlanState

WHYS = ("No se designó supervisor.", "La lista de chequeo no lo pide.")
CAUSE = CauseData(RootCauseMethod.FIVE_WHYS, "La lista de chequeo no lo pide.", whys=WHYS)


@dataclass
class World:
    """An office, and contexts of its people with the rights of today."""

    ctx: Context
    office: Office

    def acting(self, user: User) -> Context:
        return acting(self.ctx, user)

    @property
    def head(self) -> Context:
        return self.acting(self.office.head)

    @property
    def lead(self) -> Context:
        return self.acting(self.office.lead)

    @property
    def auditor(self) -> Context:
        return self.acting(self.office.auditor)

    @property
    def leader(self) -> Context:
        return self.acting(self.office.leader)

    @property
    def liaison(self) -> Context:
        return self.acting(self.office.liaison)

    @property
    def planner(self) -> Context:
        return self.acting(self.office.planner)

    @property
    def manager(self) -> Context:
        return self.acting(self.office.manager)


def make_world(ctx: Context) -> World:
    return World(ctx, make_office(ctx))


# ---------------------------------------------------------------- findings


def make_firm_findings(world: World, count: int = 1, **changes: Any) -> list[Finding]:
    """Firm findings of one audit of ours, which waits for its plans."""
    ctx, office = world.ctx, world.office
    audit = audits.create(world.head, audit_data(office))
    audit_team.assign(world.head, audit.id, office.lead.id, lead=True)
    audit_team.assign(world.head, audit.id, office.auditor.id)
    with world.head.transaction() as session:
        row = session.get_one(Audit, audit.id)
        audit_terms.freeze_plan(world.head, row)
        session.execute(
            update(Audit)
            .where(Audit.id == audit.id)
            .values(state=AuditState.PLAN_FORMULATION, final_issued_at=ctx.now())
        )
        for number in range(1, count + 1):
            values = {
                "code": f"{audit.code}-H{number:02d}",
                "audit_id": audit.id,
                "source": PlanSource.INTERNAL_AUDIT,
                "type": FindingType.FINDING,
                "severity": Severity.MAJOR,
                "title": f"Contratos sin supervisor {number}",
                "condition": "En 4 de 30 contratos no hay designación de supervisor.",
                "criterion": "Ley 1474 de 2011, artículo 83.",
                "cause": "No se controla antes de firmar.",
                "effect": "Se puede pagar sin recibir.",
                "process_id": office.process.id,
                "state": FindingState.CONFIRMED,
                "author_id": office.auditor.id,
                "created_at": ctx.now(),
                "communicated_at": ctx.now(),
                "confirmed_at": ctx.now(),
                **changes,
            }
            session.execute(insert(Finding).values(**values))
        world.head.record("change", "edit", row, {})
    found = select(Finding).where(Finding.audit_id == audit.id).order_by(Finding.code)
    return list(ctx.session.scalars(found))


def make_external_findings(
    world: World, count: int = 1, *, source: PlanSource = PlanSource.BOGOTA_COMPTROLLER
) -> list[Finding]:
    """Findings of another source than our audits, registered by the office."""
    made = []
    for number in range(1, count + 1):
        values = {
            "title": f"Saldos sin conciliar {number}",
            "type": FindingType.FINDING,
            "severity": Severity.MAJOR,
            "condition": "Tres cuentas no se concilian desde 2025.",
            "process_id": world.office.process.id,
            "source": source,
            "source_report": "Informe final 45 de 2027",
            "source_report_date": date(2027, 2, 22),
        }
        finding = findings.create_external(world.head, values)
        findings.fire(world.head, finding.id, "register_external", version=None)
        made.append(finding)
    return made


def make_audit_with_final_report(world: World) -> Audit:
    """Told to its leader from the announcement on; it waits for the plan of its finding."""
    (finding,) = make_firm_findings(world)
    audit = world.ctx.session.get_one(Audit, finding.audit_id)
    with world.head.transaction():
        audit.announced_at = world.ctx.now()
        world.head.record("change", "edit", audit, {})
    return audit


# ---------------------------------------------------------------- plans


def make_plan(world: World, found: Sequence[Finding] | None = None, **more: Any) -> Plan:
    """A draft of the leader for these findings (one firm finding of an audit by default)."""
    found = found or make_firm_findings(world)
    values = {"title": "Plan de supervisión", "finding_ids": [f.id for f in found], **more}
    return plans.create(world.leader, found[0].process_id, **values)


def items(world: World, plan_id: int) -> list[PlanFinding]:
    statement = select(PlanFinding).where(PlanFinding.plan_id == plan_id).order_by(PlanFinding.id)
    return list(world.ctx.session.scalars(statement))


def make_cause(world: World, plan_id: int, item_id: int, data: CauseData = CAUSE) -> RootCause:
    return root_causes.add(world.leader, plan_id, item_id, data)


def action_data(world: World, **changes: Any) -> ActionData:
    """A complete action that starts today and ends in six months."""
    data = ActionData(
        type=ActionType.CORRECTIVE,
        description="Exigir la designación del supervisor antes de firmar.",
        objective="Que ningún contrato se ejecute sin supervisor.",
        indicator_name="Contratos con supervisor",
        indicator_formula="Contratos con supervisor / contratos firmados",
        unit_of_measure="contratos",
        target_quantity=Decimal(10),
        start_date=world.ctx.today(),
        end_date=date(2027, 9, 1),
        responsible_unit_id=world.office.unit.id,
        responsible_position="Director Administrativo",
        executor_ids=(world.office.liaison.id,),
        expected_evidence="Designaciones firmadas.",
    )
    return replace(data, **changes)


def make_action(
    world: World, plan_id: int, *, accepted: bool = True, by: Context | None = None, **changes: Any
) -> Action:
    """A complete action for the first finding of the plan, accepted by the leader."""
    item = items(world, plan_id)[0]
    if "root_cause_id" not in changes:
        known = select(RootCause.id).where(RootCause.plan_finding_id == item.id)
        cause_id = world.ctx.session.scalars(known).first()
        changes["root_cause_id"] = cause_id or make_cause(world, plan_id, item.id).id
    replaces_id = changes.pop("replaces_id", None)
    action = actions.create(
        by or world.liaison,
        plan_id,
        item.finding_id,
        action_data(world, **changes),
        replaces_id=replaces_id,
    )
    if accepted:
        actions.accept(world.leader, action.id, version=None)
    return action


def fire_plan(who: Context, plan_id: int, event: str, **more: Any) -> Plan:
    return plan_events.fire(who, plan_id, event, version=None, **more)


def fire(who: Context, action_id: int, event: str, reason: str = "") -> Action:
    return action_events.fire(who, action_id, event, version=None, reason=reason)


def make_complete_plan(world: World, *, action_count: int = 1, external: bool = False) -> Plan:
    """A draft with complete actions, ready to be sent."""
    found = make_external_findings(world) if external else make_firm_findings(world)
    plan = make_plan(world, found)
    for _each in range(action_count):
        make_action(world, plan.id)
    return plan


def review_plan(world: World, plan: Plan) -> Plan:
    """Send the plan, start its review, and give it the second line's visto bueno."""
    fire_plan(world.leader, plan.id, "submit")
    fire_plan(world.planner, plan.id, "start_review")
    return plans.consolidate(world.planner, plan.id, version=None)


def make_running_plan(world: World, *, action_count: int = 1) -> Plan:
    """An internal plan under way, with its actions started."""
    plan = make_complete_plan(world, action_count=action_count)
    review_plan(world, plan)
    fire_plan(world.head, plan.id, "approve")
    world.ctx.session.refresh(plan)
    assert plan.state is PlanState.RUNNING
    return plan


def actions_of(world: World, plan_id: int) -> list[Action]:
    statement = select(Action).where(Action.plan_id == plan_id).order_by(Action.id)
    return list(world.ctx.session.scalars(statement))


def make_running_action(world: World) -> Action:
    action = actions_of(world, make_running_plan(world).id)[0]
    assert action.state is ActionState.RUNNING
    return action


# ---------------------------------------------------------------- progress and results


def upload(name: str = "designaciones.pdf", content: bytes = PDF) -> Upload:
    return Upload(io.BytesIO(content), name)


def make_progress(
    world: World, action_id: int, quantity: str = "10", *, approved: bool = True, files: int = 1
) -> Progress:
    """Progress that the liaison reports and the leader approves."""
    what = Report(world.ctx.today(), Decimal(quantity), "Se designaron los supervisores.")
    sent = [upload(f"acta-{number}.pdf") for number in range(files)]
    entry = progress.report(world.liaison, action_id, what, sent)
    if approved:
        progress.approve(world.leader, entry.id)
    return entry


def make_reported(world: World, action: Action) -> Action:
    make_progress(world, action.id)
    return fire(world.leader, action.id, "report_completion")


def make_fulfilled(world: World, action: Action) -> Action:
    """Reported by the leader, verified by the lead auditor."""
    make_reported(world, action)
    fire(world.lead, action.id, "start_verification")
    verification.record_efficacy(
        world.lead, action.id, Efficacy.MET, note="Se revisaron las diez.", version=None
    )
    return fire(world.lead, action.id, "verify")


def evaluate(
    world: World, action: Action, result: Effectiveness = Effectiveness.EFFECTIVE
) -> Action:
    """The effectiveness, once the waiting time is over, by the head and not by the verifier."""
    who = world.head
    fire(who, action.id, "start_evaluation")
    verification.record_effectiveness(
        who, action.id, result, note="No se repitió en seis meses.", version=None
    )
    event = "close_effective" if result is Effectiveness.EFFECTIVE else "declare_ineffective"
    reason = "" if result is Effectiveness.EFFECTIVE else "La situación se repitió."
    return fire(world.head, action.id, event, reason)

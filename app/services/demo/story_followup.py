"""Plans as their origins give them, and the life of their actions once they are agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.models.audits import Audit
from app.models.findings import Finding
from app.services.demo import prose
from app.services.demo.parts import AuditPart, ExternalPart, FindingPart
from app.services.demo.prose import FindingProse
from app.services.demo.stage import Stage, Story
from app.services.demo.story_action import ActionStory
from app.services.demo.story_plan import Follow, PlanStory
from workflows.finding import FindingState


def follow(plan: PlanStory, title: str) -> Story:
    """The plan until it is agreed; from there each action lives on its own."""
    yield from plan.play(title)
    if plan.is_agreed:
        for made in plan.made:
            part, told = plan.of(made.finding_id)
            plan.stage.play(ActionStory(plan.stage, plan, part, told, made).play())


def plan_audit(
    stage: Stage, part: AuditPart, audit_id: int, finding_ids: Mapping[str, int]
) -> None:
    """A plan for each process with firm findings of the audit."""
    audit = stage.base.session.get_one(Audit, audit_id)
    title = f"Plan de mejoramiento de la auditoría {audit.code}"
    who = Follow(part.team[0], part.lead, part.team[1])
    groups: dict[str, list[tuple[FindingPart, FindingProse, int]]] = {}
    for each in part.findings:
        row = stage.base.session.get_one(Finding, finding_ids[each.key])
        if each.acts and row.state is FindingState.CONFIRMED:
            told = prose.findings(each.subject or part.subject)[each.key]
            groups.setdefault(each.process or part.process, []).append((each, told, row.id))
    for process, findings in groups.items():
        plan = PlanStory(stage, part.plan, process, findings, who)
        stage.play(follow(plan, title), stage.after(1))


def plan_external(
    stage: Stage, part: ExternalPart, findings: Sequence[tuple[FindingPart, FindingProse, int]]
) -> None:
    """The plan that an outside body asked for."""
    who = Follow("auditor", "auditor_lider", "auditora2", body=part.body)
    plan = PlanStory(stage, part.plan, part.process, findings, who)
    stage.play(follow(plan, f"Plan de mejoramiento: {part.report}"), stage.after(1))

"""The story of an improvement plan: causes, actions, review, acceptance; then its actions live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.context import Context
from app.models.plans import Action, Plan, PlanFinding
from app.services import actions, activities, plan_events, plans, remarks, root_causes
from app.services.actions import ActionData
from app.services.activities import ActivityData
from app.services.demo import people, writing
from app.services.demo.parts import Act, Fate, FindingPart, Path, PlanPart
from app.services.demo.prose import ActionProse, FindingProse
from app.services.demo.stage import Stage, Story
from app.services.root_causes import CauseData
from workflows.base import add_months
from workflows.enums import RootCauseMethod

REMARK = "Precise cómo se medirá el resultado y quién guardará la evidencia de cada entrega."
ANSWER = "Se precisó la evidencia y se asignó su custodia al enlace del proceso."
VISTO_BUENO = "El plan responde a las causas y sus metas pueden comprobarse."
LONGEST_MONTHS = 12
START_AFTER = 26  # days from the beginning of the plan to the first day of its actions
SECOND_LINE = ("planeacion2", "planeacion")


@dataclass(frozen=True, slots=True)
class Follow:
    """Who follows an action up: verifies, gives the result, evaluates months later."""

    verifier: str
    lead: str
    evaluator: str
    body: str = ""
    """The oversight body that gives its own result; blank for the office's findings."""


@dataclass(frozen=True, slots=True)
class Made:
    """An action that was made, with what is to become of it."""

    action_id: int
    finding_id: int
    told: ActionProse
    act: Act


class PlanStory:
    """One plan being told."""

    def __init__(
        self,
        stage: Stage,
        part: PlanPart,
        process: str,
        findings: Sequence[tuple[FindingPart, FindingProse, int]],
        follow: Follow,
    ) -> None:
        self.stage, self.part, self.process, self.follow = stage, part, process, follow
        self.findings = findings
        self.leader, self.liaison = people.leader_of(process), people.liaison_of(process)
        self.plan_id = 0
        self.is_agreed = False
        self.causes: dict[int, int] = {}
        self.made: list[Made] = []

    def fire(self, who: str, event: str) -> None:
        plan_events.fire(self.stage.act(who), self.plan_id, event, version=None)

    def play(self, title: str) -> Story:
        """From the first line's draft to the acceptance, as far as the part says."""
        stage, begun = self.stage, self.stage.day
        yield stage.after(2)
        ids = [finding_id for _part, _told, finding_id in self.findings]
        ctx = stage.act(self.liaison)
        process_id = stage.processes[self.process]
        self.plan_id = plans.create(ctx, process_id, title=title, finding_ids=ids).id
        self.write_causes()
        yield stage.after(2)
        for part, told, finding_id in self.findings:
            for act, action in zip(part.acts, told.actions, strict=False):
                if not act.later:
                    self.write_action(finding_id, action, act)
        if self.part.path is Path.DRAFT:
            return
        yield stage.on(begun + timedelta(days=self.part.takes))
        for made in self.made:
            actions.accept(stage.act(self.leader), made.action_id, version=None)
        self.fire(self.leader, "submit")
        if self.part.path is not Path.SUBMITTED:
            yield from self.review()

    def write_causes(self) -> None:
        """Five whys for each finding, in the words of the first line."""
        session = self.stage.base.session
        for _part, told, finding_id in self.findings:
            item_id = session.scalars(
                select(PlanFinding.id).where(
                    PlanFinding.plan_id == self.plan_id, PlanFinding.finding_id == finding_id
                )
            ).one()
            data = CauseData(RootCauseMethod.FIVE_WHYS, told.root, whys=told.whys)
            ctx = self.stage.act(self.liaison)
            self.causes[finding_id] = root_causes.add(ctx, self.plan_id, item_id, data).id

    def write_action(
        self, finding_id: int, told: ActionProse, act: Act, *, replaces_id: int | None = None
    ) -> Made:
        """An action with its indicator, dates and responsible."""
        ctx = self.stage.act(self.liaison)
        first = START_AFTER if replaces_id is None else 12
        start = self.stage.day + timedelta(days=first + self.stage.rng.randint(0, 6))
        self.stage.wake(start)
        data = ActionData(
            type=told.type,
            description=told.description,
            objective=f"Eliminar la causa: {self.root_of(finding_id)}",
            root_cause_id=self.causes[finding_id],
            indicator_name=told.indicator,
            indicator_formula=f"({told.unit} al corte / {told.target} {told.unit}) × 100",
            unit_of_measure=told.unit,
            target_quantity=told.target,
            start_date=start,
            end_date=self.end_of(start, act),
            responsible_unit_id=self.stage.units[people.person(self.leader).unit],
            responsible_position=people.person(self.leader).position,
            executor_ids=(self.stage.people[self.liaison],),
            expected_evidence=told.evidence,
            resources="Recursos humanos y técnicos del proceso.",
        )
        made = actions.create(ctx, self.plan_id, finding_id, data, replaces_id=replaces_id)
        if not self.made and replaces_id is None:
            self.write_activities(ctx, made)
        result = Made(made.id, finding_id, told, act)
        self.made.append(result)
        return result

    def write_activities(self, ctx: Context, action: Action) -> None:
        """The first action of a plan is parted in two steps."""
        start, end = action.start_date, action.end_date
        if start is None or end is None:
            return
        half = start + (end - start) // 2
        position = action.responsible_position
        steps = (
            (
                "Preparar, revisar y aprobar lo que la acción necesita.",
                "documentos",
                1,
                start,
                half,
            ),
            (
                "Ponerlo en práctica y reunir la evidencia.",
                action.unit_of_measure,
                action.target_quantity,
                half + timedelta(days=1),
                end,
            ),
        )
        for text, unit, target, first, last in steps:
            quantity = None if target is None else Decimal(target)
            data = ActivityData(text, unit, quantity, first, last, position)
            activities.add(ctx, action.id, data)

    def root_of(self, finding_id: int) -> str:
        return next(told.root for _part, told, each in self.findings if each == finding_id)

    def end_of(self, start: date, act: Act) -> date:
        """The day it lasts until, or the day that the part names; a year is the most."""
        end = start + timedelta(days=act.lasts)
        if act.ended is not None and act.fate is not Fate.EXTENDED:
            end = self.stage.ago(act.ended)
        return min(max(end, start + timedelta(days=10)), add_months(start, LONGEST_MONTHS))

    # -------------------------------------------------------------- review

    def review(self) -> Story:
        stage = self.stage
        reviewer = SECOND_LINE[stage.rng.randint(0, 1)]
        yield stage.after(3)
        self.fire(reviewer, "start_review")
        if self.part.returned or self.part.path is Path.RETURNED:
            yield from self.give_back(reviewer)
            if self.part.path is Path.RETURNED:
                return
        if self.part.path is Path.IN_REVIEW:
            return
        yield stage.after(2)
        plans.consolidate(stage.act(reviewer), self.plan_id, note=VISTO_BUENO, version=None)
        yield from self.agree(reviewer)

    def give_back(self, reviewer: str) -> Story:
        """Returned with a remark on its first action, which is answered and mended."""
        stage, first = self.stage, self.made[0]
        remark_id = remarks.add(
            stage.act(reviewer),
            self.plan_id,
            text=REMARK,
            field="evidence",
            action_id=first.action_id,
        ).id
        self.fire(reviewer, "send_back")
        if self.part.path is Path.RETURNED:
            return
        yield stage.after(3)
        remarks.answer(stage.act(self.liaison), remark_id, text=ANSWER)
        yield stage.after(1)
        self.fire(self.leader, "submit")
        yield stage.after(2)
        self.fire(reviewer, "start_review")

    def agree(self, reviewer: str) -> Story:
        """The office accepts; an outside body's plan is sent and then subscribed."""
        stage, body = self.stage, self.follow.body
        if body:
            ctx = stage.act(reviewer)
            code = ctx.session.get_one(Plan, self.plan_id).code
            file = writing.transmission(code, body, reviewer, ctx.now(), stage.rng)
            plans.add_transmission(ctx, self.plan_id, file.stream(), file.name)
        if self.part.path is Path.TO_SUBSCRIBE:
            return
        yield stage.after(2)
        if body:
            self.fire("alcaldesa", "subscribe")
        else:
            self.fire("jefe_oci", "approve")
        self.is_agreed = True

    def of(self, finding_id: int) -> tuple[FindingPart, FindingProse]:
        return next((part, told) for part, told, each in self.findings if each == finding_id)

"""The story of an action: its progress, the changes asked for it, and its verification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from app.models.plans import Action
from app.services import (
    action_events,
    actions,
    change_requests,
    plan_terms,
    plans,
    progress,
    remarks,
)
from app.services import findings as finding_services
from app.services import verification as results
from app.services.change_proposals import Proposal
from app.services.demo import writing
from app.services.demo.parts import FINISHING, Fate, FindingPart
from app.services.demo.prose import Entry, FindingProse
from app.services.demo.stage import Stage, Story
from app.services.demo.story_closing import close_up
from app.services.demo.story_plan import Made, PlanStory
from app.services.progress import Report, Upload
from workflows.enums import ChangeRequestType, Effectiveness, Efficacy

FILES_ON_THE_WAY, FILES_OF_RESULTS = 0.12, 0.15  # share of the entries that bring one
COMMENTED = 3  # one action in so many has its first progress commented
COMMENT = (
    "El avance corresponde a lo programado. Conviene adjuntar desde ya el soporte de cada caso."
)
COMMENT_ANSWER = "Se adjuntarán con el próximo avance."
ASKED_BEFORE = 32  # days before its end
WHY_MORE_TIME = (
    "El proceso de selección se declaró desierto una vez y hubo que repetirlo; la meta y el "
    "indicador no cambian."
)
WHY_ANOTHER = (
    "El aplicativo previsto dejó de tener soporte del fabricante; se propone otra acción para la "
    "misma causa."
)
WHY_NONE = "La norma que exigía esta actividad se derogó; las demás acciones atienden la causa."
NOT_EFFECTIVE = "La revisión posterior encontró los mismos hechos: la causa no desapareció."
EXCEPTION = (
    "La causa era única y desapareció con el acto adoptado; no habrá nuevos casos en los que "
    "medir la efectividad. El comité conoció esta justificación."
)


class ActionStory:
    """One action being told, from its first day."""

    def __init__(
        self, stage: Stage, plan: PlanStory, part: FindingPart, told: FindingProse, made: Made
    ) -> None:
        self.stage, self.plan, self.part, self.told, self.made = stage, plan, part, told, made
        self.follow, self.fate, self.action_id = plan.follow, made.act.fate, made.action_id
        self.done = Decimal(0)

    def fire(self, who: str, event: str, reason: str = "") -> None:
        ctx = self.stage.act(who)
        action_events.fire(ctx, self.action_id, event, version=None, reason=reason)

    def days(self) -> tuple[date, date]:
        """First and last day, as they stand now."""
        row = self.stage.base.session.get_one(Action, self.action_id)
        if row.start_date is None or row.end_date is None:
            raise RuntimeError(f"{row.code} has no dates")
        return row.start_date, row.end_date

    def play(self) -> Story:
        start, end = self.days()
        yield self.stage.on(start + timedelta(days=2))
        if self.fate in FINISHING:
            yield from self.carry_out(start, end)
            yield from self.verify()
            return
        for moment, entry in self.spread(start, end):
            if moment < end - timedelta(days=ASKED_BEFORE):
                yield self.stage.on(moment)
                yield from self.report(entry)
        yield from self.change(end)

    # -------------------------------------------------------------- progress

    def spread(self, start: date, end: date) -> Iterator[tuple[date, Entry]]:
        """What is told of an action that does not reach its target in time, along its days."""
        told = [each for each in self.made.told.progress if each.done < self.made.told.target]
        some = told or [
            Entry(Decimal(0), "Se inició la actividad y se asignaron los responsables.")
        ]
        step = (end - start) / (len(some) + 2)
        for number, entry in enumerate(some, start=1):
            yield start + step * number, entry

    def carry_out(self, start: date, end: date) -> Story:
        """All of it, with the proof of each entry, some days before the last."""
        told, target = list(self.made.told.progress), self.made.told.target
        if told[-1].done < target:
            unit = self.made.told.unit
            told.append(Entry(target, f"Se completó la meta: {target} {unit}."))
        step = (end - start - timedelta(days=5)) / len(told)
        for number, entry in enumerate(told, start=1):
            yield self.stage.on(start + step * number)
            yield from self.report(entry, with_file=number == len(told))
        yield self.stage.after(1)
        self.fire(self.plan.leader, "report_completion")

    def report(self, entry: Entry, *, with_file: bool = False) -> Story:
        """Reported by the liaison; the leader gives the visto bueno the next day."""
        stage, quantity = self.stage, entry.done - self.done
        ctx = stage.act(self.plan.liaison)
        files = []
        if with_file or stage.rng.random() < FILES_ON_THE_WAY:
            made = writing.progress(
                self.made.told, entry.text, self.plan.liaison, ctx.now(), stage.rng
            )
            files = [Upload(made.stream(), made.name)]
        what = Report(stage.day, quantity, entry.text)
        entry_id = progress.report(ctx, self.action_id, what, files).id
        is_first, self.done = not self.done, entry.done
        yield stage.after(1)
        progress.approve(stage.act(self.plan.leader), entry_id)
        if is_first and self.action_id % COMMENTED == 0:
            yield from self.comment()

    def comment(self) -> Story:
        """Planning says what it makes of the progress, and the first line answers."""
        ctx = self.stage.act("planeacion")
        remark_id = remarks.comment_on_progress(ctx, self.action_id, text=COMMENT).id
        yield self.stage.after(1)
        remarks.answer(self.stage.act(self.plan.liaison), remark_id, text=COMMENT_ANSWER)

    # -------------------------------------------------------------- changes

    def change(self, end: date) -> Story:
        """What happens near or after the end of an action that was not finished."""
        stage, fate = self.stage, self.fate
        if fate is Fate.ASKED:
            yield stage.on(stage.ago(5))
            self.ask(ChangeRequestType.EXTENSION, WHY_MORE_TIME, end)
        elif fate in (Fate.EXTENDED, Fate.DENIED):
            yield stage.on(end - timedelta(days=ASKED_BEFORE))
            request_id = self.ask(ChangeRequestType.EXTENSION, WHY_MORE_TIME, end)
            yield from self.settle(request_id, granted=fate is Fate.EXTENDED)
        elif fate is Fate.REFORMULATED:
            yield stage.on(end - timedelta(days=ASKED_BEFORE))
            request_id = self.ask(ChangeRequestType.REFORMULATION, WHY_ANOTHER, end)
            yield from self.settle(request_id, granted=True)
            yield from self.replace()
        elif fate is Fate.VOIDED:
            yield stage.on(end - timedelta(days=ASKED_BEFORE))
            request_id = self.ask(ChangeRequestType.CANCELLATION, WHY_NONE, end)
            yield from self.settle(request_id, granted=True)
        elif fate is Fate.UNMET:
            yield stage.on(end + timedelta(days=9))
            reason = "Venció el plazo sin llegar a la meta y sin solicitud de prórroga."
            self.fire("jefe_oci", "declare_unmet", reason)
            yield from self.replace()

    def ask(self, kind: ChangeRequestType, reason: str, end: date) -> int:
        """The leader asks; an extension runs to the day its part names, or 75 days more."""
        stage, ended = self.stage, self.made.act.ended
        until = end + timedelta(days=75)
        if self.fate is Fate.EXTENDED and ended is not None:
            until = max(stage.ago(ended), end + timedelta(days=20))
        ctx = stage.act(self.plan.leader)
        return change_requests.create(
            ctx, self.action_id, kind, reason=reason, proposal=Proposal(end_date=until)
        ).id

    def settle(self, request_id: int, *, granted: bool) -> Story:
        stage = self.stage
        yield stage.after(2)
        if self.follow.body:
            rule = f"Comunicación de {self.follow.body} que admite el cambio."
            change_requests.record_rule(
                stage.act("planeacion"), request_id, rule=rule, version=None
            )
        change_requests.fire(stage.act("planeacion"), request_id, "start_review", version=None)
        yield stage.after(3)
        if plan_terms.direction_approves(stage.base.session):
            change_requests.approve_direction(stage.act("alcaldesa"), request_id, version=None)
        denial = "No se demostró gestión durante el plazo; la causa sigue presente."
        change_requests.fire(
            stage.act("jefe_oci"),
            request_id,
            "approve" if granted else "deny",
            version=None,
            reason="" if granted else denial,
        )

    def replace(self) -> Story:
        """Another action for the same cause takes its place; it is reviewed like the first."""
        stage, following = self.stage, self.made.act.next
        if following is None:
            return
        yield stage.after(5)
        made = self.plan.write_action(
            self.made.finding_id,
            self.told.actions[following],
            self.part.acts[following],
            replaces_id=self.action_id,
        )
        yield stage.after(1)
        actions.accept(stage.act(self.plan.leader), made.action_id, version=None)
        new = ActionStory(stage, self.plan, self.part, self.told, made)
        new.fire(self.plan.leader, "submit")
        yield stage.after(2)
        plans.consolidate_action(stage.act("planeacion2"), made.action_id, version=None)
        yield stage.after(2)
        new.fire("jefe_oci", "approve")
        stage.play(new.play())

    # -------------------------------------------------------------- verification

    def verify(self) -> Story:
        """Eficacia: was it done? By an auditor who had no part in it, confirmed by the lead."""
        stage, fate = self.stage, self.fate
        if fate is Fate.REPORTED:
            return
        yield stage.after(5)
        self.fire(self.follow.verifier, "start_verification")
        if fate is Fate.VERIFYING:
            return
        told = self.made.told
        note = f"Se revisó: {told.evidence} El indicador llegó a {told.target} {told.unit}."
        efficacy = Efficacy.MET
        if fate is Fate.REJECTED:
            note = f"Se revisó: {told.evidence} Los soportes no cubren toda la meta informada."
            efficacy = Efficacy.PARTIAL
        ctx = stage.act(self.follow.verifier)
        file = None
        if stage.rng.random() < FILES_OF_RESULTS:
            made = writing.verification(told, note, self.follow.verifier, ctx.now(), stage.rng)
            file = Upload(made.stream(), made.name)
        results.record_efficacy(ctx, self.action_id, efficacy, note=note, file=file, version=None)
        yield stage.after(2)
        if fate is Fate.REJECTED:
            self.fire(self.follow.lead, "reject", note)
            return
        self.fire(self.follow.lead, "verify")
        if fate is Fate.EXCEPTION:
            yield stage.after(10)
            self.fire("jefe_oci", "close_by_exception", EXCEPTION)
            stage.play(close_up(self.plan, self.made.finding_id), stage.after(4))
        elif fate is not Fate.FULFILLED:
            yield from self.evaluate()

    def evaluate(self) -> Story:
        """Efectividad: is the cause gone? Months later, by somebody else."""
        stage = self.stage
        session = stage.base.session
        row = session.get_one(Action, self.action_id)
        waited = plan_terms.evaluable_from(session, row.reported_at)
        if waited is None:
            raise RuntimeError(f"{row.code} was never reported")
        yield stage.on(waited.date + timedelta(days=4))
        self.fire(self.follow.evaluator, "start_evaluation")
        if self.fate is Fate.EVALUATING:
            return
        works = self.fate is Fate.EFFECTIVE
        note = self.told.checked if works else self.told.failed or NOT_EFFECTIVE
        effectiveness = Effectiveness.EFFECTIVE if works else Effectiveness.INEFFECTIVE
        yield stage.after(3)
        results.record_effectiveness(
            stage.act(self.follow.evaluator),
            self.action_id,
            effectiveness,
            note=note,
            version=None,
        )
        yield stage.after(2)
        if works:
            self.fire("jefe_oci", "close_effective")
            stage.play(close_up(self.plan, self.made.finding_id), stage.after(4))
        else:
            self.fire("jefe_oci", "declare_ineffective", note)
            yield from self.reopen(note)

    def reopen(self, note: str) -> Story:
        """The finding lives again, and another action answers its cause."""
        stage = self.stage
        yield stage.after(2)
        inputs = {"ground": f"action:{self.action_id}"}
        finding_services.fire(
            stage.act("jefe_oci"),
            self.made.finding_id,
            "reopen",
            version=None,
            reason=note,
            inputs=inputs,
        )
        yield from self.replace()

"""The story of an audit, from its team to its final report."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from app.models.audits import Audit
from app.models.findings import Finding
from app.services import (
    audit_events,
    audit_program,
    audit_team,
    committee,
    evaluations,
    finding_evidence,
    finding_records,
    findings,
    publications,
    replies,
    reply_extensions,
    working_papers,
)
from app.services.demo import people, prose, writing
from app.services.demo.parts import AuditPart, FindingPart, Reply, Script
from app.services.demo.prose import AuditProse, FindingProse
from app.services.demo.stage import Stage, Story
from app.services.demo.story_followup import plan_audit
from app.services.demo.story_publication import publish
from app.services.demo.story_sample import examine
from app.services.replies import Upload
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType, EvaluationStatement, Severity
from workflows.finding import FindingState

METHODOLOGY = """Se aplicarán entrevistas, observación directa, inspección de documentos, \
recálculo y confirmación. Cada prueba quedará en un papel de trabajo revisado por otra persona. \
Los hallazgos se redactan con condición, criterio, causa y efecto, y se comunican al proceso \
para su réplica antes del informe final."""
# Days from the beginning of the audit to each step.
DECLARE, PROGRAM, SIGN, ANNOUNCE, EXECUTE = 2, 5, 8, 9, 16
PAPERS, FINDINGS, REVIEW, FINISH, ISSUE = 21, 26, 40, 46, 55
ANALYSE, DECIDE, TO_FINAL, FINAL = 3, 5, 7, 10  # from the end of the term to reply
ORDER = tuple(AuditState)


class AuditStory:
    """One audit being told: its part, its prose and its row."""

    def __init__(self, stage: Stage, script: Script, part: AuditPart, audit_id: int) -> None:
        self.stage, self.script, self.part, self.audit_id = stage, script, part, audit_id
        self.told: AuditProse = prose.audit(part.subject, part.prose)
        self.start: date = stage.ago(part.ago)
        self.finding_ids: dict[str, int] = {}

    def goes_beyond(self, state: AuditState) -> bool:
        """Whether the story leaves this state; suspended and cancelled ones stop in fieldwork."""
        until = self.part.until
        if until in (AuditState.SUSPENDED, AuditState.CANCELLED):
            return ORDER.index(state) < ORDER.index(AuditState.FIELDWORK)
        return ORDER.index(state) < ORDER.index(until)

    def text(self, part: FindingPart) -> FindingProse:
        return prose.findings(part.subject or self.part.subject)[part.key]

    def fire(self, who: str, event: str, **more: object) -> None:
        ctx = self.stage.act(who)
        audit_events.fire(ctx, self.audit_id, event, version=None, **more)  # type: ignore[arg-type]  # reason, password

    def sign(self, who: str, event: str) -> None:
        self.fire(who, event, password=self.stage.passwords[who])

    def on(self, days: int) -> date:
        return self.start + timedelta(days=days)

    # -------------------------------------------------------------- the whole of it

    def play(self) -> Story:
        """From the assignment of its team to where its part ends."""
        stage, part = self.stage, self.part
        yield stage.on(self.start)
        for member in (part.lead, *part.team):
            ctx = stage.act("jefe_oci")
            is_lead = member == part.lead
            audit_team.assign(ctx, self.audit_id, stage.people[member], lead=is_lead)
        stage.rights_changed()
        if not self.goes_beyond(AuditState.SCHEDULED):
            return
        self.fire(part.lead, "start_planning")
        yield from self.plan()
        if not self.goes_beyond(AuditState.PLANNING):
            return
        yield stage.on(self.on(EXECUTE))
        self.fire("jefe_oci", "start_execution")
        yield from self.fieldwork()
        if not self.goes_beyond(AuditState.FIELDWORK):
            yield from self.stop()
            return
        yield from self.report()

    def plan(self) -> Story:
        """Declarations, program, signature, announcement. The last of the team declares late."""
        stage, part = self.stage, self.part
        goes_on = self.goes_beyond(AuditState.PLANNING)
        for number, member in enumerate((part.lead, *part.team)):
            if number == 2 and not goes_on:
                continue
            yield stage.on(self.on(DECLARE + number))
            audit_team.declare(
                stage.act(member),
                self.audit_id,
                has_conflict=False,
                text="",
                password=stage.passwords[member],
            )
        yield stage.on(self.on(PROGRAM))
        program = {name: getattr(self.told, name) for name in audit_program.REQUIRED_TO_SIGN}
        program |= {"methodology": METHODOLOGY}
        audit_program.save(stage.act(part.lead), self.audit_id, program, version=None)
        if not goes_on:
            return
        yield stage.on(self.on(SIGN))
        head = stage.act("jefe_oci")
        audit_program.sign(head, self.audit_id, password=stage.passwords["jefe_oci"], version=None)
        yield stage.on(self.on(ANNOUNCE))
        ctx = stage.act(part.lead)
        code = ctx.session.get_one(Audit, self.audit_id).code
        leader = people.leader_of(part.process)
        letter = writing.announcement(code, self.told, leader, part.lead, ctx.now())
        file = (letter.stream(), letter.name)
        audit_program.announce(ctx, self.audit_id, version=None, file=file)

    # -------------------------------------------------------------- fieldwork

    def fieldwork(self) -> Story:
        """Working papers and findings, reviewed by the lead."""
        stage, part = self.stage, self.part
        goes_on = self.goes_beyond(AuditState.FIELDWORK)
        for number, paper in enumerate(self.told.papers):
            yield stage.on(self.on(PAPERS + 3 * number))
            author = part.team[number % 2]
            self.write_paper(paper, author, reviewed=goes_on or number == 0)
        for number, each in enumerate(part.findings):
            yield stage.on(self.on(FINDINGS + 2 * number))
            self.write_finding(each, part.team[number % 2])
        yield stage.on(self.on(REVIEW))
        for each in part.findings:
            if each.reply not in (Reply.DRAFT, Reply.REVIEW):
                ctx = stage.act(part.lead)
                findings.review(ctx, self.finding_ids[each.key], version=None)

    def write_paper(self, paper: prose.PaperProse, author: str, *, reviewed: bool) -> None:
        stage, part = self.stage, self.part
        values = {
            "title": paper.title,
            "objective": f"Obtener evidencia sobre: {paper.title.lower()}.",
            "procedure": paper.procedure,
            "population": self.told.scope,
            "sample": self.told.sample,
            "result": paper.result,
            "conclusion": paper.conclusion,
        }
        paper_id = working_papers.create(stage.act(author), self.audit_id, values).id
        ctx = stage.act(author)
        file = writing.working_paper(paper, part.subject, author, ctx.now(), stage.rng)
        working_papers.attach(ctx, paper_id, file.stream(), file.name, version=None)
        if paper is self.told.papers[0]:
            examine(ctx, paper_id, self.told.sample)
        if reviewed:
            working_papers.review(stage.act(part.lead), paper_id, version=None)

    def write_finding(self, part: FindingPart, author: str) -> None:
        """Written, supported and, unless it stays a draft, handed in to be reviewed."""
        stage, told = self.stage, self.text(part)
        values = {
            **{name: getattr(told, name, "") for name in findings.TEXTS if name != "norm_article"},
            "norm_article": told.article,
            "type": told.type,
            "severity": told.severity,
            "norm_id": stage.norms[told.norm] if told.norm else None,
            "mipg_policy_id": stage.policies[told.policy],
            "meci_component": told.meci,
            "process_id": stage.processes[part.process or self.part.process],
            "unit_id": None,
            "repeats_id": stage.findings.get(told.repeats),
        }
        finding_id = findings.create(stage.act(author), self.audit_id, values).id
        self.finding_ids[part.key] = finding_id
        stage.findings.setdefault(part.key, finding_id)
        self.support(part, told, finding_id, author)
        if part.reply is not Reply.DRAFT:
            findings.fire(stage.act(author), finding_id, "submit", version=None)

    def support(self, part: FindingPart, told: FindingProse, finding_id: int, author: str) -> None:
        stage, forms = self.stage, writing.EVIDENCE_FORMS
        process = part.process or self.part.process
        most = self.script.evidence if told.severity is Severity.CRITICAL else 1
        for _each in range(most):
            form = forms[stage.papers % len(forms)]
            stage.papers += 1
            ctx = stage.act(author)
            file = writing.evidence(told, form, process, author, ctx.now(), stage.rng)
            kind = writing.EVIDENCE_TYPES[form]
            judged = () if part.reply is Reply.DRAFT else writing.QUALITIES[kind]
            finding_evidence.upload(
                ctx, finding_id, file.stream(), file.name, type=kind, qualities=judged
            )

    def stop(self) -> Story:
        """Suspended or cancelled, by decision of the committee when the audit is in the plan."""
        stage, part = self.stage, self.part
        events = {AuditState.SUSPENDED: "suspend", AuditState.CANCELLED: "cancel"}
        if part.until not in events:
            return
        yield stage.after(3)
        number = f"{stage.rng.randint(2, 9):02d}-{stage.day.year}"
        decision = committee.DecisionData(
            CommitteeDecisionType.CHANGE_ANNUAL_PLAN, number, stage.day, part.why
        )
        committee.record_for_audit(stage.act("jefe_oci"), self.audit_id, decision)
        yield stage.after(1)
        self.fire("jefe_oci", events[part.until], reason=part.why)

    # -------------------------------------------------------------- reports

    def report(self) -> Story:
        stage, part = self.stage, self.part
        yield stage.on(self.on(FINISH))
        self.fire(part.lead, "finish_fieldwork")
        texts = {"limitations": self.told.limitations, "conclusions": self.told.conclusions}
        audit_program.save_report_texts(stage.act(part.lead), self.audit_id, texts, version=None)
        if not self.goes_beyond(AuditState.DRAFT_REPORT):
            return
        yield stage.on(self.on(ISSUE))
        self.sign("jefe_oci", "issue_draft_report")
        yield from self.replies()
        if not self.goes_beyond(AuditState.CONTRADICTION):
            return
        expired = self.reply_due()
        stage.wake(expired + timedelta(days=1))
        yield stage.on(expired + timedelta(days=1))
        yield from self.decide(expired)
        yield stage.on(expired + timedelta(days=TO_FINAL))
        self.fire(part.lead, "start_final_report")
        if not self.goes_beyond(AuditState.FINAL_REPORT):
            return
        ctx = stage.act(part.team[0])
        publication_id = publications.prepare(ctx, self.audit_id).id
        yield stage.on(expired + timedelta(days=FINAL))
        self.sign("jefe_oci", "issue_final_report")
        stage.play(publish(stage, part, publication_id))
        stage.play(self.close_without_plan(), stage.after(12))
        if part.until is AuditState.CLOSED:
            stage.play(self.evaluate(), stage.after(5))
        plan_audit(stage, part, self.audit_id, self.finding_ids)

    def reply_due(self) -> date:
        row = self.stage.base.session.get_one(Audit, self.audit_id)
        if row.reply_due_on is None:
            raise RuntimeError(f"{row.code} has no term to reply")
        return row.reply_due_on

    def replies(self) -> Story:
        """The leader answers within the term; a liaison may have written for him."""
        stage = self.stage
        answered = set(Reply) - {Reply.LAPSE, Reply.DRAFT, Reply.REVIEW, Reply.PROPOSE}
        yield stage.after(1)
        self.ask_for_time()
        for part in self.part.findings:
            told, process = self.text(part), part.process or self.part.process
            finding_id = self.finding_ids[part.key]
            if part.reply is Reply.PROPOSE:
                ctx = stage.act(people.liaison_of(process))
                replies.propose(ctx, finding_id, stance=told.stance, arguments=told.reply)
            elif part.reply in answered:
                ctx = stage.act(people.leader_of(process))
                file = writing.reply(told, process, ctx.now(), stage.rng)
                files = [Upload(file.stream(), file.name)]
                replies.submit(
                    ctx,
                    finding_id,
                    version=None,
                    stance=told.stance,
                    arguments=told.reply,
                    files=files,
                )

    def ask_for_time(self) -> None:
        """Who will take a difference to the committee asked for more days, and was denied them."""
        if Reply.ESCALATE not in {each.reply for each in self.part.findings}:
            return
        leader = self.stage.act(people.leader_of(self.part.process))
        asked = reply_extensions.request(
            leader, self.audit_id, days=3, reason="Los soportes están en el archivo central."
        )
        reply_extensions.decide(
            self.stage.act("jefe_oci"),
            asked.id,
            days=None,
            reason="El archivo central entrega en un día: el término alcanza.",
            version=None,
        )

    # -------------------------------------------------------------- decisions

    def decide(self, expired: date) -> Story:
        """Analysis by the lead, decision by the head, and the committee where it was asked."""
        stage = self.stage
        decided = {Reply.RATIFY, Reply.MODIFY, Reply.WITHDRAW, Reply.ESCALATE}
        parts = [each for each in self.part.findings if each.reply in decided]
        yield stage.on(expired + timedelta(days=ANALYSE))
        for part in parts:
            ctx = stage.act(self.part.lead)
            text = self.text(part).analysis
            finding_records.analyse(ctx, self.finding_ids[part.key], version=None, text=text)
        yield stage.on(expired + timedelta(days=DECIDE))
        for part in parts:
            self.decide_one(part)
        for part in parts:
            if part.reply is Reply.ESCALATE:
                yield from self.escalate(part)

    def decide_one(self, part: FindingPart) -> None:
        told, finding_id = self.text(part), self.finding_ids[part.key]
        events = {Reply.MODIFY: "modify", Reply.WITHDRAW: "withdraw"}
        inputs = {"condition": told.modified} if part.reply is Reply.MODIFY else {}
        findings.fire(
            self.stage.act("jefe_oci"),
            finding_id,
            events.get(part.reply, "ratify"),
            version=None,
            reason=told.decision,
            inputs=inputs,
        )

    def escalate(self, part: FindingPart) -> Story:
        stage, finding_id = self.stage, self.finding_ids[part.key]
        leader = people.leader_of(part.process or self.part.process)
        reason = "No compartimos el análisis y pedimos que el comité resuelva la diferencia."
        findings.fire(stage.act(leader), finding_id, "escalate", version=None, reason=reason)
        yield stage.after(1)
        number = f"{stage.rng.randint(2, 9):02d}-{stage.day.year}"
        text = "El comité escuchó a las dos partes y acoge el análisis de la oficina."
        decision = committee.DecisionData(
            CommitteeDecisionType.SETTLE_DIFFERENCE, number, stage.day, text
        )
        finding_records.record_decision(stage.act("jefe_oci"), finding_id, decision, version=None)
        self.decide_one(FindingPart(part.key, Reply.RATIFY, subject=part.subject))

    def evaluate(self) -> Story:
        """The leader says how the audit was; of those that go on, it is still his to say."""
        scores = dict.fromkeys(EvaluationStatement, 4) | {EvaluationStatement.RESPECT: 5}
        evaluations.send(
            self.stage.act(people.leader_of(self.part.process)),
            self.audit_id,
            scores,
            comment="La reunión de cierre fue clara. Conviene conocer antes la lista de soportes.",
        )
        yield from ()

    def close_without_plan(self) -> Story:
        """Strengths, and opportunities that nobody planned, end with the report."""
        stage = self.stage
        planned = [self.finding_ids[each.key] for each in self.part.findings if each.acts]
        statement = select(Finding.id, Finding.type).where(
            Finding.audit_id == self.audit_id,
            Finding.state == FindingState.CONFIRMED,
            Finding.id.not_in(planned),
        )
        for finding_id, kind in stage.base.session.execute(statement).all():
            if kind not in ("fortaleza", "oportunidad_mejora"):
                continue
            findings.fire(
                stage.act("jefe_oci"),
                finding_id,
                "close_without_plan",
                version=None,
                reason="No exige plan de mejoramiento; queda registrado en el informe final.",
            )
        yield from ()

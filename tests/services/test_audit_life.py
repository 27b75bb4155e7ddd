"""An audit from its creation to its end: each event, what it demands and what it brings."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import select

from app import labels
from app.context import Context
from app.errors import (
    Blocked,
    Forbidden,
    Invalid,
    NotFound,
    OutOfPlace,
    StaleVersion,
    WrongPassword,
)
from app.models.audits import Audit, Report, Signature
from app.models.documents import DocumentPurpose
from app.models.findings import Finding
from app.models.org import Filing
from app.models.publications import Publication
from app.models.traceability import HistoryEntry, LedgerEvent, OutboxItem
from app.permissions import Permission
from app.services import (
    admin_catalogues,
    audit_cascades,
    audit_events,
    audit_program,
    audit_team,
    audit_terms,
    audits,
    case_files,
    committee,
    documents,
    finding_cascades,
    settings,
    tasks,
)
from app.services.transitions import load
from tests import factories as make
from tests.conftest import Clock
from workflows.audit import AuditFacts, AuditState
from workflows.enums import CommitteeDecisionType
from workflows.finding import FindingState
from workflows.publication import PublicationState

pytestmark = pytest.mark.postgres_long


def test_an_audit_takes_the_next_code_of_its_year_and_leaves_its_first_history(
    ctx: Context, office: make.Office
) -> None:
    first, second = make.make_audit(ctx, office), make.make_audit(ctx, office)
    assert (first.code, second.code) == ("2027-AUD-01", "2027-AUD-02")
    entry = ctx.session.scalars(
        select(HistoryEntry).where(
            HistoryEntry.thing_kind == "audit", HistoryEntry.thing_id == str(first.id)
        )
    ).one()
    assert (entry.event, entry.target) == ("create", "programada")


def test_the_same_form_sent_twice_makes_one_audit(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    data = make.audit_data(office)
    first = audits.create(head, data, key="una-llave")
    again = audits.create(head, data, key="una-llave")
    assert first.id == again.id
    lead = make.acting(ctx, office.lead)
    assert audits.create(lead, data, key="una-llave").id != first.id  # a key is one person's


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"planned_end": date(2027, 3, 7)}, "planned_end"),
        ({"special_authorization": " "}, "special_authorization"),
        ({"title": " "}, "title"),
        ({"process_id": 10_000}, "process_id"),
        ({"annual_plan_id": 10_000, "special_authorization": ""}, "annual_plan_id"),
    ],
)
def test_an_audit_that_breaks_a_rule_names_its_field(
    ctx: Context, office: make.Office, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        audits.create(make.acting(ctx, office.head), make.audit_data(office, **changes))
    assert refused.value.field == field


def test_who_creates_an_audit(ctx: Context, office: make.Office) -> None:
    data = make.audit_data(office)
    for person in (office.auditor, office.leader, office.planner, office.manager):
        with pytest.raises(Forbidden):
            audits.create(make.acting(ctx, person), data)
    mine = audits.create(make.acting(ctx, office.lead), data)
    assert [(m.user_id, m.is_lead) for m in mine.members] == [(office.lead.id, True)]


def test_a_special_audit_begins_with_lead_and_authorisation(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    audit = audits.create(head, make.audit_data(office))
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "start_planning")
    assert blocked.value.unmet == ("audit.needs_approved_annual_plan", "audit.needs_lead")
    kind = CommitteeDecisionType.AUTHORISE_SPECIAL_AUDIT
    committee.record_for_audit(head, audit.id, make.decision(kind, ctx.today()))
    make.make_members(ctx, office, audit.id)
    assert make.fire(ctx, office.lead, audit.id, "start_planning").state is AuditState.PLANNING


def test_execution_waits_for_declarations_program_and_announcement(
    ctx: Context, office: make.Office
) -> None:
    audit = make.make_audit(ctx, office)
    audit_team.assign(make.acting(ctx, office.head), audit.id, office.lead.id, lead=True)
    make.fire(ctx, office.head, audit.id, "start_planning")
    make.declare(ctx, office.lead, audit.id, conflict="Trabajé allí hasta enero.")
    audit_team.assign(make.acting(ctx, office.head), audit.id, office.auditor.id)
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "start_execution")
    assert blocked.value.unmet == (
        "audit.needs_conflict_declarations",
        "audit.needs_team_without_conflict",
        "audit.needs_signed_program",
        "audit.needs_announcement",
    )
    facts = blocked.value.facts
    assert isinstance(facts, AuditFacts)
    assert facts.members_without_declaration == ("Andrés Auditor",)
    assert facts.members_with_conflict == ("Laura Auditora",)


def test_issuing_the_draft_report_files_signs_freezes_and_tells(
    ctx: Context, office: make.Office
) -> None:
    audit = make.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=2)
    report = ctx.session.scalars(select(Report).where(Report.audit_id == audit.id)).one()
    assert report.signature_id is not None
    assert report.filing_number == "2027-OCI-000002"  # the first was the announcement's
    assert audit.reply_due_on == date(2027, 3, 8)  # five working days after 1 March
    assert audit.reply_due is not None
    assert audit.reply_due["term"]["code"] == "reply"
    states = ctx.session.scalars(select(Finding.state).where(Finding.audit_id == audit.id))
    assert set(states) == {FindingState.PRELIMINARY}
    mail = ctx.session.scalars(
        select(OutboxItem).where(OutboxItem.key.like("mail:draft-report:%"))
    ).one()
    assert mail.payload["to"] == office.leader.email
    assert "08/03/2027" in mail.payload["text"]
    numbers = ctx.session.scalars(select(Filing.number).order_by(Filing.id)).all()
    assert numbers == ["2027-OCI-000001", "2027-OCI-000002"]


def test_a_wrong_password_issues_nothing(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.DRAFT_REPORT)
    head = make.acting(ctx, office.head)
    with pytest.raises(WrongPassword):
        audit_events.fire(head, audit.id, "issue_draft_report", version=None, password="otra")
    ctx.session.rollback()
    assert load(ctx.session, Audit, audit.id).state is AuditState.DRAFT_REPORT
    assert ctx.session.scalars(select(Report)).first() is None


def test_a_draft_report_is_not_issued_to_nobody(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.DRAFT_REPORT)
    process = audit.process
    with ctx.transaction():
        process.leader_id = None
        ctx.record("change", "edit", process)
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "issue_draft_report")
    assert blocked.value.unmet == ("audit.needs_recipient",)
    assert ctx.session.scalars(select(Report)).first() is None


def test_the_final_report_needs_replies_or_the_end_of_the_term(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = make.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "start_final_report")
    assert "audit.needs_replies_or_expired_term" in blocked.value.unmet
    clock.advance(days=8)
    # The term ended without a reply: the finding is ratified by the step itself.
    assert make.fire(ctx, office.head, audit.id, "start_final_report").state == "informe_final"
    state = ctx.session.scalars(select(Finding.state).where(Finding.audit_id == audit.id)).one()
    assert state is FindingState.RATIFIED


def prepare_public_version(ctx: Context, audit: Audit) -> None:
    with ctx.transaction() as session:
        row = Publication(audit_id=audit.id, content={}, prepared_by_id=1, created_at=ctx.now())
        session.add(row)
        ctx.record("change", "prepare", row)


def to_final_report(ctx: Context, office: make.Office, clock: Clock, findings: int) -> Audit:
    audit = make.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=findings)
    clock.advance(days=8)
    make.fire(ctx, office.head, audit.id, "start_final_report")
    prepare_public_version(ctx, audit)
    return audit


def test_the_final_report_makes_findings_firm_and_starts_the_plan_term(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = to_final_report(ctx, office, clock, 1)
    audit = make.fire(ctx, office.head, audit.id, "issue_final_report")
    assert audit.state is AuditState.PLAN_FORMULATION
    assert audit.plan_due_on == settings.due(ctx.session, "plan", ctx.today()).date
    state = ctx.session.scalars(select(Finding.state).where(Finding.audit_id == audit.id)).one()
    assert state is FindingState.CONFIRMED
    told = ctx.session.scalars(
        select(OutboxItem.payload).where(OutboxItem.key.like("mail:final-report:%"))
    ).all()
    assert {each["to"] for each in told} == {office.leader.email, office.manager.email}


def test_without_findings_the_final_report_leads_to_the_follow_up_and_to_the_end(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = to_final_report(ctx, office, clock, 0)
    audit = make.fire(ctx, office.head, audit.id, "issue_final_report")
    assert (audit.state, audit.plan_due_on) == (AuditState.FOLLOW_UP, None)
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "close")
    assert blocked.value.unmet == ("audit.needs_closed_case_file",)
    audit = case_files.close(make.acting(ctx, office.lead), audit.id, version=None)
    index = audit.case_file_index
    assert index is not None
    assert [entry["number"] for entry in index["entries"]] == [1, 2, 3, 4]
    assert make.fire(ctx, office.head, audit.id, "close").closed_at == ctx.now()


def test_the_estatuto_may_count_the_plan_from_the_preliminary_report(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    admin = make.administrator(ctx)
    rule = settings.rule(ctx.session, "plan")
    values = {"amount": 15, "start_event": audit_terms.FROM_DRAFT}
    admin_catalogues.edit(admin, "terminos", rule.id, values, version=None)
    odd = {"start_event": "Cuando se pueda"}
    with pytest.raises(Invalid):
        admin_catalogues.edit(admin, "terminos", rule.id, odd, version=None)
    reply = settings.rule(ctx.session, "reply")
    with pytest.raises(Invalid):  # it has one beginning
        admin_catalogues.edit(
            admin, "terminos", reply.id, {"start_event": audit_terms.FROM_FINAL}, version=None
        )
    begun = ctx.today()
    audit = to_final_report(ctx, office, clock, 1)
    audit = make.fire(ctx, office.head, audit.id, "issue_final_report")
    assert ctx.today() > begun
    assert audit.plan_due_on == settings.due(ctx.session, "plan", begun).date
    assert audit.plan_due is not None
    assert audit.plan_due["start_date"] == begun.isoformat()
    assert audit.plan_due["term"]["start_event"] == audit_terms.FROM_DRAFT


def keep(ctx: Context, audit: Audit, name: str) -> str:
    """A document of the audit, by its address."""
    document = documents.upload(
        ctx,
        io.BytesIO(make.PDF + name.encode()),
        name,
        home=lambda: documents.Home(audit=load(ctx.session, Audit, audit.id)),
        purpose=DocumentPurpose.OTHER,
        permission=Permission.DOCUMENT_UPLOAD,
    )
    return document.uuid


def test_what_a_closed_file_lists_stays_in_it(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = to_final_report(ctx, office, clock, 0)
    make.fire(ctx, office.head, audit.id, "issue_final_report")
    lead = make.acting(ctx, office.lead)
    early, other, late = (f"acta-{number}.pdf" for number in range(3))
    uuids = {name: keep(lead, audit, name) for name in (early, other)}
    documents.withdraw(lead, uuids[early], reason="Repetido.")
    case_files.close(lead, audit.id, version=None)
    clock.advance(days=1)
    uuids[late] = keep(lead, audit, late)
    documents.withdraw(lead, uuids[late], reason="No está en el índice del expediente.")
    for who in (lead, make.acting(ctx, office.head)):
        with pytest.raises(Invalid) as refused:
            documents.withdraw(who, uuids[other], reason="Ya no conviene.")
        assert refused.value.code == "document.case_closed"


def test_a_finding_without_cause_is_named_before_the_final_report(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    make.make_finding(ctx, office, audit.id, cause="")
    for event in ("finish_fieldwork", "issue_draft_report"):
        make.fire(ctx, office.head, audit.id, event)
    clock.advance(days=8)
    make.fire(ctx, office.head, audit.id, "start_final_report")
    prepare_public_version(ctx, audit)
    with pytest.raises(Blocked) as refused:
        make.fire(ctx, office.head, audit.id, "issue_final_report")
    assert refused.value.unmet == ("audit.needs_causes",)
    said = labels.guard_message("audit.needs_causes", refused.value.facts)
    assert said == f"Hay hallazgos sin causa: {audit.code}-H01."


def test_plans_changed_waits_for_every_plan(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = to_final_report(ctx, office, clock, 1)
    make.fire(ctx, office.head, audit.id, "issue_final_report")
    with ctx.transaction() as session:
        locked = load(session, Audit, audit.id, lock=True)
        assert audit_cascades.plans_changed(ctx, locked) is False
    with ctx.transaction() as session:
        locked = load(session, Audit, audit.id, lock=True)
        finding = session.scalars(select(Finding).where(Finding.audit_id == audit.id)).one()
        finding.state = FindingState.IN_PLAN
        session.flush()
        assert audit_cascades.plans_changed(ctx, locked) is True
    assert load(ctx.session, Audit, audit.id).state is AuditState.FOLLOW_UP


# ---------------------------------------------------------------- stopping and going on


def test_a_suspension_moves_the_reply_term_and_says_so(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = make.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)
    assert audit.reply_due_on == date(2027, 3, 8)
    clock.advance(days=2)  # Wednesday 3 March
    audit = make.fire(ctx, office.head, audit.id, "suspend", reason="Paro en la entidad.")
    assert (audit.state, audit.previous_state) == (AuditState.SUSPENDED, "en_contradiccion")
    clock.advance(days=7)  # Wednesday 10 March: the old term has passed
    assert finding_cascades.lapse_expired(ctx) == 0
    audit = make.fire(ctx, office.head, audit.id, "resume", reason="Terminó el paro.")
    assert audit.state is AuditState.CONTRADICTION
    assert audit.reply_due_on == date(2027, 3, 15)
    assert audit.reply_due is not None
    assert audit.reply_due["suspensions"] == [["2027-03-03", "2027-03-09"]]
    shifts = ctx.session.scalars(select(LedgerEvent).where(LedgerEvent.action == "shift_term"))
    assert len(shifts.all()) == 1


def test_an_audit_of_the_plan_stops_only_by_decision_of_the_committee_each_time(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    plan = make.make_annual_plan(ctx, office)
    audit = ctx.session.scalars(select(Audit).where(Audit.annual_plan_id == plan.id)).one()
    make.make_members(ctx, office, audit.id)
    make.fire(ctx, office.head, audit.id, "start_planning")
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "suspend", reason="Paro.")
    assert blocked.value.unmet == ("audit.needs_committee_decision",)
    kind = CommitteeDecisionType.CHANGE_ANNUAL_PLAN
    head = make.acting(ctx, office.head)
    committee.record_for_audit(head, audit.id, make.decision(kind, ctx.today()))
    make.fire(ctx, office.head, audit.id, "suspend", reason="Paro.")
    make.fire(ctx, office.head, audit.id, "resume", reason="Terminó.")
    clock.advance(days=1)
    with pytest.raises(Blocked):  # that decision was for the suspension
        make.fire(ctx, office.head, audit.id, "cancel", reason="No se hará.")
    committee.record_for_audit(head, audit.id, make.decision(kind, ctx.today()))
    audit = make.fire(ctx, office.head, audit.id, "cancel", reason="No se hará.")
    assert audit.state is AuditState.CANCELLED


def test_cancelling_withdraws_the_findings(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK, finding_count=1)
    make.fire(ctx, office.head, audit.id, "cancel", reason="Cambió la prioridad.")
    state = ctx.session.scalars(select(Finding.state).where(Finding.audit_id == audit.id)).one()
    assert state is FindingState.WITHDRAWN


def test_cancelling_drops_the_public_version_that_was_begun(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = to_final_report(ctx, office, clock, 1)
    make.fire(ctx, office.head, audit.id, "cancel", reason="Cambió la prioridad.")
    begun = ctx.session.scalars(select(Publication).where(Publication.audit_id == audit.id)).one()
    assert begun.state is PublicationState.NOT_PUBLISHABLE
    assert "publication.classify_public" not in [
        task.event for task in tasks.inbox(make.acting(ctx, office.head)).all_owed
    ]


# ---------------------------------------------------------------- who, when, in which version


def test_who_may_not_know_an_audit_does_not_learn_of_it_by_an_event(
    ctx: Context, office: make.Office
) -> None:
    audit = make.make_audit(ctx, office)
    with pytest.raises(NotFound):
        make.fire(ctx, office.leader, audit.id, "start_planning")
    with pytest.raises(Forbidden):
        make.fire(ctx, office.manager, audit.id, "start_planning")
    with pytest.raises(NotFound):
        make.fire(ctx, office.head, 10_000, "start_planning")


def test_out_of_place_and_stale(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office)
    head = make.acting(ctx, office.head)
    with pytest.raises(OutOfPlace):
        audit_events.fire(head, audit.id, "close", version=audit.version)
    with pytest.raises(OutOfPlace):
        make.fire(ctx, office.head, audit.id, "issue_draft_report")
    with pytest.raises(StaleVersion):
        audit_events.fire(head, audit.id, "start_planning", version=audit.version - 1)


# ---------------------------------------------------------------- program


def test_editing_a_signed_program_voids_the_signature(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    lead, head = make.acting(ctx, office.lead), make.acting(ctx, office.head)
    with pytest.raises(Invalid, match="incomplete"):
        audit_program.sign(head, audit.id, password=make.PASSWORD, version=None)
    audit_program.save(lead, audit.id, make.PROGRAM, version=None)
    with pytest.raises(Forbidden):
        audit_program.sign(lead, audit.id, password=make.PASSWORD, version=None)
    audit_program.sign(head, audit.id, password=make.PASSWORD, version=None)
    audit = load(ctx.session, Audit, audit.id)
    assert audit_program.is_signed(ctx.session, audit)
    assert audit_program.save(lead, audit.id, make.PROGRAM, version=None) is False
    assert audit_program.is_signed(ctx.session, load(ctx.session, Audit, audit.id))
    changed = {**make.PROGRAM, "scope": "También la sede norte."}
    assert audit_program.save(lead, audit.id, changed, version=None) is True
    assert not audit_program.is_signed(ctx.session, load(ctx.session, Audit, audit.id))
    kept = ctx.session.scalars(select(Signature).where(Signature.purpose == "audit.program"))
    assert len(kept.all()) == 1


def test_a_stale_program_says_what_differs(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    version = audit.version
    audit_program.save(make.acting(ctx, office.lead), audit.id, make.PROGRAM, version=version)
    mine = {**make.PROGRAM, "scope": "Otro alcance."}
    with pytest.raises(StaleVersion) as stale:
        audit_program.save(make.acting(ctx, office.auditor), audit.id, mine, version=version)
    (difference,) = stale.value.differences
    assert (difference.field, difference.yours) == ("scope", "Otro alcance.")
    assert difference.theirs == make.PROGRAM["scope"]


def test_the_announcement_is_filed_once_and_told_to_the_leader(
    ctx: Context, office: make.Office
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    with pytest.raises(NotFound):
        audits.find(make.acting(ctx, office.leader), audit.id)
    file = (io.BytesIO(make.PDF), "oficio.pdf")
    lead = make.acting(ctx, office.lead)
    audit = audit_program.announce(lead, audit.id, version=None, file=file)
    assert audit.announcement_number == "2027-OCI-000001"
    told = audit_program.announcement(lead, audit)
    assert told is not None
    assert told.document is not None
    assert told.document.filing_number == "2027-OCI-000001"
    with pytest.raises(OutOfPlace):
        audit_program.announce(lead, audit.id, version=None)
    assert audits.find(make.acting(ctx, office.leader), audit.id).id == audit.id

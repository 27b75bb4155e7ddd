"""Papeles de trabajo: written, attached, reviewed by another person, frozen."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import Audit, WorkingPaper
from app.models.documents import Document, DocumentPurpose
from app.models.org import TermRule
from app.services import accounts, admin_catalogues, audit_files, drafts, working_papers
from app.services.finding_facts import ONE_PERSON_OFFICE
from tests import factories as make
from workflows.audit import AuditState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def audit(ctx: Context, office: make.Office) -> Audit:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    make.to_fieldwork(ctx, office, audit.id)
    return ctx.session.get_one(Audit, audit.id)


def test_papers_are_numbered_and_fixed_once_reviewed(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    auditor = make.acting(ctx, office.auditor)
    first = working_papers.create(auditor, audit.id, make.PAPER, key="k")
    assert working_papers.create(auditor, audit.id, make.PAPER, key="k").id == first.id
    second = make.make_paper(ctx, office, audit.id)
    assert (first.code, second.code) == ("PT-01", "PT-02")
    with pytest.raises(OutOfPlace):
        working_papers.edit(auditor, second.id, make.PAPER, version=None)
    with pytest.raises(OutOfPlace):
        working_papers.review(make.acting(ctx, office.head), second.id, version=None)


def test_nobody_reviews_his_own_paper_nor_as_a_substitute(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    lead = make.acting(ctx, office.lead)
    paper = working_papers.create(lead, audit.id, make.PAPER)
    with pytest.raises(Invalid) as refused:
        working_papers.review(lead, paper.id, version=None)
    assert refused.value.code == "working_paper.own"
    with pytest.raises(Forbidden):
        working_papers.review(make.acting(ctx, office.auditor), paper.id, version=None)
    today = ctx.today()
    accounts.create_substitution(
        lead,
        absent_id=office.lead.id,
        substitute_id=office.head.id,
        starts_on=today,
        ends_on=today + timedelta(days=1),
        reason="Comisión.",
    )
    head = make.acting(ctx, office.head)  # who now acts for the author, too
    with pytest.raises(Invalid):
        working_papers.review(head, paper.id, version=None)
    assert not working_papers.may_review(head, audit, paper)


def test_an_office_of_one_person_may_declare_the_exception(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    paper = working_papers.create(make.acting(ctx, office.head), audit.id, make.PAPER)
    rule = ctx.session.scalars(select(TermRule).where(TermRule.code == ONE_PERSON_OFFICE)).one()
    admin = make.administrator(ctx)
    admin_catalogues.edit(admin, "terminos", rule.id, {"amount": 1}, version=None)
    reviewed = working_papers.review(make.acting(ctx, office.head), paper.id, version=None)
    assert reviewed.reviewed_by_id == office.head.id


def test_an_empty_paper_is_not_reviewed_but_sent_back(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    auditor, lead = make.acting(ctx, office.auditor), make.acting(ctx, office.lead)
    paper = working_papers.create(auditor, audit.id, {"title": "Entrevista"})
    with pytest.raises(Invalid) as refused:
        working_papers.review(lead, paper.id, version=None)
    assert refused.value.code == "working_paper.incomplete"
    with pytest.raises(Invalid):
        working_papers.send_back(lead, paper.id, reason=" ", version=None)
    paper = working_papers.send_back(lead, paper.id, reason="Falta el resultado.", version=None)
    assert paper.review_note == "Falta el resultado."
    working_papers.edit(auditor, paper.id, {**make.PAPER}, version=paper.version)
    paper = working_papers.review(lead, paper.id, version=None)
    assert (paper.review_note, paper.reviewed_by_id) == ("", office.lead.id)
    paper = working_papers.send_back(lead, paper.id, reason="Cambió la muestra.", version=None)
    assert paper.reviewed_at is None


def test_a_document_takes_the_place_of_the_one_before(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    auditor = make.acting(ctx, office.auditor)
    paper = working_papers.create(auditor, audit.id, make.PAPER)
    first = working_papers.attach(auditor, paper.id, io.BytesIO(make.PDF), "a.pdf", version=None)
    second = working_papers.attach(
        auditor, paper.id, io.BytesIO(make.PDF + b"2"), "b.pdf", version=None
    )
    assert second.replaces_id == first.id
    found = working_papers.find(auditor, audit.id, paper.id)
    assert found.document is not None
    assert (found.document.id, found.document.purpose) == (
        second.id,
        DocumentPurpose.WORKING_PAPER,
    )
    with pytest.raises(Invalid):
        working_papers.attach(auditor, paper.id, io.BytesIO(b"MZ"), "virus.exe", version=None)
    with pytest.raises(NotFound):
        working_papers.find(make.acting(ctx, office.leader), audit.id, paper.id)
    with pytest.raises(StaleVersion):
        working_papers.attach(auditor, paper.id, io.BytesIO(make.PDF), "c.pdf", version=1)


def test_papers_are_frozen_before_and_after_the_fieldwork(
    ctx: Context, office: make.Office
) -> None:
    auditor = make.acting(ctx, office.auditor)
    early = make.make_audit(ctx, office, AuditState.PLANNING)
    auditor = make.acting(ctx, office.auditor)
    with pytest.raises(OutOfPlace):
        working_papers.create(auditor, early.id, make.PAPER)
    late = make.make_audit(ctx, office, AuditState.CONTRADICTION)
    auditor = make.acting(ctx, office.auditor)
    paper = ctx.session.scalars(select(WorkingPaper).where(WorkingPaper.audit_id == late.id)).one()
    with pytest.raises(OutOfPlace):
        working_papers.create(auditor, late.id, make.PAPER)
    lead = make.acting(ctx, office.lead)
    with pytest.raises(OutOfPlace):
        working_papers.send_back(lead, paper.id, reason="Tarde.", version=None)


def test_a_file_of_the_audit_sent_twice_is_kept_once(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    auditor = make.acting(ctx, office.auditor)
    for _press in range(2):
        audit_files.keep(
            auditor,
            audit.id,
            io.BytesIO(make.PDF),
            "acta de apertura.pdf",
            purpose=DocumentPurpose.MINUTES,
            key="k:0",
        )
    kept = ctx.session.scalars(select(Document).where(Document.audit_id == audit.id)).all()
    assert [document.title for document in kept] == ["acta de apertura"]
    assert [d.id for d in audit_files.of_audit(auditor, audit).rows] == [kept[0].id]
    leader = make.acting(ctx, office.leader)
    assert audit_files.of_audit(leader, audit).rows == []
    make.fire(ctx, office.head, audit.id, "cancel", reason="No va.")
    with pytest.raises(OutOfPlace):
        audit_files.keep(
            auditor, audit.id, io.BytesIO(make.PDF), "b.pdf", purpose=DocumentPurpose.OTHER
        )


# ---------------------------------------------------------------- drafts of forms


def test_a_draft_is_its_writers_alone_and_goes_when_sent(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    auditor, lead = make.acting(ctx, office.auditor), make.acting(ctx, office.lead)
    thing = f"new-{audit.id}"
    drafts.save(auditor, working_papers.FORM, thing, {"title": "A medias"})
    drafts.save(auditor, working_papers.FORM, thing, {"title": "Casi", "sample": ["a", "b"]})
    found = drafts.find(auditor, working_papers.FORM, thing)
    assert found is not None
    assert found.content == {"title": "Casi", "sample": ["a", "b"]}
    assert drafts.find(lead, working_papers.FORM, thing) is None
    working_papers.create(auditor, audit.id, make.PAPER)
    assert drafts.find(auditor, working_papers.FORM, thing) is None


def test_drafts_have_limits(ctx: Context, office: make.Office) -> None:
    auditor = make.acting(ctx, office.auditor)
    with pytest.raises(NotFound):
        drafts.save(auditor, "Mal nombre", "1", {})
    with pytest.raises(NotFound):
        drafts.save(auditor, "f", "1" * 81, {})
    with pytest.raises(Invalid):
        drafts.save(auditor, "f", "1", {"text": "x" * (drafts.MAX_CHARACTERS + 1)})
    with pytest.raises(NotFound):
        drafts.save(make.as_system(ctx), "f", "1", {})
    drafts.save(auditor, "f", "1", {"text": "x"})
    drafts.discard(auditor, "f", "1")
    assert drafts.find(auditor, "f", "1") is None

"""Letters and minutes: made from a text with variables, issued once, read by who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion, WrongPassword
from app.models.audits import Audit, Signature
from app.models.documents import Document, DocumentPurpose
from app.models.fieldwork import Letter, LetterTemplate
from app.models.org import Filing
from app.models.traceability import OutboxItem
from app.permissions import can
from app.services import (
    accounts,
    audit_program,
    catalogues,
    committee,
    documents,
    letter_store,
    letter_templates,
    letter_text,
    letters,
)
from app.services.filing import content_hash
from app.services.letter_templates import EXAMPLE
from tests import factories as make
from tests.services.test_reports import pdf_text, squeezed, word_text
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType, LetterKind, Role

pytestmark = pytest.mark.postgres_long

MEETING = {
    "place": "la sala de juntas",
    "attendees": "Luis Líder, director\nLaura Auditora, profesional",
    "topics": "- Equipo\n- Cronograma",
    "agreements": "Entregar la relación de contratos el lunes.",
}


@pytest.fixture
def audit(ctx: Context, office: make.Office) -> Audit:
    """In planning, its program written, not announced."""
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    audit_program.save(make.acting(ctx, office.lead), audit.id, make.PROGRAM, version=None)
    return audit


def announced(ctx: Context, office: make.Office, audit: Audit) -> Letter:
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT)
    return letters.issue(lead, letter.id, password=make.PASSWORD, version=letter.version)


def texts(ctx: Context, letter: Letter) -> tuple[str, str]:
    """What the PDF and the DOCX of a letter say, without blanks."""
    found = letter_store.find(ctx, letter.audit_id, letter.id)
    assert found.pdf is not None
    assert found.docx is not None
    with ctx.store.open(found.pdf.store_key) as pdf, ctx.store.open(found.docx.store_key) as docx:
        return pdf_text(pdf.read()), word_text(docx.read())


def count(ctx: Context, model: type) -> int:
    return ctx.session.scalar(select(func.count()).select_from(model)) or 0


# ---------------------------------------------------------------- issue


def test_the_announcement_is_filed_signed_drawn_twice_and_told(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    letter = announced(ctx, office, audit)
    audit = ctx.session.get_one(Audit, audit.id)
    assert audit.announced_at is not None
    assert audit.announcement_number == letter.filing_number == "2027-OCI-000001"
    assert audit.announcement_id == letter.pdf_id
    lead = make.acting(ctx, office.lead)
    for text in texts(lead, letter):
        for said in (office.leader.name, audit.objective, office.lead.name, "2027-OCI-000001"):
            assert squeezed(said) in text
        assert "{{" not in text
    assert letter.content is not None
    content = {**letter.content, "seal": {**letter.content["seal"], "content_sha256": ""}}
    signature = ctx.session.scalars(
        select(Signature).where(Signature.id == letter.signature_id)
    ).one()
    assert signature.content_sha256 == letter.content_sha256 == content_hash(content)
    assert (signature.user_id, signature.on_behalf_of_id) == (office.lead.id, None)
    rows = ctx.session.scalars(select(Document).where(Document.audit_id == audit.id)).all()
    assert {row.purpose for row in rows} == {DocumentPurpose.ANNOUNCEMENT}
    assert {row.filing_number for row in rows} == {letter.filing_number}
    mails = ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()
    assert [m.payload["to"] for m in mails].count(office.leader.email) == 1
    audit_program.sign(
        make.acting(ctx, office.head), audit.id, password=make.PASSWORD, version=None
    )
    make.fire(ctx, office.head, audit.id, "start_execution")  # the gate takes it as told


def test_a_paper_letter_signed_outside_goes_on_working(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT)
    audit_program.announce(lead, audit.id, version=None)
    with pytest.raises(OutOfPlace):  # it was announced once
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    with pytest.raises(OutOfPlace):
        letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT)


def test_nothing_is_issued_without_password_data_and_present_version(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    announced(ctx, office, audit)
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.OPENING)
    filed, kept = count(ctx, Filing), count(ctx, Document)
    with pytest.raises(Invalid) as refused:
        letters.issue(lead, letter.id, password=make.PASSWORD, version=letter.version)
    assert refused.value.code == "letter.blank"
    assert "Fecha de la reunión" in refused.value.params["names"]
    template = letter_templates.current(ctx.session, LetterKind.OPENING)
    values = {"title": template.title, "body": template.body, **MEETING}
    tomorrow = ctx.today() + timedelta(days=1)
    letters.edit(lead, letter.id, {**values, "held_on": tomorrow}, version=letter.version)
    with pytest.raises(Invalid, match="future_meeting"):
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    letters.edit(lead, letter.id, {**values, "held_on": ctx.today()}, version=None)
    with pytest.raises(WrongPassword):
        letters.issue(lead, letter.id, password="otra", version=None)
    with pytest.raises(StaleVersion):
        letters.issue(lead, letter.id, password=make.PASSWORD, version=1)
    with pytest.raises(Forbidden):
        letters.issue(
            make.acting(ctx, office.auditor), letter.id, password=make.PASSWORD, version=None
        )
    assert (count(ctx, Filing), count(ctx, Document)) == (filed, kept)
    issued = letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    for text in texts(lead, issued):
        assert squeezed("Luis Líder, director") in text
        assert squeezed("Entregar la relación de contratos el lunes.") in text
    with pytest.raises(OutOfPlace):  # once
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    with pytest.raises(OutOfPlace):
        letters.edit(lead, letter.id, values, version=None)


def test_other_letters_wait_for_the_announcement(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.ENGAGEMENT)
    with pytest.raises(Invalid, match="not_announced"):
        letters.send(lead, letter.id, version=None)


# ---------------------------------------------------------------- the leader signs


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (LetterKind.REPRESENTATION, "son completos, veraces"),
        (LetterKind.ENGAGEMENT, "conozco y acepto los compromisos"),
    ],
)
def test_the_leader_signs_what_he_commits_himself_to(
    ctx: Context, office: make.Office, audit: Audit, kind: LetterKind, said: str
) -> None:
    announced(ctx, office, audit)
    lead, leader = make.acting(ctx, office.lead), make.acting(ctx, office.leader)
    letter = letters.draft(lead, audit.id, kind)
    with pytest.raises(NotFound):  # a draft is the office's own
        letter_store.find(leader, audit.id, letter.id)
    with pytest.raises(NotFound):
        letters.sign(leader, letter.id, password=make.PASSWORD, version=None)
    with pytest.raises(OutOfPlace):  # the office does not sign for him
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    sent = letters.send(lead, letter.id, version=letter.version)
    assert letter_store.find(leader, audit.id, letter.id).sent_at is not None
    with pytest.raises(NotFound):
        letter_store.find(make.acting(ctx, office.liaison), audit.id, letter.id)
    for person in (office.lead, office.head, office.manager):
        with pytest.raises((Forbidden, NotFound)):
            letters.sign(make.acting(ctx, person), letter.id, password=make.PASSWORD, version=None)
    with pytest.raises(WrongPassword):
        letters.sign(leader, letter.id, password="no es", version=sent.version)
    signed = letters.sign(leader, letter.id, password=make.PASSWORD, version=sent.version)
    assert signed.filing_number
    signature = ctx.session.get_one(Signature, signed.signature_id)
    assert (signature.user_id, signature.on_behalf_of_id) == (office.leader.id, None)
    for text in texts(leader, signed):
        assert squeezed(said) in text
        assert squeezed(office.leader.name) in text


def test_the_leader_may_send_it_back_with_what_is_not_true(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    announced(ctx, office, audit)
    lead, leader = make.acting(ctx, office.lead), make.acting(ctx, office.leader)
    letter = letters.draft(lead, audit.id, LetterKind.REPRESENTATION)
    letters.send(lead, letter.id, version=None)
    with pytest.raises(Invalid):
        letters.send_back(leader, letter.id, reason=" ", version=None)
    with pytest.raises(OutOfPlace):  # what he is reading does not change under his eyes
        letters.edit(lead, letter.id, {"title": "x", "body": "y"}, version=None)
    letters.send_back(leader, letter.id, reason="El cargo está mal.", version=None)
    with pytest.raises(NotFound):
        letter_store.find(leader, audit.id, letter.id)
    letters.edit(
        lead, letter.id, {"title": "Carta", "body": "Declaro {{ proceso }}."}, version=None
    )
    letters.send(lead, letter.id, version=None)
    found = letter_store.find(leader, audit.id, letter.id)
    assert letter_store.shown(leader, found)[1][0].text == f"Declaro {office.process.name}."
    assert letter_store.is_adapted(found)


def test_who_stands_in_for_the_leader_signs_in_his_name(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    announced(ctx, office, audit)
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.REPRESENTATION)
    letters.send(lead, letter.id, version=None)
    stand_in = make.make_user(ctx, Role.PROCESS_OWNER, name="Sofía Suplente")
    accounts.create_substitution(
        make.acting(ctx, office.leader),
        absent_id=office.leader.id,
        substitute_id=stand_in.id,
        starts_on=ctx.today(),
        ends_on=ctx.today(),
        reason="Vacaciones.",
    )
    signed = letters.sign(
        make.acting(ctx, stand_in), letter.id, password=make.PASSWORD, version=None
    )
    signature = ctx.session.get_one(Signature, signed.signature_id)
    assert (signature.user_id, signature.on_behalf_of_id) == (stand_in.id, office.leader.id)
    found = letter_store.find(lead, audit.id, letter.id)
    absent = letter_store.absent_signer(lead, found)
    assert absent is not None
    assert absent.name == "Luis Líder"


# ---------------------------------------------------------------- who reads, drafts, discards


def test_drafts_are_the_teams_and_issued_letters_the_leaders_too(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    letter = announced(ctx, office, audit)
    draft = letters.draft(make.acting(ctx, office.auditor), audit.id, LetterKind.ENGAGEMENT)
    leader = make.acting(ctx, office.leader)
    assert [each.id for each in letter_store.of_audit(leader, audit)] == [letter.id]
    team = letter_store.of_audit(make.acting(ctx, office.auditor), audit)
    assert [each.id for each in team] == [draft.id, letter.id]
    other = make.acting(ctx, make.make_user(ctx, Role.PROCESS_OWNER))
    outsider = make.acting(ctx, make.make_user(ctx, Role.AUDITOR))
    for stranger in (other, outsider, make.acting(ctx, office.planner)):
        assert letter_store.of_audit(stranger, audit) == []
        with pytest.raises(NotFound):
            letter_store.find(stranger, audit.id, letter.id)
    minutes = letters.draft(make.acting(ctx, office.lead), audit.id, LetterKind.OPENING)
    values = {"title": minutes.title, "body": minutes.body, **MEETING, "held_on": ctx.today()}
    lead = make.acting(ctx, office.lead)
    letters.edit(lead, minutes.id, values, version=None)
    issued = letters.issue(lead, minutes.id, password=make.PASSWORD, version=None)
    kept = ctx.session.get_one(Document, issued.pdf_id)
    assert kept.purpose is DocumentPurpose.MINUTES
    assert documents.find(leader, kept.uuid).id == kept.id
    assert not can(make.acting(ctx, office.liaison).actor, "document.read", kept)


def test_a_draft_is_made_once_and_may_be_discarded_with_a_reason(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT, key="k")
    assert letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT, key="k").id == letter.id
    with pytest.raises(Invalid):
        letters.discard(lead, letter.id, reason="", version=None)
    letters.discard(lead, letter.id, reason="No se necesita.", version=letter.version)
    assert letter_store.of_audit(lead, audit) == []
    with pytest.raises(OutOfPlace):
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)
    with pytest.raises(NotFound):
        letters.draft(make.acting(ctx, office.leader), audit.id, LetterKind.ENGAGEMENT)


def test_letters_are_frozen_when_the_audit_is_over(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    announced(ctx, office, audit)
    lead = make.acting(ctx, office.lead)
    letter = letters.draft(lead, audit.id, LetterKind.ENGAGEMENT)
    head = make.acting(ctx, office.head)
    kind = CommitteeDecisionType.CHANGE_ANNUAL_PLAN
    committee.record_for_audit(head, audit.id, make.decision(kind, ctx.today()))
    make.fire(ctx, office.head, audit.id, "cancel", reason="No va más.")
    with pytest.raises(OutOfPlace):
        letters.edit(lead, letter.id, {"title": "a", "body": "b"}, version=None)
    with pytest.raises(OutOfPlace):
        letters.issue(lead, letter.id, password=make.PASSWORD, version=None)


# ---------------------------------------------------------------- texts


def test_a_text_has_editions_and_a_letter_says_of_which_it_is(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    head = make.acting(ctx, office.head)
    kind = LetterKind.ANNOUNCEMENT
    first = letter_templates.current(ctx.session, kind)
    old = letters.draft(head, audit.id, kind)
    second = letter_templates.save(
        head, kind, title="Anuncio", body="Hola, {{ lider }}.", note="Más corto.", edition=1
    )
    assert (second.edition, second.created_by_id) == (2, office.head.id)
    same = letter_templates.save(
        head, kind, title="Anuncio", body="Hola, {{ lider }}.", note="", edition=2
    )
    assert same.id == second.id
    with pytest.raises(StaleVersion) as stale:
        letter_templates.save(head, kind, title="Otro", body="Otro", note="", edition=1)
    assert [each.field for each in stale.value.differences] == ["title", "body"]
    new = letters.draft(head, audit.id, kind)
    assert (old.template_id, new.template_id) == (first.id, second.id)
    assert [each.edition for each in letter_templates.editions(head, kind)] == [2, 1]
    issued = letters.issue(head, new.id, password=make.PASSWORD, version=None)
    assert issued.content is not None
    assert issued.content["template_edition"] == 2
    # Loading the file again does not undo what was edited here, nor repeat itself.
    report = catalogues.load(make.as_system(ctx))
    assert next(c for c in report.catalogues if c.name == "Textos de cartas").kept == (kind.value,)
    assert letter_templates.current(ctx.session, kind).edition == 2
    assert count(ctx, LetterTemplate) == len(LetterKind) + 1


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ("Hola {{ lider }} y {{ contraseña }}", "letter.unknown_variable", "contraseña"),
        ("{{ config.SECRET_KEY }}", "letter.unknown_variable", "config.SECRET_KEY"),
        ("{{ ''.__class__ }}", "letter.unknown_variable", "''.__class__"),
        ("{{ asistentes }}", "letter.unknown_variable", "asistentes"),  # of minutes only
        ("{{ }}", "letter.unknown_variable", "{{ }}"),
        ("{% for a in b %}", "letter.open_braces", ""),
        ("Hola {{ lider", "letter.open_braces", ""),
        (" ", "letter.needs_body", ""),
    ],
)
def test_a_text_with_what_does_not_exist_is_refused_by_name(
    ctx: Context, office: make.Office, body: str, code: str, name: str
) -> None:
    head = make.acting(ctx, office.head)
    with pytest.raises(Invalid) as refused:
        letter_templates.save(
            head, LetterKind.ANNOUNCEMENT, title="T", body=body, note="", edition=1
        )
    assert refused.value.code == code
    assert refused.value.params.get("name", "") == name


def test_only_the_head_and_the_administrator_change_texts(
    ctx: Context, office: make.Office
) -> None:
    kind = LetterKind.CLOSING
    administrator = make.administrator(ctx)
    letter_templates.save(administrator, kind, title="A", body="B {{ temas }}", note="", edition=1)
    for person in (office.lead, office.auditor, office.leader, office.manager):
        with pytest.raises(Forbidden):
            letter_templates.save(
                make.acting(ctx, person), kind, title="x", body="y", note="", edition=None
            )
        with pytest.raises(Forbidden):
            letter_templates.editions(make.acting(ctx, person), kind)


def test_values_are_put_in_once_and_never_read_as_variables() -> None:
    assert letter_text.fill("{{ a }} {{a}}", {"a": "{{ b }}", "b": "no"}) == "{{ b }} {{ b }}"
    blocks = letter_text.blocks("## Uno\ndos\ntres\n- a\n- b\ncuatro\n\n\ncinco")
    assert [(b.kind, b.text, b.points) for b in blocks] == [
        ("heading", "Uno", ()),
        ("paragraph", "dos\ntres", ()),
        ("list", "", ("a", "b")),
        ("paragraph", "cuatro", ()),
        ("paragraph", "cinco", ()),
    ]


def test_every_text_of_the_program_reads_whole_with_the_example(ctx: Context) -> None:
    catalogues.load(make.as_system(ctx))
    for kind in LetterKind:
        template = letter_templates.current(ctx.session, kind)
        subject, blocks = letter_templates.preview(kind, template.title, template.body)
        assert "{" not in subject
        assert len(blocks) > 3
        assert set(letter_templates.variables(kind)) <= set(EXAMPLE)

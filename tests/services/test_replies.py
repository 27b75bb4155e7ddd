"""Réplica: filed once, within the term, by the leader of the process; nobody changes it."""

from __future__ import annotations

import io
import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.documents import Document, IntentState, UploadIntent
from app.models.findings import Finding, Reply
from app.models.org import Filing
from app.models.traceability import OutboxItem
from app.services import documents, drafts, finding_queries, replies
from app.services.replies import DRAFT_FORM, MAX_FILES, Upload
from tests import finding_world as fw
from tests.conftest import Clock
from workflows.enums import ReplyStance
from workflows.finding import FindingState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def finding(world: fw.World) -> Finding:
    return fw.make_preliminary(world, fw.make_fieldwork_audit(world))


def pdf(name: str = "designacion.pdf") -> Upload:
    return Upload(io.BytesIO(fw.PDF + name.encode()), name)


def test_a_reply_gets_number_time_and_its_files_are_filed_with_it(
    world: fw.World, finding: Finding, clock: Clock
) -> None:
    replies.prepare(
        world.liaison, finding.id, stance="", arguments="A medias", files=[pdf("previo.pdf")]
    )
    reply = fw.make_reply(world, finding, files=[pdf(), pdf("acta.pdf")])
    assert (reply.stance, reply.submitted_at) == (ReplyStance.OBJECT, clock())
    filing = world.ctx.session.scalars(
        select(Filing).where(Filing.number == reply.filing_number)
    ).one()
    assert filing.subject == f"Réplica al hallazgo {finding.code}"
    files = replies.documents_of(world.ctx.session, finding.id)
    assert [each.filename for each in files] == ["previo.pdf", "designacion.pdf", "acta.pdf"]
    assert {each.filing_number for each in files} == {reply.filing_number}
    assert fw.stored(world.ctx, files[1]).endswith(b"designacion.pdf")
    with pytest.raises(Forbidden):
        documents.withdraw(world.leader, files[0].uuid, reason="Me equivoqué")
    view = finding_queries.view(world.auditor, finding.id)
    assert (view.finding.state, view.reply and view.reply.id) == (
        FindingState.CONTRADICTION,
        reply.id,
    )
    mails = world.ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()
    told = {each.payload["to"] for each in mails if reply.filing_number in each.payload["text"]}
    assert told == {world.users["lead"].email, world.users["head"].email}


def test_the_database_itself_refuses_to_change_a_filed_reply(
    world: fw.World, finding: Finding
) -> None:
    fw.make_reply(world, finding)
    session = world.ctx.session
    session.rollback()
    for statement in ("UPDATE reply SET arguments = 'x'", "DELETE FROM reply"):
        with pytest.raises(DatabaseError):
            session.execute(text(statement))
        session.rollback()


def test_a_second_press_answers_with_the_first_reply(world: fw.World, finding: Finding) -> None:
    version = fw.version_of(world.leader, finding)
    first, second = (
        replies.submit(
            world.leader,
            finding.id,
            version=version,
            stance="acepta",
            arguments="De acuerdo.",
            key="una-vez",
        )
        for _press in range(2)
    )
    assert first.id == second.id
    assert world.ctx.session.scalar(select(func.count(Reply.id))) == 1
    with pytest.raises(StaleVersion):  # another form, shown before
        replies.submit(world.leader, finding.id, version=version, stance="objeta", arguments="x")
    with pytest.raises(OutOfPlace):
        fw.make_reply(world, finding)


def test_only_the_leader_files_and_only_within_the_term(
    world: fw.World, finding: Finding, clock: Clock
) -> None:
    for name, error in {
        "liaison": Forbidden,
        "stranger": NotFound,
        "auditor": Forbidden,
        "head": Forbidden,
        "manager": NotFound,
        "outsider": NotFound,
    }.items():
        with pytest.raises(error):
            replies.submit(
                world.acting(name), finding.id, version=None, stance="objeta", arguments="No"
            )
    for stance, arguments, field in (
        ("", "No", "stance"),
        ("quizás", "No", "stance"),
        ("objeta", " \n ", "arguments"),
    ):
        with pytest.raises(Invalid) as invalid:
            fw.make_reply(world, finding, stance=stance, arguments=arguments)
        assert invalid.value.field == field
    clock.advance(days=30)
    with pytest.raises(Blocked) as blocked:
        fw.make_reply(world, finding)
    assert blocked.value.unmet == ("finding.needs_open_term",)
    assert world.ctx.session.scalar(select(func.count(Reply.id))) == 0


def test_a_refused_file_leaves_nothing_of_the_reply(world: fw.World, finding: Finding) -> None:
    before = world.ctx.session.scalar(select(func.count(Document.id)))
    program = Upload(io.BytesIO(b"MZ programa"), "acta.pdf")
    for files in ([pdf(), program], [pdf() for _each in range(MAX_FILES + 1)]):
        with pytest.raises(Invalid):
            fw.make_reply(world, finding, files=files)
    world.ctx.session.rollback()
    assert world.ctx.session.scalar(select(func.count(Document.id))) == before
    pending = world.ctx.session.scalars(
        select(UploadIntent.state).where(UploadIntent.state == IntentState.PENDING)
    ).all()
    assert len(pending) == 1  # the first file, for the sweeper
    assert world.ctx.session.scalar(select(func.count(Reply.id))) == 0


def test_a_draft_is_its_writers_own_and_goes_with_the_filing(
    world: fw.World, finding: Finding
) -> None:
    replies.prepare(world.leader, finding.id, stance="objeta", arguments="Borrador")
    assert drafts.find(world.liaison, DRAFT_FORM, finding.id) is None
    kept = drafts.find(world.leader, DRAFT_FORM, finding.id)
    assert kept is not None
    assert kept.content["arguments"] == "Borrador"
    with pytest.raises(NotFound):
        replies.prepare(world.acting("stranger"), finding.id, stance="", arguments="x")
    fw.make_reply(world, finding)
    assert drafts.find(world.leader, DRAFT_FORM, finding.id) is None


def test_a_liaison_proposes_and_the_team_does_not_see_it(world: fw.World, finding: Finding) -> None:
    proposal = replies.propose(
        world.liaison, finding.id, stance="objeta", arguments="Propuesta", files=[pdf()], key="p"
    )
    again = replies.propose(
        world.liaison, finding.id, stance="objeta", arguments="Propuesta", key="p"
    )
    assert proposal.id == again.id
    assert [p.id for p in finding_queries.view(world.leader, finding.id).proposals] == [proposal.id]
    theirs = finding_queries.view(world.auditor, finding.id)
    assert (theirs.proposals, theirs.reply_files) == ((), ())
    with pytest.raises(Forbidden):
        replies.propose(world.auditor, finding.id, stance="objeta", arguments="x")


def test_the_overview_lists_what_the_actor_answers(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    first, second = (fw.make_reviewed(world, audit) for _each in range(2))
    foreign = fw.make_reviewed(world, audit, process_id=world.other_process.id)
    fw.communicate(world, audit)
    fw.make_reply(world, first)
    overview = replies.overview(world.leader, audit.id)
    assert [f.id for f in overview.findings] == [first.id, second.id]
    assert [f.id for f in overview.pending] == [second.id]
    assert [f.id for f in replies.overview(world.acting("stranger"), audit.id).findings] == [
        foreign.id
    ]
    for name in ("outsider", "manager", "admin", "auditor"):
        with pytest.raises(NotFound):
            replies.overview(world.acting(name), audit.id)


def test_of_two_replies_at_once_one_is_filed(
    world: fw.World, finding: Finding, engine: Engine
) -> None:
    finding_id, version = finding.id, fw.version_of(world.leader, finding)
    leader = world.actor_of("leader")
    world.ctx.session.rollback()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def press(number: int) -> None:
        with Session(engine) as session:
            ctx = replace(world.ctx, session=session, actor=leader)
            barrier.wait(timeout=10)
            try:
                replies.submit(
                    ctx, finding_id, version=version, stance="objeta", arguments=f"Nº {number}"
                )
            except (StaleVersion, OutOfPlace):
                outcomes.append("refused")
            else:
                outcomes.append("filed")

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["filed", "refused"]
    assert world.ctx.session.scalar(select(func.count(Reply.id))) == 1
    numbers = world.ctx.session.scalars(select(Filing.number).order_by(Filing.number)).all()
    assert [int(n[-6:]) for n in numbers] == list(range(1, len(numbers) + 1))  # no gap

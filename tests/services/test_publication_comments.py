"""What the second line may read of a public version under review, and what it says of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.accounts import Notice
from app.models.findings import Finding
from app.services import publications_comments, publications_lists
from app.services.publications_comments import comment
from tests import publication_world as pw
from tests.publication_world import World
from workflows.finding import FindingState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def found(world: World) -> list[Finding]:
    return pw.make_signed_findings(world, 3)


def audit_of(found: list[Finding]) -> int:
    return found[0].audit_id or 0


def test_it_reads_no_finding_that_is_not_firm_or_says_something_else(
    world: World, found: list[Finding]
) -> None:
    publication = pw.anonymising(world, audit_of(found))
    withdrawn, changed, firm = (each.id for each in found)
    session = world.ctx.session
    state = {"state": FindingState.WITHDRAWN}
    session.execute(update(Finding).where(Finding.id == withdrawn).values(**state))
    session.execute(update(Finding).where(Finding.id == changed).values(condition="Otra cosa."))
    session.commit()

    def shown(who: Context) -> set[int]:
        view = publications_lists.view(who, publication.id)
        return {item["finding_id"] for item in view.shown["findings"]}

    assert shown(world.planner) == {firm}
    assert shown(world.lead) == {withdrawn, changed, firm}


def test_a_comment_reaches_the_head_and_who_prepared_it(world: World, found: list[Finding]) -> None:
    publication = pw.anonymising(world, audit_of(found))
    made = comment(world.planner, publication.id, text=" Falta el municipio. ", key="una")
    assert comment(world.planner, publication.id, text="Otra vez.", key="una").id == made.id
    told = world.ctx.session.scalars(
        select(Notice.user_id).where(Notice.thing_kind == "publication")
    )
    assert set(told) == {world.office.head.id, world.office.lead.id}
    (kept,) = publications_comments.of_publication(world.head, publication)
    assert (kept.text, kept.author_id) == ("Falta el municipio.", world.office.planner.id)
    with pytest.raises(Invalid):
        comment(world.planner, publication.id, text=" ")


def test_only_the_second_line_advises_and_only_under_review(
    world: World, found: list[Finding]
) -> None:
    publication = pw.prepared(world, audit_of(found))
    with pytest.raises(NotFound):
        comment(world.planner, publication.id, text="Pronto.")
    publication = pw.approved(world, audit_of(found))
    for who in (world.head, world.lead):
        with pytest.raises(Forbidden):
            comment(who, publication.id, text="x")
    for who in (world.leader, world.liaison, world.manager):
        with pytest.raises(NotFound):
            comment(who, publication.id, text="x")
    assert comment(world.planner, publication.id, text="Bien.").id

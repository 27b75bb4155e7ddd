"""The public index on both databases: fed from the publication tables, read through the portal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.context import Context
from app.services import portal_search, search_feed, search_public
from tests import publication_world as pw
from tests.search_world import work


@pytest.fixture
def portal(ctx: Context) -> Iterator[Session]:
    """A session of the portal's own engine, which sees the publication tables alone."""
    engine = database.portal_engine(ctx.config.database_url, ctx.config.portal_database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_published_is_found_and_withdrawn_is_not(
    ctx: Context, engine: Engine, portal: Session
) -> None:
    world = pw.make_world(ctx)
    publication, found = pw.make_published(world)
    title = f'"{found[0].title}"'
    work(ctx, engine)
    page = portal_search.find(portal, ctx.config, title)
    assert {"report", "finding"} >= set(page.facets["kind"]) >= {"finding"}
    assert search_feed.verify_public(ctx).ok
    inside_pdf = portal_search.find(portal, ctx.config, '"versión pública"')
    assert [(each.kind, each.hit.page is not None) for each in inside_pdf.found] == [
        ("report", True)
    ]
    portal.rollback()
    pw.withdraw(world, publication.id)
    assert portal_search.find(portal, ctx.config, title).total == 0
    work(ctx, engine)
    ctx.session.rollback()
    assert search_feed.verify_public(ctx).checked == 0
    assert search_public.rebuild(ctx) == 0
    portal_search.ready(portal, ctx.config)

"""The demonstration entity, loaded through the services."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from app import database
from app.context import Context
from app.errors import Invalid
from app.factory import open_store
from app.models.accounts import User
from app.models.audits import Audit, AuditEvaluation
from app.models.base import Base
from app.models.documents import Document
from app.models.fieldwork import SampleCheck, SampleDraw
from app.models.findings import Finding
from app.models.plans import PROGRESS_COMMENT, Action, ChangeRequest, Plan, Remark
from app.models.publications import Publication, PubReport
from app.models.traceability import LedgerEvent, OutboxItem
from app.permissions import SYSTEM
from app.services import accounts, catalogues, demo, documents, ledger
from app.services.accounts import PersonData
from tests.conftest import Clock, make_config
from workflows.audit import AuditState
from workflows.enums import Classification, FindingType, Role
from workflows.plan import PlanState

STATED: tuple[type[Any], ...] = (Audit, Finding, Plan, Action, ChangeRequest, Publication)
ROLES = set(Role) - {Role.SYSTEM, Role.OVERSIGHT_BODY}


def states(session: Session, model: type[Any]) -> Counter[str]:
    return Counter(state.value for state in session.scalars(select(model.state)))


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def digest(session: Session) -> dict[str, object]:
    """Everything about a story that a seed decides."""
    things = {
        model.__name__: [
            (row.id, getattr(row, "code", ""), getattr(row, "title", ""), str(row.state))
            for row in session.scalars(select(model).order_by(model.id))
        ]
        for model in STATED
    }
    titles = session.execute(select(Document.title, Document.filename).order_by(Document.id))
    events = session.execute(
        select(LedgerEvent.action, LedgerEvent.thing_kind, LedgerEvent.at).order_by(LedgerEvent.seq)
    )
    return {
        **things,
        "documents": [tuple(row) for row in titles],
        "events": [tuple(row) for row in events],
    }


@pytest.fixture
def empty(ctx: Context) -> Context:
    catalogues.load(ctx)
    return ctx


@contextmanager
def another(template: Path, folder: Path, clock: Clock) -> Iterator[Context]:
    """An empty SQLite installation of its own."""
    folder.mkdir()
    path = folder / "vigia.sqlite3"
    path.write_bytes(template.read_bytes())
    config = make_config(f"sqlite:///{path}", folder)
    engine = create_engine(config.database_url, **database.engine_options(config.database_url))
    database.configure(engine)
    with Session(engine) as session:
        store, public = open_store(config), open_store(config, public=True)
        ctx = Context(SYSTEM, session, store, public, config, clock)
        catalogues.load(ctx)
        yield ctx
    engine.dispose()


def test_the_small_entity_is_told_through_the_services(empty: Context) -> None:
    told: list[tuple[int, int]] = []
    early: list[demo.DemoAccount] = []
    given = demo.load(
        empty,
        size="small",
        progress=lambda done, total: told.append((done, total)),
        ready=early.extend,
    )
    session = empty.session
    assert early == given
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert {state for state in states(session, Audit)} >= {
        AuditState.CLOSED,
        AuditState.FOLLOW_UP,
        AuditState.CONTRADICTION,
        AuditState.FIELDWORK,
    }
    assert 8 <= count(session, Finding) <= 10
    assert len(states(session, Finding)) >= 5
    assert count(session, Plan) == 3
    assert {state for state in states(session, Plan)} == {
        PlanState.CLOSED,
        PlanState.RUNNING,
        PlanState.DRAFT,
    }
    assert 8 <= count(session, Action) <= 12
    assert count(session, PubReport) == 2
    assert count(session, AuditEvaluation) == 1
    assert count(session, SampleCheck) == 8 * count(session, SampleDraw) > 0
    comments = session.scalars(select(Remark).where(Remark.field == PROGRESS_COMMENT)).all()
    assert comments
    assert all(each.answered_at for each in comments)
    _is_sound(empty)
    _can_enter(empty, given)


def _is_sound(ctx: Context) -> None:
    """The chain holds, the bytes are there, and nothing happened after now or out of order."""
    session = ctx.session
    assert ledger.verify(session).ok
    assert documents.verify(ctx).ok
    loaded = ("catalogue", "letter_template")  # before the story, at the moment of the load
    of_the_story = select(LedgerEvent.at).where(LedgerEvent.thing_kind.not_in(loaded))
    moments = session.scalars(of_the_story.order_by(LedgerEvent.seq)).all()
    assert list(moments) == sorted(moments)
    assert moments[-1] <= ctx.now()
    assert not session.scalar(select(func.count(OutboxItem.id)).where(OutboxItem.kind == "mail"))


def _can_enter(ctx: Context, given: list[demo.DemoAccount]) -> None:
    assert {account.role for account in given} == ROLES
    for account in given:
        assert account.email == f"{account.role.value}@demo.gov.co"
        assert accounts.log_in(ctx, account.email, account.password)


@pytest.mark.long
def test_the_same_seed_tells_the_same_story_with_other_passwords(
    sqlite_template: Path, tmp_path: Path, clock: Clock
) -> None:
    stories, passwords = [], []
    for name in ("one", "two"):
        with another(sqlite_template, tmp_path / name, clock) as ctx:
            given = demo.load(ctx, size="small", seed=7)
            passwords.append({account.password for account in given})
            stories.append(digest(ctx.session))
    assert stories[0] == stories[1]
    assert not passwords[0] & passwords[1]


def test_production_never_gets_it(empty: Context) -> None:
    production = replace(empty, config=replace(empty.config, env="production"))
    with pytest.raises(Invalid, match=r"demo\.production"):
        demo.load(production, size="small")
    assert count(empty.session, User) == 0


def test_it_is_not_mixed_with_people_who_are_there(empty: Context) -> None:
    accounts.create_user(empty, PersonData("ana@example.org", "Ana Pérez"))
    with pytest.raises(Invalid, match=r"demo\.not_empty"):
        demo.load(empty, size="small")
    assert count(empty.session, User) == 1


@pytest.mark.long
def test_the_whole_entity(empty: Context, clock: Clock, record_property: Any) -> None:
    clock.at -= timedelta(days=99)  # another day than the other tests: late in the year
    start = time.perf_counter()
    given = demo.load(empty)
    seconds = time.perf_counter() - start
    session = empty.session
    counts = {model.__name__: states(session, model) for model in STATED}
    record_property("seconds", round(seconds, 1))
    for name, found in counts.items():
        record_property(name, dict(found))
    assert counts["Audit"].keys() == set(AuditState)
    assert counts["Finding"].total() >= 60
    assert len(counts["Finding"]) >= 10
    assert set(session.scalars(select(Finding.type))) == set(FindingType)
    assert counts["Plan"].total() >= 25
    assert counts["Action"].total() >= 100
    assert len(counts["Action"]) >= 10
    assert len(counts["Publication"]) >= 5
    assert count(session, Document) >= 200
    public = select(func.count(Document.id)).where(Document.classification == Classification.PUBLIC)
    assert session.scalar(public) == count(session, PubReport)
    assert count(session, User) == 30
    _is_sound(empty)
    _can_enter(empty, given)

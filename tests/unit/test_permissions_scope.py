"""Lists and detail pages never differ: a row is in `scope` exactly when `can` says yes.

Random rows of the real models in SQLite, random actors, every permission.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Engine, MetaData, create_engine, select
from sqlalchemy.orm import Session

from app.models import Base
from app.models.accounts import User
from app.models.audits import AnnualPlan, Audit, AuditMember, WorkingPaper
from app.models.base import UTCDateTime
from app.models.documents import Document
from app.models.fieldwork import InformationRequest, Letter, LetterTemplate
from app.models.findings import Finding, Referral, ReplyExtension
from app.models.org import Process
from app.models.plans import Action, ChangeRequest, Plan
from app.models.publications import Publication
from app.models.universe import AuditableUnit, Prioritization
from app.permissions import Actor, Permission, can, scope
from app.permissions_events import EVENT_ROLES
from workflows.enums import Role

IDS = range(1, 4)
ROWS_PER_MODEL = 60
WORLDS = 3
WHEN = datetime(2027, 3, 1, tzinfo=UTC)
MODELS: tuple[type[Any], ...] = (
    Audit,
    AuditMember,
    WorkingPaper,
    Finding,
    Plan,
    Action,
    ChangeRequest,
    Publication,
    Document,
    AnnualPlan,
    Process,
    Letter,
    LetterTemplate,
    InformationRequest,
    ReplyExtension,
    Referral,
    AuditableUnit,
    Prioritization,
)
BY_THING: dict[str, type[Any]] = {model.thing: model for model in MODELS}
# Asked of a thing of another kind than their name says.
ASKED_OF: dict[str, tuple[type[Any], ...]] = {
    "audit.declare": (Audit, AuditMember),
    "audit_evaluation.read": (Audit,),
    "working_paper.create": (Audit,),
    "finding.create": (Audit, Finding),
    "letter.write": (Audit,),
    "information_request.create": (Audit,),
    "reply_extension.request": (Audit,),
    "plan.create": (Finding, Process),
    "change_request.create": (Action,),
    "change_request.draft": (Action,),
    "plan.consolidate": (Plan, Action),
    "plan.remark": (Plan, Action),
    "document.upload": (Audit, WorkingPaper, Finding, Plan, Action, ChangeRequest, AnnualPlan),
    "trail.read": (Finding,),
    "term.recompute": (Audit,),
    "oversight_share.manage": (Audit,),
    "security_log.read": (Finding,),
    "users.manage": (User,),
    "catalogues.manage": (Process,),
    "outbox.manage": (Finding,),
    "committee.record": (Audit,),
}


def asked_of(permission: str) -> tuple[type[Any], ...]:
    return ASKED_OF.get(permission) or (BY_THING[permission.partition(".")[0]],)


PAIRS = [
    (permission, model)
    for permission in sorted({str(p) for p in Permission} | set(EVENT_ROLES))
    for model in asked_of(permission)
]


@cache
def world(seed: int) -> tuple[Session, dict[type[Any], list[Any]]]:
    """A database full of random rows, kept for the whole run."""
    engine = create_engine("sqlite://")
    bare_tables().create_all(engine)
    session = Session(engine, expire_on_commit=False)
    rng = random.Random(seed)
    users = [User(id=i, email=f"u{i}@x.co", name=f"U{i}", created_at=WHEN) for i in IDS]
    session.add_all(users)
    made: dict[type[Any], list[Any]] = {User: users}
    for model in MODELS:
        made[model] = [random_row(rng, model) for _number in range(ROWS_PER_MODEL)]
        session.add_all(made[model])
    for action in made[Action]:
        action.executors = rng.sample(users, rng.randint(0, len(users)))
    session.commit()
    return session, made


@pytest.fixture(scope="module", autouse=True)
def _end_of_the_worlds() -> Iterator[None]:
    yield
    for seed in range(WORLDS):
        session, _made = world(seed)
        engine = session.get_bind()
        session.close()
        if isinstance(engine, Engine):
            engine.dispose()
    world.cache_clear()


def bare_tables() -> MetaData:
    """The real tables without checks, unique keys and foreign keys: any row may be in them."""
    bare = MetaData()
    for table in Base.metadata.sorted_tables:
        copy = table.to_metadata(bare)
        copy.constraints = {copy.primary_key}
        copy.indexes.clear()
    return bare


def random_row(rng: random.Random, model: type[Any]) -> Any:
    """A row whose every column that a rule could read is random, unknown values included."""
    columns = [column for column in model.__table__.columns if column.name != "id"]
    return model(**{column.name: random_value(rng, column) for column in columns})


def random_value(rng: random.Random, column: Any) -> Any:
    if column.name == "version":
        return 1
    if column.nullable and rng.random() < 0.4:
        return None
    enum_class = getattr(column.type, "enum_class", None)
    if enum_class is not None:
        return rng.choice(list(enum_class))
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, UTCDateTime):
        return WHEN
    choices: dict[type[Any], list[Any]] = {
        str: ["", "x"],
        int: list(IDS),
        bool: [True, False],
        date: [date(2027, 1, 4)],
    }
    return rng.choice(choices.get(column.type.python_type, [1]))


ids = st.frozensets(st.sampled_from(list(IDS)))


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    user_id = draw(st.none() | st.sampled_from(list(IDS)))
    return Actor(
        user_id=user_id,
        name="",
        roles=draw(st.frozensets(st.sampled_from(list(Role)), max_size=4)),
        persons=draw(ids) | ({user_id} if user_id else frozenset()),
        lead_audits=draw(ids),
        member_audits=draw(ids),
        led_processes=draw(ids),
        liaison_processes=draw(ids),
        headed_units=draw(ids),
        headless_units=draw(ids),
    )


@settings(max_examples=250, deadline=None)
@given(
    seed=st.integers(0, WORLDS - 1),
    actor=actors(),
    pairs=st.lists(st.sampled_from(PAIRS), min_size=6, max_size=6, unique=True),
)
def test_row_in_scope_exactly_when_can(
    seed: int, actor: Actor, pairs: list[tuple[str, type[Any]]]
) -> None:
    session, made = world(seed)
    for permission, model in pairs:
        listed = set(session.scalars(select(model.id).where(scope(actor, permission, model))))
        allowed = {row.id for row in made[model] if can(actor, permission, row)}
        assert listed == allowed, (permission, model.__name__)


@pytest.mark.parametrize("permission", sorted({permission for permission, _model in PAIRS}))
def test_every_permission_agrees_for_every_single_role(permission: str) -> None:
    session, made = world(0)
    some = frozenset({1, 2})
    for role in Role:
        actor = Actor(
            user_id=1,
            name="",
            roles=frozenset({role}),
            persons=some,
            lead_audits=some,
            member_audits=some,
            led_processes=some,
            liaison_processes=some,
            headed_units=some,
            headless_units=some,
        )
        for model in asked_of(permission):
            listed = set(session.scalars(select(model.id).where(scope(actor, permission, model))))
            allowed = {row.id for row in made[model] if can(actor, permission, row)}
            assert listed == allowed, (role, model.__name__)


def test_the_random_rows_meet_both_answers() -> None:
    """The comparison above means something: some rows are seen and some are not."""
    _session, made = world(0)
    one = frozenset({1})
    actor = Actor(1, "", frozenset({Role.LEAD_AUDITOR}), one, member_audits=one)
    seen = [can(actor, "finding.read", row) for row in made[Finding]]
    assert 0 < sum(seen) < len(seen)

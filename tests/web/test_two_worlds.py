"""For whoever has no account, a site with secrets cannot be told from one without them.

World A holds what is published. World B holds the same, and all around it (made before, between
and after) things that are not public, full of words that occur nowhere else. Both are asked the
same questions, at every public address; any difference is a leak.
"""

from __future__ import annotations

import base64
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, update
from sqlalchemy.orm import Session

from app import create_app, database
from app.blueprints.sessions import is_public
from app.context import Context
from app.factory import open_store
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Plan
from app.permissions import SYSTEM
from app.services import annual_plans, publications, publications_text
from app.services.progress import Report, report
from app.services.publications_events import fire
from tests import factories, plan_world
from tests import publication_world as pw
from tests.conftest import Clock, dispose, make_config
from tests.publication_world import World
from workflows.audit import AuditState
from workflows.enums import Classification, Role
from workflows.finding import FindingState

CANARY = "zqxcanario"
IGNORED_HEADERS = {"Date", "X-Request-ID"}
HIDDEN_HASH = "ab" * 32
PUBLISHED = ("INF-2027-001", "HAL-2027-0001", "PLA-2027-0001", "ACC-2027-0001")
GONE = ("INF-2027-002", "HAL-2027-0003")
NEVER = ("INF-2027-003", "HAL-2027-0009", "PLA-2027-0002", "2027-AUD-01", "1", CANARY)
# Every parameter of every public address needs its values here, or the test fails.
VALUES: Mapping[str, tuple[str, ...]] = {
    "code": (*PUBLISHED, *GONE, *NEVER),
    "year": ("2027", "2026"),
    "name": ("informes", "hallazgos", "acciones", CANARY),
    "filename": ("css/portal.css", f"css/{CANARY}.css"),
}
QUERIES: Mapping[str, tuple[str, ...]] = {
    "q": ("contratos", CANARY, PUBLISHED[0], NEVER[0], HIDDEN_HASH, "supervisor designación"),
    "vigencia": ("2027", "2026"),
    "proceso": ("Contratación", f"Proceso {CANARY}"),
    "estado": ("por_corregir", "borrador"),
    "tipo": ("hallazgo", "fortaleza"),
    "desde": (PUBLISHED[1], NEVER[1]),
}
PRIVATE_ENDPOINTS = {"health.alive", "health.ready"}  # they tell of the process, not of content


@dataclass
class Site:
    """One world: its people, and the site that shows it."""

    world: World
    app: Flask
    engine: Engine

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]


def open_site(template: Path, folder: Path, clock: Clock) -> Site:
    folder.mkdir()
    (folder / "vigia.sqlite3").write_bytes(template.read_bytes())
    config = make_config(f"sqlite:///{folder / 'vigia.sqlite3'}", folder)
    engine = create_engine(config.database_url, **database.engine_options(config.database_url))
    database.configure(engine)
    store, public = open_store(config), open_store(config, public=True)
    session = Session(engine)
    ctx = Context(SYSTEM, session, store, public, config, clock, "127.0.0.1", "test")
    app = create_app(config)
    app.extensions["vigia.now"] = clock
    return Site(pw.make_world(ctx), app, engine)


@pytest.fixture
def sites(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    clocks = Clock(), Clock()
    a, b = (
        open_site(sqlite_template, tmp_path / name, clock)
        for name, clock in zip("ab", clocks, strict=True)
    )
    for site, clock, has_secrets in ((a, clocks[0], False), (b, clocks[1], True)):
        fill(site.world, clock, has_secrets=has_secrets)
    yield a, b
    for site in (a, b):
        site.world.ctx.session.close()
        site.engine.dispose()
        dispose(site.app)


def fill(world: World, clock: Clock, *, has_secrets: bool) -> None:
    """The same public things in both worlds; secrets before, between and after in one."""
    if has_secrets:
        hide_around(world, 1)
    publication, found = pw.make_published(world, 2, filing_number="2027-OCI-900010")
    clock.advance(days=2)
    if has_secrets:
        hide_around(world, 2)
        hide_within(world, publication.audit_id)
    plan = pw.make_running_plan(world, found)
    clock.advance(days=2)
    if has_secrets:
        hide_in_plan(world, plan)
    gone, _found = pw.make_published(world, 1, filing_number="2027-OCI-900020")
    pw.withdraw(world, gone.id)
    clock.advance(days=2)
    if has_secrets:
        hide_around(world, 3)


# ------------------------------------------------------------------ secrets


def hide_around(world: World, number: int) -> None:
    """Audits, findings, publications, people and catalogues that nobody outside may know."""
    word = f"{CANARY}{number}"
    ctx = world.ctx
    person = factories.make_user(ctx, Role.AUDITOR, name=f"Ana {word}")
    unit = factories.make_unit(ctx, head=person, name=f"Dependencia {word}")
    process = factories.make_process(ctx, leader=person, unit=unit, name=f"Proceso {word}")
    audit = factories.make_audit(ctx, world.office, AuditState.FIELDWORK, title=f"Auditoría {word}")
    factories.make_finding(
        ctx,
        world.office,
        audit.id,
        title=f"Hallazgo {word}",
        condition=word,
        process_id=process.id,
    )
    texts = annual_plans.PlanTexts(objective=word, scope=word)
    annual_plans.create(world.head, 2030 + number, texts)
    words = {"title": f"Firme {word}", "condition": word, "effect": word, "criterion": word}
    firm = [pw.make_signed_findings(world, 1, **words)[0].audit_id or 0 for _each in range(4)]
    for audit_id in firm:
        with world.head.transaction() as session:
            session.execute(
                update(Audit).where(Audit.id == audit_id).values(title=f"Auditoría {word}")
            )
            world.head.record("change", "edit", ("audit", str(audit_id)), {})
    hide_publications(world, firm, word)


def hide_publications(world: World, audit_ids: list[int], word: str) -> None:
    """One in each state that is not public."""
    pw.prepared(world, audit_ids[0])
    anonymising = pw.anonymising(world, audit_ids[1])
    publications.edit(world.lead, anonymising.id, {"summary": f"{word}@{word}.co"}, version=None)
    field = pw.open_marks(world.ctx, anonymising.id)[0].field
    publications.accept_mark(
        world.lead, anonymising.id, field, f"{word}@{word}.co", reason=word, version=None
    )
    pw.approved(world, audit_ids[2])
    restricted = pw.prepared(world, audit_ids[3])
    publications.classify(
        world.lead,
        restricted.id,
        Classification.RESERVED,
        legal_ground=word,
        restricted_until=date(2030, 1, 1),
        version=None,
    )
    fire(world.head, restricted.id, "classify_restricted", version=None)


def hide_within(world: World, audit_id: int) -> None:
    """In the published audit itself: a refuted finding, a draft, a note, the next edition."""
    ctx = world.head
    with ctx.transaction() as session:
        standing = session.query(Finding).filter_by(audit_id=audit_id).order_by(Finding.id).first()
        assert standing is not None
        standing.analysis = f"Nota {CANARY}"
        for number, state in enumerate((FindingState.WITHDRAWN, FindingState.DRAFT), start=8):
            values = {
                column.name: getattr(standing, column.name)
                for column in Finding.__table__.columns
                if column.name not in {"id", "version"}
            }
            code = f"{standing.code[:-2]}{number:02d}"
            named = {"code": code, "title": f"Otro {CANARY}", "condition": CANARY, "state": state}
            session.add(Finding(**{**values, **named}))
        ctx.record("change", "edit", standing, {})
    edition = publications.prepare(world.lead, audit_id, new_edition=True)
    name = next(name for name in publications_text.texts(edition.content) if "_found" in name)
    changed = {"summary": CANARY, name: CANARY, "title": f"Edición {CANARY}"}
    publications.edit(world.lead, edition.id, changed, version=None)


def hide_in_plan(world: World, plan: Plan) -> None:
    """In the published plan: progress without visto bueno, a refused one, internal notes."""
    action = plan_world.actions_of(world, plan.id)[0]
    what = Report(world.ctx.today(), Decimal(3), f"Avance {CANARY}")
    report(world.liaison, action.id, what, [plan_world.upload(f"{CANARY}.pdf")])
    with world.head.transaction() as session:
        row = session.get_one(type(action), action.id)
        row.efficacy_note = row.resources = row.expected_evidence = CANARY
        world.head.record("change", "edit", row, {})


# ------------------------------------------------------------------ questions


def questions(app: Flask) -> list[str]:
    """Every public address with every value of its parameters, alone and with each query."""
    paths: list[str] = []
    for rule in app.url_map.iter_rules():
        if not is_public(rule.rule.split("<")[0].rstrip("/") or "/"):
            continue
        if rule.endpoint in PRIVATE_ENDPOINTS or "GET" not in (rule.methods or ()):
            continue
        names = re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule)
        missing = set(names) - set(VALUES)
        assert not missing, f"{rule.rule}: say in VALUES what to ask for {missing}"
        for chosen in itertools.product(*(VALUES[name] for name in names)):
            path = rule.rule
            for name, value in zip(names, chosen, strict=True):
                path = re.sub(rf"<(?:[^:<>]+:)?{name}>", quote(value), path)
            paths.append(path)
    asked = [
        f"{path}?{name}={quote(value)}"
        for path in paths
        if not path.startswith("/static")
        for name, values in QUERIES.items()
        for value in values
    ]
    strangers = [f"/transparencia/{CANARY}", f"/{CANARY}", "/transparencia/", "/api"]
    return [*paths, *asked, *strangers]


def ask(site: Site, address: str, method: str = "GET", **headers: str) -> Answer:
    portal: Engine = site.app.extensions["vigia.portal"].kw["bind"]
    with (
        pw.counted(portal) as statements,
        site.client.open(address, method=method, headers=headers) as response,
    ):
        body = response.data
    kept = sorted((k, v) for k, v in response.headers.items() if k not in IGNORED_HEADERS)
    body = re.sub(rb"<code>[0-9a-f]{12}</code>", b"<code></code>", body)
    return Answer(response.status_code, tuple(kept), body, tuple(statements))


def spellings(word: str) -> list[bytes]:
    """A word as it may lie in bytes."""
    plain = word.encode()
    wide = word.encode("utf-16-le")
    return [plain, plain.upper(), plain[::-1], wide, *(encoded(plain, n) for n in range(3))]


def encoded(plain: bytes, shift: int) -> bytes:
    """The part of its base64 that does not depend on what stands around it."""
    return base64.b64encode(b"\0" * shift + plain)[4:-4]


def words_of_pdf(body: bytes) -> bytes:
    document = pypdfium2.PdfDocument(io.BytesIO(body))
    try:
        text = " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    return text.encode()


def test_nobody_outside_can_tell_the_two_worlds_apart(sites: tuple[Site, Site]) -> None:
    a, b = sites
    asked = questions(a.app)
    assert asked == questions(b.app)
    assert len(asked) > 300
    seen = 0
    for address in asked:
        mine, theirs = ask(a, address), ask(b, address)
        assert (mine.status, mine.headers) == (theirs.status, theirs.headers), address
        assert mine.body == theirs.body, address
        assert mine.statements == theirs.statements, address
        seen += theirs.status == 200
        grep(theirs.body, address)
    assert seen > 100


def grep(body: bytes, address: str) -> None:
    """No canary in any spelling. What the question itself said may come back in the answer."""
    if CANARY in address:
        return
    found = [each for each in spellings(CANARY) if each in body]
    if body.startswith(b"%PDF"):
        found += [each for each in spellings(CANARY) if each in words_of_pdf(body)]
    assert not found, address


def test_other_ways_of_asking_tell_no_more(sites: tuple[Site, Site]) -> None:
    a, b = sites
    pages = [address for address in questions(a.app) if "?" not in address]
    for address in pages:
        for method in ("HEAD", "OPTIONS", "POST", "PROPFIND"):
            mine, theirs = ask(a, address, method), ask(b, address, method)
            assert mine == theirs, (method, address)
        first = ask(a, address)
        tags = dict(first.headers).get("ETag", '"none"')
        headers = {"If-None-Match": tags, "Range": "bytes=0-99", "Cookie": "vigia=x"}
        assert ask(a, address, **headers) == ask(b, address, **headers), address


def test_the_worlds_are_not_the_same(sites: tuple[Site, Site]) -> None:
    """The control of the experiment: inside, the secrets are there."""
    a, b = sites
    counts = [
        len(site.world.ctx.session.query(Finding).filter(Finding.title.contains(CANARY)).all())
        for site in (a, b)
    ]
    assert counts[0] == 0
    assert counts[1] >= 15

"""Every address of the application, with the numbers of things that exist, for tests that walk.

What is walked is the small demonstration entity: it is loaded once for all workers of a run, and
each test has a copy of its own.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import database
from app.blueprints.web import LARGEST_ID
from app.context import Context
from app.factory import DEVELOPMENT, INSIDE, PORTAL, open_store
from app.labels import EVENT_LABELS
from app.permissions import SYSTEM
from app.services import catalogues, demo, search_feed
from app.services.admin_catalogues import CATALOGUES
from config import Config
from tests.conftest import START, make_config
from tests.people import browser
from workflows.enums import Role

KNOWN_BLUEPRINTS = {*INSIDE, *PORTAL, *DEVELOPMENT, "health"}
BEFORE_LOG_IN = {  # pages of the log-in itself; the rest of its blueprint is for who has come in
    "auth.log_in",
    "auth.try_log_in",
    "auth.log_out",
    "auth.show_link",
    "auth.use_link",
    "auth.feed",  # for calendar programs: its address is the key
}
NOBODY_HAS = (0, 999_999, 2**63)
STAND_IN = 7_777_777
EACH_STATE = "SELECT min(id) FROM {0} GROUP BY state"
FIRST_TWO = "SELECT id FROM {0} ORDER BY id LIMIT 2"
# The things that an argument of an address names: by its name, or by its first folder and name.
QUERIES: Mapping[str, str] = {
    "audit_id": EACH_STATE.format("audit"),
    "finding_id": EACH_STATE.format("finding"),
    "plan_id": EACH_STATE.format("plan"),
    "plan-anual.plan_id": EACH_STATE.format("annual_plan"),
    "action_id": EACH_STATE.format("action"),
    "request_id": EACH_STATE.format("change_request"),
    "publication_id": EACH_STATE.format("publication"),
    "member_id": FIRST_TWO.format("audit_member"),
    "paper_id": FIRST_TWO.format("working_paper"),
    "evidence_id": FIRST_TWO.format("finding_evidence"),
    "item_id": FIRST_TWO.format("plan_finding"),
    "cola.item_id": FIRST_TWO.format("outbox"),
    "cause_id": FIRST_TWO.format("root_cause"),
    "remark_id": "SELECT 1",
    "progress_id": FIRST_TWO.format("progress"),
    "user_id": FIRST_TWO.format("user_account"),
    "substitution_id": "SELECT 1",
    "document_uuid": "SELECT uuid FROM document GROUP BY purpose",
    "share_id": "SELECT 1",
    "row_id": "SELECT 1",
    "slug": f"VALUES {', '.join(f'({slug!r})' for slug in CATALOGUES)}",
    "role": f"VALUES ('{Role.OCI_HEAD}'), ('nadie')",
    "event": "VALUES ('close'), ('nada')",  # each event of each thing has its own test
    "note_id": FIRST_TWO.format("review_note"),
    "question_id": FIRST_TWO.format("checklist_item"),
    "draw_id": FIRST_TWO.format("sample_draw"),
    "letter_id": FIRST_TWO.format("letter"),
    "activity_id": "SELECT id FROM activity UNION SELECT 1",
    "draft_id": "SELECT id FROM change_draft UNION SELECT 1",
    "extension_id": "SELECT id FROM reply_extension UNION SELECT 1",
    "referral_id": "SELECT id FROM referral UNION SELECT 1",
    "information_id": FIRST_TWO.format("information_request"),
    "kind": "VALUES ('oficio_anuncio'), ('nada')",
    "form": "VALUES ('audit.program')",
    "thing": "SELECT 1",
    "token": "VALUES ('x')",
    "plan-anual.year": "SELECT year FROM prioritization UNION SELECT 1999",
    "entry_id": "SELECT 1",
    "unit_id": FIRST_TWO.format("auditable_unit"),
    "year": "SELECT year FROM pub_annual_plan UNION SELECT 1999",
    "code": "SELECT code FROM public_code GROUP BY substr(code, 1, 3)",
    "name": "VALUES ('informes'), ('plan-anual'), ('nada')",
}
KINDS = {  # the argument that names a thing with a life of its own
    "audit_id": "audit",
    "finding_id": "finding",
    "plan_id": "plan",
    "plan-anual.plan_id": "annual_plan",
    "action_id": "action",
    "request_id": "change_request",
    "publication_id": "publication",
}
NOT_WORK = {  # that someone was here, and what he read: true also of what was refused
    "login_session",
    "login_attempt",
    "ledger_event",
    "ledger_body",
    "ledger_head",
    "user_account",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a rule. `thing`: (kind, id) of what it is about, when it has states."""

    rule: Rule
    path: str
    thing: tuple[str, int] | None = None


def make_demo(folder: Path, template: Path) -> None:
    """The small demonstration entity, its search index made; passwords in accounts.json."""
    folder.mkdir()
    path = folder / "vigia.sqlite3"
    path.write_bytes(template.read_bytes())
    config = make_config(f"sqlite:///{path}", folder)
    engine = create_engine(config.database_url, **database.engine_options(config.database_url))
    database.configure(engine)
    with Session(engine) as session:
        stores = open_store(config), open_store(config, public=True)
        ctx = Context(SYSTEM, session, *stores, config, lambda: START)
        catalogues.load(ctx)
        given = demo.load(ctx, size="small")
        search_feed.rebuild(ctx)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    told = {account.role.value: (account.email, account.password) for account in given}
    (folder / "accounts.json").write_text(json.dumps(told))


def copy_of(folder: Path, place: Path) -> Config:
    """In place of an empty installation: a copy of the entity, with its search index."""
    shutil.copytree(folder, place, dirs_exist_ok=True)
    return make_config(f"sqlite:///{place}/vigia.sqlite3", place)


class Walk:
    """The routes of an application on a copy of that entity, and what its database says."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.path = folder / "vigia.sqlite3"
        accounts = json.loads((folder / "accounts.json").read_text())
        self.accounts: Mapping[str, tuple[str, str]] = accounts

    def sign_in(self, role: Role) -> FlaskClient:
        return browser(self.app, *self.accounts[role.value])

    def rules(self, method: str) -> list[Rule]:
        rules = self.app.url_map.iter_rules()
        return [rule for rule in rules if method in (rule.methods or ())]

    def addresses(self, method: str, **fixed: object) -> Iterator[Address]:
        """Every address but files that takes this method; `fixed` arguments have these values."""
        for rule in self.rules(method):
            if rule.endpoint == "static":
                continue
            yield from self.of(rule, **fixed)

    def of(self, rule: Rule, **fixed: object) -> Iterator[Address]:
        """The addresses of a rule, one for each thing that its arguments can name."""
        names = sorted(rule.arguments)
        choices = [[fixed[n]] if n in fixed else self.values(rule, n) for n in names]
        with self.app.test_request_context():
            for given in itertools.product(*choices):
                values = dict(zip(names, given, strict=True))
                things = [
                    (KINDS[key], int(str(value)))
                    for name, value in values.items()
                    if (key := _key(rule, name)) in KINDS
                ]
                yield Address(rule, _path(rule, values), things[0] if things else None)

    def values(self, rule: Rule, name: str) -> list[object]:
        return [row[0] for row in self.rows(QUERIES[_key(rule, name)])]

    def events(self) -> Iterator[tuple[str, Address, int]]:
        """Each event of each kind, at one thing in each state, with that thing's version."""
        for rule in self.rules("POST"):
            if "event" not in rule.arguments:
                continue
            (name,) = rule.arguments - {"event"}
            kind = KINDS[_key(rule, name)]
            for row_id, version in self.versions(kind):
                for full in EVENT_LABELS:
                    if full.partition(".")[0] == kind:
                        fixed = {name: row_id, "event": full.partition(".")[2]}
                        yield full, next(self.of(rule, **fixed)), version

    def versions(self, kind: str) -> list[tuple[int, int]]:
        statement = f"SELECT min(id), version FROM {kind} GROUP BY state"  # noqa: S608 - our name
        return [(row[0], row[1]) for row in self.rows(statement)]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()

    def digest(self) -> str:
        """Of everything that people work on."""
        found = hashlib.sha256()
        with closing(sqlite3.connect(self.path)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for table in sorted({row[0] for row in names} - NOT_WORK):
                rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - ours
                found.update(f"{table} {sorted(map(repr, rows))}\n".encode())
        return found.hexdigest()


def is_inside(rule: Rule) -> bool:
    """Whether only who has come in may ask for it."""
    blueprint = rule.endpoint.partition(".")[0]
    if blueprint == "auth":
        return rule.endpoint not in BEFORE_LOG_IN
    return blueprint in {*INSIDE, *DEVELOPMENT}


def takes_a_number(rule: Rule) -> bool:
    return any(name.endswith("_id") for name in rule.arguments)


def missing(rule: Rule) -> list[str]:
    """The arguments of a rule that this walk has no values for."""
    return [name for name in sorted(rule.arguments) if _key(rule, name) not in QUERIES]


def _key(rule: Rule, name: str) -> str:
    for folder in rule.rule.split("/"):
        if f"{folder}.{name}" in QUERIES:
            return f"{folder}.{name}"
    return name


def _path(rule: Rule, values: Mapping[str, object]) -> str:
    """Numbers that no route takes are put in by hand: `url_for` refuses to write them."""
    written: dict[str, Any] = dict(values)
    if "document_uuid" in written:
        written["document_uuid"] = UUID(written["document_uuid"])
    huge = {n: v for n, v in written.items() if isinstance(v, int) and v > LARGEST_ID}
    path = url_for(rule.endpoint, **{**written, **dict.fromkeys(huge, STAND_IN)})
    for value in huge.values():
        path = path.replace(str(STAND_IN), str(value))
    return path

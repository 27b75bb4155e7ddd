"""No route is forgotten: each address of the application is asked, by everyone, for everything.

A new route is walked as soon as it exists; one with an argument that the walk has no values for,
or of a blueprint that nobody declared, fails here.
"""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.blueprints.web import LARGEST_ID
from app.context import Context
from app.permissions_events import EVENT_ROLES
from config import Config
from tests.people import browser, make_person
from tests.web.route_walk import (
    BEFORE_LOG_IN,
    KNOWN_BLUEPRINTS,
    NOBODY_HAS,
    Address,
    Walk,
    copy_of,
    is_inside,
    missing,
    takes_a_number,
)
from workflows import WORKFLOWS
from workflows.enums import Role

ROLES = [role for role in Role if role not in {Role.SYSTEM, Role.OVERSIGHT_BODY}]
OWN = {  # what anybody who has come in does with what is his own
    "auth.change_password",
    "auth.name_substitute",
    "auth.cancel_substitute",
    "auth.make_feed",
    "auth.revoke_feed",
    "audits.save_draft",
    "audits.discard_draft",
}
SEEN = {200, 204, 303, 403, 404}
REFUSED_EVENT = {403, 404}
STOPPED_EVENT = {409, 422, 403, 404}
READ_PAGES = {kind: f"{name}.show" for kind, name in {
    "audit": "audits", "finding": "findings", "annual_plan": "annual_plan",
    "publication": "publications", "plan": "plans"}.items()} | {
    "action": "plans.action_show", "change_request": "plans.change_request_show",
}  # fmt: skip
each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)


@pytest.fixture
def config(demo_folder: Path, tmp_path: Path) -> Config:
    return copy_of(demo_folder, tmp_path)


def test_every_route_is_known(walk: Walk) -> None:
    rules = [rule for rule in walk.app.url_map.iter_rules() if rule.endpoint != "static"]
    assert {rule.endpoint.partition(".")[0] for rule in rules} == KNOWN_BLUEPRINTS
    assert {rule.endpoint: missing(rule) for rule in rules if missing(rule)} == {}
    assert {rule.endpoint for rule in rules} >= BEFORE_LOG_IN
    assert all((rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"} for rule in rules)


def test_a_stranger_finds_only_the_door(walk: Walk, client: FlaskClient) -> None:
    wrong = []
    for address in walk.addresses("GET"):
        answer = client.get(address.path, buffered=True)
        if is_inside(address.rule):
            if answer.status_code != 303 or not answer.location.startswith("/entrar"):
                wrong.append((address.path, answer.status_code))
        elif answer.status_code not in {200, 303, 404}:
            wrong.append((address.path, answer.status_code))
    assert wrong == []
    for path in ("/", "/transparencia", "/entrar", "/healthz", "/readyz", "/robots.txt"):
        assert client.get(path, follow_redirects=True).status_code == HTTPStatus.OK, path


def test_a_stranger_changes_nothing(walk: Walk, client: FlaskClient) -> None:
    before = walk.digest()
    wrong = []
    for address in walk.addresses("POST"):
        answer = client.post(address.path, data={"version": "1"})
        if is_inside(address.rule):
            if answer.status_code != 303 or answer.location != "/entrar":
                wrong.append((address.path, answer.status_code))
        elif answer.status_code not in {303, 404, 422}:
            wrong.append((address.path, answer.status_code))
    assert wrong == []
    assert walk.digest() == before


@pytest.mark.csrf
def test_no_form_is_taken_without_its_token(walk: Walk, client: FlaskClient) -> None:
    page = client.get("/entrar").get_data(as_text=True)
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    email, password = walk.accounts[Role.OCI_HEAD.value]
    data = {"email": email, "password": password}
    assert client.post("/entrar", data={**data, "csrf_token": token}).status_code == 303
    before = walk.digest()
    answers = {a.path: client.post(a.path).status_code for a in walk.addresses("POST")}
    assert {path: status for path, status in answers.items() if status != 400} == {}
    assert walk.digest() == before


def test_nothing_changes_by_looking(walk: Walk) -> None:
    client = walk.sign_in(Role.OCI_HEAD)
    readable = {rule.rule for rule in walk.rules("GET")}
    wrong = []
    for address in walk.addresses("POST"):
        if address.rule.rule not in readable:
            for method in ("GET", "HEAD"):
                answer = client.open(address.path, method=method, buffered=True)
                if answer.status_code != 405:
                    wrong.append((method, address.path, answer.status_code))
    assert wrong == []


@pytest.mark.long
@each_role
def test_what_does_not_exist(walk: Walk, role: Role) -> None:
    """404; or what the role is told of every number there, existing ones too."""
    client = walk.sign_in(role)
    before = walk.digest()
    wrong = []
    for method in ("GET", "POST"):
        for rule in filter(takes_a_number, walk.rules(method)):
            numbers = [name for name in rule.arguments if name.endswith("_id")]
            for number in NOBODY_HAS:
                address = next(walk.of(rule, **dict.fromkeys(numbers, number)))
                status = client.open(address.path, method=method, buffered=True).status_code
                if status == 403 and number <= LARGEST_ID:
                    existing = next(walk.of(rule)).path
                    if client.open(existing, method=method, buffered=True).status_code == 403:
                        continue
                # A number that no column can hold matches no rule at all: 404 or 405.
                if status not in ({404} if number <= LARGEST_ID else {404, 405}):
                    wrong.append((method, address.path, status))
    assert wrong == []
    assert walk.digest() == before


@each_role
def test_every_page_answers_every_role(walk: Walk, role: Role) -> None:
    """Without faults; and where the page of a thing is unknown, so is all that hangs on it."""
    client = walk.sign_in(role)
    wrong = []
    answers: dict[tuple[str, int] | None, dict[str, set[int]]] = defaultdict(dict)
    for address in walk.addresses("GET"):
        status = client.get(address.path, buffered=True).status_code
        answers[address.thing].setdefault(address.rule.endpoint, set()).add(status)
        if status not in SEEN:
            wrong.append((address.path, status))
    assert wrong == []
    assert _told_of_the_unknown(answers) == []


def _told_of_the_unknown(
    answers: dict[tuple[str, int] | None, dict[str, set[int]]],
) -> list[tuple[object, str, set[int]]]:
    return [
        (thing, endpoint, statuses)
        for thing, by_endpoint in answers.items()
        if thing is not None and by_endpoint[READ_PAGES[thing[0]]] == {404}
        for endpoint, statuses in by_endpoint.items()
        if statuses != {404}
    ]


@each_role
def test_no_event_without_its_right_and_its_version(walk: Walk, role: Role) -> None:
    """With the present version but not the right: 403 or 404. With the right, but an old page:
    never taken. The states stay as they were."""
    client = walk.sign_in(role)
    before = walk.digest()
    wrong = []
    for event, address, version in walk.events():
        entitled = role in EVENT_ROLES[event]
        sent = {"version": "0" if entitled else str(version)}
        status = client.post(address.path, data=sent).status_code
        if status not in (STOPPED_EVENT if entitled else REFUSED_EVENT):
            wrong.append((event, address.path, status))
    assert wrong == []
    assert walk.digest() == before


def test_every_event_is_walked(walk: Walk) -> None:
    found = {event for event, _address, _version in walk.events()}
    assert found == set(EVENT_ROLES)
    assert {event.partition(".")[0] for event in found} == set(WORKFLOWS)


def test_events_that_do_not_exist(walk: Walk) -> None:
    client = walk.sign_in(Role.OCI_HEAD)
    rules = [rule for rule in walk.rules("POST") if "event" in rule.arguments]
    paths = [
        next(walk.of(rule, event=name)).path for rule in rules for name in ("nada", "_", "a.b")
    ]
    assert {path: client.post(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_without_a_role_nothing_can_be_done(walk: Walk, ctx: Context, session: Session) -> None:
    """Each POST route asks for a right: a person who has none is refused by all of them."""
    make_person(ctx)
    session.commit()
    client = browser(walk.app, "ana@entidad.gov.co")
    before = walk.digest()
    wrong = []
    for address in _doing(walk):
        answer = client.post(address.path, data={"version": "1"})
        if answer.status_code not in {403, 404}:
            wrong.append((address.path, answer.status_code))
    assert wrong == []
    assert walk.digest() == before


def _doing(walk: Walk) -> list[Address]:
    rules = [r for r in walk.rules("POST") if is_inside(r) and r.endpoint not in OWN]
    return [address for rule in rules for address in walk.of(rule)]

"""Each role at a browser, on a telephone: what its menu offers opens, what is not its own does not.

No page scrolls sideways, none has an error in its console, and the first task of the inbox leads
to a page where it can be done. A body of control has no tasks: its work is to read what was shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.desk import Desk, Desks, desks
from tests.live import LiveServer

TELEPHONE = {"width": 360, "height": 740}
ADMIN, TRAIL, SHARES, SHARED = "/admin", "/bitacora", "/entes-de-control", "/compartido"
OVERSIGHT = "ente_externo"
# What each role finds in its menu, besides what everyone has.
ROLES: Mapping[str, frozenset[str]] = {
    "jefe_oci": frozenset(
        {"/auditorias", "/hallazgos", "/planes", "/publicaciones", SHARES, TRAIL}
    ),
    "auditor_lider": frozenset({"/auditorias", "/hallazgos", "/planes", "/publicaciones"}),
    "auditor": frozenset({"/auditorias", "/hallazgos", "/planes"}),
    "lider_proceso": frozenset({"/hallazgos", "/planes", "/acciones"}),
    "enlace": frozenset({"/hallazgos", "/acciones"}),
    "segunda_linea": frozenset({"/planes", "/acciones"}),
    "alta_direccion": frozenset({"/plan-anual", "/planes"}),
    "administrador": frozenset({ADMIN}),
    "secretaria_oci": frozenset({"/documentos"}),
    OVERSIGHT: frozenset({SHARED}),
}
CLOSED: Mapping[str, frozenset[str]] = {
    ADMIN: frozenset(ROLES) - {"administrador"},
    TRAIL: frozenset(ROLES) - {"jefe_oci", "administrador"},  # who reads there accounts alone
    SHARES: frozenset(ROLES) - {"jefe_oci"},
}
# Where a body of control must not even find a form, nor learn what else there is.
NOT_FOR_READERS = ("/auditorias/nueva", "/plan-anual/nuevo", "/admin/personas", "/vencimientos")


@pytest.fixture(scope="module")
def people(
    browser: Browser, live_server: LiveServer, browser_context_args: dict[str, Any]
) -> Iterator[Desks]:
    with desks(browser, live_server, **{**browser_context_args, "viewport": TELEPHONE}) as made:
        made.enrol(OVERSIGHT, "Clara Contralora")
        head = made["jefe_oci"]
        head.open(SHARES)
        finished = head.page.locator("main [name=audit_id] option").nth(1)
        head.press(
            "Compartir",
            user_id="Clara Contralora",
            audit_id=finished.get_attribute("value"),
            until=(datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        )
        yield made


def menu(desk: Desk) -> list[str]:
    """The addresses of the main menu, in order."""
    links = desk.page.locator("nav[aria-label=Principal] a")
    found = [link.get_attribute("href") or "" for link in links.all()]
    return list(dict.fromkeys(path.partition("?")[0] for path in found))


def fits(page: Page) -> bool:
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return bool(wide <= seen)


@pytest.mark.long
@pytest.mark.parametrize("role", list(ROLES))
def test_a_role_finds_its_work_and_nothing_else(
    people: Desks, live_server: LiveServer, role: str
) -> None:
    desk = people[role]
    mistakes: list[str] = []
    desk.page.on("pageerror", lambda error: mistakes.append(str(error)))
    desk.open("/panel")
    paths = menu(desk)
    assert set(paths) >= ROLES[role], paths
    for path in paths:
        page = desk.open(path)
        assert page.locator("h1").count() == 1, path
        assert fits(page), path
    for path, strangers in CLOSED.items():
        if role in strangers:
            refused = desk.page.goto(live_server.url + path)
            assert refused is not None
            assert refused.status in {403, 404}, path
    desk.open("/panel")
    tasks = desk.page.locator("main .task a, main li a")
    if tasks.count():
        path = tasks.first.get_attribute("href") or ""
        page = desk.open(path)
        assert page.locator("h1").count() == 1
        assert fits(page), path
    assert mistakes == []


@pytest.mark.long
def test_a_body_of_control_reads_what_was_shared_and_finds_nothing_to_press(
    people: Desks, live_server: LiveServer
) -> None:
    desk = people[OVERSIGHT]
    page = desk.open("/panel")
    desk.follow("Compartido con usted")
    desk.follow(re.compile(r"-AUD-"), within="main")
    audit = page.url.removeprefix(live_server.url)
    assert fits(page)
    assert page.locator("main form[method=post]").count() == 0
    desk.open(SHARED)
    desk.follow("Ver su informe y sus documentos")
    assert fits(page)
    desk.follow(re.compile("Informe final"), within="main .evidence-title")
    with page.expect_download() as waiting:
        page.locator("main a[href$='/archivo']").first.click()
    assert waiting.value.path().stat().st_size > 0
    others = {audit_of(link) for link in links(people["jefe_oci"], "/auditorias")} - {audit, ""}
    assert others
    for path in (*sorted(others), *NOT_FOR_READERS):
        refused = page.goto(live_server.url + path)
        assert refused is not None
        assert refused.status in {403, 404}, path


def links(desk: Desk, path: str) -> list[str]:
    found = desk.open(path).locator("main a[href]")
    return [link.get_attribute("href") or "" for link in found.all()]


def audit_of(address: str) -> str:
    """The page of the audit to which an address leads, "" when to none."""
    found = re.match(r"/auditorias/\d+", address)
    return found[0] if found else ""

"""What a person sees: readable by all, on any screen, with a keyboard alone, from our server only.

Every page is looked at once, with all that folds unfolded: WCAG 2.1 AA by axe-core in light and
in dark, no sideways scrolling from a telephone to a wide screen, no error in the console, and no
request to any other host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.e2e.desk import OPEN_EVERYTHING, Desks, desks
from tests.live import LiveServer

WIDTHS = (360, 768, 1280, 1440)
WCAG_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PORTAL_PAGE_BYTES = 60 * 1024
WIDTH_OF_PAGE = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
MARK_CONTROLS = """() => {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const groups = new Set();
  let count = 0;
  for (const control of document.querySelectorAll(wanted)) {
    if (!control.checkVisibility() || control.disabled || control.tabIndex < 0) continue;
    if (control.type === "radio") {  // a group is one stop: the arrows move inside it
      const group = `${control.form?.action} ${control.name}`;
      if (groups.has(group)) continue;
      groups.add(group);
      document.querySelectorAll(`input[name="${control.name}"]`).forEach(
        (each) => { each.dataset.stop = count; });
    }
    control.dataset.stop = count++;
  }
  return count;
}"""
FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  return {
    stop: here.dataset.stop ?? "",
    what: here.outerHTML.slice(0, 120),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


@dataclass(frozen=True)
class Place:
    """A page: its address, or the first link on it that matches `follow`, and `then` after that.

    `who` is the account that looks at it; blank is a visitor.
    """

    who: str
    path: str
    follow: str = ""
    then: str = ""
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who or 'visitante'} {self.path} {self.follow}{self.then}".strip()


AUDIT = ("/auditorias", r"^/auditorias/\d+$")
HEAD = "jefe_oci"
INSIDE = (
    Place("", "/entrar"),
    Place(HEAD, "/estilo"),
    Place(HEAD, "/estilo/formulario"),
    *(Place(HEAD, f"/estilo/error/{name}") for name in ("403", "500", "conflicto", "falta")),
    Place(HEAD, "/no-existe", status=404),
    Place(HEAD, "/panel"),
    Place(HEAD, "/perfil"),
    Place(HEAD, "/plan-anual"),
    Place(HEAD, "/plan-anual", r"^/plan-anual/\d+$"),
    Place(HEAD, "/auditorias"),
    Place(HEAD, *AUDIT),
    *(
        Place(HEAD, *AUDIT, then=f"/{tab}")
        for tab in ("programa", "papeles", "hallazgos", "documentos", "historia")
    ),
    Place(HEAD, "/hallazgos"),
    Place(HEAD, "/hallazgos?estado=cerrado", r"^/hallazgos/\d+$"),
    Place(HEAD, "/hallazgos?estado=en_contradiccion", r"^/hallazgos/\d+$"),
    Place(HEAD, "/planes"),
    Place(HEAD, "/planes", r"^/planes/\d+$"),
    Place(HEAD, "/acciones"),
    Place(HEAD, "/acciones", r"^/acciones/\d+$"),
    Place(HEAD, "/cambios"),
    Place(HEAD, "/documentos"),
    Place(HEAD, "/documentos", r"^/documentos/[0-9a-f-]{36}$"),
    Place(HEAD, "/buscar?q=contratos"),
    Place(HEAD, "/buscar?q=zzzzzz"),
    Place(HEAD, "/bitacora"),
    Place(HEAD, "/publicaciones"),
    Place(HEAD, "/publicaciones", r"^/publicaciones/\d+$"),
    Place("auditor", "/hallazgos/nuevo", r"^/hallazgos/nuevo\?"),
    Place("lider_proceso", "/panel"),
    Place("lider_proceso", "/hallazgos?estado=preliminar", r"^/hallazgos/\d+$", "/replica"),
    Place("administrador", "/admin"),
    Place("administrador", "/admin/personas"),
    Place("administrador", "/admin/personas/nueva"),
    Place("administrador", "/admin/reemplazos"),
    Place("administrador", "/admin/seguridad"),
    Place("administrador", "/admin/cola"),
    Place("administrador", "/admin/catalogos/terminos"),
    Place("administrador", "/admin/catalogos/terminos", r"^/admin/catalogos/terminos/\d+$"),
)
FOLDERS = {name: f"/transparencia/{name}" for name in ("informes", "hallazgos", "planes")}
PORTAL = (
    Place("", "/transparencia"),
    *(Place("", path) for path in FOLDERS.values()),
    *(Place("", path, rf"^{path}/[A-Z]{{3}}-[\d-]+$") for path in FOLDERS.values()),
    Place("", "/transparencia/buscar?q=contratos"),
    Place("", "/transparencia/datos"),
    Place("", "/transparencia/verificar"),
    Place("", "/transparencia/glosario"),
    Place("", "/transparencia/no-existe", status=404),
)
BY_KEYBOARD = (Place(HEAD, *AUDIT), Place(HEAD, "/buscar?q=contratos"), Place("", "/transparencia"))


class Looker:
    """The windows of the people who look, and all that went wrong in them."""

    def __init__(self, people: Desks, server: LiveServer) -> None:
        self.people = people
        self.server = server
        self.axe = Axe()
        self.errors: list[str] = []
        self.requests: list[Request] = []
        self._pages: dict[str, Page] = {}

    def page(self, who: str) -> Page:
        if who not in self._pages:
            page = self.people[who].page if who else self.people.reader()
            page.on("console", self._console)
            page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
            page.on("request", self._request)
            network = page.context.new_cdp_session(page)
            network.send("Network.enable")
            network.send("Network.setCacheDisabled", {"cacheDisabled": True})
            self._pages[who] = page
        return self._pages[who]

    def open(self, place: Place) -> Page:
        """The page of a place with everything on it unfolded, and a clean sheet of errors."""
        page = self.page(place.who)
        path = self._found(page, place) + place.then if place.follow else place.path
        self.errors.clear()
        self.requests.clear()
        response = page.goto(self.server.url + path)
        assert response is not None
        assert response.status == place.status, f"{path}: {response.status}"
        page.evaluate(OPEN_EVERYTHING)
        return page

    def _found(self, page: Page, place: Place) -> str:
        page.goto(self.server.url + place.path)
        links: list[str] = page.eval_on_selector_all(
            "main a[href]", "links => links.map(link => link.getAttribute('href'))"
        )
        found = next((link for link in links if re.search(place.follow, link)), None)
        assert found, f"{place}: no such link among {links}"
        return found

    def _console(self, message: ConsoleMessage) -> None:
        of_status = message.text.startswith("Failed to load resource")  # a 404 that we asked for
        if message.type == "error" and not of_status:
            self.errors.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((f"{self.server.url}/", "data:")):
            self.errors.append(f"another host: {request.url}")


@pytest.fixture(scope="module")
def looker(browser: Browser, live_server: LiveServer) -> Iterator[Looker]:
    # Colours are measured: none may be on its way to another one.
    with desks(browser, live_server, locale="es-CO", reduced_motion="reduce") as people:
        yield Looker(people, live_server)


def barriers(looker: Looker, page: Page, run_only: dict[str, Any]) -> list[str]:
    """What axe-core finds: rule, element, and why."""
    options = {"resultTypes": ["violations"], "runOnly": run_only}
    found: list[dict[str, Any]] = looker.axe.run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflows(page: Page) -> list[str]:
    """The widths at which the page scrolls sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        content, window = page.evaluate(WIDTH_OF_PAGE)
        if content > window:
            found.append(f"{width} px: the page is {content} px wide")
    return found


def wrong_with(looker: Looker, page: Page) -> list[str]:
    by_width = overflows(page)
    return [
        *looker.errors,
        *by_width,
        *barriers(looker, page, {"type": "tag", "values": WCAG_TAGS}),
    ]


@pytest.mark.parametrize("place", INSIDE, ids=str)
def test_page_inside(looker: Looker, place: Place) -> None:
    page = looker.open(place)
    found = wrong_with(looker, page)
    page.emulate_media(color_scheme="dark")
    in_dark = barriers(looker, page, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    assert found + [f"in dark: {each}" for each in in_dark] == []


@pytest.mark.parametrize("place", PORTAL, ids=str)
def test_page_of_the_portal(looker: Looker, place: Place) -> None:
    looker.page(place.who).context.clear_cookies()  # what the log-in left
    page = looker.open(place)
    weight = sum(request.sizes()["responseBodySize"] for request in looker.requests)
    assert wrong_with(looker, page) == []
    assert weight < PORTAL_PAGE_BYTES
    assert page.context.cookies(f"{looker.server.url}/transparencia") == []


@pytest.mark.parametrize("place", BY_KEYBOARD, ids=str)
def test_everything_is_reached_with_the_keyboard_and_seen(looker: Looker, place: Place) -> None:
    page = looker.open(place)
    page.set_viewport_size({"width": 1280, "height": 900})
    wanted = {str(number) for number in range(page.evaluate(MARK_CONTROLS))}
    page.keyboard.press("Tab")
    assert page.locator("a.skip").evaluate("skip => skip === document.activeElement")
    expect(page.locator("a.skip")).to_be_in_viewport()
    reached: set[str] = set()
    for _ in range(4 * len(wanted)):  # a date has several stops of its own
        focused = page.evaluate(FOCUSED)
        if focused is None:  # past the last one, the browser's own bar
            break
        assert focused["seen"], focused["what"]
        reached.add(focused["stop"])
        page.keyboard.press("Tab")
    assert wanted - reached == set()


def test_the_skip_link_leads_to_the_content_and_the_slash_to_the_search(looker: Looker) -> None:
    page = looker.open(Place(HEAD, "/panel"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#buscar")).to_be_focused()


def test_mistakes_take_the_focus_and_lead_to_their_fields(looker: Looker) -> None:
    page = looker.open(Place(HEAD, "/estilo/formulario"))
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("main form input").first).to_be_focused()


@pytest.mark.parametrize(
    ("place", "hidden"),
    [
        (Place(HEAD, *AUDIT), ".rail, .tabs, .event-form"),
        (Place("", FOLDERS["hallazgos"], r"/HAL-[\d-]+$"), ".portal-nav, .portal-search"),
    ],
    ids=str,
)
def test_page_prints_without_what_only_a_screen_needs(
    looker: Looker, place: Place, hidden: str
) -> None:
    page = looker.open(place)
    page.emulate_media(media="print")
    assert page.pdf().startswith(b"%PDF")
    expect(page.locator("h1")).to_be_visible()
    assert not any(each.is_visible() for each in page.locator(hidden).all())
    page.emulate_media(media="screen")

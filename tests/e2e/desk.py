"""A person at a browser: finds a form by its button, fills it by field name, presses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.live import LiveServer

# Of those that share a name only one can be open.
OPEN_EVERYTHING = """document.querySelectorAll('details').forEach(d => {
  d.removeAttribute('name');
  d.open = true;
})"""


class Desk:
    """One person, signed in, with a window of their own."""

    def __init__(
        self,
        page: Page,
        server: LiveServer,
        email: str,
        *,
        password: str = "",
        has_javascript: bool = True,
    ) -> None:
        self.page = page
        self.server = server
        self.email = email
        self.own_password = password
        self.has_javascript = has_javascript

    @property
    def password(self) -> str:
        """What this person chose, or what the demo gave."""
        return self.own_password or self.server.passwords[self.email]

    def sign_in(self) -> None:
        self.page.goto(f"{self.server.url}/entrar")
        self.page.fill("[name=email]", self.email)
        self.page.fill("[name=password]", self.password)
        self.page.locator("main button[type=submit]").click()
        expect(self.page.locator("h1")).to_contain_text("Mis pendientes")

    def open(self, path: str) -> Page:
        """Go to a page of this server, with everything on it unfolded."""
        response = self.page.goto(self.server.url + path)
        assert response is not None
        assert response.status == 200, f"{path}: {response.status}\n{self.text()}"
        self.page.evaluate(OPEN_EVERYTHING)
        return self.page

    def follow(self, *names: str | re.Pattern[str], within: str = "body") -> None:
        """Click one link after another, each by what it says, as who knows no address does."""
        for name in names:
            exact = isinstance(name, str)
            links = self.page.locator(within).get_by_role("link", name=name, exact=exact)
            link = links.locator("visible=true").first
            assert link.count(), f"no link {name!r} on {self.page.url}\n{self.text()}"
            with self.page.expect_navigation() as arriving:
                link.click()
            assert arriving.value is not None
            assert arriving.value.status == 200, f"{name!r}: {arriving.value.status}"
            self.page.evaluate(OPEN_EVERYTHING)

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def press(self, label: str, within: str = "main", /, **fields: Any) -> str:
        """Fill the form that has this button and press it; answer the new address.

        Fails when the page answers with an error or shows mistakes.
        """
        form = self._form(label, within)
        for name, value in fields.items():
            self._fill(form, name, value)
        password = form.locator("[name=password]")
        if password.count() and "password" not in fields:
            password.fill(self.password)
        self._click(form.get_by_role("button", name=label, exact=True))
        self.page.evaluate(OPEN_EVERYTHING)
        mistakes = self.page.locator(".error-summary, .errors-summary, [role=alert] li")
        assert mistakes.count() == 0, f"{label}: {mistakes.all_inner_texts()}"
        assert self.page.locator("h1").count() >= 1
        title = self.page.title()
        assert not re.search(r"no se pudo|cambió|no tiene permiso|falló", title.lower()), (
            f"{label}: {title}\n{self.text()}"
        )
        return self.page.url.removeprefix(self.server.url)

    def _click(self, button: Locator) -> None:
        """Press and wait for the answer: a new page, or the new body that an upload puts there."""
        if not self.has_javascript:
            with self.page.expect_navigation():
                button.click()
            return
        self.page.evaluate("document.body.dataset.before = '1'")
        button.click()
        self.page.locator("body:not([data-before])").wait_for(state="attached")
        self.page.wait_for_load_state()

    def _form(self, label: str, within: str) -> Locator:
        button = self.page.get_by_role("button", name=label, exact=True)
        forms = self.page.locator(f"{within} form").filter(has=button)
        count = forms.count()
        assert count, f"no form with the button {label!r} on {self.page.url}\n{self.text()}"
        return forms.first

    def _fill(self, form: Locator, name: str, value: Any) -> None:
        field = form.locator(f"[name='{name}']")
        assert field.count(), f"no field {name!r} on {self.page.url}"
        kind = field.first.get_attribute("type") or ""
        tag = field.first.evaluate("e => e.tagName")
        if kind == "file":
            files = value if isinstance(value, list) else [value]
            field.first.set_input_files([str(path) for path in files])
        elif kind in {"radio", "checkbox"}:
            for each in value if isinstance(value, list) else [value]:
                by_value = form.locator(f"[name='{name}'][value='{each}']")
                (by_value if by_value.count() else form.get_by_label(str(each))).first.check()
        elif tag == "SELECT":
            self._choose(field.first, str(value))
        else:
            field.first.fill(str(value))

    def _choose(self, select: Locator, wanted: str) -> None:
        """Choose the option with this value, or the first whose text contains it."""
        options: list[Mapping[str, str]] = select.evaluate(
            "e => [...e.options].map(o => ({value: o.value, text: o.textContent.trim()}))"
        )
        for option in options:
            if option["value"] == wanted:
                select.select_option(value=wanted)
                return
        for option in options:
            if wanted.lower() in option["text"].lower():
                select.select_option(value=option["value"])
                return
        raise AssertionError(f"{wanted!r} is not among {[o['text'] for o in options]}")


class Desks:
    """Everyone who takes part, each signed in once."""

    def __init__(self, browser: Browser, server: LiveServer, **context: Any) -> None:
        self._browser = browser
        self._server = server
        self._context = context
        self._desks: dict[str, Desk] = {}
        self._contexts: list[BrowserContext] = []

    def __getitem__(self, role: str) -> Desk:
        if role not in self._desks:
            has_javascript = self._context.get("java_script_enabled", True)
            email = f"{role}@demo.gov.co"
            desk = Desk(self._window(), self._server, email, has_javascript=has_javascript)
            desk.sign_in()
            self._desks[role] = desk
        return self._desks[role]

    def enrol(self, role: str, name: str) -> Desk:
        """Somebody whom the demo does not have: the account is made on the server's terminal, and
        its link is used as the person would."""
        email, password = f"{role}@demo.gov.co", "tres gatos verdes y uno pardo"
        options = ("--email", email, "--name", name, "--role", role)
        made = self._server.command("users", "create", *options)
        assert made.returncode == 0, made.stderr
        desk = Desk(self._window(), self._server, email, password=password)
        desk.page.goto(made.stdout.split()[-1])
        desk.press("Guardar la contraseña", password=password, again=password)
        desk.sign_in()
        self._desks[role] = desk
        return desk

    def stranger(self) -> Desk:
        """A visitor without an account, and without JavaScript."""
        window = self._window(java_script_enabled=False)
        return Desk(window, self._server, "", has_javascript=False)

    def reader(self) -> Page:
        """A visitor's window with JavaScript, to measure pages with."""
        return self._window()

    def _window(self, **more: Any) -> Page:
        context = self._browser.new_context(**{**self._context, **more})
        self._contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@contextmanager
def desks(browser: Browser, server: LiveServer, **context: Any) -> Iterator[Desks]:
    made = Desks(browser, server, **context)
    try:
        yield made
    finally:
        made.close()


def number_in(path: str) -> int:
    """The id in an address such as /auditorias/7."""
    found = re.search(r"/(\d+)(?:[/?#]|$)", path)
    assert found, path
    return int(found[1])


def write_pdf(folder: Path, name: str, text: str) -> Path:
    """A real one-page PDF with this text."""
    import typst

    source = folder / "source.typ"
    source.write_text(f'#set page(paper: "a5")\n{text}\n', encoding="utf-8")
    path = folder / name
    typst.compile(str(source), output=str(path))
    return path

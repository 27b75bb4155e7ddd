"""What every page shows to each person: no link to a closed door, no code broken in two.

Each role walks over the small demonstration entity from the first page on, by every link.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cli import worker
from app.cli.runtime import system_context
from app.filters import CODE
from app.models.traceability import OutboxItem
from app.services import reminders
from config import Config
from tests.web.route_walk import Walk, copy_of
from workflows.enums import Role

ROLES = [role for role in Role if role not in {Role.SYSTEM, Role.OVERSIGHT_BODY}]
START = "/panel"
OUTSIDE = ("/static/", "/entrar", "/salir")
ASKED_OTHERWISE = 3
"""Of the addresses that differ only in what they ask for (a filter, the next page), how many are
followed."""
NOT_BROKEN = {"title", "option", "textarea", "script"}
"""Elements whose text the browser shows in one line, as it is written, or not at all."""
EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """The links of one page, and the codes in it that a narrow screen may break."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.breakable: list[str] = []
        self._path: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)
        if tag not in EMPTY:
            whole = tag in NOT_BROKEN or "code" in (given.get("class") or "").split()
            self._path.append((tag, whole))

    def handle_endtag(self, tag: str) -> None:
        while self._path and self._path.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(whole for _, whole in self._path):
            self.breakable += CODE.findall(data)


@pytest.fixture
def config(demo_folder: Path, tmp_path: Path) -> Config:
    return copy_of(demo_folder, tmp_path)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_what_is_shown_can_be_opened_and_read(walk: Walk, role: Role) -> None:
    refused, breakable, opened = {}, {}, 0
    for address, origin, status, page in crawl(walk.sign_in(role)):
        opened += 1
        if status != 200:
            refused[address] = (status, origin)
        elif page and page.breakable:
            breakable[address] = page.breakable
    assert refused == {}
    assert breakable == {}
    assert opened > 5


def crawl(client: FlaskClient) -> Iterator[tuple[str, str, int, Page | None]]:
    """(address, the page that leads there, status, what it shows) of all that can be reached."""
    seen, asked = {START}, Counter[str]()
    waiting = deque([(START, "")])
    while waiting:
        address, origin = waiting.popleft()
        answer = client.get(address, follow_redirects=True, buffered=True)
        page = Page(answer.text) if answer.mimetype == "text/html" else None
        yield address, origin, answer.status_code, page
        for link in page.links if page else ():
            parts = urlsplit(urljoin(answer.request.url, link))
            following = parts._replace(scheme="", netloc="", fragment="").geturl()
            if parts.netloc != "localhost" or following in seen or parts.path.startswith(OUTSIDE):
                continue
            asked[parts.path] += bool(parts.query)
            if asked[parts.path] <= ASKED_OTHERWISE:
                seen.add(following)
                waiting.append((following, address))


def test_everything_owed_in_the_demo_has_its_words_and_its_page(walk: Walk) -> None:
    with system_context(walk.app) as ctx:
        assert reminders.run(ctx, worker.words(ctx)) >= 5
        payloads = ctx.session.scalars(
            select(OutboxItem.payload).where(OutboxItem.key.like("mail:digest:%"))
        ).all()
        lines = [line for p in payloads for line in p["text"].splitlines()]
        owed = [line for line in lines if line.startswith("- ")]
        pages = [line for line in lines if line.startswith(f"  {ctx.config.public_url}/")]
        assert len(owed) == len(pages) > 10

"""What the demo costs: time and SQL statements of each page, first page, memory at rest.

    python -m tests.bench [--repeat 15] [--role jefe_oci]

Times come from the real server over the loopback, statements from the same application asked
in this process, memory (PSS) from the kernel. Compare figures of one machine with each other.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import re
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from config import Config
from tests.live import LiveServer, children

PAGES = (
    "/transparencia",
    "/transparencia/informes",
    "/transparencia/hallazgos",
    "/transparencia/planes",
    "/transparencia/buscar?q=contrato",
    "/panel",
    "/plan-anual",
    "/auditorias",
    "/hallazgos",
    "/planes",
    "/acciones",
    "/documentos",
    "/buscar?q=contrato",
    "/bitacora",
)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SETTLE_S = 5.0


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


class Browser:
    """A visitor with cookies, over the real server."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self._opener.open(self.url + path, timeout=30) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, ""

    def sign_in(self, email: str, password: str) -> None:
        _, form = self.get("/entrar")
        token = TOKEN.search(form)
        fields = {"email": email, "password": password, "csrf_token": token[1] if token else ""}
        with self._opener.open(
            self.url + "/entrar", urllib.parse.urlencode(fields).encode(), timeout=30
        ) as answer:
            if answer.url.endswith("/entrar"):
                raise SystemExit(f"{email} could not sign in")


def median_ms(ask: Callable[[], object], repeat: int) -> float:
    ask()  # templates and caches
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        ask()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


@contextmanager
def counting(*engines: Engine) -> Iterator[list[str]]:
    """Gather the statements these engines run."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


class Counter:
    """The same application and data in this process, to count its statements."""

    def __init__(self, server: LiveServer, email: str, password: str) -> None:
        from app import create_app
        from app.extensions import db

        app = create_app(Config.from_env(server.environment()))
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            self._engines = (db.engine, app.extensions["vigia.portal"].kw["bind"])
        self._client = app.test_client()
        self._client.post("/entrar", data={"email": email, "password": password})

    def statements(self, path: str) -> int:
        self._client.get(path)
        with counting(*self._engines) as statements:
            self._client.get(path)
        return sum(not s.startswith(("BEGIN", "PRAGMA")) for s in statements)


def pss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def measure(server: LiveServer, role: str, repeat: int) -> None:
    email = next(address for address in server.passwords if address.startswith(f"{role}@"))
    password = server.passwords[email]
    browser = Browser(server.url)
    browser.sign_in(email, password)
    counter = Counter(server, email, password)
    say(f"{'page':<36}{'status':>7}{'median ms':>11}{'SQL':>6}")
    for path in PAGES:
        status, _ = browser.get(path)
        ms = median_ms(lambda path=path: browser.get(path), repeat)  # type: ignore[misc]  # a default of a lambda has no type
        say(f"{path:<36}{status:>7}{ms:>11.1f}{counter.statements(path):>6}")


def first_page_s(server: LiveServer) -> float:
    """From the command to the first page, on data that are ready."""
    start = time.perf_counter()
    server.start()
    Browser(server.url).get("/transparencia")
    return time.perf_counter() - start


def memory(server: LiveServer) -> None:
    assert server.process is not None
    time.sleep(SETTLE_S)  # let start-up work end
    web = server.process.pid
    workers = children(web)
    say(f"memory at rest (PSS): web {pss_kib(web) / 1024:.0f} MiB")
    for pid in workers:
        say(f"  worker process {pss_kib(pid) / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--role", default="jefe_oci")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigia-bench-") as folder:
        server = LiveServer(Path(folder))
        start = time.perf_counter()
        with server.running(demo="whole"):
            say(f"empty folder to first answer, demo loaded: {time.perf_counter() - start:.1f} s")
            measure(server, args.role, args.repeat)
        try:
            say(f"second start to first page: {first_page_s(server):.1f} s")
            memory(server)
        finally:
            server.stop()


if __name__ == "__main__":
    main()

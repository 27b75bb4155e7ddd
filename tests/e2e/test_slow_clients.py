"""What `make run` starts keeps answering while other clients are very slow (docs/adr/0003)."""

from __future__ import annotations

from tests.live import LiveServer
from tests.slow_clients import measure, slow_clients

CLIENTS = 50
# Alone a page takes some tens of milliseconds. A server that gives slow clients its threads
# answers nothing at all until the time-out of 10 s.
SLOWEST_PAGE_MS = 2_000


def test_pages_stay_fast_beside_fifty_slow_clients(live_server: LiveServer) -> None:
    with slow_clients("127.0.0.1", live_server.port, CLIENTS):
        timing = measure(f"{live_server.url}/healthz", seconds=4)
        page = measure(f"{live_server.url}/entrar", seconds=4)
    assert (timing.failures, page.failures) == (0, 0)
    assert timing.pages > 20
    assert max(timing.max_ms, page.max_ms) < SLOWEST_PAGE_MS, f"{timing} / {page}"

"""How long pages take while other clients send one byte a second.

    python -m tests.slow_clients http://127.0.0.1:8000/entrar --clients 50 --seconds 15

Half of the slow clients never end their headers, the other half send the headers of a form at
once and then its body byte by byte. It talks to the loopback only and stops by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

BYTE_EVERY_S = 1.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of the pages that were asked for, in milliseconds."""

    pages: int
    failures: int
    median_ms: float
    p95_ms: float
    max_ms: float

    def __str__(self) -> str:
        return (
            f"{self.pages} pages, {self.failures} failures: median {self.median_ms:.1f} ms, "
            f"p95 {self.p95_ms:.1f} ms, max {self.max_ms:.1f} ms"
        )


@contextlib.contextmanager
def slow_clients(host: str, port: int, count: int) -> Iterator[None]:
    """Keep `count` clients sending one byte a second for as long as the block runs."""
    end = threading.Event()
    sockets = []
    heads = cycle((_half_headers(host), _headers_of_a_form(host)))
    try:
        for head, _ in zip(heads, range(count), strict=False):
            client = socket.create_connection((host, port), timeout=10)
            sockets.append(client)
            client.sendall(head)
        feeder = threading.Thread(target=_feed, args=(sockets, end))
        feeder.start()
        yield
    finally:
        end.set()
        if sockets:
            feeder.join()
        for client in sockets:
            client.close()


def measure(url: str, seconds: float, *, timeout_s: float = 10.0) -> Timing:
    """Ask for one page again and again, each time on a new connection."""
    target = urlsplit(url)
    times, failures = [], 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        start = time.perf_counter()
        try:
            if _status(target.hostname or "", target.port or 80, target.path, timeout_s) >= 500:
                failures += 1
        except OSError:
            failures += 1
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.02)  # a person, not a flood
    times.sort()
    return Timing(
        len(times),
        failures,
        statistics.median(times),
        times[int(len(times) * 0.95)] if len(times) > 1 else times[0],
        times[-1],
    )


def _status(host: str, port: int, path: str, timeout_s: float) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path or "/")
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _half_headers(host: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ".encode()


def _headers_of_a_form(host: str) -> bytes:
    return (
        f"POST /entrar HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    ).encode()


def _feed(sockets: list[socket.socket], end: threading.Event) -> None:
    while not end.wait(BYTE_EVERY_S):
        for client in sockets:
            with contextlib.suppress(OSError):  # the server may have hung up: it is free to
                client.sendall(b"a")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15.0)
    args = parser.parse_args()
    target = urlsplit(args.url)
    host, port = target.hostname or "", target.port or 80
    if host not in LOOPBACK:
        parser.error("only addresses of this machine")
    alone = measure(args.url, args.seconds / 3)
    sys.stdout.write(f"alone: {alone}\n")
    with slow_clients(host, port, args.clients):
        time.sleep(1.5)  # each slow client has sent its first byte
        beside = measure(args.url, args.seconds)
    sys.stdout.write(f"beside {args.clients} slow clients: {beside}\n")


if __name__ == "__main__":
    main()

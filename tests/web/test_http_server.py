"""The HTTP server by itself, on real sockets, with an application of a few lines."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from app.cli.serve import http as serving
from config import MIB
from tests.conftest import make_config

ANSWER_BYTES = 24 * MIB  # more than the sockets of both sides take


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = b"x" * ANSWER_BYTES if environ["PATH_INFO"] == "/large" else b"ok"
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "none")
    start_response("200 OK", [("Content-Length", str(len(body))), ("X-Seen", forwarded)])
    return [body]


@contextlib.contextmanager
def serving_on_loopback(data_dir: Path, **settings: str) -> Iterator[int]:
    config = make_config("", data_dir, **settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = serving.make_server(application, config, listener)
    end = threading.Event()

    def run() -> None:
        while not end.is_set():
            server.asyncore.loop(timeout=0.05, map=server._map, use_poll=True, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        end.set()
        thread.join()
        server.task_dispatcher.shutdown()
        serving.close_all(server)


def ask(port: int, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_more_readers_that_do_not_read_than_threads_stop_nobody(tmp_path: Path) -> None:
    with serving_on_loopback(tmp_path) as port, contextlib.ExitStack() as readers:
        for _ in range(serving.THREADS * 2):
            reader = readers.enter_context(socket.create_connection(("127.0.0.1", port)))
            reader.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            assert reader.recv(1)  # its answer has begun
        assert ask(port).status == 200


def test_a_body_over_the_limit_is_refused_before_the_application(tmp_path: Path) -> None:
    size = serving.FORM_MARGIN_BYTES + 1001
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode()
    with (
        serving_on_loopback(tmp_path, UPLOAD_MAX_BYTES="1000") as port,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(head)
        assert client.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked, x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    ],
    ids=["two lengths", "bare carriage return", "huge header"],
)
def test_a_malformed_request_is_refused(tmp_path: Path, head: bytes) -> None:
    with (
        serving_on_loopback(tmp_path) as port,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        with contextlib.suppress(OSError):  # it may hang up while we still send
            client.sendall(head)
        status = client.recv(100).split()[1]
        assert status.startswith(b"4") or status == b"501"


def test_the_server_does_not_name_itself(tmp_path: Path) -> None:
    with serving_on_loopback(tmp_path) as port:
        assert ask(port).getheader("Server") is None


@pytest.mark.parametrize(("proxies", "seen"), [("0", "none"), ("1", "192.0.2.1")])
def test_proxy_headers_count_only_behind_a_proxy(tmp_path: Path, proxies: str, seen: str) -> None:
    with serving_on_loopback(tmp_path, TRUSTED_PROXIES=proxies) as port:
        assert ask(port, X_Forwarded_For="192.0.2.1").getheader("X-Seen") == seen


@pytest.mark.parametrize(
    ("age_s", "headers_finished", "body_bytes", "too_slow"),
    [
        (serving.HEADERS_TIMEOUT_S - 1, False, 0, False),
        (serving.HEADERS_TIMEOUT_S + 1, False, 0, True),
        (serving.BODY_GRACE_S - 1, True, 0, False),
        (serving.BODY_GRACE_S + 1, True, serving.BODY_GRACE_S, True),  # one byte a second
        (600, True, 600 * 50_000, False),  # a large file over a poor mobile network
    ],
)
def test_pace_of_a_request(
    tmp_path: Path, age_s: float, headers_finished: bool, body_bytes: int, too_slow: bool
) -> None:
    request = serving.Request(Adjustments())
    request.headers_finished = headers_finished
    request.body_bytes_received = body_bytes
    assert request.is_too_slow(request.began_s + age_s) is too_slow


def test_a_request_that_is_too_slow_is_hung_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEADERS_TIMEOUT_S", 0)
    monkeypatch.setattr(serving, "CHECK_EVERY_S", 0)
    with (
        serving_on_loopback(tmp_path) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert client.recv(1) == b""

"""The HTTP server: waitress, which takes a request whole before a thread works on it.

Clients that send or read slowly cost it a socket each, never a thread (docs/adr/0003). Ours
also ends requests that do not arrive at a reasonable pace, so that sockets do not run out.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from config import MIB, Config

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 8
CONNECTION_LIMIT = 800  # below the usual 1,024 files a process may open
IDLE_TIMEOUT_S = 60
HEADERS_TIMEOUT_S = 30
BODY_GRACE_S = 60
BODY_MIN_BYTES_PER_S = 1024
CHECK_EVERY_S = 5
FORM_MARGIN_BYTES = 4 * MIB  # the other fields of a form that carries the largest file
# An answer waits in a temporary file beyond the first figure; a thread would wait at the second.
ANSWER_IN_MEMORY_BYTES = MIB
ANSWER_MAX_BYTES = 4096 * MIB


class Request(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """A request that knows when its first byte came."""

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.began_s = time.monotonic()

    def is_too_slow(self, now_s: float) -> bool:
        """Headers have a fixed time; a body, a least pace that a poor mobile network keeps."""
        age_s = now_s - self.began_s
        if not self.headers_finished:
            return age_s > HEADERS_TIMEOUT_S
        return age_s > BODY_GRACE_S and self.body_bytes_received < age_s * BODY_MIN_BYTES_PER_S


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    parser_class = Request


class Server(TcpWSGIServer):  # type: ignore[misc]  # waitress ships no types
    channel_class = Channel

    def maintenance(self, now: float) -> None:
        """Called every CHECK_EVERY_S seconds by the thread that owns the connections."""
        super().maintenance(now)
        now_s = time.monotonic()
        for channel in self.active_channels.values():
            request = channel.request  # only one that has not arrived whole
            if request is not None and request.is_too_slow(now_s):
                channel.will_close = True


def make_server(app: WSGIApplication, config: Config, listener: socket.socket) -> Server:
    """A server on a socket that is bound; it listens from now on."""
    # Its warnings of a queue say only that several people use Vigía at once.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    adjustments = Adjustments(
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTION_LIMIT,
        channel_timeout=IDLE_TIMEOUT_S,
        cleanup_interval=CHECK_EVERY_S,
        max_request_body_size=config.upload_max_bytes + FORM_MARGIN_BYTES,
        outbuf_overflow=ANSWER_IN_MEMORY_BYTES,
        outbuf_high_watermark=ANSWER_MAX_BYTES,
        asyncore_use_poll=True,
        ident=None,  # no name of the server in the answers
        # The application reads these headers itself, from as many proxies as the settings name.
        clear_untrusted_proxy_headers=config.trusted_proxies == 0,
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(THREADS)
    return Server(
        app,
        _sock=listener,
        dispatcher=dispatcher,
        adj=adjustments,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        bind_socket=False,
    )


def close_all(server: Server) -> None:
    """Close the listening socket and every connection with the files its answer waits in."""
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    wasyncore.close_all(server._map)

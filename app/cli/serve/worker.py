"""The worker as a process of its own, started again when it dies, ended with the web server."""

from __future__ import annotations

import logging
import subprocess
import threading
import time

from app.cli.serve import attached

log = logging.getLogger("vigia.serve")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
HEALTHY_AFTER_S = 120.0
STOP_TIMEOUT_S = 10.0


class Worker:
    """Runs `flask worker` beside the web server of a small installation."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        self._launch()
        self._keeper.start()

    def stop(self) -> None:
        """Ask it to finish what it has in hand; kill it when that takes too long."""
        self._ending.set()
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _launch(self) -> None:
        self._process = subprocess.Popen(
            attached.arguments("worker"),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the server, which ends the worker in order
        )

    def _keep(self) -> None:
        """A document that kills the worker must not leave the installation without one."""
        pause_s = FIRST_PAUSE_S
        while (process := self._process) is not None:
            began_s = time.monotonic()
            status = process.wait()
            if self._ending.is_set():
                return
            if time.monotonic() - began_s > HEALTHY_AFTER_S:
                pause_s = FIRST_PAUSE_S
            log.error("the worker ended with status %s; it starts again in %.0f s", status, pause_s)
            if self._ending.wait(pause_s):
                return
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            self._launch()

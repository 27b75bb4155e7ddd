"""Reading text out of files, in a process apart: a broken or hanging file ends that process only.

The process gets a copy of the file in a folder of its own and an environment without settings
or secrets; it has limits on processor time, memory, file size and wall time.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from app.services.readers_base import FAILED, TOO_LARGE, Limits, Reading
from app.services.readers_child import INPUT, OCR_WALL_S, RESULT
from app.services.readers_ocr import LANGUAGE, PROGRAM

log = logging.getLogger("vigia.readers")

# Raise it when readers or limits change so that earlier results deserve another reading.
RULES_VERSION = 1
ROOT = Path(__file__).resolve().parents[2]
GRACE_S = 15.0  # over the process's own alarm
CHUNK_BYTES = 1024 * 1024
POLL_S = 0.01


def read(stream: BinaryIO, media_type: str) -> Reading:
    """The text of a file. Never raises for what is in the file: the state says what happened."""
    return _run(stream, media_type, "text", 0, Limits().wall_s + GRACE_S)


def recognise(stream: BinaryIO, media_type: str, after: int = 0) -> Reading:
    """The text in the pictures of a file, from the page after `after` on; see `next_after`."""
    return _run(stream, media_type, "ocr", after, OCR_WALL_S + GRACE_S)


@lru_cache(maxsize=1)
def can_recognise() -> bool:
    """Whether Tesseract with Spanish is there; asked once a process."""
    if shutil.which(PROGRAM) is None:
        return False
    listed = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, check=False, timeout=20)
    return LANGUAGE in listed.stdout.decode(errors="replace").split()


def _run(stream: BinaryIO, media_type: str, task: str, after: int, timeout_s: float) -> Reading:
    with tempfile.TemporaryDirectory(prefix="vigia-reader-") as name:
        folder = Path(name)
        with (folder / INPUT).open("wb") as copy:
            shutil.copyfileobj(stream, copy, CHUNK_BYTES)
        arguments = [media_type, task, str(after), name]
        with (folder / "log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.services.readers_child", *arguments],
                cwd=ROOT,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            status = _finish(process, timeout_s)
        return _result(folder, status)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    own = {"HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    return {**kept, **own, "OMP_THREAD_LIMIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _finish(process: subprocess.Popen[bytes], timeout_s: float) -> int:
    """Wait for the end, or make it end; with it goes whatever it started. Answers its status.

    The group is ended while its leader has not been reaped: until then nobody else can be given
    its number.
    """
    over_s = time.monotonic() + timeout_s
    timed_out = False
    while not _has_ended(process.pid) and not timed_out:
        timed_out = time.monotonic() > over_s
        time.sleep(POLL_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    status = process.wait()
    return -signal.SIGALRM if timed_out else status


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _result(folder: Path, status: int) -> Reading:
    if status == 0:
        try:
            return Reading.from_json(json.loads((folder / RESULT).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            log.exception("the reader left no result")
            return Reading(state=FAILED, code="crashed")
    log.warning("the reader ended with status %s: %s", status, _last_words(folder))
    if status in {-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL}:
        return Reading(state=FAILED, code="timeout")
    if status == -signal.SIGXFSZ:
        return Reading(state=TOO_LARGE, code="memory")
    return Reading(state=FAILED, code="crashed")


def _last_words(folder: Path) -> str:
    """The end of what the process said, on one line, for the log."""
    words = (folder / "log").read_bytes()[-500:].decode(errors="replace")
    return repr(words.strip().rpartition("\n")[2])

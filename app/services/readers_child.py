"""The reader's own process: `python -m app.services.readers_child TYPE TASK AFTER FOLDER`.

Reads FOLDER/input and leaves FOLDER/result.json. It limits itself first, so that a file which
loops, fills the memory or crashes a parser ends this process and nothing else.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from app.services.readers_base import (
    DAMAGED,
    FAILED,
    NO_TEXT,
    READ,
    TOO_LARGE,
    WAITING_OCR,
    Limits,
    Reading,
    Unreadable,
)

INPUT, RESULT = "input", "result.json"
OCR_WALL_S = 300  # one portion of pages: readers_ocr.BUDGET_S and the page under way
OPEN_FILES = 64
OFFICE = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
IMAGES = frozenset({"image/png", "image/jpeg", "image/tiff"})


def limit_self(limits: Limits, *, ocr: bool) -> None:
    """Processor time, memory, files written, and an alarm in case nobody waits for us any more."""
    # Recognising runs in processes of their own, which inherit these limits each for itself.
    cpu_s = OCR_WALL_S if ocr else limits.cpu_s
    wall_s = OCR_WALL_S if ocr else limits.wall_s
    wanted = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        with suppress(ValueError, OSError):  # a stricter limit of the system stays
            resource.setrlimit(kind, (most, most))
    signal.alarm(wall_s)


def read(media_type: str, path: Path, limits: Limits) -> Reading:
    """Raises: Unreadable."""
    if path.stat().st_size == 0:
        raise Unreadable(DAMAGED, "empty")
    if media_type in IMAGES:
        from app.services.readers_ocr import image_size

        width, height = image_size(path)
        if width * height > limits.pixels:
            raise Unreadable(TOO_LARGE, "pixels")
        return Reading(state=WAITING_OCR, reader="imagen", page_count=1, scanned=1)
    reader = _readers().get(media_type)
    if reader is None:
        return Reading(state=NO_TEXT, code="unknown_type")
    reading = reader(path, limits)
    if not reading.pages and reading.state == READ:
        reading.state = NO_TEXT
    return reading


def _readers() -> Mapping[str, Callable[[Path, Limits], Reading]]:
    from app.services import readers_pdf, readers_plain, readers_sheets, readers_xml

    return {
        "application/pdf": readers_pdf.read_pdf,
        f"{OFFICE}wordprocessingml.document": readers_xml.read_docx,
        f"{OFFICE}presentationml.presentation": readers_xml.read_pptx,
        f"{OFFICE}spreadsheetml.sheet": readers_sheets.read_xlsx,
        f"{ODF}text": readers_xml.read_odt,
        f"{ODF}spreadsheet": readers_sheets.read_ods,
        "message/rfc822": readers_plain.read_eml,
        "text/html": readers_xml.read_html,
        "text/plain": readers_plain.read_text,
        "text/csv": readers_plain.read_text,
    }


def recognise(media_type: str, path: Path, limits: Limits, after: int) -> Reading:
    """Raises: Unreadable."""
    from app.services import readers_ocr

    if media_type in IMAGES:
        return readers_ocr.recognise_image(path, limits)
    return readers_ocr.recognise_pdf(path, limits, after)


def main(arguments: list[str]) -> None:
    media_type, task, after, folder = arguments
    limits = Limits()
    limit_self(limits, ocr=task == "ocr")
    path = Path(folder) / INPUT
    try:
        if task == "ocr":
            reading = recognise(media_type, path, limits, int(after))
        else:
            reading = read(media_type, path, limits)
    except Unreadable as error:
        reading = Reading(state=error.state, code=error.code)
    except MemoryError:
        reading = Reading(state=TOO_LARGE, code="memory")
    except RecursionError:
        reading = Reading(state=FAILED, code="crashed")
    (Path(folder) / RESULT).write_text(json.dumps(reading.as_json()), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Recognising text in pictures with Tesseract in Spanish, one page at a time."""

from __future__ import annotations

import struct
import subprocess
import time
from pathlib import Path

from app.services.readers_base import (
    DAMAGED,
    FAILED,
    NO_TEXT,
    PAGE,
    TOO_LARGE,
    Collected,
    Full,
    Limits,
    Reading,
    Unreadable,
)
from app.services.readers_pdf import opened, pictures

PROGRAM, LANGUAGE = "tesseract", "spa"
PAGE_TIMEOUT_S = 120.0
BUDGET_S = 150.0  # after which no further page is begun: the rest comes next time
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def recognise_pdf(path: Path, limits: Limits, after: int) -> Reading:
    """Pages after `after` that are scans, as many as fit in the budget."""
    with opened(path) as document:
        reading = Reading(reader=PROGRAM, page_kind=PAGE, page_count=len(document))
    collected = Collected(limits)
    began_s = time.monotonic()
    try:
        for number, picture in pictures(path, limits, after):
            if time.monotonic() - began_s > BUDGET_S:
                reading.next_after = number - 1
                break
            place = path.with_name("page.pgm")
            place.write_bytes(picture)
            collected.add(_recognise(place), number)
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def recognise_image(path: Path, limits: Limits) -> Reading:
    width, height = image_size(path)
    if width * height > limits.pixels:
        raise Unreadable(TOO_LARGE, "pixels")
    reading = Reading(reader=PROGRAM, page_kind=PAGE, page_count=1)
    collected = Collected(limits)
    try:
        collected.add(_recognise(path), 1)
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    if not reading.pages:
        reading.state = NO_TEXT
    return reading


def _recognise(path: Path) -> str:
    try:
        done = subprocess.run(
            [PROGRAM, str(path), "stdout", "-l", LANGUAGE],
            capture_output=True,
            timeout=PAGE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(FAILED, "timeout") from error
    if done.returncode != 0:
        raise Unreadable(FAILED, "ocr")
    return done.stdout.decode(errors="replace").replace("\f", "")


def image_size(path: Path) -> tuple[int, int]:
    """Width and height as the file declares them, before anything is decoded.

    Raises: Unreadable when it is not an image of the kinds we take.
    """
    with path.open("rb") as stream:
        head = stream.read(4 * 1024 * 1024)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", head[16:24])
            return int(width), int(height)
        if head.startswith(b"\xff\xd8"):
            return _jpeg_size(head)
        if head[:4] in {b"II*\x00", b"MM\x00*"}:
            return _tiff_size(path)
    except (struct.error, IndexError, KeyError, OSError) as error:
        raise Unreadable(DAMAGED, "image") from error
    raise Unreadable(DAMAGED, "image")


def _jpeg_size(head: bytes) -> tuple[int, int]:
    at = 2
    while head[at] == 0xFF:
        marker = head[at + 1]
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + int(struct.unpack(">H", head[at + 2 : at + 4])[0])
    raise Unreadable(DAMAGED, "image")


def _tiff_size(path: Path) -> tuple[int, int]:
    """Of the first picture in the file."""
    with path.open("rb") as stream:
        order = "<" if stream.read(2) == b"II" else ">"
        stream.seek(4)
        stream.seek(struct.unpack(f"{order}I", stream.read(4))[0])
        (count,) = struct.unpack(f"{order}H", stream.read(2))
        found: dict[int, int] = {}
        for _entry in range(count):
            tag, kind, _n, value = struct.unpack(f"{order}HHI4s", stream.read(12))
            if tag in {256, 257}:
                form = f"{order}H" if kind == 3 else f"{order}I"
                found[tag] = struct.unpack(form, value[: struct.calcsize(form)])[0]
        return found[256], found[257]

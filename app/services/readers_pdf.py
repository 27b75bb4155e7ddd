"""PDF, page by page, and the pictures of its pages for the recogniser."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from app.services.readers_base import (
    DAMAGED,
    ENCRYPTED,
    NO_TEXT,
    PAGE,
    WAITING_OCR,
    Collected,
    Full,
    Limits,
    Reading,
    Unreadable,
)

POINTS_PER_INCH = 72
OCR_DPI = 300


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Raises: Unreadable."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise Unreadable(ENCRYPTED, "password") from error
        raise Unreadable(DAMAGED, "pdf") from error
    try:
        yield document
    finally:
        document.close()


def read_pdf(path: Path, limits: Limits) -> Reading:
    with opened(path) as document:
        reading = Reading(reader="pdf", page_kind=PAGE, page_count=len(document))
        if not reading.page_count:
            raise Unreadable(DAMAGED, "pdf")
        collected = Collected(limits)
        broken = 0
        try:
            for number in range(1, min(reading.page_count, limits.pages) + 1):
                try:
                    text, has_picture = _read_page(document, number)
                except pdfium.PdfiumError:
                    broken += 1
                    continue
                reading.scanned += not text.strip() and has_picture
                collected.add(text, number)
        except Full:
            reading.code = "truncated"
    reading.pages = collected.pieces
    if reading.page_count > limits.pages:
        reading.code = "truncated"
    if broken == reading.page_count:
        raise Unreadable(DAMAGED, "pdf")
    if not reading.pages:
        reading.state = WAITING_OCR if reading.scanned else NO_TEXT
    if broken and not reading.code:
        reading.code = "broken_pages"
    return reading


def _read_page(document: Any, number: int) -> tuple[str, bool]:
    page = document[number - 1]
    try:
        text_page = page.get_textpage()
        try:
            text = str(text_page.get_text_range())
        finally:
            text_page.close()
        return text, not text.strip() and _has_picture(page)
    finally:
        page.close()


def _has_picture(page: Any) -> bool:
    return any(True for _each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def pictures(path: Path, limits: Limits, after: int) -> Iterator[tuple[int, bytes]]:
    """(page, PGM picture) of each page after that one which is a scan without text."""
    with opened(path) as document:
        for number in range(after + 1, min(len(document), limits.pages) + 1):
            try:
                text, has_picture = _read_page(document, number)
                if not text.strip() and has_picture:
                    yield number, _picture(document, number, limits)
            except pdfium.PdfiumError:
                continue


def _picture(document: Any, number: int, limits: Limits) -> bytes:
    page = document[number - 1]
    try:
        width, height = page.get_size()
        scale = OCR_DPI / POINTS_PER_INCH
        if width * height * scale**2 > limits.pixels:
            scale = (limits.pixels / (width * height)) ** 0.5
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            return _pgm(bitmap)
        finally:
            bitmap.close()
    finally:
        page.close()


def _pgm(bitmap: Any) -> bytes:
    """The bitmap as a portable graymap, a format every recogniser reads."""
    data = bytes(ctypes.string_at(bitmap.buffer, bitmap.stride * bitmap.height))
    rows = (
        data[row * bitmap.stride : row * bitmap.stride + bitmap.width]
        for row in range(bitmap.height)
    )
    return f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode() + b"".join(rows)

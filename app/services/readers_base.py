"""What every reader of files shares: limits, the result, and why a file could not be read.

Runs in the reader's own process, with nothing but the standard library and the parsers: no
settings, no database, no network.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

MIB = 1024 * 1024

# States, as in app.models.texts.TextState (which this process does not load).
READ, NO_TEXT, ENCRYPTED = "leido", "sin_texto", "cifrado"
DAMAGED, TOO_LARGE, WAITING_OCR, FAILED = "dañado", "demasiado_grande", "espera_ocr", "fallo"

NO_PAGES, PAGE, SLIDE, SHEET = "ninguna", "pagina", "diapositiva", "hoja"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read, and what reading may cost."""

    unzipped_bytes: int = 300 * MIB
    members: int = 5_000
    cells: int = 1_000_000
    cell_area: int = 10_000_000  # rows by columns of the used part of a sheet
    pages: int = 3_000
    characters: int = 2_000_000
    pixels: int = 60_000_000
    cpu_s: int = 60
    wall_s: int = 90
    memory_bytes: int = 1536 * MIB
    file_bytes: int = 256 * MIB  # any file the process writes


class Unreadable(Exception):
    """The file gives no text: the state it gets and a code that says why."""

    def __init__(self, state: str, code: str) -> None:
        self.state, self.code = state, code
        super().__init__(f"{state}: {code}")


class Full(Exception):
    """The limit of characters or pages is reached: what was read so far is kept."""


@dataclass(slots=True)
class Piece:
    """A piece of text. `page` 0 has no page; `label` is the name of a sheet."""

    page: int
    label: str
    text: str


@dataclass(slots=True)
class Reading:
    """What came out of a file. `scanned` are pages without text that hold an image;
    `next_after` the page after which recognising goes on next time."""

    state: str = READ
    code: str = ""
    reader: str = ""
    page_kind: str = NO_PAGES
    page_count: int = 0
    pages: list[Piece] = field(default_factory=list)
    scanned: int = 0
    next_after: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Reading:
        """Raises: TypeError, KeyError when the values are not those of a reading."""
        pages = [Piece(int(p["page"]), str(p["label"]), str(p["text"])) for p in values["pages"]]
        return cls(**{**values, "pages": pages})

    @property
    def characters(self) -> int:
        return sum(len(piece.text) for piece in self.pages)


class Collected:
    """Pieces gathered up to the limit of characters."""

    def __init__(self, limits: Limits) -> None:
        self._room = limits.characters
        self.pieces: list[Piece] = []

    def add(self, text: str, page: int = 0, label: str = "") -> None:
        """Raises: Full when the text did not fit whole."""
        kept = text[: self._room]
        self._room -= len(kept)
        if kept.strip():
            self.pieces.append(Piece(page, label, kept))
        if len(kept) < len(text):
            raise Full


class Package:
    """A ZIP of an office document, read within limits: those it declares and those we count."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unzipped_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Unreadable(DAMAGED, "not_zip") from error
        members = self._zip.infolist()
        if len(members) > limits.members:
            raise Unreadable(TOO_LARGE, "members")
        if sum(member.file_size for member in members) > limits.unzipped_bytes:
            raise Unreadable(TOO_LARGE, "unzipped")
        if any(member.flag_bits & 1 for member in members):
            raise Unreadable(ENCRYPTED, "password")
        self.names = [member.filename for member in members]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, counted as they come: what a ZIP declares may be a lie.

        Raises: Unreadable.
        """
        try:
            with self._zip.open(name) as stream:
                while chunk := stream.read(256 * 1024):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise Unreadable(TOO_LARGE, "unzipped")
                    yield chunk
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
            raise Unreadable(DAMAGED, "broken_zip") from error
        except Exception as error:
            if type(error).__module__ == "zlib":
                raise Unreadable(DAMAGED, "broken_zip") from error
            raise


def decode(raw: bytes) -> str:
    """Text of a file that does not say its encoding: UTF-8, UTF-16 with its mark, or the
    Windows encoding of this part of the world; nothing is left out."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_all(stream: IO[bytes], limits: Limits) -> bytes:
    """The bytes of a plain file: four a character is the most that text takes."""
    return stream.read(limits.characters * 4)

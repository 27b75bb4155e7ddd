"""Office files that are XML in a ZIP, and HTML: text only, streamed, no tree is built."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from lxml import etree

from app.services.readers_base import (
    DAMAGED,
    NO_PAGES,
    SLIDE,
    TOO_LARGE,
    Collected,
    Full,
    Limits,
    Package,
    Reading,
    Unreadable,
    decode,
    read_all,
)

DOCX_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
SLIDE_PART = re.compile(r"ppt/slides/slide(\d+)\.xml")
NOTES_PART = re.compile(r"ppt/notesSlides/notesSlide(\d+)\.xml")
SLIDE_TARGET = re.compile(rb"slides/slide(\d+)\.xml")
# Local names: the same in the strict and the usual variant of the formats.
OFFICE_TEXT = frozenset({"t"})
OFFICE_BREAKS = {"p": "\n", "tab": "\t", "br": "\n", "tr": "\n", "tc": "\t"}
ODF_TEXT = frozenset({"p", "h"})
ODF_BREAKS = {"p": "\n", "h": "\n", "tab": "\t", "line-break": "\n", "s": " "}
HTML_SILENT = frozenset({"script", "style", "template", "noscript"})
HTML_BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section"}
    | {"article", "header", "footer", "blockquote", "pre", "td", "th", "dt", "dd", "ul", "ol"}
)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


class TextTarget:
    """Takes the events of a parser and keeps the text inside the elements named `within`."""

    def __init__(self, within: frozenset[str], breaks: dict[str, str], room: int) -> None:
        self._within, self._breaks, self._room = within, breaks, room
        self._depth = 0
        self._parts: list[str] = []

    def start(self, tag: str, _attributes: object) -> None:
        self._depth += _local(tag) in self._within

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._depth -= name in self._within
        if name in self._breaks:
            self.add(self._breaks[name])

    def data(self, text: str) -> None:
        if self._depth > 0:
            self.add(text)

    def add(self, text: str) -> None:
        self._room -= len(text)
        self._parts.append(text)
        if self._room < 0:
            raise Full

    def doctype(self, *_names: object) -> None:
        """No office program writes one: only somebody who wants entities expanded does."""
        raise Unreadable(DAMAGED, "doctype")

    def comment(self, _text: str) -> None:
        """Not text."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Not text."""

    def close(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return "".join(self._parts)


class HtmlTarget(TextTarget):
    """The text that a browser would show."""

    def __init__(self, room: int) -> None:
        super().__init__(frozenset(), {}, room)
        self._depth = 1

    def start(self, tag: str, _attributes: object) -> None:
        self._depth -= tag in HTML_SILENT
        if tag in HTML_BLOCKS:
            self.add("\n")

    def end(self, tag: str) -> None:
        self._depth += tag in HTML_SILENT

    def doctype(self, *_names: object) -> None:
        """HTML has one; nothing is read from where it points."""


def _xml_text(package: Package, name: str, target: TextTarget) -> tuple[str, bool]:
    """Text of one part and whether it is whole. Raises: Unreadable."""
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for chunk in package.chunks(name):
            parser.feed(chunk)
        parser.close()
    except Full:
        return target.text, False
    except etree.XMLSyntaxError as error:
        if "limit" in str(error).lower():
            raise Unreadable(TOO_LARGE, "xml") from error
        raise Unreadable(DAMAGED, "xml") from error
    return target.text, True


def _add(collected: Collected, text: tuple[str, bool], page: int = 0) -> None:
    collected.add(text[0], page)
    if not text[1]:
        raise Full


def read_docx(path: Path, limits: Limits) -> Reading:
    return _read_parts(path, limits, "docx", DOCX_PARTS, OFFICE_TEXT, OFFICE_BREAKS)


def read_odt(path: Path, limits: Limits) -> Reading:
    return _read_parts(path, limits, "odt", re.compile("content.xml"), ODF_TEXT, ODF_BREAKS)


def _read_parts(
    path: Path,
    limits: Limits,
    reader: str,
    wanted: re.Pattern[str],
    within: frozenset[str],
    breaks: dict[str, str],
) -> Reading:
    package = Package(path, limits)
    names = [name for name in package.names if wanted.fullmatch(name)]
    if not names:
        raise Unreadable(DAMAGED, "not_this_format")
    reading = Reading(reader=reader, page_kind=NO_PAGES)
    collected = Collected(limits)
    try:
        # The body first: headers and footers repeat on each page and would hide it.
        for name in sorted(names, key=lambda n: (not n.endswith("document.xml"), n)):
            target = TextTarget(within, breaks, limits.characters)
            _add(collected, _xml_text(package, name, target))
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def read_pptx(path: Path, limits: Limits) -> Reading:
    """Each slide is a page, with its notes."""
    package = Package(path, limits)
    slides = {int(m[1]): n for n in package.names if (m := SLIDE_PART.fullmatch(n))}
    if not slides:
        raise Unreadable(DAMAGED, "not_this_format")
    notes = _notes_by_slide(package)
    reading = Reading(reader="pptx", page_kind=SLIDE, page_count=len(slides))
    collected = Collected(limits)
    try:
        for number in sorted(slides)[: limits.pages]:
            for name in filter(None, (slides[number], notes.get(number))):
                target = TextTarget(OFFICE_TEXT, OFFICE_BREAKS, limits.characters)
                _add(collected, _xml_text(package, name, target), number)
    except Full:
        reading.code = "truncated"
    if len(slides) > limits.pages:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def _notes_by_slide(package: Package) -> dict[int, str]:
    """Which slide each part of notes belongs to, as its relations say."""
    found = {}
    for name in filter(NOTES_PART.fullmatch, package.names):
        place = PurePosixPath(name)
        relations = str(place.parent / "_rels" / f"{place.name}.rels")
        if relations in package.names:
            target = SLIDE_TARGET.search(b"".join(package.chunks(relations)))
            if target is not None:
                found[int(target[1])] = name
    return found


def html_text(source: str, limits: Limits) -> tuple[str, bool]:
    """What a page shows, and whether it is whole."""
    target = HtmlTarget(limits.characters)
    parser = etree.HTMLParser(target=target, no_network=True, huge_tree=False)
    try:
        # A NUL would end the text for the parser.
        parser.feed(source.replace("\x00", "") or " ")
        parser.close()
    except Full:
        return target.text, False
    except etree.XMLSyntaxError:  # what came before the trouble is kept
        return target.text, True
    return target.text, True


def read_html(path: Path, limits: Limits) -> Reading:
    with path.open("rb") as stream:
        source = decode(read_all(stream, limits))
    text, whole = html_text(source, limits)
    reading = Reading(reader="html", code="" if whole else "truncated")
    collected = Collected(limits)
    try:
        collected.add(text)
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading

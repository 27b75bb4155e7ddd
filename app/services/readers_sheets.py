"""Spreadsheets. Before calamine lays a sheet out in memory, its cells are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from app.services.readers_base import (
    DAMAGED,
    ENCRYPTED,
    SHEET,
    TOO_LARGE,
    Collected,
    Full,
    Limits,
    Package,
    Reading,
    Unreadable,
)

SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
COLUMNS_REPEATED = "number-columns-repeated"
ROWS_REPEATED = "number-rows-repeated"


class _Counting:
    """Target of a parser that counts cells and the area they span."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.cells = 0
        self._rows = self._columns = 0

    def spans(self, row: int, column: int) -> None:
        self.cells += 1
        self._rows, self._columns = max(self._rows, row), max(self._columns, column)
        too_many = self.cells > self._limits.cells
        if too_many or self._rows * self._columns > self._limits.cell_area:
            raise Unreadable(TOO_LARGE, "cells")

    def end(self, _tag: str) -> None:
        """Only beginnings count."""

    def data(self, _text: str) -> None:
        """Contents are calamine's."""

    def doctype(self, *_names: object) -> None:
        raise Unreadable(DAMAGED, "doctype")

    def close(self) -> None:
        """Nothing to give back."""


class _XlsxCells(_Counting):
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith("}c"):
            place = CELL.fullmatch(attributes.get("r", "A1"))
            if place is None:
                raise Unreadable(DAMAGED, "cell_reference")
            column = 0
            for letter in place[1]:
                column = column * 26 + ord(letter) - 64
            self.spans(int(place[2]), column)


class _OdsCells(_Counting):
    """Repeats count, unless they are the blanks that fill a sheet up to its edge."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._row = self._column = 0
        self._repeated_rows = 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        values = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if name == "table":
            self._row = self._column = 0
        elif name == "table-row":
            self._repeated_rows = _whole(values.get(ROWS_REPEATED, "1"))
            self._row += self._repeated_rows
            self._column = 0
        elif name in {"table-cell", "covered-table-cell"}:
            repeated = _whole(values.get(COLUMNS_REPEATED, "1"))
            self._column += repeated
            if "value-type" in values:
                self.cells += repeated * self._repeated_rows - 1
                self.spans(self._row, self._column)


def _whole(value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise Unreadable(DAMAGED, "cell_reference")
    return int(value)


def _count(package: Package, names: Iterable[str], target: Any) -> None:
    for name in names:
        parser = etree.XMLParser(
            target=target, resolve_entities=False, no_network=True, load_dtd=False
        )
        try:
            for chunk in package.chunks(name):
                parser.feed(chunk)
            parser.close()
        except etree.XMLSyntaxError as error:
            raise Unreadable(DAMAGED, "xml") from error


def read_xlsx(path: Path, limits: Limits) -> Reading:
    package = Package(path, limits)
    names = [name for name in package.names if SHEET_PART.fullmatch(name)]
    if not names:
        raise Unreadable(DAMAGED, "not_this_format")
    for name in names:
        _count(package, [name], _XlsxCells(limits))
    return _read(path, limits, "xlsx")


def read_ods(path: Path, limits: Limits) -> Reading:
    package = Package(path, limits)
    if "content.xml" not in package.names:
        raise Unreadable(DAMAGED, "not_this_format")
    _count(package, ["content.xml"], _OdsCells(limits))
    return _read(path, limits, "ods")


def _read(path: Path, limits: Limits, reader: str) -> Reading:
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            return _sheets(workbook, limits, reader)
    except PasswordError as error:
        raise Unreadable(ENCRYPTED, "password") from error
    except CalamineError as error:
        raise Unreadable(DAMAGED, "sheet") from error


def _sheets(workbook: CalamineWorkbook, limits: Limits, reader: str) -> Reading:
    """Each sheet is a page with a name; a row is a line, its cells parted by tabs."""
    names = workbook.sheet_names
    reading = Reading(reader=reader, page_kind=SHEET, page_count=len(names))
    collected = Collected(limits)
    try:
        for number, name in enumerate(names, start=1):
            lines = [name]
            for row in workbook.get_sheet_by_name(name).iter_rows():
                cells = [_shown(cell) for cell in row]
                if any(cells):
                    lines.append("\t".join(cells).strip("\t"))
            collected.add("\n".join(lines), number, name[:300])
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell)

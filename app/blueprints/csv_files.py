"""A table to be opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from app.services import portal_data
from app.services.portal_data import Value


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Response:
    """A download with a semicolon between cells, as spreadsheets in Spanish read it, and no cell
    that one of them would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow([portal_data.harmless(cell) for cell in row])
    return Response(
        portal_data.BYTE_ORDER_MARK + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

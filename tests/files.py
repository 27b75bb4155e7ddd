"""Files for tests, made by program: good ones of every kind we take, and bad ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import xlsxwriter

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def name_of(value: object) -> str:
    """For the names of tests: files made by program are never the same twice."""
    return "file" if isinstance(value, bytes) else str(value)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


# ---------------------------------------------------------------- PDF


def pdf(*pages: str, size: int = 14, **save: Any) -> bytes:
    """One page per text; lines parted by line ends. `save` goes to pikepdf (encryption)."""
    document = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    for text in pages:
        page = document.add_blank_page(page_size=(612, 792))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream(_drawn(text, size))
    return _saved(document, **save)


def _drawn(text: str, size: int) -> bytes:
    lines = [b"BT /F1 %d Tf 60 700 Td %d TL" % (size, size + 6)]
    for line in text.split("\n"):
        raw = line.encode("cp1252")
        for mark in (b"\\", b"(", b")"):
            raw = raw.replace(mark, b"\\" + mark)
        lines.append(b"(" + raw + b") Tj T*")
    return b"\n".join([*lines, b"ET"])


def _saved(document: pikepdf.Pdf, **save: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, **save)
    document.close()
    return out.getvalue()


def encrypted_pdf(text: str = "Secreto") -> bytes:
    return pdf(text, encryption=pikepdf.Encryption(owner="dueño", user="clave"))


def picture_of(text: str, scale: float = 2.5) -> tuple[int, int, bytes]:
    """Width, height and grey bytes of a page with that text, as a scanner would see it."""
    document = pdfium.PdfDocument(pdf(text, size=22))
    page = document[0]
    bitmap = page.render(scale=scale, grayscale=True)
    raw = bytes(bitmap.buffer)
    rows = b"".join(
        raw[row * bitmap.stride : row * bitmap.stride + bitmap.width]
        for row in range(bitmap.height)
    )
    found = (bitmap.width, bitmap.height, rows)
    bitmap.close()
    page.close()
    document.close()
    return found


def scan_pdf(*pages: str) -> bytes:
    """A PDF of pictures only; an empty text gives a page with real text instead."""
    document = pikepdf.new()
    for text in pages:
        width, height, grey = picture_of(text)
        page = document.add_blank_page(page_size=(612, 792))
        image = document.make_stream(
            grey,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = document.make_stream(b"q 612 0 0 792 0 0 cm /Im0 Do Q")
    return _saved(document)


def joined_pdf(*parts: bytes) -> bytes:
    document = pikepdf.new()
    sources = [pikepdf.open(io.BytesIO(part)) for part in parts]
    for source in sources:
        document.pages.extend(source.pages)
    saved = _saved(document)
    for source in sources:
        source.close()
    return saved


# ---------------------------------------------------------------- office


def docx(*paragraphs: str, extra: Mapping[str, str | bytes] | None = None) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    document = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"word/document.xml": document, **(extra or {})})


def docx_part(tag: str, text: str) -> str:
    return f'<w:{tag} xmlns:w="{W}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{tag}>'


def pptx(*slides: str, notes: Mapping[int, str] | None = None) -> bytes:
    members: dict[str, str | bytes] = {}
    for number, text in enumerate(slides, start=1):
        members[f"ppt/slides/slide{number}.xml"] = _drawing("sld", text)
    for at, (slide, text) in enumerate((notes or {}).items(), start=1):
        members[f"ppt/notesSlides/notesSlide{at}.xml"] = _drawing("notes", text)
        relation = f'<Relationship Target="../slides/slide{slide}.xml"/>'
        members[f"ppt/notesSlides/_rels/notesSlide{at}.xml.rels"] = (
            f"<Relationships>{relation}</Relationships>"
        )
    return zipped(members)


def _drawing(tag: str, text: str) -> str:
    return f'<{tag} xmlns:a="{A}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></{tag}>'


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def xlsx_with_sheet(xml: str) -> bytes:
    """A workbook whose one sheet is this XML."""
    good = zipfile.ZipFile(io.BytesIO(xlsx({"Hoja1": [["x"]]})))
    members: dict[str, str | bytes] = {name: good.read(name) for name in good.namelist()}
    good.close()
    members["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{S}">{xml}</worksheet>'
    return zipped(members)


def odt(*paragraphs: str) -> bytes:
    body = "".join(f"<text:p>{p}</text:p>" for p in paragraphs)
    return _odf(f"<office:text>{body}</office:text>", ODT)


def ods(rows: Sequence[Sequence[str]], repeat: int = 1) -> bytes:
    cells = "".join(
        f'<table:table-row table:number-rows-repeated="{repeat}">'
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in rows
    )
    return _odf(
        f'<office:spreadsheet><table:table table:name="Pagos">{cells}</table:table>'
        "</office:spreadsheet>",
        ODS,
    )


def _odf(body: str, media_type: str) -> bytes:
    names = f'xmlns:office="{OFFICE}" xmlns:text="{TEXT}" xmlns:table="{TABLE}"'
    content = (
        f"<office:document-content {names}><office:body>{body}</office:body>"
        "</office:document-content>"
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{media_type}"/>'
    manifest = f'<m:manifest xmlns:m="{space}">{entry}</m:manifest>'
    return zipped(
        {"mimetype": media_type, "content.xml": content, "META-INF/manifest.xml": manifest}
    )


def eml(subject: str, text: str, *, html: str = "", attachments: Sequence[str] = ()) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ana Ruiz <ana@entidad.gov.co>", "oci@entidad.gov.co"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name in attachments:
        message.add_attachment(b"x", maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


# ---------------------------------------------------------------- pictures


def png(width: int, height: int, grey: bytes | None = None) -> bytes:
    """A grey PNG; without `grey` it only declares its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = b""
    if grey is not None:
        rows = b"".join(b"\x00" + grey[row * width : (row + 1) * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# ---------------------------------------------------------------- bad ones


def docx_bomb(size_bytes: int = 1024**3) -> bytes:
    """A few kilobytes that unfold to that many: declared as such."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package,
        package.open("word/document.xml", "w", force_zip64=True) as member,
    ):
        member.write(f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>'.encode())
        block = b" " * (4 * 1024 * 1024)
        for _each in range(size_bytes // len(block)):
            member.write(block)
    return out.getvalue()


def lying_docx_bomb(size_bytes: int = 400 * 1024 * 1024) -> bytes:
    """The same, but declaring a hundred bytes."""
    raw = bytearray(docx_bomb(size_bytes))
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 100)
    # the extra field with the 64-bit size, when there is one, is left: 100 needs none
    return bytes(raw)

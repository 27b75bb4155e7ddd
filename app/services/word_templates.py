"""Word files with tags between braces, drawn with what a document of ours holds.

A tag may name, choose and repeat, and no more: it is not a program. Each name is checked against
the document's own fields when a file is taken, so that no signature can fail because of one.
"""

from __future__ import annotations

import io
import re
import types
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Union, get_args, get_origin, get_type_hints

from jinja2 import ChainableUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from app.errors import Invalid
from app.services import word

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument
    from docxtpl import DocxTemplate

MAX_BYTES, MAX_UNPACKED = 2_000_000, 20_000_000
ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
LOCAL_LINKS = ("/hyperlink",)
NEW_PARAGRAPH = "\a"  # to docxtpl: another paragraph like this one
BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a tag stands for: text, a thing with `fields`, or a list of `each`."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    each: Shape | None = None

    @property
    def is_text(self) -> bool:
        return not self.fields and self.each is None


TEXT = Shape()
LOOP = Shape(dict.fromkeys(("index", "first", "last", "length"), TEXT))


@dataclass(frozen=True, slots=True)
class WordTemplate:
    """A kind of document: what its tags mean, how it is drawn, what it may not lack.

    `content` is the dataclass of its fields; `example` holds something of everything, `bare` as
    little as there can be; `needed`, by tag, are texts of the example that the file must show.
    """

    content: type[word.Headed]
    tags: Mapping[str, str]
    unsigned: str
    built_in: Callable[[], bytes]
    example: word.Headed
    bare: word.Headed
    needed: Mapping[str, str]

    def render(self, template: bytes, content: word.Headed, *, at: datetime) -> bytes:
        """The document in this file; `at` is the time written into its properties."""
        made = _open(template)
        made.render(self._values(content), jinja_env=_environment(), autoescape=True)
        word.properties(made.docx, content, at)
        return saved(made.docx)

    def _values(self, content: Any) -> dict[str, Any]:
        seal = content.seal
        values = {
            **asdict(content),
            "number": f"Radicado {seal.filing_number}" if seal else self.unsigned,
            "signed": word.SIGNED,
        }
        return {name: _writable(values[name]) for name in self.tags}

    def check(self, data: bytes, *, at: datetime) -> None:
        """A DOCX that is safe and complete. Raises: Invalid, at the field of the file."""
        if len(data) > MAX_BYTES:
            raise Invalid("file", "letterhead.too_large", most=MAX_BYTES // 1_000_000)
        try:
            _demand_plain_package(data)
            self._demand_simple_tags(data)
            self.render(data, self.bare, at=at)
            drawn = self.render(data, self.example, at=at)
        except Invalid:
            raise
        except TemplateError as error:
            _refuse_tag(str(error.message or error))
        except Exception as error:  # a damaged file breaks its readers in many ways
            raise Invalid("file", "letterhead.not_a_document") from error
        missing = [tag for tag, text in self.needed.items() if text not in _text(drawn)]
        if missing:
            raise Invalid("file", "letterhead.incomplete", tags=", ".join(missing))

    def _demand_simple_tags(self, data: bytes) -> None:
        """Raises: Invalid, TemplateError."""
        template, environment = _open(data), _environment()
        fields = shape_of(self.content).fields
        known = {name: fields.get(name, TEXT) for name in self.tags}
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for name in package.namelist():
                if name.endswith(".xml"):
                    text = template.patch_xml(package.read(name).decode("utf-8"))
                    _check(environment.parse(text), known, "")


def saved(document: DocxDocument) -> bytes:
    """The document as a file."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _open(template: bytes) -> DocxTemplate:
    from docxtpl import DocxTemplate  # loaded only where a document is made

    return DocxTemplate(io.BytesIO(template))


def _environment() -> SandboxedEnvironment:
    """What is absent in one document (a seal, a recipient) is left blank."""
    return SandboxedEnvironment(undefined=ChainableUndefined, autoescape=True)


def _writable(value: Any) -> Any:
    """The same data as Word may hold it; an empty line parts paragraphs, a single break stays."""
    if isinstance(value, str):
        return BLANK_LINES.sub(NEW_PARAGRAPH, word.clean(value).strip())
    if isinstance(value, dict):
        return {name: _writable(each) for name, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list | tuple) else value


def _text(drawn: bytes) -> str:
    from docx import Document

    return "".join(Document(io.BytesIO(drawn)).element.body.itertext())


# ------------------------------------------------------------------ what is refused


def shape_of(hint: Any) -> Shape:
    """The shape of a dataclass, a tuple of one kind, an optional one; the rest is text."""
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return Shape(each=shape_of(arguments[0]))
    if get_origin(hint) in {Union, types.UnionType}:
        return shape_of(next(each for each in arguments if each is not type(None)))
    if is_dataclass(hint):
        fields = get_type_hints(hint)
        return Shape({name: shape_of(each) for name, each in fields.items()})
    return TEXT


def _check(node: nodes.Node, known: Mapping[str, Shape], around: str) -> None:
    """Only names of the document, chosen and repeated.

    `around`: the name that the loop around gives. Within a loop, only what that name holds is gone
    through: a file can never ask for more turns than the document has parts. Raises: Invalid.
    """
    if not isinstance(node, ALLOWED_NODES):
        _refuse_tag(type(node).__name__)
    if isinstance(node, nodes.For):
        _check_loop(node, known, around)
        return
    if isinstance(node, nodes.Name | nodes.Getattr):
        _shape(node, known)
        return
    for child in node.iter_child_nodes():
        _check(child, known, around)
        if isinstance(node, nodes.Output) and isinstance(child, nodes.Name | nodes.Getattr):
            _demand_text(child, known)


def _check_loop(node: nodes.For, known: Mapping[str, Shape], around: str) -> None:
    each = _shape(node.iter, known).each
    if each is None or not isinstance(node.target, nodes.Name) or node.recursive:
        _refuse_tag(f"for {_spelt(node.iter)}")
    if around and _spelt(node.iter).split(".")[0] != around:
        _refuse_tag(f"for {_spelt(node.iter)}")
    inner = {**known, node.target.name: each, "loop": LOOP}
    within: Iterable[nodes.Node] = [*node.body, *([node.test] if node.test else [])]
    for child in within:
        _check(child, inner, node.target.name)
    for child in node.else_:
        _check(child, known, around)


def _shape(node: nodes.Node, known: Mapping[str, Shape]) -> Shape:
    """What a name stands for. Raises: Invalid: the document has no such thing."""
    if isinstance(node, nodes.Name) and node.name in known:
        return known[node.name]
    if isinstance(node, nodes.Getattr):
        fields = _shape(node.node, known).fields
        if node.attr in fields:
            return fields[node.attr]
    _refuse_tag(_spelt(node))


def _demand_text(node: nodes.Node, known: Mapping[str, Shape]) -> None:
    if not _shape(node, known).is_text:
        _refuse_tag(_spelt(node))


def _spelt(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_spelt(node.node)}.{node.attr}"
    return type(node).__name__


def _refuse_tag(what: str) -> NoReturn:
    raise Invalid("file", "letterhead.bad_tag", what=what)


def _demand_plain_package(data: bytes) -> None:
    """Raises: Invalid: macros, things fetched from elsewhere, a bomb."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise Invalid("file", "letterhead.too_large", most=MAX_UNPACKED // 1_000_000)
        if "word/document.xml" not in package.namelist():
            raise Invalid("file", "letterhead.not_a_document")
        if any("vbaproject" in entry.filename.lower() for entry in entries):
            raise Invalid("file", "letterhead.has_macros")
        for entry in entries:
            if entry.filename.endswith(".rels"):
                _demand_local(package.read(entry))


def _demand_local(relations: bytes) -> None:
    """Only a link that a reader follows by himself may lead outside. Raises: Invalid."""
    from defusedxml import ElementTree

    for each in ElementTree.fromstring(relations):
        is_outside = each.get("TargetMode") == "External"
        if is_outside and not str(each.get("Type")).endswith(LOCAL_LINKS):
            raise Invalid("file", "letterhead.leads_outside")

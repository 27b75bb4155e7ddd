"""The catalogue files, and loading them without undoing what the administrator edited."""

from __future__ import annotations

import ast
import json
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.context import Context
from app.errors import Forbidden
from app.models.fieldwork import Checklist, LetterTemplate
from app.models.org import (
    MeciComponentRow,
    MipgDimension,
    MipgPolicy,
    Norm,
    RecordSeries,
    TermRule,
)
from app.models.traceability import LedgerEvent
from app.permissions import ANONYMOUS, Actor
from app.services import catalogues, settings
from app.services.terms import TERMS, TermKind
from workflows.enums import MeciComponent, NormStatus, Role

NO_ROWS = {"priorities"}  # figures to begin with, not rows of a catalogue
FILES = sorted(path for path in catalogues.FOLDER.glob("*.toml") if path.stem not in NO_ROWS)


def rule(ctx: Context, code: str) -> TermRule:
    return ctx.session.scalars(select(TermRule).where(TermRule.code == code)).one()


def events(ctx: Context) -> list[dict[str, Any]]:
    rows = ctx.session.scalars(
        select(LedgerEvent).where(LedgerEvent.thing_kind == "catalogue").order_by(LedgerEvent.seq)
    )
    return [
        {"catalogue": row.thing_id, **json.loads(row.body.body)}
        for row in rows
        if row.body is not None
    ]


def edit_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, changes: dict[str, str]
) -> None:
    """Load from a copy of the files in which some text of one was replaced."""
    folder = tmp_path / "catalogues"
    shutil.copytree(catalogues.FOLDER, folder)
    path = folder / name
    text = path.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    monkeypatch.setattr(catalogues, "FOLDER", folder)


# ---------------------------------------------------------------- loading


def test_an_empty_database_gets_every_row(ctx: Context) -> None:
    report = catalogues.load(ctx)
    counts = {
        model: ctx.session.scalar(select(func.count()).select_from(model))
        for model in (
            MipgDimension,
            MipgPolicy,
            MeciComponentRow,
            Norm,
            TermRule,
            RecordSeries,
            Checklist,
            LetterTemplate,
        )
    }
    assert list(counts.values()) == [len(loaded.added) for loaded in report.catalogues]
    assert (counts[MipgDimension], counts[MipgPolicy], counts[MeciComponentRow]) == (7, 19, 5)
    assert str(report).startswith("Dimensiones del MIPG: 7 nuevos, 0 actualizados, 0 conservados")


def test_the_models_of_the_state_are_complete(ctx: Context) -> None:
    catalogues.load(ctx)
    policies = ctx.session.scalars(select(MipgPolicy).order_by(MipgPolicy.code)).all()
    assert [policy.code for policy in policies] == [f"P{n:02}" for n in range(1, 20)]
    assert policies[18].dimension.name == "Control Interno"
    assert {policy.dimension.code for policy in policies} == {f"D{n}" for n in range(1, 8)}
    components = ctx.session.scalars(select(MeciComponentRow).order_by(MeciComponentRow.id)).all()
    assert [component.code for component in components] == list(MeciComponent)
    guidelines = [line for c in components for line in c.guidelines.splitlines()]
    assert [int(line.split(".")[0]) for line in guidelines] == list(range(1, 18))
    repealed = ctx.session.scalars(select(Norm.code).where(Norm.status == NormStatus.REPEALED))
    assert "decreto-distrital-807-2019" in repealed.all()


def test_loading_again_changes_and_records_nothing(ctx: Context) -> None:
    catalogues.load(ctx)
    before = len(events(ctx))
    report = catalogues.load(ctx)
    assert all(not (c.added or c.updated or c.kept) for c in report.catalogues)
    assert all(c.unchanged > 0 for c in report.catalogues)
    assert len(events(ctx)) == before


def test_what_the_administrator_edited_is_kept(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogues.load(ctx)
    with ctx.transaction():
        edited = rule(ctx, "reply")
        edited.amount, edited.edited_at = 15, ctx.now()
        ctx.record("change", "edit", edited, {"amount": [5, 15]})
    edit_file(
        tmp_path,
        monkeypatch,
        "terms.toml",
        {"Réplica al informe preliminar": "Contradicción", "Revisión del plan": "Examen"},
    )
    report = catalogues.load(ctx)
    terms = next(c for c in report.catalogues if c.name == "Términos y límites")
    assert (terms.kept, terms.updated) == (("reply",), ("plan_review",))
    assert rule(ctx, "reply").amount == 15
    assert rule(ctx, "reply").name == "Réplica al informe preliminar"
    assert rule(ctx, "plan_review").name == "Examen de mejoramiento"


def test_each_load_says_in_the_ledger_what_changed(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogues.load(ctx)
    first = events(ctx)
    assert [event["catalogue"] for event in first] == [
        "dimension",
        "policy",
        "component",
        "norm",
        "term",
        "series",
        "checklist",
    ]
    assert first[1]["added"][:2] == ["P01", "P02"]
    edit_file(
        tmp_path,
        monkeypatch,
        "mipg.toml",
        {'"2026-11-22"': '"2027-02-01"', '"Integridad"\ndimension = "D1"': CHANGED_POLICY},
    )
    catalogues.load(ctx)
    (last,) = events(ctx)[len(first) :]
    assert last["catalogue"] == "policy"
    assert last["version"] == "2027-02-01"
    assert last["added"] == []
    assert last["updated"] == {
        "P02": {"name": ["Integridad", "Integridad Pública"], "dimension": ["D1", "D7"]}
    }


CHANGED_POLICY = '"Integridad Pública"\ndimension = "D7"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("legal_ground", "legal_grounds"),
        ('kind = "count"', 'kind = "counts"'),
        ('amount = 12\nkind = "months"', 'amount = "a year"\nkind = "months"'),
    ],
)
def test_a_mistake_in_a_file_loads_nothing(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    edit_file(tmp_path, monkeypatch, "terms.toml", {old: new})
    with pytest.raises(ValueError):
        catalogues.load(ctx)
    assert ctx.session.scalar(select(func.count()).select_from(Norm)) == 0
    assert events(ctx) == []


@pytest.mark.parametrize(
    "actor",
    [ANONYMOUS, Actor(user_id=1, name="Ana", roles=frozenset({Role.AUDITOR}))],
    ids=["nobody", "auditor"],
)
def test_only_the_administrator_or_the_system_loads(ctx: Context, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        catalogues.load(replace(ctx, actor=actor))


# ---------------------------------------------------------------- the files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_names_its_version_and_source_and_repeats_no_code(path: Path) -> None:
    content = tomllib.loads(path.read_text())
    date.fromisoformat(content.pop("version"))
    assert content.pop("source").strip()
    for entries in content.values():
        codes = [entry.get("code") or entry["kind"] for entry in entries]  # a letter has no code
        assert len(codes) == len(set(codes))
        assert all(
            len(code) <= 40 and len(entry.get("name") or entry["title"]) <= 300
            for code, entry in zip(codes, entries, strict=True)
        )


def test_every_file_is_loaded() -> None:
    named = {(c.file, c.entries) for c in catalogues.CATALOGUES}
    named.add(("letters", "letter"))  # editions, not rows: see `letter_templates.load_file`
    found = {
        (path.stem, key)
        for path in FILES
        for key, value in tomllib.loads(path.read_text()).items()
        if isinstance(value, list)
    }
    assert named == found


def test_every_term_that_the_program_asks_for_is_in_the_file() -> None:
    terms = tomllib.loads((catalogues.FOLDER / "terms.toml").read_text())["term"]
    asked = {
        code
        for path in sorted(Path(settings.__file__).parent.glob("*.py"))
        for code in codes_asked(ast.parse(path.read_text()))
    }
    assert {"reply", "due_soon"} <= asked  # the reading below finds them
    assert asked <= {term["code"] for term in terms}


def codes_asked(module: ast.Module) -> Iterator[str]:
    """What `settings.due(session, CODE, …)` and its sisters name, by text or by constant."""
    constants: dict[str, str] = {}
    for node in module.body:
        if isinstance(node, ast.Assign):
            names, values = node.targets[0], node.value
            pairs = (
                zip(names.elts, values.elts, strict=True)
                if isinstance(names, ast.Tuple) and isinstance(values, ast.Tuple)
                else [(names, values)]
            )
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                    constants[name.id] = str(value.value)
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in READERS:
            code = call.args[1]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            elif isinstance(code, ast.Name) and code.id in constants:
                yield constants[code.id]


READERS = {f"settings.{name}" for name in ("due", "limit", "rule", "term")}


def test_every_term_gives_a_due_date_and_names_its_ground(ctx: Context) -> None:
    catalogues.load(ctx)
    for row in ctx.session.scalars(select(TermRule)):
        assert row.legal_ground
        assert row.note
        if TermKind(row.kind) not in TERMS:
            assert settings.limit(ctx.session, row.code) == row.amount
            continue
        assert row.start_event
        due = settings.due(ctx.session, row.code, date(2027, 3, 1))
        assert due.date > date(2027, 3, 1)
        assert due.term.legal_ground == row.legal_ground

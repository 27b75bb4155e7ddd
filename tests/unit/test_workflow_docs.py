"""docs/workflows says what the machines do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.docs import FOLDER, docs
from app.services import workflow_docs
from tests.unit.workflow_tables import TABLES, rows


@pytest.mark.parametrize("thing", TABLES)
def test_page_is_the_one_that_the_machines_give(thing: str) -> None:
    written = (FOLDER / f"{thing}.md").read_text(encoding="utf-8")
    assert written == workflow_docs.render(thing), "run `make docs`"


def test_there_is_no_page_without_a_machine() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(TABLES)


@pytest.mark.parametrize("thing", TABLES)
def test_page_shows_every_transition(thing: str) -> None:
    text = workflow_docs.render(thing)
    assert "```mermaid\nstateDiagram-v2\n" in text
    for row in rows(thing):
        assert f"    {row.source} --> {row.target} : " in text
        line = next(
            each
            for each in text.splitlines()
            if each.startswith(f"| `{row.event}` |")
            and f"`{row.source}`" in each
            and f"→ `{row.target}`" in each
        )
        assert line.count(" | ") == 6
        assert all(f"(`{code.split('.')[1]}`)" in line for code in row.guards)
        assert all(f"`{role}`" in line for role in row.roles)


def test_every_event_of_every_machine_says_what_else_it_does_and_its_documents() -> None:
    told = set(workflow_docs.EFFECTS)
    assert told == {f"{thing}.{row.event}" for thing in TABLES for row in rows(thing)}


def test_texts_name_events_that_there_are_and_end_as_sentences() -> None:
    for code, effect in workflow_docs.EFFECTS.items():
        assert set(effect.fires) <= set(workflow_docs.EFFECTS) - {code}
        assert "{" not in effect.documents
        for text in (effect.does, effect.documents):
            assert not text or (text[0].isupper() and text.endswith(".")), (code, text)


def test_an_event_that_another_brings_says_which() -> None:
    lines = workflow_docs.render("finding").splitlines()
    confirm = next(line for line in lines if line.startswith("| `confirm` |"))
    discard = next(line for line in lines if line.startswith("| `discard` |"))
    assert "*Ocurre con «Firmar y comunicar el informe final» (`audit.issue_final_report`).*" in (
        confirm
    )
    assert "*Ocurre también con «Cancelar la auditoría» (`audit.cancel`).*" in discard


def test_condition_is_told_in_diagram_and_table() -> None:
    text = workflow_docs.render("audit")
    assert "(si algún hallazgo exige plan)" in text
    assert "*Si ningún hallazgo exige plan.*" in text


def test_conditions_on_making_a_change_request_are_told() -> None:
    assert "- Debe pedirse al menos … días hábiles" in workflow_docs.render("change_request")


def test_command_writes_every_page(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pages"
    result = CliRunner().invoke(docs, ["--folder", str(folder)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {f"{thing}.md" for thing in TABLES}
    assert result.output.split() == [str(folder / f"{thing}.md") for thing in TABLES]


def test_unknown_workflow_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        workflow_docs.render("luck")

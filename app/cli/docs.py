"""`flask docs`: writes the pages that come from the code."""

from pathlib import Path

import click

from app.services import workflow_docs

FOLDER = Path(__file__).parents[2] / "docs" / "workflows"


@click.command("docs")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Carpeta donde se escriben (por omisión, docs/workflows).",
)
def docs(folder: Path) -> None:
    """Escribe una página por flujo de trabajo, a partir de sus máquinas de estados."""
    for path in workflow_docs.write_all(folder):
        click.echo(str(path))


COMMANDS = (docs,)

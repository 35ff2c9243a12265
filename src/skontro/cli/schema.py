"""``skontro schema``: JSON Schemas of documents, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.terminal import print_json


def schema(
    kind: Annotated[str, typer.Argument(help="scenario, participants, designs, system or access.")],
    *,
    output: Annotated[
        Path | None, typer.Option(help="File for the schema.", show_default="the terminal")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Print the JSON Schema of a document, with which editors complete and check it."""
    from skontro.files.json_schemas import json_schema
    from skontro.files.writing import check_output_file, write_text

    text = json_schema(kind)
    if output is None:
        print_json(text)
        return
    check_output_file(
        output, inputs=(), overwrite=overwrite, is_own=lambda head: b'"$schema"' in head
    )
    write_text(output, text)
    typer.echo(f"Schema written to {output}")

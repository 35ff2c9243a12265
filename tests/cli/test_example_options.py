"""Examples that need a running system or files of one's own: their commands and options exist.

All other examples are run: see `test_documents`.
"""

import shlex

import pytest
from typer.main import get_command

from skontro.cli.main import app
from tests.cli.documents import DOCUMENTS, blocks, name_of

GROUP = get_command(app)
LINES = [
    (name_of(document), line)
    for document in DOCUMENTS
    for text in blocks(document, "shell")
    for line in text.replace("\\\n", " ").splitlines()
    if line.startswith("skontro ")
]


def refused(line: str) -> str:
    """What the command line says against these words; files are not looked at."""
    _, name, *words = shlex.split(line, comments=True)
    command = GROUP.commands.get(name)  # type: ignore[attr-defined]
    if command is None:
        return f"no command {name}"
    context = command.context_class(command, info_name=name)
    try:
        command.make_parser(context).parse_args(args=[word for word in words if word != "&"])
    except Exception as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("document", "line"), LINES)
def test_options_of_examples_exist(document: str, line: str) -> None:
    assert refused(line) == "", document


def test_words_that_are_no_options_are_refused() -> None:
    assert len({document for document, _ in LINES}) >= 6
    assert "No such option: --output" in refused("skontro replay kept-day --output friday")
    assert refused("skontro repaly kept-day") == "no command repaly"

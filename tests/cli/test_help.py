"""The help of every command fits a terminal and wraps where it ends."""

import re
from itertools import pairwise

import pytest

from skontro.cli.main import app
from skontro.cli.terminal import wrapped_by_terminal
from tests.cli.in_process import run_main

COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_wraps(command: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = run_main(*[command] if command else [], "--help")
    assert outcome.returncode == 0
    lines = [line.rstrip() for line in outcome.stdout.splitlines()]
    assert max(map(len, lines)) <= width
    if width == 80:
        assert "…" not in outcome.stdout  # no name of an option is cut short
    # A paragraph has no line so short that the first word of the next had fitted into it.
    prose = outcome.stdout.split("╭─")[0].splitlines()
    for line, following in pairwise(prose):
        first = following.split()[:1]
        if line.strip() and first:
            assert len(line.rstrip()) + 1 + len(first[0]) > width - 1, (line, following)


def test_every_option_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "600")
    for command in COMMANDS:
        said = run_main(command, "--help").stdout
        for line in said.splitlines():
            if re.match(r"│ [* ]?\s*--", line):
                assert re.search(r"[a-z]{2,}.*[.:;,\]]\s*│$", line), (command, line)


def test_paragraphs_are_lines() -> None:
    assert (
        wrapped_by_terminal("One\n    two.\n\n    Three\n    four.\n") == "One two.\n\nThree four."
    )

"""The help of every command fits a terminal and wraps where it ends."""

import re
from itertools import pairwise
from typing import Any

import pytest
from typer.main import get_command

from skontro.cli.main import app
from skontro.cli.terminal import wrapped_by_terminal
from tests.approval import assert_approved
from tests.cli.in_process import run_main
from tests.draws import seeds


def all_commands(group: Any, *names: str) -> dict[str, Any]:
    """All commands by name, those of groups with the group's name before it."""
    found = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found.update(all_commands(command, *names, name))
        else:
            found[" ".join([*names, name])] = command
    return found


COMMANDS = all_commands(get_command(app))
GROUPS = ["demo", "link", "link certificate"]


@pytest.mark.parametrize("width", [pytest.param(60, marks=pytest.mark.long), 80])
@pytest.mark.parametrize("command", seeds(["", *GROUPS, *COMMANDS]))
def test_help_fits_and_wraps(command: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = run_main(*command.split(), "--help")
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


@pytest.mark.long
def test_every_option_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "600")
    for command in COMMANDS:
        said = run_main(*command.split(), "--help").stdout
        for line in said.splitlines():
            if re.match(r"│ [* ]?\s*--", line):
                assert re.search(r"[a-z]{2,}.*[.:;,\]]\s*│$", line), (command, line)


def _option(parameter: Any) -> str:
    """What an option or argument is, but for its words."""
    kind = parameter.type
    limits = (getattr(kind, "min", None), getattr(kind, "max", None))
    told = {
        "default": parameter.default,
        "required": parameter.required or None,
        "flag": getattr(parameter, "is_flag", None) or None,
        "several": getattr(parameter, "multiple", None) or None,
        "limits": None if limits == (None, None) else limits,
        "variable": parameter.envvar,
    }
    words = [f"{name}={value!r}" for name, value in told.items() if value is not None]
    return " ".join(["   ", "/".join(parameter.opts), *words])


def test_options_have_the_defaults_and_limits_that_were_approved() -> None:
    lines = []
    for name, command in COMMANDS.items():
        lines += [name, *(_option(parameter) for parameter in command.params)]
    assert_approved("options.txt", "\n".join(lines) + "\n")


def test_paragraphs_are_lines() -> None:
    assert (
        wrapped_by_terminal("One\n    two.\n\n    Three\n    four.\n") == "One two.\n\nThree four."
    )

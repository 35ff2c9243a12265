"""The real command in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "three-banks"

#: Ends what one of several commands said; a control character that no command prints.
END = "\x1e"


def skontro(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell would, and give what it wrote and its exit code."""
    return _run("from skontro.cli import main; main()", *map(str, arguments), **environment)


def skontro_in_turn(
    commands: dict[str, list[str]], folder: Path, **environment: str
) -> dict[str, str]:
    """Run several commands in one new process; each must end well. Gives what each one said."""
    script = (
        "import json, sys\n"
        "from skontro.cli.main import app\n"
        "for arguments in json.loads(sys.argv[1]):\n"
        "    app(arguments, standalone_mode=False)\n"
        f"    print({END!r}, end='', flush=True)\n"
    )
    calls = [[name, *arguments] for name, arguments in commands.items()]
    outcome = _run(script, json.dumps(calls), folder=folder, **environment)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr.strip() == ""
    return dict(zip(commands, outcome.stdout.split(END)[:-1], strict=True))


def _run(
    script: str, *arguments: str, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )

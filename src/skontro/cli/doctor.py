"""``skontro doctor``: check an installation, and advise on each problem."""

from __future__ import annotations

from typing import Annotated

import typer

from skontro.cli.terminal import ExitCode, print_json


def doctor(
    *,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SKONTRO_DATABASE",
            help="URL of a PostgreSQL database to check; without it the embedded one is tried.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Check this installation, and advise on each problem.

    Checks Python, packages and their versions, the cache of compiled kernels, the database, time
    zones, clock, disk, limits and terminal. Changes nothing; the embedded database is tried in a
    temporary folder. Ends with exit code 10 if a check failed; warnings do not count.
    """
    import json

    from skontro.cli.installation_checks import lines, look
    from skontro.cli.machine_checks import FAILED

    found = look(database)
    if as_json:
        names = ("status", "check", "found", "advice")
        findings = [dict(zip(names, one, strict=True)) for one in found]
        print_json(json.dumps(findings, ensure_ascii=False, indent=1))
    else:
        for line in lines(found):
            typer.echo(line)
    if any(status == FAILED for status, *_ in found):
        raise typer.Exit(ExitCode.INSTALLATION_FAULTY)

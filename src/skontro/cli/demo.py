"""``skontro demo``: demonstrations that need nothing but this installation."""

from __future__ import annotations

import typer

from skontro.cli.demo_day import demo_day
from skontro.cli.demo_federation import federation
from skontro.cli.terminal import wrapped_by_terminal

demo_app = typer.Typer(name="demo", invoke_without_command=True)
# Without a name of another demonstration, this one runs.
demo_app.callback(help=wrapped_by_terminal(demo_day.__doc__ or ""))(demo_day)
demo_app.command(help=wrapped_by_terminal(federation.__doc__ or ""))(federation)

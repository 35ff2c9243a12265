"""``skontro case``: cases about orders, and their evidence."""

from __future__ import annotations

import typer

from skontro.cli.case_bundle import bundle, check
from skontro.cli.terminal import wrapped_by_terminal

case_app = typer.Typer(
    name="case",
    help="Evidence of cases about orders.",
    no_args_is_help=True,
)
for _command in (bundle, check):
    case_app.command(help=wrapped_by_terminal(_command.__doc__ or ""))(_command)

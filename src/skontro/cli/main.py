"""``skontro``: the commands, and the handling of their errors."""

import contextlib
import sys
import traceback
from typing import Annotated

import typer

from skontro import __version__
from skontro.cli.caps import caps
from skontro.cli.case import case_app
from skontro.cli.check_message import check_message
from skontro.cli.compare import compare
from skontro.cli.compensation import compensation
from skontro.cli.demo import demo_app
from skontro.cli.disclosure import disclosure
from skontro.cli.doctor import doctor
from skontro.cli.explain import explain
from skontro.cli.explore import explore
from skontro.cli.export import export
from skontro.cli.facts import facts
from skontro.cli.forecast import forecast
from skontro.cli.generate import generate
from skontro.cli.group_share import group_share
from skontro.cli.import_payments import import_payments
from skontro.cli.init import init
from skontro.cli.link import link_app
from skontro.cli.netting import netting
from skontro.cli.open import open_pages
from skontro.cli.outage import outage
from skontro.cli.passwords import take_passwords_out_of_arguments
from skontro.cli.policy import policy
from skontro.cli.propose import approve, propose, reject, revoke
from skontro.cli.receipt import receipt
from skontro.cli.reconcile import reconcile
from skontro.cli.replay import replay
from skontro.cli.report import report
from skontro.cli.rescreen import rescreen
from skontro.cli.schema import schema
from skontro.cli.screen import lists, screen
from skontro.cli.send import send
from skontro.cli.serve import serve
from skontro.cli.settle import settle
from skontro.cli.share import share
from skontro.cli.status import status
from skontro.cli.terminal import (
    ExitCode,
    flush_streams,
    give_up_streams,
    make_streams_forgiving,
    wrapped_by_terminal,
)
from skontro.cli.top import top
from skontro.cli.verify import verify
from skontro.cli.watch import watch
from skontro.cli.what_if import what_if
from skontro.model import ArgumentError, InputError, InvariantBroken

app = typer.Typer(
    name="skontro",
    help="Settle payments between countries in their own currencies.",
    epilog="Exit codes: 0 done, 1 not confirmed, 2 wrong usage, 3 input cannot be used, 4 rows "
    "refused and nothing settled, 5 an invariant is broken (please report it); serve also: 6 "
    "another service has taken the record over, 7 another writes it, 8 its database is lost, 9 it "
    "is behind the kept head; doctor: 10 a check failed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    generate,
    settle,
    explain,
    report,
    compare,
    share,
    explore,
    netting,
    compensation,
    outage,
    export,
    disclosure,
    facts,
    schema,
    screen,
    lists,
    policy,
    check_message,
    init,
    serve,
    send,
    watch,
    status,
    top,
    caps,
    propose,
    approve,
    reject,
    revoke,
    rescreen,
    verify,
    reconcile,
    group_share,
    replay,
    receipt,
    what_if,
    forecast,
    doctor,
):
    app.command(help=wrapped_by_terminal(_command.__doc__ or ""))(_command)
app.add_typer(link_app)
app.add_typer(case_app)
app.add_typer(demo_app)
app.command("import", help=wrapped_by_terminal(import_payments.__doc__ or ""))(import_payments)
app.command("open", help=wrapped_by_terminal(open_pages.__doc__ or ""))(open_pages)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skontro {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error ends it with its exit code and advice."""
    make_streams_forgiving()
    try:
        code = _run()
        flush_streams()
    except OSError as error:
        # Errors of named files name them; this one belongs to none.
        code = ExitCode.INPUT_UNUSABLE
        with contextlib.suppress(OSError):
            typer.echo(f"skontro: {_failure(error)}", err=True)
        give_up_streams()
    sys.exit(code)


def _failure(error: OSError) -> str:
    """The target that could not be written: the kernel cache, a file, or standard output."""
    from skontro.files.writing import write_reason

    where = error.filename or "standard output"
    frames = traceback.walk_tb(error.__traceback__)
    if any(frame.f_globals.get("__name__", "").startswith("numba.") for frame, _ in frames):
        where = "the cache of compiled kernels (see skontro doctor; NUMBA_CACHE_DIR moves it)"
    return f"{where} cannot be written: {write_reason(error)}"


def _run() -> int | str | None:
    """The exit code of the command."""
    try:
        take_passwords_out_of_arguments()
        app(prog_name="skontro")
    except InputError as error:
        text = error.for_command_line if isinstance(error, ArgumentError) else error
        typer.echo(f"skontro: {text}", err=True)
        return ExitCode.INPUT_UNUSABLE
    except InvariantBroken as error:
        typer.echo(f"skontro: {error}. Nothing was written. Please report this.", err=True)
        return ExitCode.INVARIANT_BROKEN
    except SystemExit as end:
        return end.code
    return ExitCode.DONE

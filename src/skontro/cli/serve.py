"""``skontro serve``: run a live system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from skontro.cli.terminal import ExitCode
from skontro.model import InputError, InvariantBroken


def serve(
    system: Annotated[Path, typer.Argument(help="Folder of the system; see skontro init.")],
    *,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SKONTRO_DATABASE",
            help="URL of a PostgreSQL database instead of an embedded one in the folder.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="<int>", min=0, max=65535, help="Port to listen on.")
    ] = 8790,
    base_url: Annotated[
        str | None, typer.Option(help="URL under which callers address the service.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate for TLS, PEM.")] = None,
    certificate_key: Annotated[
        Path | None, typer.Option(help="Private key of the certificate, PEM.")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front terminates TLS.")
    ] = False,
    requests_per_second: Annotated[
        float,
        typer.Option(
            metavar="<float>",
            min=1,
            help="Requests per person; all people of a participant together may make twice as "
            "many. Orders can be sent in batches.",
        ),
    ] = 200,
    max_waiting: Annotated[
        int,
        typer.Option(
            metavar="<int>", min=1, help="Limit of orders that are not yet durable; more get 429."
        ),
    ] = 500_000,
    commands_per_snapshot: Annotated[
        int,
        typer.Option(
            metavar="<int>",
            min=1,
            help="Commands between snapshots, in addition to one for each day.",
        ),
    ] = 2_000_000,
    batches_per_snapshot: Annotated[
        int,
        typer.Option(
            metavar="<int>",
            min=1,
            help="Batches between snapshots, where they have fewer commands than that.",
        ),
    ] = 5_000,
    signature_processes: Annotated[
        int,
        typer.Option(
            metavar="<int>",
            min=0,
            max=64,
            help="Processes that check signatures; with 0 the service checks them itself.",
        ),
    ] = 2,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over", help="Take the record over from a running service, which then ends."
        ),
    ] = False,
    head_file: Annotated[
        Path | None,
        typer.Option(
            help="File for the newest head outside the database, best on another machine; "
            "head.json in the folder by default."
        ),
    ] = None,
    accept_head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="After a restore: continue from the record's last batch, with this hash, even if "
            "the kept head differs.",
        ),
    ] = None,
    clock_ahead_days: Annotated[
        int,
        typer.Option(
            metavar="<int>",
            min=0,
            max=36_500,
            help="Days by which the clock may be ahead of the record at the start; for more, two "
            "operators must confirm it.",
        ),
    ] = 4,
    screening_lists: Annotated[
        Path | None,
        typer.Option(
            help="Document of sanctions lists with which orders are screened. Without lists they "
            "are not screened, and held unless the system's rules say otherwise.",
            show_default="screening-lists.yaml in the folder",
        ),
    ] = None,
    screening_processes: Annotated[
        int,
        typer.Option(metavar="<int>", min=1, max=64, help="Processes that screen parties."),
    ] = 1,
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYSTEM=URL",
            envvar="SKONTRO_PEERS",
            help="Service of another system with which links are agreed; may be repeated. Those "
            "in peers.json in the folder are used too.",
        ),
    ] = None,
    second_engine: Annotated[
        str | None,
        typer.Option(
            metavar="<command>",
            help="Command of a second screening engine; the stricter outcome counts.",
        ),
    ] = None,
    security_log: Annotated[
        Path | None, typer.Option(help="File for refusals of callers, in addition to the log.")
    ] = None,
    logs: Annotated[
        Literal["console", "json"], typer.Option(help="Format of the log on standard error.")
    ] = "console",
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every request.")] = False,
) -> None:
    """Run a live system: settle orders durably as they arrive, until stopped.

    Every successful answer is on disk and, with replicas, confirmed by them. After a restart the
    service recovers from its record. People open its pages at its URL; see skontro open. The API is
    described at /openapi.json.
    """
    from skontro.ledger import DatabaseLost, Fenced, HeadRefused, RecordInUse
    from skontro.service.logs import configure_logs
    from skontro.service.peers.addresses import read_options
    from skontro.service.process import serve as run
    from skontro.service.settings import Settings
    from skontro.service.traces import start_from_environment
    from skontro.web.app import make_pages

    codes: dict[type[Exception], ExitCode] = {
        InputError: ExitCode.INPUT_UNUSABLE,
        InvariantBroken: ExitCode.INVARIANT_BROKEN,
        Fenced: ExitCode.FENCED,
        RecordInUse: ExitCode.RECORD_IN_USE,
        DatabaseLost: ExitCode.DATABASE_LOST,
        HeadRefused: ExitCode.HEAD_REFUSED,
    }

    def code_of(error: Exception | None) -> int:
        return ExitCode.DONE if error is None else codes.get(type(error), ExitCode.DATABASE_LOST)

    configure_logs(as_json=logs == "json", verbose=verbose)
    start_from_environment()
    settings = Settings(
        folder=system,
        database=database,
        host=host,
        port=port,
        base_url=base_url,
        certificate=certificate,
        certificate_key=certificate_key,
        behind_proxy=behind_proxy,
        requests_per_second=requests_per_second,
        max_waiting=max_waiting,
        commands_per_snapshot=commands_per_snapshot,
        batches_per_snapshot=batches_per_snapshot,
        signature_processes=signature_processes,
        security_log=security_log,
        take_over=take_over,
        head_file=head_file,
        accept_head=accept_head,
        clock_ahead_days=clock_ahead_days,
        screening_lists=screening_lists,
        screening_processes=screening_processes,
        peers=read_options(peer or ()),
        second_engine=() if second_engine is None else _second_engine(second_engine),
    )
    if settings.second_engine and settings.lists_in_use is None:
        raise InputError("--second-engine needs --screening-lists: it is the second of two")
    try:
        raise typer.Exit(run(settings, code_of, make_pages))
    except (Fenced, RecordInUse, DatabaseLost, HeadRefused) as error:
        typer.echo(f"skontro: {error}", err=True)
        raise typer.Exit(code_of(error)) from None


def _second_engine(command: str) -> tuple[str, ...]:
    """The words of a command, quoted as in a shell; no shell runs it."""
    import shlex

    from skontro.model import InputError

    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise InputError(f"--second-engine: {error}") from None
    if not words:
        raise InputError("--second-engine names no command")
    return words

"""``skontro demo``: one system at work, with a generated day in fast time."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.terminal import step_progress

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from skontro.files import Scenario
    from skontro.service.client import Client

#: Countries whose trade is paid, and the seconds that a start may take.
_COUNTRIES = ("KAZ", "KGZ", "RUS", "UZB")
_START_SECONDS = 180
#: Seconds between two batches of payments.
_PACE = 0.5


def demo_day(
    context: typer.Context,
    *,
    payments: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Payments of the day.")
    ] = 6_000,
    seconds: Annotated[
        int, typer.Option(min=0, max=86_400, help="Seconds in which the day is sent.")
    ] = 180,
    seed: Annotated[int, typer.Option(help="Seed of the day's draws.")] = 1,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the pages; 0 for a free one.")
    ] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            help="New folder to keep the system in.", show_default="a folder removed at the end"
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Start a browser with the page.")
    ] = True,
    end: Annotated[bool, typer.Option("--end", help="End when the day has been sent.")] = False,
) -> None:
    """Start a system with a generated day in fast time, sign in, and open its page.

    The system, its PostgreSQL and its keys are in one folder on this machine. Payments of banks of
    four countries arrive as on a day, in a few minutes. End with Ctrl+C. Other demonstrations are
    commands of their own.
    """
    import signal
    import tempfile

    from skontro.files.reading import exists
    from skontro.model import InputError

    if context.invoked_subcommand is not None:
        return
    if output is not None and exists(output):
        raise InputError(f"{output}: it exists; name a new folder")
    # So that the service does not outlive a demonstration that is ended otherwise.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="skontro-demo-") as folder:
        try:
            _show(output or Path(folder) / "system", payments, seconds, seed, port, browser, end)
        except KeyboardInterrupt:
            typer.echo("Ended.")


def _show(
    folder: Path, payments: int, seconds: int, seed: int, port: int, browser: bool, end: bool
) -> None:
    import time
    import webbrowser

    from skontro.service.client import trial_clients

    began = time.monotonic()
    scenario = _make_system(folder, payments, seed)
    port = port or _free_port()
    url = f"http://127.0.0.1:{port}"
    process = _serve(folder, port)
    try:
        operator = _ready(process, folder, url)
        page = operator.send("POST", "/v1/sign-in-codes").json()["url"]
        typer.echo(f"The page, signed in as the first operator: {page}")
        typer.echo(
            "As a second person: skontro open --url "
            f"{url} --token-file {folder}/keys/operator-2.token"
        )
        if browser:
            webbrowser.open(page)
        settled = _send(scenario, trial_clients(folder, url), seconds, began)
        typer.echo(f"{scenario.payments.height:,} payments sent, {settled:,} settled at once.")
        typer.echo(f"Try: skontro what-if {folder}, skontro forecast {folder}")
        if not end:
            typer.echo("The system runs on. End with Ctrl+C.")
            process.wait()
    finally:
        process.terminate()
        process.wait(60)


def _make_system(folder: Path, payments: int, seed: int) -> Scenario:
    """A generated day, and a system with its participants and trial keys."""
    from skontro.api.scenarios import generate, write_scenario
    from skontro.service.initialise import initialise_system
    from skontro.system import NO_SCREENING

    with step_progress(quiet=False) as progress:
        scenario = generate(
            countries=_COUNTRIES,
            payments_per_day=payments,
            seed=seed,
            largest_bank_count=6,
            progress=progress,
        )
    day = folder.with_name(f"{folder.name}-day")
    write_scenario(scenario, day)
    initialise_system(
        folder,
        day / "participants.yaml",
        name="Demonstration",
        time_zone="UTC",
        opens=datetime.time(0, 0),
        closes=datetime.time(23, 59, 59),
        weekend=(),
        holidays_in=(),
        screening=NO_SCREENING,
    )
    return scenario


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    import subprocess

    command = [sys.executable, "-m", "skontro", "serve", str(folder), "--port", str(port)]
    with (folder / "service.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--requests-per-second", "10000"], stdout=log, stderr=log
        )


def _ready(process: subprocess.Popen[bytes], folder: Path, url: str) -> Client:
    """A client of the first operator, once the day is open."""
    import time

    import httpx

    from skontro.model import InputError
    from skontro.service.client import Client
    from skontro.service.initialise import operator_tokens

    client = Client(url, token=operator_tokens(folder)[0], timeout=30)
    for _ in range(_START_SECONDS * 10):
        if process.poll() is not None:
            log = (folder / "service.log").read_text(encoding="utf-8", errors="replace")
            raise InputError(f"the service has ended: {log.strip().splitlines()[-1:]}")
        try:
            if client.get("/v1/day").json().get("phase") == "open":
                return client
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise InputError(f"the service is not ready after {_START_SECONDS} s; see {folder}/service.log")


def _send(scenario: Scenario, clients: Callable[[str], Client], seconds: int, began: float) -> int:
    """Send the payments in their order, the day's hours in these seconds.

    Returns:
        How many settled at once.
    """
    import time

    from skontro.cli.send import order_of, submitted

    rows = list(scenario.payments.sort("submitted_at").iter_rows(named=True))
    first = rows[0]["submitted_at"]
    span = max(1.0, (rows[-1]["submitted_at"] - first).total_seconds())
    started, sent, settled = time.monotonic(), 0, 0
    while sent < len(rows):
        passed = (time.monotonic() - started) / seconds if seconds else 1.0
        until = first + datetime.timedelta(seconds=span * min(1.0, passed))
        count = sent
        while count < len(rows) and rows[count]["submitted_at"] <= until:
            count += 1
        by_payer: dict[str, list[dict[str, Any]]] = {}
        for row in rows[sent:count]:
            by_payer.setdefault(row["payer"], []).append(order_of(row))
        for payer, orders in by_payer.items():
            settled += submitted(clients(payer), orders).count("settled")
        if not sent and count:
            typer.echo(f"Live settlement {time.monotonic() - began:.0f} s after the start.")
        sent = count
        if sent < len(rows):
            time.sleep(_PACE)
    return settled

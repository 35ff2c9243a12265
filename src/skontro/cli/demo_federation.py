"""``skontro demo federation``: linked systems of several countries, from start to proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.terminal import ExitCode, StepProgress, step_progress

if TYPE_CHECKING:
    from skontro.cli.federation.systems import DemoSystem
    from skontro.model import RateTable


def federation(
    *,
    systems: Annotated[
        int, typer.Option(min=2, max=10, help="Number of countries, each with its own system.")
    ] = 3,
    payments: Annotated[
        int, typer.Option(min=0, max=100_000, help="Payments inside each country.")
    ] = 2_000,
    links: Annotated[
        int, typer.Option(min=0, max=10_000, help="Links, every third over three systems.")
    ] = 60,
    trade: Annotated[
        int,
        typer.Option(
            min=0, max=100_000, help="Payments of a generated day of real trade among them."
        ),
    ] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the day's draws.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            help="New folder to keep the systems in.", show_default="a folder removed at the end"
        ),
    ] = None,
) -> None:
    """Link the systems of several countries, settle a generated day, and prove the outcome.

    Each country has a service and a PostgreSQL of its own, on this machine. Two people on both
    sides put each contract in force. Banks pay at home, and across countries payment versus
    payment, one way over mirror accounts, and in a joint netting cycle. A day of real trade is
    paid in national currencies, without those of its payments that are in third ones. At the end
    the share of national currencies is measured, and the records are reconciled.
    """
    import tempfile

    from skontro.files.reading import exists
    from skontro.model import InputError

    if output is not None:
        if exists(output):
            raise InputError(f"{output}: it exists; name a new folder")
        output.mkdir(parents=True)
        agrees = _show(output, systems, payments, links, trade, seed)
        typer.echo(f"Kept in {output}: skontro serve {output}/KZ-RTGS starts one again")
    else:
        with tempfile.TemporaryDirectory(prefix="skontro-federation-") as folder:
            agrees = _show(Path(folder), systems, payments, links, trade, seed)
    if not agrees:
        raise typer.Exit(ExitCode.INVARIANT_BROKEN)


def _show(folder: Path, count: int, payments: int, links: int, trade: int, seed: int) -> bool:
    """Run the demonstration in a folder; whether the records agree."""
    import datetime
    import time

    from skontro.cli.federation.processes import free_ports, running
    from skontro.cli.federation.systems import make_system

    begun = time.monotonic()
    with step_progress(quiet=False) as progress:
        now = datetime.datetime.now(datetime.UTC)
        made = []
        for place, port in enumerate(free_ports(count)):
            progress("making systems", place, count)
            made.append(make_system(place, folder, port, now, count))
        progress("starting services", 0, 1)
        with running(made):
            typer.echo(f"{count} services run: {', '.join(one.name for one in made)}")
            _run(made, payments, links, trade, seed, progress)
            agrees = _prove(made)
    typer.echo(f"{time.monotonic() - begun:.0f} seconds in all")
    return agrees


def _run(
    systems: list[DemoSystem],
    payments: int,
    links: int,
    trade: int,
    seed: int,
    progress: StepProgress,
) -> None:
    """Agree the contracts, and settle a generated day."""
    from skontro.cli.federation.cycle import generate_obligations, run_cycle
    from skontro.cli.federation.day import agree_contracts, generate_day, run_day
    from skontro.cli.federation.payments import generate_payments, run_payments
    from skontro.cli.federation.systems import rate_table
    from skontro.service.clock import system_clock

    pairs = len(systems) * (len(systems) - 1) // 2
    digests = agree_contracts(systems, lambda done: progress("agreeing contracts", done, pairs))
    typer.echo(f"{pairs} contracts, each put in force by two people on both sides")
    rates = rate_table(len(systems))
    day = generate_day(
        systems, rates, digests, payments=payments, links=links, seed=seed, now=system_clock()
    )
    legs = sum(len(terms.legs) for terms in day.links)
    total = payments * len(systems) + legs
    run_day(systems, day, lambda done: progress("settling the day", done, total))
    several = sum(len(terms.legs) > 2 for terms in day.links)
    typer.echo(
        f"{payments * len(systems):,} payments at home, and {links:,} links, {several:,} of them "
        "over three systems"
    )
    there, back = generate_payments(systems, rates, count=links, seed=seed, now=system_clock())
    for payments_one_way in (there, back):
        progress("paying banks of other systems", 0, 1)
        run_payments(systems, payments_one_way)
    typer.echo(
        f"{len(there):,} one-way payments to banks of other systems, and {len(back):,} back in the "
        "same currencies"
    )
    _settle_trade(systems, rates, digests, trade, seed, progress)
    progress("netting in a joint cycle", 0, 1)
    owed = generate_obligations(systems, rates, there, seed=seed, now=system_clock())
    cycle = run_cycle(systems, owed)
    typer.echo(
        f"A joint cycle of {len(systems)} systems: {cycle.obligations:,} obligations, paid by "
        f"{cycle.payments:,} net payments as one link"
    )


def _settle_trade(
    systems: list[DemoSystem],
    rates: RateTable,
    digests: dict[Any, str],
    count: int,
    seed: int,
    progress: StepProgress,
) -> None:
    """Settle a generated day of real trade.

    Raises:
        InputError: an order is not final, or is in a third currency.
    """
    from skontro.cli.federation.trade import generate_trade, run_trade, trade_outcome
    from skontro.model import InputError
    from skontro.service.clock import system_clock

    now = system_clock()
    day = generate_trade(systems, rates, digests, count=count, seed=seed, now=now)
    sent = len(day.payments) + len(day.links)
    run_trade(systems, day, lambda done: progress("settling a day of trade", done, sent))
    found = trade_outcome(systems, day)
    typer.echo(
        f"{count:,} payments of a generated day of real trade: {len(day.payments):,} one way in "
        f"the payer's currency, and {len(day.links):,} converted into the payee's. "
        f"{found.settled:,} of their {found.orders:,} orders are final, and {found.third:,} are "
        "in a third currency."
    )
    if day.third:
        each = ", ".join(f"{number:,} in {code}" for code, number in day.third.items())
        typer.echo(f"Third currencies have no system here, so the rest was not sent: {each}.")
    if found.settled != found.orders or found.third:
        raise InputError("not all orders of the day of trade are final in national currencies")


def _prove(systems: list[DemoSystem]) -> bool:
    """Measure the share of the group, and reconcile the records; whether they agree."""
    from skontro.cli.federation.systems import rate_table
    from skontro.cli.group_share import measured_share, print_share, read_member
    from skontro.cli.reconcile import print_reconciliation, read_records
    from skontro.ledger.cycle_records import compare_cycles
    from skontro.ledger.mirror_records import compare_mirrors
    from skontro.ledger.reconciliation import reconcile

    folders = [str(one.folder) for one in systems]
    rates = rate_table(len(systems))
    with step_progress(quiet=False) as progress:
        members = [read_member(folder, progress) for folder in folders]
    print_share(members, measured_share(members, rates), rates)
    read = read_records(folders, None, quiet=False)
    found = reconcile([one.links for one in read], [compare_mirrors, compare_cycles])
    print_reconciliation(read, found)
    for difference in found.differences:
        typer.echo(f"skontro: {difference.kind}: {difference.evidence}", err=True)
    return found.agrees

"""``skontro replay``: a day of a live system as a scenario for simulation."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.record import Database, PublicKey, Record, find_record, say_if_untrusted


def replay(
    record: Record,
    *,
    database: Database = None,
    public_key: PublicKey = None,
    date: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="Business day, which is over.")
    ],
    as_scenario: Annotated[Path, typer.Option(help="Folder to write the scenario into.")],
    results: Annotated[
        Path | None, typer.Option(help="Folder for what the record says became of it.")
    ] = None,
) -> None:
    """Turn a business day of the record into a scenario that simulation can settle again.

    Settling it gives, byte for byte, the results that --results writes from the record. Orders that
    the system refused are listed in left-out.csv.
    """
    from skontro.files import write_results, write_scenario
    from skontro.files.writing import write_csv
    from skontro.simulation.live_day import read_live_day

    place = find_record(record, database, public_key)
    day = read_live_day(place.url, date.date(), place.key)
    write_scenario(as_scenario, day.scenario)
    write_csv(as_scenario / "left-out.csv", day.left_out)
    if results is not None:
        write_results(results, day.results)
    typer.echo(
        f"{day.scenario.payments.height:,} payments and {day.scenario.instructions.height:,} "
        f"instructions written to {as_scenario}; {day.left_out.height:,} orders left out"
    )
    say_if_untrusted(place, day.public_key)

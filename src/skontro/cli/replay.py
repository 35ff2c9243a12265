"""``skontro replay``: write a live business day as a scenario for simulation."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.outputs import REPORT_FILE, Overwrite
from skontro.cli.record import Database, PublicKey, Record, find_record, warn_if_untrusted

#: Orders that the system rejected, in the scenario's folder.
LEFT_OUT_FILE = "left-out.csv"


def replay(
    record: Record,
    *,
    database: Database = None,
    public_key: PublicKey = None,
    date: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="A business day that has ended.")
    ],
    as_scenario: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write the scenario into.", show_default="the record's name-date"
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="Folder for the results in the record.", show_default="none"),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Turn a business day of the record into a scenario that simulation can settle again.

    Settling it gives, byte for byte, the results that --results writes from the record. Orders that
    the system did not accept are listed in left-out.csv.
    """
    from contextlib import ExitStack

    from skontro.files import write_results, write_scenario
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.reading import is_folder
    from skontro.files.results import RESULT_FILES
    from skontro.files.scenario import SCENARIO_FILES
    from skontro.files.table_files import write_csv
    from skontro.simulation.live_day import read_live_day

    place = find_record(record, database, public_key)
    as_scenario = as_scenario or _default_folder(record, date.date())
    _refuse_nested(as_scenario, results)
    inputs = [folder] if is_folder(folder := Path(record)) else []
    with ExitStack() as outputs:
        kind = OutputKind("replay", SCENARIO_FILES[0], (*SCENARIO_FILES, LEFT_OUT_FILE))
        scenario = outputs.enter_context(
            output_folder(as_scenario, kind, inputs=inputs, overwrite=overwrite)
        )
        if results is not None:
            kind = OutputKind(
                "replay --results", RESULT_FILES[0], RESULT_FILES, companions=(REPORT_FILE,)
            )
            recorded = outputs.enter_context(
                output_folder(results, kind, inputs=inputs, overwrite=overwrite)
            )
        day = read_live_day(place.url, date.date(), place.key)
        write_scenario(scenario.stage, day.scenario)
        write_csv(scenario.stage / LEFT_OUT_FILE, day.left_out)
        if results is not None:
            write_results(recorded.stage, day.results)
    typer.echo(
        f"{day.scenario.payments.height:,} payments and {day.scenario.instructions.height:,} "
        f"instructions written to {as_scenario}; {day.left_out.height:,} orders left out"
    )
    if results is not None:
        typer.echo(f"Results of the record written to {results}")
    if day.linked:
        typer.echo(
            f"skontro: warning: {day.linked:,} legs of links with other systems: the scenario has "
            "no steps of links, so settling it again gives other results",
            err=True,
        )
    warn_if_untrusted(place, day.public_key)


def _default_folder(record: str, date: datetime.date) -> Path:
    """A name after the system's folder; a URL may hold secrets and never names a folder."""
    from skontro.ledger import is_url

    name = "record" if is_url(record) else Path(record).absolute().name
    return Path(f"{name}-{date}")


def _refuse_nested(scenario: Path, results: Path | None) -> None:
    """Refuse nested folders, because each is replaced as a whole."""
    from skontro.model import InputError

    if results is None:
        return
    one, other = scenario.resolve(), results.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise InputError("--as-scenario, --results: name two folders, neither inside the other")

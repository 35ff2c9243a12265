"""``skontro generate``: write a scenario of business days of payments from real trade."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import GROUPS, Overwrite, countries_label
from skontro.cli.terminal import console, print_json, step_progress

if TYPE_CHECKING:
    from skontro.files import Scenario
    from skontro.simulation.generator import GeneratorSettings

#: Value in the shell of `payments_per_day` to let the fitted mean value decide.
AS_FITTED = "as-fitted"


def _option(help_text: str, default: str) -> Any:  # noqa: ANN401  typer's own return type
    # Left out, an option takes the default of `GeneratorSettings`, which is shown here.
    return typer.Option(help=help_text, show_default=default)


def generate(
    *,
    output: Annotated[
        Path | None, _option("Folder to write the scenario into.", "group-day, as in cis-day")
    ] = None,
    overwrite: Overwrite = False,
    group: Annotated[str | None, _option(f"Group of countries: {GROUPS}.", "CIS")] = None,
    countries: Annotated[
        str | None, _option("ISO codes, as in KAZ,KGZ,UZB, instead of a group.", "none")
    ] = None,
    first_date: Annotated[str | None, _option("First business day.", "2019-09-17")] = None,
    business_days: Annotated[
        int | None, _option("Number of business days, Mondays to Fridays.", "1")
    ] = None,
    trade_year: Annotated[
        int | None, _option("Year of the trade matrix.", "latest not after the date")
    ] = None,
    seed: Annotated[int | None, _option("Seed of all random draws.", "1")] = None,
    payments_per_day: Annotated[
        str | None, _option(f"A number, or {AS_FITTED} for the mean value of the fit.", "20000")
    ] = None,
    fit: Annotated[
        str | None, _option("Sample that shapes payment values.", "mtcsPy obligation network 1")
    ] = None,
    largest_bank_count: Annotated[
        int | None, _option("Number of banks of the country that trades most.", "20")
    ] = None,
    smallest_bank_count: Annotated[
        int | None, _option("Minimum number of banks of a country.", "2")
    ] = None,
    periphery_link_share: Annotated[
        str | None, _option("Part of the pairs of smaller banks that correspond.", "0.10")
    ] = None,
    liquidity_share: Annotated[
        str | None, _option("Opening balance, as a part of a day's outgoing payments.", "0.50")
    ] = None,
    credit_share: Annotated[
        str | None, _option("Credit line of banks in home currencies, as the same part.", "0.20")
    ] = None,
    credit_currencies: Annotated[
        str | None,
        _option("Credit lines in home currencies, or (paid) in all that a bank pays in.", "home"),
    ] = None,
    urgent_share: Annotated[
        str | None, _option("Part of all payments that is urgent.", "0.01")
    ] = None,
    high_share: Annotated[
        str | None, _option("Part of all payments that is of class high.", "0.05")
    ] = None,
    timed_share: Annotated[
        str | None, _option("Part of all payments with an earliest or latest time.", "0.02")
    ] = None,
    opens: Annotated[str | None, _option("Local time at which the day opens.", "09:00")] = None,
    closes: Annotated[str | None, _option("Local time at which the day closes.", "18:00")] = None,
    time_zone: Annotated[str | None, _option("Time zone, an IANA name.", "UTC")] = None,
    shares_file: Annotated[
        Path | None, _option("CSV of invoicing shares instead of those shipped.", "as shipped")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON.")] = False,
) -> None:
    """Generate business days of cross-border payments whose totals equal real trade."""
    given = {key: value for key, value in locals().items() if value is not None}
    for name in ("output", "overwrite", "as_json"):
        given.pop(name, None)
    from skontro.api import scenarios
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.scenario import SCENARIO_FILES
    from skontro.model import InputError
    from skontro.simulation.generator import GeneratorSettings

    if group and countries:
        raise InputError("--group, --countries: give one of the two")
    options = _read(given)
    settings = GeneratorSettings(**options)  # refuses them before a folder is touched
    output = output or _default_output(settings)
    kind = OutputKind("generate", SCENARIO_FILES[0], SCENARIO_FILES)
    inputs = [settings.shares_file] if settings.shares_file else []
    with (
        step_progress(quiet=as_json) as progress,
        output_folder(output, kind, inputs=inputs, overwrite=overwrite) as folder,
    ):
        scenario = scenarios.generate(progress=progress, **options)
        scenarios.write_scenario(scenario, folder.stage)
    if as_json:
        print_json(json.dumps(_summary(output, scenario), ensure_ascii=False, indent=2))
    else:
        _show(output, scenario)


def _default_output(settings: GeneratorSettings) -> Path:
    countries = ",".join(settings.countries) or settings.group
    return Path(f"{countries_label(countries)}-{'day' if settings.business_days == 1 else 'days'}")


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that the options give."""
    from skontro.model import parse_date
    from skontro.simulation.generator.settings import to_share

    readers = {
        "countries": _split,
        "first_date": parse_date,
        "payments_per_day": lambda text: None if text == AS_FITTED else int(text),
        "opens": datetime.time.fromisoformat,
        "closes": datetime.time.fromisoformat,
    }
    return {
        key: _read_one(key, value, to_share if key.endswith("_share") else readers.get(key))
        for key, value in given.items()
    }


def _read_one(key: str, value: Any, reader: Any) -> Any:  # noqa: ANN401
    from skontro.model import InputError

    if reader is None:
        return value
    try:
        return reader(value)
    except (ValueError, InputError) as error:
        raise InputError(f"--{key.replace('_', '-')}: {error}") from None


def _split(text: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in text.split(","))


def _summary(output: Path, scenario: Scenario) -> dict[str, Any]:
    """Summary of the scenario; amounts are text, because JSON readers parse numbers as floats."""
    return {
        "folder": str(output),
        "name": scenario.name,
        "business_days": [str(day.date) for day in scenario.business_days],
        "payments": scenario.payments.height,
        "participants": len(scenario.directory.participants),
        "accounts": len(scenario.directory.accounts),
        "currencies": {
            code: {"payments": number, "amount": amount}
            for code, number, amount in _turnover(scenario)
        },
        "provenance": dict(scenario.provenance),
    }


def _turnover(scenario: Scenario, *, grouped: bool = False) -> list[tuple[str, int, str]]:
    """Currency code, number of payments and their total, by code."""
    import polars as pl

    from skontro.model import find_currency, format_amount

    totals = scenario.payments.group_by("currency").agg(
        pl.len(), pl.col("amount_minor").cast(pl.Int128).sum()
    )
    return [
        (code, number, format_amount(minor, find_currency(code), grouped=grouped))
        for code, number, minor in totals.sort("currency").iter_rows()
    ]


def _show(output: Path, scenario: Scenario) -> None:
    from rich.table import Table

    table = Table("currency", title=f"{scenario.name}, generated payments")
    table.add_column("payments", justify="right")
    table.add_column("amount", justify="right")
    for code, number, amount in _turnover(scenario, grouped=True):
        table.add_row(code, f"{number:,}", amount)
    console().print(table)
    typer.echo(
        f"{scenario.payments.height:,} payments, {len(scenario.directory.participants)} "
        f"participants, {len(scenario.directory.accounts)} accounts, written to {output}"
    )

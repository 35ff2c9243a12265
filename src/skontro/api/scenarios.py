"""Read, generate and write scenarios: a path or an object in, an object out."""

import datetime
import os
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import attrs

from skontro import files
from skontro.files import Scenario, ScenarioReading
from skontro.files.bare_payments import is_bare, read_bare_payments
from skontro.files.payments import RowReader
from skontro.files.refusals import RowsRefused
from skontro.imports import draft_for, import_sources, read_map, read_sources
from skontro.imports.column_map import usable_map, with_time_zone
from skontro.messages.payment_rows import MessageFiles, is_message_source
from skontro.model import ArgumentError, InputError, parse_date
from skontro.simulation.generator import GeneratorSettings
from skontro.simulation.generator import generate as generate_scenario
from skontro.simulation.generator.settings import to_share

#: A path as text or as an object.
PathLike: TypeAlias = str | os.PathLike[str]


def read_scenario(
    path: PathLike,
    *,
    payments: PathLike | None = None,
    participants: PathLike | None = None,
    rates: PathLike | None = None,
    instructions: PathLike | None = None,
    liquidity: Decimal | str | None = None,
    skip_invalid: bool = False,
) -> Scenario:
    """Read a scenario, or a payments file by itself.

    Args:
        path: a folder with a scenario.yaml, that file, or a payments file (.csv, .parquet). For a
            payments file, participants and days are assumed; `Scenario.provenance` says how.
        payments: a payments file to read instead of the scenario's.
        participants: a participants file to read instead of the scenario's.
        rates: a file of rates to read instead of the scenario's.
        instructions: a file of instructions to read instead of the scenario's.
        liquidity: for a payments file: opening balances as a part of each account's outgoing
            payments on an average day, such as "35%"; None for credit for all of them.
        skip_invalid: leave out refused rows; by default they are an error.

    Raises:
        RowsRefused: rows are refused; the error lists them.
        InputError: a file as a whole cannot be used.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_scenario(small_day(), "day")
        >>> sk.read_scenario("day")
        <Scenario 'Small day': 1 day, 3 payments, 2 participants>
    """
    reading = read_with_refusals(
        Path(path),
        payments=_path(payments),
        participants=_path(participants),
        rates=_path(rates),
        instructions=_path(instructions),
        opening_share=None if liquidity is None else exact_share("liquidity", liquidity),
    )
    if len(reading.refusals) and not skip_invalid:
        raise RowsRefused(path, reading.refusals)
    return reading.scenario


def import_payments(
    *paths: PathLike, map_file: PathLike | None = None, time_zone: str | None = None
) -> Scenario:
    r"""Read payments from files of other systems, by a map that is drafted from them.

    Args:
        paths: files, or folders of them: lists as text, workbooks, Parquet, SWIFT FIN, 1C.
        map_file: a map of the columns; drafted by default.
        time_zone: IANA name of the files' time zone, instead of the map's.

    Raises:
        InputError: a file cannot be used, or the files do not show everything; names the rest.

    Example:
        >>> from pathlib import Path
        >>> import skontro as sk
        >>> head = "Reference;Payer BIC;Payee BIC;Amount;Currency;Date"
        >>> text = f"{head}\nA1;ALFAKZKA;BETAKG22;1 250,50;KZT;24.11.2026"
        >>> _ = Path("register.csv").write_text(text, encoding="utf-8")
        >>> sk.import_payments("register.csv", time_zone="Asia/Almaty")
        <Scenario 'register': 1 day, 1 payment, 2 participants>
    """
    files = [Path(path) for path in paths]
    shape = None if map_file is None else with_time_zone(read_map(Path(map_file)), time_zone)
    sources = read_sources(files, shape)
    if shape is None:
        shape = usable_map(draft_for(sources, time_zone).shape)
    return import_sources(sources, shape, files[0].stem).scenario


def read_with_refusals(
    path: Path,
    *,
    payments: Path | None = None,
    participants: Path | None = None,
    rates: Path | None = None,
    instructions: Path | None = None,
    opening_share: Decimal | None = None,
    messages: MessageFiles | None = None,
) -> ScenarioReading:
    """Read a scenario or a payments file by itself, with refused rows and warnings.

    Args:
        path: as for `read_scenario`.
        payments: a file instead of the scenario's.
        participants: a file instead of the scenario's.
        rates: a file instead of the scenario's.
        instructions: a file instead of the scenario's.
        opening_share: for a payments file; see `read_bare_payments`.
        messages: reads message files, and keeps them for their answers.

    Raises:
        InputError: a file as a whole cannot be used, or the arguments contradict each other.
    """
    messages = messages or MessageFiles()
    reading = _read(path, payments, participants, rates, instructions, opening_share, messages.read)
    messages.keep_faults(reading.refusals)
    return attrs.evolve(
        reading,
        refusals=messages.locate(reading.refusals),
        warnings=messages.locate(reading.warnings),
    )


def _read(
    path: Path,
    payments: Path | None,
    participants: Path | None,
    rates: Path | None,
    instructions: Path | None,
    opening_share: Decimal | None,
    rows: RowReader,
) -> ScenarioReading:
    if not (is_bare(path) or is_message_source(path)):
        if opening_share is not None:
            raise ArgumentError(
                lambda name: (
                    f"{name} is for a payments file by itself; a scenario has its own opening "
                    "balances"
                ),
                "liquidity",
            )
        return files.read_scenario(
            path,
            payments=payments,
            participants=participants,
            rates=rates,
            instructions=instructions,
            rows=rows,
        )
    if payments is not None:
        raise ArgumentError(
            lambda name: f"{path}: this is a payments file already; leave out {name}", "payments"
        )
    return read_bare_payments(
        path,
        participants=participants,
        rates=rates,
        instructions=instructions,
        opening_share=opening_share,
        rows=rows,
    )


def generate(
    *,
    group: str = "CIS",
    countries: Sequence[str] = (),
    first_date: datetime.date | str = "2019-09-17",
    business_days: int = 1,
    payments_per_day: int | None = 20_000,
    seed: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
    **settings: Any,  # noqa: ANN401  those of GeneratorSettings, which checks them
) -> Scenario:
    """Generate business days of cross-border payments whose totals equal real trade.

    Args:
        group: group of countries: CIS, EAEU, ASEAN, ECOWAS and others of the generator's reference.
        countries: ISO 3166 alpha-3 codes instead of the group, such as ["KAZ", "UZB"].
        first_date: first business day, a Monday to Friday.
        business_days: number of days, Mondays to Fridays.
        payments_per_day: number of payments; with None the fitted mean value decides.
        seed: seed of all random draws; equal settings give equal bytes.
        progress: called with each step, its finished and its total parts.
        settings: other settings of the generator, such as liquidity_share="35%". Shares are text
            or decimals.

    Raises:
        InputError: a setting is out of range, or there are no data for it.

    Example:
        >>> import skontro as sk
        >>> sk.generate(countries=["KAZ", "KGZ"], payments_per_day=20, seed=1)
        <Scenario 'KAZ, KGZ, 2019-09-17': 1 day, 20 payments, 13 participants>
    """
    return generate_scenario(
        generator_settings(
            group=group,
            countries=countries,
            first_date=first_date,
            business_days=business_days,
            payments_per_day=payments_per_day,
            seed=seed,
            **settings,
        ),
        progress,
    )


def generator_settings(
    *,
    first_date: datetime.date | str = "2019-09-17",
    **settings: Any,  # noqa: ANN401  those of GeneratorSettings, which checks them
) -> GeneratorSettings:
    """Settings of the generator, with dates as text and exact shares.

    Raises:
        InputError: a setting is out of range or not exact.
    """
    exact: dict[str, Any] = {
        key: exact_share(key, value) if key.endswith("_share") else value
        for key, value in settings.items()
    }
    return GeneratorSettings(first_date=_date(first_date), **exact)


def scenario_of(scenario: Scenario | PathLike, *, skip_invalid: bool = False) -> Scenario:
    """The scenario itself, or the one at a path."""
    if isinstance(scenario, Scenario):
        return scenario
    return read_scenario(scenario, skip_invalid=skip_invalid)


def write_scenario(
    scenario: Scenario,
    folder: PathLike,
    *,
    payments_format: Literal["parquet", "csv"] = "parquet",
) -> None:
    """Write a scenario into a folder, which is created if missing.

    Args:
        scenario: the same scenario gives the same bytes.
        folder: files of the same names in it are replaced.
        payments_format: format of payments and instructions.

    Raises:
        InputError: it cannot be written there.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_scenario(small_day(), "day", payments_format="csv")
    """
    files.write_scenario(Path(folder), scenario, payments_format)


def several(words: str | Sequence[str]) -> list[str]:
    """One word or several, as a list."""
    return [words] if isinstance(words, str) else list(words)


def _path(path: PathLike | None) -> Path | None:
    return None if path is None else Path(path)


def _date(date: datetime.date | str) -> datetime.date:
    if isinstance(date, datetime.date):
        return date
    try:
        return parse_date(date)
    except InputError as error:
        raise InputError(f"first_date: {error}") from None


def exact_share(name: str, share: object) -> Decimal:
    """An exact share; a float is refused, because it is not exact."""
    if isinstance(share, Decimal):
        return share
    if not isinstance(share, str):
        raise InputError(f'{name}: {share!r} is not exact; give text such as "35%"')
    try:
        return to_share(share)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None

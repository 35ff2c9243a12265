"""A scenario folder: one document that names the files to settle."""

from pathlib import Path
from typing import Annotated, Final, Literal

import attrs
import polars as pl
from pydantic import BeforeValidator

from skontro.files.conversions import ConversionsSchema, read_conversions
from skontro.files.currency_dates import check_account_currencies
from skontro.files.document_fields import LineField, unusable
from skontro.files.document_header import FolderKind, HeaderSchema, frame_document, read_frame
from skontro.files.documents import yaml_text
from skontro.files.instructions import (
    InstructionsReading,
    read_instructions,
    write_instructions,
)
from skontro.files.participants import check_opening, read_participants, write_participants
from skontro.files.payments import RowReader, read_payments, read_rows, write_payments
from skontro.files.period import Scenario
from skontro.files.rates import read_rates, write_rates
from skontro.files.refusals import Refusals
from skontro.files.tables import INSTRUCTIONS, PAYMENTS
from skontro.files.writing import prepare_folder, write_text
from skontro.model import InputError

_KIND: Final = FolderKind("skontro scenario", "scenario.yaml")


#: Every name that a written scenario may have in its folder.
SCENARIO_FILES: Final = (
    _KIND.main_file,
    "participants.yaml",
    "rates.csv",
    *(f"{name}.{ending}" for name in ("payments", "instructions") for ending in ("parquet", "csv")),
)


def _mapping(value: object) -> object:
    if value is None:
        raise unusable("must be a mapping with keys; leave out the key if there are none")
    return value


class ScenarioSchema(HeaderSchema):
    """`scenario.yaml`: the days, the rules and the other files of a scenario."""

    participants: LineField
    payments: LineField
    rates: LineField
    instructions: LineField | None = None
    conversions: Annotated[ConversionsSchema | None, BeforeValidator(_mapping)] = None


@attrs.frozen(eq=False)
class ScenarioReading:
    """The result of reading a scenario's files.

    Attributes:
        scenario: with the good payments and instructions.
        refusals: those of the other rows of the payments file, then those of the
            instructions file, then with conversion orders.
        warnings: unusual values in good payments, perhaps mistakes.
        files: all files read.
    """

    scenario: Scenario
    refusals: Refusals
    warnings: Refusals
    files: tuple[Path, ...] = ()


def read_scenario(
    path: Path,
    *,
    payments: Path | None = None,
    participants: Path | None = None,
    rates: Path | None = None,
    instructions: Path | None = None,
    rows: RowReader = read_rows,
) -> ScenarioReading:
    """Read a scenario.

    Args:
        path: the folder, or the document in it.
        payments: a file to read instead of the one named in the document, like the others.
        participants: see `payments`.
        rates: see `payments`.
        instructions: see `payments`.
        rows: reads the payments.

    Raises:
        InputError: a file as a whole cannot be used; rows of payments and instructions that cannot
            are refusals.
    """
    main = _KIND.find(path)
    frame, days, rulebook, netting = read_frame(main, _KIND, ScenarioSchema)
    participants = participants or main.parent / frame.participants
    directory = read_participants(participants)
    check_opening(participants, directory, rulebook)
    check_account_currencies(participants, directory, days)
    rates = rates or main.parent / frame.rates
    rate_table = read_rates(rates)
    payments_path = payments or main.parent / frame.payments
    reading = read_payments(payments_path, directory, days, frame.time_zone, rows)
    if instructions is None and frame.instructions is not None:
        instructions = main.parent / frame.instructions
    legs, unpriced = PAYMENTS.to_frame(), Refusals.of([])
    if frame.conversions is not None:
        legs, unpriced = read_conversions(
            frame.conversions, main.parent, directory, days, frame.time_zone
        )
        twice = legs["uetr"].is_in(reading.payments["uetr"].implode())
        if twice.any():
            raise InputError(
                f"{main}: a payment has the UETR {legs['uetr'].filter(twice)[0]}, "
                "which is that of a leg of a conversion; give the conversion order another"
            )
    all_payments = pl.concat([reading.payments, legs]).sort("submitted_at", maintain_order=True)
    requests = InstructionsReading(INSTRUCTIONS.to_frame(), Refusals.of([]))
    if instructions is not None:
        requests = read_instructions(instructions, directory, days, frame.time_zone, all_payments)
    scenario = Scenario(
        name=frame.name,
        business_days=days,
        time_zone=frame.time_zone,
        directory=directory,
        payments=all_payments,
        rates=rate_table,
        provenance=frame.provenance,
        rulebook=rulebook,
        netting=netting,
        instructions=requests.instructions,
        rows=reading.rows,
    )
    tables = [one.refusals.table for one in (reading, requests)]
    refusals = pl.concat([*tables, unpriced.table])
    named = frame.conversions.files if frame.conversions is not None else ()
    files = (
        *(main, participants, rates, payments_path),
        *(() if instructions is None else (instructions,)),
        *(main.parent / name for name in named),
    )
    return ScenarioReading(scenario, Refusals(refusals), reading.warnings, files)


def write_scenario(
    folder: Path, scenario: Scenario, payments_format: Literal["parquet", "csv"] = "parquet"
) -> None:
    """Write a scenario into a folder, which is created if needed.

    The same scenario gives the same bytes; instructions are written in the format of the payments,
    and only where there are any. The document that makes the folder a scenario is
    written last.

    Raises:
        InputError: the scenario cannot be written so that it reads back, or not in that place.
    """
    names = {
        "participants": "participants.yaml",
        "payments": f"payments.{payments_format}",
        "rates": "rates.csv",
    }
    if scenario.instructions.height:
        names["instructions"] = f"instructions.{payments_format}"
    frame = frame_document(_KIND, scenario)
    text = yaml_text(frame | names, ScenarioSchema)
    prepare_folder(folder, _KIND.main_file)
    write_participants(folder / names["participants"], scenario.directory)
    write_payments(folder / names["payments"], scenario.payments)
    write_rates(folder / names["rates"], scenario.rates)
    if scenario.instructions.height:
        write_instructions(folder / names["instructions"], scenario.instructions)
    write_text(folder / _KIND.main_file, text)

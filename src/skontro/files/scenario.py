"""A scenario in a folder: one document that names the files of what is to be settled."""

from pathlib import Path
from typing import Final, Literal

import attrs
import polars as pl

from skontro.files.documents import yaml_text
from skontro.files.frame import FolderKind, FrameShape, frame_document, read_frame
from skontro.files.instructions import (
    InstructionsReading,
    read_instructions,
    write_instructions,
)
from skontro.files.participants import read_participants, write_participants
from skontro.files.payments import read_payments, write_payments
from skontro.files.period import Scenario
from skontro.files.rates import read_rates, write_rates
from skontro.files.refusals import Refusals
from skontro.files.shape_fields import LineField
from skontro.files.tables import INSTRUCTIONS
from skontro.files.writing import prepare_folder, write_text

_KIND: Final = FolderKind("skontro scenario", "scenario.yaml")


class _ScenarioShape(FrameShape):
    participants: LineField
    payments: LineField
    rates: LineField
    instructions: LineField | None = None


@attrs.frozen(eq=False)
class ScenarioReading:
    """What a scenario's files gave.

    Attributes:
        scenario: with the good payments and instructions.
        refusals: what is wrong with the other rows of the payments file, then with those of the
            instructions file.
    """

    scenario: Scenario
    refusals: Refusals


def read_scenario(
    path: Path,
    *,
    payments: Path | None = None,
    participants: Path | None = None,
    rates: Path | None = None,
    instructions: Path | None = None,
) -> ScenarioReading:
    """Read a scenario.

    Args:
        path: the folder, or the document in it.
        payments: a file to read instead of the one that the document names; so for the others.
        participants: see `payments`.
        rates: see `payments`.
        instructions: see `payments`.

    Raises:
        InputError: a file as a whole cannot be used; rows of payments and instructions that cannot
            are refusals.
    """
    main = _KIND.find(path)
    frame, days, rulebook, netting = read_frame(main, _KIND, _ScenarioShape)
    directory = read_participants(participants or main.parent / frame.participants)
    rate_table = read_rates(rates or main.parent / frame.rates)
    payments_path = payments or main.parent / frame.payments
    reading = read_payments(payments_path, directory, days, frame.time_zone)
    if instructions is None and frame.instructions is not None:
        instructions = main.parent / frame.instructions
    requests = InstructionsReading(INSTRUCTIONS.to_frame(), Refusals.of([]))
    if instructions is not None:
        requests = read_instructions(
            instructions, directory, days, frame.time_zone, reading.payments
        )
    scenario = Scenario(
        name=frame.name,
        business_days=days,
        time_zone=frame.time_zone,
        directory=directory,
        payments=reading.payments,
        rates=rate_table,
        provenance=frame.provenance,
        rulebook=rulebook,
        netting=netting,
        instructions=requests.instructions,
    )
    refusals = pl.concat([reading.refusals.table, requests.refusals.table])
    return ScenarioReading(scenario, Refusals(refusals))


def write_scenario(
    folder: Path, scenario: Scenario, payments_format: Literal["parquet", "csv"] = "parquet"
) -> None:
    """Write a scenario into a folder, which is made where there is none.

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
    text = yaml_text(frame | names, _ScenarioShape)
    prepare_folder(folder, _KIND.main_file)
    write_participants(folder / names["participants"], scenario.directory)
    write_payments(folder / names["payments"], scenario.payments)
    write_rates(folder / names["rates"], scenario.rates)
    if scenario.instructions.height:
        write_instructions(folder / names["instructions"], scenario.instructions)
    write_text(folder / _KIND.main_file, text)

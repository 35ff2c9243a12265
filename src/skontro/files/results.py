"""The results folder of a period: Parquet tables, the rates, and one document."""

from pathlib import Path
from typing import Any, Final

import attrs
import polars as pl

from skontro.files.document_header import FolderKind, HeaderSchema, frame_document, read_frame
from skontro.files.documents import yaml_text
from skontro.files.participants import read_participants, write_participants
from skontro.files.period import Inputs, Results
from skontro.files.rates import read_rates, write_rates
from skontro.files.reading import is_file, is_folder
from skontro.files.result_values import check_values
from skontro.files.table_files import read_parquet, write_parquet
from skontro.files.tables import (
    ACCOUNTS,
    INSTRUCTIONS,
    ORDERS,
    RESIDUALS,
    RUNS,
    STATEMENTS,
    SWAP_LINES,
)
from skontro.files.writing import prepare_folder, write_text
from skontro.model import InputError

_KIND: Final = FolderKind("skontro results", "results.yaml")
_ORDERS: Final = "orders.parquet"
_ACCOUNTS: Final = "accounts.parquet"
_STATEMENTS: Final = "statements.parquet"
_RUNS: Final = "runs.parquet"
_RATES: Final = "rates.csv"
_PARTICIPANTS: Final = "participants.yaml"
_INSTRUCTIONS: Final = "instructions.parquet"

#: Tables only of netting cycles; each in a file of its name.
_OF_CYCLES: Final = {"residuals": RESIDUALS, "swap_lines": SWAP_LINES}


#: Every name that the results of a period may have in their folder.
RESULT_FILES: Final = (
    _KIND.main_file,
    _ORDERS,
    _ACCOUNTS,
    _STATEMENTS,
    _RUNS,
    _RATES,
    _PARTICIPANTS,
    _INSTRUCTIONS,
    *(f"{name}.parquet" for name in _OF_CYCLES),
)


def find_results(path: Path) -> Path:
    """The document of results at a path: the path itself, or the document in that folder.

    Raises:
        InputError: there are no results at the path.
    """
    return _KIND.find(path)


def result_files(path: Path) -> list[Path]:
    """Paths of the files of the results at a path.

    Args:
        path: the folder, or the document in it.
    """
    folder = path if is_folder(path) else path.parent
    return [path, *(folder / name for name in RESULT_FILES)]


def read_results(path: Path) -> Results:
    """Read the results of a period.

    Args:
        path: the folder, or the document in it.

    Raises:
        InputError: it is not such a folder, or a file in it is missing, damaged or of another
            form.
    """
    main = _KIND.find(path)
    frame, days, rulebook, netting = read_frame(main, _KIND, HeaderSchema)
    of_cycles = _OF_CYCLES if netting is not None else {}
    tables: dict[str, Any] = {
        name: _read_table(main.parent / f"{name}.parquet", schema)
        for name, schema in of_cycles.items()
    }
    return Results(
        name=frame.name,
        business_days=days,
        time_zone=frame.time_zone,
        rates=read_rates(main.parent / _RATES),
        provenance=frame.provenance,
        rulebook=rulebook,
        netting=netting,
        orders=_read_table(main.parent / _ORDERS, ORDERS),
        accounts=_read_table(main.parent / _ACCOUNTS, ACCOUNTS),
        statements=_read_table(main.parent / _STATEMENTS, STATEMENTS),
        runs=_read_table(main.parent / _RUNS, RUNS),
        **tables,
    )


def read_results_with_inputs(path: Path) -> Results:
    """Read the results of a period together with its inputs.

    Args:
        path: as for `read_results`.

    Raises:
        InputError: as `read_results`; or the results lack the settled inputs.
    """
    results = read_results(path)
    folder = _KIND.find(path).parent
    if not is_file(folder / _PARTICIPANTS):
        raise InputError(
            f"{folder}: these results lack {_PARTICIPANTS}, without which the day cannot be "
            "replayed; settle it again"
        )
    inputs = Inputs(
        directory=read_participants(folder / _PARTICIPANTS),
        instructions=_read_table(folder / _INSTRUCTIONS, INSTRUCTIONS),
    )
    return attrs.evolve(results, inputs=inputs)


def _read_table(path: Path, schema: pl.Schema) -> pl.DataFrame:
    table = read_parquet(path)
    problems = [
        *(f"column {name} is missing" for name in schema if name not in table.columns),
        *(f"column {name} is not known" for name in table.columns if name not in schema),
        *(
            f"column {name} is {table.schema[name]}, expected {dtype}"
            for name, dtype in schema.items()
            if name in table.columns and table.schema[name] != dtype
        ),
    ]
    if not problems and table.columns != schema.names():
        problems = ["the columns are in another order"]
    if problems:
        raise InputError(f"{path}: this is not a table of results: {'; '.join(problems)}")
    check_values(path, table)
    return table


def write_results(folder: Path, results: Results) -> None:
    """Write the results of a period into a folder, which is created if needed.

    The same results give the same bytes. The document that makes the folder one of results is
    written last.

    Raises:
        InputError: the results cannot be written so that they read back, or not in that place.
    """
    text = yaml_text(frame_document(_KIND, results), HeaderSchema)
    prepare_folder(folder, _KIND.main_file)
    write_parquet(folder / _ORDERS, results.orders)
    write_parquet(folder / _ACCOUNTS, results.accounts)
    write_parquet(folder / _STATEMENTS, results.statements)
    write_parquet(folder / _RUNS, results.runs)
    for name in _OF_CYCLES if results.netting is not None else ():
        write_parquet(folder / f"{name}.parquet", getattr(results, name))
    write_rates(folder / _RATES, results.rates)
    if results.inputs is not None:
        write_participants(folder / _PARTICIPANTS, results.inputs.directory)
        write_parquet(folder / _INSTRUCTIONS, results.inputs.instructions)
    write_text(folder / _KIND.main_file, text)

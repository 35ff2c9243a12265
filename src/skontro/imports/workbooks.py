"""Workbooks of spreadsheet programs: XLSX, XLSM, XLSB, XLS and ODS."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from skontro.files.reading import read_bytes
from skontro.imports.headings import body, find_heading
from skontro.imports.source_table import SourceTable, table_of
from skontro.model import InputError

ENDINGS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def read_workbook(path: Path) -> list[SourceTable]:
    """The sheets of a workbook that hold lists, in their order.

    Raises:
        InputError: the file cannot be read as a workbook, or all its sheets are empty.
    """
    read_bytes(path)  # so that a missing file is refused as all others
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in workbook.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(f"{path}: this workbook cannot be read: {error}") from None
    tables = [_table(path, name, rows) for name, rows in sheets.items() if rows]
    found = [table for table in tables if table.rows.height]
    if not found:
        raise InputError(f"{path}: all sheets are empty")
    return found


def _table(path: Path, sheet: str, cells: Sequence[Sequence[object]]) -> SourceTable:
    rows = [(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1)]
    heading = find_heading([row for _, row in rows])
    data, passed_over = body(rows, heading)
    name = f"{path.name}, sheet {sheet}"
    found = {"sheet": sheet}
    if heading.first >= 0:
        found["names in line"] = str(heading.first + 1)
    return SourceTable(name, "workbook", table_of(heading.names, data, name), found, passed_over)


def _text(cell: object) -> str:
    """A cell as text.

    A workbook stores numbers as 64-bit floats. The shortest decimal of one is what was entered.
    """
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)

"""Results in other programs: read back by other libraries, to the minor unit."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

import skontro as sk
from skontro.model import InputError
from skontro.report import exports
from skontro.report.exports import FORMATS, heading, in_major_units, tables_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "currencies-together"


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return tables_of(sk.settle(EXAMPLE))


def table(**amounts: list[int | None]) -> pl.DataFrame:
    currencies = ["KZT", "JPY", "KWD", "KZT"]
    return pl.DataFrame({"currency": currencies} | amounts)


def test_amounts_are_cut_and_never_divided() -> None:
    found = in_major_units(table(amount_minor=[5, -(10**17) - 1, 1234567, None]))
    assert found["amount_minor"].to_list() == ["0.05", "-100000000000000001", "1234.567", None]
    assert in_major_units(table(amount_minor=[-5, 0, 0, 100]))["amount_minor"].to_list() == [
        "-0.05",
        "0",
        "0.000",
        "1.00",
    ]


def test_headings_have_units() -> None:
    assert heading("uetr") == "UETR"
    assert heading("at") == "At (UTC)"
    assert heading("settled_minor") == "Settled (major units)"
    assert heading("payment_class") == "Payment class"


def test_a_workbook_reads_back(tmp_path: Path, tables: dict[str, pl.DataFrame]) -> None:
    (path,) = FORMATS["xlsx"](tmp_path, tables)
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == list(tables)
    for name, one in tables.items():
        head, *rows = book.get_sheet_by_name(name).to_python()
        assert head == [heading(column) for column in one.columns]
        assert len(rows) == one.height
    orders = book.get_sheet_by_name("orders").to_python()[1:]
    amount = tables["orders"].columns.index("amount_minor")
    shown = in_major_units(tables["orders"])["amount_minor"].to_list()
    assert [Decimal(repr(row[amount])) for row in orders] == [Decimal(text) for text in shown]


def test_the_same_results_give_the_same_bytes(
    tmp_path: Path, tables: dict[str, pl.DataFrame]
) -> None:
    for form in ("xlsx", "csv", "parquet"):
        written = []
        for turn in ("first", "second"):
            folder = tmp_path / form / turn
            folder.mkdir(parents=True)
            written.append([path.read_bytes() for path in FORMATS[form](folder, tables)])
        assert written[0] == written[1]


def test_stata_reads_back_with_labels(tmp_path: Path, tables: dict[str, pl.DataFrame]) -> None:
    paths = FORMATS["stata"](tmp_path, tables)
    assert [path.name for path in paths] == [f"{name}.dta" for name in tables]
    found, meta = pyreadstat.read_dta(str(paths[0]), output_format="polars")
    assert meta.column_labels[4] == "Amount (major units)"
    wanted = [float(text) for text in in_major_units(tables["orders"])["amount_minor"]]
    assert found["amount"].to_list() == wanted
    assert found["uetr"].to_list() == tables["orders"]["uetr"].to_list()
    times = tables["orders"]["submitted_at"].dt.replace_time_zone(None)
    assert found["submitted_at"].cast(pl.Datetime("us")).to_list() == times.to_list()


@pytest.mark.parametrize(
    ("minor", "is_text"), [(2**53 - 1, False), (2**53, True), (-(2**53), True)]
)
def test_amounts_that_stata_would_round_are_text(tmp_path: Path, minor: int, is_text: bool) -> None:
    (path,) = FORMATS["stata"](tmp_path, {"orders": table(amount_minor=[minor, 0, 0, None])})
    found, _ = pyreadstat.read_dta(str(path), output_format="polars")
    assert (found["amount"].dtype == pl.String) is is_text


@pytest.mark.parametrize(("minor", "is_text"), [(10**15 - 1, False), (10**15, True)])
def test_amounts_that_a_workbook_would_round_are_text(
    tmp_path: Path, minor: int, is_text: bool
) -> None:
    (path,) = FORMATS["xlsx"](tmp_path, {"orders": table(amount_minor=[minor, 1, 2, None])})
    cell = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1][1]
    assert isinstance(cell, str) is is_text


def test_formulas_and_links_stay_text(tmp_path: Path) -> None:
    cells = pl.DataFrame({"name": ["=1+1", "https://example.org", "-x"]})
    (path,) = FORMATS["xlsx"](tmp_path, {"orders": cells})
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [["=1+1"], ["https://example.org"], ["-x"]]


def test_csv_has_headings_and_parquet_keeps_minor_units(
    tmp_path: Path, tables: dict[str, pl.DataFrame]
) -> None:
    csv = pl.read_csv(FORMATS["csv"](tmp_path, tables)[0], infer_schema=False)
    assert (
        csv["Amount (major units)"].to_list()
        == in_major_units(tables["orders"])["amount_minor"].to_list()
    )
    found = pl.read_parquet(FORMATS["parquet"](tmp_path, tables)[0])
    assert found.equals(tables["orders"])


def test_too_many_rows_for_a_sheet_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: dict[str, pl.DataFrame]
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", tables["orders"].height - 1)
    with pytest.raises(InputError, match=r"are more than the .* of a sheet; choose --format csv"):
        FORMATS["xlsx"](tmp_path, tables)
    monkeypatch.setattr(exports, "MOST_ROWS", max(one.height for one in tables.values()))
    FORMATS["xlsx"](tmp_path, tables)
    with pytest.raises(InputError, match="cannot be written"):
        FORMATS["parquet"](tmp_path / "none", tables)

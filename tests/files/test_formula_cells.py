"""CSV that a spreadsheet opens: no text becomes a formula, numbers stay numbers, all reads back."""

import csv
import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import skontro
from skontro.files import read_rates, read_reference_rates, write_rates
from skontro.files.csv_rows import read_csv_file, split_rows
from skontro.files.rates import write_reference_rates
from skontro.files.refusals import Refusal, Refusals, write_refusals
from skontro.files.table_files import write_csv
from skontro.model import Rate, RateTable, ReasonCode, ReferenceRate, find_currency
from tests.draws import examples

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+7 700 000 00 00",
    "-",
    "-A1",
    "-1+1",
    "-1,2,3",
    "--1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "  =1",
    "\u00a0=1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "'=1",
    "''=1",
    "'-A1",
]
NUMBERS = ["-1", "-0.05", "-1250.50", "-1,250.50", "-12.3 %", "-12%", "-1.5e-7", "1", "0.5"]
TEXTS = ["Bank", "'t Bank", "'", "''", "a=b", "a-b", "1-2", "'-5", "0-0", "\u2013", "5 %", "x'=1"]

#: Much of it begins like a formula, and some with marks before it.
HOSTILE = st.builds(
    str.__add__,
    st.text("'=+-@\t\r \uff1d0", max_size=4),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=6),
)


def written(path: Path, cells: list[str]) -> list[str]:
    """The cells as a program finds them that knows nothing of marks."""
    write_csv(path, pl.DataFrame({"cell": cells, "next": ["x"] * len(cells)}))
    with path.open(encoding="utf-8", newline="") as file:
        return [row["cell"] for row in csv.DictReader(file)]


def test_what_a_spreadsheet_would_compute_is_marked(tmp_path: Path) -> None:
    assert written(tmp_path / "a.csv", FORMULAS) == [f"'{cell}" for cell in FORMULAS]


def test_numbers_and_other_text_stay_as_they_are(tmp_path: Path) -> None:
    assert written(tmp_path / "a.csv", [*NUMBERS, *TEXTS]) == [*NUMBERS, *TEXTS]


def test_columns_of_numbers_are_never_marked(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": [-1], "b": [Decimal("-0.50")], "c": [datetime.date(2026, 1, 5)]})
    write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text() == "a,b,c\n-1,-0.50,2026-01-05\n"


@settings(max_examples=examples(40))
@given(cells=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=8))
def test_our_own_reader_takes_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    write_csv(path, pl.DataFrame(cells, schema=["a", "b"], orient="row"))
    table, refused = split_rows(read_csv_file(path))
    assert not refused
    assert table.select("a", "b").rows() == [(a or None, b or None) for a, b in cells]


def test_every_writer_of_csv_marks(tmp_path: Path) -> None:
    kzt, usd = find_currency("KZT"), find_currency("USD")
    day = datetime.date(2026, 10, 23)
    source = '=HYPERLINK("http://x")'
    rates = RateTable(usd, [Rate(kzt, Decimal("483.25"), day, source)])
    fixing = ReferenceRate(usd, kzt, Decimal("483.25"), 1_792_000_000_000_000, source)
    refusal = Refusal("p.csv", 1, "uetr", ReasonCode.FIELD_MALFORMED, "=1", "is not a UETR")
    write_rates(tmp_path / "rates.csv", rates)
    write_reference_rates(tmp_path / "fixings.csv", [fixing])
    write_refusals(tmp_path / "refusals.csv", Refusals.of([refusal]))
    for path in tmp_path.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not any(cell.startswith("=") for cell in cells), path.name
        assert any(cell.startswith("'=") for cell in cells), path.name
    assert read_rates(tmp_path / "rates.csv").rates == rates.rates
    assert read_reference_rates(tmp_path / "fixings.csv", "UTC") == [fixing]


def test_no_module_writes_csv_but_the_one_that_marks() -> None:
    sources = Path(skontro.__file__).parent
    writers = {
        path.relative_to(sources).as_posix()
        for path in sources.rglob("*.py")
        if any(
            call in path.read_text(encoding="utf-8")
            for call in (".write_csv(", "csv.writer(", "csv.DictWriter(")
        )
    }
    assert writers == {"files/table_files.py"}

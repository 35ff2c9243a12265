"""Folders that cannot be used, content that cannot be written, and writes that fail."""

import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import polars as pl
import pytest

from skontro.files import (
    read_results,
    read_scenario,
    write_results,
    write_scenario,
)
from skontro.model import (
    InputError,
)
from tests.files.banks import DAYS
from tests.files.small_examples import bytes_of, small_results, small_scenario


def break_file(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "scenario.yaml").unlink(), "not a skontro scenario folder: it has no"),
        (shutil.rmtree, "no such file or folder"),
        (lambda f: (f / "rates.csv").unlink(), "rates.csv: there is no such file"),
        (break_file("scenario.yaml", "skontro scenario", "other"), "expected 'skontro scenario'"),
        (break_file("scenario.yaml", "version: 1", "version: 2"), "reads version 1"),
        (break_file("scenario.yaml", "Europe/Berlin", "Mars"), "line 4: time_zone cannot be used"),
        (
            break_file("scenario.yaml", "    - 2026-10-26", "    - 2026-10-25"),
            "line 5: business_days",
        ),
        (break_file("scenario.yaml", "'18:00'", "'00:30'"), "must open before it closes"),
        (break_file("scenario.yaml", "'01:00'", "'02:30'"), "occurs twice or never"),
        (break_file("scenario.yaml", "'01:00'", "9"), "line 9: business_days.opens must be text"),
        (break_file("scenario.yaml", "'01:00'", "'9:00'"), "neither a time like 09:00"),
        (break_file("scenario.yaml", "  opens: '01:00'\n", ""), "opens and closes must both be"),
        (break_file("scenario.yaml", "hours: none", "hours: 7"), "provenance.hours must be text"),
        (break_file("scenario.yaml", "rates: rates.csv", "rate: x"), "rate is an unknown key"),
        (break_file("scenario.yaml", "2026-10-25", "1812-10-25"), "years 1970 to 2999"),
        (
            break_file(
                "scenario.yaml",
                "provenance:",
                "  exceptions: [{date: 2026-10-27, opens: '09:00', closes: '10:00'}]\nprovenance:",
            ),
            "exception 2026-10-27: it must be one of the dates",
        ),
        (
            break_file(
                "scenario.yaml",
                "  closes: '18:00'",
                "  closes: '18:00'\n  exceptions: ["
                + ", ".join(["{date: 2026-10-26, opens: '09:00', closes: '10:00'}"] * 2)
                + "]",
            ),
            "named once",
        ),
    ],
)
def test_scenarios_that_cannot_be_used(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "scenario"
    write_scenario(folder, small_scenario())
    change(folder)
    with pytest.raises(InputError, match=said) as caught:
        read_scenario(folder)
    assert str(folder) in str(caught.value)


def drop_column(folder: Path) -> None:
    path = folder / "orders.parquet"
    pl.read_parquet(path).drop("status").with_columns(
        pl.col("order").cast(pl.Int32), extra=1
    ).write_parquet(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "results.yaml").unlink(), "not a skontro results folder: it has no"),
        (lambda f: (f / "orders.parquet").unlink(), "orders.parquet: there is no such file"),
        (lambda f: (f / "orders.parquet").write_bytes(b"x"), "not a readable Parquet file"),
        (
            drop_column,
            "column status is missing; column extra is not known; column order is Int32, "
            "expected Int64",
        ),
        (
            lambda f: shutil.copy(f / "accounts.parquet", f / "statements.parquet"),
            "this is not a table of results",
        ),
    ],
)
def test_folders_that_hold_no_results(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    write_results(tmp_path / "results", small_results())
    change(tmp_path / "results")
    with pytest.raises(InputError, match=said):
        read_results(tmp_path / "results")


def test_what_would_not_read_back_is_not_written(tmp_path: Path) -> None:
    for change in (
        {"name": "two\nlines"},
        {"name": "one line and its end\x85"},
        {"provenance": {"two\nlines": "x"}},
        {"time_zone": "Mars"},
        {"provenance": {"source": ""}},
        {"business_days": (DAYS[1], DAYS[0])},
    ):
        with pytest.raises(InputError):
            write_scenario(tmp_path / "scenario", attrs.evolve(small_scenario(), **change))
    assert not (tmp_path / "scenario").exists()


def test_a_failed_write_leaves_no_parts_and_no_whole_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_results(tmp_path, small_results())
    before = bytes_of(tmp_path)

    def full_disk(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pl.DataFrame, "write_parquet", full_disk)
        with pytest.raises(InputError, match="No space left"):
            write_results(tmp_path, small_results(2))
    assert bytes_of(tmp_path) == {n: b for n, b in before.items() if n != "results.yaml"}
    with pytest.raises(InputError, match="not a skontro results folder"):
        read_results(tmp_path)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file: this is a file; name a folder"):
        write_scenario(tmp_path / "file", small_scenario())

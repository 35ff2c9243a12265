"""``skontro export``: each format into a folder of its own."""

import sys
from pathlib import Path

import pytest

import skontro as sk
from skontro.testing import small_day
from tests.cli.in_process import run_main


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    sk.write_results(sk.settle(small_day()), tmp_path / "settled")
    return tmp_path / "settled"


@pytest.mark.long
@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("xlsx", "results.xlsx"),
        ("csv", "orders.csv"),
        ("stata", "orders.dta"),
        ("parquet", "orders.parquet"),
    ],
)
def test_each_format(settled: Path, form: str, name: str) -> None:
    output = settled.parent / form
    found = run_main("export", settled, "--format", form, "--output", output)
    assert (found.returncode, name in found.stdout) == (0, True)
    assert (output / name).exists()
    assert run_main("export", settled, "--format", form, "--output", output).returncode == 0


def test_unknown_formats_and_results_are_refused(settled: Path) -> None:
    assert "is not one of" in run_main("export", settled, "--format", "pdf").stderr
    assert run_main("export", settled.parent / "none").returncode == 3


@pytest.mark.long
def test_statistics_in_sdmx(settled: Path) -> None:
    output = settled.parent / "sdmx"
    found = run_main("export", settled, "--format", "sdmx", "--output", output)
    assert (found.returncode, "structure.xml, data.xml" in found.stdout) == (0, True)
    assert {"data.xml", "structure.xml"} < {path.name for path in output.iterdir()}


def test_without_the_optional_library_it_is_named(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pysdmx.io", None)
    monkeypatch.delitem(sys.modules, "skontro.report.sdmx", raising=False)
    found = run_main("export", settled, "--format", "sdmx")
    assert found.returncode == 3
    assert "--format sdmx needs" in found.stderr
    assert "skontro[sdmx]" in found.stderr

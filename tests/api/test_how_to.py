"""The how-to in Python, block after block, as a reader runs them."""

import contextlib
import io
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.cli.documents import ROOT, blocks, name_of

pytestmark = pytest.mark.long

HOW_TO = ROOT / "docs" / "how-to" / "settle-in-python.md"


def test_the_how_to_in_python_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples" / "three-banks" / "payments.csv", "payments.csv")
    printed, names = io.StringIO(), dict[str, object]()
    with contextlib.redirect_stdout(printed):
        for text in blocks(HOW_TO, "python"):
            exec(compile(text, name_of(HOW_TO), "exec"), names)
    [shown] = blocks(HOW_TO, "text")
    assert printed.getvalue().startswith(shown)
    assert names["own"] is not names["settled"]
    for table in ("shares", "waited"):
        found = names[table]
        assert isinstance(found, pl.DataFrame)
        assert found.height > 0
    assert Path("cis-settled", "orders.parquet").exists()
    assert Path("report.html").exists()

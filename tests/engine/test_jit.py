"""The folder of compiled kernels: another one wherever their machine code would be another."""

from enum import IntEnum
from pathlib import Path

import pytest

from skontro import model
from skontro.engine import jit
from skontro.model import MAX_AMOUNT


class _Renumbered(IntEnum):
    NONE = 0
    UNKNOWN_CLASS = 15


def test_the_folder_is_the_same_for_the_same_sources_and_numbers() -> None:
    assert jit._cache_folder() == jit._cache_folder()


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_AMOUNT", MAX_AMOUNT - 1), ("ReasonCode", _Renumbered)]
)
def test_another_number_of_the_model_gives_another_folder(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = jit._cache_folder()
    monkeypatch.setattr(model, name, value)
    assert jit._cache_folder() != before


@pytest.mark.parametrize("change", ["another text", "another name"])
def test_another_source_gives_another_folder(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kernels.py"
    source.write_text("A = 1\n")
    monkeypatch.setattr(jit, "_HERE", tmp_path)
    before = jit._cache_folder()
    if change == "another text":
        source.write_text("A = 2\n")
    else:
        source.rename(tmp_path / "others.py")
    assert jit._cache_folder() != before


def test_another_optimisation_gives_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = jit._cache_folder()
    monkeypatch.setattr(jit._numba.config, "OPT", -1)
    assert jit._cache_folder() != before


@pytest.mark.parametrize("writable", [True, False])
def test_the_folder_is_next_to_the_sources_where_these_can_be_written(
    writable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit.os, "access", lambda *_: writable)
    folder = Path(jit._cache_folder()).parent
    assert (folder == Path(jit.__file__).parent / "__pycache__") == writable

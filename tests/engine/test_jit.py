"""The folder of compiled kernels: another one wherever their machine code would be another."""

from enum import IntEnum
from pathlib import Path

import attrs
import numba
import pytest

from skontro import model
from skontro.engine import Engine, jit, submit
from skontro.engine.command_columns import Columns
from skontro.engine.command_loop import apply_columns
from skontro.model import MAX_AMOUNT, SettlementAccount, find_currency


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


def test_the_loop_is_compiled_once_for_all_columns() -> None:
    """From files come columns that may not be written, from requests such that may."""
    batch = submit([0, 1], [0, 0], [1, 1], [500, 1], [2, 2])
    closed = {name: getattr(batch, name).copy() for name in Columns._fields[:6:2]}
    for column in closed.values():
        column.flags.writeable = False
    mixed = attrs.evolve(batch, **closed)
    assert [view.flags.writeable for view in mixed.columns] == [False] * len(Columns._fields)
    assert [mixed.kind.flags.writeable, batch.kind.flags.writeable] == [False, True]
    assert numba.typeof(mixed.columns) == numba.typeof(batch.columns)

    accounts = [
        SettlementAccount(bic, find_currency("KZT"), 500) for bic in ("AAAAKZ22", "BBBBKZ22")
    ]
    engines = [Engine(accounts) for _ in range(3)]
    engines[0].apply(batch)
    engines[1].apply(mixed)
    assert engines[2].apply_watching(mixed, [0]).applied == 2
    assert engines[0].digest() == engines[1].digest() == engines[2].digest()
    if not numba.config.DISABLE_JIT:
        assert len(apply_columns.signatures) == 1  # type: ignore[attr-defined]

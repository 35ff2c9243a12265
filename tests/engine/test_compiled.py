"""Whether the engine is compiled is known before a command begins."""

from pathlib import Path

import numba
import pytest

from skontro.engine import Engine, jit, open_day
from skontro.model import Rulebook


def test_an_engine_that_ran_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Engine([], Rulebook()).apply(open_day(0))
    assert jit.is_compiled()
    if numba.config.DISABLE_JIT:
        return
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert not jit.is_compiled()
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "command_loop.first_unusable-46.py311.nbi").touch()
    assert not jit.is_compiled()
    (tmp_path / "engine" / "command_loop.apply_columns-203.py311.nbi").touch()
    assert jit.is_compiled()

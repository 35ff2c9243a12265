"""Full collections examine each object once."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from skontro.service import garbage
from skontro.service.garbage import THAW_SECONDS, ShortPauses


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of a collector, in order."""
    made: list[str] = []
    functions: dict[str, Any] = {
        name: lambda name=name: made.append(name) for name in ("collect", "freeze", "unfreeze")
    }
    callbacks: list[Callable[[str, dict[str, int]], None]] = []
    monkeypatch.setattr(garbage, "gc", SimpleNamespace(callbacks=callbacks, **functions))
    return made


def full_collection(generation: int = 2) -> None:
    for phase in ("start", "stop"):
        for one in garbage.gc.callbacks:
            one(phase, {"generation": generation})


def test_what_a_full_collection_leaves_is_set_aside(calls: list[str]) -> None:
    pauses = ShortPauses(lambda: 0.0)
    pauses.begin()
    assert calls == ["collect", "freeze"]
    full_collection()
    assert calls == ["collect", "freeze", "freeze"]
    full_collection(1)
    full_collection(0)
    assert calls == ["collect", "freeze", "freeze"]


def test_once_a_day_everything_is_examined_again(calls: list[str]) -> None:
    now = [100.0]
    pauses = ShortPauses(lambda: now[0])
    pauses.begin()
    for later, expected in (
        (THAW_SECONDS - 1, "freeze"),
        (1, "unfreeze"),
        (THAW_SECONDS - 1, "freeze"),
        (1, "unfreeze"),
    ):
        now[0] += later
        full_collection()
        assert calls[-1] == expected


def test_after_the_end_collections_are_as_usual(calls: list[str]) -> None:
    pauses, other = ShortPauses(lambda: 0.0), ShortPauses(lambda: 0.0)
    pauses.end()
    assert calls == []
    pauses.begin()
    other.begin()
    pauses.end()
    pauses.end()
    assert calls == ["collect", "freeze"] * 2 + ["unfreeze"]
    assert garbage.gc.callbacks == [other._collected]

"""Fixtures of the tests of commands."""

import pytest
from rich.progress import Progress

from tests.cli.progress import Step


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """What a command tells its bar of progress, while it does; nothing where it is quiet."""
    told: list[Step] = []

    def update(
        _bar: Progress,
        _task: object,
        *,
        description: str,
        completed: int | None,
        total: int | None,
    ) -> None:
        told.append((description, completed, total))

    monkeypatch.setattr(Progress, "update", update)
    return told

"""A pytest plugin that runs the chosen tests in the order chosen: `-p tests.mutants.choosing`.

A test that takes far longer than it did without the fault ends the run: it counts as failed.
"""

import faulthandler
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.brief import be_brief, limit_memory
from tests.mutants.selecting import selected

_CHOSEN: dict[str, float] = json.loads(Path(os.environ["MUTANTS_CHOSEN"]).read_text())


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    limit_memory()
    be_brief()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = selected(items, _CHOSEN)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    faulthandler.dump_traceback_later(_CHOSEN.get(item.nodeid, max(_CHOSEN.values())), exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()

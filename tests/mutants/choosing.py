"""A pytest plugin that runs the chosen tests in the order chosen: `-p tests.mutants.choosing`.

A fault shows in the first test that fails, so nothing is made smaller or kept for later, and a
test that takes far longer than it did without the fault ends the run: it counts as failed. So does
one that asks for far more memory: a loop without an end would else take all that the machine has.
"""

import faulthandler
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

_CHOSEN: dict[str, float] = json.loads(Path(os.environ["MUTANTS_CHOSEN"]).read_text())
_PLACES = {name: place for place, name in enumerate(_CHOSEN)}
#: Address space of one process. The tests use 3 GiB of it, most of it never touched.
_MOST_MEMORY = 8 << 30


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    settings.register_profile(
        "mutants", phases=(Phase.explicit, Phase.generate), database=None, parent=settings.default
    )
    settings.load_profile("mutants")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = [item for item in items if item.nodeid in _PLACES]
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in _PLACES])
    items[:] = sorted(chosen, key=lambda item: _PLACES[item.nodeid])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    faulthandler.dump_traceback_later(_CHOSEN[item.nodeid], exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()

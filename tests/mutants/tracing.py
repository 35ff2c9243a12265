"""A pytest plugin that notes which test runs which line: `-p tests.mutants.tracing`.

The kernels run as plain Python meanwhile (NUMBA_DISABLE_JIT=1), or nothing would be seen of them.
A fixture of a module or a session runs once for many tests; its lines are noted under its own name
and count for every test that uses it. What the source remembers in `functools.cache` is forgotten
before each test, or only the first would be seen to reach it.
"""

import functools
import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

_FOLDER = Path(os.environ["MUTANTS_FOLDER"])
_TRACER = coverage.Coverage(
    data_file=_FOLDER / f"lines-{os.getpid()}",
    source=[os.environ["MUTANTS_SOURCE"]],
    config_file=False,
    messages=False,
)
_TRACER.start()

_open: list[str] = [""]
_tests: dict[str, dict[str, Any]] = {}
_caches: list[Any] = []


def _go_to(context: str) -> None:
    _TRACER.switch_context(context)


def _forget_what_is_cached() -> None:
    if not _caches:
        gc.collect()
        _caches.extend(
            one
            for one in gc.get_objects()
            if isinstance(one, functools._lru_cache_wrapper)
            and (one.__module__ or "").startswith("skontro")
        )
    for one in _caches:
        one.cache_clear()


def _name(definition: Any) -> str:
    return f"fixture {definition.baseid}::{definition.argname}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _forget_what_is_cached()
    _open.append(item.nodeid)
    _go_to(item.nodeid)
    _tests[item.nodeid] = {"seconds": 0.0, "fixtures": [], "failed": False}
    try:
        return (yield)
    finally:
        definitions = getattr(item, "_fixtureinfo", None)
        if definitions is not None:
            _tests[item.nodeid]["fixtures"] = sorted(
                _name(several[-1])
                for several in definitions.name2fixturedefs.values()
                if several[-1].scope != "function"
            )
        _open.pop()
        _go_to(_open[-1])


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    if fixturedef.scope == "function":
        return (yield)
    _open.append(_name(fixturedef))
    _go_to(_open[-1])
    try:
        return (yield)
    finally:
        _open.pop()
        _go_to(_open[-1])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = _tests.get(report.nodeid)
    if test is not None:
        test["seconds"] += report.duration
        test["failed"] |= report.failed


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    _TRACER.stop()
    _TRACER.save()
    (_FOLDER / f"tests-{os.getpid()}.json").write_text(json.dumps(_tests))

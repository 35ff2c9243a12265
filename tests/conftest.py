"""Settings that hold for every test."""

import gc
import importlib
import io
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

import skontro
from tests.draws import be_fast, examples

#: Hypothesis draws the same examples in every run, so that none fails by chance: set by `.ci/run`.
REPEATABLE = os.environ.get("SKONTRO_REPEATABLE") == "1"

_SOURCE = str(Path(__file__).parents[1] / "src" / "skontro")
_text_encoding = io.text_encoding


def _named_encoding(encoding: str | None, stacklevel: int = 2) -> str:
    """Refuse a text file of ours that would be read or written as the machine likes."""
    caller = sys._getframe(2).f_code.co_filename
    assert encoding is not None or not caller.startswith(_SOURCE), f"{caller}: name the encoding"
    return _text_encoding(encoding, stacklevel + 1)


io.text_encoding = _named_encoding
_configure_logs = structlog.configure


def _configure_logs_without_keeping(*arguments: object, **named: object) -> None:
    """A logger that is kept goes on as it was first used, whichever test that was."""
    _configure_logs(*arguments, **named | {"cache_logger_on_first_use": False})  # type: ignore[arg-type]


structlog.configure = _configure_logs_without_keeping


@pytest.fixture(autouse=True)
def _logs_go_where_they_went() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def pytest_configure(config: pytest.Config) -> None:
    """Say how much is drawn, before any test module asks, and compile the kernels."""
    fast = "not long" in config.getoption("markexpr")
    be_fast(fast)
    if fast:
        # Compiles a quarter faster; the long run has what users run. Before Numba is imported.
        os.environ.setdefault("NUMBA_OPT", "1")
    # How long a machine takes to draw an example says nothing about the code under test.
    settings.register_profile(
        "skontro",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        max_examples=examples(100),
    )
    settings.register_profile(
        "repeatable", settings.get_profile("skontro"), derandomize=True, database=None
    )
    settings.load_profile("repeatable" if REPEATABLE else "skontro")
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        if REPEATABLE:
            _import_all_modules()
        return
    _compile_kernels(config)


def pytest_collection_finish() -> None:
    """Modules and collected tests stay: else the garbage collector looks at them again and again.

    That took a twentieth of the time of all tests.
    """
    gc.freeze()


def _import_all_modules() -> None:
    """Hypothesis also draws constants of the modules that are imported: here always of all."""
    for module in pkgutil.walk_packages(skontro.__path__, "skontro."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _compile_kernels(config: pytest.Config) -> None:
    """Compile kernels and test modules once, before several workers would each compile them all."""
    import numba

    from skontro.compilation import prepare
    from tests.engine.days import run_engine
    from tests.engine.drawn_days import draw_case
    from tests.engine.drawn_legs import draw_linked_case

    pytests = ["nice", sys.executable, "-m", "pytest", "--collect-only", "-m", "not long"]
    kernels = [sys.executable, "-m", "tests.engine.compiled_beside"]
    others = [_start(pytests, config)] if _is_new(config) else []
    prepare()
    if not numba.config.DISABLE_JIT:
        others.append(_start(kernels, config))
    for seed in range(3):
        run_engine(draw_case(seed))
        run_engine(draw_linked_case(seed))
    failed = [other.args for other in others if other.wait() != 0]
    if failed:
        raise pytest.UsageError(f"this fails: {failed}")


def _start(command: list[str], config: pytest.Config) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=config.rootpath, stdout=subprocess.DEVNULL)


def _is_new(config: pytest.Config) -> bool:
    """Whether no test has run here yet: pytest rewrites each module once, for its assertions."""
    return not list((config.rootpath / "tests" / "model" / "__pycache__").glob("test_*.pyc"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module in the fast run whose tests are all long: that alone takes seconds."""
    if "not long" not in config.getoption("markexpr") or collection_path.suffix != ".py":
        return None
    named = any(argument.endswith(collection_path.name) for argument in config.args)
    text = collection_path.read_text(encoding="utf-8")
    return True if "\npytestmark = pytest.mark.long\n" in text and not named else None

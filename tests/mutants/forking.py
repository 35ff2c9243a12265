"""A pytest plugin that collects all fast tests once and runs chosen ones in children of itself.

`-p tests.mutants.forking` makes pytest a server: it imports the source and the tests, starts
PostgreSQL, and then forks a child for every request that comes in over a socket. The child puts a
fault in, runs the tests of the request until one fails, and says which. It costs a few
milliseconds, where a new process would import for seconds.

Only a process without threads of its own may be forked safely, so nothing is run in the server.
"""

import gc
import os
import random
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.brief import be_brief, limit_memory
from tests.mutants.exchanging import FaultySource, Functions, forget_modules
from tests.mutants.requests import Asked, Begun, Ended, Failed
from tests.mutants.selecting import selected

_servers: dict[int, str] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    be_brief()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests: answer requests until who asks is gone (standard input)."""
    import skontro

    package = Path(skontro.__path__[0])
    _load_kernels()
    gc.collect()
    functions = Functions(package)
    gc.freeze()
    items = {item.nodeid: item for item in session.items}
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.environ["MUTANTS_SOCKET"])
    listener.listen()
    Path(os.environ["MUTANTS_SOCKET"] + ".ready").touch()
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection = Connection(listener.accept()[0].detach())
        asked: Asked = connection.recv()
        server = _servers.get(asked.slot) or _start_postgres(asked.slot)
        _reap()
        sys.stdout.flush()
        if os.fork() == 0:
            try:
                _Child(asked, connection, server).run(items, functions, package)
            finally:
                os._exit(9)
        connection.close()
    return True


def _load_kernels() -> None:
    from tests.engine.days import run_engine
    from tests.engine.drawn_days import draw_case
    from tests.engine.drawn_legs import draw_linked_case

    if os.environ["NUMBA_DISABLE_JIT"] == "0":
        for seed in range(3):
            run_engine(draw_case(seed))
            run_engine(draw_linked_case(seed))


def _start_postgres(slot: int) -> str:
    from skontro.ledger import database_url

    _servers[slot] = database_url(Path(tempfile.mkdtemp(prefix="postgres-")))
    return _servers[slot]


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


class _Child:
    """One run of some tests in a forked process; the plugin that says how it goes."""

    def __init__(self, asked: Asked, connection: Connection, server: str) -> None:
        self._asked, self._connection, self._server = asked, connection, server
        self._doubtful = 0

    def run(self, items: dict[str, pytest.Item], functions: Functions, package: Path) -> None:
        self._connection.send(os.getpid())
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        limit_memory()
        random.seed()
        self._write_elsewhere()
        asked, anew = self._asked, self._asked.anew
        file = package.parent.parent / asked.file if asked.file else None
        if file is not None and not anew:
            anew = not functions.exchange(file, file.read_text(), asked.faulty)
        self._connection.send(Begun("", anew))
        if anew:
            forget_modules("skontro", "tests", but="tests.mutants")
            if file is not None:
                parts = file.relative_to(package.parent).with_suffix("").parts
                module = ".".join(parts).removesuffix(".__init__")
                sys.meta_path.insert(0, FaultySource(module, file, asked.faulty))
        try:
            from tests.service import systems
        except Exception as error:  # of the faulty source, which is imported here
            self._end(Failed("", f"{type(error).__name__} before any test"))
        systems._SERVER[:] = [self._server]
        self._drop_databases()
        if anew:
            self._collect_and_run()
        else:
            self._run([items[name] for name in asked.tests if name in items])
        self._end(Ended(self._doubtful))

    def _write_elsewhere(self) -> None:
        folder = Path(self._asked.folder)
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None
        output = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)

    def _drop_databases(self) -> None:
        """Take away what an earlier child left in the server, and may be taking away itself."""
        import psycopg

        with psycopg.connect(self._server, autocommit=True) as connection:
            left = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'test_%'"
            ).fetchall()
            for (name,) in left:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def _run(self, items: list[pytest.Item]) -> None:
        if not items:
            return
        config = items[0].config
        factory: Any = config._tmp_path_factory  # type: ignore[attr-defined]
        factory._given_basetemp, factory._basetemp = Path(self._asked.folder) / "tests", None
        config.pluginmanager.register(self)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)

    def _collect_and_run(self) -> None:
        files = dict.fromkeys(name.partition("::")[0] for name in self._asked.tests)
        base = f"--basetemp={Path(self._asked.folder) / 'tests'}"
        options = ["-q", "-m", "not long", "-p", "no:cacheprovider", base]
        code = pytest.main([*options, *files], plugins=[self])
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            self._end(Failed("", f"exit code {int(code)}"))

    def _end(self, message: Ended | Failed) -> None:
        self._connection.send(message)
        os._exit(0)

    # ------------------------------------------------------------------------ hooks of pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        be_brief()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = selected(items, self._asked.tests)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._connection.send(Begun(item.nodeid, self._asked.anew))
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            return
        text = "\n".join(str(report.longrepr).splitlines()[-15:])
        if any(sign in text for sign in self._asked.doubtful):
            self._doubtful += 1
        else:
            self._end(Failed(report.nodeid, text))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._end(Failed(report.nodeid, str(report.longrepr)[-2000:]))

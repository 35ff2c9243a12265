"""The whole service with its sockets, in threads of this process: for speed, without signals."""

import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import structlog

from skontro.files.system_rules import read_system
from skontro.ledger.keys import read_private_key
from skontro.service.api.app import MakePages
from skontro.service.client import Client, Signature
from skontro.service.endpoint import listen
from skontro.service.process import _Process
from skontro.service.settings import Settings
from skontro.system import precompile
from tests.service.systems import BANKS, TOKENS, new_database


@attrs.define
class Served:
    """A service that answers at its URL."""

    folder: Path
    port: int
    process: Any

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def operator(self, number: int = 0) -> Client:
        return Client(self.url, token=TOKENS[number], timeout=30)

    def bank(self, number: int, person: int = 1) -> Client:
        key_id = f"{BANKS[number]}-{person}"
        key = read_private_key(self.folder / "keys" / f"{key_id}.pem")
        return Client(self.url, Signature(key_id, key), timeout=30)


@contextlib.contextmanager
def served(folder: Path, make_pages: MakePages | None = None, **settings: Any) -> Iterator[Served]:
    """A service over a folder that `write_folder` made, until the end of the block."""
    logs = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    precompile(read_system(folder))  # compiling takes longer than a service is waited for
    sockets = listen("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    options = {"database": new_database(), "signature_processes": 0} | settings
    process = _Process(Settings(folder, port=port, **options), lambda _error: 1, (), make_pages)
    raised: list[BaseException] = []
    process._signals = contextlib.nullcontext  # type: ignore[method-assign]
    process._end = lambda code: raised.append(SystemExit(code))  # type: ignore[method-assign]

    def run() -> None:
        try:
            process.run(sockets)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="served")
    thread.start()
    try:
        running = Served(folder, port, process)
        deadline = time.monotonic() + 60
        while httpx.get(f"{running.url}/health/ready").status_code != 200:
            assert time.monotonic() < deadline, "the service does not become ready"
            assert not raised, raised
            time.sleep(0.02)
        yield running
    finally:
        process._stop()
        thread.join(60)
        process._ended.set()  # or it would end the process, lest anything be waited for too long
        gc.unfreeze()
        structlog.configure(**logs)
        for one in sockets:
            one.close()
    assert not raised, raised

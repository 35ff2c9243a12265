"""The service as a real process with a PostgreSQL of its own, to be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx
import psutil

from skontro.ledger.keys import read_private_key
from skontro.service.client import Client, Signature
from tests.service.systems import BANKS, TOKENS, write_folder


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@attrs.define
class ServiceProcess:
    """``skontro serve`` over a folder; its embedded PostgreSQL lives in the folder."""

    folder: Path
    port: int = attrs.field(factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    arguments: tuple[str, ...] = ()
    log_name: str = "service.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = (self.folder / self.log_name).open("ab")
        command = [sys.executable, "-m", "skontro", "serve", str(self.folder)]
        command += ["--port", str(self.port), "--requests-per-second", "1000000"]
        command += [*self.arguments]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait_ready(self, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200:
                    day = self.operator().get("/v1/day").json()
                    if day["phase"] == "open":
                        return
            except httpx.HTTPError:
                pass
            assert self.process is not None
            assert self.process.poll() is None, self.log()[-2000:]
            time.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} s: {self.log()[-2000:]}")

    def log(self) -> str:
        return (self.folder / self.log_name).read_text()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def reload(self) -> None:
        """Have it read again what may change while it runs."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def wait(self, seconds: float) -> int:
        """The exit code of a process that ends by itself."""
        assert self.process is not None
        return self.process.wait(seconds)

    def postmaster(self) -> psutil.Process | None:
        try:
            first = (self.folder / "record" / "postmaster.pid").read_text().splitlines()[0]
            return psutil.Process(int(first))
        except (OSError, IndexError, ValueError, psutil.NoSuchProcess):
            return None

    def kill_postgres(self) -> None:
        """The whole server at once, as when the machine fails."""
        postmaster = self.postmaster()
        if postmaster is None:
            return
        family = [postmaster, *postmaster.children(recursive=True)]
        for one in family:
            try:
                os.kill(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        psutil.wait_procs(family, timeout=10)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.kill_postgres()

    def bank(self, number: int, person: int = 1) -> Client:
        key_id = f"{BANKS[number]}-{person}"
        key = read_private_key(self.folder / "keys" / f"{key_id}.pem")
        return Client(self.url, Signature(key_id, key), timeout=30)

    def operator(self, number: int = 0) -> Client:
        return Client(self.url, token=TOKENS[number], timeout=10)

    def database(self) -> str:
        """URL of the embedded server, which must be running."""
        lines = (self.folder / "record" / "postmaster.pid").read_text().splitlines()
        assert re.fullmatch(r"/.*", lines[4]), lines
        return f"postgresql://postgres:@/postgres?host={lines[4]}&port={lines[3]}"


@contextmanager
def serving(folder: Path) -> Iterator[ServiceProcess]:
    """A ready service over the folder, which gets a system; ended afterwards."""
    write_folder(folder)
    running = ServiceProcess(folder)
    running.start()
    try:
        running.wait_ready()
        yield running
    finally:
        running.end()

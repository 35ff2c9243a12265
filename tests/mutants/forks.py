"""The quick way to judge a fault: in children of a process that has everything imported.

What it finds it finds for certain: the test that failed passes without the fault in the same kind
of child. All else is left to a process of its own (`trees.py`): faults that no test notices, tests
that take too long, children that die, and kernels that only compiled code can judge.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Client
from pathlib import Path

from tests.mutants.operators import Mutant
from tests.mutants.requests import Asked, Begun, Ended, Failed, Lost
from tests.mutants.trees import DOES_OTHERWISE_COMPILED, Verdict, end_processes_of

_KERNELS = "skontro.engine.jit"
_SECONDS_TO_START = 300.0
#: Of one test: its own time, so often, and what a busy machine and a fixture may take.
_TIMES_AS_LONG, _MIN_SECONDS = 5.0, 15.0
#: Of imports and of the collection of tests.
_SECONDS_TO_IMPORT = 60.0


class Forks:
    """Two servers that fork: one with compiled kernels, one with kernels as plain Python.

    Args:
        root: of a copy of the source in which nothing is changed.
        environment: in which that copy is imported.
        collected: the tests that are collected: all, or one file.
        most_seconds: that the tests of one fault may take as they were timed; the rest is left
            to the slow way.
    """

    def __init__(
        self,
        root: Path,
        environment: dict[str, str],
        collected: str = "tests",
        most_seconds: float = 60.0,
    ) -> None:
        self._most_seconds = most_seconds
        self._servers = {
            plain: _Server(root, environment, collected, plain=plain) for plain in (False, True)
        }
        self._sound: dict[tuple[str, bool, bool], bool] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "Forks":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            server.end()

    def test(
        self, mutant: Mutant, tests: dict[str, float], slot: int, *, anew: bool
    ) -> Verdict | None:
        """Run tests with a fault until one fails.

        Args:
            mutant: the fault.
            tests: those that may notice it, with the seconds that each takes.
            slot: a number that no other thread uses.
            anew: whether the source is imported anew, as it must be where the fault acts at import.

        Returns:
            What was found; None where it must be seen in a process of its own.
        """
        began = time.monotonic()
        plain = _is_of_kernels(mutant.original, mutant.file)
        chosen, seconds = {}, 0.0
        for name, time_of_test in tests.items():
            seconds += time_of_test
            if chosen and seconds > self._most_seconds:
                break
            chosen[name] = time_of_test
        doubtful = DOES_OTHERWISE_COMPILED if plain else ()
        asked = Asked(tuple(chosen), mutant.file, mutant.changed(), anew, slot, "", doubtful)
        answer, anew = self._servers[plain].ask(asked, chosen)
        if not isinstance(answer, Failed):
            return None
        test = answer.test if "::" in answer.test else next(iter(chosen))
        if not self._is_sound(test, chosen, slot, plain=plain, anew=anew):
            return None
        return Verdict(True, answer.test or answer.text, time.monotonic() - began)

    def _is_sound(
        self, test: str, seconds: dict[str, float], slot: int, *, plain: bool, anew: bool
    ) -> bool:
        """Whether a test passes in such a child when there is no fault."""
        key = (test, plain, anew)
        if key not in self._sound:
            asked = Asked((test,), "", "", anew, slot, "", ())
            answer, _ = self._servers[plain].ask(asked, {test: seconds.get(test, 1.0)})
            with self._lock:
                self._sound[key] = isinstance(answer, Ended)
        return self._sound[key]


def _is_of_kernels(text: str, file: str) -> bool:
    return "/engine/" in file or _KERNELS in text


class _Server:
    """A process that forks a child for each request."""

    def __init__(
        self, root: Path, environment: dict[str, str], collected: str, *, plain: bool
    ) -> None:
        self._root, self._environment = root, environment
        self._collected, self._plain = collected, plain
        # The names of sockets must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        self._socket = self._folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None
        self._runs = 0
        self._lock = threading.Lock()

    def _started(self) -> None:
        """Start the process if it does not run yet, and wait until it has imported all it needs."""
        with self._lock:
            if self._process is None:
                self._process = self._start()
        ready = self._socket.with_name("socket.ready")
        deadline = time.monotonic() + _SECONDS_TO_START
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                output = (self._folder / "output.txt").read_text(errors="replace")
                raise RuntimeError(f"the tests cannot be collected:\n{output[-3000:]}")
            time.sleep(0.1)

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = self._environment | {
            "MUTANTS_SOCKET": str(self._socket),
            "NUMBA_DISABLE_JIT": "1" if self._plain else "0",
            "TMPDIR": str(self._folder),
            # Threads do not outlive a fork.
            "POLARS_MAX_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "_RJEM_MALLOC_CONF": "background_thread:false",
        }
        command = [sys.executable, "-m", "pytest", "-p", "tests.mutants.forking", "-q", "-s"]
        command += ["-p", "no:cacheprovider", "-m", "not long", f"--basetemp={self._folder / 't'}"]
        with (self._folder / "output.txt").open("wb") as output:
            return subprocess.Popen(
                [*command, self._collected],
                cwd=self._root,
                env=environment,
                stdin=subprocess.PIPE,  # by whose end it knows that this process is gone
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, asked: Asked, seconds: dict[str, float]) -> tuple[Failed | Ended | Lost, bool]:
        """Let a child run tests, each no longer than it may take.

        Returns:
            What the child said at its end, or that it said nothing; and whether it imported the
            source anew.
        """
        self._started()
        with self._lock:
            self._runs += 1
            folder = self._folder / f"run-{self._runs}"
        folder.mkdir()
        asked = Asked(**(vars(asked) | {"folder": str(folder)}))
        pid, test, anew, most = 0, "", asked.anew, _SECONDS_TO_IMPORT
        try:
            with Client(str(self._socket)) as connection:
                connection.send(asked)
                pid = connection.recv()
                while connection.poll(most):
                    message = connection.recv()
                    if not isinstance(message, Begun):
                        return message, anew
                    test, most = message.test, _SECONDS_TO_IMPORT
                    if test:
                        expected = seconds.get(test, 1.0)
                        most = _MIN_SECONDS + _TIMES_AS_LONG * expected
                    else:
                        anew = message.anew
                return Lost(test), anew
        except (EOFError, ConnectionResetError):
            return Lost(test), anew
        finally:
            if pid:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            end_processes_of(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def end(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        end_processes_of(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

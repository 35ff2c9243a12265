"""The security log: refused callers, their addresses and the reasons; bounded in size.

It never holds tokens, signatures or bodies. Claims of callers (a key id, a forwarding header) are
truncated and marked as claims.
"""

import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from skontro.model import InputError

#: Statuses of answers that are written here.
WATCHED: Final = frozenset({401, 403, 408, 413, 415, 429, 431})
#: Events written one by one: limit at once, and limit a second over any longer time.
BURST: Final = 200
PER_SECOND: Final = 5.0
#: Seconds between summaries of the other events.
SUMMARY_SECONDS: Final = 10.0

_MAX_CHARACTERS: Final = 200
_KEY_ID: Final = re.compile(r';\s*keyid="([\x20-\x21\x23-\x7e]{1,64})"')


class SecurityLog:
    """Writes events to the logger `skontro.security` and, where there is one, to a file.

    Args:
        path: path of a file to append to, one JSON object a line; None for the logger alone.
        clock: seconds that only go forward.

    Raises:
        InputError: the file cannot be written.

    Example:
        >>> SecurityLog().refused(401, address="192.0.2.7", why="the token is not known")
    """

    def __init__(
        self, path: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = structlog.get_logger("skontro.security")
        self._clock = clock
        self._lock = threading.Lock()
        self._left, self._at = float(BURST), clock()
        self._unwritten: Counter[str] = Counter()
        self._summary_at = 0.0
        self._file: int | None = None
        if path is not None:
            try:
                self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            except OSError as error:
                raise InputError(f"{path}: the security log cannot be written: {error}") from None

    def refused(self, status: int, **facts: str | None) -> None:
        """A request or connection was refused.

        Args:
            status: status of the answer.
            facts: `address`, `why`, and as far as known `method`, `route`, `key_id_claimed`,
                `forwarded_for_claimed`, `side`, `person`.
        """
        self.event("refused", status=status, **facts)

    def event(self, name: str, **facts: str | int | None) -> None:
        """Log another security event, such as `fenced`."""
        with self._lock:
            now = self._clock()
            self._left = min(BURST, self._left + (now - self._at) * PER_SECOND)
            self._at = now
            if self._left < 1:
                self._unwritten[f"{name} {facts.get('status', '')}".strip()] += 1
                self._summary_at = self._summary_at or now + SUMMARY_SECONDS
            else:
                self._left -= 1
                self._write("warning", name, _short(facts))
            self._summarise(now)

    def tick(self) -> None:
        """Write the summary if it is due; call this regularly."""
        if self._summary_at and self._clock() >= self._summary_at:
            with self._lock:
                self._summarise(self._clock())

    def close(self) -> None:
        """Write the last summary."""
        with self._lock:
            self._summarise(float("inf"))
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _summarise(self, now: float) -> None:
        if not self._unwritten or now < self._summary_at:
            return
        counts = dict(sorted(self._unwritten.items()))
        self._unwritten.clear()
        self._summary_at = 0.0
        self._write("warning", "not written one by one", {"counts": counts})

    def _write(self, level: str, name: str, facts: dict[str, Any]) -> None:
        getattr(self._log, level)(name, **facts)
        if self._file is None:
            return
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"timestamp": timestamp, "event": name, **facts}, sort_keys=True)
        try:
            os.write(self._file, line.encode() + b"\n")
        except OSError as error:
            self._log.error("the security log cannot be written", error=str(error))


def key_id_claimed(signature_input: str) -> str | None:
    """The claimed key id in a `Signature-Input` header; None where there is none."""
    found = _KEY_ID.search(signature_input)
    return None if found is None else found[1]


def _short(facts: dict[str, str | int | None]) -> dict[str, Any]:
    return {
        name: value[:_MAX_CHARACTERS] if isinstance(value, str) else value
        for name, value in facts.items()
        if value is not None
    }

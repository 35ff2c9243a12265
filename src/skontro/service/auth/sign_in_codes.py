"""One-time codes with which people who sign their requests open the pages in a browser."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

#: Seconds in which a code can be used.
CODE_SECONDS: Final = 60
#: Codes that wait; the oldest is dropped for one more.
MAX_CODES: Final = 10_000
#: Codes of one credential that wait.
MAX_CODES_OF_ONE: Final = 5


class SignInCodes:
    """Codes that have been given out, as hashes; each can be used once.

        codes = SignInCodes()
        code = codes.give("key:AAAAKZK0-1")
        codes.take(code)  # "key:AAAAKZK0-1"
        codes.take(code)  # None

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: By hash of the code, in the order in which they end.
        self._waiting: dict[bytes, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def give(self, credential: str) -> str:
        """A new code for the holder of a credential.

        Args:
            credential: that of an `Identity`.
        """
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._forget_old()
            mine = [key for key, (of, _) in self._waiting.items() if of == credential]
            for key in mine[: max(0, len(mine) + 1 - MAX_CODES_OF_ONE)]:
                del self._waiting[key]
            if len(self._waiting) >= MAX_CODES:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[_key(code)] = credential, self._clock() + CODE_SECONDS
        return code

    def take(self, code: str) -> str | None:
        """The credential for which a code was given; None where it is not valid any more."""
        with self._lock:
            self._forget_old()
            found = self._waiting.pop(_key(code), None)
        return None if found is None else found[0]

    def _forget_old(self) -> None:
        now = self._clock()
        while self._waiting:
            key = next(iter(self._waiting))
            if self._waiting[key][1] > now:
                return
            del self._waiting[key]


def _key(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()

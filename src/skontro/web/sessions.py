"""Sessions of people in browsers: in memory only, by hashes of their ids, with time-outs."""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Final

import attrs

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE_SECONDS: Final = 15 * 60
LONGEST_SECONDS: Final = 12 * 60 * 60
#: Sessions at one time: of everybody, and of one credential; the oldest ends for one more.
MAX_SESSIONS: Final = 10_000
MAX_SESSIONS_OF_ONE: Final = 10


@attrs.define(eq=False)
class Session:
    """A signed-in browser.

    Attributes:
        credential: that of an `Identity`; the session ends with it.
        began, used: when it began and was last used, seconds.
        csrf: must come with each form.
    """

    credential: str
    began: float
    used: float
    csrf: str = attrs.field(factory=lambda: secrets.token_urlsafe(32), repr=False)


class Sessions:
    """All sessions; for the event loop's thread alone.

        sessions = Sessions()
        name = sessions.open("token:…")
        session = sessions.find(name)

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: By hash of the id, in the order in which they began.
        self._open: dict[bytes, Session] = {}

    def open(self, credential: str) -> str:
        """Begin a session; its id, which only the browser keeps."""
        now = self._clock()
        self._forget_ended(now)
        mine = [key for key, one in self._open.items() if one.credential == credential]
        for key in mine[: max(0, len(mine) + 1 - MAX_SESSIONS_OF_ONE)]:
            del self._open[key]
        if len(self._open) >= MAX_SESSIONS:
            del self._open[next(iter(self._open))]
        name = secrets.token_urlsafe(32)
        self._open[_key(name)] = Session(credential, now, now)
        return name

    def find(self, name: str, *, use: bool = True) -> Session | None:
        """The session with this id; None where it has ended.

        Args:
            name: its id.
            use: whether this counts as use, so that the session continues.
        """
        session, now = self._open.get(_key(name)), self._clock()
        if session is None:
            return None
        if _ended(session, now):
            self.close(name)
            return None
        if use:
            session.used = now
        return session

    def close(self, name: str) -> None:
        """End a session; one that has ended stays so."""
        self._open.pop(_key(name), None)

    def _forget_ended(self, now: float) -> None:
        for key in [key for key, one in self._open.items() if _ended(one, now)]:
            del self._open[key]


def _ended(session: Session, now: float) -> bool:
    return now - session.used >= IDLE_SECONDS or now - session.began >= LONGEST_SECONDS


def _key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()

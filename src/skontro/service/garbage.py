"""Short pauses of Python's garbage collector, however many orders and links a day has."""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

#: The generation of a full collection.
_FULL: Final = 2
#: Seconds after which everything is examined once more.
THAW_SECONDS: Final = 86_400.0


class ShortPauses:
    """Lets each object be examined by one full collection only, as long as this is in force.

    A full collection stops all threads and examines every object, and the objects of a day grow
    with its links. Objects that survive a full collection are set aside (`gc.freeze`), so the next
    one examines only new ones. Objects that refer to each other in a circle, and are set aside
    before their end, are found when everything is examined again, once a day.

        pauses = ShortPauses()
        pauses.begin()
        ...
        pauses.end()

    Args:
        now: monotonic time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._thawed_at = now, 0.0

    def begin(self) -> None:
        """Set aside all objects of now, and later those that survive a full collection."""
        gc.collect()
        gc.freeze()
        self._thawed_at = self._now()
        gc.callbacks.append(self._collected)

    def end(self) -> None:
        """Examine everything as usual from now on; safe to call again."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)
            gc.unfreeze()

    def _collected(self, phase: str, info: Mapping[str, Any]) -> None:
        if phase != "stop" or info["generation"] != _FULL:
            return
        if self._now() - self._thawed_at < THAW_SECONDS:
            gc.freeze()
        else:
            gc.unfreeze()  # the next full collection examines everything, and sets it aside again
            self._thawed_at = self._now()

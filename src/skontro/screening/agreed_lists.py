"""Lists that two people agreed to: engines with others are not asked, and the agreed are loaded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from skontro.model import InputError

NOT_AGREED: Final = "the lists that are loaded are not those that two people agreed to"
#: Seconds for which orders wait until lists that were agreed just now are loaded.
_PATIENCE: Final = 10.0

_log = structlog.get_logger("skontro.screening")


class AgreedLists:
    """Recognises the agreed lists by their digest, and has them loaded when others are agreed.

        agreed = AgreedLists(lambda: view.screening_lists.digest)
        agreed.allows(engine.digest)

    Belongs to one event loop.

    Args:
        digest: gives the digest of the agreed lists; "" where any may be used.
        patience: seconds for which `load` waits.
    """

    def __init__(self, digest: Callable[[], str], patience: float = _PATIENCE) -> None:
        self._digest, self._patience = digest, patience
        self._loading: asyncio.Task[None] | None = None
        #: Digest of agreed lists that could not be loaded.
        self._unusable = ""

    @property
    def digest(self) -> str:
        """The digest of the agreed lists; "" where any may be used."""
        return self._digest()

    def allows(self, digest: str) -> bool:
        """Whether lists with this digest may be used."""
        return self._digest() in ("", digest)

    def refuse_other(self, digest: str) -> None:
        """Check that lists with this digest may be used.

        Raises:
            InputError: two people agreed to others.
        """
        if not self.allows(digest):
            raise InputError(
                f"{NOT_AGREED}: their digest is {digest}, and {self._digest()} was agreed; propose "
                "set_screening_lists, or restore the agreed lists"
            )

    async def load(self, reload: Callable[[], Awaitable[None]]) -> None:
        """Load the agreed lists, once for all who ask; wait for them, but not for long.

        Lists that could not be loaded are not tried again until `forget` or another agreement.

        Args:
            reload: loads the lists; an `InputError` says that they cannot be used.
        """
        wanted = self._digest()
        if not wanted or wanted == self._unusable:
            return
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(reload, wanted))
        await asyncio.wait([self._loading], timeout=self._patience)

    async def _load(self, reload: Callable[[], Awaitable[None]], wanted: str) -> None:
        try:
            await reload()
        except InputError as error:
            self._unusable = wanted
            _log.error("the agreed lists cannot be used; orders are held", error=str(error))
        finally:
            self._loading = None

    def forget(self) -> None:
        """Try lists again that could not be loaded."""
        self._unusable = ""

    async def stop(self) -> None:
        """End a load under way."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)

"""Screening in processes of their own; a dead, late or confused one holds and never passes.

The event loop asks; outcomes are remembered here, so that a party that was seen costs a look-up.
Each process loads the lists itself and checks their canaries.
"""

import asyncio
import datetime
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from skontro.model import InputError
from skontro.model.party import Party
from skontro.screening.agreed_lists import NOT_AGREED, AgreedLists
from skontro.screening.pinned_lists import agreed_document
from skontro.screening.screener import CACHED_PARTIES, Screened, held, party_key
from skontro.screening.screening_engine import EngineInUse, Unavailable, combined

#: Parties of one question, so that no process is busy for long with one order's batch.
_PARTIES_PER_QUESTION: Final = 32
#: Questions of one request that an engine has at a time.
_QUESTIONS_PER_ENGINE: Final = 2
_OWN_ENGINE: Final = "skontro.screening.engine_process"
_NOT_READY: Final = "no screening engine is ready"

_Key: TypeAlias = tuple[Any, ...]
_Answers: TypeAlias = dict[_Key, Screened]
_Question: TypeAlias = tuple[dict[_Key, Party], "asyncio.Future[_Answers]"]


class ScreeningPool:
    """Engines in processes, and the outcomes that they gave. Belongs to one event loop.

    Args:
        lists: the document of the lists, as `lists_document` reads it.
        processes: at least 1.
        second_engine: command of another engine that must pass each party, too; none by default.
        deadline: seconds in which an engine must answer its next question; its parties are held
            then.
        cached_parties: outcomes that are remembered.
        agreed: gives the digest of the lists that two people agreed to; "" for any lists. An engine
            with other lists is not asked.

    Attributes:
        engines: those in use.

    Example:
        pool = ScreeningPool(Path("screening-lists.yaml"), processes=2)
        await pool.start()
        await pool.wait_ready(60)
        outcomes = await pool.screen(parties, today)
    """

    def __init__(
        self,
        lists: Path,
        processes: int = 1,
        second_engine: Sequence[str] = (),
        deadline: float = 2.0,
        cached_parties: int = CACHED_PARTIES,
        agreed: Callable[[], str] = lambda: "",
    ) -> None:
        self._lists, self._processes, self._deadline = lists, processes, deadline
        self._agreed = AgreedLists(agreed)
        self._second = (
            EngineInUse(second_engine, "second engine", deadline) if second_engine else None
        )
        self.engines = self._new_engines()
        self._cache: OrderedDict[_Key, Screened] = OrderedDict()
        self._cached_parties = cached_parties
        self._turn = 0
        #: Questions under way, by each of their parties.
        self._asked: dict[_Key, asyncio.Future[_Answers]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _new_engines(self) -> list[EngineInUse]:
        document = agreed_document(self._lists, self._agreed.digest)
        command = [sys.executable, "-m", _OWN_ENGINE, str(document)]
        return [
            EngineInUse(command, f"screening engine {number + 1}", self._deadline)
            for number in range(self._processes)
        ]

    async def start(self) -> None:
        """Start the processes; everything is held until one is ready."""
        for engine in self._all():
            await engine.start()

    async def wait_ready(self, seconds: float) -> None:
        """Wait until all engines are ready.

        Raises:
            InputError: one refuses its lists, or is not ready in time.
        """
        await _all_ready(self._all(), seconds)

    async def stop(self) -> None:
        """End the processes."""
        await self._agreed.stop()
        for engine in self._all():
            await engine.stop()

    async def reload(self, seconds: float = 120.0) -> None:
        """Load the lists again in new processes, and use these once all are ready.

        Raises:
            InputError: the lists cannot be used, or are not the agreed ones; the earlier ones stay
                in use.
        """
        new = self._new_engines()
        for engine in new:
            await engine.start()
        try:
            await _all_ready(new, seconds)
            for engine in new:
                self._agreed.refuse_other(engine.digest)
        except InputError:
            for engine in new:
                await engine.stop()
            raise
        old, self.engines = self.engines, new
        self._agreed.forget()
        self._cache.clear()
        for engine in old:
            await engine.stop()

    @property
    def digest(self) -> str:
        """The digest of the lists in use; "" while no engine is ready with the agreed ones."""
        return next((engine.digest for engine in self._usable()), "")

    def _usable(self) -> Iterator[EngineInUse]:
        """Engines that are ready, with the lists that were agreed."""
        return (one for one in self.engines if one.is_ready and self._agreed.allows(one.digest))

    async def screen(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        """The outcome for each party, in their order; held where no engine says otherwise.

        Args:
            parties: of one order or many.
            today: decides whether the lists are fresh.
        """
        is_ready = any(one.is_ready for one in self.engines)
        if is_ready and not self.digest:  # others were agreed since these were loaded
            await self._agreed.load(self.reload)
        engine = next(self._usable(), None)
        if engine is None:
            return [held(NOT_AGREED if is_ready else _NOT_READY) for _ in parties]
        digest = engine.digest
        screened = await self._screened(engine, parties, today)
        if not self._agreed.allows(digest):  # others were agreed meanwhile
            return [held(NOT_AGREED) for _ in parties]
        return screened

    async def _screened(
        self, engine: EngineInUse, parties: Sequence[Party], today: datetime.date
    ) -> list[Screened]:
        digest = engine.digest
        stale = engine.stale(today)
        if stale:
            return [held(stale) for _ in parties]
        used = digest, self._second.digest if self._second else ""
        keys = [(*used, *party_key(party)) for party in parties]
        found: _Answers = {}
        unknown: dict[_Key, Party] = {}
        for key, party in zip(keys, parties, strict=True):
            known = self._cache.get(key)
            if known is None:
                unknown[key] = party
            else:
                self._cache.move_to_end(key)
                found[key] = known
        if unknown:
            found |= await self._ask_all(unknown, today)
        return [found[key] for key in keys]

    async def _ask_all(self, unknown: Mapping[_Key, Party], today: datetime.date) -> _Answers:
        """Ask about parties, except those that a question under way is about."""
        new = [key for key in unknown if key not in self._asked]
        if new:
            parts = [
                {key: unknown[key] for key in new[start : start + _PARTIES_PER_QUESTION]}
                for start in range(0, len(new), _PARTIES_PER_QUESTION)
            ]
            # Not a part of this request: others wait for the same answers if it is given up.
            task = asyncio.create_task(self._ask_in_turn(self._noted(parts), today))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        answers = {self._asked[key] for key in unknown}
        await asyncio.wait(answers)
        return {key: one for answer in answers for key, one in answer.result().items()}

    def _noted(self, parts: Iterable[dict[_Key, Party]]) -> list[_Question]:
        questions = [(part, asyncio.get_running_loop().create_future()) for part in parts]
        for part, answer in questions:
            self._asked |= dict.fromkeys(part, answer)
        return questions

    async def _ask_in_turn(self, questions: Iterable[_Question], today: datetime.date) -> None:
        """Ask a few questions at a time, so that a large request leaves room for others."""
        window = asyncio.Semaphore(_QUESTIONS_PER_ENGINE * len(self.engines))

        async def one(part: dict[_Key, Party], answer: asyncio.Future[_Answers]) -> None:
            keys = list(part)
            async with window:
                try:
                    screened, is_lasting = await self._ask([*part.values()], keys[0][0], today)
                    if is_lasting:
                        self._remember(keys, screened)
                    answer.set_result(dict(zip(keys, screened, strict=True)))
                except Exception as error:
                    answer.set_exception(error)
                finally:
                    for key in keys:
                        del self._asked[key]

        await asyncio.gather(*(one(*question) for question in questions))

    async def _ask(
        self, parties: list[Party], digest: str, today: datetime.date
    ) -> tuple[list[Screened], bool]:
        """Outcomes, and whether all engines gave theirs, so that they may be remembered."""
        first, second = await asyncio.gather(
            self._ask_own(parties, digest, today), self._ask_second(parties, today)
        )
        (screened, is_answered), (others, is_second_answered) = first, second
        if others is not None:
            screened = [combined(*pair) for pair in zip(screened, others, strict=True)]
        return screened, is_answered and is_second_answered

    async def _ask_own(
        self, parties: list[Party], digest: str, today: datetime.date
    ) -> tuple[list[Screened], bool]:
        """Ask a process; where it dies, one other, so that one death does not hold its parties."""
        reason = _NOT_READY
        for _ in range(2):
            ready = [one for one in self.engines if one.is_ready and one.digest == digest]
            if not ready:
                break
            self._turn += 1
            try:
                return await ready[self._turn % len(ready)].ask(parties, today), True
            except Unavailable as error:
                reason = str(error)
                if error.is_late:
                    break
        return [held(reason) for _ in parties], False

    async def _ask_second(
        self, parties: list[Party], today: datetime.date
    ) -> tuple[list[Screened] | None, bool]:
        if self._second is None:
            return None, True
        stale = self._second.stale(today) if self._second.is_ready else ""
        if stale:
            return [held(f"second engine: {stale}") for _ in parties], False
        try:
            return await self._second.ask(parties, today), True
        except Unavailable as error:
            return [held(str(error)) for _ in parties], False

    def _remember(self, keys: Iterable[_Key], screened: Iterable[Screened]) -> None:
        for key, one in zip(keys, screened, strict=True):
            self._cache[key] = one
            if len(self._cache) > self._cached_parties:
                self._cache.popitem(last=False)

    def _all(self) -> list[EngineInUse]:
        return [*self.engines, *([self._second] if self._second else [])]


async def _all_ready(engines: Iterable[EngineInUse], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            for engine in engines:
                await engine.ready()
    except TimeoutError:
        raise InputError(f"screening is not ready after {seconds:g} seconds") from None

"""Sends statements to one peer, in order, until the peer has them on disk."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

import attrs
import httpx
import structlog

from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS, LinkProof
from skontro.model import InputError
from skontro.service.peers.envelope import MAX_PROOFS, Envelope, PeerAnswer
from skontro.service.peers.line import AnswerTimes, NotAnswered, PeerLine, RefusedForEver
from skontro.service.peers.repeats import Repeats

#: Seconds between two envelopes where there is nothing to state.
BEAT_SECONDS: Final = 1.0
#: Most envelopes under way to one peer, and least seconds between two of them in the long run; so
#: many may leave at once. A peer takes `ENVELOPES_PER_SECOND`, and at once `MAX_ENVELOPES`.
MAX_UNDER_WAY: Final = 16
_PACE: Final = 0.0125
_AT_ONCE: Final = 4
#: Least seconds between two looks at the links that wait for an answer.
_REPEAT_SECONDS: Final = 0.25
#: Seconds without any answer after which envelopes are sent again, over a new connection; or so
#: many times the usual time of an answer. Their answers still count.
PATIENCE_SECONDS: Final = 1.0
_USUAL_TIMES: Final = 4
#: Seconds between attempts while a peer does not answer, or the usual time of an answer: links are
#: to continue within a second after it is back.
PROBE_SECONDS: Final = 0.25
#: Attempts without an answer after which all open links are repeated, also if none has failed.
_MANY_FAILURES: Final = 4
#: Most proofs that wait; the oldest are dropped, because all is repeated after silence.
_MAX_WAITING: Final = 10_000

_log = structlog.get_logger("skontro.peers")


@attrs.frozen(eq=False)
class _Attempt:
    """An envelope under way.

    Attributes:
        numbers: of its proofs; none for the newest head.
        left_at: monotonic time, seconds.
        generation: of the sender when it left.
    """

    numbers: tuple[int, ...]
    left_at: float
    generation: int


class PeerSender:
    """Sends proofs to one peer, in order, from threads of its own.

    An envelope goes out when there is something to state, and each second: its answer shows that
    the peer is there. Several may be under way, or a distant peer would hear of each batch only
    after it has answered the one before. Without an answer one goes out at a time, with the oldest
    proof, each time over a new connection. Nothing is kept on disk. At the start and after silence
    all open links are repeated.

    Args:
        peer: identifier of the other system.
        url: of its service.
        envelope: makes an envelope with proofs; None while there is no contract.
        answered: called with each envelope and its answer; raises InputError if the answer
            is not the peer's.
        repeat: called when links may be due for repetition.
        transport: of HTTP; None for the network.
        now: monotonic time in seconds.
    """

    def __init__(
        self,
        peer: str,
        url: str,
        envelope: Callable[[Sequence[LinkProof]], Envelope | None],
        answered: Callable[[Envelope, PeerAnswer], None],
        repeat: Callable[[Repeats], None],
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.peer, self.url = peer, url
        self._envelope, self._answered, self._repeat = envelope, answered, repeat
        self._now = now
        self._line, self._times = PeerLine(url, transport), AnswerTimes()
        #: Proofs without an answer by rising number, and the numbers of those under way.
        self._waiting: dict[int, LinkProof] = {}
        self._sent: set[int] = set()
        self._numbers = count()
        #: Envelopes for which it waits, and threads that carry one, also if it waits no longer.
        self._under_way: list[_Attempt] = []
        self._carried = 0
        #: When the last one left, and when the next one is due.
        self._left_at, self._due_at = -math.inf, -math.inf
        #: When the next one would leave if all before it had kept the pace.
        self._paced_at = -math.inf
        #: When the last answer came.
        self._heard_at = -math.inf
        self._lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._repeats, self._repeating = Repeats(), threading.Lock()
        self._repeat_at = -math.inf
        #: Whether the last attempt was answered, the attempts without an answer since, and whether
        #: all open links are to be repeated at the next answer.
        self._hears, self._failures, self._repeats_all = False, 0, True
        #: Raised with each failure: of envelopes under way together the first one counts.
        self._generation = 0
        #: Why the last attempt failed; empty after an answer.
        self.trouble = "not asked yet"
        self._thread = threading.Thread(target=self._run, name=f"peer {peer}", daemon=True)

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Stop sending, within a time limit in seconds."""
        deadline = time.monotonic() + seconds
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        while self._carried and time.monotonic() < deadline:
            time.sleep(_PACE)
        self._line.close()

    @property
    def waiting(self) -> int:
        """Number of proofs that the peer has not confirmed."""
        return len(self._waiting)

    def put(self, proof: LinkProof) -> None:
        """Send a proof after all before it; from any thread, without waiting."""
        with self._lock:
            self._waiting[next(self._numbers)] = proof
            while len(self._waiting) > _MAX_WAITING:
                oldest = next(iter(self._waiting))
                del self._waiting[oldest]
                self._sent.discard(oldest)
        if self._hears:
            self._wake.set()

    def heard(self) -> None:
        """Try again at once: the peer has sent something itself."""
        with self._lock:
            if self._hears:
                return
            self._due_at = -math.inf
            if self._under_way:
                self._give_up()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self._turn()
            except Exception as error:  # a fault here must not leave the peer without statements
                self._end(error, None)
                pause = BEAT_SECONDS
            self._wake.wait(pause)

    def _turn(self) -> float:
        """Let an envelope leave, if one may; the seconds until the next, unless something comes."""
        now = self._now()
        with self._lock:
            patience = self._patience
            if self._under_way and now >= self._waits_since + patience:
                self._fail(f"no answer within {patience:g} seconds")
                self._give_up()
                self._due_at = now
            pause = self._pause(now, patience)
            if pause > 0:
                return pause
            numbers = self._next(MAX_PROOFS if self._hears or not self._failures else 1)
            proofs = [self._waiting[number] for number in numbers]
            attempt = _Attempt(tuple(numbers), now, self._generation)
            self._under_way.append(attempt)
            self._sent.update(numbers)
            self._carried += 1
            self._left_at, self._due_at = now, now + BEAT_SECONDS
            self._paced_at = max(now, self._paced_at) + _PACE
        work, name = (attempt, proofs), f"to {self.peer}"
        threading.Thread(target=self._carry, args=work, name=name, daemon=True).start()
        return 0.0

    @property
    def _waits_since(self) -> float:
        """When the oldest envelope under way left, or the last answer came.

        A peer with much to do answers late, but keeps answering. To send it everything again
        would give it even more to do.
        """
        return max(self._under_way[0].left_at, self._heard_at)

    @property
    def _patience(self) -> float:
        """Seconds without any answer after which an envelope without an answer is sent again."""
        if self._hears or not self._failures:
            return max(PATIENCE_SECONDS, _USUAL_TIMES * self._times.usual)
        return max(PROBE_SECONDS, self._times.usual)

    def _pause(self, now: float, patience: float) -> float:
        """Seconds until an envelope may leave, if nothing comes; not above zero if one may now."""
        paced = self._paced_at - (_AT_ONCE - 1) * _PACE - now
        if paced > 0:
            return paced
        oldest = self._waits_since + patience - now if self._under_way else 0.0
        if len(self._under_way) >= (MAX_UNDER_WAY if self._hears else 1):
            return oldest  # the end of one of them wakes this thread
        has_news = self._hears and len(self._waiting) > len(self._sent)
        if has_news:
            return 0.0
        return oldest if self._under_way else self._due_at - now

    def _next(self, most: int = MAX_PROOFS) -> list[int]:
        """Numbers of the next proofs, as many as one envelope may have, and so many at most."""
        found: list[int] = []
        statements = size = 0
        for number, proof in self._waiting.items():
            if number in self._sent:
                continue
            statements += len(proof.statements)
            size += sum(len(one.content) for one in proof.statements)
            full = statements > MAX_STATEMENTS or size > MAX_STATEMENT_BYTES
            if found and (full or len(found) == most):
                break
            found.append(number)
        return found

    def _carry(self, attempt: _Attempt, proofs: Sequence[LinkProof]) -> None:
        """Send one envelope and take its answer.

        Args:
            attempt: to send it.
            proofs: none for the newest head.
        """
        kept = True
        try:
            envelope = self._envelope(proofs)
            if envelope is not None:
                self._answered(envelope, self._line.post(envelope))
                kept = False
                self._heard_of(attempt)
        except RefusedForEver as error:
            kept = False
            if proofs:
                _log.error("statements refused for ever", peer=self.peer, error=str(error))
            self._failed(str(error), attempt)
        except httpx.HTTPError as error:
            self._failed(str(error) or type(error).__name__, attempt, is_lost=True)
        except (NotAnswered, InputError) as error:
            self._failed(str(error), attempt)
        except Exception as error:  # as in `_run`
            self._end(error, attempt)
        with self._lock:
            self._carried -= 1
            if attempt in self._under_way:
                self._under_way.remove(attempt)
                self._sent.difference_update(attempt.numbers)
            for number in () if kept else attempt.numbers:
                self._waiting.pop(number, None)
                self._sent.discard(number)
        self._wake.set()

    def _heard_of(self, attempt: _Attempt) -> None:
        """Take note of an answer, and repeat links that have waited for one."""
        with self._lock:
            failures, again = self._failures, not self._hears
            self._hears, self._failures, self.trouble = True, 0, ""
            repeats_all, self._repeats_all = self._repeats_all, False
            if repeats_all:
                self._repeats.all_again()
            now = self._heard_at = self._now()
            self._times.add(now - attempt.left_at)
            due = repeats_all or now >= self._repeat_at
            self._repeat_at = now + _REPEAT_SECONDS if due else self._repeat_at
        if again:
            _log.info("peer heard of", peer=self.peer, attempts=failures + 1)
        if due:
            with self._repeating:
                self._repeat(self._repeats)

    def _failed(self, why: str, attempt: _Attempt | None, *, is_lost: bool = False) -> None:
        """Take note of an attempt without an answer.

        Args:
            why: text for the operator.
            attempt: to send an envelope; None before there was one.
            is_lost: whether others that are under way are lost too.
        """
        with self._lock:
            late = attempt is not None and attempt.generation != self._generation
            if self._stopping.is_set() or late:
                return
            self._repeats_all = True
            self._fail(why)
            if is_lost:
                self._give_up()

    def _fail(self, why: str) -> None:
        """Count an attempt without an answer."""
        heard, self._hears = self._hears, False
        self._failures, self.trouble = self._failures + 1, why
        self._generation += 1
        self._repeats_all = self._repeats_all or self._failures >= _MANY_FAILURES
        self._due_at = self._now() + PROBE_SECONDS
        if heard:
            _log.warning("peer silent", peer=self.peer, error=why)

    def _give_up(self) -> None:
        """Wait no longer for the envelopes under way: the next ones take new connections."""
        self._generation += 1
        self._under_way.clear()
        self._sent.clear()
        self._line.renew()

    def _end(self, error: Exception, attempt: _Attempt | None) -> None:
        if not self._stopping.is_set():
            _log.exception("not sent", peer=self.peer, error=type(error).__name__)
        self._failed(str(error), attempt)

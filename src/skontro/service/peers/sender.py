"""Sends statements to one peer, in order, until the peer has them on disk."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import httpx
import structlog

from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError
from skontro.service.peers.envelope import MAX_PROOFS, Envelope, PeerAnswer
from skontro.service.peers.life import PROBE_SECONDS, PROBES, PeerLife
from skontro.service.peers.line import NotAnswered, PeerLine, RefusedForEver
from skontro.service.peers.pace import Pace
from skontro.service.peers.repeats import Repeats
from skontro.service.peers.under_way import Attempt, UnderWay, batch_of
from skontro.service.peers.waiting import WaitingProofs

#: Seconds between two envelopes where there is nothing to state.
BEAT_SECONDS: Final = 1.0
#: Most envelopes under way to one peer.
MAX_UNDER_WAY: Final = 16
#: Least seconds between two looks at the links that wait for an answer.
_REPEAT_SECONDS: Final = 0.25

_log = structlog.get_logger("skontro.peers")


class PeerSender:
    """Sends proofs to one peer, in order, from threads of its own.

    An envelope goes out when there is something to state, and each second: its answer shows that
    the peer is there. Several may be under way, or a distant peer would hear of each batch only
    after it has answered the one before. If one has no answer, the peer is probed meanwhile, over
    a new connection, with a head that it has. Its answer tells which envelopes it has. While it is
    silent one goes out at a time, with the oldest proof, each time over a new connection. Nothing
    is kept on disk. At the start and after silence all open links are repeated.

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
        self._line, self._life = PeerLine(url, transport), PeerLife()
        self._waiting = WaitingProofs()
        self._under_way = UnderWay(self._waiting)
        #: Threads that carry an envelope, also if it waits for the answer no longer.
        self._carried = 0
        #: The head of the own record that the peer held at its last answer.
        self._held: LinkProof | None = None
        #: When the next one is due if there is nothing to state.
        self._due_at, self._pace = -math.inf, Pace()
        self._lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._repeats, self._repeating = Repeats(), threading.Lock()
        self._repeat_at = -math.inf
        #: Whether all open links are to be repeated at the next answer.
        self._repeats_all = True
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
            time.sleep(0.0125)
        self._line.close()

    @property
    def waiting(self) -> int:
        """Number of proofs that the peer has not confirmed."""
        return len(self._waiting)

    def put(self, proof: LinkProof) -> None:
        """Send a proof after all before it; from any thread, without waiting."""
        with self._lock:
            self._waiting.put(proof)
        if self._life.hears:
            self._wake.set()

    def heard(self) -> None:
        """Take note that the peer has sent something itself; try again at once if it was silent."""
        with self._lock:
            self._life.lives(self._now())
            if self._life.hears:
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
        now, life = self._now(), self._life
        with self._lock:
            if self._under_way and now >= life.due_at(self._under_way.oldest.left_at):
                if not life.is_silent:
                    life.probed(now)
                    self._thread_for(self._probe, now, self._generation, self._held)
                    return 0.0
                probes = f", nor to {PROBES} probes" if life.hears else ""
                self._fail(f"no answer within {life.patience:g} seconds{probes}")
                self._give_up()
                self._due_at = now
            pause = self._pause(now)
            if pause > 0:
                return pause
            most = 1 if life.is_down else MAX_PROOFS
            attempt, proofs = self._under_way.leave(now, self._generation, most)
            self._due_at = now + BEAT_SECONDS
            self._pace.spend(now)
            self._thread_for(self._carry, attempt, proofs)
        return 0.0

    def _thread_for(self, work: Callable[..., None], *arguments: object) -> None:
        self._carried += 1
        name = f"to {self.peer}"
        threading.Thread(target=work, args=arguments, name=name, daemon=True).start()

    def _pause(self, now: float) -> float:
        """Seconds until an envelope may leave, if nothing comes; not above zero if one may now."""
        paced = self._pace.wait(now)
        if paced > 0:
            return paced
        under_way, hears = self._under_way, self._life.hears
        oldest = self._life.due_at(under_way.oldest.left_at) - now if under_way else 0.0
        if len(under_way) >= (MAX_UNDER_WAY if hears else 1):
            return oldest  # the end of one of them wakes this thread
        if hears and self._waiting.has_news:
            return 0.0
        return oldest if under_way else self._due_at - now

    def _carry(self, attempt: Attempt, proofs: Sequence[LinkProof]) -> None:
        """Send one envelope, with proofs or the newest head, and take its answer."""
        with self._attempting(attempt):
            try:
                envelope = self._envelope(proofs)
                if envelope is None:
                    return
                answer = self._line.post(envelope)
                self._answered(envelope, answer)
            except RefusedForEver as error:
                if proofs:
                    _log.error("statements refused for ever", peer=self.peer, error=str(error))
                self._confirmed(attempt)
                raise
            self._confirmed(attempt)
            self._heard_of(attempt, answer.held)

    def _confirmed(self, attempt: Attempt) -> None:
        with self._lock:
            self._waiting.confirmed(attempt.numbers)

    @contextmanager
    def _attempting(self, attempt: Attempt) -> Iterator[None]:
        """Take note of an attempt's end, and of its failure.

        A time limit that ends although the peer lives concerns this envelope alone.
        """
        try:
            yield
        except httpx.HTTPError as error:
            late = isinstance(error, httpx.TimeoutException)
            if not (late and self._life.has_lived_since(attempt.left_at)):
                self._failed(str(error) or type(error).__name__, attempt, is_lost=True)
        except (NotAnswered, InputError) as error:
            self._failed(str(error), attempt)
        except Exception as error:  # as in `_run`
            self._end(error, attempt)
        with self._lock:
            self._carried -= 1
            self._under_way.end(attempt)
        self._wake.set()

    def _probe(self, left_at: float, generation: int, held: LinkProof | None) -> None:
        """Ask the peer for an answer, and for the newest head that it has, by one that it had.

        If it has named none, nothing counts as arrived. Other arguments as in `Attempt`.
        """
        with self._attempting(Attempt((), left_at, generation)):
            envelope = self._envelope([] if held is None else [held])
            with suppress(httpx.TimeoutException):  # the count of those without an answer decides
                if envelope is None:
                    return
                answer = self._line.probe(envelope)
                self._answered(envelope, answer)
                self._lives(left_at, batch_of(answer.held) if held else -1)

    def _lives(self, left_at: float, held: int) -> None:
        """Take the answer to a probe: envelopes that the peer has hold up no others.

        Those that it lacks are lost on dead connections, and leave again. Later ones take new
        connections. `held` is the newest batch of the own record that the peer has, or -1;
        `left_at` is when the probe left.
        """
        self.heard()
        with self._lock:
            if not self._life.hears or not self._under_way:
                return
            lost = self._under_way.judge(held, left_at - self._life.margin)
            self._life.renewed(self._now())
            self._generation += 1
            self._line.renew()
        if lost:
            _log.warning("envelopes lost", peer=self.peer, count=lost)

    def _heard_of(self, attempt: Attempt, held: LinkProof | None) -> None:
        """Take note of an answer, and repeat links that have waited for one."""
        with self._lock:
            failures, again = self._life.failures, not self._life.hears
            self.trouble, self._held = "", held
            repeats_all, self._repeats_all = self._repeats_all, False
            if repeats_all:
                self._repeats.all_again()
            now = self._now()
            self._life.answered(now, now - attempt.left_at)
            due = repeats_all or now >= self._repeat_at
            self._repeat_at = now + _REPEAT_SECONDS if due else self._repeat_at
        if again:
            _log.info("peer heard of", peer=self.peer, attempts=failures + 1)
        if due:
            with self._repeating:
                self._repeat(self._repeats)

    def _failed(self, why: str, attempt: Attempt | None, *, is_lost: bool = False) -> None:
        """Take note of an attempt without an answer; others may be lost with it."""
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
        heard, self.trouble = self._life.hears, why
        self._life.failed()
        self._generation += 1
        self._under_way.doubt()
        self._repeats_all = self._repeats_all or self._life.has_failed_often
        self._due_at = self._now() + PROBE_SECONDS
        if heard:
            _log.warning("peer silent", peer=self.peer, error=why)

    def _give_up(self) -> None:
        """Wait no longer for the envelopes under way: the next ones take new connections."""
        self._generation += 1
        self._under_way.give_up()
        self._line.renew()

    def _end(self, error: Exception, attempt: Attempt | None) -> None:
        if not self._stopping.is_set():
            _log.exception("not sent", peer=self.peer, error=type(error).__name__)
        self._failed(str(error), attempt)

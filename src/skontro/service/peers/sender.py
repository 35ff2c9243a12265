"""Sends statements to one peer, in order, until the peer has them on disk."""

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import httpx
import structlog

from skontro.files.json_reading import read_json
from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS, LinkProof
from skontro.model import InputError
from skontro.service.peers.envelope import MAX_PROOFS, Envelope, PeerAnswer
from skontro.service.peers.repeats import Repeats

STATEMENTS_PATH: Final = "/v1/links/statements"
#: Seconds between two envelopes where there is nothing to state.
BEAT_SECONDS: Final = 1.0
#: Most envelopes under way to one peer, and least seconds between two of them. A peer takes
#: `ENVELOPES_PER_SECOND` at most.
MAX_UNDER_WAY: Final = 16
_PACE: Final = 0.0125
#: Least seconds between two looks at the links that wait for an answer.
_REPEAT_SECONDS: Final = 0.25
#: Seconds within which a peer answers.
_TIMEOUT: Final = httpx.Timeout(10.0, connect=1.0)
#: Seconds between attempts while it does not answer: links are to continue soon after it is back.
PROBE_SECONDS: Final = 0.5
#: Most proofs that wait; the oldest are dropped, because all is repeated after silence.
_MAX_WAITING: Final = 10_000
#: Bytes of an answer.
_MAX_ANSWER: Final = 2**20
#: Answers that will not be others the next time.
_NEVER: Final = (400, 413, 415, 422)
_OK: Final = 200

_log = structlog.get_logger("skontro.peers")


class NotAnswered(Exception):  # noqa: N818  the fact is the name
    """The peer has not answered, or not as a peer does."""


class RefusedForEver(NotAnswered):
    """The peer has refused an envelope, and would refuse it again."""


class PeerSender:
    """Sends proofs to one peer, in order, from threads of its own.

    An envelope goes out when there is something to state, and each second: its answer shows that
    the peer is there. Several may be under way, or a distant peer would hear of each batch only
    after it has answered the one before. Without an answer one goes out at a time. Nothing is kept
    on disk. At the start and after silence all open links are repeated.

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
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, transport=transport)
        #: Proofs without an answer by rising number, and the numbers of those under way.
        self._waiting: dict[int, LinkProof] = {}
        self._sent: set[int] = set()
        self._numbers = count()
        #: Envelopes under way, when the last one left, and when the next one is due.
        self._under_way, self._left_at, self._due_at = 0, -math.inf, -math.inf
        self._lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._repeats, self._repeating = Repeats(), threading.Lock()
        self._repeat_at = -math.inf
        #: Whether the last attempt was answered, and the attempts without an answer since.
        self._hears, self._failures = False, 0
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
        while self._under_way and time.monotonic() < deadline:
            time.sleep(_PACE)
        self._client.close()

    @property
    def waiting(self) -> int:
        """Number of proofs that the peer has not confirmed."""
        return len(self._waiting)

    def put(self, proof: LinkProof) -> None:
        """Send a proof after all before it; from any thread, without waiting."""
        with self._lock:
            self._waiting[next(self._numbers)] = proof
            while len(self._waiting) > _MAX_WAITING:
                del self._waiting[next(iter(self._waiting))]
        if self._hears:
            self._wake.set()

    def heard(self) -> None:
        """Try again at once: the peer has sent something itself."""
        if not self._hears:
            self._due_at = -math.inf
            self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self._turn()
            except Exception as error:  # a fault here must not leave the peer without statements
                self._end(error, self._failures)
                pause = BEAT_SECONDS
            self._wake.wait(pause)

    def _turn(self) -> float:
        """Let an envelope leave, if one may; the seconds until the next, unless something comes."""
        now = self._now()
        with self._lock:
            if now < self._left_at + _PACE:
                return self._left_at + _PACE - now
            most = MAX_UNDER_WAY if self._hears else 1
            if self._under_way >= most:
                return BEAT_SECONDS  # the end of one of them wakes this thread
            numbers = self._next()
            has_news = bool(numbers) and self._hears
            if not has_news and (self._under_way or now < self._due_at):
                return BEAT_SECONDS if self._under_way else self._due_at - now
            proofs = [self._waiting[number] for number in numbers]
            self._sent.update(numbers)
            self._under_way += 1
            self._left_at, self._due_at = now, now + BEAT_SECONDS
            failures = self._failures
        work = (numbers, proofs, failures)
        threading.Thread(target=self._carry, args=work, name=f"to {self.peer}", daemon=True).start()
        return 0.0

    def _next(self) -> list[int]:
        """Numbers of the next proofs, as many as one envelope may have."""
        found: list[int] = []
        statements = size = 0
        for number, proof in self._waiting.items():
            if number in self._sent:
                continue
            statements += len(proof.statements)
            size += sum(len(one.content) for one in proof.statements)
            full = statements > MAX_STATEMENTS or size > MAX_STATEMENT_BYTES
            if found and (full or len(found) == MAX_PROOFS):
                break
            found.append(number)
        return found

    def _carry(self, numbers: Sequence[int], proofs: Sequence[LinkProof], failures: int) -> None:
        """Send one envelope and take its answer.

        Args:
            numbers: of the proofs.
            proofs: none for the newest head.
            failures: attempts without an answer when it left.
        """
        kept = True
        try:
            envelope = self._envelope(proofs)
            if envelope is not None:
                self._answered(envelope, self._post(envelope))
                kept = False
                self._heard_of()
        except RefusedForEver as error:
            kept = False
            if proofs:
                _log.error("statements refused for ever", peer=self.peer, error=str(error))
            self._failed(str(error), failures)
        except (NotAnswered, InputError, httpx.HTTPError) as error:
            self._failed(str(error) or type(error).__name__, failures)
        except Exception as error:  # as in `_run`
            self._end(error, failures)
        with self._lock:
            self._under_way -= 1
            self._sent.difference_update(numbers)
            for number in () if kept else numbers:
                self._waiting.pop(number, None)
        self._wake.set()

    def _heard_of(self) -> None:
        """Take note of an answer, and repeat links that have waited for one."""
        with self._lock:
            failures, again = self._failures, not self._hears
            self._hears, self._failures, self.trouble = True, 0, ""
            if again:
                self._repeats.all_again()
            now = self._now()
            due = again or now >= self._repeat_at
            self._repeat_at = now + _REPEAT_SECONDS if due else self._repeat_at
        if again:
            _log.info("peer heard of", peer=self.peer, attempts=failures + 1)
        if due:
            with self._repeating:
                self._repeat(self._repeats)

    def _failed(self, why: str, failures: int) -> None:
        """Take note of an attempt without an answer.

        Args:
            why: text for the operator.
            failures: attempts without an answer when it left; of envelopes that were under way
                together the first one counts.
        """
        with self._lock:
            if self._stopping.is_set() or failures != self._failures:
                return
            heard, self._hears = self._hears, False
            self._failures, self.trouble = failures + 1, why
            self._due_at = self._now() + PROBE_SECONDS
        if heard:
            _log.warning("peer silent", peer=self.peer, error=why)

    def _end(self, error: Exception, failures: int) -> None:
        if not self._stopping.is_set():
            _log.exception("not sent", peer=self.peer, error=type(error).__name__)
        self._failed(str(error), failures)

    def _post(self, envelope: Envelope) -> PeerAnswer:
        content = json.dumps(envelope.to_document(), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        with self._client.stream(
            "POST", STATEMENTS_PATH, content=content, headers=headers
        ) as answer:
            body = _read(answer)
        if answer.status_code == _OK:
            return PeerAnswer.from_document(_json(body))
        why = f"it answers {answer.status_code}: {_detail(body)}"
        raise RefusedForEver(why) if answer.status_code in _NEVER else NotAnswered(why)


def _read(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > _MAX_ANSWER:
            raise NotAnswered("its answer is too large")
        parts.append(part)
    return b"".join(parts)


def _json(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    try:
        return read_json(body)
    except ValueError as error:
        raise NotAnswered(f"its answer is not JSON: {error}") from None


def _detail(body: bytes) -> str:
    """The detail of a problem document, as far as it is one."""
    try:
        document = read_json(body)
        return str(document["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return "no problem document"

"""The thread that sends statements to one peer, in order, until the peer has them on disk."""

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx
import structlog

from skontro.files.json_reading import read_json
from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS, LinkProof
from skontro.model import InputError
from skontro.service.peers.envelope import MAX_PROOFS, Envelope, PeerAnswer
from skontro.service.peers.repeats import Repeats, pause_after

STATEMENTS_PATH: Final = "/v1/links/statements"
#: Seconds between two envelopes where there is nothing to state.
BEAT_SECONDS: Final = 1.0
#: Seconds within which a peer answers.
_TIMEOUT: Final = 10.0
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


class PeerSender:
    """Sends proofs to one peer from a thread of its own.

    An envelope goes out when there is something to state, and each second: its answer shows that
    the peer is there. Nothing is kept on disk. At the start and after silence all open links are
    repeated.

    Args:
        peer: identifier of the other system.
        url: of its service.
        envelope: makes an envelope with proofs; None while there is no contract.
        answered: called with each answer; raises InputError if it is not the peer's.
        repeat: called when links may be due for repetition.
        transport: of HTTP; None for the network.
    """

    def __init__(
        self,
        peer: str,
        url: str,
        envelope: Callable[[Sequence[LinkProof]], Envelope | None],
        answered: Callable[[PeerAnswer], None],
        repeat: Callable[[Repeats], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.peer, self.url = peer, url
        self._envelope, self._answered, self._repeat = envelope, answered, repeat
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, transport=transport)
        self._waiting: deque[LinkProof] = deque()
        self._lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._repeats = Repeats()
        #: Attempts since the last answer; before the first one the peer counts as silent.
        self._failures = 1
        #: Why the last attempt failed; empty after an answer.
        self.trouble = "not asked yet"
        self._thread = threading.Thread(target=self._run, name=f"peer {peer}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Stop sending, within a time limit in seconds."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        self._client.close()

    @property
    def waiting(self) -> int:
        """Number of proofs that the peer has not confirmed."""
        return len(self._waiting)

    def put(self, proof: LinkProof) -> None:
        """Send a proof after all before it; from any thread, without waiting."""
        with self._lock:
            self._waiting.append(proof)
            while len(self._waiting) > _MAX_WAITING:
                self._waiting.popleft()
        if not self._failures:
            self._wake.set()

    def heard(self) -> None:
        """Try again at once: the peer has sent something itself."""
        if self._failures:
            self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self._turn()
            except Exception as error:  # a fault here must not leave the peer without statements
                _log.exception("not sent", peer=self.peer, error=type(error).__name__)
                pause = self._failed(str(error))
            self._wake.wait(pause)

    def _turn(self) -> float:
        """One envelope and its answer; the seconds until the next, unless something comes."""
        proofs = self._next()
        envelope = self._envelope(proofs)
        if envelope is None:
            return BEAT_SECONDS
        try:
            self._answered(self._post(envelope, proofs))
        except (NotAnswered, InputError, httpx.HTTPError) as error:
            return self._failed(str(error) or type(error).__name__)
        self._drop(proofs)
        if self._failures:
            _log.info("peer heard of", peer=self.peer, attempts=self._failures)
            self._repeats.all_again()
            self._failures, self.trouble = 0, ""
        self._repeat(self._repeats)
        return 0.0 if self._waiting else BEAT_SECONDS

    def _failed(self, why: str) -> float:
        if not self._failures:
            _log.warning("peer silent", peer=self.peer, error=why)
        self._failures, self.trouble = self._failures + 1, why
        return pause_after(self._failures - 1)

    def _next(self) -> list[LinkProof]:
        """The next proofs, as many as one envelope may have."""
        found: list[LinkProof] = []
        statements = size = 0
        with self._lock:
            for proof in self._waiting:
                statements += len(proof.statements)
                size += sum(len(one.content) for one in proof.statements)
                full = statements > MAX_STATEMENTS or size > MAX_STATEMENT_BYTES
                if found and (full or len(found) == MAX_PROOFS):
                    break
                found.append(proof)
        return found

    def _drop(self, proofs: Sequence[LinkProof]) -> None:
        """Forget proofs that the peer has, unless they were dropped meanwhile."""
        with self._lock:
            for proof in proofs:
                if self._waiting and self._waiting[0] is proof:
                    self._waiting.popleft()

    def _post(self, envelope: Envelope, proofs: Sequence[LinkProof]) -> PeerAnswer:
        content = json.dumps(envelope.to_document(), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        with self._client.stream(
            "POST", STATEMENTS_PATH, content=content, headers=headers
        ) as answer:
            body = _read(answer)
        if answer.status_code == _OK:
            return PeerAnswer.from_document(_json(body))
        why = f"it answers {answer.status_code}: {_detail(body)}"
        if answer.status_code in _NEVER and proofs:
            _log.error("statements refused for ever", peer=self.peer, error=why)
            self._drop(proofs)
        raise NotAnswered(why)


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

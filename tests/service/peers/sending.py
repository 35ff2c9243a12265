"""A sender whose time stands still, with a peer that answers as told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs
import httpx

from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError
from skontro.service.peers.envelope import Envelope, PeerAnswer
from skontro.service.peers.repeats import Repeats
from skontro.service.peers.sender import PeerSender
from tests.service.peers.stub_peer import OWN, PEER, StubPeer

STUB = StubPeer()


class Transport(httpx.BaseTransport):
    """Keeps the batches of each envelope, and answers as told; it may hold its answers back."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.statuses: list[int | Exception] = []
        self.held = threading.Event()
        self.held.set()
        #: The head of the other record that it has named, the next that it names, and whether it
        #: answers an envelope with batch 0 even while it holds answers back.
        self.holds: LinkProof | None = None
        self.next_holds: LinkProof | None = None
        self.answers_probes = False
        self.probe_statuses: list[int | Exception] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        envelope = Envelope.from_document(json.loads(request.read()))
        found = [LinkProof.from_document(one) for one in envelope.proofs]
        self.batches.append([int.from_bytes(one.header[:8], "big") for one in found])
        is_probe = self.batches[-1] == [0]
        if is_probe and self.answers_probes:
            return self._answer(envelope)
        status = self.statuses.pop(0) if self.statuses else 200
        if is_probe and self.probe_statuses:
            status = self.probe_statuses.pop(0)
        else:
            assert self.held.wait(60)
        if isinstance(status, Exception):
            raise status
        if status != 200:
            return httpx.Response(status, json={"detail": "why not"})
        return self._answer(envelope)

    def _answer(self, envelope: Envelope) -> httpx.Response:
        self.holds = self.next_holds
        answer = STUB.answer(envelope.nonce, self.holds)
        return httpx.Response(200, json=answer.to_document())


@attrs.define
class Sending:
    """A sender whose time stands still, and what it has called."""

    transport: Transport
    time: float = 1_000.0
    answers: list[PeerAnswer] = attrs.field(factory=list)
    repeats: list[float] = attrs.field(factory=list)
    has_contract: bool = True
    refused: str = ""
    sender: PeerSender | None = None

    def envelope(self, proofs: Sequence[LinkProof]) -> Envelope | None:
        sent = tuple(one.to_document() for one in proofs or (STUB.proof(batch=0),))
        return STUB.signed(Envelope(PEER, OWN, 0, sent, "07" * 32)) if self.has_contract else None

    def answered(self, envelope: Envelope, answer: PeerAnswer) -> None:
        assert envelope.nonce == answer.nonce
        if self.refused:
            raise InputError(self.refused)
        self.answers.append(answer)

    def turn(self, later: float = 1.0) -> float:
        """One turn after some seconds, to its end: the seconds that it would wait."""
        assert self.sender is not None
        self.time += later
        pause = self.sender._turn()
        if self.transport.held.is_set():
            self.settle()
        return pause

    def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline
            time.sleep(0.0005)

    def settle(self) -> None:
        self.until(lambda: self.sender is None or not self.sender._carried)

    def arrived(self, envelopes: int) -> None:
        self.until(lambda: len(self.transport.batches) >= envelopes)

    def due_in(self) -> float:
        """Seconds until the next attempt."""
        assert self.sender is not None
        return self.sender._due_at - self.time


def repeated(sending: Sending, _repeats: Repeats) -> None:
    sending.repeats.append(sending.time)


@contextmanager
def sending() -> Iterator[tuple[PeerSender, Sending]]:
    made = Sending(Transport())
    sender = PeerSender(
        PEER,
        "http://localhost:1",
        made.envelope,
        made.answered,
        lambda repeats: repeated(made, repeats),
        made.transport,
        lambda: made.time,
    )
    made.sender = sender
    try:
        yield sender, made
    finally:
        made.transport.held.set()
        sender.stop()


def proof(batch: int, statements: int = 0, size: int = 2) -> LinkProof:
    return STUB.proof(*[b"x" * size] * statements, batch=batch)


def held_back(sender: PeerSender, made: Sending, *batches: int) -> None:
    """Let a peer that has answered get these batches, and answer none of them."""
    made.turn()
    made.transport.held.clear()
    for batch in batches:
        sender.put(proof(batch))
        made.turn(0.125)
        made.arrived(batch + 1)

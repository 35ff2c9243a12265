"""The way to a peer's service: which connections an envelope takes, and when they are closed."""

import threading

import httpx
import pytest

from skontro.service.peers.envelope import Envelope
from skontro.service.peers.line import AnswerTimes, NotAnswered, PeerLine
from tests.service.peers.stub_peer import OWN, PEER, StubPeer

STUB = StubPeer()


class Counting(httpx.BaseTransport):
    """Counts how often it was closed; holds its answers back if told."""

    def __init__(self) -> None:
        self.closed = 0
        self.came, self.held = threading.Event(), threading.Event()
        self.held.set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.came.set()
        assert self.held.wait(60)
        return httpx.Response(503, json={"detail": "later"})

    def close(self) -> None:
        self.closed += 1


def envelope() -> Envelope:
    return STUB.signed(Envelope(PEER, OWN, 0, (), "07" * 32))


def test_a_line_that_nobody_uses_is_closed_at_once() -> None:
    transport = Counting()
    line = PeerLine("http://localhost:1", transport)
    line.renew()
    assert transport.closed == 1
    line.close()
    assert transport.closed == 2
    line.renew()
    assert transport.closed == 2, "no connection is opened after the end"


def test_connections_in_use_are_closed_when_their_requests_end() -> None:
    transport = Counting()
    line = PeerLine("http://localhost:1", transport)
    transport.held.clear()
    found: list[Exception] = []

    def post() -> None:
        try:
            line.post(envelope())
        except NotAnswered as error:
            found.append(error)

    first = threading.Thread(target=post)
    first.start()
    assert transport.came.wait(60)
    line.renew()
    assert transport.closed == 0
    transport.held.set()
    first.join(60)
    assert transport.closed == 1
    assert str(found[0]) == "it answers 503: later"
    with pytest.raises(NotAnswered):
        line.post(envelope())
    assert transport.closed == 1, "the new ones stay open"
    line.close()
    assert transport.closed == 2


def test_a_probe_takes_a_connection_of_its_own_and_closes_it() -> None:
    transport = Counting()
    line = PeerLine("http://localhost:1", transport)
    with pytest.raises(NotAnswered, match="it answers 503: later"):
        line.probe(envelope())
    assert transport.closed == 1
    assert line._connections.users == 0
    line.close()
    assert transport.closed == 2


def test_a_peer_has_ten_seconds_for_an_answer_and_a_handshake() -> None:
    line = PeerLine("http://localhost:1", Counting())
    assert line._connections.client.timeout == httpx.Timeout(10.0)
    line.close()


def test_the_usual_time_is_the_median_of_the_latest_answers() -> None:
    times = AnswerTimes()
    assert times.usual == 0.0
    for seconds in (3.0, 1.0, 2.0):
        times.add(seconds)
    assert times.usual == 2.0
    for _ in range(14):
        times.add(0.5)
    assert times.usual == 0.5
    for _ in range(15):
        times.add(7.0)
    assert sorted(times._seconds) == [7.0] * 15

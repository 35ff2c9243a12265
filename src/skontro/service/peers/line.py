"""The way to the service of one peer: posts envelopes, over new connections after silence."""

import json
import statistics
import threading
from collections import deque
from typing import Any, Final

import attrs
import httpx

from skontro.files.json_reading import read_json
from skontro.service.peers.envelope import Envelope, PeerAnswer

STATEMENTS_PATH: Final = "/v1/links/statements"
#: Seconds within which a peer answers, and takes a connection. Its sender notices silence sooner; a
#: peer with much to do may take long for the handshake too.
_TIMEOUT: Final = httpx.Timeout(10.0)
#: Bytes of an answer.
_MAX_ANSWER: Final = 2**20
#: Answers that will not be others the next time.
_NEVER: Final = (400, 413, 415, 422)
_OK: Final = 200
#: Answers whose times are remembered.
_REMEMBERED: Final = 15


class NotAnswered(Exception):  # noqa: N818  the fact is the name
    """The peer has not answered, or not as a peer does."""


class RefusedForEver(NotAnswered):
    """The peer has refused an envelope, and would refuse it again."""


@attrs.define
class _Connections:
    """Connections that were opened since the last silence, and the requests that use them."""

    client: httpx.Client
    users: int = 0
    replaced: bool = False


class PeerLine:
    """Posts envelopes to a peer.

        line = PeerLine("https://rtgs.kg.example")
        answer = line.post(envelope)

    A connection on which nothing arrives any more may stay so for minutes after the network is
    back. So after silence the next envelopes go over new connections.

    Args:
        url: of the peer's service.
        transport: of HTTP; None for the network.
    """

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url, self._transport = url, transport
        #: Made once: reading the certificates of authorities takes long.
        self._certificates = httpx.create_ssl_context() if transport is None else False
        self._lock = threading.Lock()
        self._connections = self._new()
        self._closed = False

    def _new(self) -> _Connections:
        made = httpx.Client(
            base_url=self._url,
            timeout=_TIMEOUT,
            transport=self._transport,
            verify=self._certificates,
        )
        return _Connections(made)

    def renew(self) -> None:
        """Let all later envelopes go over new connections."""
        with self._lock:
            if not self._closed:
                self._replace(self._new())

    def close(self) -> None:
        """Close all connections, those in use when their requests end."""
        with self._lock:
            self._closed = True
            self._replace(self._connections)

    def _replace(self, later: _Connections) -> None:
        old, self._connections = self._connections, later
        old.replaced = True
        if not old.users:
            old.client.close()

    def post(self, envelope: Envelope) -> PeerAnswer:
        """The peer's answer, whose signature was not checked.

        Raises:
            NotAnswered: it is not the answer of a peer; RefusedForEver if that would not change.
            httpx.HTTPError: there is none.
        """
        with self._lock:
            used = self._connections
            used.users += 1
        try:
            return _post(used.client, envelope)
        finally:
            with self._lock:
                used.users -= 1
                if used.replaced and not used.users:
                    used.client.close()

    def probe(self, envelope: Envelope) -> PeerAnswer:
        """As `post`, over a connection of its own, which is closed afterwards."""
        with self._new().client as client:
            return _post(client, envelope)


def _post(client: httpx.Client, envelope: Envelope) -> PeerAnswer:
    content = json.dumps(envelope.to_document(), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    with client.stream("POST", STATEMENTS_PATH, content=content, headers=headers) as answer:
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


class AnswerTimes:
    """Seconds that the latest answers of a peer have taken.

    times = AnswerTimes()
    times.add(0.2)
    times.usual  # 0.2
    """

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, seconds: float) -> None:
        """Remember the time of an answer."""
        self._seconds.append(seconds)

    @property
    def usual(self) -> float:
        """The median, which one late answer does not change; 0 before the first."""
        return statistics.median(self._seconds) if self._seconds else 0.0

"""The other systems as the service knows them: what to send them, and whether they answer."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import attrs
import httpx

from skontro.ledger.entry import NOBODY
from skontro.ledger.link_evidence import check_peer_statements
from skontro.ledger.link_proof import CheckedProof, LinkProof
from skontro.model import NO_DIGEST, InputError
from skontro.service import metrics
from skontro.service.peers.envelope import Envelope, HeldHead, PeerAnswer
from skontro.service.peers.repeats import Repeats
from skontro.service.peers.sender import PeerSender
from skontro.service.sequencer.requests import (
    NO_KEY,
    Caller,
    LinkRequest,
    Overloaded,
    Stopping,
)
from skontro.service.sequencer.sequencer import Sequencer
from skontro.system.links.link_batch import LinkInputs

#: Seconds without an answer after which a peer is silent, and no new link with it starts.
SILENT_SECONDS: Final = 5.0

#: Gives the transport to a peer's service, by its identifier; for tests.
Transports = Callable[[str], httpx.BaseTransport]

_OWN: Final = Caller(NOBODY, NO_DIGEST, NO_KEY, NO_DIGEST)


@attrs.frozen
class PeerHealth:
    """A peer as its answers show it.

    Attributes:
        peer: its identifier.
        url: of its service; None where the settings have none.
        suspended: whether new links with it are suspended.
        heard: seconds since its last answer; None if there was none.
        silent: whether no new link starts because it does not answer.
        trouble: why the last attempt failed; empty after an answer.
        waiting: proofs that it has not confirmed.
        head: the newest batch that it has proved.
        open_links: links with it that have not ended here.
    """

    peer: str
    url: str | None
    suspended: bool
    heard: float | None
    silent: bool
    trouble: str
    waiting: int
    head: CheckedProof | None
    open_links: int


@attrs.define
class _Known:
    """The newest batch that a peer has proved, and the time of its last answer."""

    head: CheckedProof | None = None
    heard_at: float | None = None


class Peers:
    """Sends statements to the peers whose addresses are known.

        peers = Peers({"KG-RTGS": "https://rtgs.kg.example"})
        sequencer = Sequencer(..., outbox=peers.outbox)
        peers.start(sequencer, own_head, claim_time)

    Args:
        addresses: URLs of services, by identifiers of their systems.
        transports: of HTTP; None for the network.
        now: monotonic time in seconds.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        transports: Transports | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sequencer: Sequencer | None = None
        self._first_head: LinkProof | None = None
        self._claim = 0
        self._now = now
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._own_head: tuple[int, LinkProof] | None = None
        self._senders = {
            peer: PeerSender(
                peer,
                url,
                partial(self._envelope, peer),
                partial(self._answered, peer),
                partial(self._repeat, peer),
                None if transports is None else transports(peer),
            )
            for peer, url in addresses.items()
        }

    def start(self, sequencer: Sequencer, head: LinkProof, claim: int) -> None:
        """Start sending.

        Args:
            sequencer: takes repetitions, and publishes what is durable.
            head: proof, without statements, of the last batch of the record.
            claim: record time at which this service claimed the record.
        """
        self._sequencer, self._first_head, self._claim = sequencer, head, claim
        for sender in self._senders.values():
            sender.start()

    def stop(self) -> None:
        """Stop sending; what was not confirmed is repeated after the next start."""
        for sender in self._senders.values():
            sender.stop()

    def outbox(self, addressee: str, proof: LinkProof) -> None:
        """Send a proof of durable statements to a peer; without an address it is left out."""
        sender = self._senders.get(addressee)
        if sender is not None:
            sender.put(proof)

    def own_head(self) -> LinkProof:
        """Proof, without statements, of the newest durable batch."""
        entry = self._started.last_entry
        if entry is None:
            if self._first_head is None:
                raise RuntimeError("not started")
            return self._first_head
        known = self._own_head
        if known is None or known[0] != entry.number:
            known = self._own_head = entry.number, LinkProof.of(entry, {})
        return known[1]

    def held(self, peer: str) -> HeldHead | None:
        """The newest head that this system holds of a peer's record."""
        head = self._known.get(peer, _Known()).head
        return None if head is None else HeldHead(head.batch, head.hash.hex())

    def proved(self, peer: str, proof: CheckedProof) -> None:
        """Take note of a batch that a peer has proved."""
        with self._lock:
            known = self._known.setdefault(peer, _Known())
            if known.head is None or proof.batch > known.head.batch:
                known.head = proof

    def heard(self, peer: str) -> None:
        """Take note that a peer has sent an envelope: it may answer now."""
        sender = self._senders.get(peer)
        if sender is not None:
            sender.heard()

    def is_silent(self, peer: str) -> bool:
        """Whether a peer has not answered for `SILENT_SECONDS`, or has no address."""
        heard = self._known.get(peer, _Known()).heard_at
        return heard is None or self._now() - heard > SILENT_SECONDS

    def health(self) -> list[PeerHealth]:
        """All peers with a contract or an address, by identifier."""
        view = self._started.view
        found = []
        for peer in sorted({*view.link_contracts.peers, *self._senders}):
            known, sender = self._known.get(peer, _Known()), self._senders.get(peer)
            heard = None if known.heard_at is None else self._now() - known.heard_at
            found.append(
                PeerHealth(
                    peer,
                    None if sender is None else sender.url,
                    peer in view.link_contracts.suspended,
                    heard,
                    self.is_silent(peer),
                    "no address" if sender is None else sender.trouble,
                    0 if sender is None else sender.waiting,
                    known.head,
                    sum(peer in one.terms.peers_of(one.system) for one in view.links_under_way),
                )
            )
        return found

    def show_metrics(self) -> None:
        """Set the metrics of the peers."""
        for one in self.health():
            metrics.PEER_SILENT.labels(one.peer).set(one.silent)
            metrics.PEER_WAITING.labels(one.peer).set(one.waiting)
            metrics.PEER_OPEN_LINKS.labels(one.peer).set(one.open_links)
            metrics.PEER_HEAD.labels(one.peer).set(-1 if one.head is None else one.head.batch)
            if one.heard is not None:
                metrics.PEER_HEARD_SECONDS.labels(one.peer).set(one.heard)

    @property
    def _started(self) -> Sequencer:
        if self._sequencer is None:
            raise RuntimeError("not started")
        return self._sequencer

    def _envelope(self, peer: str, proofs: Sequence[LinkProof]) -> Envelope | None:
        """The next envelope to a peer; None while there is no contract with it."""
        contracts = self._started.view.link_contracts
        if peer not in contracts:
            return None
        sent = [one.to_document() for one in proofs or [self.own_head()]]
        return Envelope(contracts.own_system, peer, self._claim, tuple(sent), held=self.held(peer))

    def _answered(self, peer: str, answer: PeerAnswer) -> None:
        """Take an answer, if it is the peer's.

        Raises:
            InputError: its head is not of the peer's record.
        """
        contracts = self._started.view.link_contracts
        try:
            checked = check_peer_statements(answer.head.to_document(), contracts, peer)
        except InputError as error:
            raise InputError(f"another system than {peer} answers: {error}") from None
        self.proved(peer, checked.proof)
        with self._lock:
            self._known.setdefault(peer, _Known()).heard_at = self._now()

    def _repeat(self, peer: str, repeats: Repeats) -> None:
        """Let the sequencer state again what has waited for an answer of the peer."""
        sequencer = self._started
        mine = [
            one for one in sequencer.view.links_under_way if peer in one.terms.peers_of(one.system)
        ]
        links = repeats.due(mine, self._now())
        if not links:
            return
        work = LinkRequest(_OWN, LinkInputs(repeated=links), lambda _outcome: None)
        try:
            sequencer.submit(work)
        except (Overloaded, Stopping):
            repeats.all_again()

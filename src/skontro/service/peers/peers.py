"""The other systems as the service knows them: what to send them, and whether they answer."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import attrs
import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import NOBODY, statements_and_time
from skontro.ledger.link_evidence import PeerStatements, check_peer_statements
from skontro.ledger.link_proof import CheckedProof, LinkProof
from skontro.model import NO_DIGEST, InputError
from skontro.service.peers.envelope import NONCE_BYTES, Envelope, PeerAnswer
from skontro.service.peers.from_record import check_signature, heads_in, peers_with_open_links
from skontro.service.peers.health import PeerHealth, show_metrics
from skontro.service.peers.known_heads import KnownHeads
from skontro.service.peers.opening import HashOf, Opening, Standing
from skontro.service.peers.repeats import Repeats
from skontro.service.peers.sender import PeerSender
from skontro.service.sequencer.link_batches import Shut
from skontro.service.sequencer.requests import (
    NO_KEY,
    Caller,
    Done,
    LinkRequest,
    Overloaded,
    Stopping,
)
from skontro.service.sequencer.sequencer import Sequencer
from skontro.system import SettlementSystem
from skontro.system.links.link_batch import LinkInputs

#: Seconds without an answer after which a peer is silent, and no new link with it starts.
SILENT_SECONDS: Final = 5.0

#: Gives the transport to a peer's service, by its identifier; for tests.
Transports = Callable[[str], httpx.BaseTransport]

_log = structlog.get_logger("skontro.peers")

_OWN: Final = Caller(NOBODY, NO_DIGEST, NO_KEY, NO_DIGEST)


@attrs.define
class _Known:
    """The batches that a peer has proved, and the time of its last answer."""

    heads: KnownHeads
    heard_at: float | None = None
    #: The latest claim of its record that the own record has.
    claim: int = -1
    #: The claim under which it has signed two records: one piece of evidence is enough.
    forked: int = -2


class Peers:
    """Sends statements to the peers whose addresses are known.

        peers = Peers({"KG-RTGS": "https://rtgs.kg.example"})
        sequencer = Sequencer(..., outbox=peers.outbox)
        peers.start(sequencer, own_head, claim_time, key)

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
        self._key: Ed25519PrivateKey | None = None
        self._opening: Opening | None = None
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

    def keep_shut(self, system: SettlementSystem, claim: int, hash_of: HashOf) -> None:
        """Keep links shut until the peers with open links have confirmed the record.

        Args:
            system: as recovered.
            claim: record time at which this service claimed the record.
            hash_of: gives the hash of a batch of the record.
        """
        self._opening = Opening(claim, peers_with_open_links(system), hash_of)

    def start(
        self,
        sequencer: Sequencer,
        head: LinkProof,
        claim: int,
        key: Ed25519PrivateKey,
    ) -> None:
        """Start sending.

        Args:
            sequencer: takes repetitions, and publishes what is durable.
            head: proof, without statements, of the last batch of the record.
            claim: record time at which this service claimed the record.
            key: that signs the record.
        """
        self._sequencer, self._first_head, self._claim = sequencer, head, claim
        self._key = key
        system = sequencer.system
        for peer, known in heads_in(system).items():
            self._known[peer] = _Known(KnownHeads(peer, known))
        for peer in system.link_contracts.peers:
            self._known_of(peer).claim = system.peer_records.claim(peer)
        for fork in system.peer_records.forks:
            self._known_of(fork.peer).forked = fork.claim
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

    def held(self, peer: str) -> LinkProof | None:
        """The newest head that this system holds of a peer's record."""
        known = self._known.get(peer)
        newest = None if known is None else known.heads.newest
        return None if newest is None else newest.proof

    def signed(self, content: bytes) -> str:
        """The signature of this system, in hexadecimal."""
        return self._own_key.sign(content).hex()

    def claim(self, peer: str) -> int:
        """The latest claim of a peer's record that the own record has; -1 before the first."""
        known = self._known.get(peer)
        return -1 if known is None else known.claim

    def claimed(self, peer: str, claim: int) -> None:
        """Take note that the own record has a claim."""
        with self._lock:
            known = self._known_of(peer)
            known.claim = max(claim, known.claim)

    def shut(self) -> Shut:
        """The peers whose links are shut."""
        if self._opening is None:
            return Shut()
        view = self._started.view
        peers = self._opening.shut(view.links_opened, view.link_contracts.peers)
        return Shut(peers, self._opening.why_shut(view.links_opened) if peers else "")

    def why_shut(self, peers: Iterable[str] | None = None) -> str:
        """Why links are shut; empty while they are open.

        Args:
            peers: with whom the links are; None for links with any.
        """
        if self._opening is None:
            return ""
        opened = {} if self._sequencer is None else self._sequencer.view.links_opened
        return self._opening.why_shut(opened, peers)

    def standing(self, peer: str) -> Standing:
        """A peer's answer on the own record since the start."""
        if self._opening is None:
            return Standing.CONFIRMED
        return self._opening.standing(peer, self._started.view.links_opened)

    def told(self, envelope: Envelope, checked: Sequence[PeerStatements]) -> None:
        """Take what a checked envelope tells of both records.

        Args:
            envelope: signed by its sender.
            checked: its proofs, in their order.

        Raises:
            InputError: `held` is not a head of this record.
        """
        held = self._own(envelope.held)
        if self._opening is not None:
            self._opening.told(envelope.sender, held, self._newest)
        newer = False
        for one in checked:
            newer = self._proved(envelope.sender, one.head, one.proof, envelope.claim) or newer
        sender = self._senders.get(envelope.sender)
        if sender is not None and newer:
            sender.heard()  # it may answer now

    def is_silent(self, peer: str) -> bool:
        """Whether a peer has not answered for `SILENT_SECONDS`, or has no address."""
        known = self._known.get(peer)
        heard = None if known is None else known.heard_at
        return heard is None or self._now() - heard > SILENT_SECONDS

    def health(self) -> list[PeerHealth]:
        """All peers with a contract or an address, by identifier."""
        view = self._started.view
        found = []
        for peer in sorted({*view.link_contracts.peers, *self._senders}):
            known, sender = self._known_of(peer), self._senders.get(peer)
            heard = None if known.heard_at is None else self._now() - known.heard_at
            newest = known.heads.newest
            found.append(
                PeerHealth(
                    peer,
                    None if sender is None else sender.url,
                    peer in view.link_contracts.suspended,
                    heard,
                    self.is_silent(peer),
                    "no address" if sender is None else sender.trouble,
                    0 if sender is None else sender.waiting,
                    None if newest is None else newest.checked,
                    sum(peer in one.terms.peers_of(one.system) for one in view.links_under_way),
                    self.standing(peer),
                    "" if self._opening is None else self._opening.trouble(peer),
                    tuple(one for one in view.forks if one.peer == peer),
                )
            )
        return found

    def show_metrics(self) -> None:
        """Set the metrics of the peers."""
        show_metrics(self.health(), shut=bool(self.why_shut()))

    @property
    def _own_key(self) -> Ed25519PrivateKey:
        if self._key is None:
            raise RuntimeError("not started")
        return self._key

    @property
    def _newest(self) -> int:
        """Number of the own newest durable batch."""
        return statements_and_time(self.own_head().header)[1]

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
        sent = tuple(one.to_document() for one in proofs or [self.own_head()])
        made = Envelope(
            contracts.own_system,
            peer,
            self._claim,
            sent,
            secrets.token_hex(NONCE_BYTES),
            held=self.held(peer),
        )
        return attrs.evolve(made, signature=self.signed(made.content))

    def _answered(self, peer: str, envelope: Envelope, answer: PeerAnswer) -> None:
        """Take an answer, if it is the peer's to this envelope.

        Raises:
            InputError: it is another's, or an old one.
        """
        contracts = self._started.view.link_contracts
        try:
            checked = check_peer_statements(answer.head.to_document(), contracts, peer)
            check_signature(contracts, peer, answer.content, answer.signature)
            if answer.nonce != envelope.nonce:
                raise InputError("the answer is to another envelope")
            held = self._own(answer.held)
        except InputError as error:
            raise InputError(f"another system than {peer} answers: {error}") from None
        if self._opening is not None:
            self._opening.answered(peer, held, self._newest)
        self._proved(peer, answer.head, checked.proof, self.claim(peer))
        with self._lock:
            self._known_of(peer).heard_at = self._now()

    def _own(self, held: LinkProof | None) -> CheckedProof | None:
        """The head that a peer holds, checked with the own key.

        Raises:
            InputError: this system has not signed it.
        """
        try:
            return None if held is None else held.check(self._own_key.public_key())
        except InputError:
            raise InputError("held: it is not signed with the key of this system") from None

    def _known_of(self, peer: str) -> _Known:
        return self._known.setdefault(peer, _Known(KnownHeads(peer)))

    def _proved(self, peer: str, proof: LinkProof, checked: CheckedProof, claim: int) -> bool:
        """Take a batch that a peer has proved; whether it is newer than all before."""
        with self._lock:
            known = self._known_of(peer)
            before = known.heads.newest
            fork = known.heads.add(proof, checked)
            is_new = before is None or checked.batch > before.checked.batch
            if fork is None or known.forked >= claim:
                return is_new
            known.forked = claim
        _log.error("a peer has signed two records", peer=peer, batch=checked.batch)

        def recorded(outcome: object) -> None:
            if isinstance(outcome, Exception):
                known.forked = -2  # the next contradiction is the evidence

        if not self._submit(LinkInputs(forks=(fork,)), recorded):
            known.forked = -2
        return is_new

    def _repeat(self, peer: str, repeats: Repeats) -> None:
        """Let the sequencer state again what has waited for an answer of the peer."""
        sequencer = self._started
        shut = self.shut().peers
        if peer in shut:
            repeats.all_again()
            return
        peers_of = [(one, one.terms.peers_of(one.system)) for one in sequencer.view.links_under_way]
        mine = [one for one, peers in peers_of if peer in peers and shut.isdisjoint(peers)]
        links = repeats.due(mine, self._now())
        if links and not self._submit(LinkInputs(repeated=links)):
            repeats.all_again()

    def _submit(self, inputs: LinkInputs, done: Done = lambda _outcome: None) -> bool:
        """Give the sequencer inputs of this system's own; whether it takes them."""
        try:
            self._started.submit(LinkRequest(_OWN, inputs, done))
        except (Overloaded, Stopping):
            return False
        return True

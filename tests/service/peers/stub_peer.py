"""Another system of which only the key and the answers exist."""

import hashlib
import json
import time
import uuid
from typing import Any, ClassVar

import attrs
import httpx
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import digest, make_entry, own_request
from skontro.ledger.link_proof import LinkProof
from skontro.service.peers.envelope import Envelope, PeerAnswer
from skontro.system import LINK_STATEMENT, Batch, BatchKind
from skontro.system.joint.agreement import CycleAgreement, CycleMember
from skontro.system.joint.joint_cycle import JointAccount
from skontro.system.links.contract import LinkContract, LinkedCurrency
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkLeg, LinkTerms
from tests.service.systems import BANKS, MINUTE, NOON, LiveSystem
from tests.system.links.contracts import side

OWN, PEER = "KZ-RTGS", "KG-RTGS"


class StubPeer(httpx.BaseTransport):
    """Answers each envelope, and makes statements that its contract's key proves.

        peer = StubPeer()
        live_system(folder, peers=peer.addresses, transports=peer.transport)
        live.agree({"kind": "set_link_contract", "peer": PEER, "link_contract": peer.contract(key)})

    Attributes:
        envelopes: that came, in their order.
        answers: other answers than the usual one, in their order.
        away: whether it does not answer at all.
    """

    addresses: ClassVar = {PEER: "http://localhost:1"}

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a peer").digest())
        self.envelopes: list[Envelope] = []
        self.answers: list[httpx.Response] = []
        self.away = False
        #: The newest head that it holds of the other record.
        self.held: LinkProof | None = None
        #: Its last batch; each proof is of a new one.
        self.batch, self._hash = 7, bytes(32)
        self.head = self.proof()
        self._contract: LinkContract | None = None

    def transport(self, _peer: str) -> httpx.BaseTransport:
        return self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("it is away")
        self.envelopes.append(Envelope.from_document(json.loads(request.read())))
        if self.answers:
            return self.answers.pop(0)
        return httpx.Response(200, json=self.answer(self.envelopes[-1].nonce).to_document())

    def answer(self, nonce: str, held: LinkProof | None = None) -> PeerAnswer:
        made = PeerAnswer(None, (), self.head, nonce, self.held if held is None else held)
        return attrs.evolve(made, signature=self.key.sign(made.content).hex())

    def contract(self, key: str) -> dict[str, Any]:
        """The contract with a system that has this key."""
        own = attrs.evolve(side(OWN, 100, "KZT", BANKS[2]), public_key=key)
        public = self.key.public_key().public_bytes_raw().hex()
        # The third bank keeps the nostro of the roubles that banks here hold at the peer.
        roubles = LinkedCurrency("RUB", "NBKGKG22", 10**9, "NBKZKZKX", BANKS[2])
        other = side(PEER, 200, "KGS", "NBKGKG22")
        linked = [*other.currencies, roubles]
        other = attrs.evolve(other, public_key=public, currencies=linked)
        self._contract = LinkContract(1, [own, other], decider=OWN)
        return self._contract.to_document()

    def cycle_agreement(self, time: str, account: str = BANKS[0]) -> dict[str, Any]:
        """An agreement on joint cycles with this system, at one time of the day.

        Args:
            time: of the day, UTC.
            account: BIC of the holder of the peer's account.
        """
        accounts = [JointAccount("KZT", OWN, BANKS[1]), JointAccount("KZT", PEER, account)]
        members = [CycleMember(OWN, BANKS[1], accounts), CycleMember(PEER, "NBKGKG22", [])]
        return CycleAgreement("CIS", 1, members, (time,)).to_document()

    def terms(
        self, amount: int = 1_250_50, until: int = NOON + 60 * MINUTE, **fields: str
    ) -> LinkTerms:
        """Terms by which the first bank pays the second for a payment at the peer."""
        assert self._contract is not None
        own = LinkLeg(OWN, fields.get("uetr") or _uuid(), *BANKS[:2], "KZT", amount)
        digest_of_contract = self._contract.digest.hex()
        other = LinkLeg(
            PEER,
            fields.get("peers") or _uuid(),
            "AAAAKG22",
            "BBBBKG22",
            "KGS",
            240_00,
            digest_of_contract,
        )
        link = fields.get("link") or _uuid()
        return LinkTerms(link, OWN, (own, other), until)

    def statement(self, terms: LinkTerms, step: Step = Step.MATCH, **fields: Any) -> bytes:
        values = {"batch": self.batch, "time": NOON, "terms": terms.digest} | fields
        return Statement(
            link=terms.link, step=step, sender=PEER, addressee=OWN, **values
        ).to_bytes()

    def proof(self, *contents: bytes, time: int = NOON, batch: int | None = None) -> LinkProof:
        """The proof of statements of its next batch, or of any one of another number."""
        rows = np.array([(digest(one),) for one in contents], LINK_STATEMENT)
        made = Batch(BatchKind.LINKS, time, statements=rows)
        number = self.batch + 1 if batch is None else batch
        entry = make_entry(number, made, own_request(0), self._hash)
        entry = attrs.evolve(entry, signature=self.key.sign(entry.hash))
        if batch is None:
            self.batch, self._hash, self.head = number, entry.hash, LinkProof.of(entry, {})
        return LinkProof.of(entry, dict(enumerate(contents)))

    def envelope(
        self, *proofs: LinkProof, claim: int = NOON, held: LinkProof | None = None
    ) -> dict[str, Any]:
        """An envelope with these proofs, or with that of its newest head."""
        documents = tuple(one.to_document() for one in proofs or (self.head,))
        return self.signed(Envelope(PEER, OWN, claim, documents, "07" * 32, held)).to_document()

    def signed(self, envelope: Envelope) -> Envelope:
        """An envelope with its signature."""
        return attrs.evolve(envelope, signature=self.key.sign(envelope.content).hex())


def instruction(terms: LinkTerms, **fields: object) -> dict[str, Any]:
    """What the first bank sends to instruct a link."""
    leg = terms.legs[0].to_document()
    order = {name: leg[name] for name in ("uetr", "payer", "payee", "currency", "amount")}
    return {"order": order | fields, "terms": terms.to_document()}


def agree_with(live: LiveSystem, peer: StubPeer) -> None:
    """Put the contract with the peer in force, and wait until it has answered."""
    contract = peer.contract(live.service.context.public_key)
    wish: dict[str, object] = {"kind": "set_link_contract", "peer": PEER}
    answer = live.agree(wish | {"link_contract": contract})
    assert answer.is_success, answer.text
    deadline = time.monotonic() + 60
    while live.service.context.peers.is_silent(PEER):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _uuid() -> str:
    return str(uuid.uuid4())

"""A live system whose links are shut until its peer has confirmed the record."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from skontro.files.system_rules import SYSTEM
from skontro.ledger.entry import make_entry, own_request
from skontro.ledger.forks import check_fork
from skontro.ledger.keys import public_key
from skontro.ledger.link_proof import LinkProof
from skontro.service.record_claim import signing_key
from skontro.system import Batch, BatchKind
from skontro.system.links.peer_records import Fork
from tests.service.linked_services import write_linked_folder
from tests.service.peers.stub_peer import PEER, StubPeer, agree_with, instruction
from tests.service.systems import NOON, LiveSystem, live_system, new_database, order

pytestmark = pytest.mark.long

STATEMENTS = "/v1/links/statements"


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@attrs.define
class Stage:
    """One system with its peer, started again and again over one record."""

    folder: Path
    url: str = attrs.field(factory=new_database)
    peer: StubPeer = attrs.field(factory=StubPeer)

    def live(self) -> Any:
        return live_system(
            self.folder, self.url, transports=self.peer.transport, peers=self.peer.addresses
        )

    def own_proof(self, number: int) -> LinkProof:
        """A batch that this system has signed; not one of its record."""
        key = signing_key(SYSTEM.find(self.folder).parent)
        entry = make_entry(number, Batch(BatchKind.LINKS, 5), own_request(0), bytes(32))
        return LinkProof.of(attrs.evolve(entry, signature=key.sign(entry.hash)), {})


def shown(live: LiveSystem) -> dict[str, Any]:
    return dict(live.operator().get("/v1/links/peers").json())


def of_peer(live: LiveSystem) -> dict[str, Any]:
    (found,) = shown(live)["peers"]
    return dict(found)


def send(live: LiveSystem, envelope: dict[str, Any]) -> httpx.Response:
    with httpx.Client(transport=live.transport, base_url="http://localhost") as client:
        return client.post(STATEMENTS, json=envelope)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A record with an open link."""
    write_linked_folder(tmp_path)
    made = Stage(tmp_path)
    with made.live() as live:
        agree_with(live, made.peer)
        terms = made.peer.terms()
        answer = live.bank(0).send("POST", "/v1/links", instruction(terms))
        assert answer.status_code == 201, answer.text
        taken = send(live, made.peer.envelope(made.peer.proof(made.peer.statement(terms))))
        assert taken.status_code == 200, taken.text
    return made


def test_links_are_shut_until_the_peer_has_confirmed_the_record(stage: Stage) -> None:
    stage.peer.away = True
    with stage.live() as live:
        why = f"{PEER} has not confirmed this record yet"
        assert shown(live)["shut"] == why
        assert of_peer(live)["standing"] == "asked"
        assert live.operator().get("/health/ready").json()["links"] == why
        assert "skontro_links_shut 1.0" in live.operator().get("/metrics").text
        again = stage.peer.terms()
        refused = live.bank(0).send("POST", "/v1/links", instruction(again))
        assert (refused.status_code, refused.json()["reason"]) == (503, "LINKS_SHUT")
        stated = stage.peer.envelope(stage.peer.proof(stage.peer.statement(again)))
        assert send(live, stated).json()["reason"] == "LINKS_SHUT"
        domestic = live.bank(0).send("POST", "/v1/orders", order())
        assert domestic.status_code == 201, domestic.text
        stage.peer.away = False
        until(lambda: shown(live)["shut"] == "")
        assert of_peer(live)["standing"] == "confirmed"
        assert send(live, stated).status_code == 200
        assert "links" not in live.operator().get("/health/ready").json()
        taken = live.bank(0).send("POST", "/v1/links", instruction(again))
        assert taken.status_code == 201, taken.text
        assert live.verified().difference is None


def test_a_restored_record_stays_shut_until_two_people_open_it(stage: Stage) -> None:
    stage.peer.held = stage.own_proof(100_000)
    with stage.live() as live:
        until(lambda: of_peer(live)["standing"] == "behind")
        found = of_peer(live)
        assert found["beyond"].startswith("it holds batch 100000 of this record, which ends at ")
        assert shown(live)["shut"] == f"{PEER}: {found['beyond']}"
        assert f'skontro_peer_record_behind{{peer="{PEER}"}} 1.0' in (
            live.operator().get("/metrics").text
        )
        stage.peer.held = None
        answers = len(stage.peer.envelopes)
        until(lambda: len(stage.peer.envelopes) > answers + 2)
        assert of_peer(live)["standing"] == "behind", "another answer does not open links"
        wish: dict[str, object] = {"kind": "open_links", "peer": PEER}
        assert live.agree(wish).is_success
        assert shown(live)["shut"] == ""
        assert of_peer(live)["standing"] == "opened"
        answer = live.bank(0).send("POST", "/v1/links", instruction(stage.peer.terms()))
        assert answer.status_code == 201, answer.text
    stage.peer.away = True
    with stage.live() as live:
        assert of_peer(live)["standing"] == "asked", "it holds until the next start"


def test_another_batch_under_the_own_key_shuts_links(stage: Stage) -> None:
    stage.peer.held = stage.own_proof(3)
    with stage.live() as live:
        until(lambda: of_peer(live)["standing"] == "behind")
        expected = "it holds another batch 3, signed with the key of this system"
        assert of_peer(live)["beyond"] == expected


def test_statements_of_an_earlier_claim_are_refused_also_after_a_restart(stage: Stage) -> None:
    peer = stage.peer
    with stage.live() as live:
        until(lambda: shown(live)["shut"] == "")
        newer = peer.envelope(claim=NOON + 1)
        assert send(live, newer).status_code == 200
        refused = send(live, peer.envelope(claim=NOON))
        assert refused.status_code == 422
        assert "has claimed its record again since" in refused.json()["detail"]
    with stage.live() as live:
        until(lambda: shown(live)["shut"] == "")
        stated = peer.proof(peer.statement(peer.terms()))
        assert send(live, peer.envelope(stated, claim=NOON)).status_code == 422
        assert send(live, peer.envelope(stated, claim=NOON + 1)).status_code == 200


def test_a_forged_envelope_is_refused(stage: Stage) -> None:
    with stage.live() as live:
        until(lambda: shown(live)["shut"] == "")
        forged = stage.peer.envelope() | {"claim": NOON + 7}
        answer = send(live, forged)
        assert (answer.status_code, answer.json()["detail"]) == (
            401,
            f"signature: it is not {PEER}'s",
        )
        foreign = stage.peer.envelope(held=stage.peer.head)
        assert send(live, foreign).json()["detail"] == (
            "held: it is not signed with the key of this system"
        )


def test_a_peer_with_two_records_is_suspended_and_the_evidence_kept(stage: Stage) -> None:
    peer = stage.peer
    with stage.live() as live:
        until(lambda: shown(live)["shut"] == "")
        known = peer.proof()
        assert send(live, peer.envelope(known)).status_code == 200
        peer.batch -= 1
        other = peer.proof(time=NOON + 9)
        assert send(live, peer.envelope(other)).status_code == 200
        until(lambda: of_peer(live)["forks"])
        (found,) = of_peer(live)["forks"]
        first, second = check_fork(
            Fork(**found), public_key(peer.key.public_key().public_bytes_raw().hex())
        )
        assert first.batch == second.batch == peer.batch
        assert of_peer(live)["suspended"]
        assert f'skontro_peer_forks{{peer="{PEER}"}} 1.0' in live.operator().get("/metrics").text
        refused = live.bank(0).send("POST", "/v1/links", instruction(peer.terms()))
        assert refused.json()["reason"] == "LINK_SUSPENDED"
        verified = live.verified()
        assert verified.difference is None, verified.difference
    with stage.live() as live:
        assert of_peer(live)["forks"] == [found], "also after a restart"


def test_an_old_answer_is_no_sign_of_life(stage: Stage) -> None:
    with stage.live() as live:
        until(lambda: not of_peer(live)["silent"])
        old = stage.peer.answer("07" * 32).to_document()
        stage.peer.answers = [httpx.Response(200, json=old) for _ in range(1_000)]
        before = len(stage.peer.envelopes)
        until(lambda: len(stage.peer.envelopes) > before + 2)
        assert "the answer is to another envelope" in of_peer(live)["trouble"]
        until(lambda: of_peer(live)["silent"])
        unsigned = stage.peer.answer("07" * 32).to_document() | {"batch": 9}
        stage.peer.answers = [httpx.Response(200, json=unsigned) for _ in range(1_000)]
        until(lambda: f"signature: it is not {PEER}'s" in of_peer(live)["trouble"])

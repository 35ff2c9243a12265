"""``skontro link fork``: evidence that a system has signed two records, checked offline."""

import json
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.cli.terminal import ExitCode
from skontro.ledger.entry import make_entry, own_request
from skontro.ledger.link_proof import LinkProof
from skontro.system import Batch, BatchKind
from skontro.system.links.contract import LinkContract
from tests.cli.in_process import run_main
from tests.system.links.contracts import side

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KG = "KG-RTGS"


def proof(number: int, time: int, previous: bytes = bytes(32)) -> dict[str, Any]:
    entry = make_entry(number, Batch(BatchKind.LINKS, time), own_request(0), previous)
    return LinkProof.of(attrs.evolve(entry, signature=KEY.sign(entry.hash)), {}).to_document()


def check(folder: Path, *forks: dict[str, Any], key: Ed25519PrivateKey = KEY) -> Any:
    public = key.public_key().public_bytes_raw().hex()
    sides = [
        side("KZ-RTGS", 100, "KZT", "NBRKKZKX"),
        attrs.evolve(side(KG, 200, "KGS", "NBKGKG22"), public_key=public),
    ]
    contract, evidence = folder / "contract.json", folder / "peers.json"
    contract.write_text(json.dumps(LinkContract(1, sides, decider=KG).to_document()))
    evidence.write_text(json.dumps({"peers": [{"peer": KG, "forks": [*forks]}], "shut": ""}))
    return run_main("link", "fork", str(evidence), "--contract", str(contract))


def fork(first: dict[str, Any], second: dict[str, Any], peer: str = KG) -> dict[str, Any]:
    return {"peer": peer, "batch": 12, "claim": 5, "first": first, "second": second}


def test_two_batches_of_one_number_are_shown_with_their_hashes(tmp_path: Path) -> None:
    outcome = check(tmp_path, fork(proof(1_007, 5), proof(1_007, 6)))
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    lines = outcome.stdout.splitlines()
    assert lines[0] == "KG-RTGS has signed two records:"
    assert [one.rpartition(" ")[0] for one in lines[1:]] == ["  batch 1,007 with the hash"] * 2
    assert lines[1] != lines[2]


def test_a_batch_after_another_one_is_shown_with_that(tmp_path: Path) -> None:
    outcome = check(tmp_path, fork(proof(7, 5), proof(8, 6, bytes([1] * 32))))
    assert outcome.stdout.splitlines()[2] == f"  batch 8 after {'01' * 32}"


def test_evidence_that_proves_nothing_is_refused(tmp_path: Path) -> None:
    outcome = check(tmp_path, fork(proof(7, 5), proof(7, 5)))
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "peers.json: fork: batches 7 and 7 may be of one record of KG-RTGS" in outcome.stderr
    other = check(tmp_path, fork(proof(7, 5), proof(7, 6)), key=Ed25519PrivateKey.generate())
    assert "the signature is not that of the sender's key" in other.stderr
    nobody = check(tmp_path, fork(proof(7, 5), proof(7, 6), "TJ-RTGS"))
    assert "peers.json: no evidence against" in nobody.stderr
    broken = check(tmp_path, {"peer": KG})
    assert "peers.json: not the output of skontro link status --json" in broken.stderr

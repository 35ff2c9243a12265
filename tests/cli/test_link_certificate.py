"""``skontro link certificate``: signed offline by two officers, joined, and checked."""

import json
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from skontro.cli.terminal import ExitCode
from skontro.model import ReasonCode
from skontro.system.links.certificate import Certificate
from skontro.system.links.contract import LinkContract, Officer
from tests.cli.in_process import Outcome, run_main
from tests.system.links.contracts import OWN, PEER, contract
from tests.system.links.linked_systems import officer_keys

LINK, TERMS = "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01", "ab" * 32
NAMES = ("Ada", "Ben")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The keys of two officers, and the contract that names them."""
    officers = []
    for name, key in zip(NAMES, officer_keys(PEER), strict=True):
        path = tmp_path / f"{name}.pem"
        path.touch(0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        officers.append(Officer(name, key.public_key().public_bytes_raw().hex()))
    made = contract("NBKZKZKX")
    sides = [
        attrs.evolve(side, officers=tuple(officers)) if side.system == PEER else side
        for side in made.sides
    ]
    document = LinkContract(1, sides).to_document()
    (tmp_path / "contract.json").write_text(json.dumps(document))
    return tmp_path


def sign(folder: Path, name: str, remark: str = "record lost", **fields: str) -> Outcome:
    values = {"link": LINK, "terms": TERMS, "decider": PEER, "remark": remark, **fields}
    options = [f"--{name}={value}" for name, value in values.items()]
    key, output = str(folder / f"{name}.pem"), str(folder / f"{name}.json")
    return run_main("link", "certificate", "sign", *options, "--key", key, "--output", output)


def join(folder: Path, *names: str) -> Outcome:
    files = [str(folder / f"{name}.json") for name in names]
    output = str(folder / "both.json")
    return run_main("link", "certificate", "join", *files, "--output", output)


def check(folder: Path, name: str = "both") -> Outcome:
    options = ["--contract", str(folder / "contract.json")]
    return run_main("link", "certificate", "check", str(folder / f"{name}.json"), *options)


def test_two_officers_certify(folder: Path) -> None:
    keys = officer_keys(PEER)
    for name, key in zip(NAMES, keys, strict=True):
        public = key.public_key().public_bytes_raw().hex()
        outcome = sign(folder, name)
        expected = f"Signed by {public}, written to {folder / f'{name}.json'}\n"
        assert (outcome.returncode, outcome.stdout) == (ExitCode.DONE, expected)
    joined = join(folder, "Ada", "Ben", "Ada")
    assert joined.stdout == f"2 signatures written to {folder / 'both.json'}\n"
    made = Certificate.from_document(json.loads((folder / "both.json").read_text()))
    expected_one = Certificate(LINK, TERMS, PEER, "record lost").signed(keys[0]).signed(keys[1])
    assert made == expected_one
    checked = check(folder)
    assert checked.returncode == ExitCode.DONE, checked.stderr
    lines = checked.stdout.splitlines()
    assert lines[0] == f"Link {LINK} was not committed, as officers of {PEER} certify:"
    assert {*lines[1:3]} == {"  Ada", "  Ben"}
    assert lines[3:] == ["  remark: record lost"]


def test_one_signature_is_not_enough(folder: Path) -> None:
    sign(folder, "Ada")
    outcome = check(folder, "Ada")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "certifies nothing: two officers whom the contract names" in outcome.stderr
    assert ReasonCode.LINK_CERTIFICATE_INVALID.name in outcome.stderr


def test_other_deciders_are_not_certified(folder: Path) -> None:
    for name in NAMES:
        sign(folder, name, decider="UZ-RTGS")
    join(folder, *NAMES)
    assert "UZ-RTGS is not a side of it" in check(folder).stderr
    for name in NAMES:
        assert sign(folder, name, decider=OWN).returncode == ExitCode.DONE
    join(folder, *NAMES)
    assert "certifies nothing" in check(folder).stderr


def test_signatures_of_different_certificates_are_not_joined(folder: Path) -> None:
    sign(folder, "Ada")
    sign(folder, "Ben", remark="record burnt")
    outcome = join(folder, "Ada", "Ben")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    expected = f"{folder / 'Ben.json'}: it certifies something else than {folder / 'Ada.json'}"
    assert expected in outcome.stderr
    assert not (folder / "both.json").exists()
    outcome = join(folder, "Ada")
    assert "name two certificates or more" in outcome.stderr


def test_malformed_values_and_files_are_named(folder: Path) -> None:
    assert "link: must be a lower-case UUID" in sign(folder, "Ada", link="x").stderr
    assert not (folder / "Ada.json").exists()
    (folder / "Ada.json").write_text("[")
    outcome = join(folder, "Ada", "Ada")
    assert outcome.stderr.startswith(f"skontro: {folder / 'Ada.json'}: ")
    (folder / "Ada.json").write_text("[]")
    assert "Ada.json: certificate: must be an object" in join(folder, "Ada", "Ada").stderr


def test_another_file_is_not_replaced(folder: Path) -> None:
    (folder / "Ada.json").write_text("mine")
    outcome = sign(folder, "Ada")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert (folder / "Ada.json").read_text() == "mine"
    sign(folder, "Ben")
    assert sign(folder, "Ben").returncode == ExitCode.DONE

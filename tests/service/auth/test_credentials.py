"""Keys and tokens change while the service runs, at once and for good."""

import hashlib
import uuid
from pathlib import Path

import pytest

from skontro.files.access import ACCESS_FILE
from skontro.ledger.keys import make_private_key, public_text
from skontro.model import InputError
from skontro.service.client import Client, Signature
from tests.service.systems import (
    BANKS,
    TOKENS,
    URL,
    Clock,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)

LOST = {"kind": "revoke_key", "participant": BANKS[0], "key_id": f"{BANKS[0]}-1"}


def test_a_revoked_key_is_refused_at_once_and_after_a_restart(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock, commands_per_snapshot=1) as system:
        assert system.bank(0).submit(order()).status_code == 201
        assert system.bank(0, 2).revoke(LOST).status_code == 201
        assert system.bank(0).submit(order()).status_code == 401
        assert system.bank(0, 2).submit(order()).status_code == 201
        assert system.verified().difference is None
    for _ in range(2):  # from the snapshot, then from the snapshot and what came after
        with live_system(tmp_path, url, clock) as system:
            assert system.bank(0).submit(order()).status_code == 401
            assert system.bank(0, 2).submit(order()).status_code == 201
            assert system.verified().difference is None


def test_a_key_is_rotated_by_two_persons_of_its_participant(tmp_path: Path) -> None:
    write_folder(tmp_path)
    new = make_private_key(tmp_path / "new.pem")
    with live_system(tmp_path) as system:
        wish = LOST | {"kind": "replace_key", "public_key": public_text(new)}
        number = system.bank(0, 1).propose(wish).json()["proposal"]
        shown = system.bank(0, 2).get(f"/v1/proposals/{number}").json()["shown"]
        assert shown["to"] == {
            "person": f"Person 1 of {BANKS[0]}",
            "public_key": public_text(new),
        }
        assert approve(system.bank(0, 2), number).is_success
        assert system.bank(0, 1).submit(order()).status_code == 401
        rotated = Client(URL, Signature(str(LOST["key_id"]), new), transport=system.transport)
        assert rotated.submit(order()).status_code == 201


def _operator(system: LiveSystem, token: str) -> Client:
    return Client(URL, token=token, transport=system.transport)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def test_operators_come_change_their_token_and_go(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    with live_system(tmp_path, url, clock) as system:
        olga = {"person": "Olga", "role": "operator", "token_sha256": _digest(first)}
        assert _operator(system, first).get("/v1/day").status_code == 401
        assert system.agree({"kind": "add_operator"} | olga).is_success
        assert _operator(system, first).get("/v1/day").status_code == 200
        token = {"kind": "replace_token", "person": "Olga", "token_sha256": _digest(second)}
        assert system.agree(token).is_success
        assert _operator(system, first).get("/v1/day").status_code == 401
        proposed = _operator(system, second).propose({"kind": "suspend", "participant": BANKS[2]})
        gone = _operator(system, TOKENS[0]).revoke({"kind": "remove_person", "person": "Olga"})
        assert gone.status_code == 201
        assert _operator(system, second).get("/v1/day").status_code == 401
        lapsed = system.operator(1).approve(proposed.json()["proposal"], "0" * 64)
        assert lapsed.json()["reason"] == "PROPOSAL_LAPSED"
        last = _operator(system, TOKENS[0]).revoke({"kind": "remove_person", "person": "Boris"})
        assert (last.status_code, last.json()["reason"]) == (422, "TOO_FEW_OPERATORS")
    with live_system(tmp_path, url, clock) as system:
        for token_text in (first, second):
            assert _operator(system, token_text).get("/v1/day").status_code == 401
        assert system.verified().difference is None


def test_one_person_gives_nothing_alone_and_a_viewer_takes_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        new = {"kind": "add_operator", "person": "X", "role": "viewer", "token_sha256": "a" * 64}
        assert system.operator(0).revoke(new).status_code == 403
        assert system.operator(2).revoke(LOST).status_code == 403
        assert system.bank(1).revoke(LOST).status_code == 403
        assert system.bank(0).submit(order()).status_code == 201


def test_a_changed_file_is_refused_and_says_how_to_change_persons(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock):
        pass
    path = tmp_path / ACCESS_FILE
    before = path.read_text()
    path.write_text(before.replace("Vera", "Wera"))
    with (
        pytest.raises(InputError, match=r"access\.yaml differs .*skontro propose"),
        live_system(tmp_path, url, clock),
    ):
        pass
    path.write_text(before)
    with live_system(tmp_path, url, clock):
        pass


@pytest.mark.long
def test_the_processes_that_check_signatures_follow_too(tmp_path: Path) -> None:
    from tests.service.processes import ServiceProcess

    write_folder(tmp_path)
    new = make_private_key(tmp_path / "new.pem")
    service = ServiceProcess(tmp_path)
    service.start()
    try:
        service.wait_ready()
        assert service.bank(0).submit(order()).status_code == 201
        wish = LOST | {"kind": "replace_key", "public_key": public_text(new)}
        number = service.bank(0, 1).propose(wish).json()["proposal"]
        assert approve(service.bank(0, 2), number).is_success
        rotated = Client(service.url, Signature(str(LOST["key_id"]), new), timeout=30)
        for _ in range(6):  # every process in turn
            assert service.bank(0).submit(order()).status_code == 401
            assert rotated.submit(order()).status_code == 201
        assert service.operator().revoke(LOST).status_code == 201
        for _ in range(6):
            assert rotated.submit(order()).status_code == 401
        assert service.stop() == 0
    finally:
        service.end()

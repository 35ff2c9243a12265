"""``skontro link``: contracts by two people on a real service, and what is shown of links."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import skontro.cli.link as command
from skontro.cli.terminal import ExitCode
from skontro.system.links.contract import LinkContract
from tests.cli.in_process import Outcome, run_main
from tests.service.in_threads import Served, served
from tests.service.linked_services import write_linked_folder
from tests.service.systems import BANKS, TOKENS
from tests.system.links.contracts import PEER, contract

LINK = "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_linked_folder(folder)
    for name, token in zip(("anna", "boris"), TOKENS, strict=False):
        (folder / f"{name}.token").write_text(f"{token}\n")
    with served(folder) as running:
        yield running


def run(service: Served, who: str, *arguments: str) -> Outcome:
    token = str(service.folder / f"{who}.token")
    return run_main("link", *arguments, "--url", service.url, "--token-file", token)


def written(folder: Path, made: LinkContract) -> str:
    path = folder / f"contract-{made.version}.json"
    path.write_text(json.dumps(made.to_document()))
    return str(path)


def number_of(outcome: Outcome) -> str:
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    return outcome.stdout.split("Proposal ")[1].split(" ")[0]


def hash_of(outcome: Outcome) -> str:
    [line] = [one for one in outcome.stdout.splitlines() if one.startswith("  hash ")]
    return line.split()[1]


@pytest.mark.long
def test_two_people_put_a_contract_in_force_and_suspend_and_resume_links(
    service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = contract(BANKS[2])
    file, other = written(tmp_path, made), written(tmp_path, contract(BANKS[2], 2))
    proposed = run(service, "anna", "propose", PEER, file)
    number, told = number_of(proposed), f"SHA-256 of the contract: {made.digest.hex()}\n"
    assert told in proposed.stdout
    assert f"skontro link approve {number}\n" in proposed.stdout
    wrong = run(service, "boris", "approve", number, "--contract", other)
    assert wrong.returncode == ExitCode.INPUT_UNUSABLE
    assert f"has the SHA-256 {made.digest.hex()}, not " in wrong.stderr
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    declined = run(service, "boris", "approve", number, "--contract", file)
    assert declined.returncode == ExitCode.DECLINED
    assert told in declined.stdout
    shown = hash_of(proposed)
    done = run(service, "boris", "approve", number, "--contract", file, "--yes", "--hash", shown)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "Approved in batch " in done.stdout

    shown_peers = run(service, "boris", "status", "--all")
    assert shown_peers.returncode == ExitCode.DONE, shown_peers.stderr
    assert shown_peers.stdout.startswith(f"{PEER}: ")
    assert "no address: see skontro serve --peer" in shown_peers.stdout
    unknown = run(service, "boris", "status", LINK)
    assert unknown.returncode == ExitCode.INPUT_UNUSABLE
    assert f"no link {LINK} is known" in unknown.stderr
    suspended = run(service, "anna", "suspend", PEER)
    assert suspended.stdout.startswith("Suspended in batch ")
    assert "new links suspended" in run(service, "anna", "status").stdout
    again = run(service, "anna", "suspend", PEER)
    assert again.returncode == ExitCode.INPUT_UNUSABLE
    assert "NOTHING_TO_CHANGE" in again.stderr
    resumed = run(service, "anna", "resume", PEER)
    number = number_of(resumed)
    assert "from: suspended" in resumed.stdout
    assert f"skontro approve {number}\n" in resumed.stdout
    not_one = run(service, "boris", "approve", number, "--yes", "--hash", hash_of(resumed))
    assert not_one.returncode == ExitCode.INPUT_UNUSABLE
    assert "this proposal is not of a contract" in not_one.stderr


@pytest.mark.parametrize(
    ("peer", "change", "text"),
    [
        ("UZ-RTGS", {}, "UZ-RTGS is not a side of it; sides are KG-RTGS and KZ-RTGS"),
        (PEER, {"version": 0}, "version: 0 is not a number from 1"),
        (PEER, {"hub": "none"}, "hub"),
    ],
)
def test_contracts_that_are_refused_before_they_are_sent(
    tmp_path: Path, peer: str, change: dict[str, Any], text: str
) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(contract(BANKS[2]).to_document() | change))
    outcome = run_main("link", "propose", peer, str(path))
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stderr.startswith(f"skontro: {path}: ")
    assert text in outcome.stderr
    assert outcome.stderr.count(str(path)) == 1


def test_a_contract_file_that_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("a: [")
    outcome = run_main("link", "propose", PEER, str(path))
    assert outcome.stderr.startswith(f"skontro: {path}: ")
    absent = run_main("link", "propose", PEER, str(tmp_path / "none"))
    assert absent.stderr.count(str(tmp_path / "none")) == 1


def test_a_hash_that_is_not_of_the_contract_shown() -> None:
    shown = {"to": contract(BANKS[2]).to_document(), "contract_sha256": "ab" * 32}
    with pytest.raises(command_error(), match="is not that of the contract: do not approve it"):
        command._contract_check(None)(shown)


def command_error() -> type[Exception]:
    from skontro.model import InputError

    return InputError


# ------------------------------------------------------------------------------- status

SILENT: dict[str, Any] = {
    "standing": "confirmed",
    "beyond": "",
    "forks": [],
    "peer": "UZ-RTGS",
    "address": False,
    "suspended": True,
    "silent": True,
    "heard_seconds": None,
    "trouble": "no route\x1b",
    "waiting_proofs": 3,
    "open_links": 1200,
    "in_doubt": [{"currency": "KZT", "amount": "7.00"}],
    "head_batch": None,
    "head_hash": None,
    "head_at": None,
}
HEARD = SILENT | {
    "peer": PEER,
    "address": True,
    "suspended": False,
    "silent": False,
    "heard_seconds": 0.44,
    "trouble": "",
    "open_links": 0,
    "in_doubt": [],
    "head_batch": 17,
    "head_at": "2026-11-24T12:00:00Z",
}
DOUBT: dict[str, Any] = {
    "link": LINK,
    "role": "follower",
    "phase": "prepared",
    "reason": None,
    "decider": PEER,
    "valid_until": "2026-11-24T13:00:00Z",
    "decide_by": "2026-11-24T12:00:30Z",
    "terms_sha256": "ab" * 32,
    "legs": [
        {
            "system": PEER,
            "uetr": "u",
            "payer": "A",
            "payee": "B",
            "currency": "KGS",
            "amount": "0.90",
        }
    ],
    "in_doubt": {
        "amounts": [
            {"amount": "0.90", "currency": "KZT"},
            {"amount": "7.00", "currency": "RUB"},
        ],
        "since": "x",
        "seconds": 3,
    },
    "phases": [{"phase": "instructed", "batch": 5, "at": "2026-11-24T12:00:00Z"}],
}
ENDED = DOUBT | {
    "phase": "refused",
    "reason": "LINK_WITHDRAWN",
    "in_doubt": None,
    "decide_by": None,
}


def status(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], *arguments: str
) -> tuple[list[str], list[str]]:
    """The lines shown, and the paths asked."""
    asked: list[str] = []

    class Service:
        def get(self, path: str) -> Any:
            asked.append(path)
            return answers[path]

    @contextmanager
    def connected(*_caller: object) -> Iterator[Service]:
        yield Service()

    monkeypatch.setattr(command, "connected", connected)
    outcome = run_main("link", "status", *arguments)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    return outcome.stdout.splitlines(), asked


def test_peers_are_shown_with_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/v1/links/peers": {"peers": [HEARD, SILENT]}}
    lines, asked = status(monkeypatch, answers)
    assert asked == ["/v1/links/peers"]
    assert lines == [
        "KG-RTGS: answers, heard 0.4 s ago",
        "  open links: 0",
        "  its head: batch 17 at 2026-11-24T12:00:00Z",
        "UZ-RTGS: silent, not heard of yet, new links suspended, no address: see skontro serve "
        "--peer",
        "  open links: 1,200",
        "  in doubt: 7.00 KZT",
        "  last failure: no route\\x1b",
    ]
    lines, _ = status(monkeypatch, {"/v1/links/peers": {"peers": []}})
    assert lines == ["There is no contract with another system."]


def test_a_record_that_is_not_confirmed_and_a_fork_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    behind = HEARD | {"standing": "behind", "beyond": "it holds batch 9"}
    forked = SILENT | {"standing": "asked", "forks": [{"batch": 4_200}, {"batch": 7}]}
    opened = HEARD | {"standing": "opened"}
    found = {"peers": [behind, forked, opened], "shut": "KG-RTGS: it holds batch 9"}
    lines, _ = status(monkeypatch, {"/v1/links/peers": found})
    assert lines[0] == "LINKS ARE SHUT: KG-RTGS: it holds batch 9"
    assert lines.count("  record not complete: it holds batch 9") == 1
    assert lines.count("  this record: not confirmed since the start") == 1
    assert lines.count("  this record: links were opened without its confirmation") == 1
    assert lines.count("  IT HAS SIGNED TWO RECORDS: evidence in batch 4,200, 7") == 1


def test_all_links_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "/v1/links/peers": {"peers": []},
        "/v1/links?after=0&limit=100": {"links": [DOUBT], "next": 100},
        "/v1/links?after=100&limit=100": {"links": [ENDED], "next": None},
    }
    lines, asked = status(monkeypatch, answers, "--all")
    assert asked == [*answers]
    assert lines[1:] == [
        f"{LINK}: prepared, follower here, in doubt 0.90 KZT and 7.00 RUB for 3 s",
        f"{LINK}: refused, follower here, LINK_WITHDRAWN",
    ]
    lines, _ = status(monkeypatch, answers, "--all", "--json")
    assert json.loads("\n".join(lines)) == {"peers": [], "links": [DOUBT, ENDED]}


def test_one_link_is_shown_with_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, asked = status(monkeypatch, {f"/v1/links/{LINK}": DOUBT}, LINK)
    assert asked == [f"/v1/links/{LINK}"]
    assert lines[1:] == [
        "  decider KG-RTGS, decides by 2026-11-24T12:00:30Z",
        "  valid until 2026-11-24T13:00:00Z",
        f"  SHA-256 of the terms: {'ab' * 32}",
        "  KG-RTGS: A pays B 0.90 KGS, order u",
        "  2026-11-24T12:00:00Z instructed, batch 5",
    ]
    lines, _ = status(monkeypatch, {f"/v1/links/{LINK}": ENDED}, LINK)
    assert lines[1] == "  decider KG-RTGS, decides by no time yet"


class Payments:
    """A service with three payments on two pages."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __enter__(self) -> "Payments":
        return self

    def __exit__(self, *_exit: object) -> None:
        pass

    def get(self, path: str) -> dict[str, Any]:
        self.asked.append(path)
        if "?" not in path:
            return self.payment(path[-1], "paid", None)
        if "after=0" in path:
            rows = [self.payment("1", "paid", None), self.payment("2", "sent", None)]
            return {"payments": rows, "next": 100}
        return {"payments": [self.payment("3", "returned", "UNKNOWN_PARTICIPANT")], "next": None}

    def payment(self, uetr: str, stage: str, reason: str | None) -> dict[str, Any]:
        names = {"origin": "KZ-RTGS", "destination": PEER, "payer": "A", "payee": "B"}
        amount = {"amount": "7.00", "currency": "KZT", "side": "origin"}
        return {"uetr": uetr, "status": stage, "reason": reason} | names | amount


def test_payments_are_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Payments()
    monkeypatch.setattr(command, "connected", lambda *_arguments: service)
    listed = run_main("link", "payments")
    told = "origin here, A of KZ-RTGS pays B of KG-RTGS 7.00 KZT"
    assert listed.stdout.splitlines() == [
        f"1: paid, {told}",
        f"2: sent, {told}",
        f"3: returned, {told}, UNKNOWN_PARTICIPANT",
    ]
    pages = [f"/v1/links/payments?after={after}&limit=100" for after in (0, 100)]
    assert service.asked == pages
    one = run_main("link", "payments", "KZ-RTGS", "9", "--json")
    assert [each["uetr"] for each in json.loads(one.stdout)["payments"]] == ["9"]
    assert service.asked[2:] == ["/v1/links/payments/KZ-RTGS/9"]
    half = run_main("link", "payments", "KZ-RTGS")
    assert half.returncode == ExitCode.INPUT_UNUSABLE
    assert "name the origin and the UETR of a payment, or neither" in half.stderr


def test_no_payment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Payments()
    service.get = lambda _path: {"payments": [], "next": None}  # type: ignore[method-assign]
    monkeypatch.setattr(command, "connected", lambda *_arguments: service)
    told = "There is no payment to or from another system.\n"
    assert run_main("link", "payments").stdout == told

"""The commands of the four eyes, against a real service."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.cli.shown import proposal_lines
from skontro.cli.terminal import ExitCode
from tests.cli.in_process import Outcome, run_main
from tests.service.in_threads import Served, served
from tests.service.systems import BANKS, TOKENS, write_folder

LINE = ["set_credit_line", f"participant={BANKS[0]}", "currency=RUB", "amount=100000.00"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    for name, token in zip(("anna", "boris", "vera"), TOKENS, strict=True):
        (folder / f"{name}.token").write_text(f"{token}\n")
    with served(folder) as running:
        yield running


def run(service: Served, who: str, command: str, *arguments: str) -> Outcome:
    token = str(service.folder / f"{who}.token")
    return run_main(command, *arguments, "--url", service.url, "--token-file", token)


def as_bank(service: Served, person: int, command: str, *arguments: str) -> Outcome:
    key_id = f"{BANKS[0]}-{person}"
    key = str(service.folder / "keys" / f"{key_id}.pem")
    options = ["--url", service.url, "--key", key, "--key-id", key_id]
    return run_main(command, *arguments, *options)


def proposed(outcome: Outcome) -> tuple[str, str]:
    """Number and hash of what was proposed, from what a person reads."""
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    number = outcome.stdout.split("Proposal ")[1].split(" ")[0]
    shown = next(line for line in outcome.stdout.splitlines() if line.startswith("  hash "))
    return number, shown.split()[1]


@pytest.mark.long
def test_what_is_proposed_is_said_in_amounts_names_and_dates(service: Served) -> None:
    outcome = run(service, "anna", "propose", *LINE)
    number, shown = proposed(outcome)
    for expected in ("to: 100000.00 RUB", f"{BANKS[0]}, Bank AAAA", "proposed by Anna", "lapses"):
        assert expected in outcome.stdout
    assert shown in run(service, "boris", "status").stdout
    wrong = run(service, "boris", "approve", number, "--yes", "--hash", "0" * 64)
    assert wrong.returncode == ExitCode.INPUT_UNUSABLE
    assert shown in wrong.stderr
    done = run(service, "boris", "approve", number, "--yes", "--hash", shown)
    assert done.returncode == ExitCode.DONE, done.stderr
    account = service.operator().get(f"/v1/accounts/{BANKS[0]}/RUB").json()
    assert account["credit_line"] == "100000.00"


def test_who_approves_is_asked_unless_the_hash_is_named(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    number, _ = proposed(run(service, "anna", "propose", *LINE[:-1], "amount=1.00"))
    assert run(service, "boris", "approve", number, "--yes").returncode == ExitCode.INPUT_UNUSABLE
    for said, code in (("n\n", ExitCode.DECLINED), ("y\n", ExitCode.DONE)):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        outcome = run(service, "boris", "approve", number)
        assert outcome.returncode == code, outcome.stderr
        assert "to: 1.00 RUB" in outcome.stdout
    again = run(service, "boris", "reject", number)
    assert again.returncode == ExitCode.INPUT_UNUSABLE
    assert "PROPOSAL_DECIDED" in again.stderr


def test_participants_call_with_their_key_and_the_operator_rejects(
    service: Served,
) -> None:
    limit = ["set_net_sender_limit", f"participant={BANKS[0]}", "currency=KZT", "amount=5.00"]
    number, _ = proposed(as_bank(service, 1, "propose", *limit))
    assert "no limit" in run(service, "vera", "status").stdout
    assert run(service, "anna", "reject", number).returncode == ExitCode.DONE
    number, shown = proposed(as_bank(service, 1, "propose", *limit))
    done = as_bank(service, 2, "approve", number, "--yes", "--hash", shown)
    assert done.returncode == ExitCode.DONE, done.stderr


def test_status_says_where_the_system_stands(service: Served) -> None:
    number, shown = proposed(run(service, "anna", "propose", "suspend", f"participant={BANKS[2]}"))
    outcome = run(service, "vera", "status")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    for expected in ("Ready", ": open, as of", "next ", "Head of the record: batch", shown):
        assert expected in outcome.stdout
    document = json.loads(run(service, "vera", "status", "--json").stdout)
    assert document["proposals"][-1]["number"] == int(number)
    run(service, "anna", "reject", number)


@pytest.mark.long
def test_keys_and_tokens_change_without_their_secrets_on_the_command_line(
    service: Served, tmp_path: Path
) -> None:
    from skontro.ledger.keys import make_private_key

    (tmp_path / "olga.token").write_text("token-of-olga\n")
    make_private_key(tmp_path / "new.pem")
    fields = ["person=Olga", "role=viewer", f"token_sha256=@{tmp_path / 'olga.token'}"]
    new_key = [f"participant={BANKS[1]}", "key_id=new", "person=New"]
    new_key += [f"public_key=@{tmp_path / 'new.pem'}"]
    for wish in (["add_operator", *fields], ["add_key", *new_key]):
        number, shown = proposed(run(service, "anna", "propose", *wish))
        done = run(service, "boris", "approve", number, "--yes", "--hash", shown)
        assert done.returncode == ExitCode.DONE, done.stderr
    as_olga = ["--url", service.url, "--token-file", str(tmp_path / "olga.token")]
    assert run_main("status", *as_olga).returncode == ExitCode.DONE
    as_new = ["--url", service.url, "--key", str(tmp_path / "new.pem"), "--key-id", "new"]
    assert run_main("status", *as_new).returncode == ExitCode.DONE
    revoked = run(service, "boris", "revoke", "revoke_key", *new_key[:2])
    assert revoked.returncode == ExitCode.DONE, revoked.stderr
    gone = run_main("status", *as_new)
    assert (gone.returncode, "401" in gone.stderr) == (ExitCode.INPUT_UNUSABLE, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set_everything"], "set_credit_line"),
        (["suspend"], "participant"),
        ([*LINE, "amount=1.00"], "once"),
        (["suspend", "participant"], "NAME=VALUE"),
        (["withdraw_agreed", "proposal=x"], "JSON"),
        ([*LINE[:-1], "amount=1.001"], "decimals"),
        (["extend", "step=end_of_day", "until=2206-01-01T00:00:00Z"], "EXTENSION_TOO_LATE"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(service: Served, arguments: list[str], said: str) -> None:
    outcome = run(service, "anna", "propose", *arguments)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_caller_must_be_named_and_the_service_must_answer(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SKONTRO_TOKEN", raising=False)
    assert "who you are" in run_main("status", "--url", service.url).stderr
    monkeypatch.setitem(os.environ, "SKONTRO_TOKEN", TOKENS[0])
    assert run_main("status", "--url", service.url).returncode == ExitCode.DONE
    monkeypatch.setitem(os.environ, "SKONTRO_TOKEN", "wrong")
    unknown = run_main("status", "--url", service.url)
    assert unknown.returncode == ExitCode.INPUT_UNUSABLE
    absent = run_main("status", "--url", "http://127.0.0.1:9")
    assert (absent.returncode, "running" in absent.stderr) == (ExitCode.INPUT_UNUSABLE, True)


def test_lists_and_documents_are_taken_from_words_and_files(
    service: Served, tmp_path: Path
) -> None:
    new = ["participant=DDDDKZK0", "name=Fourth Bank", "country=KAZ", "currencies=KZT,RUB"]
    number, _ = proposed(run(service, "anna", "propose", "admit", *new))
    assert run(service, "anna", "reject", number).returncode == ExitCode.DONE
    (tmp_path / "system.yaml").write_text("name: x\nrulebook:\n  when_queued: {count: x}\n")
    rulebook = [f"rulebook=@{tmp_path / 'system.yaml'}", "effective_on=2099-01-01"]
    outcome = run(service, "anna", "propose", "set_rulebook", *rulebook)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "name" not in outcome.stderr, "the rest of the file came along"
    assert "rulebook: " in outcome.stderr


def test_a_name_cannot_steer_the_terminal() -> None:
    timestamp = {"local": "2026-11-24T12:00:00+00:00", "utc": "2026-11-24T12:00:00Z"}
    shown = {
        "proposal": 0,
        "system": "Test",
        "action": "suspend",
        "proposed_by": {"name": "A\x1b[2K\u202eB", "side": "operator"},
        "proposed_at": timestamp,
        "lapses_at": timestamp,
        "participant": {"bic": BANKS[0], "name": "Bank\r\n  to: active"},
    }
    lines = proposal_lines({"status": "open", "shown": shown})
    assert all(line.isprintable() for line in lines)
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert lines[-1].endswith(hashlib.sha256(text.encode()).hexdigest())

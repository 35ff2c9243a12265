"""``skontro demo federation``: the whole of it with real services, and its outcomes."""

import json
from pathlib import Path

import pytest

import skontro.cli.demo_federation as command
from skontro.cli.terminal import ExitCode
from tests.cli.in_process import run_main


@pytest.mark.long
def test_three_countries_link_settle_and_prove(tmp_path: Path) -> None:
    folder = tmp_path / "federation"
    options = ("--payments", "60", "--links", "9", "--output", str(folder))
    outcome = run_main("demo", "federation", *options)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    for text in (
        "3 services run: KZ-RTGS, KG-RTGS, UZ-RTGS",
        "3 contracts, each put in force by two people on both sides",
        "180 payments at home, and 9 links, 3 of them over three systems",
        "9 one-way payments to banks of other systems, and 4 back in the same currencies",
        "A joint cycle of 3 systems: 11 obligations, paid by 6 net payments as one link",
        "36 of their 36 orders are final, and 0 are in a third currency",
        "19 links: 19 settled",
        "The records agree.",
    ):
        assert text in outcome.stdout
    records = [str(folder / f"{name}-RTGS") for name in ("KZ", "KG", "UZ")]
    again = json.loads(run_main("reconcile", *records, "--json").stdout)
    assert again["agrees"]
    assert again["counts"]["settled"] == 19
    assert all(one["key_trusted"] for one in again["systems"])


def test_an_existing_folder_is_not_used(tmp_path: Path) -> None:
    outcome = run_main("demo", "federation", "--output", str(tmp_path))
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert f"{tmp_path}: it exists; name a new folder" in outcome.stderr


@pytest.mark.parametrize("agrees", [True, False])
def test_the_outcome_is_the_exit_code(
    agrees: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def show(folder: Path, *options: int) -> bool:
        assert folder.is_dir()
        asked.extend([folder, *options])
        return agrees

    monkeypatch.setattr(command, "_show", show)
    code = ExitCode.DONE if agrees else ExitCode.INVARIANT_BROKEN
    assert run_main("demo", "federation").returncode == code
    folder, *options = asked
    assert options == [3, 2_000, 60, 60, 1]
    assert not Path(str(folder)).exists()
    asked.clear()
    kept = tmp_path / "a" / "b"
    given = ("--systems", "10", "--payments", "0", "--links", "7", "--trade", "9", "--seed", "5")
    outcome = run_main("demo", "federation", *given, "--output", str(kept))
    assert outcome.returncode == code
    assert asked == [kept, 10, 0, 7, 9, 5]
    assert f"Kept in {kept}" in outcome.stdout
    assert kept.is_dir()

"""``skontro group-share``: the figures of members, in a table and as JSON, and what is refused."""

import datetime
import json
from pathlib import Path

import attrs
import pytest

from skontro.cli.terminal import ExitCode
from skontro.ledger.member_statistics import MemberStatistics, SettledValue
from tests.cli.in_process import Outcome, run_main
from tests.system.links.linked_systems import record_key

DATE = datetime.date(2026, 11, 24)
RATES = """currency,account_currency,units,as_of,source
KGS,USD,100,2026-11-24,test
KZT,USD,500,2026-11-24,test
"""


def statistics(system: str, country: str, *rows: SettledValue) -> MemberStatistics:
    key = record_key(system).public_key().public_bytes_raw().hex()
    return MemberStatistics(system, 7, "ab" * 32, (country,), rows, key)


MEMBERS = [
    statistics(
        "KZ-RTGS",
        "KAZ",
        SettledValue(DATE, "KAZ", "KAZ", "KZT", 3, 50_000),
        SettledValue(DATE, "KAZ", "KGZ", "USD", 1, 300),
    ),
    statistics("KG-RTGS", "KGZ", SettledValue(DATE, "KGZ", "KAZ", "KGS", 2, 10_000)),
]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Signed statistics of both members."""
    (tmp_path / "rates.csv").write_text(RATES)
    return [written(tmp_path, one) for one in MEMBERS]


def written(folder: Path, one: MemberStatistics, name: str = "") -> Path:
    path = folder / f"{name or one.system}.json"
    path.write_text(json.dumps(one.signed(record_key(one.system))))
    return path


def run(files: list[Path], *options: str) -> Outcome:
    return run_main("group-share", *files, "--rates", files[0].parent / "rates.csv", *options)


def test_the_share_as_json_is_the_same_in_any_order(files: list[Path]) -> None:
    outcome = run(files, "--json")
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
    found = json.loads(outcome.stdout)
    assert found["countries"] == ["KAZ", "KGZ"]
    assert found["currency"] == "USD"
    assert found["members"][0] == {
        "system": "KG-RTGS",
        "batch": 7,
        "head": "ab" * 32,
        "public_key": MEMBERS[1].public_key,
    }
    assert found["cross_border"] == {
        "orders": 3,
        "value_minor": "400",
        "national_by_corridor_minor": "100",
        "national_by_member_minor": "100",
        "share_by_corridor": "0.250000",
        "share_by_member": "0.250000",
    }
    assert found["total"]["value_minor"] == "500"
    assert found["total"]["share_by_corridor"] == "0.400000"
    corridors = [(one["payer_country"], one["payee_country"]) for one in found["corridors"]]
    assert corridors == [("KAZ", "KAZ"), ("KAZ", "KGZ"), ("KGZ", "KAZ")]
    assert found["corridors"][2]["orders"] == 2
    assert run(files[::-1], "--json").stdout == outcome.stdout


def test_the_share_as_a_table(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    outcome = run(files)
    lines = [" ".join(line.split()) for line in outcome.stdout.splitlines()]
    assert lines[:2] == [f"{name}: up to batch 7, {'ab' * 32}" for name in ("KG-RTGS", "KZ-RTGS")]
    assert "Corridor Payments Value By corridor By member" in lines
    assert lines[-5:] == [
        "KAZ to KAZ 3 USD 1.00 100.0% 100.0%",
        "KAZ to KGZ 1 USD 3.00 0.0% 0.0%",
        "KGZ to KAZ 2 USD 1.00 100.0% 100.0%",
        "Between countries 3 USD 4.00 25.0% 25.0%",
        "All 6 USD 5.00 40.0% 40.0%",
    ]


def test_a_member_counts_once(files: list[Path], tmp_path: Path) -> None:
    outcome = run([files[0], files[0]])
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "KZ-RTGS is named twice, so its value would count twice" in outcome.stderr
    renamed = written(tmp_path, MEMBERS[0], "again")
    assert "named twice" in run([*files, renamed]).stderr
    other = attrs.evolve(MEMBERS[1], system="KZ-RTGS", public_key=MEMBERS[0].public_key)
    assert "named twice" in run([files[0], written(tmp_path, other, "third")]).stderr


def test_inputs_that_are_refused(files: list[Path]) -> None:
    outcome = run_main("group-share", *files)
    assert "--rates names the rates" in outcome.stderr
    files[1].write_text("[")
    assert run(files).stderr.startswith(f"skontro: {files[1]}: ")
    files[1].write_text("[]")
    assert f"{files[1]}: statistics: must be an object" in run(files).stderr
    outcome = run_main("group-share", *files, "--sign", files[0].parent / "out.json")
    assert "--sign: name the folder of one system" in outcome.stderr
    outcome = run_main("group-share", files[0].parent, "--sign", files[0].parent / "out.json")
    assert "signing.key: the key cannot be read" in outcome.stderr

"""`skontro screen` and `skontro lists`."""

import json
from pathlib import Path

import pytest

from skontro.cli.propose import _value
from skontro.screening.lists_document import load_screener
from tests.cli.in_process import Outcome, run_main
from tests.screening.cuts import ALT, SDN, UN, un_list
from tests.service.systems import write_folder

ON = ("--date", "2026-03-01")


def screen(*arguments: str | Path) -> Outcome:
    return run_main("screen", *arguments, "--list", UN, *ON)


def document(folder: Path, more: str = "") -> Path:
    path = folder / "lists.yaml"
    path.write_text(
        "format: skontro screening lists\nlists:\n"
        f"  - {{name: UN, file: {UN}, canaries: [Eric Badege]}}\n{more}",
        encoding="utf-8",
    )
    return path


def test_outcomes_as_a_table() -> None:
    outcome = screen("Erik BADEGE", "Anna Kim")
    assert outcome.returncode == 1
    lines = outcome.stdout.splitlines()
    assert lines[0].split() == [
        "party", "outcome", "score", "matched", "list", "entry", "evidence"
    ]  # fmt: skip
    assert lines[1].split()[:6] == ["Erik", "BADEGE", "held", "92", "ERIC", "BADEGE"]
    assert lines[2].split() == ["Anna", "Kim", "passed"]


def test_outcomes_as_json() -> None:
    outcome = screen("Erik Badege", "Anna Kim", "--country", "RW", "--json")
    assert outcome.returncode == 1
    shown = json.loads(outcome.stdout)
    held, passed = shown["parties"]
    assert (held["name"], held["outcome"]) == ("Erik Badege", "held")
    hit = held["hits"][0]
    assert (hit["entry_id"], hit["name_score"], hit["score"]) == ("CDi.001", 92, 94)
    assert hit["evidence"] == ["country agrees"]
    assert hit["sha256"] == un_list().sha256
    assert passed == {"name": "Anna Kim", "outcome": "passed"}
    assert len(shown["lists"]) == 64


def test_all_passed_is_done() -> None:
    assert screen("Anna Kim").returncode == 0


def test_a_birth_date_is_evidence() -> None:
    shown = json.loads(screen("Erik Badege", "--birth-date", "1971-05-05", "--json").stdout)
    assert shown["parties"][0]["hits"][0]["evidence"] == ["birth year agrees"]


def test_files_of_names(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text('Anna Kim\n\n{"name": "Eric Badege", "country": "RW"}\n', encoding="utf-8")
    shown = json.loads(screen(path, "Olga Lee", "--country", "KZ", "--json").stdout)
    assert [one["name"] for one in shown["parties"]] == ["Anna Kim", "Eric Badege", "Olga Lee"]
    assert shown["parties"][1]["hits"][0]["evidence"] == ["country agrees"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Anna\n{\n", "line 2: no party"),
        ('{"nom": "Anna"}', "line 1: no party"),
        ('{"name": "Anna", "country": "xx"}', "line 1: no party: country 'xx'"),
        ("\n\n", "the file names no party"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, content: str, text: str) -> None:
    path = tmp_path / "names.txt"
    path.write_text(content, encoding="utf-8")
    outcome = screen(path)
    assert outcome.returncode == 3
    assert f"{path}: {text}" in outcome.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--date", "2026-03-06"), 0),
        (("--date", "2026-03-07"), 1),
        (("--date", "2026-03-07", "--max-age", "8"), 0),
        (("--date", "2026-02-26"), 1),
    ],
)
def test_stale_lists_hold(options: tuple[str, ...], code: int) -> None:
    outcome = run_main("screen", "Anna Kim", "--list", UN, *options)
    assert outcome.returncode == code
    assert ("held" in outcome.stdout) is bool(code)


def test_a_threshold() -> None:
    assert screen("Erik Badege", "--threshold", "92").returncode == 1
    assert screen("Erik Badege", "--threshold", "93").returncode == 0


@pytest.mark.long
def test_lists_of_a_document(tmp_path: Path) -> None:
    path = document(tmp_path, "threshold: 95\n")
    assert run_main("screen", "Erik Badege", "--list", path, *ON).returncode == 0
    assert run_main("screen", "Eric Badege", "--list", path, *ON).returncode == 1
    assert (
        run_main("screen", "Erik Badege", "--list", path, "--threshold", "90", *ON).returncode == 1
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--list", UN), "a document names all lists; give no other list with it"),
        (("--published", "2026-01-01"), "the document states when its lists were published"),
    ],
)
def test_a_document_stands_alone(
    tmp_path: Path, options: tuple[str | Path, ...], text: str
) -> None:
    outcome = run_main("screen", "Anna", "--list", document(tmp_path), *options, *ON)
    assert outcome.returncode == 3
    assert text in outcome.stderr


def test_lists_are_checked() -> None:
    outcome = run_main("lists", UN, SDN, ALT, "--published", "2026-02-28", *ON)
    assert outcome.returncode == 0
    assert "All canaries are found." in outcome.stdout
    shown = json.loads(
        run_main("lists", UN, SDN, ALT, "--published", "2026-02-28", *ON, "--json").stdout
    )
    assert shown["stale"] == ""
    assert [(one["name"], one["published"], one["entries"]) for one in shown["lists"]] == [
        ("OFAC SDN", "2026-02-28", 205),
        ("UN", "2026-02-27", 75),
    ]
    assert [one["names"] for one in shown["lists"]] == [494, 412]
    assert shown["lists"][1]["sha256"] == un_list().sha256


def test_a_stale_list_is_told() -> None:
    outcome = run_main("lists", UN, "--date", "2026-03-07")
    assert outcome.returncode == 1
    assert "Not usable: list UN is 8 days old; 7 is the most." in outcome.stdout


def test_a_list_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "un.xml"
    path.write_bytes(UN.read_bytes()[:5_000])
    outcome = run_main("lists", path, *ON)
    assert outcome.returncode == 3
    assert f"{path}: line " in outcome.stderr
    outcome = run_main("lists", document(tmp_path).with_name("none.yaml"), *ON)
    assert outcome.returncode == 3


def test_lists_are_staged_in_a_system_and_proposed_from_there(tmp_path: Path) -> None:
    write_folder(tmp_path)
    outcome = run_main("lists", UN, "--copy-to", tmp_path, *ON)
    assert outcome.returncode == 0, outcome.stderr
    (staged,) = (tmp_path / "lists").iterdir()
    document_ = staged / "screening-lists.yaml"
    printed = " ".join(outcome.stdout.split())
    assert f"Staged as {document_}. To put these lists in force, two people agree:" in printed
    assert f"skontro propose set_screening_lists screening_lists=@{document_}" in printed
    shown = json.loads(run_main("lists", UN, "--copy-to", tmp_path, *ON, "--json").stdout)
    assert shown["digest"] == staged.name
    assert shown["document"] == str(document_)
    assert shown["screening_lists"] == load_screener(document_).described.to_document()
    assert _value("screening_lists", f"@{document_}") == shown["screening_lists"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ("--max-age", "9"),
            "--max-age does not go with --copy-to: name max_age_days in a document",
        ),
        (("--date", "2026-03-07"), "is 8 days old; 7 is the most: all orders would be held"),
    ],
)
def test_lists_that_are_not_staged(tmp_path: Path, options: tuple[str, ...], text: str) -> None:
    write_folder(tmp_path)
    outcome = run_main("lists", UN, "--copy-to", tmp_path, *ON, *options)
    assert outcome.returncode == 3
    assert text in " ".join(outcome.stderr.split())

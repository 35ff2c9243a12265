"""What the documents say is so: every example command works, and every table is the code's."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skontro.cli.terminal import ExitCode
from skontro.engine import Engine, cancel, close_day, join, open_day, submit
from skontro.model import ReasonCode, SettlementAccount, find_currency
from skontro.system import ACTION_RULES
from tests.cli.command import EXAMPLE
from tests.cli.documents import (
    DOCUMENTS,
    ROOT,
    blocks,
    commands,
    missing_links,
    name_of,
    table_rows,
)
from tests.cli.in_process import run_main

pytestmark = pytest.mark.long

RULES = ROOT / "docs" / "reference" / "settlement-rules.md"
COMMAND_LINE = ROOT / "docs" / "reference" / "command-line.md"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-day.md"
HOW_TO = ROOT / "docs" / "how-to" / "settle-your-own-payments.md"

PERSONS = "Four eyes"

#: Options that make what commands do smaller than in the documents: it would take as long as all
#: other tests. They count only where the document does not give them.
SMALL = {
    "generate": ["--payments-per-day", "1500"],
    "compare": ["--degree", "35%"],
    "explore": ["--cycle", "monthly"],
}


def run_commands(document: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the commands of a document, one after the other, in a folder with the examples."""
    monkeypatch.chdir(folder)
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(EXAMPLE, folder / "my-day")
    for name in ("payments.csv", "other-payments.csv"):
        shutil.copy(EXAMPLE / "payments.csv", folder / name)
    for command in commands(document):
        small = SMALL.get(command[0], [])
        small = [] if small and small[0] in command else small
        outcome = run_main(*command, *small)
        assert outcome.returncode == ExitCode.DONE, (command, outcome.stderr)


def test_commands_are_found() -> None:
    having = [name_of(document) for document in DOCUMENTS if commands(document)]
    assert {name_of(TUTORIAL), name_of(HOW_TO), "README.md"} <= set(having)
    assert commands(TUTORIAL)[0] == ["generate", "--output", "cis-day"]


@pytest.mark.parametrize(
    "document",
    [
        document
        for document in DOCUMENTS
        if commands(document) and document not in {TUTORIAL, HOW_TO}
    ],
    ids=name_of,
)
def test_every_example_command_works(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_commands(document, tmp_path, monkeypatch)


def test_the_tutorial_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_commands(TUTORIAL, tmp_path, monkeypatch)
    summaries: list[Any] = [
        json.loads(Path(folder, "summary.json").read_text(encoding="utf-8"))
        for folder in ("cis-settled", "cis-tight-settled")
    ]
    ample, tight = summaries
    orders = [s["turnover"]["total"]["submitted"] for s in summaries]
    assert orders[0] == orders[1]
    settled = [s["turnover"]["total"]["settled"]["orders"] for s in summaries]
    assert settled[0] > settled[1]
    for path in (("delay", "total", "delay_indicator"), ("liquidity", "total", "turnover_ratio")):
        before, after = ample, tight
        for key in path:
            before, after = before[key], after[key]
        assert float(before) < float(after), path
    assert Path("cis-settled/report.html").exists()


def test_the_how_to_reads_its_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_commands(HOW_TO, tmp_path, monkeypatch)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for text in blocks(HOW_TO, "python"):
            exec(compile(text, name_of(HOW_TO), "exec"), {})
    assert "50m" in printed.getvalue()  # payment 2 waited from 09:10 to 10:00
    assert "45m" in printed.getvalue()  # payment 3 from 09:15


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert missing_links(document) == []


def test_reason_codes_are_those_of_the_code() -> None:
    rows = [(int(number), name, text) for number, name, text in table_rows(RULES, "Reason codes")]
    assert rows == [
        (int(code), code.name, code.explanation) for code in ReasonCode if code != ReasonCode.NONE
    ]


def test_exit_codes_are_those_of_the_code() -> None:
    numbers = [int(row[0]) for row in table_rows(COMMAND_LINE, "Exit codes")]
    assert numbers == [int(code) for code in ExitCode]


def test_the_day_by_hand_comes_out_as_the_rules_show_it() -> None:
    som = find_currency("KGS")
    banks = ("AAAAKGB0", "BBBBKGB0", "CCCCKGB0")
    engine = Engine([SettlementAccount(bic, som, 10 if bic[0] == "A" else 0) for bic in banks])
    a, b, c = range(3)
    steps = [
        join([open_day(1), submit([1], [a], [b], [12], [2])]),
        submit([2], [a], [c], [3], [2]),
        submit([3], [a], [c], [4], [0]),
        submit([4], [c], [b], [5], [2]),
        cancel(5, 0),
        submit([6], [b], [a], [9], [2]),
        close_day(7),
    ]
    table = table_rows(RULES, "A day by hand")
    assert [int(row[0]) for row in table] == list(range(1, 8))
    for step, row in zip(steps, table, strict=True):
        events = engine.apply(step)
        assert engine.balances.tolist() == [int(cell) for cell in row[3:]], row
        if "queued" in row[2]:
            assert engine.queued > 0
    assert events["reason"].tolist() == [ReasonCode.RETURNED_AT_END_OF_DAY, ReasonCode.NONE]
    assert np.array_equal(engine.balances, [3, 5, 2])


def test_actions_and_their_fields_are_those_of_the_code() -> None:
    import re

    listed: dict[str, set[str]] = {}
    for kinds, fields, *_ in table_rows(ROOT / "docs" / "reference" / "live-service.md", PERSONS):
        for kind in re.findall(r"[a-z_]+", kinds):
            listed[kind] = {*re.findall(r"`([a-z0-9_]+)`", f"`{fields}`")}
    for kind, rule in ACTION_RULES.items():
        needed = {*rule.needs, *rule.may_have} - {"order"}
        assert needed <= listed.get(kind, set()), kind
    assert {*listed} == {*ACTION_RULES}

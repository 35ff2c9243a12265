"""``skontro explore``: what it writes, says and refuses, with a matrix of three parties."""

import csv
import json
from pathlib import Path

import pytest

from skontro.cli.explore import _cycle_words, _default_output, _designs, _trade
from skontro.cli.terminal import ExitCode
from skontro.model import Netting
from skontro.simulation.clearing_study import Design, trade_of_countries, trade_of_group
from skontro.simulation.clearing_study.designs import HOLDINGS, LINES, parse_part
from tests.cli.in_process import Outcome, run_main
from tests.cli.progress import Step

SMALL = ("--cycle", "monthly", "--line", "1%", "--line", "5%", "--holding", "1%")


@pytest.fixture
def owed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "owed.csv"
    path.write_text("debtor,creditor,amount\nA,B,100\nB,A,60\nB,C,50\n")
    return path


def explore(owed: Path, *arguments: str) -> Outcome:
    outcome = run_main("explore", "--matrix", owed, *SMALL, *arguments)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    return outcome


def test_page_table_and_json_are_written_and_the_shares_are_told(
    owed: Path, steps: list[Step]
) -> None:
    outcome = explore(owed, "--spread", "0.5", "--spread", "0.2", "--currency", "KWD")
    folder = Path("owed-explored")
    assert f"Exploration written to {folder / 'exploration.html'}" in outcome.stdout
    document = json.loads((folder / "exploration.json").read_text(encoding="utf-8"))
    assert document["currency"] == "KWD"
    assert document["spreads_of_daily_totals"] == ["0.2", "0.5"]
    assert document["trade_minor"] == "210000"
    with (folder / "exploration.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["points"]) == 2 * 2 + 2
    assert [row["holding_limit"] for row in rows] == [""] * 4 + ["0.010000"] * 2
    # Every line with the shares of the points without a holding limit, and their band below it.
    said = [line.split() for line in outcome.stdout.splitlines()]
    assert ["Netting,", "cycle", "1%", "5%"] in said
    for netting in Netting:
        found = [row for row in rows if row["netting"] == netting.value][:2]
        shares = [f"{100 * float(row['share_of_gross_trade']):.1f}%" for row in found]
        place = said.index([f"{netting.value},", "1", "mo.", *shares])
        assert said[place + 1][0] == "lowest"
        assert said[place + 2][0] == "highest"
        assert said[place + 1][1:] == [
            f"{100 * float(row['lowest_share_of_gross_trade']):.1f}%" for row in found
        ]
        assert said[place + 2][1:] == [
            f"{100 * float(row['highest_share_of_gross_trade']):.1f}%" for row in found
        ]
    assert "Obligations of owed" in outcome.stdout
    page = (folder / "exploration.html").read_text(encoding="utf-8")
    assert "Obligations of owed" in page
    assert steps[-1] == ("writing", 0, 1)
    number = len(rows) * 2
    assert [step for step in steps if step[0] == "settling"][-1] in {
        ("settling", number, number),
        ("settling", len(rows), len(rows)),
    }


def test_one_spread_has_no_band_and_json_is_all_that_is_said(owed: Path, steps: list[Step]) -> None:
    assert "lowest" not in explore(owed, "--spread", "0.5").stdout
    steps.clear()
    outcome = explore(owed, "--spread", "0.5", "--output", "other", "--json")
    assert outcome.stdout == Path("other/exploration.json").read_text(encoding="utf-8")
    assert (outcome.stderr, steps) == ("", [])


def test_an_output_is_named_after_its_source_and_holds_no_input(owed: Path) -> None:
    assert _default_output(None, None, None, 2020) == Path("cis-2020-explored")
    assert _default_output("EAEU", None, None, 2019) == Path("eaeu-2019-explored")
    assert _default_output("EAEU", "KAZ, KGZ", None, 2020) == Path("kaz-kgz-2020-explored")
    outcome = run_main("explore", "--matrix", owed, *SMALL, "--output", ".")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "holds an input" in outcome.stderr


def test_trade_is_that_of_a_group_or_of_countries_and_only_one_may_be_named(owed: Path) -> None:
    assert _trade(None, None, None, "USD", 2020).matrix == trade_of_group("CIS", 2020).matrix
    assert _trade("EAEU", None, None, "USD", 2020).matrix == trade_of_group("EAEU", 2020).matrix
    named = _trade(None, "KAZ, KGZ", None, "USD", 2020)
    assert named.matrix == trade_of_countries(["KAZ", "KGZ"], 2020).matrix
    for two in (("--group", "CIS"), ("--countries", "KAZ,KGZ")):
        outcome = run_main("explore", "--matrix", owed, *two)
        assert outcome.returncode == ExitCode.USAGE
        assert "give one of --group, --countries and --matrix" in " ".join(outcome.stderr.split())


def test_designs_are_a_grid_and_holding_limits_with_the_longest_lines() -> None:
    one, five = parse_part("1%"), parse_part("5%")
    assert _designs(["1%", "5%"], ["1%"], ["daily", "weekly", "monthly"]) == [
        *(
            Design(netting, cycle, line, None)
            for netting in Netting
            for cycle in ("daily", "weekly", "monthly")
            for line in (one, five)
        ),
        *(Design(netting, "weekly", five, one) for netting in Netting),
    ]
    every = _designs(None, None, None)
    assert {design.line for design in every if design.holding is None} == {*LINES}
    assert {design.holding for design in every if design.holding is not None} == {*HOLDINGS}
    assert {design.line for design in every if design.holding is not None} == {max(LINES)}


def test_lengths_of_cycles_in_a_word_or_two() -> None:
    cycles = ("daily", "weekly", "monthly", "asian_clearing_union", "aladi_reciprocal_credits")
    assert [_cycle_words(cycle) for cycle in cycles] == ["day", "5 days", "1 mo.", "2 mo.", "4 mo."]

"""The largest set-off: every circulation tried, two other methods, cases by hand, its proof."""

import csv
import json
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.cli.terminal import ExitCode
from skontro.model import InvariantBroken
from skontro.netting import ObligationMatrix, largest_set_off
from skontro.netting.set_off import least_remaining, prove_set_off
from tests.cli.in_process import run_main
from tests.draws import examples
from tests.netting.circulations import by_cancelling, by_trying_all, is_circulation

Owed = Mapping[tuple[str, str], int]

PAIRS = st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF")).filter(
    lambda pair: pair[0] != pair[1]
)
#: Equal amounts, and amounts of very different size: ways that cost the same, and ways that do not.
AMOUNTS = st.integers(1, 4) | st.integers(1, 10**18)
OWED = st.dictionaries(PAIRS, AMOUNTS, max_size=24)


def drawn(seed: int, parties: int, pairs: int, most: int) -> dict[tuple[str, str], int]:
    draw = random.Random(seed)
    names = [chr(ord("A") + number) for number in range(parties)]
    return {
        (debtor, creditor): draw.randint(1, most)
        for debtor, creditor in (draw.sample(names, 2) for _ in range(pairs))
    }


@pytest.mark.parametrize("parties", [3, 4, 5])
def test_no_circulation_of_all_clears_more(parties: int) -> None:
    for seed in range(60):
        owed = drawn(seed, parties, 7, 2)
        assert largest_set_off(owed).total == by_trying_all(owed), owed


@settings(max_examples=examples(150))
@given(OWED)
def test_cancelling_cycles_finds_the_same(owed: Owed) -> None:
    assert largest_set_off(owed).total == by_cancelling(owed)


@settings(max_examples=examples(100))
@given(OWED)
def test_net_positions_stay_and_what_remains_has_no_cycle(owed: Owed) -> None:
    matrix = ObligationMatrix(owed)
    cleared = matrix.set_off.cleared
    assert all(0 <= cleared[pair] <= amount for pair, amount in owed.items())
    assert is_circulation(cleared)
    left = {pair: amount - cleared[pair] for pair, amount in owed.items() if amount > cleared[pair]}
    remaining = ObligationMatrix(left)
    assert remaining.gross == matrix.left_set_off
    net = matrix.multilateral
    assert {party: net[party] for party in remaining.parties} == remaining.multilateral
    assert not any(amount for party, amount in net.items() if party not in remaining.parties)
    assert remaining.set_off.total == 0


@settings(max_examples=examples(100))
@given(OWED, st.permutations("ABCDEF"))
def test_the_three_numbers_stand_in_order_whatever_the_names(owed: Owed, names: list[str]) -> None:
    matrix = ObligationMatrix(owed)
    assert matrix.left_multilateral <= matrix.left_set_off <= matrix.left_bilateral
    assert (matrix.left_set_off == 0) == (matrix.left_multilateral == 0)
    new = dict(zip("ABCDEF", names, strict=True))
    renamed = ObligationMatrix({(new[d], new[c]): v for (d, c), v in owed.items()})
    assert renamed.left_set_off == matrix.left_set_off


@pytest.mark.parametrize(
    ("owed", "bilateral", "multilateral", "set_off"),
    [
        # Nothing comes back: netting moves the debt of B to A, a set-off leaves both.
        ({"AB": 10, "BC": 10}, 20, 10, 20),
        ({"AB": 10, "BC": 10, "CA": 10}, 30, 0, 0),
        ({"AB": 10, "BA": 6}, 4, 4, 4),
        # Two cycles share A's debt to B; the longer one clears more than the one found first.
        ({"AB": 1, "BC": 1, "CA": 1, "BD": 1, "DE": 1, "EA": 1}, 6, 1, 2),
        # A published loop: GBP 2,300 in all, the smallest 500 (mutualcredit.services, multilateral
        # obligation set-off): 500 of each is set off.
        ({"SE": 800, "ET": 1_000, "TS": 500}, 2_300, 500, 800),
        # A cycle through all, of which a shorter cycle would take the middle.
        ({"AB": 5, "BC": 5, "CD": 5, "DA": 5, "CB": 5}, 15, 5, 5),
        ({}, 0, 0, 0),
    ],
)
def test_by_hand(owed: dict[str, int], bilateral: int, multilateral: int, set_off: int) -> None:
    matrix = ObligationMatrix({(pair[0], pair[1]): amount for pair, amount in owed.items()})
    assert matrix.left_bilateral == bilateral
    assert matrix.left_multilateral == multilateral
    assert matrix.left_set_off == set_off
    assert matrix.set_off_ratio == (1 - Fraction(set_off, matrix.gross) if owed else None)


def test_a_set_off_must_be_one_and_prove_itself() -> None:
    owed = {("A", "B"): 5, ("B", "C"): 4, ("C", "A"): 4, ("B", "A"): 1}
    found = largest_set_off(owed)
    assert found.total == sum(owed.values()) == 14
    assert least_remaining(owed, found.prices) == 0
    less = {pair: part - (pair != ("B", "A")) for pair, part in found.cleared.items()}
    for cleared, message in (
        ({**found.cleared, ("B", "A"): 2}, "no more of an obligation"),
        ({**found.cleared, ("B", "A"): -1}, "no more of an obligation"),
        ({**found.cleared, ("B", "A"): 0}, "leaves net positions"),
        (less, "no set-off is larger"),
    ):
        with pytest.raises(InvariantBroken, match=message):
            prove_set_off(owed, attrs.evolve(found, cleared=cleared))


@given(OWED, st.lists(st.integers(-9, 9), min_size=6, max_size=6))
def test_no_prices_prove_more_than_remains(owed: Owed, prices: list[int]) -> None:
    remains = sum(owed.values()) - largest_set_off(owed).total
    assert least_remaining(owed, dict(zip("ABCDEF", prices, strict=True))) <= remains


def test_a_network_of_many_parties_proves_itself() -> None:
    draw = random.Random(5)
    names = [f"{number:03}" for number in range(200)]
    owed = {}
    for _ in range(1_500):
        debtor, creditor = draw.sample(names, 2)
        owed[debtor, creditor] = int(draw.lognormvariate(12, 2.2)) + 1
    found = largest_set_off(owed)
    assert max(found.prices.values()) > 3  # some debts remain on ways of several steps
    assert largest_set_off(dict(reversed(owed.items()))) == found


def test_the_command_gives_three_numbers_and_the_parts(tmp_path: Path) -> None:
    path, parts = tmp_path / "[red]fair.csv", tmp_path / "parts.csv"
    path.write_text("debtor,creditor,amount\nA,B,12.00\nB,C,10.00\nC,A,9.50\nC,D,1\n")
    run = run_main("netting", "--matrix", path, "--currency", "EUR", "--set-off", parts, "--json")
    assert run.returncode == ExitCode.DONE, run.stderr
    (found,) = json.loads(run.stdout)["potentials"]
    assert (found["name"], found["currency"], found["gross"]) == ("[red]fair", "EUR", "32.50")
    assert (found["members"], found["pairs"]) == (4, 4)
    assert (found["largest_creditor"], found["largest_debtor"]) == ("B", "A")
    left = [found[f"left_{way}"] for way in ("bilateral", "multilateral", "set_off")]
    assert left == ["32.50", "3.00", "4.00"]
    assert found["ratio_set_off"] == "0.876923"
    rows = [tuple(row.values()) for row in csv.DictReader(parts.open(encoding="utf-8"))]
    assert rows[0] == ("A", "B", "12.00", "9.50", "2.50")
    assert rows[3] == ("C", "D", "1.00", "0.00", "1.00")
    shown = run_main("netting", "--matrix", path, "--currency", "EUR")
    assert "[red]fair" in shown.stdout
    assert "87.69%" in shown.stdout


def test_parts_are_written_of_one_set_of_obligations_only(tmp_path: Path) -> None:
    run = run_main("netting", "--group", "EAEU", "--set-off", tmp_path / "parts.csv")
    assert run.returncode == ExitCode.USAGE
    assert "one --group and one --year" in " ".join(run.stderr.split())
    assert not (tmp_path / "parts.csv").exists()

"""Compensation ratios: properties, cases by hand, and the published table once more."""

import csv
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import InputError, find_currency
from skontro.netting import ObligationMatrix, read_obligations
from skontro.simulation.trade_obligations import potential_of_trade
from tests.cli.in_process import run_main
from tests.netting.circulations import largest_circulation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "netting-potential.md"
DATA = ROOT / "src" / "skontro" / "simulation" / "data"

MATRICES = st.dictionaries(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE")).filter(lambda p: p[0] != p[1]),
    st.integers(1, 10**18),
    max_size=20,
).map(ObligationMatrix)


@given(MATRICES)
def test_net_positions_are_sums_of_net_pairs_and_add_up_to_zero(matrix: ObligationMatrix) -> None:
    net = matrix.multilateral
    assert sum(net.values()) == 0
    for party in matrix.parties:
        pairs = matrix.bilateral
        of_pairs = sum(-v for (low, _), v in pairs.items() if low == party)
        of_pairs += sum(v for (_, high), v in pairs.items() if high == party)
        assert net[party] == of_pairs


@given(MATRICES)
def test_netting_together_never_leaves_more_than_netting_in_pairs(matrix: ObligationMatrix) -> None:
    assert 0 <= matrix.left_multilateral <= matrix.left_bilateral <= matrix.gross
    if matrix.gross:
        assert 0 <= matrix.bilateral_ratio <= matrix.multilateral_ratio <= 1  # type: ignore[operator]
    else:
        assert matrix.bilateral_ratio is matrix.multilateral_ratio is None


@given(MATRICES, st.permutations("ABCDE"))
def test_names_make_no_difference(matrix: ObligationMatrix, names: list[str]) -> None:
    new = dict(zip("ABCDE", names, strict=True))
    renamed = ObligationMatrix({(new[d], new[c]): v for (d, c), v in matrix.owed.items()})
    assert renamed.left_bilateral == matrix.left_bilateral
    assert renamed.left_multilateral == matrix.left_multilateral


def test_by_hand() -> None:
    # A owes B 10, B owes C 10, C owes A 10: nothing in pairs, everything together.
    ring = ObligationMatrix({("A", "B"): 10, ("B", "C"): 10, ("C", "A"): 10})
    assert (ring.bilateral_ratio, ring.multilateral_ratio) == (0, 1)
    # A owes B 10 and B owes A 6: 4 of 16 are left either way.
    pair = ObligationMatrix({("A", "B"): 10, ("B", "A"): 6})
    assert (pair.bilateral_ratio, pair.multilateral_ratio) == (Fraction(3, 4), Fraction(3, 4))
    assert pair.multilateral == {"A": -4, "B": 4}


@pytest.mark.parametrize(
    ("owed", "message"),
    [
        ({("A", "B"): 0}, "not above zero"),
        ({("A", "B"): -1}, "not above"),
        ({("A", "A"): 1}, "owes itself"),
    ],
)
def test_what_is_no_obligation_is_refused(owed: dict[tuple[str, str], int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ObligationMatrix(owed)


def test_the_table_of_the_documentation_is_what_the_command_writes() -> None:
    printed = run_main("netting", "--markdown")
    assert printed.returncode == 0
    assert printed.stdout in PAGE.read_text(encoding="utf-8")


def test_every_ratio_of_the_documentation_from_the_shipped_matrix_in_plain_python() -> None:
    groups: dict[str, set[str]] = {}
    for row in csv.DictReader((DATA / "country_groups.csv").open()):
        groups.setdefault(row["group"], set()).add(row["iso3"])
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| 20" in line]
    assert len(lines) == 10
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        members = groups[cells[0].upper()]
        owed = {}
        for row in csv.DictReader((DATA / f"bilateral_flows_{cells[1]}.csv").open()):
            if {row["exporter"], row["importer"]} <= members:
                owed[row["importer"], row["exporter"]] = Decimal(row["flow_fob_usd_mn"])
        gross = sum(owed.values())
        pairs = {tuple(sorted(pair)) for pair in owed}
        left = sum(abs(owed.get((a, b), 0) - owed.get((b, a), 0)) for a, b in pairs)
        net = {
            m: sum(v for (d, _), v in owed.items() if d == m)
            - sum(v for (_, c), v in owed.items() if c == m)
            for m in members
        }
        together = sum(map(abs, net.values())) / 2
        assert f"{gross:,.1f}" == cells[4]
        assert f"{left:,.1f}" == cells[5]
        assert f"{together:,.1f}" == cells[6]
        assert f"{100 * (1 - left / gross):.2f}%" == cells[8]
        assert f"{100 * (1 - together / gross):.2f}%" == cells[9]
        remains = float(gross) - largest_circulation({p: float(v) for p, v in owed.items()})
        assert f"{remains:,.1f}" == cells[7]
        assert f"{100 * (1 - remains / float(gross)):.2f}%" == cells[10]


def test_obligations_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "fair.csv"
    path.write_text("debtor,creditor,amount\nAnna,Bertha,10.00\nBertha,Anna,6\nAnna,Bertha,0.50\n")
    matrix = read_obligations(path, find_currency("EUR"))
    assert matrix.owed == {("Anna", "Bertha"): 1050, ("Bertha", "Anna"): 600}
    out = tmp_path / "out.csv"
    run = run_main("netting", "--matrix", path, "--currency", "EUR", "--output", out)
    assert run.returncode == 0
    assert "72.73%" in run.stdout
    (row,) = csv.DictReader(out.open(encoding="utf-8"))
    assert (row["gross"], row["left_bilateral"]) == ("16.50", "4.50")
    assert row["ratio_bilateral"] == row["ratio_multilateral"] == row["ratio_set_off"] == "0.727273"


def test_every_problem_is_named_with_row_and_field(tmp_path: Path) -> None:
    path = tmp_path / "fair.csv"
    path.write_text("debtor,creditor,amount\nA,B,1.234\nA,A,1\n,B,1\nA,B,0\nA,B,x\n")
    with pytest.raises(InputError) as refused:
        read_obligations(path, find_currency("EUR"))
    text = str(refused.value)
    for part in ("row 2, amount", "row 3, creditor", "row 4, debtor: is missing", "row 5, amount"):
        assert part in text
    assert "row 6, amount" in text
    path.write_text("from,to,amount\n")
    with pytest.raises(InputError, match="expected debtor, creditor, amount"):
        read_obligations(path, find_currency("EUR"))
    with pytest.raises(InputError, match="is not a group of countries"):
        potential_of_trade("EUROPE", 2020)
    with pytest.raises(InputError, match="no trade matrix of 1999"):
        potential_of_trade("CIS", 1999)


def test_figures_stand_below_each_other_by_their_last_digit() -> None:
    run = run_main("netting", "--group", "CIS", "--group", "ECOWAS", "--year", "2019")
    rows = [line for line in run.stdout.splitlines() if line.startswith(("CIS", "ECOWAS"))]
    cells = [[match.span() for match in re.finditer(r"\S+", row)] for row in rows]
    for words, figures in [(span[:1], span[2:]) for span in cells]:
        assert words[0][0] == 0
        assert [end for _, end in figures] == [end for _, end in cells[0][2:]]
    assert cells[0][2] != cells[1][2]

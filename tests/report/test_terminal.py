"""The summary on a terminal: fits, says the figures, shows names as they are."""

import io

import pytest
from rich.console import Console

from skontro.cli.summary import print_summary
from skontro.files.period import Results
from skontro.statistics import decimal_text, summarise
from tests.approval import assert_approved
from tests.report.cis_period import cis_period
from tests.report.edge_periods import EDGES, edge_results


def printed(results: Results, width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    print_summary(console, summarise(results))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.long
@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_fits_a_screen(edge: str, width: int) -> None:
    lines = printed(edge_results(edge), width)
    assert len(lines) <= 45
    assert max(len(line) for line in lines) <= width
    assert not any("…" in line for line in lines)
    assert not any("None" in line for line in lines)
    assert_approved(f"{edge}, {width} columns.txt", "\n".join(lines) + "\n")


def test_figures_are_those_of_the_summary() -> None:
    results = cis_period(orders=800)
    summary = summarise(results)
    assert not any("…" in line for line in printed(results, 80))
    lines = printed(results)
    assert len(lines) <= 45
    assert not any("…" in line for line in lines)
    for layer in (summary.instruction, summary.interbank):
        line = next(one for one in lines if one.startswith(layer.layer.value.capitalize()))
        shares = [layer.total.by_corridor.share, layer.total.by_member.share]
        figures = [f"{decimal_text(share * 100, 1)}%" for share in shares if share is not None]
        assert line.split()[-3:-1] == figures
    orders = next(line for line in lines if line.startswith("Orders")).split()
    turnover = summary.turnover.total
    assert orders[1:3] == [f"{turnover.submitted.orders}", f"{turnover.settled.orders}"]
    # The six most used currencies, each on a line that starts with its code.
    codes = [use.currency.code for use in summary.instruction.total.uses]
    assert sum(line[:3] in codes and line[3] == " " for line in lines) >= 6


def test_markup_in_a_name_is_only_text() -> None:
    assert printed(edge_results("nothing settled"))[0].startswith("<a href=")

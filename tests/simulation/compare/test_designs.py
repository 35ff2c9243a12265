"""Designs of one's own: read from files, settled like any other, refused with file and place."""

import datetime
import json
import re
from fractions import Fraction
from pathlib import Path

import attrs
import polars as pl
import pytest

from skontro.files import Scenario, read_scenario
from skontro.model import (
    BilateralLimit,
    Bypass,
    Failure,
    InputError,
    ParticipantDirectory,
    Rulebook,
)
from skontro.report.comparison_page import render_comparison
from skontro.report.drawing import BarChart, LineChart
from skontro.report.plots.comparison import delay_curves, mechanism_bars
from skontro.simulation import settle
from skontro.simulation.compare import (
    DESIGNS,
    Comparison,
    choose_designs,
    compare,
    comparison_csv,
    comparison_json,
)
from skontro.simulation.compare.designs import under, with_liquidity
from skontro.statistics import measure_turnover
from tests.approval import assert_approved, page_text

_EXAMPLE = Path(__file__).parents[3] / "examples" / "three-banks"
_HALF = Fraction(1, 2)
_HEAD = "format: skontro designs\nversion: 1\ndesigns:\n"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(_EXAMPLE).scenario


@pytest.fixture(scope="module")
def comparison(scenario: Scenario) -> Comparison:
    """The example's five designs between two built-in ones."""
    return compare(
        scenario,
        choose_designs(scenario, ["gross", "together"], _EXAMPLE / "designs.yaml"),
        [_HALF],
    )


def _file(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_all_designs_of_the_file_and_then_the_named_ones_are_compared(
    comparison: Comparison,
) -> None:
    assert comparison.designs == (
        "Lunch and evening",
        "Lunch and evening, patient",
        "No credit",
        "Less of everything",
        "Daily netting",
        "gross",
        "together",
    )
    definitions = comparison.definitions
    patient = definitions["Lunch and evening, patient"].rulebook
    assert patient.offset_on_entry
    assert patient.schedule == definitions["Lunch and evening"].rulebook.schedule
    assert definitions["No credit"].rulebook == DESIGNS["together"].rulebook
    assert definitions["Less of everything"].rulebook.bypass is None
    assert definitions["Less of everything"].rulebook.schedule


def test_what_is_reported_is_what_settles_under_the_design(
    scenario: Scenario, comparison: Comparison
) -> None:
    for name, design in comparison.definitions.items():
        turnover = measure_turnover(settle(under(scenario, design, _HALF))).total
        assert comparison.outcome(name, _HALF).settled == turnover.settled


def test_parts_of_the_liquidity_multiply_with_the_degree(
    scenario: Scenario, comparison: Comparison
) -> None:
    without_credit = under(scenario, comparison.definitions["No credit"], _HALF)
    less = under(scenario, comparison.definitions["Less of everything"], _HALF)
    of_all = with_liquidity(scenario, Fraction(3, 10))
    for mine, scarce, account in zip(
        without_credit.directory.accounts,
        less.directory.accounts,
        scenario.directory.accounts,
        strict=True,
    ):
        assert (mine.credit_line, mine.collateral) == (0, ())
        assert mine.opening_balance == account.opening_balance // 2
        assert scarce.opening_balance == account.opening_balance * 3 // 10
    assert less.directory.accounts == of_all.directory.accounts


def test_netting_cycles_are_a_design_beside_gross_settlement(comparison: Comparison) -> None:
    netted, gross = (comparison.outcome(name, _HALF) for name in ("Daily netting", "gross"))
    assert_approved("own designs.txt", page_text(render_comparison(comparison)))
    assert netted.brought_in > 0
    assert gross.brought_in == 0
    assert netted.submitted == gross.submitted
    assert netted.settled.total > gross.settled.total
    assert set(netted.by_mechanism) == {"all_or_nothing"}


def test_conversions_at_cut_offs_are_no_orders_of_the_scenario(tmp_path: Path) -> None:
    union = read_scenario(_EXAMPLE.parent / "clearing-union").scenario
    assert union.netting is not None
    assert union.netting.clearing_agent is not None
    designs = choose_designs(union, ["scenario", "gross"])
    compared = compare(union, designs, [Fraction(1)])
    own, gross = compared.outcomes
    assert own.submitted == gross.submitted
    assert own.submitted.orders == union.payments.height
    assert_approved("union compared.json", comparison_json(compared), exact=True)
    # The scenario's cycles are among the designs by themselves, and no other design nets.
    assert list(choose_designs(union))[-1] == "scenario"


def test_a_file_of_a_rulebook_becomes_a_design_by_its_name(
    tmp_path: Path, scenario: Scenario
) -> None:
    bare = _file(tmp_path, "offset_on_entry: true\n", "bare.yaml")
    toml = _file(tmp_path, "without = ['limits']\n[rulebook.bypass]\ndepth = 3\n", "night.toml")
    chosen = choose_designs(scenario, [f"Entry={bare}", f"Night={toml}"])
    assert chosen["Entry"].rulebook == Rulebook(offset_on_entry=True)
    assert chosen["Night"].rulebook == Rulebook(bypass=Bypass(depth=3))
    assert not chosen["Night"].limits
    [based] = choose_designs(
        scenario, [f"Based={_file(tmp_path, 'based_on: bypass', 'based.yaml')}"]
    ).values()
    assert based.rulebook == DESIGNS["bypass"].rulebook


def test_reservations_and_limits_can_be_left_out(tmp_path: Path, scenario: Scenario) -> None:
    account = attrs.evolve(
        scenario.directory.accounts[1],
        reserved_urgent=5,
        reserved_high=6,
        net_sender_limit=7,
        bilateral_limits=(BilateralLimit("MOUNKGB0", 8),),
    )
    accounts = [scenario.directory.accounts[0], account, *scenario.directory.accounts[2:]]
    asked = pl.DataFrame(
        {
            "instruction": ["set_reservation", "set_net_sender_limit", "set_bilateral_limit"],
            "amount_minor": [1, 2, 3],
        }
    )
    bound = attrs.evolve(
        scenario,
        directory=ParticipantDirectory(scenario.directory.participants, accounts),
        instructions=pl.concat([scenario.instructions, asked], how="diagonal"),
    )
    text = (
        _HEAD + "  Free: {without: [reservations]}\n  Freer: {based_on: Free, without: [limits]}\n"
    )
    designs = choose_designs(bound, file=_file(tmp_path, text))
    free, freer = (under(bound, designs[name], Fraction(1)) for name in ("Free", "Freer"))
    assert free.directory.accounts[1] == attrs.evolve(account, reserved_urgent=0, reserved_high=0)
    assert free.instructions["amount_minor"].to_list() == [2, 3]
    assert freer.directory.accounts[1].net_sender_limit is None
    assert freer.directory.accounts[1].bilateral_limits == ()
    assert freer.instructions.height == 0


def test_a_date_of_a_design_is_told_as_in_its_file(comparison: Comparison) -> None:
    failure = Failure("MOUNKGB0", datetime.date(2026, 10, 26))
    rules = comparison.definitions["Daily netting"].netting
    assert rules is not None
    netting = attrs.evolve(rules, failures=(failure,))
    definitions = {"D": attrs.evolve(comparison.definitions["Daily netting"], netting=netting)}
    changed = attrs.evolve(comparison, definitions=definitions)
    told = json.loads(comparison_json(changed))["designs"]["D"]["netting"]["failures"]
    assert told == [{"bic": "MOUNKGB0", "date": "2026-10-26"}]


def test_documents_are_as_approved(comparison: Comparison) -> None:
    assert_approved("own designs.json", comparison_json(comparison), exact=True)
    table = comparison_csv(comparison).transpose(include_header=True).write_csv()
    assert_approved("own designs.csv.txt", table, exact=True)


def test_results_are_keyed_by_the_names(comparison: Comparison) -> None:
    document = json.loads(comparison_json(comparison))
    assert [*document["designs"]] == [*comparison.designs]
    assert [one["design"] for one in document["outcomes"]] == [*comparison.designs]
    assert document["designs"]["Daily netting"]["netting"]["length"] == "daily"
    assert document["designs"]["Less of everything"]["liquidity"]["collateral"] == "0.600000"
    assert document["designs"]["Less of everything"]["rulebook"]["offset_on_entry"] is True
    table = comparison_csv(comparison)
    assert table["design"].to_list() == [*comparison.designs]
    assert "liquidity_brought_in" in table.columns


@pytest.mark.parametrize("number", [1, 2, 12, 13])
def test_pages_tell_any_number_of_designs_apart(
    comparison: Comparison, tmp_path: Path, scenario: Scenario, number: int
) -> None:
    # The page of many designs, from outcomes that are there: nothing has to settle for it.
    names = [f"Design {place} of the treasurers choice" for place in range(number)]
    outcome, design = comparison.outcomes[0], comparison.definitions["gross"]
    many = attrs.evolve(
        comparison,
        designs=tuple(names),
        definitions={name: attrs.evolve(design, name=name) for name in names},
        outcomes=tuple(attrs.evolve(outcome, design=name) for name in names),
    )
    page = render_comparison(many)
    curves, bars = delay_curves(many).figure, mechanism_bars(many).figure
    assert isinstance(curves, LineChart)
    assert isinstance(bars, BarChart)
    assert [line.name for line in curves.lines] == names
    looks = [(line.colour, line.dash, line.marker) for line in curves.lines]
    assert len(dict.fromkeys(looks)) == number
    assert len({line.colour for line in curves.lines}) == min(number, 10)
    assert [row.name for row in bars.rows] == names
    assert all(f'data-label="Design">{name}</td>' in page for name in names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  gross: {}\n", "line 4: designs.gross is the name of a design that is there already"),
        ("  Several together: {}\n", "design that is there already, 'several together'"),
        ("  offset on ENTRY: {}\n", "is the name of a design that is there already"),
        ("  Mine: {}\n  mine: {}\n", "line 5: designs.mine is the name of an earlier design"),
        ("  Mine: {}\n  Mine: {}\n", "line 5: this is not YAML: found duplicate key"),
        ("  '': {}\n", "is not a valid name: it must have 1 to 40 letters"),
        (f"  {'x' * 41}: {{}}\n", "is not a valid name: it must have 1 to 40 letters"),
        ("  a=b: {}\n", "is not a valid name"),
        ("  '<b>': {}\n", "is not a valid name"),
        ('  "a\\u202eb": {}\n', "is not a valid name"),
        ("  '-1': {}\n", "is not a valid name"),
        ("  2: {}\n", "line 4: designs[2] 2 is a name: put it in quotes"),
        (
            "  Mine: {based_on: grss}\n",
            "line 4: designs.Mine.based_on 'grss' is not one of gross",
        ),
        ("  A: {based_on: B}\n  B: {}\n", "nor a design above this one"),
        ("  A:\n    rulebok: {}\n", "line 5: designs.A.rulebok is an unknown key"),
        (
            "  A:\n    rulebook:\n      bypass: {depth: 0}\n",
            "line 6: designs.A.rulebook.bypass.depth 0 is not from 1 to 1000",
        ),
        ("  A:\n    liquidity: {credit_lines: 0.5}\n", "must be a part such as '50%', not 0.5"),
        ("  A:\n    liquidity: '10001%'\n", "is above 10000%"),
        (
            "  A:\n    rulebook: {bypass: {}}\n    without: [bypass]\n",
            "line 6: designs.A.without[0] 'bypass' is given above as well",
        ),
        (
            "  A:\n    rulebook:\n      offsetting: [{algorithm: bilateral_pass, at: ['08:00']}]\n",
            "line 6: designs.A.rulebook.offsetting[0].at[0] '08:00' is outside the opening hours",
        ),
        (
            "  A:\n    based_on: bypass\n    rulebook: {in_runs_only: true}\n",
            "line 6: designs.A.rulebook cannot be used: rulebook: where orders settle in runs only",
        ),
        (
            "  A:\n    based_on: bypass\n    netting: {length: daily, third_currency: USD}\n",
            "line 6: designs.A.netting cannot be used: in netting cycles orders settle only at cut",
        ),
        (
            "  A:\n    netting: {length: daily, third_currency: USD, residual: third,\n"
            "      clearing_agent: NOBODEFF}\n",
            "line 4: designs.A: cannot settle this scenario: netting: clearing_agent NOBODEFF",
        ),
        ("  {}\n", "designs must have at least one design"),
    ],
)
def test_a_design_that_cannot_be_used_is_refused_with_line_and_key(
    tmp_path: Path, scenario: Scenario, text: str, message: str
) -> None:
    path = _file(tmp_path, _HEAD + text)
    with pytest.raises(InputError, match="^" + re.escape(str(path))) as error:
        choose_designs(scenario, file=path)
    assert message in str(error.value)


def test_all_problems_of_a_file_are_named_together(tmp_path: Path, scenario: Scenario) -> None:
    text = _HEAD + "  gross: {}\n  A: {based_on: nothing}\n  '?': {}\n"
    with pytest.raises(InputError, match="3 problems"):
        choose_designs(scenario, file=_file(tmp_path, text))


def test_a_named_file_that_cannot_be_used_is_refused(tmp_path: Path, scenario: Scenario) -> None:
    bare = _file(tmp_path, "bypass: {depth: 0}\n", "bare.yaml")
    late = _file(tmp_path, "offsetting:\n- {algorithm: bilateral_pass, at: ['03:00']}\n", "l.yaml")
    several = _file(tmp_path, _HEAD + "  A: {}\n")
    for named, message in (
        ([f"Mine={bare}"], f"{bare}: line 1: bypass.depth 0 is not from 1 to 1000"),
        ([f"Mine={late}"], f"{late}: line 2: offsetting[0].at[0] '03:00' is outside"),
        (
            [f"Mine={several}"],
            f"{several}: this file holds several designs: give it with designs_file",
        ),
        ([f"gross={bare}"], "design 'gross': is the name of a design that is there already"),
        ([f"={bare}"], "design '': is not a valid name"),
        (["gross", "gross"], "design 'gross' is given twice"),
        (["Mine=nowhere.yaml"], "nowhere.yaml"),
        (["Mine"], "no design 'Mine': there are gross"),
    ):
        with pytest.raises(InputError) as error:
            choose_designs(scenario, named)
        assert message in str(error.value)
    text = _HEAD + "  A: {}\n"
    with pytest.raises(InputError, match="design 'A' is given twice"):
        choose_designs(scenario, ["A"], _file(tmp_path, text))

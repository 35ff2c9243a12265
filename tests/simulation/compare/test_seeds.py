"""Designs over seeds: figures by hand, and each day against its own settlement."""

import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.files import Scenario
from skontro.files.designs import Design
from skontro.model import InputError, InvariantBroken
from skontro.simulation.compare import DESIGNS, Outcome, SeedComparison, compare, compare_seeds
from skontro.simulation.compare import seeds as module
from skontro.simulation.compare.seeds import FIGURES
from skontro.simulation.generator import GeneratorSettings, generate
from skontro.statistics.mean_interval import mean_interval
from tests.simulation.compare.made_seeds import (
    DESIGN_NAMES,
    HALF,
    SETTLED,
    WHOLE,
    made_outcome,
    made_seeds,
)

SETTINGS = GeneratorSettings(countries=["KAZ", "KGZ"], payments_per_day=20, seed=99)
FIGURE_NAMES = [
    "settled_share",
    "delay_indicator",
    "liquidity_used_of_submitted",
    "interbank_share_by_corridor",
    "interbank_share_by_member",
]


def chosen(_first: Scenario) -> dict[str, Design]:
    return {name: DESIGNS[name] for name in DESIGN_NAMES}


def test_figures_have_a_row_for_each_seed_degree_and_design() -> None:
    made = made_seeds()
    table = made.figures
    assert table.columns == ["seed", "degree", "design", *FIGURE_NAMES]
    assert table.select("seed", "degree", "design").rows() == [
        (seed, degree, design)
        for seed in (3, 1, 2)
        for degree in ("0.500000", "1.000000")
        for design in DESIGN_NAMES
    ]
    assert table["settled_share"].to_list() == [one / 100 for each in SETTLED for one in each]
    assert table["delay_indicator"][10] == 0.3
    assert table["liquidity_used_of_submitted"][10] == 0.35
    assert table["interbank_share_by_corridor"].to_list() == [1.0] * 18
    assert table["interbank_share_by_member"].to_list() == [1.0] * 18
    third = made_outcome("gross", HALF, 0, delay=Fraction(1, 3))
    assert made_seeds(
        seeds=(1,), degrees=(HALF,), designs=("gross",), outcomes=((third,),)
    ).figures["delay_indicator"].to_list() == [0.333333]  # fmt: skip


def test_intervals_are_of_pairs() -> None:
    made = made_seeds()
    table = made.intervals
    assert table.select("degree", "design", "figure").rows() == [
        (degree, design, figure)
        for degree in ("0.500000", "1.000000")
        for design in DESIGN_NAMES
        for figure in FIGURE_NAMES
    ]
    assert table["seeds"].to_list() == [3] * 30
    # Differences 20, 10 and 30 hundredths: mean 20, deviation 10, and t with 2 degrees 4.302653.
    reach = 4.302653 * 0.1 / 3**0.5
    [row] = table.filter(degree="0.500000", design="together", figure="settled_share").rows()
    assert row[4] == 0.35
    assert row[7:] == pytest.approx((0.2, 0.2 - reach, 0.2 + reach), abs=1e-6)
    mean = mean_interval([Fraction(30, 100), Fraction(30, 100), Fraction(45, 100)], Decimal("0.95"))
    assert made.mean("settled_share", "together", HALF) == mean
    assert row[5:7] == (round(mean.low or 0, 6), round(mean.high or 0, 6))
    [base] = table.filter(degree="1.000000", design="gross", figure="settled_share").rows()
    assert base[4] == 0.55
    assert base[7:] == (None, None, None)
    [delay] = table.filter(degree="1.000000", design="together", figure="delay_indicator").rows()
    assert delay[7:] == (-0.1, -0.1, -0.1)


def test_another_baseline_and_confidence() -> None:
    made = made_seeds(baseline="together", confidence=Decimal("0.5"))
    assert made.difference("settled_share", "together", HALF) is None
    assert made.difference("settled_share", "gross", HALF) == mean_interval(
        [Fraction(-20, 100), Fraction(-10, 100), Fraction(-30, 100)], Decimal("0.5")
    )
    assert repr(made) == "<SeedComparison 'Made days': 3 seeds, 3 designs, baseline together>"


def test_seeds_without_a_figure_are_left_out() -> None:
    def without_delay(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        return tuple(attrs.evolve(one, delay=None) for one in outcomes)

    first, second, third = made_seeds().outcomes
    gap = made_seeds(outcomes=(first, without_delay(second), third))
    mean = gap.mean("delay_indicator", "bypass", HALF)
    difference = gap.difference("delay_indicator", "bypass", HALF)
    assert mean is not None
    assert difference is not None
    assert (mean.figures, difference.figures) == (2, 2)
    assert mean.mean == Fraction(88 + 85, 200)
    none = made_seeds(outcomes=tuple(without_delay(each) for each in (first, second, third)))
    assert none.mean("delay_indicator", "bypass", HALF) is None
    assert none.difference("delay_indicator", "bypass", HALF) is None
    rows = none.intervals.filter(degree="0.500000", design="bypass", figure="delay_indicator")
    assert rows.rows()[0][3:] == (0, *[None] * 6)
    assert none.figures["delay_indicator"].null_count() == 18


def test_notebooks_see_means_with_their_reach() -> None:
    html = made_seeds()._repr_html_()
    assert "3 seeds, 3 designs, baseline gross; paired t intervals of 95%, in" in html
    assert ">35.00 ± 21.51<" in html
    assert ">20.00 ± 24.84<" in html
    assert ">-10.00 ± 0.00<" in html
    assert html.count("<tr>") == 7
    assert ">gross, 50.0%<" in html
    assert "intervals of 99.9%," in made_seeds(confidence=Decimal("0.999"))._repr_html_()
    alone = made_seeds(seeds=(3,), outcomes=made_seeds().outcomes[:1])._repr_html_()
    assert "1 seed, 3 designs" in alone
    assert ">30.00<" in alone


def test_each_day_is_settled_under_every_design(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, str, str, Fraction]] = []
    days = {
        generate(attrs.evolve(SETTINGS, seed=seed)).payments["uetr"][0]: seed for seed in (4, 5)
    }

    def outcome_of(day: Scenario, name: str, design: Design, degree: Fraction) -> Outcome:
        assert design is DESIGNS[name]
        asked.append((days[day.payments["uetr"][0]], name, design.name, degree))
        return made_outcome(name, degree, len(asked))

    monkeypatch.setattr(module, "outcome_of", outcome_of)
    seen: list[tuple[int, int]] = []
    compared = compare_seeds(
        SETTINGS,
        [5, 4],
        lambda first: chosen(first) if days[first.payments["uetr"][0]] == 5 else {},
        [WHOLE, HALF, WHOLE],
        baseline="bypass",
        confidence=Decimal("0.9"),
        processes=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert asked == [
        (seed, name, name, degree)
        for seed in (5, 4)
        for degree in (HALF, WHOLE)
        for name in DESIGN_NAMES
    ]
    assert seen == [(1, 2), (2, 2)]
    assert compared == SeedComparison(
        name="KAZ, KGZ, 2019-09-17",
        designs=DESIGN_NAMES,
        definitions=chosen(generate(SETTINGS)),
        degrees=(HALF, WHOLE),
        seeds=(5, 4),
        baseline="bypass",
        confidence=Decimal("0.9"),
        outcomes=tuple(
            tuple(
                made_outcome(name, degree, number + 3 * place + 6 * each + 1)
                for place, degree in enumerate((HALF, WHOLE))
                for number, name in enumerate(DESIGN_NAMES)
            )
            for each in (0, 1)
        ),
    )
    plain = compare_seeds(SETTINGS, iter([5, 4]), chosen, [WHOLE], processes=1)
    assert (plain.baseline, plain.confidence) == ("gross", Decimal("0.95"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seeds": [1]}, "seeds: give two or more; one by itself has no spread"),
        ({"seeds": []}, "seeds: give two or more"),
        ({"seeds": [1, 2, 1]}, "seeds: 1 is given twice"),
        ({"confidence": Decimal(1)}, "confidence: 1 is not above 0 and below 1, such as 95%"),
        ({"confidence": Decimal(0)}, "confidence: 0 is not above 0"),
        ({"baseline": "grss"}, "baseline: 'grss' is not one of gross, together, bypass"),
        ({"processes": 0}, "processes: 0 is not at least 1"),
    ],
)
def test_arguments_that_cannot_be_used(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"seeds": [1, 2], "processes": 1, **changed}
    seeds = arguments.pop("seeds")
    with pytest.raises(InputError, match=message):
        compare_seeds(SETTINGS, seeds, chosen, [WHOLE], **arguments)


def test_no_more_processes_than_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert [module._workers(None, tasks) for tasks in (2, 4, 5)] == [2, 4, 4]
    assert [module._workers(asked, 3) for asked in (1, 3, 4)] == [1, 3, 3]
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert module._workers(None, 5) == 1


@pytest.mark.long
def test_processes_give_the_outcomes_of_each_day() -> None:
    parallel = compare_seeds(SETTINGS, (3, 1), chosen, [HALF, WHOLE], processes=2)
    assert parallel == compare_seeds(SETTINGS, (3, 1), chosen, [HALF, WHOLE], processes=1)
    for seed, outcomes in zip((3, 1), parallel.outcomes, strict=True):
        day = generate(attrs.evolve(SETTINGS, seed=seed))
        assert outcomes == compare(day, chosen(day), [HALF, WHOLE]).outcomes
    assert parallel.outcomes[0] != parallel.outcomes[1]


@pytest.mark.long
def test_a_process_that_ends_early_is_explained(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    call = "sk.compare_seeds([1, 2], processes=2, designs='gross', countries=['KAZ', 'KGZ'], "
    script.write_text(f"import skontro as sk\n{call}payments_per_day=20)\n", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("skontro.model.errors.InputError: a process ended before its work")
    assert '__name__ == "__main__"' in last


def test_broken_invariants_pass_from_process_to_process() -> None:
    error = pickle.loads(pickle.dumps(InvariantBroken("sum of postings", "1 is not 0")))
    assert str(error) == "invariant broken: sum of postings: 1 is not 0"
    assert (error.invariant, error.evidence) == ("sum of postings", "1 is not 0")


def test_the_figures_are_named_as_documented() -> None:
    assert list(FIGURES) == FIGURE_NAMES

"""Designs compared: on one scenario, and on generated days of many seeds."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from skontro.api.scenarios import (
    PathLike,
    exact_share,
    generator_settings,
    scenario_of,
    several,
)
from skontro.files import Scenario
from skontro.model import InputError
from skontro.simulation.compare import (
    Comparison,
    SeedComparison,
    choose_designs,
    comparison_csv,
    parse_degree,
)
from skontro.simulation.compare import compare as compare_designs
from skontro.simulation.compare import compare_seeds as compare_generated
from skontro.simulation.compare.designs import DEGREES


def compare(
    scenario: Scenario | PathLike,
    *,
    designs: str | Sequence[str] = (),
    designs_file: PathLike | None = None,
    degrees: str | Sequence[str] = (),
    skip_invalid: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Settle a scenario under several designs and degrees of liquidity.

    Args:
        scenario: an object, or a path as for `read_scenario`.
        designs: names of built-in designs such as "gross", "scenario" for its own rules, or
            "NAME=FILE" for a rulebook in a file; by default all built-in ones.
        designs_file: a file of your own designs; all of them are compared.
        degrees: parts of the scenario's liquidity such as "35%"; by default five of them.
        skip_invalid: for a path: leave out refused rows.
        progress: called with the numbers of completed and of all settlements.

    Raises:
        RowsRefused: rows of the files are refused.
        InputError: a design does not exist, or a currency has no rate.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.compare(small_day(), designs=["gross", "bypass"], degrees="100%")
        <Comparison 'Small day': 2 designs, 1 degree of liquidity>
    """
    chosen = scenario_of(scenario, skip_invalid=skip_invalid)
    file = None if designs_file is None else Path(designs_file)
    compared = choose_designs(chosen, several(designs), file)
    parts = [parse_degree(text) for text in several(degrees)] or list(DEGREES)
    return compare_designs(chosen, compared, parts, progress)


def compare_seeds(
    seeds: Iterable[int],
    *,
    designs: str | Sequence[str] = (),
    designs_file: PathLike | None = None,
    degrees: str | Sequence[str] = "100%",
    baseline: str | None = None,
    confidence: Decimal | str = "95%",
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,  # noqa: ANN401  those of `generate`, which checks them
) -> SeedComparison:
    """Compare designs on generated days of many seeds, with paired confidence intervals.

    Every design settles the same days. The interval of a design's mean difference to the baseline
    is the paired t interval over the seeds. The same arguments give the same figures with any
    number of processes.

    Args:
        seeds: seeds of the generated days, two or more, such as range(1, 21).
        designs: as for `compare`; by default all built-in ones.
        designs_file: as for `compare`.
        degrees: parts of the generated liquidity such as "35%".
        baseline: the design that the others are compared with; by default the first.
        confidence: of each interval, text or a decimal between 0 and 1.
        processes: how many work at a time; by default one for each processor. In a script, more
            than one need the call under ``if __name__ == "__main__":``.
        progress: called with the numbers of settled and of all seeds.
        settings: those of `generate`, without the seed.

    Raises:
        InputError: an argument cannot be used, or there are no data for the days.

    Example:
        >>> import skontro as sk
        >>> compared = sk.compare_seeds(
        ...     range(1, 4), designs=["gross", "together"], processes=1,
        ...     countries=["KAZ", "KGZ"], payments_per_day=20,
        ... )
        >>> compared.intervals.filter(figure="settled_share").select("design", "seeds").rows()
        [('gross', 3), ('together', 3)]
    """
    if "seed" in settings:
        raise InputError("seed: give seeds, two or more, in its place")
    chosen = generator_settings(**settings)
    file = None if designs_file is None else Path(designs_file)
    return compare_generated(
        chosen,
        seeds,
        lambda scenario: choose_designs(scenario, several(designs), file),
        [parse_degree(text) for text in several(degrees)],
        baseline=baseline,
        confidence=exact_share("confidence", confidence),
        processes=processes,
        progress=progress,
    )


def comparison_table(comparison: Comparison) -> pl.DataFrame:
    """A comparison as a table: one row for each degree of liquidity and design.

    Args:
        comparison: what `compare` returned.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> table = sk.comparison_table(sk.compare(small_day(), designs="gross", degrees="100%"))
        >>> table["settled_orders"].to_list()
        [2]
    """
    return comparison_csv(comparison)

"""Comparisons over seeds with made figures, without settling anything."""

from decimal import Decimal
from fractions import Fraction
from functools import cache

import attrs

from skontro.simulation.compare import DESIGNS, Outcome, SeedComparison
from skontro.simulation.compare.comparison import outcome_of
from skontro.statistics import Tally
from skontro.testing import small_day

DESIGN_NAMES = ("gross", "together", "bypass")
HALF, WHOLE = Fraction(1, 2), Fraction(1)
#: Hundredths of the value settled: for each seed, by degree, gross then together then bypass.
SETTLED = ((10, 30, 12, 50, 60, 55), (20, 30, 25, 60, 70, 50), (15, 45, 15, 55, 65, 60))


@cache
def _settled() -> Outcome:
    return outcome_of(small_day(), "gross", DESIGNS["gross"], WHOLE)


def made_outcome(
    design: str, degree: Fraction, settled: int, delay: Fraction | None = None
) -> Outcome:
    """An outcome in which so many hundredths of the value settled; delay is the rest."""
    return attrs.evolve(
        _settled(),
        design=design,
        degree=degree,
        submitted=Tally(100, 10_000),
        settled=Tally(settled, settled * 100),
        delay=Fraction(100 - settled, 100) if delay is None else delay,
        used=settled * 50,
    )


def made_seeds(**changed: object) -> SeedComparison:
    """Three seeds, two degrees and three designs with the figures of `SETTLED`."""
    places = [(design, degree) for degree in (HALF, WHOLE) for design in DESIGN_NAMES]
    made = SeedComparison(
        name="Made days",
        designs=DESIGN_NAMES,
        definitions={name: DESIGNS[name] for name in DESIGN_NAMES},
        degrees=(HALF, WHOLE),
        seeds=(3, 1, 2),
        baseline="gross",
        confidence=Decimal("0.95"),
        outcomes=tuple(
            tuple(
                made_outcome(*place, settled) for place, settled in zip(places, each, strict=True)
            )
            for each in SETTLED
        ),
    )
    return attrs.evolve(made, **changed)

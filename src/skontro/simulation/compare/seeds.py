"""Designs compared on generated days of several seeds, pair by pair, with confidence intervals.

Every design settles the same days, so the differences of a design to the baseline are paired by
seed: what all designs owe to a hard or an easy day cancels out.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs
import polars as pl

from skontro.files import Scenario
from skontro.files.designs import Design
from skontro.files.notebook import counted, html_table, with_plot
from skontro.model import InputError
from skontro.simulation.compare.comparison import Outcome, Progress, outcome_of
from skontro.simulation.generator import GeneratorSettings, generate
from skontro.statistics import decimal_text, ratio
from skontro.statistics.mean_interval import MeanInterval, mean_interval

#: Confidence of the intervals unless another is given.
CONFIDENCE: Final = Decimal("0.95")
_PLACES: Final = 6

#: The compared figures; all of them are shares, from 0 to 1.
FIGURES: Final[Mapping[str, Callable[[Outcome], Fraction | None]]] = {
    "settled_share": lambda outcome: outcome.settled_share,
    "delay_indicator": lambda outcome: outcome.delay,
    "liquidity_used_of_submitted": lambda outcome: ratio(outcome.used, outcome.submitted.total),
    "interbank_share_by_corridor": lambda outcome: outcome.interbank.by_corridor.share,
    "interbank_share_by_member": lambda outcome: outcome.interbank.by_member.share,
}

_FIGURES_SCHEMA: Final = {
    "seed": pl.Int64,
    "degree": pl.String,
    "design": pl.String,
    **dict.fromkeys(FIGURES, pl.Float64),
}
_INTERVALS_SCHEMA: Final = {
    "degree": pl.String,
    "design": pl.String,
    "figure": pl.String,
    "seeds": pl.Int64,
    "mean": pl.Float64,
    "mean_low": pl.Float64,
    "mean_high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
}


@attrs.frozen(kw_only=True)
class SeedComparison:
    """The outcomes of all designs on generated days of several seeds.

    Attributes:
        name: name of the generated days.
        designs: their names, in the order in which they were given.
        definitions: description of each, by name.
        degrees: parts of the generated liquidity, ascending.
        seeds: in the order in which they were given.
        baseline: the design that the others are compared with.
        confidence: of the intervals.
        outcomes: for each seed, by degree and then by design.

    Example:
        >>> import skontro as sk
        >>> few = {"countries": ["KAZ", "KGZ"], "payments_per_day": 20}
        >>> sk.compare_seeds([1, 2], designs=["gross", "bypass"], processes=1, **few)
        <SeedComparison 'KAZ, KGZ, 2019-09-17': 2 seeds, 2 designs, baseline gross>
    """

    name: str
    designs: tuple[str, ...]
    definitions: Mapping[str, Design]
    degrees: tuple[Fraction, ...]
    seeds: tuple[int, ...]
    baseline: str
    confidence: Decimal
    outcomes: tuple[tuple[Outcome, ...], ...]

    @property
    def figures(self) -> pl.DataFrame:
        """A row for each seed, degree and design; shares as floats, rounded to six places."""
        rows = [
            (
                seed,
                decimal_text(outcome.degree, _PLACES),
                outcome.design,
                *(_rounded(figure(outcome)) for figure in FIGURES.values()),
            )
            for seed, outcomes in zip(self.seeds, self.outcomes, strict=True)
            for outcome in outcomes
        ]
        return pl.DataFrame(rows, schema=_FIGURES_SCHEMA, orient="row")

    @property
    def intervals(self) -> pl.DataFrame:
        """A row for each degree, design and figure, with means and paired differences.

        Each interval is Student's, with the confidence of the comparison. A difference is that of
        the design to the baseline on the same seed; the baseline itself has none. Seeds on which
        a design has no such figure are left out.
        """
        rows = []
        for degree in self.degrees:
            for design in self.designs:
                for figure in FIGURES:
                    mean = self.mean(figure, design, degree)
                    difference = self.difference(figure, design, degree)
                    rows.append(
                        (
                            decimal_text(degree, _PLACES),
                            design,
                            figure,
                            0 if mean is None else mean.figures,
                            *_ends(mean),
                            *_ends(difference),
                        )
                    )
        return pl.DataFrame(rows, schema=_INTERVALS_SCHEMA, orient="row")

    def mean(self, figure: str, design: str, degree: Fraction) -> MeanInterval | None:
        """The mean of one of `FIGURES` over all seeds; None without a figure."""
        values = [one for one in self._values(figure, design, degree) if one is not None]
        return mean_interval(values, self.confidence) if values else None

    def difference(self, figure: str, design: str, degree: Fraction) -> MeanInterval | None:
        """The mean of its differences to the baseline; None for the baseline itself."""
        if design == self.baseline:
            return None
        pairs = zip(
            self._values(figure, design, degree),
            self._values(figure, self.baseline, degree),
            strict=True,
        )
        found = [one - base for one, base in pairs if one is not None and base is not None]
        return mean_interval(found, self.confidence) if found else None

    def _values(self, figure: str, design: str, degree: Fraction) -> list[Fraction | None]:
        place = self.degrees.index(degree) * len(self.designs) + self.designs.index(design)
        return [FIGURES[figure](outcomes[place]) for outcomes in self.outcomes]

    def __repr__(self) -> str:
        return f"<SeedComparison {self.name!r}: {self._size()}>"

    def _size(self) -> str:
        seeds, designs = counted(len(self.seeds), "seed"), counted(len(self.designs), "design")
        return f"{seeds}, {designs}, baseline {self.baseline}"

    def _repr_html_(self) -> str:
        """For notebooks: means and paired differences of value settled and delay."""
        percent = f"{(self.confidence * 100).normalize():f}"
        rows = [
            (
                f"{design}, {decimal_text(degree * 100, 1)}%",
                *(
                    _shown(found(figure, design, degree))
                    for figure in ("settled_share", "delay_indicator")
                    for found in (self.mean, self.difference)
                ),
            )
            for degree in self.degrees
            for design in self.designs
        ]
        note = f"{self._size()}; paired t intervals of {percent}%, in percentage points"
        head = ("Design", "Value settled, %", "to baseline", "Delay indicator, %", "to baseline")
        return with_plot(self, html_table(self.name, note, head, rows))


def compare_seeds(
    settings: GeneratorSettings,
    seeds: Iterable[int],
    choose: Callable[[Scenario], Mapping[str, Design]],
    degrees: Sequence[Fraction],
    *,
    baseline: str | None = None,
    confidence: Decimal = CONFIDENCE,
    processes: int | None = None,
    progress: Progress | None = None,
) -> SeedComparison:
    """Generate days of several seeds, and settle each under every design.

    The same arguments give the same figures with any number of processes.

    Args:
        settings: of the generator; its seed is replaced.
        seeds: two or more different ones.
        choose: gives the designs by name, from the days of the first seed.
        degrees: parts of the generated liquidity; put in order, and each taken once.
        baseline: name of the design to compare with; by default the first.
        confidence: of the intervals, above 0 and below 1.
        processes: how many work at a time; by default one for each processor, at most one for
            each seed. With 1 no other process is started.
        progress: called with the number of settled seeds and of all.

    Raises:
        InputError: an argument cannot be used, or there are no data for the days.
        InvariantBroken: a settlement contradicts itself.
    """
    seeds = _checked_seeds(seeds)
    if not 0 < confidence < 1:
        raise InputError(f"confidence: {confidence} is not above 0 and below 1, such as 95%")
    first = generate(attrs.evolve(settings, seed=seeds[0]))
    designs = dict(choose(first))
    baseline = next(iter(designs)) if baseline is None else baseline
    if baseline not in designs:
        raise InputError(f"baseline: {baseline!r} is not one of {', '.join(designs)}")
    degrees = tuple(sorted({*degrees}))
    tasks = [_Task(attrs.evolve(settings, seed=seed), designs, degrees) for seed in seeds]
    outcomes = []
    for done, settled in enumerate(_all_settled(tasks, _workers(processes, len(tasks)))):
        outcomes.append(settled)
        if progress is not None:
            progress(done + 1, len(tasks))
    return SeedComparison(
        name=first.name,
        designs=tuple(designs),
        definitions=designs,
        degrees=degrees,
        seeds=seeds,
        baseline=baseline,
        confidence=confidence,
        outcomes=tuple(outcomes),
    )


@attrs.frozen
class _Task:
    settings: GeneratorSettings
    designs: Mapping[str, Design]
    degrees: tuple[Fraction, ...]


def _all_settled(tasks: Sequence[_Task], workers: int) -> Iterator[tuple[Outcome, ...]]:
    """The outcomes of each task, in the order of the tasks."""
    if workers == 1:
        yield from map(_settled, tasks)
        return
    # A fork of a process with the threads of Polars may never end.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as executor:
        try:
            yield from executor.map(_settled, tasks)
        except BrokenProcessPool:
            raise InputError(
                "a process ended before its work was done: in a script, write the call under "
                'if __name__ == "__main__":, or give processes=1; with little memory, give fewer '
                "processes"
            ) from None


def _settled(task: _Task) -> tuple[Outcome, ...]:
    scenario = generate(task.settings)
    return tuple(
        outcome_of(scenario, name, design, degree)
        for degree in task.degrees
        for name, design in task.designs.items()
    )


def _checked_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    found = tuple(seeds)
    if len(found) < 2:
        raise InputError("seeds: give two or more; one by itself has no spread")
    twice = [seed for place, seed in enumerate(found) if seed in found[:place]]
    if twice:
        raise InputError(f"seeds: {twice[0]} is given twice; each would count as a day of its own")
    return found


def _workers(processes: int | None, tasks: int) -> int:
    if processes is None:
        return min(os.cpu_count() or 1, tasks)
    if processes < 1:
        raise InputError(f"processes: {processes} is not at least 1")
    return min(processes, tasks)


def _rounded(share: Fraction | float | None) -> float | None:
    return None if share is None else round(float(share), _PLACES)


def _ends(interval: MeanInterval | None) -> tuple[float | None, float | None, float | None]:
    if interval is None:
        return None, None, None
    return _rounded(interval.mean), _rounded(interval.low), _rounded(interval.high)


def _shown(interval: MeanInterval | None) -> str:
    """Per cent, with how far the interval reaches."""
    if interval is None:
        return ""
    reach = "" if interval.half_width is None else f" ± {interval.half_width * 100:.2f}"
    return f"{decimal_text(interval.mean * 100, 2)}{reach}"

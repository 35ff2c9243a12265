"""The designs of a comparison, each described in a few words."""

from skontro.files.designs import Design
from skontro.model import (
    CYCLE_PRESETS,
    CycleLength,
    NettingRules,
    Rulebook,
    ScheduledRuns,
    interval_text,
    time_text,
)
from skontro.report.formatting import exact_percent, listed
from skontro.report.plots.comparison import design_word, word
from skontro.report.table import Table
from skontro.simulation.compare import Comparison
from skontro.simulation.compare.designs import TITLES


def design_table(comparison: Comparison) -> Table:
    """One row for each design, with its additions to gross settlement."""
    return Table(
        caption="The designs compared",
        head=("Design", "How orders settle", "Liquidity of the scenario"),
        words=3,
        rows=tuple(
            (design_word(name), design_in_words(design), _liquidity_in_words(design))
            for name, design in comparison.definitions.items()
        ),
    )


def design_in_words(design: Design) -> str:
    """How orders settle under a design."""
    mechanisms = _rulebook_in_words(design.rulebook)
    if design.netting is not None:
        mechanisms = [_netting_in_words(design.netting)]
    text = "; ".join(mechanisms) or "gross, first in first out"
    if design.description and design.name not in TITLES:
        return f"{design.description}: {text}"
    return text


def _rulebook_in_words(rulebook: Rulebook) -> list[str]:
    parts = []
    if rulebook.offset_on_entry:
        parts.append("offsetting on entry")
    if rulebook.bypass is not None:
        classes = listed(one.name.lower() for one in rulebook.bypass.classes)
        times = f"at most {rulebook.bypass.max_bypasses:,} times"
        parts.append(f"bypass of {classes} orders, {rulebook.bypass.depth} deep, {times}")
    if rulebook.when_queued is not None:
        grown = f"whenever {rulebook.when_queued.orders:,} more orders have queued"
        parts.append(f"{word(rulebook.when_queued.algorithm.name.lower())} {grown}")
    parts += [_runs_in_words(runs) for runs in rulebook.schedule]
    if rulebook.in_runs_only:
        parts.append("in runs only")
    return parts


def _runs_in_words(runs: ScheduledRuns) -> str:
    name = word(runs.algorithm.name.lower())
    if runs.every is not None:
        return f"{name} every {interval_text(runs.every)} h"
    return f"{name} at {listed(time_text(time) for time in runs.at)}"


def _netting_in_words(rules: NettingRules) -> str:
    residual = rules.residual.value.replace("_", " ")
    length = _length_in_words(rules.length)
    return f"{rules.netting} netting cycles, {length}; net positions paid {residual}"


def _length_in_words(length: CycleLength) -> str:
    for name, preset in CYCLE_PRESETS.items():
        if preset == length:
            return name.replace("_", " ")
    unit = length.unit.removesuffix("s") if length.number == 1 else length.unit
    return f"every {length.number} {unit}"


def _liquidity_in_words(design: Design) -> str:
    parts = design.liquidity
    kinds = (
        ("opening balances", parts.opening_balances),
        ("credit lines", parts.credit_lines),
        ("collateral", parts.collateral),
    )
    words = [f"{kind} {exact_percent(part)}" for kind, part in kinds if part != 1]
    if parts.opening_balances == parts.credit_lines == parts.collateral != 1:
        words = [f"{exact_percent(parts.collateral)} of it"]
    words += [f"without {kind}" for kind in ("reservations", "limits") if not getattr(design, kind)]
    return ", ".join(words) or "all of it"

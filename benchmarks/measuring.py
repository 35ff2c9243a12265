"""What every benchmark shares: a stopwatch, fair turns, the machine, tables and files.

Seconds and ratios are floats; they measure the machine and never touch an amount.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import attrs
from rich.console import Console
from rich.table import Table

#: Does its work once and returns the seconds that count, leaving its preparations out.
Trial: TypeAlias = Callable[[], float]
Cell: TypeAlias = str | int | float | None

stopwatch = time.perf_counter


@attrs.frozen
class Times:
    """Seconds of the same work done several times.

    Attributes:
        seconds: one for each repetition, in the order in which they were measured.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """The shortest: what the machine can do when nothing disturbs it."""
        return min(self.seconds)

    @property
    def worst(self) -> float:
        """The longest."""
        return max(self.seconds)


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = stopwatch()
    work()
    return stopwatch() - start


def interleave(trials: Mapping[str, Trial], repeats: int) -> dict[str, Times]:
    """Measure the trials in turns, A B A B, so that a slow moment of the machine meets all alike.

    One round before the first counts for nothing: it compiles, and fills the caches.
    """
    seconds: dict[str, list[float]] = {name: [] for name in trials}
    for turn in range(repeats + 1):
        for name, trial in trials.items():
            elapsed = trial()
            if turn:
                seconds[name].append(elapsed)
    return {name: Times(tuple(values)) for name, values in seconds.items()}


def environment() -> str:
    """One line on the machine and on the versions that matter for speed."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "polars"))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}, {packages}"
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@attrs.frozen
class Findings:
    """One table of results.

    Attributes:
        name: for the file.
        title: what was measured, in one line.
        columns: headings, with units.
        rows: one cell per heading.
        notes: what a reader must know to judge the figures.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()


def show(findings: Findings, console: Console) -> None:
    """Print the table."""
    table = Table(title=findings.title, title_justify="left")
    for place, heading in enumerate(findings.columns):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    for row in findings.rows:
        table.add_row(*(_text(cell) for cell in row))
    console.print(table)
    for note in findings.notes:
        console.print(f"  {note}", highlight=False)
    console.print()


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def write(findings: Findings, folder: Path) -> None:
    """Write the table to `<folder>/<name>.json`, with the machine it was measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"environment": environment(), **attrs.asdict(findings)}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / f"{findings.name}.json").write_text(text + "\n", encoding="utf-8")

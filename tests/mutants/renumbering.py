"""Carry traced lines over to a changed source, so that tests can be traced anew beside the others.

Tests that are traced later are noted under the lines of the source as it is then.
"""

import difflib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from coverage.numbits import numbits_to_nums, nums_to_numbits


def renumber(lines: Path, before: Path, after: Path) -> None:
    """Note all that was traced under the lines at which it stands now.

    Args:
        lines: what coverage.py has written of files in `after`; its numbits are public.
        before: the root of the source as it was traced; becomes that of `after`.
        after: the root of the source as it is.
    """
    with closing(sqlite3.connect(lines)) as data, data:
        files = data.execute("SELECT id, path FROM file").fetchall()
        for number, path in files:
            file = Path(path).relative_to(after)
            if not (before / file).exists() or not (after / file).exists():
                continue
            old, new = (root.joinpath(file).read_text().splitlines() for root in (before, after))
            if old != new:
                _renumber_file(data, number, moved_lines(old, new))
    for old_file in [path for path in before.rglob("*.py") if path.is_file()]:
        old_file.unlink()
    for new_file in after.joinpath("src").rglob("*.py"):
        target = before / new_file.relative_to(after)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(new_file, target)


def _renumber_file(data: sqlite3.Connection, number: int, moved: dict[int, int]) -> None:
    rows = data.execute(
        "SELECT rowid, numbits FROM line_bits WHERE file_id = ?", [number]
    ).fetchall()
    for row, numbits in rows:
        there = {moved[line] for line in numbits_to_nums(numbits) if line in moved}
        data.execute(
            "UPDATE line_bits SET numbits = ? WHERE rowid = ?", [nums_to_numbits(there), row]
        )


def moved_lines(old: list[str], new: list[str]) -> dict[int, int]:
    """Where each line stands now, from 1; one that was changed, where its change stands."""
    moved: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        if kind in {"equal", "replace"}:
            for place in range(first, last):
                share = (place - first) * (new_last - new_first) // (last - first)
                moved[place + 1] = new_first + share + 1
    return moved

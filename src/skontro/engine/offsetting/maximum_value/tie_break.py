"""Tie-break among identical candidates: the earlier ones settle."""

import numpy as np

from skontro.engine.offsetting.maximum_value.model import Problem, Selection


def break_ties(problem: Problem, selected: Selection) -> Selection:
    """The selection with the earlier candidates of each group of twins, in equal number.

    Twins are equal in value, rows and changes, so neither room nor value changes.
    """
    groups: dict[bytes, list[int]] = {}
    order = np.lexsort((problem.row, problem.column))
    entries = np.stack([problem.row[order].astype(np.int64), problem.change[order]], axis=1)
    ends = np.cumsum(np.bincount(problem.column, minlength=len(problem.value)))
    begin = 0
    for candidate, end in enumerate(ends.tolist()):
        key = problem.value[candidate].tobytes() + entries[begin:end].tobytes()
        groups.setdefault(key, []).append(candidate)
        begin = end
    fair = selected.copy()
    for twins in groups.values():
        fair[twins] = np.arange(len(twins)) < int(selected[twins].sum())
    return fair

"""The steps of the search for the largest value, number by number as they were approved.

A record that was written with one version is replayed with the next and must give the same bytes.
A search that is cut off settles what its steps have led to, so a step that merely looks elsewhere
than before settles something else, although every answer is permitted and every bound holds.

`python -m tests.engine.offsetting.maximum_value.test_recorded_steps` writes the approved steps
anew.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from skontro.engine.offsetting.maximum_value import proof, queue_model
from skontro.engine.offsetting.maximum_value import solve as methods
from skontro.engine.offsetting.maximum_value.cuts import Cuts, find_cuts
from skontro.engine.offsetting.maximum_value.model import Selection
from skontro.engine.offsetting.maximum_value.program import solve_program
from skontro.engine.offsetting.maximum_value.proof import Proof
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.maximum_value.queue_rows import order_problem
from skontro.engine.offsetting.maximum_value.repair import make_settle
from skontro.engine.offsetting.maximum_value.rounding_cuts import find_rounding_cuts
from skontro.engine.offsetting.maximum_value.rows import make_table
from skontro.engine.offsetting.maximum_value.search import Search
from skontro.engine.offsetting.maximum_value.solve import Problem, maximise_value
from tests.engine.offsetting.maximum_value.test_small_queues import ENOUGH, worth_of
from tests.engine.offsetting.small_queues import draw_small_queues

_APPROVED = Path(__file__).parent / "approved"


def draw_problem(seed: int, orders: int = 40, accounts: int = 8, scarce: int = 4) -> Problem:
    """Orders of very different sizes between few accounts of two currencies, some as pairs of
    legs, and some accounts with a second row, as a limit would give them.
    """
    draw = random.Random(seed)
    entries: dict[tuple[int, int], int] = {}
    value = []
    limited = draw.sample(range(accounts), accounts // 2)
    for candidate in range(orders):
        value.append(0)
        for currency in (0, 1) if draw.random() < 0.2 else (draw.randrange(2),):
            payer, payee = draw.sample(range(currency, accounts, 2), 2)
            amount = 1 + int(2 ** (10 * draw.random()))
            value[-1] += amount * (3 if currency else 2)
            for account, change in ((payer, amount), (payee, -amount)):
                entries[candidate, account] = change
                if account in limited:
                    entries[candidate, accounts + limited.index(account)] = change
    capacity = [draw.randrange(1024 // scarce) for _ in range(accounts)]
    capacity += [capacity[account] // 2 for account in limited]
    return Problem(
        value=np.array(value, np.int64),
        row=np.array([row for _, row in entries], np.int32),
        column=np.array([candidate for candidate, _ in entries], np.int32),
        change=np.array(list(entries.values()), np.int64),
        capacity=np.array(capacity, np.int64),
        currency=np.array([*(a % 2 for a in range(accounts)), *(-1 for _ in limited)], np.int32),
    )


def draw_share(draw: random.Random, candidates: int) -> npt.NDArray[np.float64]:
    """Parts of candidates as a relaxation settles them: most of them none or whole."""
    parts = [0.0, 0.0, 1.0, 1.0, 0.5, *(k / 16 for k in range(1, 16))]
    return np.array([draw.choice(parts) for _ in range(candidates)])


def _places(selected: Selection) -> str:
    return " ".join(map(str, np.flatnonzero(selected).tolist()))


def _cuts(cuts: Cuts) -> Iterator[str]:
    for cut in range(len(cuts)):
        begin, end = cuts.start[cut : cut + 2].tolist()
        entries = zip(cuts.column[begin:end].tolist(), cuts.change[begin:end].tolist(), strict=True)
        together = " ".join(f"{column}:{change}" for column, change in entries)
        yield f"  {together} <= {cuts.capacity[cut]}, scale {cuts.scale[cut]:.0f}"


def repairs() -> Iterator[str]:
    """A selection that settles, near wishes that do not."""
    for seed in range(30):
        table = make_table(draw_problem(seed, orders=30, scarce=2 + 3 * (seed % 3)))
        draw = random.Random(seed)
        wish = np.array([draw.random() < 0.5 for _ in table.value])
        allowed = np.array([draw.random() < 0.9 for _ in table.value])
        yield f"{seed}: {_places(make_settle(table, wish, allowed))}"


def cuts() -> Iterator[str]:
    """Cuts of both kinds at drawn parts."""
    for seed in range(8):
        table = make_table(draw_problem(seed, orders=16, accounts=6))
        for attempt in range(2):
            share = draw_share(random.Random(10 * seed + attempt), len(table.value))
            yield f"{seed} {attempt}: by cover"
            yield from _cuts(find_cuts(table, share))
            yield f"{seed} {attempt}: by rounding"
            yield from _cuts(find_rounding_cuts(table, share))


def _cut_off(found: Search | Proof) -> str:
    return (
        f"{found.value} to {found.bound}, work {found.work}, "
        f"branched {found.branched}: {_places(found.selected)}"
    )


def searches() -> Iterator[str]:
    """The search cut off at several budgets."""
    for seed in range(6):
        few = seed >= 2
        table = make_table(
            draw_problem(seed, orders=24 if few else 130, accounts=10, scarce=8 if few else 4)
        )
        for budget in (8, 150) if few else (3, 20, 90):
            search = Search(table, np.zeros(len(table.value), np.bool_), budget)
            search.run()
            yield f"{seed} {budget}: {_cut_off(search)}"


def proofs() -> Iterator[str]:
    """Proofs cut off at several budgets, with few steps at each node."""
    for seed in range(4):
        problem = draw_problem(seed, orders=50 if seed == 3 else 36)
        for budget in (15, 200):
            proof = Proof(problem, np.zeros(len(problem.value), np.bool_), budget)
            proof.run()
            yield f"{seed} {budget}: {_cut_off(proof)}"


def whole() -> Iterator[str]:
    """All methods, one after the other, on what counts as few, small and many candidates."""
    for seed in range(6):
        problem = draw_problem(seed, orders=(12, 40, 70)[seed % 3])
        for budget in (1, 80):
            found = maximise_value(problem, np.zeros(len(problem.value), np.bool_), budget)
            yield (
                f"{seed} {budget}: {found.value} to {found.bound}, work {found.work}: "
                f"{_places(found.selected)}"
            )


def programs() -> Iterator[str]:
    """The integer program cut off after so many nodes and steps."""
    for seed in range(3):
        table = make_table(draw_problem(seed, orders=70, scarce=16))
        for nodes, steps in ((0, 300), (9, 3), (9, 30)):
            answer = solve_program(table, np.zeros(len(table.value), np.bool_), nodes, steps)
            yield f"{seed} {nodes} {steps}: {answer.iterations}: {_places(answer.wish)}"


def rows_of_queues() -> Iterator[str]:
    """The problem of small queues with limits, reservations and legs, entry by entry."""
    for seed in range(12):
        snapshot = draw_small_queues(seed)
        made = order_problem(snapshot, worth_of(snapshot))
        problem = made.problem
        yield f"{seed}: candidates {made.candidate.tolist()}, need {made.permission.tolist()}"
        yield f"  values {problem.value.tolist()}"
        for row, (capacity, currency) in enumerate(
            zip(problem.capacity, problem.currency, strict=True)
        ):
            inside = problem.row == row
            columns = zip(
                problem.column[inside].tolist(), problem.change[inside].tolist(), strict=True
            )
            together = " ".join(f"{column}:{change}" for column, change in columns)
            yield f"  {together} <= {capacity}, currency {currency}"


def queues() -> Iterator[str]:
    """Queues whose proofs meet contradictions, from permissions that are given first."""
    for seed in (2, 3, 31, 55):
        snapshot = draw_small_queues(seed)
        worth = worth_of(snapshot)
        for budget in (0, 4, 60):
            found = maximum_value(snapshot, budget, worth)
            yield (
                f"{seed} {budget}: {found.value} to {found.bound}, work {found.work}: "
                f"{_places(found.selected)}"
            )
        problem = order_problem(snapshot, worth).problem
        nothing = np.zeros(len(problem.value), np.bool_)
        search = Search(make_table(problem), nothing, ENOUGH)
        proof = Proof(problem, nothing, ENOUGH)
        for one in (search, proof):
            one.run()
            yield (
                f"{seed} alone: {one.value} to {one.bound}, work {one.work}, "
                f"branched {one.branched}: {_places(one.selected)}"
            )


STEPS: dict[str, Callable[[], Iterator[str]]] = {
    one.__name__: one
    for one in (repairs, cuts, searches, proofs, programs, whole, rows_of_queues, queues)
}


def set_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which small problems take the ways of large ones."""
    monkeypatch.setattr(proof, "_STEPS_AT_NODE", 8)
    monkeypatch.setattr(queue_model, "_MANY", 0)
    monkeypatch.setattr(methods, "_FEW", 15)
    monkeypatch.setattr(methods, "_SMALL", 45)
    monkeypatch.setattr(methods, "_MANY", 50)


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_those_approved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_sizes(monkeypatch)
    approved = (_APPROVED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert list(STEPS[name]()) == approved


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        set_sizes(patch)
        for name, steps in STEPS.items():
            text = "".join(f"{line}\n" for line in steps())
            (_APPROVED / f"{name}.txt").write_text(text, encoding="utf-8")

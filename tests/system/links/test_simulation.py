"""Links over a bad network, with crashes, wrong clocks, backups and lies: nothing breaks.

`SKONTRO_LINK_SEEDS=1000000 pytest tests/system/links/test_simulation.py -m long` runs as many.
"""

import os
from typing import Any

import pytest

from skontro.system.links.phases import Phase
from skontro.system.links.protocol import Table, index_rows
from tests.draws import seeds
from tests.system.links.instructed import D
from tests.system.links.simulation.world import LIES, Trouble, World, run
from tests.system.links.wrong_variants import VARIANTS

PARTS = 20
SEEDS = int(os.environ.get("SKONTRO_LINK_SEEDS", "100000"))


def violations(seed: int, trouble: Trouble, table: Table | None = None) -> list[str]:
    return run(seed, trouble, table).violations()


@pytest.mark.parametrize("seed", seeds(range(60)))
def test_a_run_ends_well(seed: int) -> None:
    assert violations(seed, Trouble()) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_many_runs_end_well(part: int) -> None:
    for seed in range(part * SEEDS // PARTS, (part + 1) * SEEDS // PARTS):
        found = violations(seed, Trouble())
        assert found == [], f"seed {seed}"


def test_the_same_seed_is_the_same_run() -> None:
    one, other = run(7, Trouble()), run(7, Trouble())
    assert one.received == other.received
    assert [s.keep()["links"] for s in one.systems.values()] == [
        s.keep()["links"] for s in other.systems.values()
    ]
    assert run(8, Trouble()).received != one.received


def test_runs_reach_all_ends() -> None:
    ends = {
        state.phase
        for seed in range(24)
        for system in run(seed, Trouble()).systems.values()
        for state in system.links.values()
    }
    assert ends >= {
        Phase.COMMITTED,
        Phase.ABORTED,
        Phase.COMPLETED,
        Phase.RELEASED,
        Phase.REFUSED,
    }


def test_without_trouble_all_covered_links_commit() -> None:
    calm = Trouble(loss=0, double=0, crash=0, partition=0, restore=0, close=0, cancel=0)
    for seed in range(12):
        world = run(seed, calm)
        if len(world.terms) == 1 and all(rich(world, name) for name in world.systems):
            assert world.systems[D].links[world.terms[0].link].phase == Phase.COMMITTED


def rich(world: World, name: str) -> bool:
    return world.systems[name].ledger.total >= 60 + 30


#: Faults of a system around the protocol, with the seeds that are enough to find each.
CARELESS: dict[str, tuple[Trouble, int]] = {
    "a restored system opens without asking its peers": (
        Trouble(restore=1, compares_heads=False),
        300,
    ),
    "statements of before the restore still count": (
        Trouble(restore=1, refuses_old_claims=False),
        20_000,
    ),
    "statements leave before they are durable": (Trouble(crash=0.2, sends_early=True), 3_000),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_system_is_found(name: str) -> None:
    trouble, most = CARELESS[name]
    assert any(violations(seed, trouble) for seed in range(most))


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "a follower's bank takes its money back",
        "prepared is sent before the earmark is durable",
        "the decider commits before all are prepared",
        "a follower takes another statement for the abort, without proof",
    ],
)
def test_a_wrong_variant_is_found(name: str) -> None:
    rows: Any = next(variant[3] for variant in VARIANTS if variant[0] == name)
    table = index_rows(rows)
    assert any(violations(seed, Trouble(), table) for seed in range(1_000))


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_attributed_to_the_liar_alone(lie: str) -> None:
    check_lies(lie, range(12))


@pytest.mark.long
@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_attributed_to_the_liar_alone(lie: str) -> None:
    accused = check_lies(lie, range(3_000))
    assert accused > 50


def check_lies(lie: str, drawn: range) -> int:
    """Check the accused of each run; gives the number of runs with one."""
    found = 0
    for seed in drawn:
        world = run(seed, Trouble(lie=lie, restore=0))
        accused = world.accused()
        assert accused <= {world.liar}, f"seed {seed}"
        broken = [one for one in world.violations() if one != "a link has not ended"]
        assert not broken or accused == {world.liar}, f"seed {seed}"
        found += bool(accused)
    return found


def test_nothing_is_accused_where_nothing_lies() -> None:
    for seed in range(15):
        assert run(seed, Trouble(restore=0)).accused() == set()


def test_a_system_that_is_shut_hears_nothing() -> None:
    world = World(3, Trouble())
    world.shut[D] = {"UZ-RTGS"}
    assert not world.works(D)
    world.ask_for_heads(D)
    assert world.works(D)
    assert world.claims["UZ-RTGS", D] == world.claim[D]

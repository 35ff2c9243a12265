"""Links between real settlement systems over a bad network, with crashes, backups and day ends.

`SKONTRO_LINK_SYSTEM_SEEDS=50000 pytest tests/system/links/test_system_simulation.py -m long` runs
as many.
"""

import os
from functools import partial
from typing import Any

import attrs
import pytest

from skontro.system.links import link_batch
from skontro.system.links.phases import Occurrence, Phase
from skontro.system.links.protocol import advance, index_rows
from tests.draws import seeds
from tests.system.links.instructed import D
from tests.system.links.simulation.real_world import RealWorld, run_real
from tests.system.links.simulation.world import BEGIN, LIES, Trouble
from tests.system.links.wrong_variants import VARIANTS

PARTS = 20
SEEDS = int(os.environ.get("SKONTRO_LINK_SYSTEM_SEEDS", "1600"))
CALM = Trouble(loss=0, double=0, crash=0, partition=0, restore=0, close=0, cancel=0)


def violations(seed: int, trouble: Trouble) -> list[str]:
    return run_real(seed, trouble).violations()


@pytest.mark.parametrize("seed", seeds(range(24)))
def test_a_run_ends_well(seed: int) -> None:
    assert violations(seed, Trouble()) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_many_runs_end_well(part: int) -> None:
    for seed in range(part * SEEDS // PARTS, (part + 1) * SEEDS // PARTS):
        found = violations(seed, Trouble())
        assert found == [], f"seed {seed}"


def test_the_same_seed_is_the_same_record() -> None:
    one, other = run_real(7, Trouble()), run_real(7, Trouble())
    hashes = [[r.entry.hash for r in s.record] for s in one.systems.values()]
    assert hashes == [[r.entry.hash for r in s.record] for s in other.systems.values()]
    another = run_real(8, Trouble())
    assert hashes != [[r.entry.hash for r in s.record] for s in another.systems.values()]


def test_without_trouble_covered_links_commit_in_all_systems() -> None:
    committed = 0
    for seed in range(6):
        world = run_real(seed, CALM)
        assert world.violations() == []
        (phases,) = {tuple(ends) for name, ends in world.phases().items() if name == D}
        committed += phases.count(Phase.COMMITTED)
        for name, ends in world.phases().items():
            if name != D:
                assert ends.count(Phase.COMPLETED) == phases.count(Phase.COMMITTED)
    assert committed > 1


@pytest.mark.long
def test_runs_reach_all_ends_restarts_and_new_days() -> None:
    ends: set[Phase] = set()
    replayed, days = 0, 0
    for seed in range(60):
        world = run_real(seed, Trouble())
        for system in world.systems.values():
            ends |= {state.phase for state in system.links}
            replayed += system.replayed
            bodies = [one.entry.batch.body for one in system.record]
            days = max(days, sum('"kind":"start"' in body for body in bodies))
    assert ends == {
        Phase.COMMITTED,
        Phase.ABORTED,
        Phase.COMPLETED,
        Phase.RELEASED,
        Phase.REFUSED,
    }
    assert replayed > 100
    assert days > 1


def test_a_restart_replays_the_batches_after_the_newest_snapshot() -> None:
    world = RealWorld(1, CALM)
    system = world.systems[D]
    for _ in range(11):
        system.link(world.local)
    before = system.system.snapshot()
    kept = system.keep()
    newest = max(at for at, one in enumerate(kept) if one.snapshot)
    system.restore(kept)
    assert system.replayed == len(kept) - 1 - newest
    assert 0 < system.replayed < 8
    assert system.system.snapshot() == before
    system.restore(kept[:-3])
    assert system.batch == len(kept) - 4
    system.link(world.local)
    system.check_record()


def test_a_record_with_a_changed_batch_is_not_replayed() -> None:
    world = run_real(0, CALM)
    system = world.systems[D]
    stated = next(at for at, one in enumerate(system.record) if one.stated)
    for place, field, value in (
        (stated, "hash", bytes(32)),
        (stated, "previous_hash", bytes(32)),
        (-1, "signature", bytes(64)),
    ):
        record = list(system.record)
        entry = attrs.evolve(record[place].entry, **{field: value})
        system.record[place] = attrs.evolve(record[place], entry=entry)
        with pytest.raises(AssertionError):
            system.check_record()
        system.record = record
    system.check_record()


#: Faults of a system around the protocol, with the seeds that are enough to find each.
CARELESS: dict[str, tuple[Trouble, int]] = {
    "a restored system opens without asking its peers": (
        Trouble(restore=1, compares_heads=False),
        60,
    ),
    "statements leave before they are durable": (Trouble(crash=0.2, sends_early=True), 100),
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
        "prepared is sent before the earmark is durable",
        "the decider commits before all are prepared",
        "a follower takes another statement for the abort, without proof",
        "a follower in doubt does not ask again",
        "a committed decider does not answer again, as without recovery",
    ],
)
def test_a_wrong_variant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Any = next(variant[3] for variant in VARIANTS if variant[0] == name)
    monkeypatch.setattr(link_batch, "advance", partial(advance, table=index_rows(rows)))
    assert any(violations(seed, Trouble()) for seed in range(100))


@pytest.mark.long
def test_a_system_without_deadlines_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that only ended at decide-by where another order came waited for ever."""

    def end_asked_only(turn: Any) -> None:
        asked = [one for one in turn.system.links.late(turn.time) if one.phase == Phase.ASKED]
        turn.occur([one.terms.link for one in asked], Occurrence.DECIDE_BY_PASSED)

    monkeypatch.setattr(link_batch._Turn, "end_late", end_asked_only)
    found = [wrong for seed in range(6) for wrong in violations(seed, Trouble())]
    assert "a link has not ended" in found


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_attributed_to_the_liar_alone(lie: str) -> None:
    check_lies(lie, range(2))


#: Seeds of runs in which a system lies, and the least number of them in which the lie comes out.
LYING = {
    "two faces": (range(100), 20),
    "false commit": (range(100), 5),
    "empty earmark": (range(80, 180), 3),
}


@pytest.mark.long
@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_attributed_to_the_liar_alone(lie: str) -> None:
    drawn, least = LYING[lie]
    assert check_lies(lie, drawn) >= least


def check_lies(lie: str, drawn: range) -> int:
    """Check the accused of each run; gives the number of runs with one."""
    found = 0
    for seed in drawn:
        world = run_real(seed, Trouble(lie=lie, restore=0))
        accused = world.accused()
        assert accused <= {world.liar}, f"seed {seed}"
        broken = [one for one in world.violations() if one != "a link has not ended"]
        assert not broken or accused == {world.liar}, f"seed {seed}"
        found += bool(accused)
    return found


def test_nothing_is_accused_where_nothing_lies() -> None:
    for seed in range(3):
        assert run_real(seed, Trouble(restore=0)).accused() == set()


def test_a_clock_is_put_forward_to_the_next_such_time_of_day() -> None:
    world = RealWorld(2, CALM)
    world.now = BEGIN
    system = world.systems[D]
    world.put_forward(D, 0)
    day = 24 * 60 * 60_000_000
    assert (world.local + system.offset) % day == 0
    before = system.offset
    world.put_forward(D, 1)
    assert system.offset == before + 1
    world.put_forward(D, 0)
    assert system.offset == before + day

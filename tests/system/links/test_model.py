"""All orders of events of small sets of links: no violation, and wrong variants are found."""

from typing import Any

import pytest

from skontro.system.links.phases import Phase
from skontro.system.links.protocol import index_rows
from skontro.system.links.terms import LinkTerms
from tests.system.links.instructed import F, G, terms, uetr
from tests.system.links.model_checker import (
    EARMARKED,
    PAID,
    RETURNED,
    Model,
    Violation,
    check,
    explore,
    free_options,
    stuck,
)
from tests.system.links.wrong_variants import VARIANTS, Rows

#: Links already matched, without obstacles, cancellations and certificates: those are checked
#: with one link, and a second one has to do with them only by the cover that both use.
LEAN: dict[str, Any] = {
    "begins": Phase.MATCHED,
    "refuses": False,
    "cancels": False,
    "certifies": False,
    "forgets": True,
}


def link(number: int, *followers: str) -> LinkTerms:
    return terms(*followers, link=uetr(0x1000 + number))


def model(*links: LinkTerms, **fields: Any) -> Model:
    """Links whose payers have cover for one leg each, unless told otherwise."""
    cover = {(leg.system, leg.payer): 1 for one in links for leg in one.legs}
    return Model(links, **{"cover": cover, **fields})


def test_one_link_from_the_instruction_to_the_end() -> None:
    found = check(model(link(1, F), forgets=True))
    assert len(found.worlds) > 300
    assert any(EARMARKED in world.legs for world in found.worlds)


def test_one_link_with_several_legs_of_the_decider() -> None:
    small = model(link(1, F), forgets=True, together=True)
    lapsed = [
        world
        for world in check(small).worlds
        if world.legs == (RETURNED, RETURNED)
        and [small.state(world, place).phase for place in (0, 1)] == [Phase.ABORTED, Phase.RELEASED]
    ]
    assert lapsed


@pytest.mark.long
def test_worlds_without_dead_statements_are_the_same_worlds() -> None:
    """The reduction that larger models use leaves out no phase, leg, clock or certificate."""
    whole, small = model(link(1, F)), model(link(1, F), forgets=True)
    pairs = [(one, explore(one)) for one in (whole, small)]
    seen = [
        {
            (tuple(one.known[number].phase for number in world.states), world.legs, *world[3:])
            for world in found.worlds
        }
        for one, found in pairs
    ]
    assert seen[0] == seen[1]
    assert len(pairs[1][1].worlds) < len(pairs[0][1].worlds)


@pytest.mark.long
@pytest.mark.parametrize(
    ("links", "fields", "worlds"),
    [
        ((link(1, F, G),), {"forgets": True}, 10_000),
        ((link(1, F),), {"lossy": True, "cancels": False}, 1_000),
        ((link(1, F, G),), {"forgets": True, "together": True}, 10_000),
        ((link(1, F), link(2, F)), {**LEAN, "cancels": True, "certifies": True}, 20_000),
        ((link(1, F, G), link(2, F, G)), LEAN, 60_000),
        ((link(1, F), link(2, F), link(3, F)), LEAN, 100_000),
    ],
    ids=[
        "a cycle of three currencies",
        "one link with lost statements",
        "a cycle with several legs of the decider",
        "two trades with certificates",
        "two trades with two followers",
        "three trades of one payer",
    ],
)
def test_no_violation(links: tuple[LinkTerms, ...], fields: dict[str, Any], worlds: int) -> None:
    assert len(check(model(*links, **fields)).worlds) > worlds


@pytest.mark.long
@pytest.mark.parametrize(
    ("violated", "followers", "rows", "fields"),
    [variant[1:] for variant in VARIANTS],
    ids=[variant[0] for variant in VARIANTS],
)
def test_a_wrong_variant_is_found(
    violated: str, followers: int, rows: Rows, fields: dict[str, Any]
) -> None:
    of_variant = model(link(1, *(F, G)[:followers]), table=index_rows(rows), **fields)
    with pytest.raises(Violation, match=f"^{violated}: "):
        check(of_variant)
    # The same model with the transitions of the protocol: the fault is in the variant.
    same = {name: value for name, value in fields.items() if name != "turns_back"}
    if followers == 1:
        check(model(link(1, F), **same))


def test_a_wrong_variant_is_found_quickly() -> None:
    name, violated, _, rows, fields = VARIANTS[0]
    with pytest.raises(Violation, match=f"^{violated}: ") as found:
        check(model(link(1, F), table=index_rows(rows), begins=Phase.MATCHED, **fields))
    assert name == "a follower releases on its own timer"
    assert str(found.value).endswith("leg_settled / 0.UZ-RTGS decide_by_passed")


def test_a_payer_without_cover_for_both_legs_settles_one() -> None:
    found = explore(model(link(1, F), link(2, F), **{**LEAN, "ends": False, "cover": COVER}))
    paid = {world.legs for world in found.worlds}
    assert max(sum(leg in (EARMARKED, PAID) for leg in legs[1::2]) for legs in paid) == 1


#: The decider's payer can pay both legs, the follower's one.
COVER = {("KZ-RTGS", "ALFAKZ22"): 2, ("UZ-RTGS", "ALFAKZ22"): 1}


def test_the_search_for_stuck_worlds_finds_one() -> None:
    small = model(
        link(1, F), **{**LEAN, "ends": False, "cover": {**COVER, ("KZ-RTGS", "ALFAKZ22"): 0}}
    )
    found = explore(small)
    assert stuck(small, found)
    assert free_options(small, found) == []

"""Whether links are open after a start, by what peers say of the own record."""

import pytest

from skontro.ledger.link_proof import CheckedProof
from skontro.service.peers.opening import Opening, Standing

KG, TJ, UZ = "KG-RTGS", "TJ-RTGS", "UZ-RTGS"
CLAIM, HEAD = 1_000, 20


def own(batch: int) -> bytes:
    assert batch <= HEAD
    return bytes([batch]) * 32


def held(batch: int, hashed: bytes | None = None) -> CheckedProof:
    return CheckedProof(batch, 0, own(batch) if hashed is None else hashed, bytes(32))


def test_links_are_shut_until_all_peers_with_open_links_have_answered() -> None:
    opening = Opening(CLAIM, [TJ, KG], own)
    both = f"{KG} has not confirmed this record yet; {TJ} has not confirmed this record yet"
    assert opening.why_shut({}) == both
    assert opening.shut({}, [KG, TJ, UZ]) == {KG, TJ}
    assert opening.why_shut({}, [UZ]) == ""
    assert opening.why_shut({}, [UZ, TJ]) == f"{TJ} has not confirmed this record yet"
    assert opening.standing(KG, {}) == Standing.ASKED
    opening.answered(KG, held(HEAD), HEAD)
    assert opening.why_shut({}) == f"{TJ} has not confirmed this record yet"
    assert opening.why_shut({}, [KG]) == ""
    assert opening.shut({}, [KG, TJ, UZ]) == {TJ}
    assert opening.standing(KG, {}) == Standing.CONFIRMED
    opening.answered(TJ, None, HEAD)
    assert opening.why_shut({}) == ""
    assert opening.shut({}, [KG, TJ]) == frozenset()
    assert opening.trouble(KG) == opening.trouble(TJ) == ""


def test_links_without_open_ones_are_open_from_the_start() -> None:
    opening = Opening(CLAIM, [], own)
    assert opening.why_shut({}) == ""
    assert opening.standing(KG, {}) == Standing.ASKED


def test_what_is_told_without_being_asked_confirms_nothing() -> None:
    opening = Opening(CLAIM, [KG], own)
    opening.told(KG, held(HEAD), HEAD)
    opening.told(KG, None, HEAD)
    assert opening.standing(KG, {}) == Standing.ASKED


@pytest.mark.parametrize("fresh", [True, False])
def test_a_newer_head_shuts_links_for_good(*, fresh: bool) -> None:
    opening = Opening(CLAIM, [], own)
    tell = opening.answered if fresh else opening.told
    tell(KG, held(HEAD + 1, bytes(32)), HEAD)
    trouble = f"it holds batch {HEAD + 1} of this record, which ends at {HEAD}"
    assert opening.trouble(KG) == trouble
    assert opening.why_shut({}) == opening.why_shut({}, [UZ]) == f"{KG}: {trouble}"
    assert opening.shut({}, [UZ]) == {KG, UZ}, "links with all peers"
    assert opening.standing(KG, {}) == Standing.BEHIND
    # The record has grown past it meanwhile: with another batch of that number.
    opening.answered(KG, held(HEAD, own(HEAD)), HEAD + 5)
    opening.told(KG, held(HEAD + 2, bytes(32)), HEAD + 1)
    assert opening.why_shut({}) == f"{KG}: {trouble}"


def test_another_batch_of_a_number_shuts_links() -> None:
    opening = Opening(CLAIM, [KG], own)
    opening.answered(KG, held(HEAD - 1, bytes(32)), HEAD)
    trouble = f"it holds another batch {HEAD - 1}, signed with the key of this system"
    assert opening.trouble(KG) == trouble
    assert opening.why_shut({}) == f"{KG}: {trouble}"


def test_what_has_been_confirmed_is_not_read_again() -> None:
    opening = Opening(CLAIM, [KG], own)
    opening.answered(KG, held(HEAD), HEAD)
    opening.answered(KG, held(HEAD + 3, bytes(32)), HEAD + 3)
    assert opening.standing(KG, {}) == Standing.CONFIRMED


def test_two_people_open_links_despite_a_peer_once() -> None:
    opening = Opening(CLAIM, [KG], own)
    opening.told(TJ, held(HEAD + 1, bytes(32)), HEAD)
    assert opening.why_shut({KG: CLAIM, TJ: CLAIM + 1}).startswith(f"{KG} has not confirmed")
    assert opening.why_shut({KG: CLAIM + 1}).startswith(TJ)
    assert opening.why_shut({KG: CLAIM + 1, TJ: CLAIM + 1}) == ""
    assert opening.shut({KG: CLAIM + 1, TJ: CLAIM + 1}, [UZ]) == frozenset()
    assert opening.shut({TJ: CLAIM + 1}, [UZ]) == {KG}
    assert opening.shut({KG: CLAIM + 1}, [UZ]) == {KG, TJ, UZ}
    assert opening.standing(KG, {KG: CLAIM + 1}) == Standing.OPENED

"""Outcomes: everything that is not known to be clean is held."""

import datetime
import json

import attrs
import pytest

from skontro.model import InputError
from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import MAX_EVIDENCE_BYTES
from skontro.screening.matcher import Hit
from skontro.screening.screener import (
    MatchingPolicy,
    Screened,
    Screener,
    evidence_bytes,
    held,
    strictest,
    unusable,
)
from tests.screening.cuts import DAY, screener, small_list

PASSED, HELD, REJECTED = ScreeningOutcome.PASSED, ScreeningOutcome.HELD, ScreeningOutcome.REJECTED
SMALL = small_list("Anna Kim", birth_dates=("1951-06-19",))


def outcome(found: Screener, party: Party, day: datetime.date = DAY) -> Screened:
    [screened] = found.screen([party], day)
    return screened


def test_outcomes_in_order_of_the_parties() -> None:
    found = Screener([SMALL])
    screened = found.screen(
        [
            Party(name="Peter Smith"),
            Party(name="Anna Kimm"),
            Party(name="Anna Kim", birth_date="1951-06-19"),
        ],
        DAY,
    )
    assert [one.outcome for one in screened] == [PASSED, HELD, REJECTED]
    assert screened[0] == Screened(PASSED)
    assert screened[1].hits[0].matched == "Anna Kim"


def test_a_confirmed_hit_may_be_held_by_policy() -> None:
    found = Screener([SMALL], MatchingPolicy(rejects_confirmed=False))
    assert outcome(found, Party(name="Anna Kim", birth_date="1951-06-19")).outcome is HELD


@pytest.mark.parametrize(
    ("party", "reason"),
    [
        (Party(), "the party has no name"),
        (Party(name="--"), "name has no letters or digits"),
        (Party(name="\U00012000"), "word '\U00012000' is of no known script"),
        (Party(name="Pаypal"), "word 'Pаypal' mixes scripts"),
    ],
)
def test_names_that_cannot_be_read_are_held(party: Party, reason: str) -> None:
    assert outcome(Screener([SMALL]), party) == held(reason)


def test_without_a_list_everything_is_held() -> None:
    found = Screener([])
    assert found.screen([Party(name="Peter Smith")] * 2, DAY) == [held("no list is loaded")] * 2
    assert found.screen([], DAY) == []


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (0, ""),
        (7, ""),
        (8, "list Small is 8 days old; 7 is the most"),
        (-1, "list Small is of 2026-02-27, a day to come"),
    ],
)
def test_lists_must_be_fresh(days: int, reason: str) -> None:
    day = DAY + datetime.timedelta(days)
    expected = held(reason) if reason else Screened(PASSED)
    found = Screener([SMALL])
    assert outcome(found, Party(name="Peter Smith"), day) == expected
    assert unusable(found.lists, found.policy, day) == reason


def test_a_remembered_outcome_is_not_given_with_a_stale_list() -> None:
    found = Screener([SMALL])
    party = Party(name="Peter Smith")
    assert outcome(found, party).outcome is PASSED
    assert outcome(found, party, DAY + datetime.timedelta(8)).outcome is HELD
    assert outcome(found, party).outcome is PASSED


def test_one_stale_list_of_two_holds() -> None:
    older = attrs.evolve(small_list("Olga Lee", name="Old"), published=DAY - datetime.timedelta(8))
    found = outcome(Screener([SMALL, older]), Party(name="Peter Smith"))
    assert found.reason == "list Old is 8 days old; 7 is the most"


def test_outcomes_are_remembered_for_so_many_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Screener([SMALL], cached_parties=2)
    asked: list[str] = []
    hits = found.matcher.hits

    def counted(party: Party, threshold: int) -> list[Hit]:
        asked.append(party.name)
        return hits(party, threshold)

    monkeypatch.setattr(found.matcher, "hits", counted)
    for name in ("Ab Cd", "Ef Gh", "Ab Cd", "Ij Kl", "Ab Cd", "Ef Gh"):
        outcome(found, Party(name=name))
    assert asked == ["Ab Cd", "Ef Gh", "Ij Kl", "Ef Gh"]


@pytest.mark.parametrize(
    "other", [{"country": "KZ"}, {"birth_date": "1951-06-19"}, {"identifiers": [("TAX", "123456")]}]
)
def test_evidence_is_part_of_what_is_remembered(other: dict[str, object]) -> None:
    listed = small_list(
        "Anna Kim", birth_dates=("1951-06-19",), countries=("KZ",), identifiers=("123456",)
    )
    found = Screener([listed])
    first = outcome(found, Party(name="Anna Kimm"))
    assert outcome(found, Party(name="Anna Kimm", **other)).hits[0].score > first.hits[0].score  # type: ignore[arg-type]


def test_the_address_and_account_are_not() -> None:
    found = screener()
    first = outcome(found, Party(name="Peter Q Smith"))
    assert outcome(found, Party(name="Peter Q Smith", account="1")) is first


def test_lists_with_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="two lists are named 'Small'; give each its own name"):
        Screener([SMALL, SMALL])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"threshold": 0}, "threshold is 0; 1 to 100 is possible"),
        ({"threshold": 101}, "threshold is 101; 1 to 100 is possible"),
        ({"max_age_days": -1}, "max_age_days is -1; it must not be negative"),
    ],
)
def test_policies_out_of_range(fields: dict[str, int], text: str) -> None:
    with pytest.raises(InputError, match=text):
        MatchingPolicy(**fields)  # type: ignore[arg-type]


def test_policies_at_their_limits() -> None:
    assert MatchingPolicy() == MatchingPolicy(85, 7, rejects_confirmed=True)
    for fields in ({"threshold": 1}, {"threshold": 100}, {"max_age_days": 0}):
        MatchingPolicy(**fields)  # type: ignore[arg-type]
    assert (
        outcome(Screener([SMALL], MatchingPolicy(max_age_days=0)), Party(name="Q Smith")).reason
        == ""
    )


def test_the_threshold_is_that_of_the_policy() -> None:
    party = Party(name="Anna Kimm")
    assert outcome(Screener([SMALL], MatchingPolicy(threshold=93)), party).outcome is HELD
    assert outcome(Screener([SMALL], MatchingPolicy(threshold=94)), party).outcome is PASSED


def test_the_strictest_outcome_is_that_of_the_order() -> None:
    passed, rejected = Screened(PASSED), Screened(REJECTED)
    assert strictest([passed, passed]) is PASSED
    assert strictest([passed, held("x")]) is HELD
    assert strictest([rejected, held("x")]) is REJECTED
    assert strictest([]) is HELD
    assert strictest([passed, Screened(ScreeningOutcome.NOT_SCREENED)]) is HELD


def test_documents_go_both_ways() -> None:
    one = outcome(Screener([SMALL]), Party(name="Anna Kimm", country="KZ"))
    assert Screened.from_document(json.loads(json.dumps(one.document()))) == one
    assert Screened(PASSED).document() == {"outcome": "passed"}
    assert Screened.from_document({"outcome": "held", "reason": "x"}) == held("x")
    with pytest.raises(ValueError, match="not_screened is no outcome of an engine"):
        Screened.from_document({"outcome": "not_screened"})
    with pytest.raises(KeyError):
        Screened.from_document({"outcome": "clean"})


def test_the_digest_is_of_all_lists_in_any_order() -> None:
    other = small_list("Olga Lee", name="Other")
    assert Screener([SMALL, other]).digest == Screener([other, SMALL]).digest
    assert Screener([SMALL]).digest != Screener([SMALL, other]).digest
    for changed in ({"name": "x"}, {"sha256": "1" * 64}, {"published": datetime.date(2026, 1, 1)}):
        assert Screener([attrs.evolve(SMALL, **changed)]).digest != Screener([SMALL]).digest  # type: ignore[arg-type]


def test_lists_are_described_in_the_order_of_their_names_with_the_policy() -> None:
    other = small_list("Olga Lee", "Anna Kim", name="Other")
    policy = MatchingPolicy(90, 3, rejects_confirmed=False)
    described = Screener([SMALL, other], policy).described
    assert [(one.name, one.entries) for one in described.lists] == [
        ("Other", 2),
        (SMALL.name, len(SMALL.entries)),
    ]
    assert {(one.published, one.sha256) for one in described.lists} == {(str(DAY), "0" * 64)}
    assert (described.threshold, described.max_age_days) == (90, 3)
    assert not described.rejects_confirmed
    assert Screener([SMALL, other], policy).digest == described.digest


def test_evidence_of_an_order() -> None:
    parties = [("debtor", Party(name="Peter Smith")), ("creditor", Party(name="Anna Kimm"))]
    screened = Screener([SMALL]).screen([party for _, party in parties], DAY)
    document = json.loads(evidence_bytes(parties, screened, "ab"))
    assert document == {
        "lists": "ab",
        "outcome": "held",
        "screened": ["debtor", "creditor"],
        "parties": {
            "creditor": screened[1].document() | {"hits": document["parties"]["creditor"]["hits"]}
        },
    }
    hit = document["parties"]["creditor"]["hits"][0]
    assert (hit["matched"], hit["score"]) == ("Anna Kim", 93)
    content = evidence_bytes(parties[:1], screened[:1], "ab")
    assert content == b'{"lists":"ab","outcome":"passed","screened":["debtor"]}'


def test_evidence_is_bounded() -> None:
    hit = Hit("L", "2026-01-01", "0" * 64, "1", "n" * 255, weak=False, name_score=90, score=90)
    screened = [Screened(HELD, "r" * 5_000, (hit,) * 5)] * 15
    parties = [(f"role {number}", Party(name="Anna Kim")) for number in range(15)]
    content = evidence_bytes(parties, screened, "ab")
    assert len(content) <= MAX_EVIDENCE_BYTES
    document = json.loads(content)
    assert document["hits_left_out"] == 15 * 4
    assert {len(one["hits"]) for one in document["parties"].values()} == {1}
    assert {len(one["reason"]) for one in document["parties"].values()} == {200}
    assert len(evidence_bytes(parties, screened, "ab", 3_000)) < 200
    assert len(evidence_bytes(parties[:2], screened[:2], "ab", 3_000)) > 1_000
    for most, left_out in ((5_000, 0), (1_500, 3), (1_000, 4), (500, 5)):
        document = json.loads(evidence_bytes(parties[:1], screened[:1], "ab", most))
        assert document.get("hits_left_out", 0) == left_out
    many = [(f"{'role' * 100} {number}", Party(name="Anna Kim")) for number in range(80)]
    assert json.loads(evidence_bytes(many, screened[:1] * 80, "ab")) == {
        "lists": "ab",
        "outcome": "held",
    }

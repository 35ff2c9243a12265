"""Sanctions lists replaced by two people: shown list by list, recorded, kept in snapshots."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import InputError, ReasonCode
from skontro.system import Action, ScreeningLists, SettlementSystem
from skontro.system.screening_lists import MAX_LISTS, AgreedList
from tests.service.systems import DAY, NOON
from tests.system.test_four_eyes import ANNA, Operated

OFAC = AgreedList("OFAC SDN", "2026-11-20", "ab" * 32, 17_000)
UN = AgreedList("UN", "2026-11-23", "cd" * 32, 1_002)
LISTS = ScreeningLists((OFAC, UN), 85, 7, rejects_confirmed=True)
NEWER = attrs.evolve(LISTS, lists=(OFAC, attrs.evolve(UN, published="2026-11-24", entries=1_003)))


def replacement(lists: ScreeningLists, **fields: Any) -> Action:
    return Action("set_screening_lists", screening_lists=lists.to_document(), **fields)


def test_the_first_lists_are_agreed_by_two() -> None:
    running = Operated()
    assert running.system.screening_lists is None
    body = running.propose(replacement(LISTS))
    assert body["shown"]["from"] == "no lists agreed"
    assert body["shown"]["to"] == {**LISTS.to_document(), "digest": LISTS.digest}
    assert [(one["list"], one["from"]) for one in body["shown"]["changes"]] == [
        ("OFAC SDN", "none"),
        ("UN", "none"),
    ]
    assert running.approve(body["proposal"], ANNA) == ReasonCode.SECOND_PERSON_NEEDED
    assert running.system.screening_lists is None
    assert running.approve(body["proposal"]) == ReasonCode.NONE
    assert running.system.screening_lists == LISTS
    assert running.agree(replacement(LISTS)) == ReasonCode.NOTHING_TO_CHANGE


def test_each_list_that_changes_is_shown_with_both_forms() -> None:
    running = Operated()
    running.agree(replacement(LISTS))
    shown = running.propose(replacement(NEWER))["shown"]
    assert (shown["from"]["digest"], shown["to"]["digest"]) == (LISTS.digest, NEWER.digest)
    [change] = shown["changes"]
    assert change == {
        "list": "UN",
        "from": attrs.asdict(UN),
        "to": attrs.asdict(UN) | {"published": "2026-11-24", "entries": 1_003},
    }
    [left_out] = running.propose(replacement(attrs.evolve(LISTS, lists=(UN,))))["shown"]["changes"]
    assert (left_out["list"], left_out["to"]) == ("OFAC SDN", "none")
    assert running.propose(replacement(attrs.evolve(LISTS, threshold=90)))["shown"]["changes"] == []


def test_lists_for_a_coming_day_come_with_its_start_and_snapshots_keep_them() -> None:
    running = Operated()
    running.agree(replacement(LISTS))
    assert running.agree(replacement(LISTS, effective_on="2026-11-25")) == ReasonCode.NONE
    assert running.agree(replacement(NEWER, effective_on="2026-11-25")) == ReasonCode.NONE
    for now, lists in ((NOON, LISTS), (NOON + DAY, NEWER)):
        running.come_to(now)
        assert running.system.screening_lists == lists
        again = SettlementSystem(running.system.rules)
        again.restore(running.system.snapshot())
        assert again.screening_lists == lists


def test_lists_of_the_rules_are_in_force_from_the_start() -> None:
    rules = attrs.evolve(Operated().system.rules, screening_lists=LISTS)
    assert SettlementSystem(rules).screening_lists == LISTS


def test_the_digest_depends_on_everything() -> None:
    changed = [
        attrs.evolve(LISTS, lists=(OFAC, attrs.evolve(UN, **{field: value})))
        for field, value in (
            ("name", "UNSC"),
            ("published", "2026-11-22"),
            ("sha256", "ce" * 32),
            ("entries", 1_001),
        )
    ]
    changed += [
        attrs.evolve(LISTS, threshold=86),
        attrs.evolve(LISTS, max_age_days=8),
        attrs.evolve(LISTS, rejects_confirmed=False),
        attrs.evolve(LISTS, lists=(UN,)),
    ]
    assert len({LISTS.digest, *(one.digest for one in changed)}) == 9
    for one in changed:
        assert ScreeningLists.from_document(one.to_document()) == one


def _with(**fields: Any) -> dict[str, Any]:
    return json.loads(json.dumps(LISTS.to_document())) | fields


def _with_list(**fields: Any) -> dict[str, Any]:
    return _with(lists=[attrs.asdict(UN) | fields])


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (_with(lists=[]), f"names 0 lists; 1 to {MAX_LISTS} may be"),
        (
            _with(lists=[attrs.asdict(UN) | {"name": f"{n:03}"} for n in range(MAX_LISTS + 1)]),
            f"names {MAX_LISTS + 1} lists",
        ),
        (_with(lists=[attrs.asdict(UN), attrs.asdict(OFAC)]), "in the order of their names"),
        (_with(lists=[attrs.asdict(UN)] * 2), "in the order of their names, each once"),
        (_with(threshold=0), "threshold is 1 to 100"),
        (_with(threshold=101), "threshold is 1 to 100"),
        (_with(threshold="85"), "is not a whole number"),
        (_with(max_age_days=-1), "max_age_days from 0"),
        (_with(rejects_confirmed=1), "1 is not true or false"),
        (_with(more=1), "more"),
        (_with_list(name=""), "the name of a list has 1 to 140 characters"),
        (_with_list(name="x" * 141), "the name of a list has 1 to 140 characters"),
        (_with_list(published="20261124"), "is not a date like"),
        (_with_list(sha256="AB" * 32), "list UN: sha256 has 64 hexadecimal digits in lower case"),
        (_with_list(sha256="ab" * 31), "list UN: sha256 has 64 hexadecimal digits"),
        (_with_list(entries=0), "list UN: has no entries"),
        ([], "screening_lists: "),
    ],
)
def test_documents_that_are_refused(document: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        ScreeningLists.from_document(document)
    if isinstance(document, dict):
        reason = Operated().propose(Action("set_screening_lists", screening_lists=document))
        assert reason["reason"] == ReasonCode.FIELD_MALFORMED


def test_the_limits_themselves_are_taken() -> None:
    one = _with_list(name="x" * 140, entries=1)["lists"]
    most = [attrs.asdict(UN) | {"name": f"{n:03}"} for n in range(MAX_LISTS)]
    for document in (
        _with(lists=one),
        _with(lists=most),
        _with(threshold=1, max_age_days=0),
        _with(threshold=100),
    ):
        found = ScreeningLists.from_document(document)
        assert json.loads(json.dumps(found.to_document())) == document

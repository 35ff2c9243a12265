"""``skontro reconcile``: what it shows of records that agree, of doubt, and of differences."""

import json
from typing import Any

import attrs
import pytest

from skontro.cli import reconcile as module
from skontro.cli.reconcile import RecordRead
from skontro.cli.terminal import ExitCode
from skontro.model import find_currency
from skontro.system.links.phases import Phase
from tests.cli.in_process import Outcome, run_main
from tests.cli.test_record_commands import GOOD
from tests.ledger.linked_records import RecordedLinks
from tests.ledger.test_reconciliation import prepared, settled


def reconciled(
    monkeypatch: pytest.MonkeyPatch,
    linked: RecordedLinks,
    *options: str,
    key: str | None = "ab" * 32,
) -> Outcome:
    """The command's outcome with these records."""
    asked: list[Any] = []

    def read_records(records: list[str], public_key: str | None, *, quiet: bool) -> Any:
        asked.extend([records, public_key, quiet])
        return [
            RecordRead(attrs.evolve(GOOD, batches=1000 + place), record, key, "")
            for place, record in enumerate(linked.records.values())
        ]

    monkeypatch.setattr(module, "read_records", read_records)
    outcome = run_main("reconcile", "one", "other", "--public-key", "cd", *options)
    assert asked == [["one", "other"], "cd", "--json" in options]
    return outcome


def test_records_that_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, _ = settled(3)
    found = linked.reconcile()
    outcome = reconciled(monkeypatch, linked)
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
    assert outcome.stdout.splitlines() == [
        "KZ-RTGS: 1,000 batches, consistent, head ab",
        "KG-RTGS: 1,001 batches, consistent, head ab",
        "UZ-RTGS: 1,002 batches, consistent, head ab",
        "1 link: 1 settled",
        f"Batches of peers found in the peers' own records: {found.proofs}",
        "The records agree.",
    ]


def test_systems_that_never_linked_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    linked = RecordedLinks()
    linked.reconcile()
    assert "\n0 links\n" in reconciled(monkeypatch, linked).stdout


def test_no_trusted_key_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, _ = settled()
    outcome = reconciled(monkeypatch, linked, key=None)
    assert outcome.returncode == ExitCode.DONE
    assert outcome.stderr.count("warning") == 1
    assert GOOD.public_key in outcome.stderr


def test_doubt_is_named_with_value_and_age(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, terms = prepared()
    linked.turn(1)
    age = linked.reconcile().in_doubt[0].oldest
    outcome = reconciled(monkeypatch, linked)
    assert outcome.returncode == ExitCode.DONE
    assert (
        "In doubt at KG-RTGS: KGS 0.90 in 1 link that KZ-RTGS decides, the oldest for under 0.1 s"
    ) in outcome.stdout
    document = json.loads(reconciled(monkeypatch, linked, "--json").stdout)
    assert document["agrees"]
    assert document["in_doubt"] == [
        {
            "system": "KG-RTGS",
            "decider": "KZ-RTGS",
            "currency": "KGS",
            "value": "0.90",
            "links": 1,
            "oldest": age,
        }
    ]
    [link] = document["links"]
    assert (link["link"], link["terms"], link["decider"]) == (
        terms.link,
        terms.digest,
        "KZ-RTGS",
    )
    assert (link["outcome"], link["absent"]) == ("in_doubt", [])
    decider, follower = link["legs"]
    assert decider["locked"] == []
    assert follower["locked"] == [{"currency": "KGS", "value": "0.90"}]
    assert (follower["phase"], follower["money"]) == (Phase.PREPARED, "earmarked")
    assert {*follower["prepared"]} == {"batch", "time"}
    assert follower["age"] == age
    assert document["counts"]["in_doubt"] == 1
    assert document["systems"][0] == {
        "system": "KZ-RTGS",
        "batches": 1000,
        "head": "ab",
        "public_key": GOOD.public_key,
        "key_trusted": True,
    }
    assert find_currency("KGS").exponent == 2


def test_records_that_were_not_given_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, _ = settled(3)
    linked.reconcile()
    del linked.records["KG-RTGS"]
    outcome = reconciled(monkeypatch, linked)
    assert outcome.returncode == ExitCode.DONE
    assert "their records were not given: KG-RTGS" in outcome.stdout


def test_differences_end_with_a_broken_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, terms = settled()
    linked.reconcile()
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    linked[1].system.links.put(attrs.evolve(state, phase=Phase.RELEASED), 1, 0)
    outcome = reconciled(monkeypatch, linked)
    assert outcome.returncode == ExitCode.INVARIANT_BROKEN
    assert "The records agree." not in outcome.stdout
    assert outcome.stderr == (
        f"skontro: money: link {terms.link}: KG-RTGS: the link is released, and its postings left "
        "the money: payee\n"
    )
    document = json.loads(reconciled(monkeypatch, linked, "--json").stdout)
    assert not document["agrees"]
    [difference] = document["differences"]
    assert {*difference} == {"kind", "systems", "evidence", "link"}
    assert document["links"][0]["outcome"] == "contradicted"


@pytest.mark.parametrize("count", [20, 21])
def test_at_most_twenty_differences_are_written(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    linked = RecordedLinks()
    for _ in range(count):
        linked.instruct(linked.terms(1, 1))
    linked.reconcile()
    for state in [*linked[0].system.links]:
        linked[0].system.links.put(attrs.evolve(state, phase=Phase.COMMITTED), 1, 0)
    outcome = reconciled(monkeypatch, linked)
    lines = outcome.stderr.splitlines()
    assert len(lines) == min(count, 20) + (count > 20)
    if count > 20:
        assert lines[-1] == "skontro: and 1 differences more; --json has them all"


def test_records_that_end_too_early_are_no_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    linked, _ = settled()
    linked.reconcile()
    linked.records["KG-RTGS"] = linked.read_again(1, 4)
    outcome = reconciled(monkeypatch, linked)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stderr.splitlines()[-1] == (
        "skontro: read the records again; if it stays, one was restored"
    )
    assert outcome.stderr.startswith("skontro: behind: batch ")


def test_one_record_is_not_compared() -> None:
    outcome = run_main("reconcile", "one")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "name two records or more" in outcome.stderr

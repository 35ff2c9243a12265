"""Rulebooks in documents: what they say, and what is wrong with them, line by line."""

import datetime
from pathlib import Path

import attrs
import pytest

from skontro.files import read_scenario, write_scenario
from skontro.model import (
    SECOND,
    Algorithm,
    Bypass,
    InputError,
    PaymentClass,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
)
from tests.files.small_examples import RULEBOOK, small_scenario

#: Line 17 of the document, which is that of the small scenario with this at its end.
REFERENCE = """\
rulebook:
  offset_on_entry: true
  bypass: {classes: [normal], depth: 16, max_bypasses: 100}
  when_queued: {orders: 1000, algorithm: greatest_fifo_set}
  offsetting:
    - {algorithm: greatest_fifo_set, every: '00:15'}
    - {algorithm: bilateral_pass, at: ['12:00', '16:30']}
    - {algorithm: maximum_value, at: ['17:00'], work: 100000}
"""


def read(folder: Path, text: str) -> Rulebook:
    write_scenario(folder, small_scenario())
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    return read_scenario(folder).scenario.rulebook


def refusal(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    first, *others = str(caught.value).split("\n  ")
    assert first.startswith(str(folder / "scenario.yaml"))
    return others or [first.removeprefix(f"{folder / 'scenario.yaml'}: ")]


def test_the_rulebook_of_the_reference(tmp_path: Path) -> None:
    assert read(tmp_path, REFERENCE) == Rulebook(
        offset_on_entry=True,
        bypass=Bypass((PaymentClass.NORMAL,), 16, 100),
        when_queued=WhenQueued(1000, Algorithm.GREATEST_FIFO_SET),
        schedule=(
            ScheduledRuns(Algorithm.GREATEST_FIFO_SET, every=15 * 60 * SECOND),
            ScheduledRuns(Algorithm.BILATERAL_PASS, at=(datetime.time(12), datetime.time(16, 30))),
            ScheduledRuns(Algorithm.MAXIMUM_VALUE, at=(datetime.time(17),), work=100_000),
        ),
    )


@pytest.mark.parametrize(
    ("text", "rulebook"),
    [
        ("", Rulebook()),
        ("rulebook: {}\n", Rulebook()),
        ("rulebook: {bypass: {}}\n", Rulebook(bypass=Bypass())),
        (
            "rulebook: {bypass: {classes: [high, urgent], depth: 1000}}\n",
            Rulebook(bypass=Bypass((PaymentClass.HIGH, PaymentClass.URGENT), 1000)),
        ),
        ("rulebook: {when_queued: {orders: 1}}\n", Rulebook(when_queued=WhenQueued(1))),
        (
            "rulebook: {when_queued: {orders: 1073741823, algorithm: all_or_nothing}}\n",
            Rulebook(when_queued=WhenQueued(2**30 - 1, Algorithm.ALL_OR_NOTHING)),
        ),
        (
            "rulebook: {offsetting: [{algorithm: all_or_nothing, every: 00:00:01}]}\n",
            Rulebook(schedule=(ScheduledRuns(Algorithm.ALL_OR_NOTHING, every=SECOND),)),
        ),
        (
            "rulebook: {offsetting: [{algorithm: maximum_value, at: ['17:00:00.5'], work: 0}]}\n",
            Rulebook(
                schedule=(
                    ScheduledRuns(
                        Algorithm.MAXIMUM_VALUE, (datetime.time(17, 0, 0, 500_000),), work=0
                    ),
                )
            ),
        ),
    ],
)
def test_what_is_left_out_has_its_default(tmp_path: Path, text: str, rulebook: Rulebook) -> None:
    assert read(tmp_path, text) == rulebook


def test_every_problem_is_named_with_line_and_place(tmp_path: Path) -> None:
    text = """\
rulebook:
  offset_on_entry: 1
  bypass: {classes: [normal, low], depth: 0, max_bypasses: x}
  when_queued: {orders: 1073741824, algorithm: maximum_value}
  offsetting:
    - {algorithm: bypass, every: '00:00'}
    - {algorithm: bilateral_pass, at: ['12:00', '16:3', 5, '25:00']}
    - {algorithm: maximum_value, at: ['17:00'], work: -1}
    - {algorithm: maximum_value, at: ['17:00'], every: '00:01'}
    - {algorithm: bilateral_pass, at: ['17:00'], work: 8}
    - {algorithm: bilateral_pass, at: []}
    - {every: 00:15:60}
    - {algorithm: maximum_value, every: 900}
  more: 1
"""
    run_algorithms = "all_or_nothing, greatest_fifo_set, bilateral_pass, maximum_value"
    run_algorithms += ", within_position_limits"
    assert refusal(tmp_path, text) == [
        "line 18: rulebook.offset_on_entry must be true or false",
        "line 19: rulebook.bypass.classes must be a list of urgent, high, normal",
        "line 19: rulebook.bypass.depth 0 is not from 1 to 1000",
        "line 19: rulebook.bypass.max_bypasses must be a whole number, from 1 to 1000000000",
        "line 20: rulebook.when_queued.orders 1073741824 is not from 1 to 1073741823",
        "line 20: rulebook.when_queued.algorithm 'maximum_value' is not one of all_or_nothing, "
        "greatest_fifo_set, bilateral_pass, within_position_limits",
        f"line 22: rulebook.offsetting[0].algorithm 'bypass' is not one of {run_algorithms}",
        "line 22: rulebook.offsetting[0].every '00:00' is shorter than a second",
        "line 23: rulebook.offsetting[1].at[1] '16:3' is not a local time like 16:30",
        "line 23: rulebook.offsetting[1].at[2] must be text; put it in quotes",
        "line 23: rulebook.offsetting[1].at[3] '25:00' is not a local time like 16:30",
        "line 24: rulebook.offsetting[2].work -1 is not from 0 to 1000000000000",
        "line 25: rulebook.offsetting[3] must have either the times (at) or the interval (every)",
        "line 26: rulebook.offsetting[4] must not have work: it bounds maximum_value alone",
        "line 27: rulebook.offsetting[5] must have either the times (at) or the interval (every)",
        "line 28: rulebook.offsetting[6].algorithm is missing",
        "line 28: rulebook.offsetting[6].every '00:15:60' is not an interval like 00:15 or "
        "00:00:30",
        "line 29: rulebook.offsetting[7].every must be text; put it in quotes",
        "line 30: rulebook.more is an unknown key",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rulebook: {position_limits: {currency: USD, aggregate_short_position: '1', "
            "prices: [{currency: KZT, price: '1'}, {currency: KZT, price: '2'}]}}\n",
            "line 17: rulebook.position_limits must not have two prices of one currency",
        ),
        (
            "rulebook: {position_limits: {currency: USD, aggregate_short_position: '1', "
            "prices: []}}\n",
            "line 17: rulebook.position_limits.prices List should have at least 1 item",
        ),
        ("rulebook:\n", "line 17: rulebook must be a mapping with keys; leave out the key if"),
        ("rulebook: [1]\n", "line 17: rulebook must be a mapping with keys"),
        (
            "rulebook:\n  bypass:\n",
            "line 18: rulebook.bypass must be a mapping with keys; leave out the key if",
        ),
        (
            "rulebook:\n  when_queued:\n",
            "line 18: rulebook.when_queued must be a mapping with keys; leave out the key if",
        ),
        ("rulebook:\n  when_queued: {}\n", "line 18: rulebook.when_queued.orders is missing"),
        (
            "rulebook:\n  bypass: {classes: []}\n",
            "line 18: rulebook.bypass.classes must name at least one payment class, and each once",
        ),
        (
            "rulebook:\n  bypass: {classes: [high, high]}\n",
            "line 18: rulebook.bypass.classes must name at least one payment class, and each once",
        ),
        (
            "rulebook:\n  bypass: {depth: true}\n",
            "line 18: rulebook.bypass.depth must be a whole number, from 1 to 1000",
        ),
    ],
)
def test_one_thing_that_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = refusal(tmp_path, text)
    assert problem.startswith(said)


def test_runs_that_would_never_occur_are_refused(tmp_path: Path) -> None:
    # Open from 01:00 to 18:00; on the first day clocks go back, so it is 18 hours long.
    text = """\
rulebook:
  offsetting:
    - {algorithm: bilateral_pass, at: ['01:00', '18:00', '00:59:59']}
    - {algorithm: bilateral_pass, every: '17:59:59'}
    - {algorithm: bilateral_pass, every: '18:00'}
"""
    never = "is outside the opening hours of every business day, so it would never run"
    assert refusal(tmp_path, text) == [
        f"line 19: rulebook.offsetting[0].at[1] '18:00' {never}",
        f"line 19: rulebook.offsetting[0].at[2] '00:59:59' {never}",
        "line 21: rulebook.offsetting[2].every '18:00' is as long as every business day or "
        "longer, so it would never run",
    ]


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (ScheduledRuns(Algorithm.BILATERAL_PASS, every=SECOND + 1), "'00:00:01.000001' is not an"),
        (ScheduledRuns(Algorithm.BILATERAL_PASS, every=100 * 3600 * SECOND), "would never run"),
        (ScheduledRuns(Algorithm.BILATERAL_PASS, (datetime.time(12),), work=7), "must not have"),
        (ScheduledRuns(Algorithm.BILATERAL_PASS, (datetime.time(0),)), "'00:00' is outside"),
        (
            ScheduledRuns(Algorithm.BILATERAL_PASS, (datetime.time(12, tzinfo=datetime.UTC),)),
            "'12:00+00:00' is not a local time",
        ),
    ],
)
def test_what_would_not_read_back_is_not_written(
    tmp_path: Path, runs: ScheduledRuns, said: str
) -> None:
    scenario = attrs.evolve(small_scenario(), rulebook=Rulebook(schedule=(runs,)))
    with pytest.raises(InputError, match=r"this cannot be written: rulebook\.offsetting") as caught:
        write_scenario(tmp_path / "scenario", scenario)
    assert said in str(caught.value)
    assert not (tmp_path / "scenario").exists()


def test_the_document_says_only_what_differs_from_gross_settlement(tmp_path: Path) -> None:
    write_scenario(tmp_path, attrs.evolve(small_scenario(), rulebook=RULEBOOK))
    text = (tmp_path / "scenario.yaml").read_text(encoding="utf-8")
    assert text.split("provenance:")[1] == """
  hours: none
  payments: made by hand
rulebook:
  offset_on_entry: true
  bypass:
    classes:
      - normal
    depth: 16
    max_bypasses: 100
  when_queued:
    orders: 1000
    algorithm: bilateral_pass
  offsetting:
    - algorithm: greatest_fifo_set
      every: '00:15'
    - algorithm: maximum_value
      at:
        - '17:30'
      work: 7
participants: participants.yaml
payments: payments.parquet
rates: rates.csv
"""  # fmt: skip

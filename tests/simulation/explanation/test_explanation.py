"""Why orders waited: each cause at its moment and with its figures as the oracle has them."""

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import polars as pl
import pytest

from skontro.files import Results, read_results_with_inputs, read_scenario, write_results
from skontro.files.refusals import Refusal, Refusals, write_refusals
from skontro.model import (
    CurrencyPrice,
    InputError,
    OrderStatus,
    ParticipantDirectory,
    PositionLimits,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from skontro.report.explanation import explanation_text
from skontro.simulation import settle
from skontro.simulation.explanation import (
    OrderExplanation,
    explain_order,
    explanation_document,
    explanations_json,
    find_orders,
    find_refusals,
)
from skontro.simulation.explanation.finding_orders import closest
from skontro.simulation.explanation.replayed_day import ReplayedDay
from tests.approval import assert_approved
from tests.engine.days import Case
from tests.engine.oracle import Command
from tests.engine.test_watching import Told, by_oracle, compressed
from tests.simulation.explained_days import SECOND, as_oracle_commands, draw_day
from tests.simulation.scenarios import day, scenario_of

EXAMPLES = Path(__file__).parents[3] / "examples"
ALMATY = ZoneInfo("Asia/Almaty")


@pytest.fixture(scope="module")
def three_banks() -> Results:
    return settle(read_scenario(EXAMPLES / "three-banks").scenario)


def settled_day(seed: int) -> Results:
    return settle(draw_day(seed))


def commands_of(results: Results) -> list[Command]:
    day, found = ReplayedDay(results), []
    for batch in day.batches():
        day.apply(batch)
        found += as_oracle_commands(batch)
    return found


def obstacles_in(explanation: OrderExplanation) -> list[Told]:
    """Time, reason and shortfall of each obstacle of an order that took time."""
    said: list[Told] = []
    for stage in explanation.stages:
        told = (stage.cause.reason.name, stage.cause.short)
        if stage.end > stage.start and (not said or told != said[-1][1:]):
            said.append((stage.start, *told))
    return [*said, (explanation.final_at, "NONE", 0)] if said else []


def check_spans(explanation: OrderExplanation, queued_or_held_at: int) -> None:
    """An order that waited has a cause at each moment that it waited, and one alone."""
    stages = explanation.stages
    assert stages[0].start == queued_or_held_at
    assert stages[-1].end == explanation.final_at
    assert all(one.end == other.start for one, other in pairwise(stages))
    assert all(stage.cause.reason != ReasonCode.NONE for stage in stages)
    assert sum(stage.end - stage.start for stage in stages) == explanation.waited


def check_day(seed: int, seen: Counter[str], every: int = 1) -> None:
    results = settled_day(seed)
    assert results.inputs is not None
    case = Case([*results.inputs.directory.accounts], results.rulebook, commands_of(results))
    numbers = results.orders["order"].to_list()[::every]
    right = by_oracle(case, numbers)
    submitted = results.orders["submitted_at"].to_physical().to_list()
    for number in numbers:
        explanation = explain_order(results, number)
        waiting = compressed(right[number])
        waited = len(waiting) > 1  # and longer than a moment
        assert obstacles_in(explanation) == (waiting if waited else [])
        if waited:
            check_spans(explanation, submitted[number])
        for stage in explanation.stages:
            seen[stage.cause.reason.name] += 1
            seen.update(one.kind.value for one in stage.after)
        seen.update(one.kind.value for one in explanation.ended_by)
        text = explanation_text(explanation_document(results, explanation), ALMATY)
        assert results.orders["uetr"][number] in text
        seen["orders"] += 1


def test_causes_and_shortfalls_are_those_of_the_oracle_at_each_moment_of_waiting() -> None:
    seen: Counter[str] = Counter()
    check_day(4, seen, every=3)
    assert seen["orders"] > 5
    assert min(seen["ORDER_AHEAD"], seen["INSUFFICIENT_LIQUIDITY"]) > 0


@pytest.mark.long
def test_every_cause_and_every_kind_of_change_occurs_on_random_days() -> None:
    seen: Counter[str] = Counter()
    for seed in range(150):
        check_day(seed, seen)
    for name in (
        *(
            "AWAITS_COUNTERLEG",
            "AWAITS_EARLIEST_TIME",
            "AWAITS_RUN",
            "ORDER_AHEAD",
            "INSUFFICIENT_LIQUIDITY",
        ),
        *("LIQUIDITY_RESERVED", "NET_SENDER_LIMIT_REACHED", "BILATERAL_LIMIT_REACHED"),
        *("COUNTERLEG_WAITS", "payment_in", "payment_out", "order_joined", "order_returned"),
        *("order_cancelled", "class_changed", "moved_in_queue", "liquidity_in"),
        *("credit_line_set", "reservation_set", "net_sender_limit_set", "bilateral_limit_set"),
        *("counterleg_came", "offsetting_ran", "time_came", "submitted"),
    ):
        assert seen[name] > 0, (name, seen)


#: Seeds of days and orders, whose explanations together have all parts that random days have.
TOLD = {
    3: (3, 25), 6: (3, 4), 9: (4, 24), 12: (2,), 15: (6,), 17: (5,), 28: (16,), 29: (12,), 40: (4,),
    44: (9,),
}  # fmt: skip


def test_stories_are_told_as_approved_in_words_and_as_documents() -> None:
    lines = []
    for seed, orders in TOLD.items():
        results = settled_day(seed)
        for order in orders:
            document = explanation_document(results, explain_order(results, order))
            lines += [f"=== day {seed}, order {order}", explanation_text(document, ALMATY)]
            stages = document.pop("stages")
            lines += [json.dumps(one) for one in (document, *stages)]
    assert_approved("explanations.txt", "\n".join(lines) + "\n", exact=True)


def text_of(results: Results, order: int) -> str:
    return explanation_text(explanation_document(results, explain_order(results, order)), ALMATY)


def test_the_story_of_the_example_reads_as_it_was_worked_out_by_hand(three_banks: Results) -> None:
    assert text_of(three_banks, 2) == (
        "STEPKZA0 pays MOUNKGB0 KZT 50,000.00, normal\n"
        "UETR 00000000-0000-4000-8000-000000000003, "
        f"row {three_banks.orders['row'][2]} of the payments, order 2\n"
        "\n"
        "Submitted 09:15:00 on 2026-10-26, settled 10:00:00.\n"
        "It waited 45 min 00 s.\n"
        "\n"
        "09:15:00  behind 1 order of STEPKZA0 worth KZT 150,000.00 (ORDER_AHEAD)\n"
        "            ahead: row {1} (KZT 150,000.00 to OASIUZT0, normal)\n"
        "            row {1}: short of KZT 50,000.00: STEPKZA0 had KZT -100,000.00 and a credit "
        "line of KZT 200,000.00 (INSUFFICIENT_LIQUIDITY)\n"
        "09:20:00  behind 1 order of STEPKZA0 worth KZT 150,000.00 (ORDER_AHEAD)\n"
        "            ahead: row {1} (KZT 150,000.00 to OASIUZT0, normal)\n"
        "            row {1}: short of KZT 130,000.00: STEPKZA0 had KZT -180,000.00 and a credit "
        "line of KZT 200,000.00 (INSUFFICIENT_LIQUIDITY)\n"
        "            after: KZT 80,000.00 was paid by STEPKZA0: row {3}\n"
        "10:00:00  settled, in its turn\n"
        "            after: KZT 200,000.00 came in to STEPKZA0: row {4}\n"
        "            after: KZT 150,000.00 was paid by STEPKZA0: row {1}\n"
    ).format(*three_banks.orders["row"].to_list())


def test_what_was_returned_says_what_it_lacked_to_the_end(three_banks: Results) -> None:
    text = text_of(three_banks, 7)
    assert (
        "17:00:00  short of KZT 170,000.00: OASIUZT0 had KZT 330,000.00 (INSUFFICIENT_LIQUIDITY)"
        in text
    )
    assert "18:00:00  returned: still without cover at the end of the day" in text
    assert "It settled at once" in text_of(three_banks, 0)
    assert "held until 12:00:00, before which it may not settle" in text_of(three_banks, 5)


def test_a_document_has_every_figure_as_text_and_every_order_by_name(three_banks: Results) -> None:
    document = explanation_document(three_banks, explain_order(three_banks, 1))
    assert json.loads(explanations_json([document])) == {"orders": [document]}
    first, second = document["stages"]
    assert first["cause"]["amount_short"] == "50000.00"
    assert first["cause"]["account"] == {
        "bic": "STEPKZA0",
        "currency": "KZT",
        "balance": "-100000.00",
        "credit": "200000.00",
    }
    assert second["after"][0]["kind"] == "payment_out"
    assert second["after"][0]["first"][0]["uetr"].endswith("4")
    assert document["ended_by"][0]["first"][0]["payer"] == "MOUNKGB0"
    assert (document["status"], document["mechanism"]) == ("settled", "queue")
    assert document["waited_microseconds"] == 50 * 60 * 10**6


def test_orders_offset_together_are_named_with_what_the_run_moved() -> None:
    results = next(
        results
        for results in map(settled_day, range(4, 40, 6))
        if "maximum_value" in results.orders["mechanism"].to_list()
    )
    order = results.orders.filter(pl.col("mechanism") == "maximum_value").row(0, named=True)
    explanation = explain_order(results, order["order"])
    together = explanation.together
    assert together is not None
    assert explanation.reason == ReasonCode.OFFSET_FOR_MAXIMUM_VALUE
    of_run = results.orders.filter(pl.col("run") == together.run)
    assert together.orders == of_run.height - 1
    assert together.value == of_run["amount_minor"].sum() - order["amount_minor"]
    paid = of_run.filter(pl.col("payer") == order["payer"])["amount_minor"].sum()
    assert together.paid_by_payer == paid
    text = text_of(results, order["order"])
    assert f"run {together.run} (maximum value), with {together.orders} other order" in text


@pytest.mark.long
@pytest.mark.parametrize("example", ["clearing-union", "currencies-together"])
def test_days_in_cycles_and_with_conversions_are_explained_too(
    example: str, tmp_path: Path
) -> None:
    write_results(tmp_path, settle(read_scenario(EXAMPLES / example).scenario))
    results = read_results_with_inputs(tmp_path)
    for number in results.orders["order"].to_list():
        explanation = explain_order(results, number)
        row = results.orders.row(number, named=True)
        assert explanation.status == OrderStatus(row["status"])
        assert bool(explanation.stages) == (row["entered_at"] != row["final_at"])
    waited = [n for n in range(results.orders.height) if explain_order(results, n).stages]
    assert waited


def test_results_that_do_not_follow_from_their_files_are_refused(three_banks: Results) -> None:
    inputs = three_banks.inputs
    assert inputs is not None
    richer = [attrs.evolve(one, opening_balance=10**9) for one in inputs.directory.accounts]
    directory = ParticipantDirectory(inputs.directory.participants, richer)
    changed = attrs.evolve(three_banks, inputs=attrs.evolve(inputs, directory=directory))
    with pytest.raises(InputError, match="do not follow from the payments"):
        explain_order(changed, 7)
    with pytest.raises(InputError, match="lack the settled scenario"):
        explain_order(attrs.evolve(three_banks, inputs=None), 7)


def test_an_order_is_found_by_uetr_by_its_first_signs_and_by_row(three_banks: Results) -> None:
    orders = three_banks.orders.with_columns(
        uetr=pl.Series([f"{n}a{n}b3c4d-0000-4000-8000-00000000000{n}" for n in range(8)])
    )
    results = attrs.evolve(three_banks, orders=orders)
    assert find_orders(results, "5A5B3C4D-0000-4000-8000-000000000005") == (5,)
    assert find_orders(results, "5a5b3c") == (5,)
    for number, row in enumerate(orders["row"].to_list()):
        assert find_orders(results, str(row)) == (number,)
    for text, message in (
        ("99", "no order came from row 99 of the payments file: the orders came from rows"),
        ("0", "no order has the UETR '0'; an order is named by its UETR"),
        ("5a5b3c4d-0000-4000-8000-000000000055", "did you mean 5a5b3c4d-0000-4000-8000-"),
        ("5x5b3c4d-0100-4000-8000-000000000005", "did you mean 5a5b3c4d-0000-4000-8000-"),
        ("5a5b3c4d-0000-4000-800-000000000005", "did you mean 5a5b3c4d-0000-4000-8000-"),
        ("ffffffff-ffff-4fff-8fff-ffffffffffff", "; an order is named by its UETR"),
    ):
        with pytest.raises(InputError) as error:
            find_orders(results, text)
        assert message in str(error.value)
    with pytest.raises(InputError, match="begins the UETRs of 8 orders, such as"):
        find_orders(three_banks, "000000")
    unnumbered = orders.with_columns(row=pl.lit(None, dtype=pl.Int64))
    with pytest.raises(InputError, match="come from no file with rows"):
        find_orders(attrs.evolve(results, orders=unnumbered), "3")


def test_a_conversion_is_found_with_both_its_legs() -> None:
    results = settle(read_scenario(EXAMPLES / "currencies-together").scenario)
    conversions = pl.read_csv(EXAMPLES / "currencies-together" / "conversions.csv")["uetr"]
    found = find_orders(results, conversions[0])
    assert len(found) == 2
    first, second = (results.orders.row(number, named=True) for number in found)
    assert (first["counterleg"], second["counterleg"]) == (second["uetr"], first["uetr"])


def test_a_long_story_is_added_up_where_the_obstacle_stays_the_same() -> None:
    kzt = find_currency("KZT")
    accounts = [SettlementAccount("MOUNKGB0", kzt, 30), SettlementAccount("STEPKZA0", kzt, 0)]
    large = {"payer": "STEPKZA0", "payee": "MOUNKGB0", "currency": "KZT", "amount_minor": 99}
    small = {"payer": "MOUNKGB0", "payee": "STEPKZA0", "currency": "KZT", "amount_minor": 1}
    payments = [large | {"submitted_at": 100 * SECOND}]
    payments += [small | {"submitted_at": (110 + n) * SECOND} for n in range(20)]
    days = [day(0, 100 * SECOND, 200 * SECOND)]
    results = settle(scenario_of(accounts, payments, days))
    explanation = explain_order(results, 0)
    assert [stage.cause.short for stage in explanation.stages] == [*range(99, 78, -1)]
    text = explanation_text(explanation_document(results, explanation), ALMATY)
    assert "short of KZT 0.99: STEPKZA0 had KZT 0.00 (INSUFFICIENT_LIQUIDITY)" in text
    assert "in 20 steps: KZT 0.20 (20 orders) came in to STEPKZA0" in text
    assert "at the end of that it was short of KZT 0.79" in text
    assert "still without cover at the end of the day (RETURNED_AT_END_OF_DAY)" in text
    assert len(text.splitlines()) < 12


def test_under_position_limits_the_positions_and_the_limit_are_told() -> None:
    kzt, uzs = find_currency("KZT"), find_currency("UZS")
    banks = ("MOUNKGB0", "OASIUZT0", "STEPKZA0")
    accounts = [SettlementAccount(bic, code, 0, 50) for bic in banks for code in (kzt, uzs)]
    payments: list[dict[str, object]] = [
        {"payer": "STEPKZA0", "payee": "MOUNKGB0", "currency": "KZT", "amount_minor": 30},
        {"payer": "STEPKZA0", "payee": "OASIUZT0", "currency": "UZS", "amount_minor": 30},
        {"payer": "MOUNKGB0", "payee": "STEPKZA0", "currency": "KZT", "amount_minor": 60},
    ]
    payments = [one | {"submitted_at": (100 + n) * SECOND} for n, one in enumerate(payments)]
    limits = PositionLimits(
        find_currency("USD"),
        tuple(CurrencyPrice(c, Decimal(1), Decimal(0)) for c in (kzt, uzs)),
        25,
    )
    scenario = attrs.evolve(
        scenario_of(accounts, payments, [day(0, 100 * SECOND, 200 * SECOND)]),
        rulebook=Rulebook(position_limits=limits),
    )
    [stage] = explain_order(settle(scenario), 0).stages
    assert stage.cause.reason == ReasonCode.POSITION_LIMIT_REACHED
    text = text_of(settle(scenario), 0)
    assert "STEPKZA0 had KZT 0.00 and UZS 0.00: settling it would bring its aggregate" in text
    assert "above USD 0.25, or its overall value below zero (POSITION_LIMIT_REACHED)" in text
    assert "short of KZT 0.10: MOUNKGB0 had KZT 0.00 and a credit line of KZT 0.50" in text_of(
        settle(scenario), 2
    )


def test_a_refused_row_is_told_without_the_mark_for_spreadsheets(tmp_path: Path) -> None:
    refusal = Refusal("p.csv", 3, "uetr", ReasonCode.FIELD_MALFORMED, "=1+1", "is not a UETR")
    write_refusals(tmp_path / "refusals.csv", Refusals.of([refusal]))
    assert [one["value"] for one in find_refusals(tmp_path, "3")] == ["=1+1"]
    assert find_refusals(tmp_path, "4") == []


def test_results_that_changed_in_status_or_time_are_refused(three_banks: Results) -> None:
    orders = three_banks.orders
    later = orders.with_columns(pl.col("final_at") + pl.duration(microseconds=1))
    status = pl.when(pl.col("order") == 7).then(pl.lit("cancelled")).otherwise("status")
    for changed in (later, orders.with_columns(status.alias("status"))):
        with pytest.raises(InputError, match="a file was changed, or another version settled"):
            explain_order(attrs.evolve(three_banks, orders=changed), 7)


def test_a_row_of_a_refusal_is_read_as_it_stands_and_no_other_file_is(tmp_path: Path) -> None:
    assert find_refusals(tmp_path, "3") == []
    (tmp_path / "refusals.csv").write_bytes(b'file,row\n"p.csv,3\n')
    assert find_refusals(tmp_path, "3x") == []
    with pytest.raises(InputError, match=r"refusals\.csv: this is not a file of refusals: "):
        find_refusals(tmp_path, " 3 ")


def named_so(*uetrs: str) -> list[str]:
    return [f"{name:-<36}" for name in uetrs]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ab0123456789", ["ab0123x", "ab0123y", "ab0123z"]),  # three of the four that begin so
        ("ab01234567", []),  # of fewer than twelve signs nothing is guessed
        ("xyz3456789ab-----------------------", ["ab0123x", "ab0123y", "ab0123z"]),
    ],
)
def test_a_few_of_those_that_begin_or_end_alike_are_named(name: str, found: list[str]) -> None:
    uetrs = pl.Series(named_so("ab0123x", "ab0123y", "ab0123z", "ab0123w"))
    assert closest(uetrs, name) == named_so(*found)


def test_up_to_four_wrong_signs_are_close_and_the_closest_come_first() -> None:
    name = "0123456789abcdefghijklmnopqrstuvwxyz"

    def wrong(number: int) -> str:
        return "#" * number + name[number:-1] + "#"

    uetrs = pl.Series([wrong(4), wrong(3), wrong(1), wrong(2), "?" + wrong(1)[1:]])
    assert closest(uetrs, name) == [uetrs[2], uetrs[4], uetrs[3]]
    assert closest(pl.Series([wrong(3)]), name) == [wrong(3)]
    assert closest(pl.Series([wrong(4)]), name) == []
    assert closest(pl.Series([], dtype=pl.String), name) == []
    assert closest(pl.Series([wrong(3)]), "é" + name[1:]) == []


def stages(results: Results, *causes: int) -> list[dict[str, Any]]:
    """Stages of one second each with the first or second cause of an order of the example."""
    [_, lacks] = explanation_document(results, explain_order(results, 1))["stages"]
    awaits = lacks | {"cause": lacks["cause"] | {"reason": "AWAITS_RUN", "explanation": "waits"}}
    return [(lacks, awaits)[cause] for cause in causes]


@pytest.mark.parametrize(("number", "left_out"), [(20, 0), (21, 0), (22, 2), (23, 3)])
def test_of_many_paragraphs_the_first_and_the_last_are_told(
    three_banks: Results, number: int, left_out: int
) -> None:
    document = explanation_document(three_banks, explain_order(three_banks, 1))
    document["stages"] = stages(three_banks, *([0, 1] * 12)[:number])
    text = explanation_text(document, ALMATY)
    assert text.count("(INSUFFICIENT_LIQUIDITY)") + text.count("(AWAITS_RUN)") == number - left_out
    told = f"\n          … {left_out} more changes; the JSON format has all of them\n"
    assert (told in text) == (left_out > 0)


@pytest.mark.parametrize(("number", "paragraphs"), [(12, 12), (13, 1)])
def test_stages_with_the_same_obstacle_are_added_up_if_there_are_more_than_twelve(
    three_banks: Results, number: int, paragraphs: int
) -> None:
    document = explanation_document(three_banks, explain_order(three_banks, 1))
    document["stages"] = stages(three_banks, *[0] * number)
    text = explanation_text(document, ALMATY)
    assert text.count("(INSUFFICIENT_LIQUIDITY)") == paragraphs
    added_up = "until 10:00:00, in 12 steps: KZT 960,000.00 (12 orders) was paid by STEPKZA0\n"
    assert (added_up in text) == (paragraphs == 1)
    assert ("at the end of that it was short of KZT 130,000.00" in text) == (paragraphs == 1)

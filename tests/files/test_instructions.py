"""Instructions: what each needs, what it may not have, and how they come back."""

import datetime
from pathlib import Path

import attrs
import polars as pl
import pytest

from skontro.files import (
    INSTRUCTION_FIELDS,
    INSTRUCTIONS,
    read_scenario,
    write_instructions,
    write_scenario,
)
from skontro.model import InputError, ReasonCode
from tests.files.banks import uetr
from tests.files.instruction_files import GOOD, NOON, USE, read, read_rows, read_text, row_of
from tests.files.small_examples import small_scenario, timestamp


def test_instructions_are_those_that_the_reference_names() -> None:
    for instruction, fields in INSTRUCTION_FIELDS.items():
        used = [name for name, use in zip(GOOD, USE[instruction], strict=True) if use != "."]
        assert sorted(fields) == sorted(used)
    assert list(INSTRUCTION_FIELDS) == list(USE)


@pytest.mark.parametrize("instruction", USE)
def test_exactly_the_fields_that_an_instruction_has(tmp_path: Path, instruction: str) -> None:
    values = [(name, value) for name in GOOD for value in ("", GOOD[name], " x")]
    rows = [row_of(instruction, **{name: value}) for name, value in values]
    reading = read_rows(tmp_path, row_of(instruction), *rows)
    given: dict[int, list[tuple[str, str, str]]] = {}
    for one in reading.refusals:
        given.setdefault(one.row, []).append((one.field, one.reason.name, one.message))
    expected = {}
    for row, (name, value) in enumerate(values, start=3):
        use = USE[instruction][list(GOOD).index(name)]
        missing = (name, "FIELD_MISSING", f"is missing; {instruction} needs it")
        if name == "latest_at":
            one_of_two = "is missing, and earliest_at too: change_times needs at least one of them"
            missing = (name, "FIELD_MISSING", one_of_two)
        unused = (name, "FIELD_MALFORMED", f"must be empty; {instruction} does not use it")
        spaces = (name, "FIELD_MALFORMED", "has spaces before or after it; remove them")
        if use == "." and value:
            expected[row] = [unused]
        elif value == " x":
            expected[row] = [spaces]
        elif use == "r" and not value:
            expected[row] = [missing]
    assert given == expected
    assert reading.instructions.height == 1 + len(rows) - len(expected)


@pytest.mark.parametrize("named", ["amount", "amount_minor"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_good_file_gives_the_table_by_time(tmp_path: Path, named: str, kind: str) -> None:
    amounts = {"amount": ("0", "7.5"), "amount_minor": ("0", "750")}[named]
    rows = [
        row_of("transfer_in", at="2026-10-25T12:00:01", amount=amounts[1]),
        row_of("set_credit_line", amount=amounts[0]),
        row_of("set_bilateral_limit"),
        row_of("cancel", at="2026-10-25T11:00Z"),
        row_of("offset"),
        row_of("change_times", earliest_at=NOON),
        row_of("change_times", at="2026-10-25T12:00:02"),
        row_of("set_reservation", amount=amounts[1], payment_class="urgent"),
        row_of("set_net_sender_limit", at="2026-10-26T17:59:59.999999", amount=amounts[0]),
    ]
    path = tmp_path / f"instructions.{kind}"
    table = pl.DataFrame(rows).rename({"amount": named})
    table.write_csv(path) if kind == "csv" else table.write_parquet(path)
    reading = read(path)
    assert not list(reading.refusals)
    assert reading.instructions.schema == INSTRUCTIONS
    noon = datetime.datetime(2026, 10, 25, 11, tzinfo=datetime.UTC)
    later = noon + datetime.timedelta(seconds=1)
    account = ("BANKDEFF", "EUR")
    assert reading.instructions.rows() == [
        (noon, "set_credit_line", None, None, *account, None, 0, *[None] * 3),
        (noon, "set_bilateral_limit", None, None, *account, "BANKKZKX", *[None] * 4),
        (noon, "cancel", uetr(1), *[None] * 8),
        (noon, "offset", *[None] * 6, "bilateral_pass", None, None),
        (noon, "change_times", uetr(1), *[None] * 6, noon, noon + datetime.timedelta(hours=2)),
        (noon, "set_reservation", None, "urgent", *account, None, 750, *[None] * 3),
        (later, "transfer_in", None, None, *account, None, 750, *[None] * 3),
        (
            noon + datetime.timedelta(seconds=2),
            *("change_times", uetr(1), *[None] * 7, noon + datetime.timedelta(hours=2)),
        ),
        (
            datetime.datetime(2026, 10, 26, 16, 59, 59, 999_999, tzinfo=datetime.UTC),
            *("set_net_sender_limit", None, None, *account, None, 0, *[None] * 3),
        ),
    ]  # fmt: skip


def test_zero_sets_a_limit_and_nothing_ends_it(tmp_path: Path) -> None:
    limits = ("set_net_sender_limit", "set_bilateral_limit")
    rows = [row_of(limit, amount=amount) for limit in limits for amount in ("0.00", "")]
    reading = read_rows(tmp_path, *rows)
    assert reading.instructions["amount_minor"].to_list() == [0, None, 0, None]


def test_columns_that_no_row_needs_may_be_left_out(tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"at,instruction,algorithm\n{NOON},offset,all_or_nothing\n")
    assert not list(reading.refusals)
    assert reading.instructions["algorithm"].to_list() == ["all_or_nothing"]
    with pytest.raises(InputError, match=r"instructions are read from files that end in \.csv or"):
        read(tmp_path / "instructions.txt")
    with pytest.raises(InputError, match=r"instructions are written to files that end in \.csv"):
        write_instructions(tmp_path / "instructions.txt", reading.instructions)


def test_a_scenario_names_its_instructions_and_refuses_rows_of_both_files(tmp_path: Path) -> None:
    row = (timestamp(6), "cancel", uetr(1), *[None] * 8)
    instructions = pl.DataFrame([row], schema=INSTRUCTIONS, orient="row")
    scenario = attrs.evolve(small_scenario(), instructions=instructions)
    write_scenario(tmp_path, scenario, "csv")
    text = (tmp_path / "scenario.yaml").read_text(encoding="utf-8")
    assert text.endswith("\nrates: rates.csv\ninstructions: instructions.csv\n")
    assert (tmp_path / "instructions.csv").read_text(encoding="utf-8") == (
        "at,instruction,uetr,payment_class,participant,currency,counterparty,amount,algorithm,"
        "earliest_at,latest_at\n"
        f"2026-10-24T23:00:06.000000Z,cancel,{uetr(1)},,,,,,,,\n"
    )
    payments = tmp_path / "payments.csv"
    bad = payments.read_text(encoding="utf-8").replace("12.50", "12.505")
    payments.write_text(bad, encoding="utf-8")
    reading = read_scenario(tmp_path)
    assert reading.scenario.instructions.equals(INSTRUCTIONS.to_frame())
    assert [(r.file, r.row, r.reason) for r in reading.refusals] == [
        ("payments.csv", 2, ReasonCode.WRONG_EXPONENT),
        ("instructions.csv", 2, ReasonCode.ORDER_UNKNOWN),
    ]
    assert reading.refusals.refused_rows == 2


def test_another_file_in_place_of_the_instructions_named(tmp_path: Path) -> None:
    write_scenario(tmp_path / "scenario", small_scenario())
    assert read_scenario(tmp_path / "scenario").scenario.instructions.height == 0
    other = tmp_path / "other.csv"
    other.write_text(f"at,instruction,uetr\n{NOON},cancel,{uetr(1)}\n", encoding="utf-8")
    reading = read_scenario(tmp_path / "scenario", instructions=other)
    assert reading.scenario.instructions["uetr"].to_list() == [uetr(1)]

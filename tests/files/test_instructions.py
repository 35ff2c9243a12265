"""Instructions: what each needs, what it may not have, and every reason to refuse a row."""

import datetime
from pathlib import Path

import attrs
import polars as pl
import pytest
from banks import DAYS, DIRECTORY, ZONE, uetr
from small_examples import moment, small_scenario

from skontro.files import (
    INSTRUCTION_FIELDS,
    INSTRUCTIONS,
    InstructionsReading,
    read_instructions,
    read_scenario,
    write_instructions,
    write_scenario,
)
from skontro.model import InputError, ReasonCode

NAMES = (
    *("at", "instruction", "uetr", "payment_class", "participant", "currency", "counterparty"),
    *("amount", "algorithm"),
)
NOON = "2026-10-25T12:00:00"

#: A good value for each field, and which fields each instruction has: r required, o optional.
GOOD = {
    "uetr": uetr(1),
    "payment_class": "high",
    "participant": "BANKDEFF",
    "currency": "EUR",
    "counterparty": "BANKKZKX",
    "amount": "12.50",
    "algorithm": "bilateral_pass",
}
USE = {
    # uetr, payment_class, participant, currency, counterparty, amount, algorithm
    "cancel": "r......",
    "change_class": "rr.....",
    "move_to_front": "r......",
    "move_to_end": "r......",
    "set_credit_line": "..rr.r.",
    "set_reservation": ".rrr.r.",
    "set_net_sender_limit": "..rr.o.",
    "set_bilateral_limit": "..rrro.",
    "transfer_in": "..rr.r.",
    "transfer_out": "..rr.r.",
    "offset": "......r",
}


def row_of(instruction: str, /, **others: str) -> dict[str, str]:
    """A row with the fields that the instruction needs, and others."""
    needed = [name for name, use in zip(GOOD, USE[instruction], strict=True) if use == "r"]
    return (
        dict.fromkeys(NAMES, "")
        | {"at": NOON, "instruction": instruction}
        | {name: GOOD[name] for name in needed}
        | others
    )


def read(path: Path) -> InstructionsReading:
    return read_instructions(path, DIRECTORY, DAYS, ZONE.key, small_scenario().payments)


def read_text(folder: Path, text: str) -> InstructionsReading:
    path = folder / "instructions.csv"
    path.write_text(text, encoding="utf-8")
    return read(path)


def read_rows(folder: Path, *rows: dict[str, str]) -> InstructionsReading:
    lines = [",".join(row[name] for name in NAMES) for row in rows]
    return read_text(folder, "\n".join([",".join(NAMES), *lines]))


def refusals(folder: Path, *rows: dict[str, str]) -> list[str]:
    """Refusals as the terminal shows them, without the name of the file."""
    reading = read_rows(folder, *rows)
    assert reading.instructions.height == 0
    prefix = "instructions.csv, "
    return [f"{str(r).removeprefix(prefix)} [{r.reason.name}]" for r in reading.refusals]


def test_instructions_are_those_that_the_reference_names() -> None:
    for instruction, fields in INSTRUCTION_FIELDS.items():
        used = [name for name, use in zip(GOOD, USE[instruction], strict=True) if use != "."]
        assert sorted(fields) == sorted(used)
    assert list(INSTRUCTION_FIELDS) == list(USE)


@pytest.mark.parametrize("instruction", USE)
def test_exactly_the_fields_that_an_instruction_has(tmp_path: Path, instruction: str) -> None:
    assert read_rows(tmp_path, row_of(instruction)).instructions.height == 1
    for name, use in zip(GOOD, USE[instruction], strict=True):
        without = read_rows(tmp_path, row_of(instruction, **{name: ""}))
        with_it = read_rows(tmp_path, row_of(instruction, **{name: GOOD[name]}))
        nonsense = read_rows(tmp_path, row_of(instruction, **{name: " x"}))
        given = [
            [(r.field, r.reason.name, r.message) for r in x.refusals] for x in (without, with_it)
        ]
        missing = (name, "FIELD_MISSING", f"is missing; {instruction} needs it")
        unused = (name, "FIELD_MALFORMED", f"must be empty; {instruction} does not use it")
        expected = {"r": [[missing], []], "o": [[], []], ".": [[], [unused]]}
        assert given == expected[use]
        spaces = (name, "FIELD_MALFORMED", "has spaces before or after it; remove them")
        assert [(r.field, r.reason.name, r.message) for r in nonsense.refusals] == [
            unused if use == "." else spaces
        ]


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
        (noon, "set_credit_line", None, None, *account, None, 0, None),
        (noon, "set_bilateral_limit", None, None, *account, "BANKKZKX", None, None),
        (noon, "cancel", uetr(1), *[None] * 6),
        (noon, "offset", *[None] * 6, "bilateral_pass"),
        (noon, "set_reservation", None, "urgent", *account, None, 750, None),
        (later, "transfer_in", None, None, *account, None, 750, None),
        (
            datetime.datetime(2026, 10, 26, 16, 59, 59, 999_999, tzinfo=datetime.UTC),
            *("set_net_sender_limit", None, None, *account, None, 0, None),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (row_of("cancel", at=""), "row 1, at: is missing [FIELD_MISSING]"),
        (
            row_of("cancel", at="noon"),
            "row 1, at 'noon': is not a time like 2026-01-05T09:30:00+05:00, to the microsecond at "
            "most [FIELD_MALFORMED]",
        ),
        (
            row_of("offset", at="2026-10-25T18:00"),
            "row 1, at '2026-10-25T18:00': the time lies outside the business days "
            "[OUTSIDE_BUSINESS_DAY]",
        ),
        (
            row_of("cancel", at="2026-10-25T01:00:04.999999"),
            "row 1, at '2026-10-25T01:00:04.999999': comes before the order was submitted "
            "[TIMES_OUT_OF_ORDER]",
        ),
        (row_of("cancel", instruction=""), "row 1, instruction: is missing [FIELD_MISSING]"),
        (
            row_of("cancel", instruction="Cancel"),
            f"row 1, instruction 'Cancel': is none of {', '.join(USE)} [FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", instruction="cancel "),
            "row 1, instruction 'cancel ': has spaces before or after it; remove them "
            "[FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", uetr="7"),
            "row 1, uetr '7': is not a UETR (a lower-case UUID of version 4) [FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", uetr=uetr(2)),
            f"row 1, uetr '{uetr(2)}': is the UETR of no payment, or of one that is refused "
            "[ORDER_UNKNOWN]",
        ),
        (
            row_of("change_class", payment_class="low"),
            "row 1, payment_class 'low': is none of urgent, high, normal [UNKNOWN_CLASS]",
        ),
        (
            row_of("set_reservation", payment_class="normal"),
            "row 1, payment_class 'normal': is none of urgent, high, for which money can be "
            "reserved [UNKNOWN_CLASS]",
        ),
        (
            row_of("transfer_in", participant="BANKXXXX"),
            "row 1, participant 'BANKXXXX': the participant is not in the participant directory "
            "[UNKNOWN_PARTICIPANT]",
        ),
        (
            row_of("transfer_in", participant="BANKVNVX", currency="KZT"),
            "row 1, participant 'BANKVNVX': has no settlement account in KZT "
            "[NO_SETTLEMENT_ACCOUNT]",
        ),
        (
            row_of("transfer_in", currency="XAU"),
            "row 1, currency 'XAU': the currency is not an ISO 4217 currency with a minor unit "
            "[UNKNOWN_CURRENCY]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKXXXX"),
            "row 1, counterparty 'BANKXXXX': the participant is not in the participant directory "
            "[UNKNOWN_PARTICIPANT]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKVNVX", currency="KZT"),
            "row 1, counterparty 'BANKVNVX': has no settlement account in KZT "
            "[NO_SETTLEMENT_ACCOUNT]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKDEFF"),
            "row 1, counterparty 'BANKDEFF': is the participant itself [SAME_ACCOUNT]",
        ),
        (
            row_of("set_credit_line", amount="1e3"),
            "row 1, amount '1e3': is not a decimal amount like 1250.50 [FIELD_MALFORMED]",
        ),
        (
            row_of("set_credit_line", amount="1.505"),
            "row 1, amount '1.505': has too many decimals; the currency has 2 [WRONG_EXPONENT]",
        ),
        (
            row_of("set_credit_line", amount="9" * 17),
            f"row 1, amount '{'9' * 17}': the amount has more than 18 digits in minor units "
            "[AMOUNT_TOO_LARGE]",
        ),
        *(
            (
                row_of(instruction, amount="-0.01"),
                "row 1, amount '-0.01': the amount is below zero [AMOUNT_NEGATIVE]",
            )
            for instruction in USE
            if instruction.startswith("set_")
        ),
        *(
            (
                row_of(instruction, amount=amount),
                f"row 1, amount '{amount}': the amount is not greater than zero "
                "[AMOUNT_NOT_POSITIVE]",
            )
            for instruction in ("transfer_in", "transfer_out")
            for amount in ("0", "-0.01")
        ),
        (
            row_of("offset", algorithm="maximum_value"),
            "row 1, algorithm 'maximum_value': is none of all_or_nothing, greatest_fifo_set, "
            "bilateral_pass [UNKNOWN_ALGORITHM]",
        ),
    ],
)
def test_every_reason_to_refuse_a_row(tmp_path: Path, row: dict[str, str], said: str) -> None:
    assert refusals(tmp_path, row) == [said]


def test_zero_sets_a_limit_and_nothing_ends_it(tmp_path: Path) -> None:
    limits = ("set_net_sender_limit", "set_bilateral_limit")
    rows = [row_of(limit, amount=amount) for limit in limits for amount in ("0.00", "")]
    reading = read_rows(tmp_path, *rows)
    assert reading.instructions["amount_minor"].to_list() == [0, None, 0, None]


def test_all_that_is_wrong_with_a_row_is_said_once(tmp_path: Path) -> None:
    wrong = dict.fromkeys(NAMES, "x") | {"at": "2026-10-24T12:00"}
    assert [
        text.split(":")[0] + text[text.index(" [") :] for text in refusals(tmp_path, wrong)
    ] == [
        "row 1, instruction 'x' [FIELD_MALFORMED]",
        "row 1, uetr 'x' [FIELD_MALFORMED]",
        "row 1, amount 'x' [FIELD_MALFORMED]",
        "row 1, currency 'x' [UNKNOWN_CURRENCY]",
        "row 1, participant 'x' [UNKNOWN_PARTICIPANT]",
        "row 1, counterparty 'x' [UNKNOWN_PARTICIPANT]",
        "row 1, payment_class 'x' [UNKNOWN_CLASS]",
        "row 1, at '2026-10-24T12 [OUTSIDE_BUSINESS_DAY]",
        "row 1, counterparty 'x' [SAME_ACCOUNT]",
        "row 1, algorithm 'x' [UNKNOWN_ALGORITHM]",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("at,uetr", "column instruction is missing"),
        ("at,instruction,amount,amount_minor", "only one of amount and amount_minor may be there"),
        (
            "at,instruction,participants",
            "unknown column 'participants' (did you mean participant?)",
        ),
        ("at,instruction,at", "column at appears twice"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, header + "\n")
    assert str(caught.value) == f"{tmp_path / 'instructions.csv'}: {said}"


def test_columns_that_no_row_needs_may_be_left_out(tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"at,instruction,algorithm\n{NOON},offset,all_or_nothing\n")
    assert not list(reading.refusals)
    assert reading.instructions["algorithm"].to_list() == ["all_or_nothing"]
    with pytest.raises(InputError, match=r"instructions are read from files that end in \.csv or"):
        read(tmp_path / "instructions.txt")
    with pytest.raises(InputError, match=r"instructions are written to files that end in \.csv"):
        write_instructions(tmp_path / "instructions.txt", reading.instructions)


def test_a_scenario_names_its_instructions_and_refuses_rows_of_both_files(tmp_path: Path) -> None:
    row = (moment(6), "cancel", uetr(1), *[None] * 6)
    instructions = pl.DataFrame([row], schema=INSTRUCTIONS, orient="row")
    scenario = attrs.evolve(small_scenario(), instructions=instructions)
    write_scenario(tmp_path, scenario, "csv")
    text = (tmp_path / "scenario.yaml").read_text(encoding="utf-8")
    assert text.endswith("\nrates: rates.csv\ninstructions: instructions.csv\n")
    assert (tmp_path / "instructions.csv").read_text(encoding="utf-8") == (
        "at,instruction,uetr,payment_class,participant,currency,counterparty,amount,algorithm\n"
        f"2026-10-24T23:00:06.000000Z,cancel,{uetr(1)},,,,,,\n"
    )
    payments = tmp_path / "payments.csv"
    bad = payments.read_text(encoding="utf-8").replace("12.50", "12.505")
    payments.write_text(bad, encoding="utf-8")
    reading = read_scenario(tmp_path)
    assert reading.scenario.instructions.equals(INSTRUCTIONS.to_frame())
    assert [(r.file, r.row, r.reason) for r in reading.refusals] == [
        ("payments.csv", 1, ReasonCode.WRONG_EXPONENT),
        ("instructions.csv", 1, ReasonCode.ORDER_UNKNOWN),
    ]
    assert reading.refusals.refused_rows == 2


def test_another_file_in_place_of_the_instructions_named(tmp_path: Path) -> None:
    write_scenario(tmp_path / "scenario", small_scenario())
    assert read_scenario(tmp_path / "scenario").scenario.instructions.height == 0
    other = tmp_path / "other.csv"
    other.write_text(f"at,instruction,uetr\n{NOON},cancel,{uetr(1)}\n", encoding="utf-8")
    reading = read_scenario(tmp_path / "scenario", instructions=other)
    assert reading.scenario.instructions["uetr"].to_list() == [uetr(1)]

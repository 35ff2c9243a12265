"""Every reason to refuse an instruction, in the words that a person reads."""

from pathlib import Path

import pytest

from skontro.model import InputError
from tests.files.banks import uetr
from tests.files.instruction_files import NAMES, USE, read_text, refusals, row_of


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (row_of("cancel", at=""), "row 2, at: is missing [FIELD_MISSING]"),
        (
            row_of("cancel", at="noon"),
            "row 2, at 'noon': is not a time like 2026-01-05T09:30:00+05:00, to the microsecond at "
            "most, from 1970 to 9999 [FIELD_MALFORMED]",
        ),
        (
            row_of("offset", at="2026-10-25T18:00"),
            "row 2, at '2026-10-25T18:00': the time is outside the business days "
            "[OUTSIDE_BUSINESS_DAY]",
        ),
        (
            row_of("cancel", at="2026-10-25T01:00:04.999999"),
            "row 2, at '2026-10-25T01:00:04.999999': comes before the order was submitted "
            "[TIMES_OUT_OF_ORDER]",
        ),
        (row_of("cancel", instruction=""), "row 2, instruction: is missing [FIELD_MISSING]"),
        (
            row_of("cancel", instruction="Cancel"),
            f"row 2, instruction 'Cancel': is not one of {', '.join(USE)}; did you mean cancel? "
            "[FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", instruction="cancel "),
            "row 2, instruction 'cancel ': has spaces before or after it; remove them "
            "[FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", uetr="7"),
            "row 2, uetr '7': is not a UETR (a lower-case UUID of version 4) [FIELD_MALFORMED]",
        ),
        (
            row_of("cancel", uetr=uetr(2)),
            f"row 2, uetr '{uetr(2)}': is the UETR of no payment, or of a refused one "
            "[ORDER_UNKNOWN]",
        ),
        (
            row_of("change_class", payment_class="low"),
            "row 2, payment_class 'low': is not one of urgent, high, normal [UNKNOWN_CLASS]",
        ),
        (
            row_of("change_times", latest_at="2026-10-25T11:59:59.999999"),
            "row 2, latest_at '2026-10-25T11:59:59.999999': comes before the time of the "
            "instruction, or before the new earliest time [TIMES_OUT_OF_ORDER]",
        ),
        (
            row_of("change_times", earliest_at="2026-10-25T14:00:00.000001"),
            "row 2, latest_at '2026-10-25T14:00:00': comes before the time of the "
            "instruction, or before the new earliest time [TIMES_OUT_OF_ORDER]",
        ),
        (
            row_of("change_times", earliest_at="soon"),
            "row 2, earliest_at 'soon': is not a time like 2026-01-05T09:30:00+05:00, to the "
            "microsecond at most, from 1970 to 9999 [FIELD_MALFORMED]",
        ),
        (
            row_of("set_reservation", payment_class="normal"),
            "row 2, payment_class 'normal': is not one of urgent, high, for which money can be "
            "reserved [UNKNOWN_CLASS]",
        ),
        (
            row_of("transfer_in", participant="BANKXXXX"),
            "row 2, participant 'BANKXXXX': the participant is not in the participant directory "
            "[UNKNOWN_PARTICIPANT]",
        ),
        (
            row_of("transfer_in", participant="BANKVNVX", currency="KZT"),
            "row 2, participant 'BANKVNVX': has no settlement account in KZT "
            "[NO_SETTLEMENT_ACCOUNT]",
        ),
        (
            row_of("transfer_in", currency="XAU"),
            "row 2, currency 'XAU': the currency is not an ISO 4217 currency with a minor unit "
            "[UNKNOWN_CURRENCY]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKXXXX"),
            "row 2, counterparty 'BANKXXXX': the participant is not in the participant directory "
            "[UNKNOWN_PARTICIPANT]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKVNVX", currency="KZT"),
            "row 2, counterparty 'BANKVNVX': has no settlement account in KZT "
            "[NO_SETTLEMENT_ACCOUNT]",
        ),
        (
            row_of("set_bilateral_limit", counterparty="BANKDEFF"),
            "row 2, counterparty 'BANKDEFF': is the participant itself [SAME_ACCOUNT]",
        ),
        (
            row_of("set_credit_line", amount="1e3"),
            "row 2, amount '1e3': is not a decimal amount like 1250.50 [FIELD_MALFORMED]",
        ),
        (
            row_of("set_credit_line", amount="1.505"),
            "row 2, amount '1.505': has too many decimals; the currency has 2 [WRONG_EXPONENT]",
        ),
        (
            row_of("set_credit_line", amount="9" * 17),
            f"row 2, amount '{'9' * 17}': the amount has more than 18 digits in minor units "
            "[AMOUNT_TOO_LARGE]",
        ),
        *(
            (
                row_of(instruction, amount="-0.01"),
                "row 2, amount '-0.01': the amount is below zero [AMOUNT_NEGATIVE]",
            )
            for instruction in USE
            if instruction.startswith("set_")
        ),
        *(
            (
                row_of(instruction, amount=amount),
                f"row 2, amount '{amount}': the amount is not greater than zero "
                "[AMOUNT_NOT_POSITIVE]",
            )
            for instruction in ("transfer_in", "transfer_out")
            for amount in ("0", "-0.01")
        ),
        (
            row_of("offset", algorithm="maximum_value"),
            "row 2, algorithm 'maximum_value': is not one of all_or_nothing, greatest_fifo_set, "
            "bilateral_pass, within_position_limits [UNKNOWN_ALGORITHM]",
        ),
    ],
)
def test_every_reason_to_refuse_a_row(tmp_path: Path, row: dict[str, str], said: str) -> None:
    assert refusals(tmp_path, row) == [said]


def test_all_that_is_wrong_with_a_row_is_said_once(tmp_path: Path) -> None:
    wrong = dict.fromkeys(NAMES, "x") | {"at": "2026-10-24T12:00"}
    assert [
        text.split(":")[0] + text[text.index(" [") :] for text in refusals(tmp_path, wrong)
    ] == [
        "row 2, instruction 'x' [FIELD_MALFORMED]",
        "row 2, uetr 'x' [FIELD_MALFORMED]",
        "row 2, amount 'x' [FIELD_MALFORMED]",
        "row 2, earliest_at 'x' [FIELD_MALFORMED]",
        "row 2, latest_at 'x' [FIELD_MALFORMED]",
        "row 2, currency 'x' [UNKNOWN_CURRENCY]",
        "row 2, participant 'x' [UNKNOWN_PARTICIPANT]",
        "row 2, counterparty 'x' [UNKNOWN_PARTICIPANT]",
        "row 2, payment_class 'x' [UNKNOWN_CLASS]",
        "row 2, at '2026-10-24T12 [OUTSIDE_BUSINESS_DAY]",
        "row 2, counterparty 'x' [SAME_ACCOUNT]",
        "row 2, algorithm 'x' [UNKNOWN_ALGORITHM]",
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

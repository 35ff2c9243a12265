"""Columns of an instructions file: which instruction uses which, and checks of their values."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from skontro.files.checks import Check, clean, none_of_these
from skontro.files.columns import Columns
from skontro.files.payment_checks import CLASSES, WELL_FORMED, membership_checks, reference_check
from skontro.model import Algorithm, ParticipantDirectory, PaymentClass, ReasonCode

_ACCOUNT: Final = ("participant", "currency", "amount")

#: The fields of each instruction besides its time; all others are empty.
INSTRUCTION_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "cancel": ("uetr",),
    "change_class": ("uetr", "payment_class"),
    "change_times": ("uetr", "earliest_at", "latest_at"),
    "move_to_front": ("uetr",),
    "move_to_end": ("uetr",),
    "set_credit_line": _ACCOUNT,
    "set_reservation": (*_ACCOUNT, "payment_class"),
    "set_net_sender_limit": _ACCOUNT,
    "set_bilateral_limit": (*_ACCOUNT, "counterparty"),
    "transfer_in": _ACCOUNT,
    "transfer_out": _ACCOUNT,
    "offset": ("algorithm",),
}

#: Instructions that, without an amount, end a limit.
ENDING_WITHOUT_AMOUNT: Final = ("set_net_sender_limit", "set_bilateral_limit")

#: New times of an order, at least one of which is given.
NEW_TIMES: Final = ("earliest_at", "latest_at")

#: Instructions whose amount must be greater than zero.
MOVING_MONEY: Final = ("transfer_in", "transfer_out")


def _wrong_amounts(names: Sequence[str]) -> list[str]:
    if "amount" in names and "amount_minor" in names:
        return ["only one of amount and amount_minor may be there"]
    return []


INSTRUCTION_COLUMNS: Final = Columns(
    content="instructions",
    text=(
        *("instruction", "uetr", "payment_class", "participant", "currency", "counterparty"),
        "algorithm",
    ),
    times=("at", *NEW_TIMES),
    amounts=("amount",),
    required=("at", "instruction"),
    wrong_amounts=_wrong_amounts,
)


#: Algorithms that an operator can run at any time; the last only under position limits.
ON_DEMAND: Final = (
    Algorithm.ALL_OR_NOTHING,
    Algorithm.GREATEST_FIFO_SET,
    Algorithm.BILATERAL_PASS,
    Algorithm.WITHIN_POSITION_LIMITS,
)
_ALGORITHMS: Final = [algorithm.name.lower() for algorithm in ON_DEMAND]
#: The classes for which money can be reserved.
_RESERVED_CLASSES: Final = [one.name.lower() for one in (PaymentClass.URGENT, PaymentClass.HIGH)]


def _is(*instructions: str) -> pl.Expr:
    return clean("instruction").is_in(instructions).fill_null(value=False)


def zero_allowed() -> pl.Expr:
    """Whether the amount of a row may be zero; true too if the instruction is unknown."""
    return ~_is(*MOVING_MONEY)


def _using(field: str) -> list[str]:
    return [name for name, fields in INSTRUCTION_FIELDS.items() if field in fields]


def _uses(field: str) -> pl.Expr:
    """Whether the instruction of a row uses a field; true too if it is unknown."""
    users = _using(field)
    return ~_is(*(name for name in INSTRUCTION_FIELDS if name not in users))


def in_use(check: Check) -> Check:
    """The check on the rows whose instruction uses its field."""
    field = check.field.removesuffix("_minor")
    # Each row has the time and the instruction.
    return attrs.evolve(check, fails=check.fails & _uses(field)) if _using(field) else check


def field_checks(amount: str) -> list[Check]:
    """Checks that exactly the fields are filled that the instruction uses.

    Args:
        amount: the column with the amounts.
    """
    instruction = pl.col("instruction")
    checks = [
        Check(
            "instruction",
            ReasonCode.FIELD_MALFORMED,
            ~clean("instruction").is_in([*INSTRUCTION_FIELDS]),
            none_of_these("instruction", [*INSTRUCTION_FIELDS]),
        )
    ]
    for field in dict.fromkeys(f for fields in INSTRUCTION_FIELDS.values() for f in fields):
        column = amount if field == "amount" else field
        needing = [name for name in _using(field) if name not in _may_lack(field)]
        checks += [
            Check(
                column,
                ReasonCode.FIELD_MISSING,
                pl.col(column).is_null() & _is(*needing),
                pl.format("is missing; {} needs it", instruction),
            ),
            Check(
                column,
                ReasonCode.FIELD_MALFORMED,
                pl.col(column).is_not_null() & ~_uses(field),
                pl.format("must be empty; {} does not use it", instruction),
            ),
        ]
    without = pl.all_horizontal(pl.col(field).is_null() for field in NEW_TIMES)
    message = "is missing, and earliest_at too: change_times needs at least one of them"
    return [
        *checks,
        Check(
            "latest_at", ReasonCode.FIELD_MISSING, _is("change_times") & without, pl.lit(message)
        ),
    ]


def _may_lack(field: str) -> tuple[str, ...]:
    if field in NEW_TIMES:
        return ("change_times",)
    return ENDING_WITHOUT_AMOUNT if field == "amount" else ()


def value_checks(directory: ParticipantDirectory) -> list[Check]:
    """Checks of orders, parties, classes and algorithms.

    They need `currency:exponent`, `at:timestamp`, and in `uetr:submitted_at` the submission of the
    order, null where there is no such order.
    """
    submitted = pl.col("uetr:submitted_at")
    return [
        reference_check(),
        Check(
            "uetr",
            ReasonCode.ORDER_UNKNOWN,
            WELL_FORMED & submitted.is_null(),
            "is the UETR of no payment, or of a refused one",
        ),
        Check(
            "at",
            ReasonCode.TIMES_OUT_OF_ORDER,
            _uses("uetr") & (pl.col("at:timestamp") < submitted),
            "comes before the order was submitted",
        ),
        Check(
            "latest_at",
            ReasonCode.TIMES_OUT_OF_ORDER,
            pl.col("latest_at:timestamp")
            < pl.max_horizontal("at:timestamp", "earliest_at:timestamp"),
            "comes before the time of the instruction, or before the new earliest time",
        ),
        *_class_checks(),
        *membership_checks(directory, "participant"),
        *membership_checks(directory, "counterparty"),
        Check(
            "counterparty",
            ReasonCode.SAME_ACCOUNT,
            clean("participant") == clean("counterparty"),
            "is the participant itself",
        ),
        Check(
            "algorithm",
            ReasonCode.UNKNOWN_ALGORITHM,
            ~clean("algorithm").is_in(_ALGORITHMS),
            none_of_these("algorithm", _ALGORITHMS),
        ),
    ]


def _class_checks() -> list[Check]:
    reservation, given = _is("set_reservation"), clean("payment_class")
    return [
        Check(
            "payment_class",
            ReasonCode.UNKNOWN_CLASS,
            ~reservation & ~given.is_in(CLASSES),
            none_of_these("payment_class", CLASSES),
        ),
        Check(
            "payment_class",
            ReasonCode.UNKNOWN_CLASS,
            reservation & ~given.is_in(_RESERVED_CLASSES),
            none_of_these("payment_class", _RESERVED_CLASSES, ", for which money can be reserved"),
        ),
    ]

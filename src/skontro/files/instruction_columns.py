"""The columns of an instructions file, and which of them each instruction uses."""

from collections.abc import Mapping, Sequence
from typing import Final

from skontro.files.columns import Columns

_ACCOUNT: Final = ("participant", "currency", "amount")

#: The fields of each instruction beside its time; all others are empty.
INSTRUCTION_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "cancel": ("uetr",),
    "change_class": ("uetr", "payment_class"),
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

#: Instructions that, without an amount, end what they would set.
ENDING_WITHOUT_AMOUNT: Final = ("set_net_sender_limit", "set_bilateral_limit")

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
    times=("at",),
    amounts=("amount",),
    required=("at", "instruction"),
    wrong_amounts=_wrong_amounts,
)

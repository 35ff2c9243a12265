"""The columns of a payments file."""

from collections.abc import Sequence
from typing import Final

from skontro.files.columns import Columns


def _wrong_amounts(names: Sequence[str]) -> list[str]:
    problems = []
    if ("amount" in names) == ("amount_minor" in names):
        problems.append("there must be exactly one of the columns amount and amount_minor")
    pair = ("instructed_amount", "instructed_amount_minor")
    instructed = [name for name in pair if name in names]
    if len(instructed) > 1:
        problems.append("only one of instructed_amount and instructed_amount_minor may be there")
    if bool(instructed) != ("instructed_currency" in names):
        problems.append(
            "instructed_currency needs instructed_amount or instructed_amount_minor, and they it"
        )
    return problems


PAYMENT_COLUMNS: Final = Columns(
    content="payments",
    text=(
        "uetr",
        "payer",
        "payee",
        "currency",
        "payment_class",
        "instructed_currency",
        "counterleg",
    ),
    times=("submitted_at", "earliest_at", "latest_at"),
    amounts=("amount", "instructed_amount"),
    required=("uetr", "payer", "payee", "currency", "submitted_at"),
    wrong_amounts=_wrong_amounts,
)

"""Instructions files of rows that have what they need, and more, written and read."""

from pathlib import Path

from skontro.files import InstructionsReading, read_instructions
from tests.files.banks import DAYS, DIRECTORY, ZONE, uetr
from tests.files.small_examples import small_scenario

NAMES = (
    *("at", "instruction", "uetr", "payment_class", "participant", "currency", "counterparty"),
    *("amount", "algorithm", "earliest_at", "latest_at"),
)
NOON = "2026-10-25T12:00:00"

#: A good value for each field, and which fields each instruction has: r required, o optional.
#: Of the two times of `change_times` one is enough, here the latest.
GOOD = {
    "uetr": uetr(1),
    "payment_class": "high",
    "participant": "BANKDEFF",
    "currency": "EUR",
    "counterparty": "BANKKZKX",
    "amount": "12.50",
    "algorithm": "bilateral_pass",
    "earliest_at": "2026-10-25T13:00:00",
    "latest_at": "2026-10-25T14:00:00",
}
USE = {
    # uetr, payment_class, participant, currency, counterparty, amount, algorithm, and two times
    "cancel": "r........",
    "change_class": "rr.......",
    "change_times": "r......or",
    "move_to_front": "r........",
    "move_to_end": "r........",
    "set_credit_line": "..rr.r...",
    "set_reservation": ".rrr.r...",
    "set_net_sender_limit": "..rr.o...",
    "set_bilateral_limit": "..rrro...",
    "transfer_in": "..rr.r...",
    "transfer_out": "..rr.r...",
    "offset": "......r..",
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

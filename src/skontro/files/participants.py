"""Participants and their settlement accounts, from YAML or TOML and into YAML."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator, ValidationInfo

from skontro.files.documents import (
    Document,
    Problem,
    Shape,
    fit,
    read_document,
    yaml_text,
)
from skontro.files.shape_fields import (
    BicField,
    CountryField,
    CurrencyField,
    LeiField,
    NameField,
    unusable,
)
from skontro.files.writing import write_text
from skontro.model import (
    InputError,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    format_amount,
    parse_amount,
)


def _amount(value: object, info: ValidationInfo) -> int:
    if isinstance(value, float):
        raise unusable('is a float; money is never a float: put it in quotes, like "1250.50"')
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise unusable('must be decimal text in quotes, like "1250.50"')
    currency = info.data.get("currency")
    if currency is None:  # refused already; without it the decimals cannot be judged
        return 0
    try:
        return parse_amount(str(value), currency)
    except InputError as error:
        raise unusable(str(error)) from None


_Amount = Annotated[int, PlainValidator(_amount)]


class _Account(Shape):
    currency: CurrencyField
    opening_balance: _Amount
    credit_line: _Amount = 0


class _Participant(Shape):
    bic: BicField
    name: NameField
    country: CountryField
    lei: LeiField | None = None
    accounts: list[_Account] = Field(default_factory=list)


class _Directory(Shape):
    participants: list[_Participant]


def read_participants(path: Path) -> ParticipantDirectory:
    """Read the participant directory from a `.yaml`, `.yml` or `.toml` file.

    Raises:
        InputError: the file cannot be used; names every problem with its place and, in YAML, line.
    """
    document = read_document(path)
    directory, problems = fit(document.content, _Directory)
    problems += _repetitions(document)
    if directory is None or problems:
        raise document.refuse(problems)
    try:
        return ParticipantDirectory(
            [Participant(p.bic, p.name, p.country, p.lei) for p in directory.participants],
            [
                SettlementAccount(p.bic, a.currency, a.opening_balance, a.credit_line)
                for p in directory.participants
                for a in p.accounts
            ],
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _repetitions(document: Document) -> list[Problem]:
    """BICs and accounts that appear twice, found even where other things are wrong too."""
    problems = []
    first_of: dict[object, int] = {}
    for i, participant in _mappings(document.content, "participants"):
        bic = participant.get("bic")
        if isinstance(bic, str) and first_of.setdefault(bic, i) != i:
            place = ("participants", i, "bic")
            problems.append(Problem(place, f"{bic!r} is that of participants[{first_of[bic]}]"))
        currencies: set[str] = set()
        for j, account in _mappings(participant, "accounts"):
            currency = account.get("currency")
            if isinstance(currency, str) and currency in currencies:
                account_place = ("participants", i, "accounts", j, "currency")
                problems.append(Problem(account_place, f"{currency!r} has an account already"))
            elif isinstance(currency, str):
                currencies.add(currency)
    return problems


def _mappings(parent: object, key: str) -> Iterator[tuple[int, dict[object, object]]]:
    """The mappings in the list under a key, as far as the document has that form."""
    children = parent.get(key) if isinstance(parent, dict) else None
    for i, child in enumerate(children if isinstance(children, list) else []):
        if isinstance(child, dict):
            yield i, child


def write_participants(path: Path, directory: ParticipantDirectory) -> None:
    """Write the participant directory as YAML, by BIC, with accounts by currency.

    Raises:
        InputError: the name ends in something else than `.yaml` or `.yml`, or the file cannot be
            written there.
    """
    if path.suffix.lower() not in {".yaml", ".yml"}:
        raise InputError(f"{path}: participants are written to files that end in .yaml")
    accounts: dict[str, list[dict[str, object]]] = {p.bic: [] for p in directory.participants}
    for account in directory.accounts:
        accounts[account.bic].append(
            {
                "currency": account.currency.code,
                "opening_balance": format_amount(account.opening_balance, account.currency),
                "credit_line": format_amount(account.credit_line, account.currency),
            }
        )
    participants = [
        {"bic": p.bic, "name": p.name, "country": p.country.alpha3}
        | ({} if p.lei is None else {"lei": p.lei})
        | {"accounts": accounts[p.bic]}
        for p in directory.participants
    ]
    write_text(path, yaml_text({"participants": participants}, _Directory))

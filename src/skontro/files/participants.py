"""Participants and their settlement accounts, from YAML or TOML and into YAML."""

from collections.abc import Container, Iterator
from pathlib import Path

from pydantic import Field

from skontro.engine import Engine
from skontro.files.account_documents import (
    AccountSchema,
    AdmittedField,
    account_document,
    settlement_account,
)
from skontro.files.document_fields import BicField, CountryField, LeiField, NameField
from skontro.files.documents import (
    Document,
    Place,
    Problem,
    Schema,
    fit,
    read_document,
    yaml_text,
)
from skontro.files.writing import write_text
from skontro.model import InputError, InvariantBroken, Participant, ParticipantDirectory, Rulebook


class _Participant(Schema):
    bic: BicField
    name: NameField
    country: CountryField
    lei: LeiField | None = None
    admitted: AdmittedField = 0
    accounts: list[AccountSchema] = Field(default_factory=list)


class DirectorySchema(Schema):
    """Participants with their settlement accounts."""

    participants: list[_Participant]


def read_participants(path: Path) -> ParticipantDirectory:
    """Read the participant directory from a `.yaml`, `.yml` or `.toml` file.

    Raises:
        InputError: the file cannot be used; names every problem with its place and, in YAML, line.
    """
    document = read_document(path)
    directory, problems = fit(document.content, DirectorySchema)
    refused = {problem.place for problem in problems}
    others = [*_repetitions(document), *_impossible_limits(document, refused)]
    problems += [problem for problem in others if problem.place not in refused]
    if directory is None or problems:
        raise document.refuse(problems)
    try:
        return ParticipantDirectory(
            [
                Participant(p.bic, p.name, p.country, p.lei, p.admitted)
                for p in directory.participants
            ],
            [settlement_account(p.bic, a) for p in directory.participants for a in p.accounts],
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def check_opening(path: Path, directory: ParticipantDirectory, rulebook: Rulebook) -> None:
    """Check that the opening balances respect the position limits, if there are any.

    Args:
        path: path of the participants, for the message.

    Raises:
        InputError: they break a limit.
    """
    below_zero = any(account.opening_balance < 0 for account in directory.accounts)
    if rulebook.position_limits is None or not below_zero:
        return
    try:
        Engine(directory.accounts, rulebook).check()
    except InvariantBroken as error:
        raise InputError(f"{path}: opening balances: {error}") from None


def _repetitions(document: Document) -> list[Problem]:
    """Repeated BICs and accounts, also in a document with other problems."""
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


def _impossible_limits(document: Document, refused: Container[Place]) -> list[Problem]:
    """Bilateral limits towards the holder, towards no account, or repeated.

    Args:
        document: the participants.
        refused: places with known problems; no account can be held in an unknown currency.
    """
    participants = list(_mappings(document.content, "participants"))
    held = {
        (participant.get("bic"), account.get("currency"))
        for _, participant in participants
        for _, account in _mappings(participant, "accounts")
        if isinstance(participant.get("bic"), str) and isinstance(account.get("currency"), str)
    }
    return [
        Problem(("participants", i, "accounts", j, *place), message)
        for i, participant in participants
        for j, account in _mappings(participant, "accounts")
        for place, message in _wrong_counterparties(
            participant.get("bic"),
            account,
            held if ("participants", i, "accounts", j, "currency") not in refused else None,
        )
    ]


def _wrong_counterparties(
    holder: object, account: dict[object, object], held: Container[tuple[object, object]] | None
) -> Iterator[tuple[Place, str]]:
    currency = account.get("currency")
    named: list[str] = []
    for i, limit in _mappings(account, "bilateral_limits"):
        other, message = limit.get("counterparty"), None
        if not isinstance(other, str):
            continue
        if other == holder:
            message = "is the holder itself"
        elif other in named:
            message = "has a limit already"
        elif held is not None and (other, currency) not in held:
            message = f"has no account in {currency}"
        named.append(other)
        if message:
            yield ("bilateral_limits", i, "counterparty"), f"{other!r} {message}"


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
    write_text(path, participants_text(directory))


def participants_text(directory: ParticipantDirectory) -> str:
    """The participant directory as YAML, by admission and BIC, with accounts by currency."""
    accounts: dict[str, list[dict[str, object]]] = {p.bic: [] for p in directory.participants}
    for account in directory.accounts:
        accounts[account.bic].append(account_document(account))
    participants = [
        {"bic": p.bic, "name": p.name, "country": p.country.alpha3}
        | ({} if p.lei is None else {"lei": p.lei})
        | ({"admitted": p.admitted} if p.admitted else {})
        | {"accounts": accounts[p.bic]}
        for p in directory.participants
    ]
    return yaml_text({"participants": participants}, DirectorySchema)

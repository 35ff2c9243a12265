"""Initialisation of a system in a folder: rules for a scenario's participants, and their keys."""

import datetime
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
import holidays

from skontro.files import read_participants
from skontro.files.output import OutputKind, output_folder
from skontro.files.system_rules import SYSTEM, write_system
from skontro.files.writing import PATH_ERRORS, write_error, write_secret
from skontro.ledger.keys import make_private_key
from skontro.model import (
    Country,
    CurrencyHours,
    ParticipantDirectory,
    Rulebook,
    SettlementCalendar,
)
from skontro.screening.pinned_lists import pin_lists
from skontro.service.auth.credentials import make_credentials
from skontro.service.record_claim import signing_key
from skontro.system import Credentials, Rules, ScreeningPolicy

KEYS_FOLDER: Final = "keys"
_OUTPUT: Final = OutputKind("init", SYSTEM.main_file, (), is_fresh=True)
#: A day without hours, for trials and measurements.
ALWAYS_OPEN: Final = SettlementCalendar(
    time_zone="UTC",
    starts=datetime.time(0, 0),
    opens=datetime.time(0, 0),
    closes=datetime.time(23, 59, 59),
    weekend=(),
)

#: File, name and role of each.
_OPERATORS: Final = (
    ("operator-1.token", "First Operator", "operator"),
    ("operator-2.token", "Second Operator", "operator"),
    ("viewer.token", "Viewer", "viewer"),
)


@attrs.frozen
class PinnedLists:
    """Sanctions lists to copy into a new system.

        PinnedLists((Path("consolidated.xml"),), datetime.date(2026, 11, 28))

    Attributes:
        files: of the lists, or one document that names them.
        today: the day on which they must be fresh.
        published: the day of lists that have none in them.
    """

    files: tuple[Path, ...]
    today: datetime.date
    published: datetime.date | None = None


def initialise_system(
    folder: Path,
    participants: Path,
    *,
    name: str,
    time_zone: str,
    opens: datetime.time,
    closes: datetime.time,
    weekend: Sequence[int],
    holidays_in: Sequence[int],
    screening: ScreeningPolicy,
    lists: PinnedLists | None = None,
) -> Rules:
    """Write a system with trial keys; the folder appears when it is complete.

    Args:
        folder: to write into; it must be new or empty.
        participants: the participant directory, a file.
        name: one line for titles.
        time_zone: IANA name.
        opens, closes: of the business day, local times.
        weekend: days of the week without business, Monday being 0.
        holidays_in: years; each currency rests on the public holidays of the country that issues
            it, as far as one country among the participants' does.
        screening: which orders are held or rejected before they may settle.
        lists: with which the service screens; copied and pinned.

    Raises:
        InputError: the folder holds something, a list is too old, or a file cannot be used or
            written.
    """
    inputs = [participants, *(() if lists is None else lists.files)]
    with output_folder(folder, _OUTPUT, inputs=inputs) as output:
        directory = read_participants(participants)
        calendar = SettlementCalendar(
            time_zone=time_zone,
            starts=opens,
            opens=opens,
            closes=closes,
            weekend=tuple(weekend),
            currencies=_hours(directory, opens, closes, holidays_in),
        )
        rules = Rules(
            name=name,
            directory=directory,
            rulebook=Rulebook(),
            calendar=calendar,
            screening=screening,
        )
        rules = attrs.evolve(rules, credentials=_write_keys(output.stage, directory))
        if lists is not None:
            screener = pin_lists(lists.files, output.stage, lists.today, lists.published)
            rules = attrs.evolve(rules, screening_lists=screener.described)
        write_system(output.stage, rules)
        signing_key(output.stage)
    return rules


def _hours(
    directory: ParticipantDirectory,
    opens: datetime.time,
    closes: datetime.time,
    years: Sequence[int],
) -> dict[str, CurrencyHours]:
    """Opening hours for whole days except holidays; cut-offs are left to the operator."""
    hours: dict[str, CurrencyHours] = {}
    if not years:
        return hours
    first = datetime.date(min(years), 1, 1)
    for currency in directory.currencies:
        country = next(
            (one.country for one in directory.participants if one.country.issues(currency, first)),
            None,
        )
        days = _public_holidays(country, years) if country is not None else ()
        if days:
            hours[currency.code] = CurrencyHours(closes, closes, days)
    return hours


def _public_holidays(country: Country, years: Sequence[int]) -> tuple[datetime.date, ...]:
    try:
        # By two letters: by three the library has its own for some, and March for Morocco.
        return tuple(sorted(holidays.country_holidays(country.alpha2, years=years)))
    except NotImplementedError:  # the library does not know this country
        return ()


def _write_keys(folder: Path, directory: ParticipantDirectory) -> Credentials:
    keys = folder / KEYS_FOLDER
    try:
        keys.mkdir(mode=0o700, exist_ok=True)
    except PATH_ERRORS as error:
        raise write_error(keys, error, "folder") from None
    operators = []
    for file_name, name, role in _OPERATORS:
        token = secrets.token_urlsafe(32)
        write_secret(keys / file_name, f"{token}\n".encode())
        operators.append((name, role, token))
    participants = {}
    for one in directory.participants:
        people = []
        for number in (1, 2):
            key_id = f"{one.bic}-{number}"
            key = make_private_key(keys / f"{key_id}.pem")
            people.append((key_id, f"Person {number} of {one.name}"[:140], key.public_key()))
        participants[one.bic] = people
    return make_credentials(operators, participants)


def operator_tokens(folder: Path) -> list[str]:
    """The trial tokens in the order of `_OPERATORS`."""
    return [
        (folder / KEYS_FOLDER / name).read_text(encoding="utf-8").strip()
        for name, _, _ in _OPERATORS
    ]

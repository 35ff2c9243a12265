"""The rules folder of a live system: settlement rules, participants and business hours."""

import base64
import binascii
import datetime
import importlib.resources
import tempfile
import zoneinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.access import ACCESS_FILE, access_text, read_access
from skontro.files.document_fields import (
    TIME_TEXT,
    CurrencyField,
    DateField,
    LineField,
    one_word,
    parsed_by,
    unusable,
    whole_number,
)
from skontro.files.document_header import VERSION, FolderKind
from skontro.files.documents import Problem, Schema, read_document, yaml_text
from skontro.files.participants import check_opening, participants_text, read_participants
from skontro.files.reading import exists
from skontro.files.rulebook import RulebookField, RulebookSchema, rulebook_document, to_rulebook
from skontro.files.writing import prepare_folder, write_text
from skontro.model import (
    CurrencyHours,
    InputError,
    ParticipantDirectory,
    SettlementCalendar,
    find_time_zone,
    parse_date,
    parse_time,
    time_text,
)
from skontro.model.text import none_of
from skontro.system import (
    Credentials,
    Rules,
    ScreeningLists,
    ScreeningPolicy,
    ScreeningRule,
    TravelRule,
)

SYSTEM: Final = FolderKind("skontro system", "system.yaml")
#: Name of the text of clock changes in a record: a TZif file in Base64.
ZONE_TABLE: Final = "time-zone.tzif.txt"

_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

_TimeField = Annotated[datetime.time, parsed_by(parse_time, TIME_TEXT)]


def _weekday(value: object) -> object:
    if value not in _WEEKDAYS:
        raise unusable(none_of(value, _WEEKDAYS))
    return value


def _one_of(known: type[StrEnum]) -> BeforeValidator:
    """Checks that a value is one of these words."""

    def check(value: object) -> object:
        if value not in [*known]:
            raise unusable(none_of(value, [*known]))
        return value

    return BeforeValidator(check, json_schema_input_type=one_word(known))


class _Hours(Schema):
    currency: CurrencyField
    customer_cut_off: _TimeField
    interbank_cut_off: _TimeField
    holidays: list[DateField] = Field(default_factory=list)


class _Calendar(Schema):
    starts: _TimeField
    opens: _TimeField
    closes: _TimeField
    weekend: list[
        Annotated[str, BeforeValidator(_weekday, json_schema_input_type=one_word(_WEEKDAYS))]
    ] = Field(default_factory=lambda: ["saturday", "sunday"])
    holidays: list[DateField] = Field(default_factory=list)
    currencies: list[_Hours] = Field(default_factory=list)


class _AgreedList(Schema):
    name: LineField
    published: DateField
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    entries: Annotated[int, whole_number(1, 10**9)]


class _ScreeningLists(Schema):
    lists: Annotated[list[_AgreedList], Field(min_length=1)]
    threshold: Annotated[int, whole_number(1, 100)]
    max_age_days: Annotated[int, whole_number(0, 10**6)]
    rejects_confirmed: bool


class SystemSchema(Schema):
    """`system.yaml`: calendar and rules of a live system."""

    format: str
    version: int
    name: LineField
    participants: LineField
    time_zone: LineField
    calendar: _Calendar
    rulebook: RulebookField = RulebookSchema()
    most_days_ahead: Annotated[int, whole_number(0, 366)] = 10
    screening: Annotated[str, _one_of(ScreeningRule)] = ScreeningRule.REQUIRED
    travel_rule: Annotated[str, _one_of(TravelRule)] = TravelRule.HOLD
    screening_lists: _ScreeningLists | None = None


def read_system(path: Path, zone_table: bytes | None = None) -> Rules:
    """Read the rules of a system.

    Args:
        path: the folder, or the document in it.
        zone_table: clock changes of its time zone; None for the table of this machine.

    Raises:
        InputError: a file cannot be used; names every problem with its line and place.
    """
    main = SYSTEM.find(path)
    document = read_document(main)
    system = document.fitted(SystemSchema)
    if system.format != SYSTEM.format or system.version != VERSION:
        message = f"{SYSTEM.format!r}, version {VERSION}, is expected"
        raise document.refuse([Problem(("format",), message)])
    codes = [hours.currency.code for hours in system.calendar.currencies]
    if len({*codes}) < len(codes):
        raise document.refuse([Problem(("calendar", "currencies"), "name a currency twice")])
    participants = main.parent / system.participants
    directory = read_participants(participants)
    unknown = [code for code in codes if code not in {c.code for c in directory.currencies}]
    if unknown:
        message = f"{unknown[0]}: no participant has an account in it"
        raise document.refuse([Problem(("calendar", "currencies"), message)])
    try:
        rulebook = to_rulebook(system.rulebook)
        check_opening(participants, directory, rulebook)
        return Rules(
            name=system.name,
            directory=directory,
            rulebook=rulebook,
            calendar=_to_calendar(system, zone_table),
            most_days_ahead=system.most_days_ahead,
            credentials=_credentials(main.parent / ACCESS_FILE, directory),
            screening=ScreeningPolicy(system.screening, system.travel_rule),
            screening_lists=_lists(system.screening_lists),
        )
    except InputError as error:
        raise InputError(f"{main}: {error}") from None


def _lists(shape: _ScreeningLists | None) -> ScreeningLists | None:
    return None if shape is None else ScreeningLists.from_document(shape.model_dump(mode="json"))


def _credentials(path: Path, directory: ParticipantDirectory) -> Credentials:
    """The holders of credentials; none without a file, which is enough to inspect a system."""
    if not exists(path):
        return Credentials()
    return read_access(path, [one.bic for one in directory.participants])


def _to_calendar(system: SystemSchema, zone_table: bytes | None) -> SettlementCalendar:
    calendar = system.calendar
    return SettlementCalendar(
        time_zone=system.time_zone,
        starts=calendar.starts,
        opens=calendar.opens,
        closes=calendar.closes,
        weekend=tuple(_WEEKDAYS.index(day) for day in calendar.weekend),
        holidays=tuple(sorted(calendar.holidays)),
        currencies={
            hours.currency.code: CurrencyHours(
                hours.customer_cut_off, hours.interbank_cut_off, tuple(sorted(hours.holidays))
            )
            for hours in calendar.currencies
        },
        zone_table=read_zone_table(system.time_zone) if zone_table is None else zone_table,
    )


def read_zone_table(name: str) -> bytes:
    """The TZif file by which Python converts times of a zone: the machine's, or tzdata's.

    Raises:
        InputError: there is no such time zone.
    """
    find_time_zone(name)
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.is_file():
            return path.read_bytes()
    return importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def system_text(rules: Rules, participants: str = "participants.yaml") -> str:
    """The document of a system; the same rules give the same text."""
    calendar = rules.calendar
    rulebook = rulebook_document(rules.rulebook)
    document: dict[str, object] = {
        "format": SYSTEM.format,
        "version": VERSION,
        "name": rules.name,
        "participants": participants,
        "time_zone": calendar.time_zone,
        "calendar": {
            "starts": _time(calendar.starts),
            "opens": _time(calendar.opens),
            "closes": _time(calendar.closes),
            "weekend": [_WEEKDAYS[day] for day in calendar.weekend],
            "holidays": list(calendar.holidays),
            "currencies": [
                {
                    "currency": code,
                    "customer_cut_off": _time(hours.customer_cut_off),
                    "interbank_cut_off": _time(hours.interbank_cut_off),
                    "holidays": list(hours.holidays),
                }
                for code, hours in sorted(calendar.currencies.items())
            ],
        },
        "most_days_ahead": rules.most_days_ahead,
        **rules.screening.to_document(),
    }
    if rules.screening_lists is not None:
        lists = rules.screening_lists.to_document()
        for one in lists["lists"]:
            one["published"] = parse_date(one["published"])
        document["screening_lists"] = lists
    return yaml_text(document | ({"rulebook": rulebook} if rulebook else {}), SystemSchema)


def write_system(folder: Path, rules: Rules) -> None:
    """Write the rules of a system into a folder, which is created if needed.

    Raises:
        InputError: they cannot be written there.
    """
    text = system_text(rules)
    prepare_folder(folder, SYSTEM.main_file)
    write_text(folder / "participants.yaml", participants_text(rules.directory))
    write_text(folder / SYSTEM.main_file, text)
    write_text(folder / ACCESS_FILE, access_text(rules.credentials))


def system_documents(rules: Rules) -> dict[str, str]:
    """The initial rules of a record as texts by file name."""
    calendar = rules.calendar
    table = calendar.zone_table
    table = read_zone_table(calendar.time_zone) if table is None else table
    return {
        "participants.yaml": participants_text(rules.directory),
        SYSTEM.main_file: system_text(rules),
        ACCESS_FILE: access_text(rules.credentials),
        ZONE_TABLE: base64.encodebytes(table).decode("ascii"),
    }


def rules_from_documents(documents: dict[str, str]) -> Rules:
    """The inverse of `system_documents`.

    Raises:
        InputError: a text cannot be used.
    """
    texts = dict(documents)
    try:
        table = base64.b64decode(texts.pop(ZONE_TABLE).replace("\n", ""), validate=True)
    except (KeyError, binascii.Error) as error:
        raise InputError(f"{ZONE_TABLE} is missing or cannot be read: {error}") from None
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / Path(name).name).write_text(text, encoding="utf-8")
        return read_system(Path(folder), table)


def _time(time: datetime.time) -> object:
    # Quoted, because YAML 1.1 takes an unquoted 18:00 for the number 1080.
    return SingleQuotedScalarString(time_text(time))

"""The map of a foreign file: which columns say what, and how they say it.

It is a document that `skontro import` drafts, that a person corrects, and that travels with the
data, so that the next file of the same kind needs neither.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from skontro.files.document_fields import BicField, CurrencyField, LineField, whole_number
from skontro.files.documents import Problem, Schema, read_document, yaml_text
from skontro.files.timestamps import check_time_zone
from skontro.model import Currency, InputError

FORMAT: Final = "skontro import map"
VERSION: Final = 1

#: Namespace of the references that become UETRs, as in UUIDs of version 5.
UETR_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://skontro.org/import/uetr")

Class = Literal["urgent", "high", "normal"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_as_list)]


class SourceMap(Schema):
    """How the file is read; what is left out is found."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


class ColumnNames(Schema):
    """Columns of the file by their meaning.

    Attributes:
        uetr: references that already are UETRs.
        reference: columns that together name a payment.
        payer, payee: BICs, or codes or names of banks that the bank codes give a BIC.
        payer_name, payee_name: names of the banks, for the directory.
        payer_account, payee_account: accounts of customers.
        amount: or `debit` and `credit`, from the view of the own bank.
        counterparty: the other bank, with `debit` and `credit`.
        date, time: of submission; or `timestamp` with both.
    """

    uetr: str | None = None
    reference: Names = Field(default_factory=list)
    payer: str | None = None
    payee: str | None = None
    payer_name: str | None = None
    payee_name: str | None = None
    payer_account: str | None = None
    payee_account: str | None = None
    counterparty: str | None = None
    amount: str | None = None
    debit: str | None = None
    credit: str | None = None
    currency: str | None = None
    date: str | None = None
    time: str | None = None
    timestamp: str | None = None
    payment_class: str | None = None


class LegMap(Schema):
    """One of two legs in a row; its columns replace those of the map."""

    name: LineField
    payer: str
    payee: str
    currency: str
    amount: str


class AmountMap(Schema):
    """How amounts are written; see `AmountForm`."""

    decimal_mark: Literal[".", ","] = "."
    shift: Annotated[int, whole_number(-6, 9)] = 0
    negative: Literal["refuse", "takes_back"] = "refuse"


class DateMap(Schema):
    """How dates and times are written; see `DateForm`."""

    order: Literal["dmy", "mdy", "ymd"] = "ymd"
    calendar: Literal["gregorian", "buddhist"] = "gregorian"
    digits_of_time: Annotated[int, whole_number(4, 6)] = 6


class CurrencyMap(Schema):
    """The currency where no column has its code.

    Attributes:
        fixed: of all rows.
        spellings: other words for currencies; a row with a word that is neither a code nor here is
            refused.
        of_account: take it from digits 6 to 8 of the payer's account, as Russian banks number
            accounts.
    """

    fixed: CurrencyField | None = None
    spellings: dict[str, str] = Field(default_factory=dict)
    of_account: bool = False


class LeaveOut(Schema):
    """Rows that are no orders.

    Attributes:
        column: the column looked at.
        is_: values that leave a row out; an empty text means an empty cell.
        is_not: values that do not; all others leave a row out.
        why: the reason, for readers.
    """

    column: str
    is_: Names = Field(default_factory=list, alias="is")
    is_not: Names = Field(default_factory=list)
    why: LineField


class CodesMap(Schema):
    """A second file that gives bank codes or names a BIC.

    Attributes:
        file: its name, relative to the map.
        code, bic: its columns.
        name: the column with names of banks, which are codes too.
    """

    file: str
    code: str
    bic: str
    name: str | None = None


class LiquidityMap(Schema):
    """A second file with an amount for each participant: opening balances or credit lines."""

    file: str
    participant: str
    amount: str
    currency: str | None = None


class ImportMap(Schema):
    """The whole map; see the attributes of its parts.

    Attributes:
        time_zone: IANA name; times without an offset are read in it.
        own_bank: whose view `debit` and `credit` have.
        classes: payment classes by the file's words for them.
        versions: column with the version of a row; only the highest of a reference counts.
        same_row_again: what a repetition of a whole row is.
        keep: further columns for `references.parquet`.
    """

    format: str
    version: int
    time_zone: LineField = "UTC"
    source: SourceMap = SourceMap()
    columns: ColumnNames
    legs: list[LegMap] = Field(default_factory=list)
    own_bank: BicField | None = None
    amounts: AmountMap = AmountMap()
    dates: DateMap = DateMap()
    currency: CurrencyMap = CurrencyMap()
    classes: dict[str, Class] = Field(default_factory=dict)
    leave_out: list[LeaveOut] = Field(default_factory=list)
    versions: str | None = None
    same_row_again: Literal["leave_out", "refuse"] = "leave_out"
    codes: CodesMap | None = None
    opening_balances: LiquidityMap | None = None
    credit_lines: LiquidityMap | None = None
    uetr_namespace: str = str(UETR_NAMESPACE)
    keep: list[str] = Field(default_factory=list)


def read_map(path: Path) -> ImportMap:
    """Read a map.

    Raises:
        InputError: it cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    content = document.content
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"{path}: this is no import map; its first line is format: {FORMAT}")
    shape = document.fitted(ImportMap)
    problems = [Problem(place, text) for place, text in _problems(shape).items()]
    if problems:
        raise document.refuse(problems)
    return shape


def with_time_zone(shape: ImportMap, time_zone: str | None) -> ImportMap:
    """The map with another time zone, if one is given.

    Raises:
        InputError: there is no such time zone.
    """
    if time_zone is None:
        return shape
    check_time_zone(time_zone)
    return shape.model_copy(update={"time_zone": time_zone})


def _problems(shape: ImportMap) -> dict[tuple[str, ...], str]:
    """Keys that contradict each other or are missing."""
    found: dict[tuple[str, ...], str] = {}
    if shape.version != VERSION:
        found["version",] = f"must be {VERSION}"
    try:
        check_time_zone(shape.time_zone)
    except InputError as error:
        found["time_zone",] = str(error)
    try:
        uuid.UUID(shape.uetr_namespace)
    except ValueError:
        found["uetr_namespace",] = "must be a UUID"
    columns = shape.columns
    if columns.debit or columns.credit:
        if shape.own_bank is None:
            found["own_bank",] = "is missing; debit and credit have the view of one bank"
        if not columns.counterparty:
            found["columns", "counterparty"] = "is missing; it is the other bank of each row"
    elif not shape.legs:
        for name in ("payer", "payee", "amount"):
            if not getattr(columns, name):
                found["columns", name] = f"is missing; name the column with the {name}"
    if not (columns.date or columns.timestamp):
        found["columns", "date"] = "is missing; name the column with the day of submission"
    no_currency = not (columns.currency or shape.currency.fixed or shape.currency.of_account)
    if no_currency and not shape.legs:
        found["currency", "fixed"] = "is missing; no column has the currency, so name it"
    return found


def open_questions(shape: ImportMap) -> list[str]:
    """The keys that stop the import with this map, in words."""
    return [f"{'.'.join(place)} {text}" for place, text in _problems(shape).items()]


def usable_map(shape: ImportMap) -> ImportMap:
    """The map, if nothing stops the import with it.

    Raises:
        InputError: keys are missing; names them.
    """
    questions = open_questions(shape)
    if questions:
        raise InputError(
            "the files do not show everything:\n  "
            + "\n  ".join(questions)
            + "\nWrite the map with skontro import --draft map.yaml, complete it, and give it"
        )
    return shape


def map_text(shape: ImportMap, remarks: Mapping[str, str]) -> str:
    """The map as YAML, without keys that have their default, and with remarks above keys.

    Args:
        shape: the map.
        remarks: a line of text by key of the document.
    """
    content = shape.model_dump(by_alias=True, exclude_defaults=True, mode="python")
    content = {"format": FORMAT, "version": VERSION, "time_zone": shape.time_zone, **content}
    fixed = shape.currency.fixed
    if isinstance(fixed, Currency):
        content["currency"]["fixed"] = fixed.code
    text = yaml_text(content, ImportMap)
    lines = []
    for line in text.splitlines():
        remark = remarks.get(line.partition(":")[0])
        lines += [f"# {remark}"] if remark else []
        lines.append(line)
    return "\n".join([*lines, ""])

"""The rules for rows of a payments file once more, one row at a time and in plain Python.

Shares no code with the reader: `csv`, `uuid`, `Decimal`, `datetime` and `zoneinfo` do the work.
"""

import csv
import datetime
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

from skontro.model import BusinessDay, InputError, ParticipantDirectory, ReasonCode, find_currency

Refused = set[tuple[int, str, ReasonCode]]
#: White space as Unicode has it; Python counts four control characters more.
SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and not "\x1c" <= c <= "\x1f")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
FIRST = datetime.datetime(1969, 12, 31, tzinfo=datetime.UTC)
LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)


class SlowPayments:
    """Reads the text of a payments file.

    `good` has the good rows as tuples in the order of `PAYMENTS`, times as timestamps; `refused`
    has row, field and reason of everything that is wrong, `warned` of what stands out in good
    rows.
    """

    def __init__(
        self,
        text: str,
        directory: ParticipantDirectory,
        days: list[BusinessDay],
        zone: ZoneInfo,
    ) -> None:
        self.directory, self.days, self.zone = directory, days, zone
        self.refused: Refused = set()
        self.first_rows: dict[str, int] = {}
        header, *lines = text.split("\n")
        self.names = next(csv.reader([header]))
        #: By UETR what stands in its first row: counterleg, currency, position of the day, time of
        #: the submission and the row itself.
        self.links: dict[str, tuple[str | None, str | None, int, int | None, int]] = {}
        self.warned: Refused = set()
        rows = [self.read_row(number, line) for number, line in enumerate(lines, 2)]
        self.check_links(rows)
        good = [row for row in rows if row is not None]
        self.good = sorted(good, key=lambda row: row[6])

    def read_row(self, number: int, line: str) -> tuple | None:
        self.row = number
        try:
            fields = next(csv.reader([line], strict=True))
        except csv.Error:
            fields = []
        if len(fields) != len(self.names):
            return self.refuse("(row)", ReasonCode.FIELD_MALFORMED)
        return self.check_row(dict(zip(self.names, fields, strict=True)))

    def check_links(self, rows: list[tuple | None]) -> None:
        """Whether legs name each other; then takes away the rows that are refused."""
        for number, row in enumerate(rows, 2):
            self.row = number
            if row is not None and row[-1] is not None:
                self.check_link(row[0], row[-1], self.of_row(row))
        for number in {number for number, _, _ in self.refused}:
            rows[number - 2] = None
        alive = {row[0] for row in rows if row is not None}
        for number, row in enumerate(rows, 2):
            if row is None or row[-1] is None or row[-1] in alive:
                continue
            if self.links.get(row[-1], (None,))[0] == row[0]:
                self.row = number
                self.refuse("counterleg", ReasonCode.COUNTERLEG_UNKNOWN)
                rows[number - 2] = None
        for number, row in enumerate(rows, 2):
            if row is not None:
                self.row = number
                self.warn(row)

    def of_row(self, row: tuple) -> tuple[str | None, str | None, int, int | None, int]:
        opened = [day for day in self.days if row[6] is not None and day.opens_at <= row[6]]
        return row[-1], row[3], len(opened), row[6], self.row

    def check_link(
        self,
        reference: str | None,
        counterleg: str,
        own: tuple[str | None, str | None, int, int | None, int],
    ) -> None:
        try:
            parsed = uuid.UUID(counterleg)
        except ValueError:
            return self.refuse("counterleg", ReasonCode.FIELD_MALFORMED)
        if str(parsed) != counterleg or parsed.version != 4:
            return self.refuse("counterleg", ReasonCode.FIELD_MALFORMED)
        if counterleg == reference:
            return self.refuse("counterleg", ReasonCode.COUNTERLEG_UNKNOWN)
        if counterleg not in self.links:
            return None
        back, currency, day, submitted, row = self.links[counterleg]
        if reference is None or back != reference:
            before = None not in (submitted, own[3]) and (submitted, row) < (own[3], own[4])
            if before:
                self.refuse("counterleg", ReasonCode.COUNTERLEG_UNKNOWN)
        elif 0 < day == own[2] and currency is not None and currency == own[1]:
            self.refuse("counterleg", ReasonCode.LEGS_IN_ONE_CURRENCY)
        return None

    def warn(self, row: tuple) -> None:
        """Times outside the day of the submission, and legs without a counterleg."""
        [day] = [day for day in self.days if day.opens_at <= row[6] < day.closes_at]
        for field, timestamp in (("earliest_at", row[7]), ("latest_at", row[8])):
            if timestamp is not None and not day.opens_at <= timestamp <= day.closes_at:
                self.warned.add((self.row, field, ReasonCode.OUTSIDE_BUSINESS_DAY))
        if row[-1] is not None:
            back, _, other_day, _, _ = self.links.get(row[-1], (None, None, 0, None, 0))
            if back != row[0] or other_day != self.of_row(row)[2]:
                self.warned.add((self.row, "counterleg", ReasonCode.AWAITS_COUNTERLEG))

    def refuse(self, field: str, reason: ReasonCode) -> None:
        self.refused.add((self.row, field, reason))

    def check_row(self, row: dict[str, str]) -> tuple:
        amount_field = "amount_minor" if "amount_minor" in row else "amount"
        instructed_field = (
            "instructed_amount_minor" if "instructed_amount_minor" in row else "instructed_amount"
        )
        for field in ("uetr", "payer", "payee", "currency", "submitted_at", amount_field):
            if row[field] == "":
                self.refuse(field, ReasonCode.FIELD_MISSING)
        text = {field: self.clean(field, row.get(field, "")) for field in (*row, instructed_field)}
        self.check_uetr(text["uetr"])
        currency = self.currency("currency", text["currency"])
        self.check_parties(text["payer"], text["payee"], currency)
        payment_class = text.get("payment_class") or "normal"
        if payment_class not in ("urgent", "high", "normal"):
            self.refuse("payment_class", ReasonCode.UNKNOWN_CLASS)
        has_currency = row.get("instructed_currency", "") != ""
        has_amount = row.get(instructed_field, "") != ""
        if has_currency and not has_amount:
            self.refuse(instructed_field, ReasonCode.FIELD_MISSING)
        if has_amount and not has_currency:
            self.refuse("instructed_currency", ReasonCode.FIELD_MISSING)
        instructed_code = text.get("instructed_currency")
        instructed_currency = self.currency("instructed_currency", instructed_code)
        row = (
            text["uetr"],
            text["payer"],
            text["payee"],
            text["currency"],
            self.minor(amount_field, text[amount_field], currency),
            payment_class,
            *self.times(text),
            instructed_code,
            self.minor(instructed_field, text[instructed_field], instructed_currency),
            text.get("counterleg"),
        )
        if text["uetr"] is not None:
            self.links.setdefault(text["uetr"], self.of_row(row))
        return row

    def clean(self, field: str, text: str) -> str | None:
        if text != text.strip(SPACES):
            self.refuse(field, ReasonCode.FIELD_MALFORMED)
            return None
        return text or None

    def check_uetr(self, text: str | None) -> None:
        if text is None:
            return
        try:
            parsed = uuid.UUID(text)
        except ValueError:
            self.refuse("uetr", ReasonCode.FIELD_MALFORMED)
            return
        if str(parsed) != text or parsed.version != 4:
            self.refuse("uetr", ReasonCode.FIELD_MALFORMED)
        elif self.first_rows.setdefault(text, self.row) != self.row:
            self.refuse("uetr", ReasonCode.DUPLICATE_ORDER)

    def currency(self, field: str, code: str | None) -> tuple[str, int] | None:
        if code is None:
            return None
        try:
            return code, find_currency(code).exponent
        except InputError:
            self.refuse(field, ReasonCode.UNKNOWN_CURRENCY)
            return None

    def check_parties(
        self, payer: str | None, payee: str | None, currency: tuple[str, int] | None
    ) -> None:
        for field, bic in (("payer", payer), ("payee", payee)):
            if bic is None:
                continue
            if bic not in self.directory:
                self.refuse(field, ReasonCode.UNKNOWN_PARTICIPANT)
            elif currency and self.directory.account_number(bic, currency[0]) is None:
                self.refuse(field, ReasonCode.NO_SETTLEMENT_ACCOUNT)
        if payer is not None and payer == payee:
            self.refuse("payee", ReasonCode.SAME_ACCOUNT)

    def minor(self, field: str, text: str | None, currency: tuple[str, int] | None) -> int | None:
        if text is None:
            return None
        digits = text[1:] if text.startswith("-") else text
        parts = digits.split(".")
        allowed = 1 if field.endswith("_minor") else 2
        ascii_digits = all(part and set(part) <= set("0123456789") for part in parts)
        if len(parts) > allowed or not ascii_digits:
            self.refuse(field, ReasonCode.FIELD_MALFORMED)
            return None
        value = Decimal(text)
        if value <= 0:
            self.refuse(field, ReasonCode.AMOUNT_NOT_POSITIVE)
        if field.endswith("_minor"):
            exponent = 0
        elif currency is None:
            return None
        else:
            exponent = currency[1]
        if len(parts) == 2 and len(parts[1]) > exponent:
            self.refuse(field, ReasonCode.WRONG_EXPONENT)
        if int(value) * 10**exponent >= 10**18:
            self.refuse(field, ReasonCode.AMOUNT_TOO_LARGE)
        return int(value.scaleb(exponent))

    def times(self, text: dict[str, str | None]) -> tuple[int | None, int | None, int | None]:
        fields = ("submitted_at", "earliest_at", "latest_at")
        submitted, earliest, latest = (self.timestamp(field, text.get(field)) for field in fields)
        if submitted is not None:
            days = [day for day in self.days if day.opens_at <= submitted < day.closes_at]
            if not days:
                self.refuse("submitted_at", ReasonCode.OUTSIDE_BUSINESS_DAY)
        others = [timestamp for timestamp in (submitted, earliest) if timestamp is not None]
        if latest is not None and others and latest < max(others):
            self.refuse("latest_at", ReasonCode.TIMES_OUT_OF_ORDER)
        return submitted, earliest, latest

    def timestamp(self, field: str, text: str | None) -> int | None:
        if text is None:
            return None
        timestamps = _timestamps(text, self.zone)
        if len(timestamps) != 1 or not FIRST <= next(iter(timestamps)) <= LAST:
            self.refuse(field, ReasonCode.FIELD_MALFORMED)
            return None
        return (timestamps.pop() - EPOCH) // datetime.timedelta(microseconds=1)


SHAPES = {
    f"0000-00-00{separator}00:00{seconds}{offset}"
    for separator in "T "
    for seconds in ("", ":00", *(":00." + "0" * places for places in range(1, 7)))
    for offset in ("", "Z", "+00:00", "-00:00")
}


def _timestamps(text: str, zone: ZoneInfo) -> set[datetime.datetime]:
    """Every moment in UTC that the text may mean; exactly one if it is good."""
    shape = "".join("0" if character in "0123456789" else character for character in text)
    if shape not in SHAPES:
        return set()
    # Python takes offsets of sixty minutes and more, which ISO 8601 does not have.
    if shape.endswith("0:00") and shape[-6] in "+-" and int(text[-2:]) > 59:
        return set()
    try:
        timestamp = datetime.datetime.fromisoformat(text)
        if timestamp.tzinfo is not None:
            return {timestamp.astimezone(datetime.UTC)}
    except (OverflowError, ValueError):
        return set()
    both = {timestamp.replace(tzinfo=zone, fold=fold).astimezone(datetime.UTC) for fold in (0, 1)}
    # A time that clocks skip comes back as another one.
    return {one for one in both if one.astimezone(zone).replace(tzinfo=None) == timestamp}

"""Rules on cases that two people of the operator agree: scheme, paying account, calendars."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

import attrs

from skontro.model import FIRST_DATE, LAST_DATE, InputError
from skontro.model.text import check_line
from skontro.system.strict_documents import read_document, strict_converter

#: Most characters of the name of a scheme, and most holidays of one country.
MAX_NAME, MAX_HOLIDAYS = 70, 1_000

_CONVERTER: Final = strict_converter()


@attrs.frozen
class CountryCalendar:
    """Days of a country without business.

    Attributes:
        weekend: days of the week, Monday being 0.
        holidays: dates, ISO 8601, in their order.
    """

    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if any(not 0 <= day <= 6 for day in self.weekend) or len({*self.weekend}) == 7:
            raise InputError("weekend is a list of days from 0 (Monday) to 6, not all")
        if [*self.holidays] != sorted({*self.holidays}) or len(self.holidays) > MAX_HOLIDAYS:
            raise InputError(f"holidays are up to {MAX_HOLIDAYS} different dates in their order")
        for text in self.holidays:
            date = datetime.date.fromisoformat(text)
            if date.isoformat() != text or not FIRST_DATE <= date <= LAST_DATE:
                raise InputError(f"holidays: {text} is not a date such as 2027-01-04")

    def is_open(self, date: datetime.date) -> bool:
        """Whether business is done on this date."""
        return date.weekday() not in self.weekend and date.isoformat() not in self.holidays


@attrs.frozen
class CaseRules:
    """Rules on cases in force.

        rules = CaseRules(scheme="csdr-cash", operator_account="CBKZKZK0")
        CaseRules.from_document(rules.to_document()) == rules  # True

    Attributes:
        scheme: name of the compensation scheme; empty while none is agreed.
        operator_account: BIC of the participant whose accounts pay for the operator; empty for
            none.
        calendars: of countries, by their code of two letters.
    """

    scheme: str = ""
    operator_account: str = ""
    calendars: Mapping[str, CountryCalendar] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.scheme:
            check_line(self.scheme, MAX_NAME)
        if any(len(code) != 2 or not code.isupper() for code in self.calendars):
            raise InputError("calendars: a country has a code of two capital letters")

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "scheme": self.scheme,
            "operator_account": self.operator_account,
            "calendars": {
                code: {"weekend": list(one.weekend), "holidays": list(one.holidays)}
                for code, one in sorted(self.calendars.items())
            },
        }

    @classmethod
    def from_document(cls, document: object) -> CaseRules:
        """The inverse of `to_document`.

        Raises:
            InputError: it is not such a document.
        """
        return read_document(_CONVERTER, document, cls, "case rules")

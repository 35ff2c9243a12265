"""Names, numbers, dates, times and documents as text: one rule for all input and output."""

import datetime
import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from skontro.model.calendar import SECOND
from skontro.model.errors import InputError

#: Most characters of a name, as in ISO 20022 messages (Max140Text).
MAX_NAME: Final = 140
#: Most characters of any other line, for example the source of a rate.
MAX_LINE: Final = 2_000
#: Most characters of a refused text that a message repeats in full.
_SHOWN: Final = 40

# By number and not by category: categories change with the version of Unicode, and a replay must
# accept the text that the record accepted. The two joiners are allowed: Persian and the Indic
# scripts need them.
_UNREADABLE: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls, line breaks among them
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # not seen
    "\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff"  # halves of surrogate pairs
    "\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    "]"
)


def check_line(text: str, most: int = MAX_LINE) -> str:
    """The text, if it is one line of readable characters.

    Args:
        text: as received.
        most: largest number of characters.

    Raises:
        InputError: it is blank, too long, or has an unreadable character. The message continues a
            sentence that begins with the field.
    """
    if not text.strip():
        raise InputError("is empty")
    if len(text) > most:
        raise InputError(f"has {len(text):,} characters; {most:,} is the most")
    found = _UNREADABLE.search(text)
    if found is not None:
        raise InputError(
            f"must be one line of readable text without line breaks: character {found.start() + 1} "
            f"is U+{ord(found[0]):04X}"
        )
    return text


def is_line(text: object, most: int) -> bool:
    """Whether `check_line` takes it; quick, and without the reason."""
    if not isinstance(text, str) or not 0 < len(text) <= most or text.isspace():
        return False
    # The two agree on ASCII, and the first is quicker.
    return text.isprintable() if text.isascii() else _UNREADABLE.search(text) is None


def check_name(text: str) -> str:
    """The name of a party or person, if it is a line of at most 140 characters.

    Raises:
        InputError: as `check_line`.

    Example:
        >>> check_name("Banque Centrale des États de l'Afrique de l'Ouest")
        "Banque Centrale des États de l'Afrique de l'Ouest"
    """
    if not text.strip():
        raise InputError("is empty; parties are named in full")
    return check_line(text, MAX_NAME)


def quoted(text: str) -> str:
    """Text for a message, in quotes, its middle left out where it is long.

    Example:
        >>> quoted("1" * 5000)
        "'11111111111111111111…1111111111'"
    """
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 4 :]}")


#: Least letters by which a part of a word identifies it.
_TELLING: Final = 4


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most similar to this one, or containing it, regardless of case; else None."""
    written = {one.casefold(): one for one in known}
    plain = word.strip().casefold()
    found = get_close_matches(plain, written)  # the most similar first, from a ratio of 0.6 on
    if not found and len(plain) >= _TELLING:
        found = [one for one in written if plain in one]
    return written[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``; did you mean weekly?`` as the end of a message, or nothing.

    Example:
        >>> did_you_mean("weakly", ["daily", "weekly"])
        '; did you mean weekly?'
    """
    found = nearest(word, known) if isinstance(word, str) else None
    return f"; did you mean {found}?" if found is not None else ""


def none_of(word: object, known: Iterable[str]) -> str:
    """``'weakly' is not one of daily, weekly; did you mean weekly?``."""
    names = list(known)
    shown = quoted(word) if isinstance(word, str) else repr(word)
    return f"{shown} is not one of {', '.join(names)}{did_you_mean(word, names)}"


#: Digits before and after the point at most: far more than any published rate has, and few enough
#: that a rate times a total of amounts is exact in 60 digits.
MAX_WHOLE_DIGITS: Final = 18
MAX_DECIMAL_PLACES: Final = 20

_DECIMAL: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)


def parse_decimal(
    text: str,
    what: str = "a decimal number like 483.25",
    fits: Callable[[Decimal], bool] = lambda _: True,
) -> Decimal:
    """Read an exact decimal number without sign, grouping or exponent.

    Args:
        text: for example ``"483.25"``.
        what: the expected value, for the message.
        fits: whether a number is allowed.

    Raises:
        InputError: not such a number, or more than 18 digits before or 20 after the point.

    Example:
        >>> parse_decimal("0.05")
        Decimal('0.05')
    """
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        raise InputError(f"{quoted(text)} is not {what}")
    whole, places = parts[1].lstrip("0"), parts[2] or ""
    if len(whole) > MAX_WHOLE_DIGITS or len(places) > MAX_DECIMAL_PLACES:
        raise InputError(
            f"{quoted(text)} has more than {MAX_WHOLE_DIGITS} digits before the point or "
            f"{MAX_DECIMAL_PLACES} after it"
        )
    number = Decimal(text)
    if not fits(number):
        raise InputError(f"{quoted(text)} is not {what}")
    return number


_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_INTERVAL: Final = re.compile(r"([0-9]{2}):([0-5][0-9])(?::([0-5][0-9]))?")


def parse_date(text: str) -> datetime.date:
    """A date like 2026-01-05.

    Raises:
        InputError: the text has another form.
    """
    try:
        date = datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        date = None
    if date is None:
        raise InputError(f"{quoted(text)} is not a date like 2026-01-05")
    return date


def parse_time(text: str) -> datetime.time:
    """A local time like 16:30, 16:30:15 or 16:30:15.5.

    Raises:
        InputError: the text has another form.
    """
    try:
        if _TIME.fullmatch(text):
            return datetime.time.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{quoted(text)} is not a local time like 16:30")


def time_text(time: datetime.time) -> str:
    """The shortest text of a local time; the inverse of `parse_time`."""
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def parse_interval(text: str) -> int:
    """An interval like 00:15 or 00:00:30 in microseconds.

    Raises:
        InputError: the text has another form, or is shorter than a second.
    """
    parts = _INTERVAL.fullmatch(text)
    if parts is None:
        raise InputError(f"{quoted(text)} is not an interval like 00:15 or 00:00:30")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    interval = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if not interval:
        raise InputError(f"{quoted(text)} is shorter than a second")
    return interval


def interval_text(interval: int) -> str:
    """The inverse of `parse_interval`, which reads whole seconds below 100 hours."""
    seconds, rest = divmod(interval, SECOND)
    minutes, seconds = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    fraction = f".{rest:06}" if rest else ""
    return f"{text}:{seconds:02}{fraction}" if seconds or rest else text


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_text(document: Any) -> str:  # noqa: ANN401  any JSON value
    """A document as canonical text: equal documents give equal text in every program.

    Keys are sorted, separators have no spaces, and characters are not escaped.

    Example:
        >>> canonical_text({"name": "Ким", "amount": 7})
        '{"amount":7,"name":"Ким"}'
    """
    return _CANONICAL.encode(document)

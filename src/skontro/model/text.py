"""Text that people read: names, sources, titles. One rule wherever it comes in.

It must be writable wherever it may go: JSON and Parquet hold no half of a surrogate pair,
PostgreSQL no NUL, YAML no control characters, CSV read line by line no line break. And it must look
like what it is: characters that turn a line around or cannot be seen have posed as other names
before (Unicode Technical Report 36).
"""

import re
from typing import Final

from skontro.model.errors import InputError

#: Characters of a name at most, as in ISO 20022 messages (Max140Text).
MAX_NAME: Final = 140
#: Characters at most of a line of any other kind, for example where a rate comes from.
MAX_LINE: Final = 2_000
#: Characters of a refused text that a message repeats whole.
_SHOWN: Final = 40

# By number and not by category: categories change with the version of Unicode, and what a record
# took must be taken again when it is replayed. Kept are the two joiners that Persian and the Indic
# scripts are spelt with.
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
    """The text, if it is one line that everybody can read and every format can hold.

    Args:
        text: as it came in.
        most: characters at most.

    Raises:
        InputError: it is blank or longer, or has a character that cannot be read; says which, as
            the end of a sentence that begins with the field.
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


def check_name(text: str) -> str:
    """The name of a party or person, if it can be one: a line of at most 140 characters.

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

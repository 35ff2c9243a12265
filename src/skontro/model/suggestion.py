"""What somebody may have meant who wrote a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from skontro.model.text import quoted

#: Letters by which a part of a word tells which one is meant.
_TELLING: Final = 4


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, or has it as a part, whatever the case.

    None where no word does.
    """
    written = {one.casefold(): one for one in known}
    plain = word.strip().casefold()
    found = get_close_matches(plain, written)  # the most alike first, from a ratio of 0.6 on
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
    """``'weakly' is none of daily, weekly; did you mean weekly?``."""
    names = list(known)
    shown = quoted(word) if isinstance(word, str) else repr(word)
    return f"{shown} is none of {', '.join(names)}{did_you_mean(word, names)}"

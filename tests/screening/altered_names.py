"""Listed names with one typing error, in other scripts and orders; and lists of any length."""

import datetime
import random
import string
from functools import cache

from anyascii import anyascii

from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName, SanctionsList
from tests.screening.common_names import innocents

EDITS = ("insertion", "deletion", "substitution", "exchange")

_CYRILLIC = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я",
    "yo": "ё", "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и",
    "y": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с",
    "t": "т", "u": "у", "f": "ф", "h": "х", "c": "ц", "j": "дж", "q": "к", "w": "в", "x": "кс",
}  # fmt: skip
_ARABIC = {
    "sh": "ش", "th": "ث", "dh": "ذ", "kh": "خ", "gh": "غ", "ou": "و", "oo": "و", "ee": "ي",
    "b": "ب", "t": "ت", "j": "ج", "h": "ه", "d": "د", "r": "ر", "z": "ز", "s": "س", "f": "ف",
    "q": "ق", "k": "ك", "l": "ل", "m": "م", "n": "ن", "w": "و", "y": "ي", "p": "ب", "v": "ف",
    "g": "غ", "c": "ك", "x": "كس",
}  # fmt: skip


def edited(text: str, edit: str, draw: random.Random) -> str:
    """The text with one character inserted, deleted, substituted, or exchanged with the next."""
    place, letter = draw.randrange(len(text)), draw.choice(string.ascii_letters)
    if edit == "insertion":
        return text[:place] + letter + text[place:]
    if edit == "deletion":
        return text[:place] + text[place + 1 :]
    if edit == "substitution":
        return text[:place] + letter + text[place + 1 :]
    place = draw.randrange(max(1, len(text) - 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def reordered(text: str, draw: random.Random) -> str:
    """The text with its words in another order."""
    words = text.replace(",", " ").split()
    draw.shuffle(words)
    return " ".join(words)


def in_cyrillic(text: str) -> str:
    """A romanised name in Cyrillic letters."""
    return _spelled(text.lower(), _CYRILLIC, keep=" -")


def in_arabic(text: str) -> str:
    """A romanised name in Arabic letters, short vowels left out."""
    return _spelled(text.lower(), _ARABIC, keep=" ")


def _spelled(text: str, letters: dict[str, str], keep: str) -> str:
    written, place = [], 0
    while place < len(text):
        for length in (4, 2, 1):
            part = text[place : place + length]
            if len(part) == length and part in letters:
                written.append(letters[part])
                place += length
                break
        else:
            written.append(text[place] if text[place] in keep else "")
            place += 1
    return "".join(written)


@cache
def _syllables() -> dict[str, str]:
    """A common Han character for each syllable of Pinyin."""
    found: dict[str, str] = {}
    for code in range(0x4E00, 0x9FA6):
        found.setdefault(anyascii(chr(code)).lower(), chr(code))
    return found


def in_chinese(text: str) -> str | None:
    """A name of a family and a given name in Pinyin, in Han characters; None where it is none."""
    words = [word.strip(",").lower() for word in text.split()]
    if not 2 <= len(words) <= 3 or words[0] not in _syllables():
        return None
    given = _divided("".join(words[1:]))
    if given is None or not 1 <= len(given) <= 2:
        return None
    return "".join(_syllables()[part] for part in (words[0], *given))


def _divided(text: str) -> list[str] | None:
    if not text:
        return []
    for length in range(min(6, len(text)), 0, -1):
        if text[:length] in _syllables():
            rest = _divided(text[length:])
            if rest is not None:
                return [text[:length], *rest]
    return None


def generated_list(entries: int, seed: int = 7) -> SanctionsList:
    """A list with so many entries of two names each, of no existing person.

    Names have the letters and lengths of names of many countries: syllables of common ones.
    """
    draw = random.Random(seed)
    parts = sorted({word for name, _ in innocents(5_000) for word in anyascii(name).split()})
    halves = [word[: len(word) // 2 + 1] for word in parts if len(word) > 3]
    ends = [word[len(word) // 2 :] for word in parts if len(word) > 3]

    def name() -> str:
        words = draw.choice((2, 2, 3, 3, 4))
        return " ".join(draw.choice(halves) + draw.choice(ends) for _ in range(words))

    listed = tuple(
        ListedEntry(
            str(number),
            EntryKind.PERSON,
            (ListedName(name()), ListedName(name())),
            (str(1940 + number % 60),),
        )
        for number in range(entries)
    )
    return SanctionsList("Generated", datetime.date(2026, 2, 27), "0" * 64, listed)

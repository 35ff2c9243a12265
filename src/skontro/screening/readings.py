"""All ways to read a name as words: in full, without titles, in parts, in foreign letters.

One name can be written with or without titles, in two scripts at once, and with the name of the
father. Each way is searched.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import attrs

from skontro.screening.common_words import is_rare
from skontro.screening.names import ABJAD, LATIN, SYLLABLES, Name, read_name
from skontro.screening.sounds import with_w

_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
#: Romanised Cyrillic that can mean one letter of another alphabet.
_FOREIGN_LETTERS: Final = {"kh": "h", "dzh": "j", "ts": "c", "ks": "x"}
_FOREIGN: Final = re.compile("|".join(_FOREIGN_LETTERS))
_SCRIPTS: Final = {"Latin": LATIN, "abjad": ABJAD, "Cyrillic": _CYRILLIC, "syllables": SYLLABLES}
_BETWEEN_WORDS: Final = re.compile(r"[\s()\[\]{},;:/|]+")
#: Between the name of a person and that of the father: *son of*, and the Arabic *walad*.
_SON_OF: Final = re.compile(r"\s(?:son of|s/o|ولد)\s", re.IGNORECASE)
#: Words of a name that is one without the name of the father.
_MIN_OWN_NAME: Final = 2


def readings(text: str) -> tuple[Name, ...]:
    """All ways to read a name as words; the first is that of `read_name`.

    One with a form, title or article is also compared with it: a typing error there would
    hide it. Cyrillic *х*, *в*, *дж* are romanised kh, v, dzh and can mean foreign h, w, j. A
    name of three or four Han or Hangul characters is a family name of one or two of them and a
    given name. Romanised, they are two words. A name in two scripts is also read in each of them,
    and a name with that of the father without it.

    Args:
        text: as in a message or on a list, in any script.

    Example:
        >>> [name.words for name in readings("王小明")]
        [('wang', 'xiao', 'ming'), ('wang', 'xiaoming')]
    """
    found: dict[tuple[tuple[str, ...], bool], Name] = {}
    for part in (text, *_own_names(text), *_parts_by_script(text)):
        for name in _readings_of(part):
            found.setdefault((name.words, name.abjad), name)
    return tuple(found.values())


def _readings_of(text: str) -> Iterator[Name]:
    """The readings of one text; some more than once."""
    name = read_name(text)
    words = name.words
    yield name
    yield attrs.evolve(name, words=name.in_full)
    if _CYRILLIC.search(text):
        plain = tuple(
            _FOREIGN.sub(lambda found: _FOREIGN_LETTERS[found[0]], word) for word in words
        )
        for foreign in (plain, with_w(plain), with_w(words)):
            yield attrs.evolve(name, words=foreign)
    if not text.isascii() and 3 <= len(words) <= 4 and _is_syllables(text):
        yield attrs.evolve(name, words=(words[0], "".join(words[1:])))
        if len(words) == 4:
            yield attrs.evolve(name, words=("".join(words[:2]), "".join(words[2:])))


def _is_syllables(text: str) -> bool:
    letters = [char for char in text if char.isalnum()]
    return all(SYLLABLES.match(char) for char in letters)


def _own_names(text: str) -> Iterator[str]:
    """The name without that of the father, if it has two words or more."""
    own, *father = _SON_OF.split(text, maxsplit=1)
    if father and len(read_name(own).words) >= _MIN_OWN_NAME:
        yield own


def _parts_by_script(text: str) -> Iterator[str]:
    """The words of each script, where a name has several scripts and the part is a name.

    It is one with two words or more, or if each script has one word, one that is not common.
    """
    if text.isascii():
        return
    parts: dict[str, list[str]] = {}
    for word in _BETWEEN_WORDS.split(unicodedata.normalize("NFKC", text)):
        script = next((name for name, one in _SCRIPTS.items() if one.search(word)), "")
        if script:
            parts.setdefault(script, []).append(word)
    if len(parts) < 2:
        return
    each_has_one = all(len(words) == 1 for words in parts.values())
    for words in parts.values():
        if len(words) > 1 or (each_has_one and is_rare(words[0].lower())):
            yield " ".join(words)

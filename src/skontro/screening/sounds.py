"""Names by their sounds, for comparison with a script that writes no short vowels.

Arabic, Hebrew and Syriac write consonants and long vowels. One sound has several romanised letters,
and one romanised letter has several sounds: English, French and Persian speakers spell by ear.
"""

import re
from functools import lru_cache
from typing import Final

import attrs
from rapidfuzz.distance import LCSseq

from skontro.screening.names import Name
from skontro.screening.scoring import EXACT, pairs, ratio

#: Consonants that a name needs to be compared by them other than for equality.
MIN_CONSONANTS: Final = 5
#: Consonants of names that are also compared as one word, though both have as many words.
MIN_JOINED: Final = 8
_CACHED_WORDS: Final = 20_000
#: Arabic has no p, and writes v as f, Persian as w.
_LETTERS: Final = str.maketrans(
    {"q": "k", "g": "k", "c": "k", "p": "b", "v": "f", "x": "ks", "z": "d"}
)
#: Long vowels as an abjad writes them; e can be either of two.
_VOWELS: Final = str.maketrans({"e": "ay", "i": "y", "o": "w", "u": "w"})
_NO_CONSONANTS: Final = re.compile("[aeiouwy]")
_DIGRAPHS: Final = re.compile("(?<=[tdks])h|(?<=.)h$")
_DOUBLED: Final = re.compile(r"(.)\1+")
#: Parts of names that both scripts write as words of their own, or not.
_BEGINNINGS: Final = {
    **dict.fromkeys(("abd", "abdel", "abdul", "abdal", "abdol", "bd"), "abd"),
    **dict.fromkeys(("abu", "abou", "abo", "bw"), "abu"),
    **dict.fromkeys(("bin", "ben", "ibn", "bn"), "bin"),
}
_ALLAH: Final = frozenset({"allah", "ullah", "ollah", "llh"})
#: French, Spanish and Philippine c is s before e and i, and French ch is sh; in English both are k.
_SOFT_C: Final = re.compile("c(?=[eiy])")


@attrs.frozen
class Sounds:
    """A name by its sounds.

    Attributes:
        consonants: of each word that has any.
        sounds: the same with long vowels.
        vowels: how many long vowels each word has.

    Example:
        >>> Sounds.of(("mahmoud", "abd", "allah"))
        Sounds(consonants=('mhmd', 'bdl'), sounds=('mahmwd', 'abdala'), vowels=(2, 3))
    """

    consonants: tuple[str, ...]
    sounds: tuple[str, ...]
    vowels: tuple[int, ...]

    @classmethod
    def of(cls, words: tuple[str, ...]) -> "Sounds":
        """The sounds of romanised words; names of two words, as *Abd Allah*, count as one."""
        spelled = [(consonants(word), with_vowels(word)) for word in _compounds(words)]
        kept = [pair for pair in spelled if pair[0]]
        return cls(
            tuple(one for one, _ in kept),
            tuple(other for _, other in kept),
            tuple(sum(map(other.count, "awy")) for _, other in kept),
        )


def sounds_of(name: Name) -> tuple[Sounds, ...]:
    """A name by its sounds, once for each way to say its letters.

    A v is also w, as Persian writes it. Romanised for French speakers, c before e, i and y is s,
    and ch is sh. The Arabic letter th is s in Persian and Urdu.

    Example:
        >>> from skontro.screening.names import read_name
        >>> [one.consonants for one in sounds_of(read_name("Jamal Lounici"))]
        [('jml', 'lnk'), ('jml', 'lns')]
    """
    if name.abjad:
        ways = [name.words, tuple(word.replace("th", "s") for word in name.words)]
    else:
        soft = tuple(_SOFT_C.sub("s", word.replace("ch", "sh")) for word in name.words)
        ways = [name.words, soft, with_w(name.words), with_w(soft)]
    return tuple(dict.fromkeys(Sounds.of(words) for words in dict.fromkeys(ways)))


def with_w(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with w for each v."""
    return tuple(word.replace("v", "w") for word in words)


@lru_cache(maxsize=_CACHED_WORDS)
def consonants(word: str) -> str:
    """The consonants of a romanised word, doubled ones once.

    Example:
        >>> consonants("muhammad"), consonants("mhmd")
        ('mhmd', 'mhmd')
    """
    word = word.replace("dj", "j").translate(_LETTERS)
    return _DIGRAPHS.sub("", _DOUBLED.sub(r"\1", _NO_CONSONANTS.sub("", word)))


@lru_cache(maxsize=_CACHED_WORDS)
def with_vowels(word: str) -> str:
    """The consonants and long vowels of a romanised word.

    Example:
        >>> with_vowels("mahmoud"), with_vowels("mhmwd")
        ('mahmwd', 'mhmwd')
    """
    word = word.replace("dj", "j").translate(_LETTERS).translate(_VOWELS)
    return _DIGRAPHS.sub("", _DOUBLED.sub(r"\1", word))


def _compounds(words: tuple[str, ...]) -> list[str]:
    """The words, with *Abd*, *Abu* and *bin* joined to the next, and *Allah* to the last one."""
    found: list[str] = []
    is_open = False
    for word in words:
        plain = _BEGINNINGS.get(word, word)
        if found and (is_open or word in _ALLAH):
            found[-1] += plain
        else:
            found.append(plain)
        is_open = word in _BEGINNINGS
    return found


def sounds_score(name: Sounds, other: Sounds) -> int:
    """The score of a name in a script without short vowels, from 0 to 100.

    Its consonants and long vowels must be in the other name. The other way round, vowels say
    nothing, because short ones are not written.

    Args:
        name: in such a script.
        other: in any.
    """
    joined, other_joined = "".join(name.consonants), "".join(other.consonants)
    fewest = min(len(joined), len(other_joined))
    if not fewest:
        return 0
    ways = [_by_word(name, other)]
    if len(name.consonants) != len(other.consonants) or fewest >= MIN_JOINED:
        ways.append(_as_one_word(name, other))
    letters, written = len(joined) + len(other_joined), sum(name.vowels)
    best = max(
        min(ratio(common, letters), ratio(common + vowels, letters + 2 * written))
        for common, vowels in ways
    )
    return best if best == EXACT or fewest >= MIN_CONSONANTS else 0


def _by_word(name: Sounds, other: Sounds) -> tuple[int, int]:
    """Consonants and long vowels in common, each word with the most alike."""
    consonants = vowels = 0
    for common, place, other_place in pairs(name.consonants, other.consonants):
        consonants += common
        words = name.sounds[place], other.sounds[other_place]
        vowels += _common_vowels(*words, common, name.vowels[place])
    return consonants, vowels


def _as_one_word(name: Sounds, other: Sounds) -> tuple[int, int]:
    """Consonants and long vowels in common, in order, without spaces."""
    common = int(LCSseq.similarity("".join(name.consonants), "".join(other.consonants)))
    joined = "".join(name.sounds), "".join(other.sounds)
    return common, _common_vowels(*joined, common, sum(name.vowels))


def _common_vowels(sounds: str, other: str, consonants: int, written: int) -> int:
    return max(0, min(written, int(LCSseq.similarity(sounds, other)) - consonants))

"""Names by their sounds: consonants, long vowels, spellings by ear, exact limits of scores."""

import pytest

from skontro.screening.names import read_name
from skontro.screening.sounds import Sounds, sounds_of, sounds_score, with_vowels


def spelled(text: str) -> list[str]:
    return [" ".join(one.consonants) for one in sounds_of(read_name(text))]


def score(one: str, other: str) -> int:
    return sounds_score(sounds_of(read_name(one))[0], sounds_of(read_name(other))[0])


@pytest.mark.parametrize(
    ("latin", "other"),
    [
        ("Muhammad", "محمد"),
        ("Husayn", "حسين"),
        ("Qasim", "قاسم"),
        ("Ramadan", "رمضان"),
        ("Fazl", "فضل"),
        ("Shams", "شمس"),
        ("Khalid", "خالد"),
        ("Abdul", "عبد"),
        ("Djamel", "جمال"),
        ("Ghafur", "غفور"),
        ("Vladimir", "فلاديمير"),
    ],
)
def test_arabic_has_the_consonants_of_its_romanisation(latin: str, other: str) -> None:
    name = read_name(other)
    assert name.abjad
    assert Sounds.of(name.words).consonants == Sounds.of((latin.lower(),)).consonants


def test_words_without_consonants_are_left_out() -> None:
    sounds = Sounds.of(("aya", "salim"))
    assert sounds == Sounds(("slm",), ("salym",), (2,))
    assert Sounds.of(("aya",)) == Sounds((), (), ())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("mahmoud", "mahmwd"),
        ("mhmwd", "mhmwd"),
        ("djamel", "jamayl"),
        ("qazi", "kady"),
        ("fatih", "faty"),
        ("khadija", "kadyja"),
        ("xavier", "ksafyayr"),
        ("pervez", "bayrfayd"),
    ],
)
def test_long_vowels(word: str, expected: str) -> None:
    assert with_vowels(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Abd Allah Salim", "bdl slm"),
        ("Abdullah Salim", "bdl slm"),
        ("Abdul Rahman", "bdrhmn"),
        ("Abdel Rahman Bin Laden", "bdrhmn bnldn"),
        ("Abou Nidal", "bndl"),
        ("Faiz Ullah", "fdl"),
        ("Allah Muhammad", "l mhmd"),  # nothing is before it
        ("Salim Abu", "slm b"),  # nothing follows
        ("عبد الله سالم", "bdl slm"),
        ("فیض الله", "fdl"),
        ("أبو نضال بن لادن", "bndl bnldn"),
    ],
)
def test_names_of_two_words_count_as_one(text: str, expected: str) -> None:
    assert spelled(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("Lounici", ["lnk", "lns"]),
        ("Cemal Cyril", ["kml krl", "sml srl"]),
        ("Carlos Acar Cobb", ["krls kr kb"]),
        ("Akkacha", ["k", "ks"]),
        ("Vahid", ["fhd", "hd"]),
        ("Vincent", ["fnknt", "fnsnt", "nknt", "nsnt"]),
        ("Salim", ["slm"]),
        ("وثيق", ["tk", "sk"]),
        ("محمد", ["mhmd"]),
    ],
)
def test_sounds(text: str, ways: list[str]) -> None:
    assert spelled(text) == ways


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("طه ياسين رمضان الجزراوي", "Taha Yasin Ramadan al-Jizrawi", 100),
        ("محمد", "Muhammad", 100),
        ("علي", "Ali", 100),
        ("محمد حسين", "Mahmoud Hussain", 100),
        ("محمد حسين", "Muhammad Hassan Ali", 82),
        ("محمد", "Hamid Majid", 0),  # four consonants: equal or nothing
        ("آية", "Muhammad", 0),
        ("آية", "Aya", 0),
    ],
)
def test_scores(one: str, other: str, expected: int) -> None:
    assert score(one, other) == expected


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        (("mhmwd",), ("muhammad",), 0),  # four consonants are equal, and w is not in the other
        (("mhmwdbr",), ("muhammadbar",), 85),  # of six consonants and one vowel
        (("mhmwdbr",), ("mahmoudbar",), 100),
        (("mhmdbr",), ("mahmoudbar",), 100),  # vowels that are not written say nothing
        (("abcdf", "rst"), ("rst", "abcdf"), 100),
        (("bdf", "rst"), ("bdfr", "st"), 83),  # six consonants, as many words
        (("bdfm", "rstl"), ("bdfmr", "stl"), 100),  # eight
        (("bdfm", "rst"), ("bdfmr", "st"), 85),  # seven
        (("bdf", "rst"), ("bdfrst",), 100),  # another number of words
        (("bdfr",), ("bdfs",), 0),
        (("bdfrl",), ("bdfsl",), 80),  # five consonants
        (("bdfrl",), ("bdfr",), 0),  # of four in the other
    ],
)
def test_limits(name: tuple[str, ...], other: tuple[str, ...], expected: int) -> None:
    assert sounds_score(Sounds.of(name), Sounds.of(other)) == expected

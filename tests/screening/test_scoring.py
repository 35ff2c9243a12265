"""Scores of two names: each way to be alike, and exact limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.screening.names import read_name
from skontro.screening.scoring import (
    aligned,
    is_one_edit,
    is_part,
    name_score,
    pairs,
    ratio,
)
from tests.draws import examples

LETTERS = st.text("abcde", min_size=1, max_size=6)
WORDS = st.lists(LETTERS, min_size=1, max_size=5).map(tuple)


def score(one: str, other: str) -> int:
    return name_score(read_name(one), read_name(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Ayman al-Zawahiri", "ZAWAHIRI, Dr. Ayman", 100),
        ("Ayman Zawahiri", "Aymen Zawahiri", 92),  # one letter is another
        ("Ayman Zawahiri", "Aymn Zawahiri", 96),  # 2 * 12 of 25 letters
        ("Ayman Zawahiri", "Zawahiri Aymen", 92),
        ("Aymanzawahiri", "Ayman Zawahiri", 100),
        ("Ayman Zawahiri", "Peter Smith", 17),
        ("A. Zawahiri", "Ayman Muhammad Zawahiri", 88),
        ("abcd", "abdc", 92),
        ("abc", "acb", 92),
        ("abc", "abd", 66),
        ("abc", "ab", 92),
        ("ab", "ba", 50),
        ("", "abc", 0),
        ("abc", "", 0),
    ],
)
def test_scores(one: str, other: str, expected: int) -> None:
    assert score(one, other) == expected
    assert score(other, one) == expected


def test_ratio_is_rounded_down() -> None:
    assert ratio(2, 6) == 66
    assert ratio(3, 6) == 100
    assert ratio(0, 0) == 0


def test_words_stand_beside_the_most_alike() -> None:
    assert aligned(("omar", "hassan"), ("hasan", "omar")) == 9
    assert aligned(("abcde",), ("abcxy",)) == 3  # 60 percent
    assert aligned(("abcde",), ("abxyz",)) == 0
    assert aligned(("aa", "aa"), ("aa",)) == 2
    assert aligned((), ("aa",)) == 0


def test_pairs_say_which_words_they_are() -> None:
    assert pairs(("omar", "hassan"), ("hasan", "omar")) == [(5, 1, 0), (4, 0, 1)]
    assert pairs(("ab", "ab"), ("ab",)) == [(2, 0, 0)]
    assert pairs(("abc",), ("xyz",)) == []


@given(WORDS, WORDS, st.randoms(use_true_random=False))
@settings(max_examples=examples(60), deadline=None)
def test_the_order_of_words_does_not_matter(
    one: tuple[str, ...], other: tuple[str, ...], draw: object
) -> None:
    shuffled = list(one)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert aligned(tuple(shuffled), other) == aligned(one, other)
    assert aligned(one, other) == aligned(other, one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abcd", "abcd", True),
        ("abcd", "abce", True),
        ("abcd", "abdc", True),
        ("abcd", "abc", True),
        ("abcd", "abcde", True),
        ("abcd", "abcdef", False),
        ("abcd", "abdx", False),
        ("abc", "abx", False),
        ("abc", "bac", True),
        ("ab", "ba", False),
        ("abc", "ab", True),
        ("ab", "a", False),
    ],
)
def test_one_edit(one: str, other: str, expected: bool) -> None:
    assert is_one_edit(one, other) is expected
    assert is_one_edit(other, one) is expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        ("zawahiriqw kassem", "ayman kassem zawahiriqw", True),
        ("abcdefghij ali", "ali omar abcdefghij", True),  # ten rare letters
        ("abcdefghi ali", "ali omar abcdefghi", False),  # nine
        ("a abcdefg", "ali omar abcdefg", True),  # seven with an initial
        ("a abcdef", "ali omar abcdef", False),
        ("x abcdefg", "ali omar abcdefg", False),  # another initial
        ("a a abcdefg", "ali omar abcdefg", False),  # two initials of one word
        ("a o abcdefg", "ali omar abcdefg", True),
        ("abcdefghij", "abcdefghij ali", False),  # one word
        ("abcdefghij abcdefghij", "abcdefghij ali omar", False),  # twice
        ("muhammad abdullah", "muhammad abdullah hassan", False),  # common words
        ("abcdefghij klmn opq", "abcdefghij klmn", False),  # the part is longer
        ("abcdefghij xyz", "abcdefghij ali omar", False),
    ],
)
def test_parts(part: str, whole: str, expected: bool) -> None:
    assert is_part(tuple(part.split()), tuple(whole.split())) is expected

"""Names of all scripts in one comparable form."""

import pytest

from skontro.screening.names import MAX_CHARACTERS, read_name
from skontro.screening.organisation_forms import without_forms, without_titles


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Владимир Иванов", "vladimir ivanov"),
        ("AL ZAWAHIRI, Dr. Ayman", "zawahiri ayman"),
        ("Hay’at Tahrir al-Sham", "hayat tahrir sham"),
        ("J.R.R. Tolkien", "jrr tolkien"),
        ("Łódź Straße", "lodz strasse"),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
        ("Nguyễn Văn Đức", "nguyen van duc"),
        ("O'Brien", "obrien"),
        ("a\u200bb\u00adc", "abc"),
        ("李小明", "li xiao ming"),
        ("김정은", "gim jeong eun"),
        ("طه ياسين الجزراوي", "th yasyn jzrawy"),
        ("M23 (Mouvement)", "m23 mouvement"),
        ("Bread, Butter and Jam", "bread butter jam"),
        ("Al", "al"),
        ("Ayman az-Zawahiri", "ayman zawahiri"),
        ("Omar ash-Shami", "omar shami"),
        ("Omar as-Shami", "omar shami"),
        ("Omar an-Shami", "omar an shami"),
        ("Айман аз-Завахири", "ayman zavakhiri"),
        ("General Trading", "general trading"),
        ("خالد", "khald"),
        ("أحمد", "hmd"),
        ("آغا", "agha"),
        ("عبد الله", "bd llh"),
        ("عبدالله", "bdllh"),
        ("عبدالرحمن", "bd rhmn"),
        ("عبد الحق", "bd hq"),
        ("عبدالحق", "bd hq"),
        ("عبد ال", "bd l"),
        ("موسى", "mws"),
        ("يحيى علي", "yhy ly"),
    ],
)
def test_words(text: str, words: str) -> None:
    name = read_name(text)
    assert name.words == tuple(words.split())
    assert name.unreadable == ""
    assert name.joined == words.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "words", "form"),
    [
        ("ООО «Ромашка»", "romashka", "limited"),
        ("Romashka LLC", "romashka", "limited"),
        ("Müller GmbH & Co. KG", "muller", "partnership"),
        ("COMERCIAL CIMEX, S.A.", "comercial cimex", "stock"),
        ("Delta S.A. de C.V.", "delta", "stock"),
        ("The Company", "the company", ""),
        ("AO", "ao", ""),
        ("北京银行股份有限公司", "bei jing yin xing", "stock"),
        ("Trading Co., Ltd.", "trading", "limited"),
        ("PT Maju Tbk", "maju", "limited stock"),
        ("X LLC", "x llc", ""),
    ],
)
def test_organisation_forms(text: str, words: str, form: str) -> None:
    name = read_name(text)
    assert (name.words, name.form) == (tuple(words.split()), form)


def test_forms_stand_at_either_end_and_something_is_left() -> None:
    assert without_forms(["xy", "llc", "cd"]) == (["xy", "llc", "cd"], "")
    assert without_forms(["llc", "xy", "gmbh"]) == (["xy"], "limited")
    assert without_forms(["jsc", "xy", "llc"]) == (["xy"], "limited stock")
    assert without_forms(["a", "llc"]) == (["a", "llc"], "")
    assert without_forms([]) == ([], "")


def test_titles_and_articles_are_left_out_where_a_name_is_left() -> None:
    assert without_titles(["dr", "ayman", "al", "zawahiri"]) == ["ayman", "zawahiri"]
    assert without_titles(["mullah", "omar"]) == ["mullah", "omar"]
    assert without_titles(["al", "b"]) == ["al", "b"]
    assert without_titles(["a", "the", "of", "bc"]) == ["a", "bc"]
    assert without_titles(["ab", "and"]) == ["ab", "and"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "name has no letters or digits"),
        (" -- ", "name has no letters or digits"),
        ("😀", "name has no letters or digits"),
        ("\ue000", "character U+E000 is of no known script"),
        ("Anna \U000e0fff", "character U+E0FFF is of no known script"),
        ("Anna \U00012000", "word '\U00012000' is of no known script"),
        ("Pаypal Ltd", "word 'Pаypal' mixes scripts"),
        ("a" * (MAX_CHARACTERS + 1), "name has more than 255 characters"),
    ],
)
def test_names_that_cannot_be_read_say_why(text: str, why: str) -> None:
    assert read_name(text).unreadable == why


def test_the_longest_name_is_read() -> None:
    assert read_name("a" * MAX_CHARACTERS).unreadable == ""


def test_two_scripts_in_two_words_are_no_mixture() -> None:
    assert read_name("Газпром Export").unreadable == ""

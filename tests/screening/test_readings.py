"""Ways to read a name: in full, without titles, in parts, in two scripts."""

import pytest

from skontro.model.party import Party
from skontro.screening.matcher import Matcher
from skontro.screening.names import read_name
from skontro.screening.readings import readings
from tests.screening.cuts import small_list


def words(text: str) -> list[tuple[str, ...]]:
    return [name.words for name in readings(text)]


def test_forms_letters_and_syllables() -> None:
    assert words("王小明") == [("wang", "xiao", "ming"), ("wang", "xiaoming")]
    assert words("司马相如") == [
        ("si", "ma", "xiang", "ru"),
        ("si", "maxiangru"),
        ("sima", "xiangru"),
    ]
    assert words("李伟") == [("li", "wei")]
    assert words("王小明 Ltd") == [
        ("wang", "xiao", "ming"),
        ("wang", "xiao", "ming", "ltd"),
        ("wang", "xiaoming"),
    ]
    assert words("Delta LLC") == [("delta",), ("delta", "llc")]
    assert words("Dr. Anna Kim") == [("anna", "kim"), ("dr", "anna", "kim")]
    assert words("Хамид Вахид") == [
        ("khamid", "vakhid"),
        ("hamid", "vahid"),
        ("hamid", "wahid"),
        ("khamid", "wakhid"),
    ]
    assert words("Вайнах")[1:] == [("vaynah",), ("waynah",), ("waynakh",)]
    assert words("Джакс Цои")[1:] == [("jax", "coi")]
    assert words("Иван Петров")[1:] == [("iwan", "petrow")]
    assert words("Анна Ким") == [("anna", "kim")]
    assert words("Anna Kim") == [("anna", "kim")]
    assert words("الجزراوي ياسين") == [("jzrawy", "yasyn")]
    assert not readings("Delta LLC")[1].abjad


def test_the_first_reading_is_the_whole_name_and_none_comes_twice() -> None:
    for text in ("Хамид (Hamid)", "王小明 Ltd", "Dr. Anna Kim son of Ivan Kim", "Delta LLC", ""):
        found = readings(text)
        assert found[0] == read_name(text)
        assert len({(name.words, name.abjad) for name in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Abdelali Abou Dher (عبد العالي ابو ذر)", ["abdelali abou dher", "bd aly bw dhr"]),
        ("Agha Jan Alizai اغا جان عالیزی", ["agha jan alizai", "gha jan alyzy"]),
        ("Олег Ким/Anna Park", ["oleg kim", "anna park"]),
        ("Олег (Zamira)", ["oleg", "zamira"]),
        ("Олег (Salim)", ["oleg"]),  # a common word alone is no name
        ("Zamira Олег Али", ["oleg ali"]),  # one Latin word of three
        ("Олег Ким", []),
        ("Anna Kim", []),
        ("Олег Ким 7", []),
        ("Zürich 7", []),
    ],
)
def test_names_in_two_scripts_are_read_in_each(text: str, parts: list[str]) -> None:
    assert [" ".join(one) for one in words(text)][1:] == parts


def test_abjad_parts_say_that_they_are() -> None:
    found = {name.words: name.abjad for name in readings("Omar Salih (عمر صالح)")}
    assert found["omar", "salih"] is False
    assert found["mr", "salh"] is True


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Abdul Haq son of M. Anwar Khan", "abdul haq"),
        ("Abdul Haq S/O Anwar Khan", "abdul haq"),
        ("عبد الحق ولد محمد انور خان", "bd hq"),
        ("Haq S/O Anwar", None),  # one word alone is no name
        ("Abdul Jackson Off", None),
        ("ولد محمد انور", None),
    ],
)
def test_a_name_is_also_read_without_that_of_the_father(text: str, own: str | None) -> None:
    found = [" ".join(one) for one in words(text)]
    assert found[0] != own
    assert found[-1] == own if own else len(found) == 1


def test_titles_in_arabic_script_are_left_out_and_omar_is_none() -> None:
    assert words("حاجی گلاب گل") == [("glab", "gl"), ("hajy", "glab", "gl")]
    assert words("شيخ يونس الموريتاني")[0] == ("ywns", "mwrytany")
    assert words("عمر محمود عثمان") == [("mr", "mhmwd", "thman")]
    assert words("Mr Anna Kim")[0] == ("anna", "kim")


def test_the_article_after_servant_is_none_of_the_name() -> None:
    assert words("عبد الحق وثيق") == [("bd", "hq", "wthyq")]
    assert words("الحق وثيق") == [("lhq", "wthyq")]  # two letters are left: it may be no article


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("Jamal Lounici", "جمال لونيسي"),
        ("El Harrachi", "الحراشي"),
        ("Abdul-Haq Wasiq", "عبد الحق وثيق"),
        ("Sanaullah Ghafari", "ثناء اللہ غفاری"),
        ("Haji Gulab Gul", "حاجی گلاب گل ولد حاجی حضرت گل"),
        ("Omar Mahmoud Uthman", "عمر محمود عثمان"),
        ("Djaafar Abou Mohamed (جعفر ابو محمد)", "Djaafar Abou Mohamed"),
        ("Omar Ali", "Омар Али (Omar Ali)"),
    ],
)
def test_listed_names_are_found_either_way(listed: str, asked: str) -> None:
    for one, other in ((listed, asked), (asked, listed)):
        (hit,) = Matcher([small_list(one)]).hits(Party(name=other), 85)
        assert (hit.matched, hit.name_score) == (one, 100)

"""Files of lists: bounded, whole, hashed; and the forms that all lists share."""

import datetime
import gzip
import hashlib
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.screening.lists.entries import (
    EntryKind,
    ListedEntry,
    ListedName,
    country_code,
    country_codes,
    divided_names,
    make_list,
    merged_names,
    plain_identifier,
)
from skontro.screening.lists.list_files import ListFile, read_list_file

DAY = datetime.date(2026, 2, 27)


def test_a_file_is_read_and_hashed_as_it_lies(tmp_path: Path) -> None:
    plain, packed = tmp_path / "list.csv", tmp_path / "list.csv.gz"
    plain.write_bytes(b"abc\n")
    packed.write_bytes(gzip.compress(b"abc\n"))
    for path in (plain, packed):
        file = read_list_file(path)
        assert file.content == b"abc\n"
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_files_are_bounded(tmp_path: Path, pack: "type[bytes]") -> None:
    path = tmp_path / "list"
    path.write_bytes(pack(b"a" * 1_000))
    assert len(read_list_file(path, 1_000).content) == 1_000
    with pytest.raises(InputError, match=r"list: .* a list has at most 999$"):
        read_list_file(path, 999)


def test_a_packed_file_is_bounded_itself(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(gzip.compress(b"a" * 50_000))
    with pytest.raises(InputError, match=r"has \d+ bytes; a list has at most 40$"):
        read_list_file(path, 40)


def _packed(content: bytes) -> bytes:
    """The same bytes at any time: they name a test."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the file is empty"),
        (b" \n ", "the list is empty; get it again"),
        (_packed(b""), "the list is empty; get it again"),
        (_packed(b"abc" * 100)[:-9], "truncated or has several parts"),
        (_packed(b"abc") + _packed(b"def"), "truncated or has several parts"),
        (b"\x1f\x8bxyz", "the gzip file is damaged"),
    ],
)
def test_files_that_are_not_whole(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(InputError, match=text) as refusal:
        read_list_file(path)
    assert str(refusal.value).startswith(f"{path}: ")


def test_text_is_utf_8() -> None:
    def text(content: bytes, *, or_windows: bool = False) -> str:
        return ListFile(Path("a"), content, "").text(or_windows=or_windows)

    assert text("\ufeffŁ".encode()) == "Ł"
    assert text("É".encode("cp1252"), or_windows=True) == "É"
    with pytest.raises(InputError, match="a: line 3 is not UTF-8; get the list again"):
        text(b"a\nb\n\xff\n")
    with pytest.raises(InputError, match="a: line 2 has a NUL: not the text of a list"):
        text(b"a\n\0", or_windows=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Anna Kim", ["Anna Kim"]),
        ("Anna; Olga ;Ada", ["Anna", "Olga", "Ada"]),
        ("a) Anna Kim b) Olga Kim", ["Anna Kim", "Olga Kim"]),
        ("“Kawa”", ["Kawa"]),
        ("Olga (formerly listed as Anna)", ["Olga (formerly listed as Anna)", "Olga", "Anna"]),
        ("  Anna \n Kim ", ["Anna Kim"]),
        ("", []),
        ("(-)", []),
        ("Nusra (original script)", ["Nusra (original script)", "Nusra"]),
        (
            "Amir (original script: Амир)",
            ["Amir (original script: Амир)", "Amir", "Амир"],
        ),
        ("n" * 255, ["n" * 255]),
        ("n" * 256, []),
    ],
)
def test_fields_are_divided_into_names(text: str, names: list[str]) -> None:
    assert [name.text for name in divided_names(text)] == names


def test_names_in_brackets_are_weak() -> None:
    expected = [
        ListedName("BUTEMBO AIRLINES (BAL)"),
        ListedName("BUTEMBO AIRLINES"),
        ListedName("BAL", weak=True),
    ]
    assert divided_names("BUTEMBO AIRLINES (BAL)") == expected
    assert {name.weak for name in divided_names("Anna (Ada)", weak=True)} == {True}


def test_a_name_is_strong_where_it_is_strong_anywhere() -> None:
    names = [
        ListedName("A", weak=True),
        ListedName("B"),
        ListedName("A"),
        ListedName("B", weak=True),
    ]
    assert merged_names(names) == (ListedName("A"), ListedName("B"))
    assert [name.weak for name in divided_names("Ada (Ada)")] == [False, False]


def test_countries() -> None:
    assert country_code("Iran (Islamic Republic of)") == "IR"
    assert country_code("Democratic Republic of the Congo") == "CD"
    assert country_code("ru") == "RU"
    assert country_codes(["Russia", "KZ", "Atlantis", "kz", ""]) == ("KZ", "RU")


def test_identifiers() -> None:
    assert plain_identifier("ab-12 34") == "AB1234"
    assert plain_identifier("ab123") == ""


def entry(number: str, *names: str) -> ListedEntry:
    return ListedEntry(number, EntryKind.OTHER, tuple(map(ListedName, names)))


def test_a_list_has_entries_with_names_numbers_and_a_date() -> None:
    made = make_list("L", DAY, "ab", [entry("1", "A"), entry("2", "B")], "f")
    assert (made.name, made.published, made.sha256, len(made.entries)) == ("L", DAY, "ab", 2)
    assert made.age(datetime.date(2026, 3, 1)) == 2


@pytest.mark.parametrize(
    ("entries", "published", "text"),
    [
        ([], DAY, "f: the list has no entries; get it again"),
        ([entry("1", "A"), entry("1", "B")], DAY, "f: entry 1 is listed twice; get the list again"),
        ([entry("1")], DAY, "f: entry 1 has no name; get the list again"),
        ([entry("1", "A")], None, "f: the list has no date; state when it was published"),
    ],
)
def test_lists_that_are_refused(
    entries: list[ListedEntry], published: datetime.date | None, text: str
) -> None:
    with pytest.raises(InputError, match=text):
        make_list("L", published, "ab", entries, "f")

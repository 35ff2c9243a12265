"""The document of lists: canaries that must be found, counts, layouts, aliases."""

import gzip
import shutil
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.screening.lists.list_files import read_list_file
from skontro.screening.lists_document import (
    check_canaries,
    load_screener,
    own_canaries,
    read_list,
    read_lists,
)
from skontro.screening.screener import MatchingPolicy, Screener
from tests.screening.cuts import ALT, DATA, DAY, SDN, UN, ofac_list, small_list, un_list

DOCUMENT = """\
format: skontro screening lists
lists:
  - name: UN
    file: un_cut.xml
    canaries: [Doku Umarov Khamatovich]
  - name: OFAC
    file: ofac_sdn_cut.csv
    aliases: ofac_alt_cut.csv
    published: 2026-02-27
    canaries: [AEROCARIBBEAN AIRLINES]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in DATA.glob("*_cut.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def load(folder: Path, text: str = DOCUMENT) -> Screener:
    path = folder / "screening-lists.yaml"
    path.write_text(text, encoding="utf-8")
    return load_screener(path)


def test_lists_of_a_document(folder: Path) -> None:
    found = load(folder)
    assert [(one.name, one.published, len(one.entries)) for one in found.lists] == [
        ("OFAC", DAY, 205),
        ("UN", DAY, 75),
    ]
    assert found.policy == MatchingPolicy()


def test_the_policy_of_a_document(folder: Path) -> None:
    found = load(folder, DOCUMENT + "threshold: 90\nmax_age_days: 3\nrejects_confirmed: false\n")
    assert found.policy == MatchingPolicy(90, 3, rejects_confirmed=False)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("Doku Umarov Khamatovich", "Peter Smith", "list UN: 'Peter Smith' is not found on it"),
        # On another list only.
        ("Doku Umarov Khamatovich", "AEROCARIBBEAN AIRLINES", "list UN: 'AEROCARIBBEAN AIRLINES'"),
        ("canaries: [AEROCARIBBEAN AIRLINES]", "canaries: []", r"lists\[1\].canaries"),
        ("    canaries: [AEROCARIBBEAN AIRLINES]\n", "", r"lists\[1\].canaries is missing"),
        ("    published: 2026-02-27\n", "", "ofac_sdn_cut.csv: the list has no date"),
        ("skontro screening lists", "skontro lists", "line 1: format must be 'skontro screening"),
        ("un_cut.xml", "none.xml", "none.xml: there is no such file"),
        ("name: OFAC", "name: UN", "two lists are named 'UN'"),
        ("    file: un", "    aliases: ofac_alt_cut.csv\n    file: un", "only a list of OFAC has"),
        ("    file: un", "    least_entries: 76\n    file: un", "has 75 entries; at least 76 are"),
        ("    file: un", "    least_entries: 0\n    file: un", "least_entries"),
        ("    file: un", "    colour: red\n    file: un", "colour is an unknown key"),
        ("lists:", "threshold: 0\nlists:", "threshold"),
        ("lists:", "threshold: 101\nlists:", "threshold"),
        ("lists:", "max_age_days: -1\nlists:", "max_age_days"),
    ],
)
def test_documents_that_are_refused(folder: Path, before: str, after: str, text: str) -> None:
    assert before in DOCUMENT
    with pytest.raises(InputError, match=text):
        load(folder, DOCUMENT.replace(before, after, 1))


def test_as_many_entries_as_are_expected_are_enough(folder: Path) -> None:
    load(folder, DOCUMENT.replace("    file: un", "    least_entries: 75\n    file: un"))


def test_a_list_emptied_of_its_canary_is_refused(folder: Path) -> None:
    text = (folder / "un_cut.xml").read_text(encoding="utf-8")
    (folder / "un_cut.xml").write_text(text.replace("BADEGE", "X"), encoding="utf-8")
    with pytest.raises(InputError, match="the list is not whole, or the name was taken off"):
        load(folder, DOCUMENT.replace("Doku Umarov Khamatovich", "Eric Badege"))


def test_layouts_are_told_by_their_first_character(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_text(
        '\n{"id":"Q1","schema":"Person","last_seen":"2026-02-27","properties":{"name":["A B"]}}'
    )
    assert read_list(read_list_file(path)).name == "OpenSanctions"
    assert read_list(read_list_file(UN)).name == "UN"
    assert read_list(read_list_file(SDN), None, DAY, "X").name == "X"
    with pytest.raises(InputError, match="these are aliases; name the file of entries with them"):
        read_list(read_list_file(ALT), None, DAY)


def test_lists_named_one_by_one(tmp_path: Path) -> None:
    packed = tmp_path / "un.xml.gz"
    packed.write_bytes(gzip.compress(UN.read_bytes()))
    found = read_lists([ALT, packed, SDN], DAY)
    assert [one.entries for one in found] == [un_list().entries, ofac_list().entries]
    assert [len(one.entries) for one in read_lists([SDN], DAY)] == [205]
    for paths in ([ALT], [ALT, UN], [ALT, SDN, SDN], [ALT, ALT, SDN]):
        with pytest.raises(InputError, match="aliases go with one file of entries"):
            read_lists(paths, DAY)


def test_own_canaries() -> None:
    assert own_canaries(small_list("A")) == ["A"]
    assert own_canaries(small_list("A", "B", "C", "D")) == ["A", "C", "D"]
    check_canaries(Screener([un_list()]), "UN", own_canaries(un_list()))

"""Cuts of the lists of the United Nations and of OFAC, loaded once."""

import datetime
from functools import cache
from pathlib import Path

from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName, SanctionsList
from skontro.screening.lists.list_files import read_list_file
from skontro.screening.lists.ofac_csv import read_ofac_csv
from skontro.screening.lists.un_xml import read_un_xml
from skontro.screening.matcher import Matcher
from skontro.screening.screener import Screener

DATA = Path(__file__).parent / "data"
UN, SDN, ALT = DATA / "un_cut.xml", DATA / "ofac_sdn_cut.csv", DATA / "ofac_alt_cut.csv"
DAY = datetime.date(2026, 2, 27)


@cache
def un_list() -> SanctionsList:
    return read_un_xml(read_list_file(UN))


@cache
def ofac_list() -> SanctionsList:
    return read_ofac_csv(read_list_file(SDN), read_list_file(ALT), DAY)


@cache
def matcher() -> Matcher:
    return Matcher([un_list(), ofac_list()])


@cache
def screener() -> Screener:
    return Screener([un_list(), ofac_list()])


def write_lists(folder: Path) -> Path:
    """A document of lists that names that of the United Nations, with a name that it must have."""
    path = folder / "lists.yaml"
    path.write_text(
        "format: skontro screening lists\nlists:\n"
        f"  - {{name: UN, file: {UN}, canaries: [Eric Badege]}}\n",
        encoding="utf-8",
    )
    return path


def small_list(*names: str, name: str = "Small", **fields: object) -> SanctionsList:
    """A list with one entry for each name, numbered from 1."""
    entries = tuple(
        ListedEntry(str(number), EntryKind.PERSON, (ListedName(text),), **fields)  # type: ignore[arg-type]
        for number, text in enumerate(names, start=1)
    )
    return SanctionsList(name, DAY, "0" * 64, entries)

"""Parties against listed entries: hits by name and by identifier, with evidence.

Evidence only ever raises a score: a name that is a hit by itself stays a hit for any date of birth
and country. Contradictions are named, for the person who decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from skontro.model.party import Party
from skontro.screening.index import NameIndex
from skontro.screening.lists.entries import ListedEntry, SanctionsList, plain_identifier
from skontro.screening.names import Name, read_name
from skontro.screening.readings import readings
from skontro.screening.scoring import EXACT
from skontro.screening.sounds import Sounds, sounds_of, sounds_score

#: Points that evidence adds to the score of a name.
BIRTH_DATE: Final = 8
BIRTH_YEAR: Final = 4
COUNTRY: Final = 2
FORM: Final = 1
#: Hits of one party that are kept: the best ones.
MAX_HITS: Final = 5


@attrs.frozen
class Hit:
    """A listed entry that a party may be.

    Attributes:
        list_name, published, sha256: the list; the date as text.
        entry_id: the entry's own number in it.
        matched: the listed name, or identifier, that was found.
        weak: the list calls that alias weak.
        name_score: of the names alone, 0 to 100.
        score: with evidence; 100 for an identifier.
        evidence: agreements and contradictions, as short texts.
        confirmed: identifier, or the whole name with the full date of birth.
    """

    list_name: str
    published: str
    sha256: str
    entry_id: str
    matched: str
    weak: bool
    name_score: int
    score: int
    evidence: tuple[str, ...] = ()
    confirmed: bool = False


@attrs.frozen
class _Row:
    """One reading of one listed name."""

    entry: int
    name: int
    reading: Name


@attrs.frozen
class _SoundRow:
    """One reading of one listed name, by its sounds."""

    entry: int
    name: int
    sounds: Sounds


class _SoundRows:
    """Readings of listed names, and their index by consonants."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self.rows = [
            _SoundRow(row.entry, row.name, sounds)
            for row in rows
            for sounds in sounds_of(row.reading)
            if sounds.consonants
        ]
        self.index = NameIndex([Name(row.sounds.consonants) for row in self.rows])


class _Rows:
    """Readings of listed names, and their index."""

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows
        self.index = NameIndex([row.reading for row in rows])


class Matcher:
    """All entries of all lists, arranged for search.

    Args:
        lists: each with a name of its own; their order does not matter.

    Example:
        >>> matcher = Matcher([un_list])  # doctest: +SKIP
        >>> matcher.hits(Party(name="Аднан Махмуд"), 84)[0].entry_id  # doctest: +SKIP
        'QDi.123'
    """

    def __init__(self, lists: Sequence[SanctionsList]) -> None:
        in_order = sorted(lists, key=lambda one: one.name)
        self._entries: list[tuple[SanctionsList, ListedEntry]] = [
            (one, entry) for one in in_order for entry in one.entries
        ]
        rows = [row for number in range(len(self._entries)) for row in self._rows_of(number)]
        self._forms = [
            frozenset(read_name(name.text).form for name in entry.names)
            for _, entry in self._entries
        ]
        # A name in a script without vowels is compared with others by consonants only.
        self._vowels = _Rows([row for row in rows if not row.reading.abjad])
        self._abjad = _Rows([row for row in rows if row.reading.abjad])
        self._consonants = _SoundRows(rows)
        self._bare = _SoundRows(self._without_romanised(rows))
        self._by_identifier: dict[str, list[int]] = defaultdict(list)
        for number, (_, entry) in enumerate(self._entries):
            for identifier in entry.identifiers:
                self._by_identifier[identifier].append(number)

    @property
    def names(self) -> int:
        """Listed names that are searched."""
        return len({(row.entry, row.name) for row in self._consonants.rows})

    def hits(self, party: Party, threshold: int) -> list[Hit]:
        """All entries that the party may be, the best `MAX_HITS`, best first.

        Args:
            party: with a name that can be read; an unreadable name is no hit (see `screener`).
            threshold: least score, with evidence.
        """
        best: dict[int, tuple[int, int]] = {}
        least = max(1, threshold - _most_evidence(party))
        for reading in readings(party.name):
            for row, score in self._found(reading, least):
                if score > best.get(row.entry, (0, 0))[0]:
                    best[row.entry] = score, row.name
        form = read_name(party.name).form
        found = [self._hit(party, form, entry, *pair) for entry, pair in best.items()]
        found = [hit for hit in found if hit.score >= threshold]
        found += self._by_identifiers(party)
        found.sort(key=lambda hit: (-hit.score, -hit.name_score, hit.list_name, hit.entry_id))
        return _each_entry_once(found)[:MAX_HITS]

    def _found(self, name: Name, least: int) -> Iterable[tuple[_Row | _SoundRow, int]]:
        same = self._abjad if name.abjad else self._vowels
        for number, score in same.index.search(name, least):
            yield same.rows[number], score
        others = self._consonants if name.abjad else self._bare
        if not others.rows:
            return
        for sounds in sounds_of(name):
            for number, _ in others.index.search(Name(sounds.consonants), least):
                row = others.rows[number]
                pair = (sounds, row.sounds) if name.abjad else (row.sounds, sounds)
                score = sounds_score(*pair)
                if score >= least:
                    yield row, score

    def _rows_of(self, number: int) -> Iterable[_Row]:
        seen: set[tuple[tuple[str, ...], bool]] = set()
        for place, listed in enumerate(self._entries[number][1].names):
            for reading in readings(listed.text):
                key = reading.words, reading.abjad
                if reading.words and key not in seen:
                    seen.add(key)
                    yield _Row(number, place, reading)

    def _without_romanised(self, rows: Iterable[_Row]) -> list[_Row]:
        romanised = {row.entry for row in rows if not row.reading.abjad}
        return [row for row in rows if row.entry not in romanised]

    def _hit(self, party: Party, form: str, number: int, score: int, name: int) -> Hit:
        source, entry = self._entries[number]
        listed = entry.names[name]
        added, evidence = _evidence(party, entry)
        if form and form in self._forms[number]:
            added += FORM
            evidence.append("organisation form agrees")
        if name:
            evidence.append("weak alias" if listed.weak else "alias")
        return Hit(
            list_name=source.name,
            published=source.published.isoformat(),
            sha256=source.sha256,
            entry_id=entry.entry_id,
            matched=listed.text,
            weak=listed.weak,
            name_score=score,
            score=min(EXACT, score + added),
            evidence=tuple(evidence),
            confirmed=score == EXACT and not listed.weak and "birth date agrees" in evidence,
        )

    def _by_identifiers(self, party: Party) -> list[Hit]:
        found = []
        for scheme, value in party.identifiers:
            for number in self._by_identifier.get(plain_identifier(value), ()):
                source, entry = self._entries[number]
                found.append(
                    Hit(
                        list_name=source.name,
                        published=source.published.isoformat(),
                        sha256=source.sha256,
                        entry_id=entry.entry_id,
                        matched=entry.names[0].text,
                        weak=False,
                        name_score=0,
                        score=EXACT,
                        evidence=(f"identifier {scheme} {value} agrees",),
                        confirmed=True,
                    )
                )
        return found


def _most_evidence(party: Party) -> int:
    """The most that evidence can add, given the known fields of this party."""
    return FORM + (BIRTH_DATE if party.birth_date else 0) + (COUNTRY if party.country else 0)


def _evidence(party: Party, entry: ListedEntry) -> tuple[int, list[str]]:
    added, evidence = 0, []
    if party.birth_date and entry.birth_dates:
        if party.birth_date in entry.birth_dates:
            added, text = BIRTH_DATE, "birth date agrees"
        elif any(_same_year(party.birth_date, listed) for listed in entry.birth_dates):
            added, text = BIRTH_YEAR, "birth year agrees"
        else:
            text = f"birth date differs: {', '.join(entry.birth_dates[:3])}"
        evidence.append(text)
    if party.country and entry.countries:
        if party.country in entry.countries:
            added += COUNTRY
            evidence.append("country agrees")
        else:
            evidence.append(f"country differs: {', '.join(entry.countries[:3])}")
    return added, evidence


def _same_year(date: str, listed: str) -> bool:
    """Whether a date is in a listed year, month, or one of some years."""
    first, _, last = listed.partition("/")
    return first[:4] <= date[:4] <= (last or first)[:4]


def _each_entry_once(hits: Iterable[Hit]) -> list[Hit]:
    """The best hit of each entry; an identifier adds its evidence to a hit by name."""
    kept: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        key = hit.list_name, hit.entry_id
        earlier = kept.get(key)
        if earlier is None:
            kept[key] = hit
            continue
        better = earlier if earlier.name_score >= hit.name_score else hit
        kept[key] = attrs.evolve(
            better,
            score=max(earlier.score, hit.score),
            evidence=tuple(dict.fromkeys((*earlier.evidence, *hit.evidence))),
            confirmed=earlier.confirmed or hit.confirmed,
        )
    return list(kept.values())

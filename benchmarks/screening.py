"""Screening: seconds per party beside a plain rapidfuzz scan, and how many are caught and held."""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from tests.screening.altered_names import (
    EDITS,
    edited,
    generated_list,
    in_arabic,
    in_cyrillic,
    reordered,
)
from tests.screening.common_names import innocents, innocents_in_arabic

from benchmarks.measuring import Cell, Findings
from skontro.model.party import Party
from skontro.screening.lists.entries import SanctionsList
from skontro.screening.matcher import Matcher
from skontro.screening.names import read_name
from skontro.screening.screener import MatchingPolicy, Screener

_THRESHOLD = MatchingPolicy().threshold


def screening_times(entities: Sequence[int], parties: int) -> Findings:
    """Milliseconds of processor time for a party, at first and when it is known."""
    rows = [_times_of(generated_list(count), parties) for count in entities]
    return Findings(
        "screening-times",
        f"Processor milliseconds a party, {parties:,} innocents and 5 % listed with one edit",
        ("entities", "names", "p50", "p99", "known p50", "scan p50", "scan p99", "scan / p50"),
        rows,
        ("A scan is one `rapidfuzz.process.extract` with `fuzz.ratio` over all names, no words.",),
    )


def _times_of(names: SanctionsList, parties: int) -> tuple[Cell, ...]:
    draw = random.Random(1)
    asked = [Party(name=name, country=country) for name, country in innocents(parties)]
    listed = [entry.names[0].text for entry in draw.sample(names.entries, parties // 20)]
    asked += [Party(name=edited(text, "substitution", draw)) for text in listed]
    draw.shuffle(asked)
    screener = Screener([names])
    joined = [read_name(one.text).joined for entry in names.entries for one in entry.names]
    _each(asked[:50], lambda party: screener.matcher.hits(party, _THRESHOLD))
    read_name.cache_clear()
    first = _each(asked, lambda party: screener.screen([party], names.published))
    again = _each(asked, lambda party: screener.screen([party], names.published))
    scan = _each(asked[: max(20, parties // 20)], lambda party: _scan(party, joined))
    return (
        len(names.entries),
        len(joined),
        *(round(float(np.percentile(first, part)), 3) for part in (50, 99)),
        round(float(np.percentile(again, 50)), 4),
        *(round(float(np.percentile(scan, part)), 2) for part in (50, 99)),
        round(float(np.median(scan) / np.median(first)), 1),
    )


def _scan(party: Party, joined: list[str]) -> object:
    name = read_name(party.name).joined
    return process.extract(name, joined, scorer=fuzz.ratio, score_cutoff=_THRESHOLD, limit=None)


def _each(parties: Sequence[Party], work: Callable[[Party], object]) -> list[float]:
    """Milliseconds of processor time of each call; of one thread, as all of this has one."""
    taken = []
    for party in parties:
        start = time.thread_time()
        work(party)
        taken.append(1_000 * (time.thread_time() - start))
    return taken


def caught_and_held(lists: Sequence[SanctionsList], innocent: int, listed: int) -> Findings:
    """Percent of listed names found when altered, and of innocents held, at several thresholds."""
    matcher = Matcher(lists)
    draw = random.Random(2)
    texts = [name.text for one in lists for entry in one.entries for name in entry.names]
    texts = draw.sample([text for text in texts if 4 <= len(text) <= 140], listed)
    latin = [text for text in texts if text.isascii() and text.replace(" ", "").isalpha()]
    ways: dict[str, list[str]] = {
        "exact": texts,
        "reordered": [reordered(text, draw) for text in texts],
        **{edit: [edited(text, edit, draw) for text in texts] for edit in EDITS},
        "in Cyrillic": [in_cyrillic(text) for text in latin],
        "in Arabic": [in_arabic(text) for text in latin],
    }
    parties = {way: [Party(name=text[:140]) for text in made] for way, made in ways.items()}
    parties["innocents"] = [Party(name=name, country=code) for name, code in innocents(innocent)]
    parties["innocents in Arabic script"] = [Party(name=name) for name in innocents_in_arabic()]
    thresholds = (80, 82, 85, 88, 90, 92)
    rows = []
    for way, asked in parties.items():
        best = np.array([_best(matcher, party, min(thresholds)) for party in asked])
        rows.append((way, *(round(100 * float((best >= one).mean()), 2) for one in thresholds)))
    return Findings(
        "screening-caught-and-held",
        f"Percent with a hit by threshold, {listed:,} listed names and {innocent:,} innocents",
        ("names", *map(str, thresholds)),
        rows,
    )


def _best(matcher: Matcher, party: Party, threshold: int) -> int:
    hits = matcher.hits(party, threshold)
    # A name that cannot be read is held whatever the threshold.
    return hits[0].score if hits else 100 if read_name(party.name).unreadable else 0

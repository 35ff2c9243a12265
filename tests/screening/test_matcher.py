"""Hits: evidence raises and never lowers, order does not matter, no entry turns a hit away."""

import random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model.party import Party
from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName
from skontro.screening.matcher import MAX_HITS, Hit, Matcher
from tests.draws import examples
from tests.screening.cuts import DAY, matcher, ofac_list, small_list, un_list


def entry(*names: str, number: str = "7", **fields: object) -> ListedEntry:
    listed = tuple(ListedName(name) for name in names)
    return ListedEntry(number, EntryKind.PERSON, listed, **fields)  # type: ignore[arg-type]


def matching(*entries: ListedEntry) -> Matcher:
    return Matcher([attrs.evolve(small_list("x"), entries=entries)])


def one_hit(found: Matcher, party: Party, threshold: int = 85) -> Hit:
    [hit] = found.hits(party, threshold)
    return hit


def test_a_hit_says_list_entry_and_name() -> None:
    hit = one_hit(matcher(), Party(name="Doku Khamatovich UMAROV"))
    assert hit == Hit(
        list_name="UN",
        published="2026-02-27",
        sha256=un_list().sha256,
        entry_id="QDi.290",
        matched="DOKU KHAMATOVICH UMAROV",
        weak=False,
        name_score=100,
        score=100,
    )


BORN = Party(name="Aymen Zawahiri Qandil", birth_date="1951-06-19", country="EG")


@pytest.mark.parametrize(
    ("born", "countries", "added", "evidence"),
    [
        (("1951-06-19",), (), 8, ("birth date agrees",)),
        (("1951",), (), 4, ("birth year agrees",)),
        (("1951-06",), (), 4, ("birth year agrees",)),
        (("1951-06-20",), (), 4, ("birth year agrees",)),
        (("1950/1951",), (), 4, ("birth year agrees",)),
        (("1951/1960",), (), 4, ("birth year agrees",)),
        (("1952/1960",), (), 0, ("birth date differs: 1952/1960",)),
        (("1940/1950",), (), 0, ("birth date differs: 1940/1950",)),
        (("1940", "1951"), (), 4, ("birth year agrees",)),
        (("1952", "1951-06-19"), (), 8, ("birth date agrees",)),
        (("1",) * 4, (), 0, ("birth date differs: 1, 1, 1",)),
        ((), ("EG",), 2, ("country agrees",)),
        ((), ("KZ", "EG"), 2, ("country agrees",)),
        ((), ("KZ",), 0, ("country differs: KZ",)),
        (("1951-06-19",), ("EG",), 10, ("birth date agrees", "country agrees")),
        ((), (), 0, ()),
    ],
)
def test_evidence(
    born: tuple[str, ...], countries: tuple[str, ...], added: int, evidence: tuple[str, ...]
) -> None:
    found = matching(entry("Ayman Zawahirri Kandyll", birth_dates=born, countries=countries))
    hit = one_hit(found, BORN, 70)
    assert (hit.name_score, hit.score, hit.evidence) == (80, 80 + added, evidence)
    assert one_hit(found, BORN, 80 + added).score == 80 + added
    assert found.hits(BORN, 81 + added) == []


def test_without_the_party_s_own_there_is_no_evidence() -> None:
    found = matching(entry("Anna Kim", birth_dates=("1951",), countries=("EG",)))
    assert one_hit(found, Party(name="Anna Kim")).evidence == ()


def test_an_organisation_form_that_agrees() -> None:
    found = matching(entry("Romashkovo Zavod Delta OOO", "Another Name Ltd"))
    same, other = "Romashkovo Zawod Dalta LLC", "Romashkovo Zawod Dalta GmbH & Co. KG"
    assert one_hit(found, Party(name=same)).evidence == ("organisation form agrees",)
    hit, plain = (one_hit(found, Party(name=name)) for name in (same, other))
    assert hit.score == hit.name_score + 1
    # The form alone lifts it to the threshold.
    assert one_hit(found, Party(name=same), hit.score) == hit
    assert found.hits(Party(name=same), hit.score + 1) == []
    assert plain.score == plain.name_score
    assert plain.evidence == ()


def test_scores_end_at_100() -> None:
    hit = one_hit(
        matching(entry("Anna Kim", countries=("KZ",))), Party(name="Anna Kim", country="KZ")
    )
    assert (hit.name_score, hit.score) == (100, 100)


@pytest.mark.parametrize(
    ("weak", "name", "born", "confirmed"),
    [
        (False, "Anna Kim", "1951-06-19", True),
        (True, "Anna Kim", "1951-06-19", False),
        (False, "Anna Kimm", "1951-06-19", False),
        (False, "Anna Kim", "1951-06-18", False),
        (False, "Anna Kim", "", False),
    ],
)
def test_confirmed(weak: bool, name: str, born: str, confirmed: bool) -> None:
    listed = ListedEntry("7", EntryKind.PERSON, (ListedName("Anna Kim", weak),), ("1951-06-19",))
    hit = one_hit(matching(listed), Party(name=name, birth_date=born))
    assert hit.confirmed is confirmed
    assert hit.weak is weak


def test_aliases_are_named_as_such() -> None:
    listed = ListedEntry(
        "7",
        EntryKind.PERSON,
        (ListedName("Anna Kim"), ListedName("Olga Lee"), ListedName("Ada Sy", weak=True)),
    )
    found = matching(listed)
    assert one_hit(found, Party(name="Anna Kim")).evidence == ()
    assert one_hit(found, Party(name="Olga Lee")).evidence == ("alias",)
    assert one_hit(found, Party(name="Ada Sy")).evidence == ("weak alias",)


def test_identifiers() -> None:
    found = matching(entry("Anna Kim", identifiers=("AB123456",)), entry("Olga Lee", number="8"))
    stranger = Party(name="Peter Smith", identifiers=[("PASSPORT", "ab 123-456")])
    hit = one_hit(found, stranger)
    assert (hit.entry_id, hit.matched, hit.name_score, hit.score) == ("7", "Anna Kim", 0, 100)
    assert hit.evidence == ("identifier PASSPORT ab 123-456 agrees",)
    assert hit.confirmed
    both = one_hit(found, attrs.evolve(stranger, name="Anna Kimm"))
    assert (both.name_score, both.score, both.confirmed) == (93, 100, True)
    assert both.evidence == ("identifier PASSPORT ab 123-456 agrees",)
    assert found.hits(attrs.evolve(stranger, identifiers=[("PASSPORT", "AB123457")]), 85) == []


def test_short_identifiers_are_chance() -> None:
    found = matching(entry("Anna Kim", identifiers=("12345",)))
    assert found.hits(Party(name="Peter Smith", identifiers=[("TAX", "12345")]), 85) == []


def test_the_best_hits_come_first_and_are_few() -> None:
    found = matching(*(entry("Anna Kim" + "m" * n, number=str(n)) for n in range(MAX_HITS + 2)))
    hits = found.hits(Party(name="Anna Kim"), 60)
    assert [hit.entry_id for hit in hits] == [str(n) for n in range(MAX_HITS)]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_scripts() -> None:
    found = matching(entry("Ayman al-Zawahiri"), entry("محفوظ ولد الوليد", number="8"))
    assert one_hit(found, Party(name="Айман аз-Завахири")).entry_id == "7"
    assert one_hit(found, Party(name="أيمن الظواهري")).entry_id == "7"
    assert one_hit(found, Party(name="محفوظ ولد الوليد")).entry_id == "8"
    assert one_hit(found, Party(name="Mahfouz Ould Walid")).entry_id == "8"


def test_arabic_with_an_edit_is_compared_with_arabic() -> None:
    # The consonants alone are too few.
    found = matching(entry("حماس"))
    assert one_hit(found, Party(name="حماسن")).name_score == 92
    assert matching(entry("Hamas")).hits(Party(name="حماسن"), 85) == []


def test_v_in_persian_and_arabic() -> None:
    found = matching(entry("Davoud Parvizi"))
    assert one_hit(found, Party(name="داوود پرویزی")).entry_id == "7"
    assert one_hit(found, Party(name="دافود برفيزي")).entry_id == "7"


def test_a_romanised_name_is_compared_with_the_romanised_one_of_the_entry() -> None:
    # By consonants both would be alike: hmd l.
    found = matching(entry("Hamid Ali Lutfi", "حامد علي لطفي"))
    assert found.hits(Party(name="Humaid Aal Eltf"), 85) == []


def test_order_of_lists_and_entries_does_not_matter() -> None:
    one, other = small_list("Anna Kim", "Ana Kim"), small_list("Anna Kimm", name="Another")
    turned = attrs.evolve(one, entries=one.entries[::-1])
    party = Party(name="Anna Kim")
    assert Matcher([one, other]).hits(party, 85) == Matcher([other, turned]).hits(party, 85)


def test_names_are_counted_once_however_they_can_be_read() -> None:
    assert matching(entry("Delta LLC", "王小明")).names == 2


LISTED = [name.text for one in (un_list(), ofac_list()) for e in one.entries for name in e.names]


@given(
    st.sampled_from(LISTED),
    st.randoms(use_true_random=False),
    st.sampled_from(["", "1963-04-30", "1950-01-01"]),
    st.sampled_from(["", "RU", "IR"]),
)
@settings(max_examples=examples(60), deadline=None)
def test_evidence_never_lowers_and_order_of_words_does_not_matter(
    text: str, draw: random.Random, birth_date: str, country: str
) -> None:
    words = text.replace(",", " ").split()
    draw.shuffle(words)
    plain = matcher().hits(Party(name=" ".join(words)[:140]), 85)
    more = matcher().hits(
        Party(name=" ".join(words)[:140], birth_date=birth_date, country=country), 85
    )
    scores = {hit.entry_id: hit.score for hit in more}
    best = max((hit.score for hit in more), default=0)
    for hit in plain:
        # Only hits that are pushed out by better ones may be absent.
        assert scores.get(hit.entry_id, best) >= hit.score
    assert len(more) >= len(plain)


@given(st.lists(st.sampled_from(LISTED), min_size=1, max_size=6), st.sampled_from(LISTED))
@settings(max_examples=examples(40), deadline=None)
def test_another_entry_turns_no_hit_away(names: list[str], another: str) -> None:
    smaller = small_list(*names)
    larger = small_list(*names, another)
    before, after = Matcher([smaller]), Matcher([larger])
    for name in [*names, another]:
        party = Party(name=name[:140])
        assert len(after.hits(party, 85)) >= len(before.hits(party, 85))


def test_the_day_of_the_cuts_is_known() -> None:
    assert un_list().published == DAY

"""Parties to outcomes: passed, held or rejected, with the evidence for it.

Everything fails closed. Without a list, with one that is too old, or for a name that cannot be
read, a party is held and never passes.
"""

import datetime
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from skontro.model import InputError
from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import MAX_EVIDENCE_BYTES
from skontro.model.text import canonical_text
from skontro.screening.lists.entries import SanctionsList
from skontro.screening.matcher import MAX_HITS, Hit, Matcher
from skontro.screening.names import read_name
from skontro.system.screening_lists import AgreedList, ScreeningLists

#: Parties whose outcome is remembered.
CACHED_PARTIES: Final = 100_000
_OUTCOMES: Final = (ScreeningOutcome.PASSED, ScreeningOutcome.HELD, ScreeningOutcome.REJECTED)
#: Most characters of a reason in the evidence of an order.
_MAX_SHOWN: Final = 200


@attrs.frozen
class MatchingPolicy:
    """How strictly parties are screened.

    Attributes:
        threshold: least score of a hit, 1 to 100. The default was measured: see
            docs/explanation/screening-thresholds.md.
        max_age_days: of a list; one that is older, or from the future, holds everything.
        rejects_confirmed: whether a confirmed hit is rejected and not held: an identifier agrees,
            or the whole name and the full date of birth.

    Raises:
        InputError: a value is out of range.
    """

    threshold: int = 85
    max_age_days: int = 7
    rejects_confirmed: bool = True

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.threshold <= 100:
            raise InputError(f"threshold is {self.threshold}; 1 to 100 is possible")
        if self.max_age_days < 0:
            raise InputError(f"max_age_days is {self.max_age_days}; it must not be negative")


@attrs.frozen
class Screened:
    """The outcome for one party.

    Attributes:
        outcome: passed, held or rejected.
        reason: why it is held though no hit says so; else "".
        hits: the best ones first.
    """

    outcome: ScreeningOutcome
    reason: str = ""
    hits: tuple[Hit, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON: outcome in lower case, with reason and hits if there are any."""
        found: dict[str, Any] = {"outcome": self.outcome.name.lower()}
        if self.reason:
            found["reason"] = self.reason
        if self.hits:
            found["hits"] = [attrs.asdict(hit) for hit in self.hits]
        return found

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Screened":
        """The inverse of `document`.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        hits = [
            Hit(**{**one, "evidence": tuple(one["evidence"])}) for one in document.get("hits", ())
        ]
        outcome = ScreeningOutcome[str(document["outcome"]).upper()]
        if outcome not in _OUTCOMES:
            raise ValueError(f"{document['outcome']} is no outcome of an engine")
        return cls(outcome, str(document.get("reason", "")), tuple(hits))


def held(reason: str) -> Screened:
    """The outcome of a party that could not be screened."""
    return Screened(ScreeningOutcome.HELD, reason)


class Screener:
    """Screens parties against lists. Deterministic: the day is an argument.

    Args:
        lists: each with a name of its own; without any, everything is held.
        policy: threshold, age of lists, rejection.
        cached_parties: outcomes that are remembered, the least recently used forgotten first.

    Raises:
        InputError: two lists have the same name.

    Example:
        >>> screener = Screener([])
        >>> day = datetime.date(2026, 11, 27)
        >>> screener.screen([Party(name="Anna Kim")], day)[0].reason
        'no list is loaded'
    """

    def __init__(
        self,
        lists: Sequence[SanctionsList],
        policy: MatchingPolicy | None = None,
        cached_parties: int = CACHED_PARTIES,
    ) -> None:
        names = [one.name for one in lists]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two lists are named {name!r}; give each its own name")
        self.lists = tuple(sorted(lists, key=lambda one: one.name))
        self.policy = policy or MatchingPolicy()
        self.digest = self.described.digest
        self.matcher = Matcher(self.lists)
        self._cache: OrderedDict[tuple[Any, ...], Screened] = OrderedDict()
        self._cached_parties = cached_parties

    @property
    def described(self) -> ScreeningLists:
        """The lists by name, date and hash, and how strictly they are searched."""
        lists = [
            AgreedList(one.name, one.published.isoformat(), one.sha256, len(one.entries))
            for one in self.lists
        ]
        return ScreeningLists(tuple(lists), **attrs.asdict(self.policy))

    def screen(self, parties: Iterable[Party], today: datetime.date) -> list[Screened]:
        """The outcome for each party, in their order.

        Args:
            parties: of one order or many.
            today: decides whether the lists are fresh.
        """
        reason = unusable(self.lists, self.policy, today)
        if reason:
            return [held(reason) for _ in parties]
        return [self._cached(party) for party in parties]

    def _cached(self, party: Party) -> Screened:
        key = party_key(party)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._screen(party)
            if len(self._cache) > self._cached_parties:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(key)
        return found

    def _screen(self, party: Party) -> Screened:
        hits = tuple(self.matcher.hits(party, self.policy.threshold))
        reason = read_name(party.name).unreadable if party.name else "the party has no name"
        if self.policy.rejects_confirmed and any(hit.confirmed for hit in hits):
            return Screened(ScreeningOutcome.REJECTED, reason, hits)
        outcome = ScreeningOutcome.HELD if hits or reason else ScreeningOutcome.PASSED
        return Screened(outcome, reason, hits)


def party_key(party: Party) -> tuple[Any, ...]:
    """All that the outcome depends on: name as it is read, country, date of birth, identifiers."""
    return party.name, party.country, party.birth_date, party.identifiers


def unusable(lists: Sequence[SanctionsList], policy: MatchingPolicy, today: datetime.date) -> str:
    """Why nothing can be screened with these lists today; "" where it can."""
    if not lists:
        return "no list is loaded"
    for one in lists:
        age = one.age(today)
        if age > policy.max_age_days:
            return f"list {one.name} is {age} days old; {policy.max_age_days} is the most"
        if age < 0:
            return f"list {one.name} is of {one.published}, a day to come"
    return ""


def strictest(screened: Iterable[Screened]) -> ScreeningOutcome:
    """The outcome of an order with these parties: rejected before held before passed.

    An order that names no party is held.
    """
    outcomes = [one.outcome for one in screened]
    if not {*outcomes} <= {*_OUTCOMES}:
        return ScreeningOutcome.HELD
    return max(outcomes, default=ScreeningOutcome.HELD)


def evidence_bytes(
    parties: Sequence[tuple[str, Party]],
    screened: Sequence[Screened],
    digest: str,
    most_bytes: int = MAX_EVIDENCE_BYTES,
) -> bytes:
    """The evidence of an order as canonical JSON, at most so many bytes, of 200 or more.

    Args:
        parties: roles and parties.
        screened: their outcomes, in the same order.
        digest: of the lists that were used, in hexadecimal digits; "" where none were.
        most_bytes: of the evidence.

    Returns:
        Digest of the lists, and each role that did not plainly pass. If it is too long, the last
        hits of each party are left out, and ``hits_left_out`` counts them.
    """
    for most in (MAX_HITS, 2, 1, 0):
        content = _evidence(parties, screened, digest, most)
        if len(content) <= most_bytes:
            return content
    return canonical_text({"lists": digest, "outcome": strictest(screened).name.lower()}).encode()


def _evidence(
    parties: Sequence[tuple[str, Party]], screened: Sequence[Screened], digest: str, most: int
) -> bytes:
    shown: dict[str, Any] = {}
    left_out = 0
    for (role, _), one in zip(parties, screened, strict=True):
        if one.outcome is ScreeningOutcome.PASSED:
            continue
        kept = attrs.evolve(one, reason=one.reason[:_MAX_SHOWN], hits=one.hits[:most])
        left_out += len(one.hits) - len(kept.hits)
        shown[role] = kept.document()
    document: dict[str, Any] = {
        "lists": digest,
        "outcome": strictest(screened).name.lower(),
        "screened": [role for role, _ in parties],
    }
    if shown:
        document["parties"] = shown
    if left_out:
        document["hits_left_out"] = left_out
    return canonical_text(document).encode()

"""Mirrors of two signed records compared, as `skontro reconcile` does."""

from collections.abc import Sequence

import attrs

from skontro.engine import CommandKind, command
from skontro.ledger.entry import NO_HASH, Entry, make_entry, own_request
from skontro.ledger.link_evidence import PeerStatements
from skontro.ledger.link_proof import CheckedProof, LinkProof
from skontro.ledger.link_records import LinkRecord
from skontro.ledger.mirror_records import compare_mirrors
from skontro.ledger.reconciled import Kind
from skontro.ledger.reconciliation import reconcile
from skontro.system.links.heard_proof import HeardProof
from skontro.system.mirror.payment_table import Stage
from tests.system.mirror.mirrored_systems import Mirrored, MirroredCountry


def record_of(country: MirroredCountry, heard: Sequence[int] = ()) -> LinkRecord:
    """The record of a country, which has heard of these batches of the other."""
    record, previous = LinkRecord(country.id.encode().hex().zfill(64)), NO_HASH
    for number, batch in enumerate(country.batches):
        entry: Entry = make_entry(number, batch, own_request(len(batch.commands)), previous)
        peer = ("KG-RTGS", "KZ-RTGS")[country.place]
        proofs = [
            PeerStatements(
                peer,
                (),
                CheckedProof(one, 0, bytes(32), bytes(32)),
                "",
                "",
                HeardProof({}),
                LinkProof.of(entry, {}),
            )
            for one in heard
        ]
        record.observe(entry, proofs if number == 0 else [], country.system)
        previous = entry.hash
    return record


def test_records_of_payments_agree() -> None:
    both = Mirrored()
    for origin in (0, 1):
        both.pay(both.terms(origin, 700, ("KZT", "KGS")[origin]))
    both.deliver()
    both.pay(both.terms(0, 80))
    records = [record_of(one) for one in both.countries]
    assert compare_mirrors(*records) == []
    assert reconcile(records, [compare_mirrors]).agrees


def test_a_difference_of_the_mirror_is_a_difference_of_the_records() -> None:
    both = Mirrored()
    system = both[0].system
    account = system.directory.account_number("NBKGKG22", "KZT") or 0
    system.engine.apply(command(CommandKind.TRANSFER_IN, both[0].now, payer=account, amount=5))
    [difference] = compare_mirrors(*(record_of(one) for one in both.countries))
    assert (difference.kind, difference.systems) == (Kind.MIRROR, ("KZ-RTGS", "KG-RTGS"))
    assert difference.evidence.startswith("KG-RTGS has 0.05 KZT at KZ-RTGS")
    assert difference.link == ""


def test_a_payment_that_was_not_sent_is_named_unless_a_record_ends_early() -> None:
    both, earlier = Mirrored(), Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    mine, theirs = record_of(earlier[0]), record_of(both[1])
    for records in ((mine, theirs), (theirs, mine)):
        [difference] = compare_mirrors(*records)
        assert (difference.kind, difference.link) == (Kind.MIRROR, terms.uetr)
        assert difference.evidence == (
            f"payment {terms.uetr}: paid in KG-RTGS, and not sent by KZ-RTGS"
        )
    last = len(earlier[0].batches) - 1
    ahead, level = record_of(both[1], [last + 1]), record_of(both[1], [last])
    assert compare_mirrors(mine, ahead) == compare_mirrors(ahead, mine) == []
    assert len(compare_mirrors(mine, level)) == 1
    # A batch of a third system says nothing about these two.
    other = attrs.evolve(next(iter(ahead.heard.values())), peer="UZ-RTGS")
    level.heard["UZ-RTGS", last + 1, bytes(32)] = other
    assert len(compare_mirrors(mine, level)) == 1

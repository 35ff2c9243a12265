"""A bundle proves what it says, or is refused; any changed byte is found."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.ledger.bundles import lines
from skontro.ledger.bundles.checking import CheckedBundle, check_bundle
from skontro.ledger.bundles.lines import pack, signer_of, unpack
from skontro.model import InputError
from tests.draws import examples
from tests.ledger.bundles.records import (
    CASE,
    DOCUMENTS,
    KEY,
    OTHER,
    OTHER_PUBLIC,
    PUBLIC,
    told,
)
from tests.ledger.interrupted_record import at

TOLD = told()
SMALL = TOLD.bundle("settled")
LARGE = TOLD.bundle(*TOLD.uetrs, attached=DOCUMENTS, others=(TOLD.bundle("queued", key=OTHER),))

Change = Callable[[list[dict[str, Any]]], object]


def check(content: bytes, *keys: str) -> CheckedBundle:
    return check_bundle(content, keys or (PUBLIC,))


def items_of(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()[:-1]]


def changed(content: bytes, change: Change) -> bytes:
    """The bundle with changed lines, signed again by the system itself."""
    items = items_of(content)
    change(items)
    return pack(items, KEY)


# --------------------------------------------------------------------------- what is proven


def test_orders_of_every_status_are_proven() -> None:
    found = check(LARGE, PUBLIC, OTHER_PUBLIC)
    by_uetr = {one.uetr: one for one in found.orders}
    seen = {name: (by_uetr[uetr].status, by_uetr[uetr].reason) for name, uetr in TOLD.uetrs.items()}
    assert seen == {
        "settled": ("settled", "NONE"),
        "again": ("settled", "NONE"),
        "returned": ("returned", "RETURNED_AT_END_OF_DAY"),
        "warehoused": ("warehoused", "AWAITS_VALUE_DATE"),
        "released": ("settled", "NONE"),
        "rejected": ("rejected", "CUSTOMER_CUT_OFF_PASSED"),
        "queued": ("queued", "NONE"),
    }
    settled = by_uetr[TOLD.uetrs["settled"]]
    assert (settled.payer, settled.payee, settled.currency) == ("AAAAKZK0", "BBBBKGK0", "KZT")
    assert (settled.amount, settled.time) == (20, at(0, 14) + 1)
    assert by_uetr[TOLD.uetrs["returned"]].time == at(0, 18)
    assert by_uetr[TOLD.uetrs["released"]].time == at(1, 9)
    assert (found.system, found.key, found.case) == ("Test", PUBLIC, None)
    assert found.batches[-1] == len(TOLD.record.entries) - 1
    (other,) = found.others
    assert (other.key, [one.status for one in other.orders]) == (OTHER_PUBLIC, ["queued"])
    assert [(one.name, one.content, one.is_evidence) for one in found.documents] == [
        ("camt.056 in", b"<Document/>", False),
        ("photo", bytes(range(40)), False),
    ]
    assert found.documents[0].sha256 == hashlib.sha256(b"<Document/>").hexdigest()
    assert found.sha256 == hashlib.sha256(LARGE[: LARGE[:-1].rindex(b"\n") + 1]).hexdigest()


def test_the_same_content_gives_the_same_bytes() -> None:
    assert TOLD.bundle("settled") == SMALL
    assert SMALL.endswith(b"\n")
    assert signer_of(SMALL) == PUBLIC


def test_orders_that_the_record_does_not_have() -> None:
    with pytest.raises(InputError, match=r"^the record has no order 0{8}-.*-0{12}$"):
        attrs.evolve(TOLD, uetrs={"x": "00000000-0000-0000-0000-000000000000"}).bundle("x")


# ---------------------------------------------------------------------- changes by others


@pytest.mark.parametrize("step", [31, pytest.param(1, marks=pytest.mark.long)])
def test_any_changed_byte_is_found(step: int) -> None:
    for place in range(0, len(SMALL), step):
        for change in (1, 32, 128):
            wrong = bytearray(SMALL)
            wrong[place] ^= change
            with pytest.raises(InputError):
                check(bytes(wrong))


@given(start=st.integers(0, len(LARGE)), length=st.integers(1, 4_000), put=st.binary(max_size=9))
@settings(max_examples=examples(200), deadline=None)
def test_anything_else_in_a_place_is_found(start: int, length: int, put: bytes) -> None:
    wrong = LARGE[:start] + put + LARGE[start + length :]
    if wrong != LARGE:
        with pytest.raises(InputError):
            check(wrong, PUBLIC, OTHER_PUBLIC)


def test_every_truncation_is_found() -> None:
    for end in [*range(0, len(SMALL), 17), len(SMALL) - 1]:
        with pytest.raises(InputError):
            check(SMALL[:end])


def test_lines_that_change_places_come_twice_or_are_missing() -> None:
    parts = SMALL.splitlines(keepends=True)
    for wrong in (
        [*parts[1:2], parts[0], *parts[2:]],
        [*parts[:2], parts[1], *parts[2:]],
        [*parts[:1], *parts[2:]],
        [*parts, parts[-1]],
        parts[:-1],
        [parts[-1]],
    ):
        with pytest.raises(InputError):
            check(b"".join(wrong))


def test_the_form_of_a_line_is_part_of_it() -> None:
    *first, last = SMALL.splitlines(keepends=True)
    end = json.loads(last)
    for wrong in (
        last.replace(b":", b": ", 1),
        last.replace(end["signature"].encode(), end["signature"].upper().encode()),
        last.replace(end["sha256"].encode(), end["sha256"].upper().encode()),
        last.replace(b'"lines":', b'"lines":1'),
        last.replace(b'"kind"', b'"more":1,"kind"'),
        b" " + last,
        last.replace(b"\n", b"\r\n"),
    ):
        assert wrong != last
        with pytest.raises(InputError):
            check(b"".join([*first, wrong]))


def test_a_bundle_signed_by_another_key() -> None:
    forged = pack(items_of(SMALL), OTHER)
    with pytest.raises(InputError, match=r"^the signature of the bundle is not that of this key$"):
        check(forged)
    with pytest.raises(InputError, match=f"a system with the key {PUBLIC}, which was not given"):
        check(SMALL, OTHER_PUBLIC)
    with pytest.raises(InputError, match="with the key"):
        check(LARGE, PUBLIC)
    items = items_of(SMALL)
    items[0]["public_key"] = OTHER_PUBLIC
    with pytest.raises(InputError, match=r"^line 3: the signature is not that of this key$"):
        check(pack(items, OTHER), OTHER_PUBLIC)


@pytest.mark.parametrize("key", ["", "00", PUBLIC[:-1]])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(InputError, match="key"):
        check(SMALL, key)
    assert check(SMALL, PUBLIC.upper()).key == PUBLIC


# ------------------------------------------------ changes by the system that has the key


def put(line: int, **fields: object) -> Change:
    return lambda items: items[line].update(fields)


def without(line: int, name: str) -> Change:
    return lambda items: items[line].pop(name)


def in_receipt(name: str, value: object) -> Change:
    return lambda items: items[1]["receipt"].update({name: value})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put(1, amount=21), "line 2: amount: the signed request has 20"),
        (put(1, payer=2), "line 2: payer: the signed request has 0"),
        (put(1, payee=2), "line 2: payee: the signed request has 1"),
        (put(1, uetr="x"), "line 2: receipt: is not of order x"),
        (put(1, status="returned"), "line 2: status: the signed batch has settled, NONE at"),
        (put(1, reason="SAME_ACCOUNT"), "line 2: status: the signed batch has settled, NONE at"),
        (put(1, reason="OTHER"), "line 2: reason: OTHER is not known"),
        (put(1, time=7), "line 2: status: the signed batch has settled, NONE at"),
        (put(1, batch=0), "line 2: status: batch 0 with its events is missing"),
        (put(1, number=None), "line 2: number: is missing; the system admitted the order"),
        (put(1, number=77), "line 2: status: batch 4 has no event of order 77"),
        (put(1, more=1), "line 2: order: more is not known"),
        (without(1, "time"), "line 2: order: time is missing"),
        (in_receipt("position", 1), "line 2: "),
        (in_receipt("batch", 1), "line 2: the batch has another number"),
        (put(2, hash="00" * 32), "line 3: its parts do not lead to the hash of the batch"),
        (put(2, previous_hash="00" * 32), "line 3: its parts do not lead to the hash"),
        (put(2, header="00" * 46), "line 3: "),
        (put(2, batch=9), "line 3: it is batch 4"),
        (put(2, signature="00" * 64), "line 3: the signature is not that of this key"),
        (put(2, events=""), "line 3: events: are not those of the batch"),
        (put(2, postings="AA=="), "line 3: postings: are not those of the batch"),
        (put(2, postings="?"), "line 3: postings: is not Base64"),
        (put(2, postings=7), "line 3: postings: is not Base64"),
        (put(2, body="{}"), "line 3: body: is not that of the batch"),
        (put(2, body=7), "line 3: body: is not that of the batch"),
        (put(2, commitments=[]), "line 3: commitments: are not 7 hashes"),
        (put(2, commitments=["00"] * 7), "line 3: commitments: is not 64 hexadecimal digits"),
        (without(2, "postings"), "line 2: status: batch 4 with its postings is missing"),
        (without(2, "events"), "line 2: status: batch 4 with its events is missing"),
        (without(2, "header"), "line 3: batch: header is missing"),
        (put(0, accounts={}), "line 2: account 0 is not named in the first line"),
        (put(0, accounts={"0": 7}), "line 1: accounts: are not BIC and currency by number"),
        (put(0, accounts={"0": ["a", 1]}), "line 1: accounts: are not BIC and currency"),
        (put(0, format=2), "line 1: format 2 is not known; 1 is"),
        (put(0, system=7), "line 1: system: is no text"),
        (put(0, kind="case"), "line 1: only the first line names the system, and it must"),
        (lambda items: items.append(items[0]), "line 5: only the first line names the system"),
        (lambda items: items.append(items[2]), "line 5: batch 4 comes twice"),
        (lambda items: items.append({"kind": "sum"}), "line 5: sum: there is no such line"),
        (
            lambda items: items.append({"kind": "document", "name": "x", "content": "?"}),
            "line 5: content: is not Base64",
        ),
        (
            lambda items: items.append({"kind": "document", "name": 7, "content": ""}),
            "line 5: name: is no text",
        ),
    ],
)
def test_facts_that_no_signed_batch_has(change: Change, fault: str) -> None:
    with pytest.raises(InputError) as refusal:
        check(changed(SMALL, change))
    assert str(refusal.value).startswith(fault)


def test_the_reason_of_a_rejection_is_that_of_the_request() -> None:
    content = TOLD.bundle("rejected")
    assert check(content).orders[0].status == "rejected"
    for wrong in ({"reason": "SAME_ACCOUNT"}, {"status": "returned"}):
        with pytest.raises(InputError, match="was rejected for another one"):
            check(changed(content, put(1, **wrong)))


def test_a_settled_order_has_its_posting() -> None:
    both = items_of(TOLD.bundle("settled", "released"))
    settled, released = both[1], both[2]
    # The number of another order that settled, with its batch and time.
    settled |= {name: released[name] for name in ("number", "batch", "time")}
    with pytest.raises(InputError, match=r"^line 2: status: the signed batch has no posting"):
        check(pack(both, KEY))


def test_bundles_inside_of_bundles_inside_are_refused() -> None:
    inner = TOLD.bundle("settled", others=(SMALL,))
    assert len(check(inner).others) == 1
    with pytest.raises(InputError, match=r"^line 5: line 5: other: there is no such line"):
        check(TOLD.bundle("settled", others=(inner,)))


# ------------------------------------------------------------------------------ a case


def test_acts_of_a_case_are_in_signed_batches() -> None:
    content = TOLD.bundle("settled", case=CASE, attached=DOCUMENTS)
    found = check(content)
    assert found.case == CASE
    assert [one.is_evidence for one in found.documents] == [True, False]
    assert items_of(content)[2] == {"kind": "case", "case": CASE}


def in_act(place: int, **fields: object) -> Change:
    return lambda items: items[2]["case"]["history"][place].update(fields)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (in_act(1, act="award"), "line 3: act 2: no signed batch has it"),
        (in_act(0, by="respondent"), "line 3: act 1: no signed batch has it"),
        (in_act(0, state="closed"), "line 3: act 1: no signed batch has it"),
        (in_act(1, time=7), "line 3: act 2: no signed batch has it"),
        (in_act(1, time="7"), "line 3: time: is no number"),
        (in_act(1, evidence="x"), "line 3: evidence: is no list"),
        (lambda items: items[2]["case"].update(number=2), "line 3: act 1: no signed batch has it"),
        (lambda items: items[2]["case"].update(history=7), "line 3: history: is no list"),
        (put(2, case=7), "line 3: case: is no object"),
        (lambda items: items.append(items[2]), "line 7: case: there is no such line"),
        (lambda items: items[4].pop("body"), "line 3: act 1: no signed batch has it"),
    ],
)
def test_acts_that_no_signed_batch_has(change: Change, fault: str) -> None:
    with pytest.raises(InputError) as refusal:
        check(changed(TOLD.bundle("settled", case=CASE), change))
    assert str(refusal.value).startswith(fault)


def test_a_case_of_another_record_is_not_bundled() -> None:
    other = {"number": 3, "history": [{"time": 7}]}
    with pytest.raises(InputError, match=r"^the record has no batch at 7, as the case says$"):
        TOLD.bundle("settled", case=other)


# ------------------------------------------------------------------------------ limits


def test_the_most_lines_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    items = items_of(SMALL)
    monkeypatch.setattr(lines, "MAX_LINES", len(items) + 1)
    assert pack(items, KEY) == SMALL
    assert check(SMALL).orders
    monkeypatch.setattr(lines, "MAX_LINES", len(items))
    with pytest.raises(InputError, match=f"a bundle has {len(items)} lines at most"):
        pack(items, KEY)
    with pytest.raises(InputError, match=f"a bundle has 2 to {len(items)} lines"):
        check(SMALL)
    monkeypatch.undo()
    monkeypatch.setattr(lines, "MAX_BYTES", len(SMALL))
    assert pack(items, KEY) == SMALL
    assert check(SMALL).orders
    monkeypatch.setattr(lines, "MAX_BYTES", len(SMALL) - 1)
    with pytest.raises(InputError, match=f"has {len(SMALL):,} bytes, {len(SMALL) - 1:,} at most"):
        pack(items, KEY)
    with pytest.raises(InputError, match=f"no bundle has more than {len(SMALL) - 1:,} bytes"):
        check(SMALL)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\n\n\n", b"{}\n{}\n", b"[]\n[]\n", b'{"kind":7}\n{"kind":"end"}\n', b"a\nb\n"],
)
def test_files_that_are_no_bundles(content: bytes) -> None:
    with pytest.raises(InputError):
        check(content)


def test_deep_and_large_content_is_refused_soon() -> None:
    deep = b'{"kind":' + b"[" * 100_000 + b"\n"
    with pytest.raises(InputError, match="line 1: this is nested more deeply"):
        check(deep + b"{}\n")
    with pytest.raises(InputError, match="20,000 lines"):
        check(b"{}\n" * 30_000)
    inner = base64.b64encode(b"\n" * 50).decode()
    with pytest.raises(InputError, match="line 5: line 1: this is not JSON"):
        check(changed(SMALL, lambda items: items.append({"kind": "other", "content": inner})))


def test_unpack_gives_the_lines_and_their_hash() -> None:
    found = unpack(SMALL, PUBLIC)
    assert [one["kind"] for one in found.items] == ["bundle", "order", "batch", "batch"]
    assert found.sha256 == check(SMALL).sha256

"""A receipt and its links prove what they say, or are refused in one line; whatever they are."""

import copy
import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.cli.terminal import ExitCode
from skontro.engine import CommandKind, from_records
from skontro.ledger import make_entry, request_rows
from skontro.ledger.entry import NO_HASH
from skontro.ledger.keys import public_text
from skontro.ledger.receipts import BatchProof, ProvenOrder, check_chain, check_receipt
from skontro.model import NO_DIGEST, InputError
from skontro.system import Batch, BatchKind
from tests.cli.in_process import Outcome, run_main
from tests.command_rows import command_rows
from tests.draws import examples
from tests.ledger.drawn_record import draw_entries

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TEXT = public_text(KEY)


def _record() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The receipt of a batch with orders, and the links from there to the end of its record."""
    receipt: dict[str, Any] = {}
    links = []
    for entry, _ in draw_entries(3, 20):
        signature = KEY.sign(entry.hash).hex()
        if not receipt and len(entry.rows["request"]) > 2 and len(entry.batch.commands):
            receipt = BatchProof.of(entry).receipt(1, TEXT) | {"signature": signature}
        if receipt:
            links.append(
                {
                    "batch": entry.number,
                    "time": entry.batch.time,
                    "content": entry.content.hex(),
                    "hash": entry.hash.hex(),
                    "signature": signature,
                }
            )
    return receipt, links


RECEIPT, LINKS = _record()


def checked_by_command(folder: Path, receipt: str, links: str | None, *options: str) -> Outcome:
    (folder / "receipt.json").write_text(receipt)
    arguments = [str(folder / "receipt.json"), "--public-key", TEXT, *options]
    if links is not None:
        (folder / "links.json").write_text(links)
        arguments += ["--links", str(folder / "links.json")]
    return run_main("receipt", *arguments)


def is_refused(outcome: Outcome) -> None:
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("skontro: ")
    assert outcome.stderr.count("\n") == 1
    assert len(outcome.stderr) < 1_000


def test_good_ones(tmp_path: Path) -> None:
    text, links = json.dumps(RECEIPT), json.dumps({"links": LINKS})
    last = LINKS[-1]
    for chain, options in ((None, ()), (links, ()), (links, ("--head", last["hash"].upper()))):
        outcome = checked_by_command(tmp_path, text, chain, *options)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
        assert f"Batch {RECEIPT['batch']} has the hash {RECEIPT['hash']}" in outcome.stdout
        up_to = f"up to batch {last['batch']} with the hash {last['hash']}"
        assert (up_to in outcome.stdout) == (chain is not None)
        assert ("published head" in outcome.stdout) == bool(options)
    # From the batch after that of the receipt on, too.
    checked = check_receipt(RECEIPT, TEXT)
    assert check_chain(checked, LINKS[1:], TEXT).batch == last["batch"]


def test_digests_of_details_and_evidence_are_shown_where_an_order_has_them(tmp_path: Path) -> None:
    rows = command_rows(3, CommandKind.SUBMIT, 60_000_000)
    rows["amount"] = [1_234, 5, 6]
    rows["payer"], rows["payee"] = [1, 2, 3], [4, 5, 6]
    rows["uetr"] = [np.void(bytes([number] * 16)) for number in (1, 2, 3)]
    rows["details"][1:] = [np.void(b"\xd1" * 32), np.void(b"\xd2" * 32)]
    rows["evidence"][1] = np.void(b"\xe1" * 32)
    requests = request_rows([(0, *[NO_DIGEST] * 3, 0, 3)])
    entry = make_entry(1, Batch(BatchKind.ORDERS, 5, from_records(rows)), requests, NO_HASH)
    receipt = BatchProof.of(entry).receipt(0, TEXT) | {"signature": KEY.sign(entry.hash).hex()}
    time = datetime.datetime(1970, 1, 1, 0, 1, tzinfo=datetime.UTC)
    first, second, third = (str(uuid.UUID(bytes=bytes([number] * 16))) for number in (1, 2, 3))
    assert check_receipt(receipt, TEXT).orders == (
        ProvenOrder(first, 1, 4, 1_234, time, None, None),
        ProvenOrder(second, 2, 5, 5, time, "d1" * 32, "e1" * 32),
        ProvenOrder(third, 3, 6, 6, time, "d2" * 32, None),
    )
    assert checked_by_command(tmp_path, json.dumps(receipt), None).stdout.splitlines()[:-1] == [
        f"{first}: 1,234 minor units, recorded 1970-01-01T00:01:00+00:00",
        f"{second}: 5 minor units, recorded 1970-01-01T00:01:00+00:00",
        f"  SHA-256 of its details: {'d1' * 32}",
        f"  SHA-256 of the evidence of its screening: {'e1' * 32}",
        f"{third}: 6 minor units, recorded 1970-01-01T00:01:00+00:00",
        f"  SHA-256 of its details: {'d2' * 32}",
    ]


@pytest.mark.parametrize("more", [-1, 1])
def test_the_number_of_requests_is_that_of_the_batch(more: int) -> None:
    """A path may fit a tree with a leaf more or less, too."""
    changed = RECEIPT | {"requests": RECEIPT["requests"] + more}
    with pytest.raises(InputError):
        check_receipt(changed, TEXT)


@pytest.mark.long
def test_links_without_a_head_are_checked_all_the_same(tmp_path: Path) -> None:
    text = json.dumps(RECEIPT)
    other = Ed25519PrivateKey.generate()
    for wrong in (
        [],
        LINKS[2:],
        [LINKS[0], *LINKS[2:]],
        [LINKS[0], LINKS[2], LINKS[1]],
        [LINKS[0], LINKS[0]],
        [LINKS[0] | {"hash": LINKS[1]["hash"]}],
        [*LINKS[:3], LINKS[3] | {"content": LINKS[2]["content"]}],
        [*LINKS[:3], LINKS[3] | {"signature": LINKS[2]["signature"]}],
        [LINKS[0], LINKS[1] | {"signature": other.sign(bytes.fromhex(LINKS[1]["hash"])).hex()}],
        [LINKS[0], LINKS[1] | {"batch": LINKS[1]["batch"] + 1}],
        [LINKS[0], LINKS[1] | {"batch": float(LINKS[1]["batch"])}],
        [LINKS[0], LINKS[1] | {"batch": -1}],
        [LINKS[0], LINKS[1] | {"batch": True}],
        {"a": LINKS[0]},
        None,
        [None],
        [[]],
        "links",
    ):
        is_refused(checked_by_command(tmp_path, text, json.dumps({"links": wrong})))
        with pytest.raises(InputError):
            check_chain(check_receipt(RECEIPT, TEXT), wrong, TEXT)
    for document in ("[]", "{}", "null", "1", '"links"', "{", json.dumps(LINKS)):
        is_refused(checked_by_command(tmp_path, text, document))


def test_a_head_that_the_chain_does_not_lead_to(tmp_path: Path) -> None:
    text, links = json.dumps(RECEIPT), json.dumps({"links": LINKS})
    for chain, head in (
        (links, LINKS[-2]["hash"]),
        (None, LINKS[-1]["hash"]),
        (links, "00"),
        (links, "x" * 64),
        (links, ""),
    ):
        is_refused(checked_by_command(tmp_path, text, chain, "--head", head))


HOSTILE = (
    "[" * 100_000,
    '{"batch":' * 100_000,
    "1" * 5_000,
    json.dumps(RECEIPT)[:-1] + ', "batch": 1}',
    json.dumps(RECEIPT | {"batch": "#"}).replace('"#"', "1" * 5_000),
    json.dumps(RECEIPT | {"position": "#"}).replace('"#"', "1e400"),
    json.dumps(RECEIPT | {"position": "#"}).replace('"#"', "NaN"),
    json.dumps(RECEIPT | {"request": "\ud800"}),
    "\ufeff{}",
    "",
    " ",
    "\x00",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files(tmp_path: Path, text: str) -> None:
    is_refused(checked_by_command(tmp_path, text, None))
    is_refused(checked_by_command(tmp_path, json.dumps(RECEIPT), text))


def test_a_file_too_large_to_be_an_answer_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(10**11)
    is_refused(run_main("receipt", tmp_path / "large.json", "--public-key", TEXT))


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.text("0123456789abcdefABCDEF ", max_size=80),
    st.binary(max_size=40).map(bytes.hex),
    st.lists(st.one_of(st.none(), st.integers(), st.binary(max_size=33).map(bytes.hex))),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(field=st.sampled_from(sorted(RECEIPT)), value=_ODD)
@settings(max_examples=examples(500))
def test_a_receipt_with_anything_in_a_field_is_refused(field: str, value: object) -> None:
    changed = RECEIPT | {field: value}
    if field == "public_key" or value == RECEIPT[field]:
        return
    with pytest.raises(InputError):
        check_receipt(changed, TEXT)


@given(field=st.sampled_from(sorted(RECEIPT)))
def test_a_receipt_without_a_field_is_refused(field: str) -> None:
    if field != "public_key":
        with pytest.raises(InputError):
            check_receipt({k: v for k, v in RECEIPT.items() if k != field}, TEXT)


@given(place=st.integers(0, len(LINKS) - 1), field=st.sampled_from(sorted(LINKS[0])), value=_ODD)
@settings(max_examples=examples(500))
def test_links_with_anything_in_a_field_are_refused(place: int, field: str, value: object) -> None:
    # The content of the receipt's own batch is in the receipt.
    if field == "time" or (place == 0 and field == "content") or value == LINKS[place][field]:
        return
    changed = copy.deepcopy(LINKS)
    changed[place][field] = value
    with pytest.raises(InputError):
        check_chain(check_receipt(RECEIPT, TEXT), changed, TEXT)


@given(document=st.recursive(_ODD, lambda inner: st.lists(inner, max_size=4), max_leaves=20))
@settings(max_examples=examples(300))
def test_anything_else_is_refused(document: object) -> None:
    with pytest.raises(InputError):
        check_receipt(document, TEXT)
    with pytest.raises(InputError):
        check_chain(check_receipt(RECEIPT, TEXT), document, TEXT)


@given(digit=st.integers(0), other=st.sampled_from("0123456789abcdef"))
@settings(max_examples=examples(300))
def test_one_digit_changed_anywhere_is_refused(digit: int, other: str) -> None:
    """In what is hashed or signed; hexadecimal digits are the same in capitals."""
    text = json.dumps({k: v for k, v in RECEIPT.items() if isinstance(v, str | list)})
    at = digit % len(text)
    changed = json.loads(text[:at] + other + text[at + 1 :]) if text[at].isalnum() else None
    if changed is None:
        return
    mine = RECEIPT | changed
    if all(mine.get(k) == v for k, v in RECEIPT.items() if k != "public_key"):
        return
    with pytest.raises(InputError):
        check_receipt(mine, TEXT)


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text(json.dumps(RECEIPT))
    for key in ("00" * 32, "00", "x" * 64, "", "é" * 64):
        is_refused(run_main("receipt", tmp_path / "receipt.json", "--public-key", key))

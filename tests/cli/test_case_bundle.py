"""``skontro case bundle`` and ``check``: written, shown, extracted and refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from skontro.cli import case_bundle
from skontro.ledger.bundles import making
from skontro.ledger.bundles.checking import check_bundle
from skontro.ledger.keys import KEY_FILE, public_text, read_private_key
from tests.cli.in_process import run_main
from tests.ledger.bundles.records import KEY, OTHER, OTHER_PUBLIC, PUBLIC, InMemory, told
from tests.service.systems import (
    OFFICE_HOURS,
    Clock,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at as at_hour

TOLD = told()


@attrs.frozen
class _Read:
    system: Any


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system's folder with the key, over the record in memory."""
    record = TOLD.record

    @contextmanager
    def read(*arguments: object, quiet: bool) -> Iterator[tuple[None, _Read]]:
        assert arguments == (str(system), None, None, 1)
        assert not quiet
        yield None, _Read(record.system)

    monkeypatch.setattr(case_bundle, "recovered_record", read)
    monkeypatch.setattr(making, "StoredRecord", lambda _: InMemory(record.entries))
    system = tmp_path / "system"
    system.mkdir()
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (system / KEY_FILE).write_bytes(key)
    (system / KEY_FILE).chmod(0o600)
    return system


def test_a_bundle_is_written_and_checked(folder: Path, tmp_path: Path) -> None:
    output, message = tmp_path / "case.bundle", tmp_path / "in\u202e.xml"
    message.write_bytes(b"<Document/>")
    other = tmp_path / "other.bundle"
    other.write_bytes(TOLD.bundle("queued", key=OTHER))
    uetrs = [TOLD.uetrs[name] for name in ("settled", "rejected")]
    done = run_main(
        *("case", "bundle", folder, "--output", output, "--uetr", uetrs[0], "--uetr", uetrs[1]),
        *("--uetr", uetrs[0], "--attach", message, "--other", other),
    )
    assert (done.returncode, done.stderr) == (0, "")
    size = len(output.read_bytes())
    assert done.stdout.splitlines() == [
        f"2 orders, {size:,} bytes written to {output}",
        f"Public key of this system: {PUBLIC}",
    ]
    found = check_bundle(output.read_bytes(), [PUBLIC, OTHER_PUBLIC])
    assert [one.uetr for one in found.orders] == uetrs

    keys = ("--public-key", PUBLIC, "--public-key", OTHER_PUBLIC)
    shown = run_main("case", "check", output, *keys, "--extract", tmp_path / "out").stdout
    last = len(TOLD.record.entries) - 1
    digest = found.documents[0].sha256
    assert shown.splitlines() == [
        f"Bundle of Test, signed with {PUBLIC}",
        f"{uetrs[0]}: AAAAKZK0 to BBBBKGK0, 0.20 KZT: settled at 2026-11-24T14:00:00.000001+00:00",
        f"{uetrs[1]}: AAAAKZK0 to BBBBKGK0, 0.10 RUB: rejected (CUSTOMER_CUT_OFF_PASSED) at "
        "2026-11-24T15:30:00.000001+00:00",
        f"2 signed batches, the last one {last}",
        f"Document in\\x202e.xml: 11 bytes, SHA-256 {digest}",
        f"  Bundle of Test, signed with {OTHER_PUBLIC}",
        f"  {TOLD.uetrs['queued']}: AAAAKZK0 to BBBBKGK0, 50.00 KZT: queued at "
        "2026-11-25T10:00:00.000001+00:00",
        f"  2 signed batches, the last one {last}",
    ]
    assert (tmp_path / "out" / digest).read_bytes() == b"<Document/>"

    document = json.loads(run_main("case", "check", output, *keys, "--json").stdout)
    assert document["orders"][0]["status"] == "settled"
    assert document["documents"] == [
        {"name": "in\u202e.xml", "sha256": digest, "bytes": 11, "is_evidence": False}
    ]
    assert document["others"][0]["public_key"] == OTHER_PUBLIC
    assert (document["batches"][-1], document["case"]) == (last, None)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ([], "name an order with --uetr, or a case with --case"),
        (["--uetr", "00000000-0000-4000-8000-000000000000"], "the record has no order 00000000"),
        (["--uetr", "{settled}", "--attach", "{missing}"], "missing"),
        (["--uetr", "{settled}", "--other", "{text}"], "this is no bundle"),
        (["--uetr", "{settled}", "--attach", "{large}"], "large: has more than 10,000,000 bytes"),
        (["--uetr", "{settled}", "--other", "{larger}"], "larger: has more than 40,000,000 bytes"),
        (["--uetr", "{settled}", "--attach", "{output}"], "the output is an input"),
    ],
)
def test_bundles_that_cannot_be_made(
    folder: Path, tmp_path: Path, arguments: list[str], fault: str
) -> None:
    paths = {name: tmp_path / name for name in ("missing", "text", "large", "larger", "output")}
    paths["text"].write_text("x")
    for name, size in (("large", 10_000_001), ("larger", 40_000_001)):
        with paths[name].open("wb") as file:
            file.truncate(size)
    named = [one.format(**TOLD.uetrs, **paths) for one in arguments]
    done = run_main("case", "bundle", folder, "--output", paths["output"], *named)
    assert done.returncode == 3
    assert fault in done.stderr
    assert not paths["output"].exists()


def test_a_folder_without_key_and_a_file_of_another_kind(folder: Path, tmp_path: Path) -> None:
    settled = ("--uetr", TOLD.uetrs["settled"])
    output = tmp_path / "out"
    output.write_text("mine")
    refused = run_main("case", "bundle", folder, "--output", output, *settled)
    assert (refused.returncode, output.read_text()) == (3, "mine")
    assert (
        run_main("case", "bundle", folder, "--output", output, *settled, "--overwrite").returncode
        == 0
    )
    assert run_main("case", "bundle", folder, "--output", output, *settled).returncode == 0
    (folder / KEY_FILE).unlink()
    done = run_main("case", "bundle", folder, "--output", output, *settled)
    assert done.returncode == 3
    assert "there is no signing.key; a bundle is signed by the system" in done.stderr


def test_bundles_that_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "case.bundle"
    content = TOLD.bundle("settled")
    file.write_bytes(content)
    assert run_main("case", "check", file, "--public-key", PUBLIC).returncode == 0
    done = run_main("case", "check", file, "--public-key", OTHER_PUBLIC)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"case.bundle: the bundle is of a system with the key {PUBLIC}" in done.stderr
    file.write_bytes(content.replace(b"settled", b"setTled"))
    done = run_main("case", "check", file, "--public-key", PUBLIC)
    assert (done.returncode, done.stdout) == (3, "")
    assert "the content is not that which was signed" in done.stderr
    file.write_bytes(content)
    done = run_main("case", "check", file, "--public-key", PUBLIC, "--extract", tmp_path)
    assert done.returncode == 3
    assert "is there already; name a new folder" in done.stderr
    assert run_main("case", "check", file).returncode == 2


@pytest.mark.long
def test_a_bundle_of_a_stored_record(tmp_path: Path) -> None:
    url = new_database()
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, url, Clock(at_hour(10))) as system:
        bank = system.bank(0)
        orders = [order(), order(amount="99999.00"), order(value_date="2026-11-25")]
        for one in orders:
            bank.submit(one)
        for one in orders[1:]:
            bank.send("POST", f"/v1/orders/{one['uetr']}/cancellation")
        output = tmp_path / "case.bundle"
        named = [part for one in orders for part in ("--uetr", str(one["uetr"]))]
        done = run_main("case", "bundle", tmp_path, "--database", url, "--output", output, *named)
        assert done.returncode == 0, done.stderr
    key = public_text(read_private_key(tmp_path / KEY_FILE))
    found = check_bundle(output.read_bytes(), [key])
    assert [one.status for one in found.orders] == ["settled", "cancelled", "cancelled"]

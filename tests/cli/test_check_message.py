"""``skontro check-message`` prints every finding, and its exit code says whether all is taken."""

import datetime
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from skontro.cli.terminal import ExitCode
from skontro.files import write_participants
from tests.cli.in_process import run_main
from tests.messages.test_semantics import VIEW
from tests.messages.test_signatures import certificate, signed
from tests.messages.texts import changed, pacs008, pain001


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, content: bytes) -> Path:
    Path(name).write_bytes(content)
    return Path(name)


def test_accepted_messages() -> None:
    outcome = run_main(
        "check-message", written("a.xml", pacs008()), written("b.xml", pacs008(transfers=3))
    )
    assert outcome.returncode == ExitCode.DONE
    assert outcome.stdout.splitlines() == [
        "a.xml: pacs.008.001.08 M-1: accepted, 1 transaction or request",
        "b.xml: pacs.008.001.08 M-1: accepted, 3 transactions or requests",
    ]


def test_every_finding_is_printed() -> None:
    content = changed(pacs008(), "CLRG", "INDA")
    content = changed(content, "<NbOfTxs>1", "<NbOfTxs>2")
    outcome = run_main("check-message", written("a.xml", content), written("b.xml", b"<a/>"))
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert outcome.stdout.splitlines() == [
        "a.xml: pacs.008.001.08 M-1: refused, 2 findings",
        "  market practice: line 4: /Document/FIToFICstmrCdtTrf/GrpHdr/SttlmInf/SttlmMtd: CH17: is "
        "INDA; orders of this system settle by clearing: CLRG",
        "  semantics: line 4: /Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs: AM18: is 2; the message "
        "has 1 transactions",
        "b.xml: no message: refused, 1 finding",
        "  input: line 1: /a: FF01: holds no message: no Document or AppHdr was found",
    ]


def test_findings_as_json() -> None:
    outcome = run_main(
        "check-message", "--json", written("a.xml", changed(pacs008(), "SHAR", "NONE"))
    )
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    (told,) = json.loads(outcome.stdout)
    (finding,) = told.pop("findings")
    assert told == {
        "file": "a.xml",
        "message": "pacs.008.001.08",
        "message_id": "M-1",
        "accepted": False,
        "transactions": 0,
    }
    assert finding["xpath"] == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"
    assert (finding["step"], finding["line"], finding["code"]) == ("schema", 9, "CH16")
    assert finding["refuses"] is True


def test_participants_and_business_date() -> None:
    assert VIEW.directory is not None
    write_participants(Path("participants.yaml"), VIEW.directory)
    file = written(
        "a.xml",
        changed(
            pacs008(),
            "InstdAgt><FinInstnId><BICFI>DEMIKG22",
            ("InstdAgt><FinInstnId><BICFI>ABCDKZKX"),
        ),
    )
    outcome = run_main(
        *("check-message", file, "--participants", "participants.yaml"),
        *("--business-date", "2026-11-28"),
    )
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert "RC04: ABCDKZKX is no participant of this system" in outcome.stdout
    assert "DT01: 2026-11-27 is past; the business day is 2026-11-28" in outcome.stdout
    assert datetime.date(2026, 11, 27) == VIEW.business_date


def test_initiations_in_a_sandbox() -> None:
    file = written("a.xml", pain001())
    assert run_main("check-message", file).returncode == ExitCode.ROWS_REFUSED
    outcome = run_main("check-message", file, "--sandbox")
    assert outcome.stdout == ("a.xml: pain.001.001.09 M-7: accepted, 2 transactions or requests\n")


def test_certificates() -> None:
    file = written("a.xml", signed())
    outcome = run_main("check-message", file)
    assert outcome.returncode == ExitCode.DONE
    assert "  signature (note): line 1: " in outcome.stdout
    for name, taken in (("HSBKKZKX", True), ("DEMIKG22", False)):
        pem = written(f"{name}.pem", certificate(name).public_bytes(Encoding.PEM))
        outcome = run_main("check-message", file, "--certificate", f"HSBKKZKX={pem}")
        assert outcome.returncode == (ExitCode.DONE if taken else ExitCode.ROWS_REFUSED)


def test_large_files_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from skontro.messages import parsing

    content = pacs008(transfers=3)
    monkeypatch.setattr(parsing, "MAX_MESSAGE_BYTES", len(content) - 1)
    outcome = run_main("check-message", written("a.xml", content))
    assert outcome.stdout == "a.xml: pacs.008.001.08 M-1: accepted, 3 transactions or requests\n"
    wrong = changed(content, "<NbOfTxs>3", "<NbOfTxs>4")
    outcome = run_main("check-message", "--json", written("a.xml", wrong))
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert json.loads(outcome.stdout)[0]["transactions"] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["none.xml"], "none.xml: there is no such file; check the name and the folder"),
        (["."], "this is a folder; name the file in it"),
        (["a.xml", "--business-date", "27.11."], "'27.11.' is not a date like 2026-01-05"),
        (["a.xml", "--certificate", "a.pem"], "--certificate a.pem: write it as BIC=FILE"),
        (["a.xml", "--certificate", "HSBKKZKX=a.xml"], "a.xml: this is no certificate in PEM"),
        (["a.xml", "--certificate", "HSBK=a.xml"], "'HSBK' is not a BIC of 8 or 11"),
    ],
)
def test_unusable_arguments(arguments: list[str], text: str) -> None:
    written("a.xml", pacs008())
    outcome = run_main("check-message", *arguments)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert text in outcome.stderr

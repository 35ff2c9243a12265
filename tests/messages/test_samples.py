"""Public sample messages get the verdict that two other validators gave."""

import csv
from pathlib import Path

import pytest

from skontro.messages import MessageRead, Step, read_messages

SAMPLES = Path(__file__).parent / "samples"
with (SAMPLES / "MANIFEST.csv").open() as _file:
    MANIFEST = [*csv.DictReader(_file)]


def read(file: str) -> MessageRead:
    (message,) = read_messages((SAMPLES / file).read_bytes())
    return message


def test_there_are_ninety() -> None:
    assert len(MANIFEST) == 90
    verdicts = [row["verdict_against_xsd"] for row in MANIFEST]
    assert (verdicts.count("valid"), verdicts.count("invalid")) == (63, 27)


@pytest.mark.parametrize("row", MANIFEST, ids=lambda row: row["file"])
def test_the_verdict_is_that_of_the_manifest(row: dict[str, str]) -> None:
    message = read(row["file"])
    faults = [one for one in message.findings if one.step in {Step.INPUT, Step.SCHEMA}]
    assert message.name == row["message"]
    assert ("invalid" if faults else "valid") == row["verdict_against_xsd"]
    assert all(one.xpath and one.line for one in faults)

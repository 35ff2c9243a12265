"""Hostile files of every kind: taken and then writable, or refused by file, row and field.

`SKONTRO_FUZZ=2000 pytest tests/fuzz` is a campaign of so many changes of each file;
`SKONTRO_FUZZ_SEED` makes others of them.
"""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from skontro.files import Scenario, read_payments, read_scenario
from skontro.files.designs import DesignContext, read_design, read_designs
from skontro.files.documents import read_document
from skontro.files.json_reading import NotJsonError, read_json
from skontro.files.reading import read_text
from skontro.files.system_rules import rules_from_documents, system_documents
from skontro.files.table_files import read_parquet
from skontro.files.yaml_reading import load_yaml
from skontro.ledger.head_file import read_head
from skontro.ledger.keys import public_key, read_private_key
from skontro.ledger.receipts import check_chain, check_head, check_receipt
from skontro.model import InputError, find_currency, find_time_zone
from skontro.netting import read_obligations
from skontro.service.logs import read_level
from tests.fuzz.attempts import CHANGES, SEED, changed, settle_files, taken
from tests.fuzz.hostile import BYTES, HALF_SURROGATES, JSONS, TEXTS, TOMLS, YAMLS
from tests.fuzz.mutations import hostile_bytes, hostile_json, hostile_table, hostile_yaml
from tests.fuzz.parquet_columns import typed_columns
from tests.ledger.test_receipts import LINKS, RECEIPT, TEXT
from tests.service.systems import write_folder

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = [
    path.relative_to(EXAMPLES)
    for path in sorted(EXAMPLES.rglob("*"))
    if path.suffix in {".csv", ".yaml"} and path.stem not in {"designs", "late-runs", "register"}
]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_changed_file_of_a_scenario(tmp_path: Path, file: Path) -> None:
    draw = random.Random(f"{SEED} {file}")
    for number in range(CHANGES):
        folder = tmp_path / str(number)
        shutil.copytree(EXAMPLES / file.parent, folder)
        (folder / file.name).write_bytes(changed(folder / file.name, draw))
        taken(lambda folder=folder: settle_files(folder))
        shutil.rmtree(folder)


def documents(suffix: str) -> list[bytes]:
    texts = YAMLS if suffix == ".yaml" else TOMLS
    return [*(text.encode("utf-8", "surrogatepass") for text in texts), *BYTES]


@pytest.mark.parametrize("suffix", [".yaml", ".toml"])
@pytest.mark.parametrize("size", ["small", pytest.param("large", marks=pytest.mark.long)])
def test_whole_documents(tmp_path: Path, suffix: str, size: str) -> None:
    for content in documents(suffix):
        if (len(content) < 3000) == (size == "small"):
            path = tmp_path / f"document{suffix}"
            path.write_bytes(content)
            taken(lambda path=path: read_document(path))


@pytest.mark.parametrize("name", ["designs.yaml", "late-runs.yaml"])
def test_changed_designs(tmp_path: Path, name: str) -> None:
    draw = random.Random(f"{SEED} {name}")
    scenario = read_scenario(EXAMPLES / "three-banks").scenario
    path = tmp_path / name
    for _ in range(CHANGES * 3):
        path.write_bytes(changed(EXAMPLES / "three-banks" / name, draw))
        if name == "designs.yaml":
            taken(lambda: read_designs(path, context(scenario)))
        else:
            taken(lambda: read_design("late", path, context(scenario)))


def context(scenario: Scenario) -> DesignContext:
    return DesignContext({}, scenario.business_days, find_time_zone(scenario.time_zone))


READERS: dict[str, Callable[[Path], object]] = {
    "a.parquet": read_parquet,
    "a.txt": read_text,
    "head.json": read_head,
    "signing.key": read_private_key,
    "log-level": lambda path: read_level(path.parent),
}


@pytest.mark.parametrize("name", READERS)
def test_whole_files_of_other_kinds(tmp_path: Path, name: str) -> None:
    for content in (*BYTES, *(text.encode() for text in JSONS)):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(0o600)
        taken(lambda path=path: READERS[name](path))


def test_json_texts() -> None:
    for content in (*BYTES, *(text.encode() for text in JSONS)):
        try:
            json.dumps(read_json(content), ensure_ascii=False).encode()
        except NotJsonError as error:
            assert str(error)  # noqa: PT017  it may also be taken


def test_receipts_and_links() -> None:
    draw = random.Random(f"{SEED} receipt")
    good = check_receipt(RECEIPT, TEXT)
    for _ in range(CHANGES * 10):
        receipt = json.loads(hostile_json(json.dumps(RECEIPT), draw))
        links = json.loads(hostile_json(json.dumps(LINKS), draw))
        taken(lambda receipt=receipt: check_receipt(receipt, TEXT))
        taken(lambda links=links: check_chain(good, links, TEXT))
    for text in (*TEXTS, *HALF_SURROGATES):
        taken(lambda text=text: public_key(text))
        taken(lambda text=text: check_head(good.hash, text))


def test_matrices_of_obligations(tmp_path: Path) -> None:
    draw = random.Random(f"{SEED} matrix")
    good = "debtor,creditor,amount\nA,B,1.00\nB,C,5\nC,A,1\n"
    path = tmp_path / "matrix.csv"
    for number in range(CHANGES * 8):
        text = hostile_table(good, draw).encode("utf-8", "surrogatepass")
        path.write_bytes(hostile_bytes(good.encode(), draw) if number % 4 == 0 else text)
        taken(lambda: read_obligations(path, find_currency("USD")))


def test_rules_that_a_record_begins_with(tmp_path: Path) -> None:
    given = system_documents(write_folder(tmp_path))
    draw = random.Random(f"{SEED} rules")
    for name in ("participants.yaml", "system.yaml", "access.yaml"):
        for _ in range(CHANGES):
            text = hostile_yaml(given[name], draw)
            if not taken(lambda name=name, text=text: rules_from_documents({**given, name: text})):
                continue
            rules = rules_from_documents({**given, name: text})
            again = system_documents(rules)
            assert "\x00" not in json.dumps(again, ensure_ascii=False).encode().decode()
            assert system_documents(rules_from_documents(again)) == again


PAYMENT_COLUMNS = ("uetr", "payer", "amount", "amount_minor", "submitted_at", "counterleg", "extra")


@pytest.mark.parametrize("name", PAYMENT_COLUMNS)
def test_payments_in_parquet_of_every_type(tmp_path: Path, name: str) -> None:
    day = read_scenario(EXAMPLES / "three-banks").scenario
    good = pl.DataFrame(
        {
            "uetr": ["00000000-0000-4000-8000-000000000001"],
            "payer": ["STEPKZA0"],
            "payee": ["OASIUZT0"],
            "currency": ["KZT"],
            "amount": ["12.50"],
            "submitted_at": ["2026-10-26T12:00:00"],
        }
    )
    path = tmp_path / "payments.parquet"
    columns = typed_columns(name, 1)
    for column in random.Random(f"{SEED} {name}").sample(columns, min(len(columns), CHANGES * 8)):
        frame = good.with_columns(column)
        (frame.drop("amount") if name == "amount_minor" else frame).write_parquet(path)

        def read() -> None:
            reading = read_payments(path, day.directory, day.business_days, day.time_zone)
            assert all(str(refusal) for refusal in reading.refusals)

        taken(read)


def test_aliases_are_bounded() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    merges = ["a0: &a0 {x: 1}"]
    merges += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    for text in ("\n".join(levels), "\n".join(merges)):
        with pytest.raises(ValueError, match="aliases make more than 1,000,000 values"):
            load_yaml(text)
    with pytest.raises(ValueError, match="inside the value that it names"):
        load_yaml("&a {x: *a}")
    assert load_yaml("a: &a [1]\nb: *a")["b"] == [1]


def test_a_character_escaped_in_halves_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('name: "Bank \\ud83c\\udfe6"')
    assert read_document(path).content == {"name": "Bank \U0001f3e6"}
    path.write_text('a: 1\nnames: ["x", "Bank \\ud83c"]')
    with pytest.raises(InputError, match=r"line 2: names\[1\] has a lone surrogate"):
        read_document(path)
    path.write_text("number: 0x" + "f" * 5000)
    with pytest.raises(InputError, match=r"line 1: number has more than 40 digits"):
        read_document(path)

"""Whatever way a bank prints its payments, the drafted map reads them back."""

import contextlib
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings

from skontro.imports import Import, draft_for, import_sources, read_map, read_sources
from skontro.imports.column_map import map_text, open_questions
from skontro.model import InputError
from tests.draws import examples
from tests.fuzz.mutations import hostile_bytes
from tests.imports.dialects import Dialect, Payment, dialects, payments
from tests.imports.test_cases import CASES, corrected


def imported(folder: Path, **corrections: object) -> Import:
    sources = read_sources([folder])
    shape = corrected(draft_for(sources).shape, corrections)
    return import_sources(sources, shape, "test")


def written(folder: Path, text: str, name: str = "payments.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def found_in(one: Import) -> list[tuple[object, ...]]:
    rows = one.scenario.payments.join(one.references, on="uetr")
    columns = ("reference", "payer", "payee", "currency", "amount_minor", "submitted_at")
    return sorted(rows.select(columns).rows())


@settings(max_examples=examples(60))
@given(dialects(), payments())
def test_any_dialect_reads_back(dialect: Dialect, drawn: list[Payment]) -> None:
    with TemporaryDirectory() as folder:
        dialect.write(Path(folder), drawn)
        one = imported(Path(folder))
    wanted = sorted((p.reference, p.payer, p.payee, p.currency, p.minor, p.at) for p in drawn)
    assert found_in(one) == wanted
    assert one.outcomes.filter(pl.col("outcome") == "note").height == dialect.total


def test_debit_and_credit_have_the_view_of_one_bank(tmp_path: Path) -> None:
    text = "Date;Ref;Counterparty bank;Debit;Credit;Currency\n"
    rows = ["2026-11-24 09:00;A1;BETAKGK0;10.50;;KZT", "2026-11-24 09:01;A2;GAMMRUM0;;7.25;KZT"]
    written(tmp_path, text + "\n".join([*rows, "2026-11-24 09:02;A3;DELTAMY0;1.00;0.00;KZT"]))
    questions = open_questions(draft_for(read_sources([tmp_path])).shape)
    assert questions == ["own_bank is missing; debit and credit have the view of one bank"]
    one = imported(tmp_path, own_bank="ALFAKZK0")
    assert [row[:5] for row in found_in(one)] == [
        ("A1", "ALFAKZK0", "BETAKGK0", "KZT", 1050),
        ("A2", "GAMMRUM0", "ALFAKZK0", "KZT", 725),
        ("A3", "ALFAKZK0", "DELTAMY0", "KZT", 100),
    ]


def test_amounts_in_thousands_and_without_a_decimal_mark(tmp_path: Path) -> None:
    heading = "Reference;Payer BIC;Payee BIC;Amount (thousand KZT);Date\n"
    written(
        tmp_path,
        heading + "A1;ALFAKZK0;BETAKGK0;1.5;24.11.2026\nA2;BETAKGK0;ALFAKZK0;20;24.11.2026\n",
    )
    one = imported(tmp_path)
    assert [row[3:5] for row in found_in(one)] == [("KZT", 150_000), ("KZT", 2_000_000)]
    one = imported(tmp_path, amounts={"shift": -2})
    assert one.outcomes["outcome"].to_list() == ["refused", "order"]
    assert [row[4] for row in found_in(one)] == [20]


def test_banks_by_name(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Name;Short;BIC\nAlfa Bank JSC;001;ALFAKZK0\nBeta Bank;002;BETAKGK0\n",
        "banks.csv",
    )
    heading = "Reference;Sending bank;Receiving bank;Amount;Currency;Date\n"
    written(
        tmp_path,
        heading
        + "A1;Alfa  bank JSC;BETA BANK;1.50;KZT;2026-11-24\nA2;Beta Bank;002;2.00;KZT;2026-11-24\n",
    )
    one = imported(tmp_path)
    assert [row[1:3] for row in found_in(one)] == [("ALFAKZK0", "BETAKGK0")]
    names = {bank.bic: bank.name for bank in one.scenario.directory.participants}
    assert names["ALFAKZK0"] == "Alfa Bank JSC"


def test_payments_without_a_reference_are_named_by_file_and_line(tmp_path: Path) -> None:
    row = "ALFAKZK0;BETAKGK0;1.50;KZT;2026-11-24\n"
    written(tmp_path, "Payer;Payee;Amount;Currency;Date\n" + row + row)
    sources = read_sources([tmp_path])
    one = imported(tmp_path)
    assert "columns" in draft_for(sources).remarks
    assert one.scenario.payments.height == 2
    assert one.references["reference"].to_list() == ["payments.csv:2", "payments.csv:3"]


def test_questions_that_stay_open_stop_the_import(tmp_path: Path) -> None:
    written(tmp_path, "Reference;Payer;Payee;Amount;Date\nA1;ALFAKZK0;BETAKGK0;1.50;2026-11-24\n")
    draft = draft_for(read_sources([tmp_path]))
    assert open_questions(draft.shape) == [
        "currency.fixed is missing; no column has the currency, so name it"
    ]
    assert draft.remarks["currency"] == "no column has the currency; name it here, as fixed"


@pytest.mark.long
def test_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    """Hostile bytes end in a refusal that names the file, never in another error."""
    draw = random.Random(5)
    files = [one for one in CASES.rglob("*") if one.suffix in {".csv", ".txt", ".fin", ".xlsx"}]
    for number in range(examples(160)):
        source = draw.choice(sorted(files))
        path = tmp_path / f"{number}{source.suffix}"
        path.write_bytes(hostile_bytes(source.read_bytes(), draw))
        with contextlib.suppress(InputError):
            sources = read_sources([path])
            import_sources(sources, draft_for(sources).shape, "test")


def test_a_map_reads_back_and_names_every_problem(tmp_path: Path) -> None:
    Dialect(titles=2, total=True).write(tmp_path, [])
    written(
        tmp_path,
        "Reference;Payer;Payee;Amount;Currency;Date\nA1;ALFAKZK0;BETAKGK0;1,5;KZT;24.11.2026\n",
    )
    draft = draft_for(read_sources([tmp_path]), "Asia/Almaty")
    path = tmp_path / "map.yaml"
    path.write_text(map_text(draft.shape, draft.remarks), encoding="utf-8")
    assert read_map(path) == draft.shape
    path.write_text(
        path.read_text("utf-8").replace("Asia/Almaty", "Asia/Almatty"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="line 3: time_zone"):
        read_map(path)
    path.write_text("format: other\n", encoding="utf-8")
    with pytest.raises(InputError, match="no import map"):
        read_map(path)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Reference;Payer;Payee;Amount;Currency;Date\nA1;ALFAKZK0;BETAKGK0;1.5;KZT;2026-11-24\n",
    )
    sources = read_sources([tmp_path])
    shape = draft_for(sources).shape
    columns = shape.columns.model_copy(update={"amount": "Sum"})
    with pytest.raises(
        InputError, match=r"amount: there is no column 'Sum'; there are Reference, Payer"
    ):
        import_sources(sources, shape.model_copy(update={"columns": columns}), "x")
    rules = corrected(shape, {"leave_out": [{"column": "Stat", "is": "x", "why": "y"}]})
    with pytest.raises(InputError, match="no column 'Stat'"):
        import_sources(sources, rules, "x")


def test_two_bics_of_one_code_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "Code;BIC\n1;ALFAKZK0\n01;BETAKGK0\n", "banks.csv")
    written(tmp_path, "Reference;Payer;Payee;Amount;Currency;Date\nA1;1;2;1.5;KZT;2026-11-24\n")
    with pytest.raises(InputError, match="'01' is the code of ALFAKZK0 and of BETAKGK0"):
        draft_for(read_sources([tmp_path]))


def test_a_reversal_takes_back_the_last_row_of_its_amount(tmp_path: Path) -> None:
    rows = [
        f"{name};ALFAKZK0;BETAKGK0;{amount};KZT;2026-11-24 09:0{n}"
        for n, (name, amount) in enumerate(
            (("A1", "1.50"), ("A2", "2.00"), ("A1", "(1.50)"), ("A3", "-9.00"))
        )
    ]
    written(tmp_path, "\n".join(["Reference;Payer;Payee;Amount;Currency;Date", *rows, ""]))
    one = imported(tmp_path)
    assert one.outcomes.select("outcome", "why").rows() == [
        ("left out", "taken back by a later row"),
        ("order", None),
        ("left out", "reversal of an earlier row"),
        ("refused", "amount: the amount is not greater than zero"),
    ]


def test_the_namespace_decides_about_uetrs(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Reference;Payer;Payee;Amount;Currency;Date\nA1;ALFAKZK0;BETAKGK0;1.5;KZT;2026-11-24\n",
    )
    first = imported(tmp_path).scenario.payments["uetr"]
    other = imported(
        tmp_path, uetr_namespace="6ba7b811-9dad-11d1-80b4-00c04fd430c8"
    ).scenario.payments["uetr"]
    assert first.to_list() != other.to_list()
    assert imported(tmp_path).scenario.payments["uetr"].equals(first)


def test_folders_without_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file in this folder ends in"):
        read_sources([tmp_path])
    written(tmp_path, "Code;BIC\n1;ALFAKZK0\n2;BETAKGK0\n", "banks.csv")
    with pytest.raises(InputError, match=r"no table with payments was found; there are banks.csv"):
        read_sources([tmp_path])

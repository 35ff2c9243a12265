"""What commands print, word by word, as it was approved; and what they tell of their progress."""

import shutil
from pathlib import Path

import pytest

from skontro.cli import settle
from skontro.cli.generate import _default_output
from skontro.cli.outputs import countries_label, default_folder
from skontro.cli.terminal import ExitCode
from skontro.files.refusals import Refusal, Refusals
from skontro.model import ReasonCode
from skontro.simulation.generator import GeneratorSettings
from tests.approval import assert_approved
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main
from tests.cli.progress import Step

UNION = EXAMPLE.parent / "clearing-union"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A settled day of three banks, and one of a clearing union."""
    folder = tmp_path_factory.mktemp("printed")
    for name, example in (("banks", EXAMPLE), ("union", UNION)):
        outcome = run_main("settle", example, "--output", folder / name)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
    return folder


@pytest.mark.parametrize(
    ("name", "arguments", "steps_told"),
    [
        (
            "settle",
            ["settle", str(EXAMPLE), "--output", "settled"],
            [("reading", 0, 1), ("settling", 10, 10), ("summing up and writing", 0, 1)],
        ),
        (
            "settle without rates",
            ["settle", str(EXAMPLE / "payments.csv"), "--output", "alone", "--liquidity", "40%"],
            [("reading", 0, 1), ("settling", 10, 10), ("summing up and writing", 0, 1)],
        ),
        ("share", ["share", "banks"], [("reading", 0, 2), ("measuring", 1, 2)]),
        ("share of cycles", ["share", "union"], [("reading", 0, 2), ("measuring", 1, 2)]),
        (
            "share by day and currency",
            ["share", "union", "--by", "day", "--by", "currency", "--layer", "interbank"],
            [("reading", 0, 2), ("measuring", 1, 2)],
        ),
        ("share as JSON", ["share", "union", "--json"], []),
        (
            "compare",
            ["compare", str(EXAMPLE), "--degree", "50%", "--design", "gross", "--output", "c"],
            [("reading", 0, 1), ("settling", 2, 2), ("writing", 0, 1)],
        ),
        (
            "generate",
            ["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20", "--output", "day"],
            None,
        ),
        (
            "generate as JSON",
            ["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20", "--json"],
            None,
        ),
        ("netting", ["netting", "--group", "EAEU", "--year", "2019", "--year", "2020"], []),
        ("report", ["report", "banks"], [("reading", 0, 2), ("drawing", 1, 2)]),
        ("report as JSON", ["report", "union", "--json"], []),
    ],
)
def test_what_is_printed(
    folder: Path,
    steps: list[Step],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    arguments: list[str],
    steps_told: list[Step] | None,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    outcome = run_main(*arguments)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert_approved(f"skontro {name}.txt", f"{outcome.stdout}--- standard error\n{outcome.stderr}")
    if steps_told is not None:
        last = {step: (step, done, total) for step, done, total in steps}
        assert [*last.values()] == steps_told
    elif "--json" in arguments:
        assert steps == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("settle", ["settle", str(EXAMPLE), "--output", "set-apart"]),
        ("share", ["share", "banks"]),
        ("share of cycles", ["share", "union"]),
        ("compare", ["compare", str(EXAMPLE), "--degree", "50%", "--design", "gross"]),
        ("netting", ["netting", "--group", "EAEU", "--year", "2019"]),
    ],
)
def test_headings_and_notes_are_set_apart_on_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for variable, value in (("FORCE_COLOR", "1"), ("TERM", "xterm-256color"), ("COLUMNS", "100")):
        monkeypatch.setenv(variable, value)
    outcome = run_main(*arguments)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert_approved(f"skontro {name} on a terminal.txt", outcome.stdout.replace("\x1b", "ESC"))


def test_names_of_outputs() -> None:
    assert countries_label("KAZ, kgz,UZB,ARM") == "kaz-kgz-uzb-arm"
    assert countries_label("KAZ,KGZ,UZB,ARM,RUS") == "5-countries"
    assert default_folder(Path("/"), "settled") == Path("settled")
    assert default_folder(Path("/day.toml"), "settled") == Path("settled")
    for days, name in ((1, "cis-day"), (2, "cis-days")):
        assert _default_output(GeneratorSettings(business_days=days)) == Path(name)
    assert _default_output(GeneratorSettings(countries=("KAZ", "KGZ"))) == Path("kaz-kgz-day")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["netting", "--json", "--markdown"], "give either --json or --markdown"),
        (["netting", "--matrix", "owed.csv", "--group", "CIS"], "give either --matrix or groups"),
        (["netting", "--matrix", "owed.csv", "--year", "2020"], "give either --matrix or groups"),
        (["netting", "--set-off", "x.csv"], "give one --group and one --year, or --matrix"),
        (
            ["netting", "--matrix", "owed.csv", "--output", "x.csv", "--set-off", "./x.csv"],
            "Invalid value for --output, --set-off: name two files",
        ),
        (["generate", "--countries", "KAZ,KGZ", "--first-date", "x"], "--first-date: "),
        (["generate", "--countries", "KAZ,KGZ", "--liquidity-share", "x"], "--liquidity-share: "),
        (["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "x"], "--payments-per-day: "),
        (["init", str(EXAMPLE), "--opens", "x", "--output", "never"], "'x'"),
    ],
)
def test_options_that_do_not_go_together_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "owed.csv").write_text("debtor,creditor,amount\nA,B,1\n")
    outcome = run_main(*arguments)
    assert outcome.returncode in {ExitCode.USAGE, ExitCode.INPUT_UNUSABLE}
    assert said in outcome.stderr
    assert {one.name for one in tmp_path.iterdir()} == {"owed.csv"}


def test_obligations_are_written_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owed.csv").write_text("debtor,creditor,amount\nA,B,3\nB,A,1\n")
    call = ["netting", "--matrix", "owed.csv", "--output", "x.csv", "--set-off", "y.csv"]
    for _ in range(2):  # its own files it replaces
        outcome = run_main(*call)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
        assert outcome.stdout.endswith("Written to x.csv\nWritten to y.csv\n")
    both = (tmp_path / "x.csv").read_text() + (tmp_path / "y.csv").read_text()
    assert_approved("netting files.txt", both)


def test_a_share_is_written_with_all_its_columns(folder: Path, tmp_path: Path) -> None:
    import polars as pl

    for ending in ("csv", "parquet"):
        path = tmp_path / f"share.{ending}"
        call = ["share", str(folder / "union"), "--by", "month", "--output", str(path)]
        outcome = run_main(*call)
        assert outcome.stdout.endswith(f"Written to {path}\n")
        assert run_main(*call, "--json").returncode == (
            ExitCode.DONE if ending == "csv" else ExitCode.INPUT_UNUSABLE
        )
    assert_approved("share.csv.txt", (tmp_path / "share.csv").read_text())
    table = pl.read_parquet(tmp_path / "share.parquet")
    assert table.equals(pl.read_csv(tmp_path / "share.csv", infer_schema=False))


def test_the_unit_of_shares_suits_the_largest_of_them(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "day")
    payments = tmp_path / "day" / "payments.csv"
    header, first, *rest = payments.read_text().splitlines()
    fields = first.split(",")
    fields[header.split(",").index("amount")] = "700000000000"
    payments.write_text("\n".join([header, ",".join(fields), *rest]) + "\n")
    settled = tmp_path / "settled"
    assert run_main("settle", tmp_path / "day", "--output", settled).returncode == ExitCode.DONE
    outcome = run_main("share", settled, "--by", "currency")
    assert_approved("share of a large day.txt", outcome.stdout)


@pytest.mark.long
def test_json_has_names_as_they_are_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "día").symlink_to(folder / "banks")
    assert '"report": "día/report.html"' in run_main("report", "día", "--json").stdout
    call = ("generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20", "--output", "año")
    assert '"folder": "año"' in run_main(*call, "--json").stdout
    (folder / "banks" / "refusals.csv").write_text(
        "file,row,field,reason_number,reason,value,message\np.csv,99,payer,1,X,é,no\n",
        encoding="utf-8",
    )
    told = run_main("explain", "99", "banks", "--format", "json").stdout
    assert '"value": "é"' in told
    assert run_main("explain", "99", "banks").stdout.endswith(
        "  p.csv, row 99, payer 'é': no [X]\n"
    )


def test_a_day_without_rates_has_no_summary(tmp_path: Path) -> None:
    output = tmp_path / "out"
    outcome = run_main("settle", EXAMPLE / "payments.csv", "--output", output, "--json")
    assert outcome.stdout == "null\n" == (output / "summary.json").read_text()
    assert "no summary" not in outcome.stderr


@pytest.mark.parametrize(("number", "more"), [(19, ""), (20, ""), (21, "… and 1 more\n")])
def test_so_many_refusals_are_shown(
    capsys: pytest.CaptureFixture[str], number: int, more: str
) -> None:
    reason = ReasonCode.FIELD_MISSING
    one = [Refusal("p.csv", row, "payer", reason, None, "is missing") for row in range(number)]
    settle._show(Refusals.of(one), "warning: ")
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines(keepends=True)
    assert lines[0] == "warning: p.csv, row 0, payer: is missing [FIELD_MISSING]\n"
    assert len(lines) == min(number, 20) + bool(more)
    assert said.err.endswith(more)

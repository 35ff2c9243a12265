"""Words that are not known are answered with what may have been meant."""

import shutil
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from skontro.model import InputError, find_country, find_currency
from skontro.model.text import did_you_mean, nearest
from skontro.simulation.compare import parse_degree
from skontro.simulation.generator import GeneratorSettings
from skontro.simulation.generator.settings import to_share
from skontro.simulation.generator.sources import country_groups, group_name, group_names
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main


def test_the_nearest_word_whatever_its_case() -> None:
    assert nearest("Weakly ", ["daily", "weekly"]) == "weekly"
    assert nearest("asean", ["CIS", "ASEAN"]) == "ASEAN"
    assert nearest("yearly-ish", ["daily"]) is None
    assert did_you_mean(7, ["7"]) == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", "--group", "ASAEN"], "did you mean ASEAN?"),
        (["generate", "--group", "OPEC"], "known are CIS, EAEU, ASEAN, ECOWAS, WAEMU, EAC, SADC"),
        (["generate", "--countries", "kaz,KGZ"], "did you mean KAZ?"),
        (["generate", "--countries", "Kazakhstan,KGZ"], "did you mean KAZ?"),
        (["generate", "--fit", "chaps 2012-13 gbp"], "did you mean CHAPS 2012-13 GBP?"),
        (["generate", "--liquidity-share", "50"], "write it with %, or a share such as 0.25"),
        (["explore", "--cycle", "weakly"], "did you mean weekly?"),
        (["explore", "--line", "2"], "like 2.5%"),
        (["compare", str(EXAMPLE), "--design", "bypas"], "did you mean bypass?"),
        (["compare", str(EXAMPLE), "--degree", "10"], "'10' could mean 10% or 1000%"),
        (["share", str(EXAMPLE), "--by", "coridor"], "did you mean corridor?"),
        (["netting", "--group", "ecowass"], "did you mean ECOWAS?"),
        (["netting", "--grup", "CIS"], "--group"),
        (["setle", str(EXAMPLE)], "settle"),
    ],
)
def test_an_option_is_answered_with_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    outcome = run_main(*arguments)
    assert outcome.returncode in {ExitCode.INPUT_UNUSABLE, ExitCode.USAGE}
    assert said in outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["afcfta", "AfCFTA", "AFCFTA", " AfcFta "])
def test_groups_match_in_any_case(text: str) -> None:
    assert group_name(text) == "AfCFTA"


@pytest.mark.parametrize("command", ["generate", "explore", "netting"])
def test_groups_are_listed_in_help(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(run_main(command, "--help").stdout.split())
    assert ", ".join(group_names()) in said.replace("│ │ ", "")
    assert [name.upper() for name in group_names()] == [*country_groups()]


def test_a_group_is_named_as_it_writes_itself(tmp_path: Path) -> None:
    small = ["--payments-per-day", "2000", "--output", str(tmp_path / "day")]
    outcome = run_main("generate", "--group", "Eaeu", *small, "--json")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert '"name": "EAEU, 2019-09-17"' in outcome.stdout
    outcome = run_main("netting", "--group", "afcfta", "--year", "2020", "--json")
    assert '"name": "AfCFTA"' in outcome.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("scenario.yaml", "time_zone", "timezone", "did you mean time_zone?"),
        ("scenario.yaml", "  opens", "  open", "did you mean opens?"),
        ("participants.yaml", "opening_balance", "balance", "did you mean opening_balance?"),
        ("participants.yaml", "KGZ", "kgz", "did you mean KGZ?"),
        ("participants.yaml", "KGS", "kgs", "did you mean KGS?"),
        (
            "payments.csv",
            "payee,currency,amount,payment_class",
            "payeee,ccy,amount,class",
            "payments.csv: unknown columns 'payeee' (did you mean payee?), 'ccy' and 'class' "
            "(did you mean payment_class?); known are uetr, payer,",
        ),
        ("payments.csv", "normal", "Normal", "urgent, high, normal; did you mean normal?"),
    ],
)
def test_a_file_is_answered_with_what_was_meant(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    day = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    text = (day / file).read_text(encoding="utf-8")
    assert old in text
    (day / file).write_text(text.replace(old, new), encoding="utf-8")
    outcome = run_main("settle", day, "--output", tmp_path / "out")
    assert outcome.returncode in {ExitCode.INPUT_UNUSABLE, ExitCode.ROWS_REFUSED}
    assert said in outcome.stderr
    assert outcome.stderr.count("known are") <= 1


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    day = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    lines = (day / "payments.csv").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if ",high," in line)
    lines[at - 1] = lines[at - 1].replace(",high,", ",hihg,")
    (day / "payments.csv").write_text("\n".join(lines), encoding="utf-8")
    outcome = run_main("settle", day, "--output", tmp_path / "out")
    assert f"payments.csv, row {at}, payment_class 'hihg': " in outcome.stderr
    assert "did you mean high?" in outcome.stderr


def test_parts_are_written_in_one_of_two_forms() -> None:
    assert parse_degree("35%") == parse_degree("0.35")
    assert parse_degree("200%") == 2
    assert parse_degree("1") == 1
    for text in ("10", "1.5", "100"):
        with pytest.raises(InputError, match=rf"'{text}' could mean {text}% or"):
            parse_degree(text)
    assert to_share("25%") == to_share("0.25")
    assert GeneratorSettings(liquidity_share=to_share("100%")).liquidity_share == 1


def test_codes_in_small_letters() -> None:
    for find, code, meant in (
        (find_country, "deu", "DEU"),
        (find_country, "Germany", "DEU"),
        (find_currency, "eur", "EUR"),
    ):
        with pytest.raises(InputError, match=rf"did you mean {meant}\?"):
            find(code)

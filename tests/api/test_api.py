"""The public functions: paths or objects, refused rows, words that are not known, notebooks."""

from decimal import Decimal
from pathlib import Path

import attrs
import polars as pl
import pytest

import skontro as sk
from skontro.model import Bypass, Rulebook
from skontro.testing import SMALL_DAY, small_day

GOOD = "00000000-0000-4000-8000-000000000001,ALFAKZKA,BETAKG22,KZT,1.23,2026-10-26T09:00"
BAD = "00000000-0000-4000-8000-000000000002,ALFAKZKA,BETAKG22,KZT,1.234,2026-10-26T09:00"
HEAD = "uetr,payer,payee,currency,amount,submitted_at"


@pytest.fixture(scope="module")
def settled() -> sk.Results:
    return sk.settle(small_day())


def payments_file(folder: Path, *rows: str) -> Path:
    path = folder / "payments.csv"
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.long
def test_paths_as_text_and_as_objects_give_what_objects_give(
    tmp_path: Path, settled: sk.Results
) -> None:
    sk.write_scenario(small_day(), tmp_path / "day")
    sk.write_results(settled, tmp_path / "settled")
    for kind in (str, Path):
        assert sk.settle(kind(tmp_path / "day")).accounts.equals(settled.accounts)
        folder = kind(tmp_path / "settled")
        assert sk.share(folder, by="day").equals(sk.share(settled, by="day"))
        assert sk.summarise(folder) == sk.summarise(settled)
        assert sk.explain(folder, settled.orders["uetr"][2]) == sk.explain(
            settled, settled.orders["uetr"][2]
        )
        sk.write_report(folder, kind(tmp_path / "from-path.html"))
        sk.write_report(settled, kind(tmp_path / "from-object.html"))
        pages = [(tmp_path / f"from-{one}.html").read_bytes() for one in ("path", "object")]
        assert pages[0] == pages[1]


def test_refused_rows_are_listed_and_may_be_left_out(tmp_path: Path) -> None:
    path = payments_file(tmp_path, GOOD, BAD)
    with pytest.raises(sk.RowsRefused) as caught:
        sk.read_scenario(path)
    assert isinstance(caught.value, sk.InputError)
    assert caught.value.refusals["row"].to_list() == [3]
    assert str(caught.value).splitlines()[0] == (
        f"{path}: 1 row is refused; correct it, or give skip_invalid=True to leave it out"
    )
    assert "payments.csv, row 3, amount '1.234'" in str(caught.value)
    assert sk.read_scenario(path, skip_invalid=True).payments.height == 1
    assert sk.settle(path, skip_invalid=True).orders.height == 1
    with pytest.raises(sk.RowsRefused):
        sk.compare(path, designs="gross", degrees="100%")


def test_many_refused_rows_are_counted_in_the_message(tmp_path: Path) -> None:
    path = payments_file(tmp_path, GOOD, *[BAD.replace("1.234", "0")] * 30)
    with pytest.raises(sk.RowsRefused) as caught:
        sk.read_scenario(path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{path}: 30 rows are refused; correct them")
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == f"  and {caught.value.refusals.height - 20:,} more"


def test_liquidity_is_exact(tmp_path: Path) -> None:
    path = payments_file(tmp_path, GOOD)
    for share in ("50%", "0.5", Decimal("0.5")):
        accounts = sk.read_scenario(path, liquidity=share).directory.accounts
        assert accounts[0].opening_balance == 61
    with pytest.raises(sk.InputError, match=r"liquidity: 0\.5 is not exact"):
        sk.read_scenario(path, liquidity=0.5)  # type: ignore[arg-type]
    with pytest.raises(sk.InputError, match="credit_share: 1 is not exact"):
        sk.generate(credit_share=1)
    with pytest.raises(sk.InputError, match="credit_share: 'half' is not"):
        sk.generate(credit_share="half")


def test_generated_days_take_every_setting() -> None:
    with pytest.raises(sk.InputError, match="first_date: 'soon' is not a date like 2026-01-05"):
        sk.generate(first_date="soon")
    with pytest.raises(sk.InputError, match="first_date: '20190917' is not a date like"):
        sk.generate(first_date="20190917")
    scenario = sk.generate(
        countries=["KAZ", "KGZ"],
        first_date="2019-09-18",
        business_days=2,
        payments_per_day=10,
        seed=7,
        liquidity_share="35%",
        time_zone="Asia/Almaty",
    )
    assert [str(day.date) for day in scenario.business_days] == ["2019-09-18", "2019-09-19"]
    assert scenario.payments.height == 20
    assert scenario.time_zone == "Asia/Almaty"


def test_shares_have_types_and_exact_totals(settled: sk.Results) -> None:
    table = sk.share(settled)
    assert table["layer"].to_list() == ["instruction", "interbank", "residual"]
    assert table["value_minor"].to_list()[:2] == [Decimal(18000), Decimal(9000)]
    assert table.schema["payments"] == pl.Int64
    assert table.schema["share_by_member"] == pl.Float64
    by_two = sk.share(settled, by=["corridor", "currency"], layers=["interbank"])
    assert by_two.columns[:4] == ["layer", "share_of", "corridor", "currency"]


def test_words_that_are_not_known_are_refused_with_those_that_are(settled: sk.Results) -> None:
    with pytest.raises(sk.InputError, match=r"by: 'corridors' is not one .*did you mean corridor"):
        sk.share(settled, by="corridors")
    with pytest.raises(sk.InputError, match="layers: 'all' is not one of instruction"):
        sk.share(settled, layers="all")
    with pytest.raises(sk.InputError, match="no design 'grss'"):
        sk.compare(small_day(), designs="grss")
    with pytest.raises(sk.InputError, match="give the path of their folder"):
        sk.explain(attrs.evolve(settled, inputs=None), "0")


def test_comparisons_have_a_row_for_each_degree_and_design() -> None:
    steps: list[tuple[int, int]] = []
    comparison = sk.compare(
        small_day(),
        designs=["gross", "together"],
        degrees=["100%", "50%"],
        progress=lambda done, total: steps.append((done, total)),
    )
    table = sk.comparison_table(comparison)
    assert table.select("degree", "design").rows() == [
        ("0.500000", "gross"),
        ("0.500000", "together"),
        ("1.000000", "gross"),
        ("1.000000", "together"),
    ]
    assert steps[-1] == (6, 6)


def test_obligations_of_a_table_of_a_file_and_of_trade(tmp_path: Path) -> None:
    owed = pl.DataFrame(
        {"debtor": ["A", "B", "A"], "creditor": ["B", "A", "B"], "amount": ["5.50", "3", "1"]}
    )
    table = sk.netting_potential(owed, currency="KZT")
    assert table["gross"].to_list() == [Decimal("9.50")]
    assert table["left_bilateral"].to_list() == [Decimal("3.50")]
    owed.write_csv(tmp_path / "owed.csv")
    of_file = sk.netting_potential(tmp_path / "owed.csv", currency="KZT")
    assert of_file.drop("name").equals(table.drop("name"))
    trade = sk.netting_potential(groups="EAEU", years=2019)
    assert trade.select("name", "period").rows() == [("EAEU", "2019")]
    assert sk.netting_potential(groups=["EAEU", "CIS"]).height == 4


def test_obligations_that_cannot_be_used_are_refused() -> None:
    owed = pl.DataFrame({"debtor": ["A", "B"], "creditor": ["B", "B"], "amount": ["5", "0"]})
    with pytest.raises(sk.InputError, match=r"row 3, creditor: is the debtor itself"):
        sk.netting_potential(owed)
    with pytest.raises(sk.InputError, match="Float64, which is not exact"):
        sk.netting_potential(owed.with_columns(pl.col("amount").cast(pl.Float64)))
    with pytest.raises(sk.InputError, match="the columns are debtor, creditor; expected"):
        sk.netting_potential(owed.drop("amount"))
    with pytest.raises(sk.InputError, match="either obligations or groups and years"):
        sk.netting_potential(owed, years=2019)


NAME = "<b>Day</b> & night"


def test_notebooks_see_small_escaped_tables_without_outside_hosts_or_colours() -> None:
    scenario = small_day(name=NAME)
    settled = sk.settle(scenario)
    comparison = sk.compare(scenario, designs="gross", degrees=["50%", "100%"])
    shown = {
        "scenario": scenario._repr_html_(),
        "results": settled._repr_html_(),
        "summary": sk.summarise(settled)._repr_html_(),
        "comparison": comparison._repr_html_(),
    }
    for name, html in shown.items():
        table, plots, drawn = html.partition('<div class="skontro-plots">')
        assert bool(plots) == (name != "scenario")
        assert "&lt;b&gt;Day&lt;/b&gt; &amp; night" in table
        assert "<b>" not in html
        assert "http" not in html
        assert "color" not in table
        assert len(table) < 2_000
        assert table.count("<tr>") == table.count("</tr>") > 1
        assert len(drawn) < 20_000
    assert ">180.00<" in shown["scenario"]
    assert ">90.00<" in shown["results"]
    assert "<strong>Submitted and settled</strong>" in shown["results"]
    assert "2 of 3 orders settled; settlement ratio 50.0%" in shown["summary"]
    assert "<strong>Currencies at both layers</strong>" in shown["summary"]
    assert ">50.0%<" in shown["comparison"]
    assert "<strong>Value settled against liquidity</strong>" in shown["comparison"]
    assert "<strong>Delay against liquidity</strong>" in shown["comparison"]


def test_seeds_are_compared_with_the_settings_of_generated_days() -> None:
    settings = {"countries": ["KAZ", "KGZ"], "payments_per_day": 20, "liquidity_share": "35%"}
    compared = sk.compare_seeds(
        [5, 4], designs="gross", degrees=["50%", "0.2"], processes=1, **settings
    )
    day = sk.generate(seed=4, **settings)
    alone = sk.compare(day, designs="gross", degrees=["50%", "20%"])
    assert compared.outcomes[1] == alone.outcomes
    assert compared.seeds == (5, 4)
    assert compared.confidence == Decimal("0.95")
    assert sk.compare_seeds(
        [5, 4], designs=["gross", "bypass"], baseline="bypass", confidence="90%", processes=1,
        **settings,
    ).confidence == Decimal("0.9")  # fmt: skip
    with pytest.raises(sk.InputError, match="seed: give seeds, two or more, in its place"):
        sk.compare_seeds([1, 2], seed=1)
    with pytest.raises(sk.InputError, match=r"confidence: 0\.95 is not exact"):
        sk.compare_seeds([1, 2], confidence=0.95)  # type: ignore[arg-type]
    with pytest.raises(sk.InputError, match="first_date: 'soon' is not a date"):
        sk.compare_seeds([1, 2], first_date="soon")
    with pytest.raises(sk.InputError, match="no design 'grss'"):
        sk.compare_seeds([1, 2], designs="grss", processes=1, **settings)


def test_short_representations() -> None:
    settled = sk.settle(small_day())
    assert repr(sk.summarise(settled)) == "<Summary 'Small day': 2 of 3 orders settled>"
    assert repr(small_day("ALFAKZKA KZT 1")) == (
        "<Scenario 'Small day': 1 day, 0 payments, 1 participant>"
    )


def test_small_days_take_credit_classes_and_rulebooks() -> None:
    text = SMALL_DAY.replace("KZT 100.00", "KZT 100.00 40.00").replace("90.00", "90.00 urgent")
    scenario = small_day(text, rulebook=Rulebook(bypass=Bypass()))
    assert scenario.directory.accounts[0].credit_line == 4000
    assert scenario.payments["payment_class"].to_list() == ["normal", "normal", "urgent"]
    assert scenario.rulebook.bypass is not None
    assert sk.settle(scenario).orders["status"].to_list() == ["settled"] * 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ALFAKZKA KZT", "line 2: an account is holder, currency, opening balance"),
        ("ALFAKZKA KZT 1.234", "line 2: .*1.234"),
        ("9h ALFAKZKA > BETAKG22 KZT 1", "line 2: "),
        ("09:00 ALFAKZKA > BETAKG22 KZT 1 soon", "line 2: a payment is time, payer, >, payee"),
        ("09:00 ALFAKZKA BETAKG22 > KZT 1", "line 2: a payment is"),
    ],
)
def test_lines_of_small_days_that_cannot_be_used(line: str, message: str) -> None:
    with pytest.raises(sk.InputError, match=message):
        small_day(f"\n{line}\n")


def test_errors_name_arguments_and_not_options(tmp_path: Path) -> None:
    sk.write_scenario(small_day(), tmp_path, payments_format="csv")
    payments = tmp_path / "payments.csv"
    with pytest.raises(sk.InputError, match=r"^liquidity is for a payments file by itself"):
        sk.read_scenario(tmp_path, liquidity="35%")
    with pytest.raises(sk.InputError, match=r"payments file already; leave out payments$"):
        sk.read_scenario(payments, payments=payments)
    with pytest.raises(sk.InputError, match=r"leave out liquidity$"):
        sk.read_scenario(payments, participants=tmp_path / "participants.yaml", liquidity="35%")
    with pytest.raises(sk.InputError, match="several in a file with designs_file; did you mean"):
        sk.compare(small_day(), designs="grss")


@pytest.mark.long
def test_the_reachable_share_is_a_table_of_exact_values_and_shares() -> None:
    steps: list[tuple[int, int]] = []
    table = sk.explore(
        countries=["KAZ", "KGZ"],
        year=2019,
        lines="0%",
        holdings="1%",
        cycles="daily",
        spreads=["0.6", "0", "0.3"],
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(number, 4) for number in range(1, 5)]
    assert table["holding_limit"].to_list() == [None, None, 0.01, 0.01]
    assert set(table["swap_line"]) == {0.0}
    assert table.schema["third_currency_minor"] == pl.Int64
    assert table.schema["share_of_gross_trade"] == pl.Float64
    shares = table.select("^.*share_of_gross_trade$")
    assert shares.columns[0] == "share_of_gross_trade"
    for share, low, high, most in shares.rows():
        assert 0 < low <= share <= high < 1
        assert share <= most
    other = sk.explore(
        countries=["KAZ", "KGZ"], year=2019, lines="0%", holdings="1%", cycles="daily",
        spreads="0.3", seed=2,
    )  # fmt: skip
    assert not other["third_currency_minor"].equals(table["third_currency_minor"])
    with pytest.raises(sk.InputError, match="cycles: 'yearly' is not one of"):
        sk.explore(cycles="yearly")
    with pytest.raises(sk.InputError, match="CISS"):
        sk.explore(group="CISS")

"""Which shares a corridor gets, where they come from, and what is wrong with a bad file."""

import datetime
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from skontro.model import InputError, find_country
from skontro.simulation.generator.invoicing import InvoicingShares, corridor_shares
from skontro.simulation.generator.whole_trade import whole_trade, whole_trade_rows
from tests.simulation.generator.trade_figures import rows

HEADER = "exporter,importer,period,currency,share,source,status\n"


@pytest.mark.parametrize(
    ("exporter", "importer", "date", "scope"),
    [
        ("RUS", "KAZ", "2019-09-17", "EAEU to EAEU, 2019-06"),  # nearer than the pair's 2023
        ("RUS", "KAZ", "2023-09-18", "RUS to KAZ, 2023"),
        ("KAZ", "RUS", "2024-09-17", "KAZ to RUS, 2024-11"),
        ("KAZ", "BLR", "2024-09-17", "EAEU to EAEU, 2024-05"),  # narrower than the CIS
        ("UZB", "RUS", "2019-09-17", "UZB to RUS, 2023"),  # never Russia's with all partners
        ("MDA", "AZE", "2019-09-17", "CIS to CIS, 2024-10"),
        ("MDA", "AZE", "2025-09-17", "CIS to CIS, 2025-06"),
        ("TJK", "UZB", "2024-09-17", "TJK to CIS, 2024-03"),
        ("RUS", "IND", "2021-09-17", "RUS to *, 2021"),
        ("RUS", "IND", "2019-09-17", "RUS to *, 2019"),
        ("IND", "RUS", "2010-09-17", "* to RUS, 2010"),
        ("KAZ", "CHN", "2023-09-18", "KAZ to *, 2019"),
        ("CHN", "MDA", "2017-09-18", "* to MDA, 2017"),
        ("BEN", "TGO", "2024-09-17", "WAEMU to WAEMU, 2019"),
        ("GHA", "TGO", "2024-09-17", "* to *, 2019"),
    ],
)
def test_the_nearest_and_narrowest_scope_is_used(
    exporter: str, importer: str, date: str, scope: str
) -> None:
    block = InvoicingShares().find(
        find_country(exporter), find_country(importer), datetime.date.fromisoformat(date)
    )
    assert block.name == scope


def test_roles_become_the_currencies_of_the_corridor() -> None:
    russia, kazakhstan = find_country("RUS"), find_country("KAZ")
    date = datetime.date(2019, 9, 17)
    block = InvoicingShares().find(russia, kazakhstan, date)
    assert corridor_shares(block, russia, kazakhstan, date) == {
        "EUR": Fraction(7, 100),
        "KZT": Fraction(74, 10_000),
        "RUB": Fraction(7326, 10_000),
        "USD": Fraction(19, 100),
    }


def test_the_rest_of_whole_trade_is_the_partners_currency() -> None:
    kazakhstan, china = find_country("KAZ"), find_country("CHN")
    date = datetime.date(2018, 9, 17)
    sold = InvoicingShares().find(kazakhstan, china, date)
    assert corridor_shares(sold, kazakhstan, china, date) == {
        "USD": Fraction(8642, 10_000),
        "EUR": Fraction(2152, 100_000),
        "KZT": Fraction(1335, 100_000),
        "CNY": 1 - Fraction(8642 + 215 + 134, 10_000) + Fraction(3, 100_000),
    }
    bought = InvoicingShares().find(china, kazakhstan, date)
    assert corridor_shares(bought, china, kazakhstan, date) == {
        "USD": Fraction(5336, 10_000),
        "EUR": Fraction(1601, 10_000),
        "KZT": Fraction(56, 10_000),
        "CNY": Fraction(3007, 10_000),
    }
    assert sold.source == bought.source == ["Boz et al. 2022, CC BY 4.0"]
    assert sold.status == ["published", "published total, split assumed"]


def test_whole_trade_has_each_published_share_once() -> None:
    raw = rows("invoicing_cis_boz2022.csv")
    shares = list(whole_trade())
    assert len(shares) == 2 * len(raw) == 92
    assert [(one.country, one.year, one.flow) for one in shares] == [
        (row["iso3"], row["year"], flow) for row in raw for flow in ("export", "import")
    ]
    for one, row in zip(shares, [row for row in raw for _ in range(2)], strict=True):
        assert one.dollar * 100 == Decimal(row[f"usd{one.flow}"])
        assert one.euro * 100 == Decimal(row[f"eur{one.flow}"])
        home = row[f"home{one.flow}"]
        assert (one.home is None) == (home == "")
        assert one.home is None or one.home * 100 == Decimal(home)
        assert one.dollar + one.euro + (one.home or 0) + one.rest == 1
        other = row[f"other{one.flow}"]
        # Published parts are rounded, so they add up to 100 only about.
        assert not other or abs(one.rest * 100 - Decimal(other)) <= Decimal("0.1")
    written = list(whole_trade_rows())
    assert {row["exporter"] for row in written if row["importer"] == "*"} == {
        row["iso3"] for row in raw
    }
    assert not [row for row in written if row["currency"] == "exporter"
                and row["exporter"] == "KGZ"]  # fmt: skip


def test_own_files_are_used_without_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{HEADER}*,*,2019,USD,1,own,own\n", encoding="utf-8")
    assert list(InvoicingShares(path).blocks) == [("*", "*", "2019")]


def test_what_is_marked_published_stands_in_the_facts() -> None:
    facts: dict[str, set[Decimal]] = {}
    for fact in rows("settlement_currency_facts.csv"):
        values = facts.setdefault(fact["source"], set())
        # Some rows give the figure of an earlier year in brackets after the metric.
        text = f"{fact['metric']} {fact['value']}"
        values |= {Decimal(figure) for figure in re.findall(r"\d+(?:\.\d+)?", text)}
    published = [r for r in rows("invoicing_shares.csv") if r["status"] == "published"]
    assert len(published) > 20
    for row in published:
        values = set().union(*(facts[source] for source in row["source"].split("; ")))
        assert Decimal(row["share"]) * 100 in values, row


def test_every_other_row_names_a_known_source_or_says_that_it_is_assumed() -> None:
    known = {fact["source"] for fact in rows("settlement_currency_facts.csv")}
    for row in rows("invoicing_shares.csv"):
        assert row["status"] in {"published", "published total, split assumed", "assumption"}
        if row["status"] == "assumption":
            assert row["source"] == "assumption"
        else:
            assert set(row["source"].split("; ")) <= known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exporter,importer\n", "the columns must be exporter, importer, period"),
        (HEADER + "*,*,2019,USD,0.9,a,b\n", r"mine.csv: \* to \*, 2019: shares add up to 0.9"),
        (HEADER + "*,*,2019,USD,1,a,b\nXXX,*,2019,USD,1,a,b\n", "row 3, field exporter: 'XXX'"),
        (HEADER + "*,kaz,2019,USD,1,a,b\n", "row 2, field importer: 'kaz'"),
        (HEADER + "*,*,June,USD,1,a,b\n", "row 2, field period: 'June'"),
        (HEADER + "*,*,2019-13,USD,1,a,b\n", "row 2, field period: '2019-13'"),
        (HEADER + "*,*,2019,XXX,1,a,b\n", "row 2, field currency: XXX"),
        (HEADER + "*,*,2019,USD,NaN,a,b\n", "row 2, field share: 'NaN'"),
        (HEADER + "*,*,2019,USD,lots,a,b\n", "row 2, field share: 'lots'"),
        (HEADER + "*,*,2019,USD,0,a,b\n", "row 2, field share: 0"),
        (HEADER + "*,*,2019,USD,1.5,a,b\n", "row 2, field share: '1.5' is more than all"),
        (HEADER + "*,*,2019,USD,0.5,a,b\n*,*,2019,USD,0.5,a,b\n", "row 3, field currency: USD"),
        (HEADER + "*,*,2019,USD,1\n", "row 2: it has not 7 fields"),
        (HEADER + "*,*,2019,USD,1,a,b,c\n", "row 2: it has not 7 fields"),
        (HEADER + '*,*,2019,USD,1,a,"b\n', "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        InvoicingShares(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone.csv: cannot be read"):
        InvoicingShares(tmp_path / "gone.csv")


def test_a_corridor_that_no_row_covers_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "EAEU,EAEU,2019,USD,1,a,b\n")
    shares = InvoicingShares(file)
    with pytest.raises(InputError, match="exports of KAZ to UZB"):
        shares.find(find_country("KAZ"), find_country("UZB"), datetime.date(2019, 9, 17))

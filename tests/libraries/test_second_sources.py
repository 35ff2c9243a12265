"""What libraries answer about money, countries, time and identity, against a second source each.

Which library decides what is listed in docs/reference/libraries.md.
"""

import csv
import datetime
import hashlib
import io
import random
import zoneinfo
from pathlib import Path

import holidays
import iso4217
import polars as pl
import pycountry
import pytest
import yaml
from babel.core import get_global
from babel.numbers import get_currency_precision
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from stdnum import lei

from skontro.files import read_scenario
from skontro.files.checks import with_clean
from skontro.files.csv_rows import read_csv_file, split_rows
from skontro.files.system_rules import read_zone_table
from skontro.files.timestamps import with_timestamp
from skontro.files.yaml_reading import load_yaml
from skontro.messages.identifiers import iban_fault
from skontro.model import InputError, check_lei, find_country, find_currency, find_time_zone
from skontro.model.signatures import is_signed
from tests.draws import examples

EXAMPLES = Path(__file__).parents[2] / "examples"

_EARLIEST = datetime.datetime(1973, 1, 1)  # noqa: DTZ001  a local time

#: ISO 4217 list one: every exponent that is not 2, copied by hand from the maintenance agency.
WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
FOUR_DECIMALS = "CLF UYW"
NO_MINOR_UNIT = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"

#: Where CLDR gives the decimals in use on the spot and not those of ISO 4217: why it is not asked.
CLDR_SAYS_OTHERWISE = "AFN ALL IQD IRR KPW LAK LBP MGA MMK RSD SOS SYP YER"


def test_exponents_are_those_of_the_list() -> None:
    exponents = {one.code: one.exponent for one in iso4217.Currency}
    expected: dict[str, int | None] = dict.fromkeys(exponents, 2)
    for codes, exponent in (
        (WITHOUT_DECIMALS, 0),
        (THREE_DECIMALS, 3),
        (FOUR_DECIMALS, 4),
        (NO_MINOR_UNIT, None),
    ):
        expected |= dict.fromkeys(codes.split(), exponent)
    assert exponents == expected
    for code, exponent in exponents.items():
        if exponent is None:
            with pytest.raises(InputError, match="no minor unit"):
                find_currency(code)
        else:
            assert find_currency(code).exponent == exponent


def test_currency_codes_are_those_of_another_list() -> None:
    assert {one.code for one in iso4217.Currency} == {one.alpha_3 for one in pycountry.currencies}


def test_cldr_differs_from_iso_4217_where_it_is_known_to() -> None:
    differing = [
        one.code
        for one in iso4217.Currency
        if one.exponent is not None and get_currency_precision(one.code) != one.exponent
    ]
    assert sorted(differing) == CLDR_SAYS_OTHERWISE.split()


def test_country_codes_are_those_of_cldr() -> None:
    aliases = get_global("territory_aliases")
    for entry in pycountry.countries:
        assert aliases[entry.alpha_3] == [entry.alpha_2]
    with pytest.raises(InputError, match=r"no (national )?currency"):
        find_country("ATA")  # in the list, but not a country that a bank can be in


def test_codes_of_the_shipped_trade_are_countries_of_the_list() -> None:
    from skontro.simulation.generator.sources import country_groups

    for members in country_groups().values():
        for code in members:
            assert find_country(code).alpha3 == code


ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"})


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.long)])
def test_tables_and_calendars_convert_local_times_alike(step: int) -> None:
    """The columns of files against `zoneinfo`: at any time, and beside changes of clocks."""
    draw = random.Random(5)
    for name in ZONES[::step]:
        zone = find_time_zone(name)
        local = [
            _EARLIEST + datetime.timedelta(minutes=draw.randrange(40_000_000)) for _ in range(12)
        ]
        local += [_just_before_change(zone, draw) for _ in range(3)]
        table = pl.DataFrame({"at": [one.isoformat() for one in local]})
        table, _ = with_timestamp(with_clean(table, ["at"]), "at", name)
        for one, found in zip(local, table["at:timestamp"], strict=True):
            early, late = (one.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
            expected = one - early if early == late and early is not None else None
            assert (found and found.replace(tzinfo=None)) == expected, (name, one)


def test_local_times_of_files_follow_the_database_of_the_calendar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not the table that Polars has built in, which may be of another age."""
    newer = zoneinfo.ZoneInfo("Asia/Tashkent")
    monkeypatch.setattr("skontro.files.timestamps.find_time_zone", lambda _name: newer)
    table = with_clean(pl.DataFrame({"at": ["2020-07-01T12:00"]}), ["at"])
    table, _ = with_timestamp(table, "at", "Asia/Almaty")  # six hours ahead then
    assert table["at:timestamp"][0] == datetime.datetime(2020, 7, 1, 7, tzinfo=datetime.UTC)


def _just_before_change(zone: zoneinfo.ZoneInfo, draw: random.Random) -> datetime.datetime:
    """Within an hour of a change, where the year has one."""
    at = datetime.datetime(draw.randrange(1973, 2037), 1, 1, tzinfo=datetime.UTC)
    offset = at.astimezone(zone).utcoffset()
    while at.astimezone(zone).utcoffset() == offset and at.month < 12:
        at += datetime.timedelta(days=1)
    near = at + datetime.timedelta(minutes=draw.randrange(-60 * 24, 120))
    return near.astimezone(zone).replace(tzinfo=None, fold=0)


@pytest.mark.parametrize("name", ["Asia/Almaty", "Europe/Moscow", "Africa/Lagos", "Asia/Singapore"])
def test_the_table_of_a_zone_is_that_of_the_wheel(name: str) -> None:
    """The machine's database against the one that is installed with the program."""
    import importlib.resources
    import io as streams

    machine = zoneinfo.ZoneInfo.from_file(streams.BytesIO(read_zone_table(name)))
    path = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    wheel = zoneinfo.ZoneInfo.from_file(streams.BytesIO(path.read_bytes()))
    for day in range(0, 60 * 365, 7):
        at = datetime.datetime(1975, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=day)
        assert at.astimezone(machine).utcoffset() == at.astimezone(wheel).utcoffset(), at


#: Days of 2026 on which the central bank rests, from the countries' own laws, with fixed dates.
FIXED_HOLIDAYS = {
    "KAZ": ["01-01", "03-08", "03-21", "03-22", "03-23", "05-01", "05-07", "05-09", "07-06"],
    "RUS": ["01-01", "01-07", "02-23", "03-08", "05-01", "05-09", "06-12", "11-04"],
    "DEU": ["01-01", "05-01", "10-03", "12-25", "12-26"],
    "USA": ["01-01", "06-19", "11-11", "12-25"],
    "NGA": ["01-01", "05-01", "10-01", "12-25"],
}


@pytest.mark.parametrize("country", FIXED_HOLIDAYS)
def test_public_holidays_have_those_that_the_law_names(country: str) -> None:
    found = {f"{day:%m-%d}" for day in holidays.country_holidays(country, years=2026)}
    assert {*FIXED_HOLIDAYS[country]} <= found
    assert len(found) < 40


@given(body=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=18, max_size=18))
def test_check_digits_of_leis(body: str) -> None:
    """ISO 7064, modulus 97-10, computed here."""
    number = int("".join(str(int(letter, 36)) for letter in body + "00"))
    text = f"{body}{98 - number % 97:02}"
    assert lei.is_valid(text)
    assert check_lei(text) == text
    other = f"{body}{(98 - number % 97 + 1) % 100:02}"
    with pytest.raises(InputError, match="LEI"):
        check_lei(other)


@given(body=st.text("0123456789", min_size=18, max_size=18))
def test_check_digits_of_ibans(body: str) -> None:
    """ISO 7064, modulus 97-10, computed here for a German account number."""
    number = int("".join(str(int(letter, 36)) for letter in body + "DE00"))
    right = 98 - number % 97
    assert iban_fault(f"DE{right:02}{body}") is None
    for wrong in (f"DE{(right + 1) % 100:02}{body}", f"DE{right:02}{body}0", f"AT{right:02}{body}"):
        assert iban_fault(wrong) is not None


#: RFC 8032, section 7.1: secret key, public key, message, signature.
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        "1d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), ED25519)
def test_signatures_are_those_of_rfc_8032(
    secret: str, public: str, message: str, signature: str
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    content, signed = bytes.fromhex(message), bytes.fromhex(signature)
    assert key.public_key().public_bytes_raw().hex() == public
    assert key.sign(content) == signed
    assert is_signed(key.public_key(), content, signed)
    for wrong in (signed[:-1] + b"\x00" * (signed[-1] != 0), signed[::-1], b"", signed + b"\x00"):
        assert not is_signed(key.public_key(), content, wrong)
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signed, content + b"x")


def test_hashes_are_those_of_fips_180() -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hashlib.sha256(b"abc").hexdigest() == digest


@settings(max_examples=examples(30))
@given(rows=st.lists(st.lists(st.text('a,"; \té', max_size=5), min_size=2, max_size=2)))
def test_columns_are_split_as_the_csv_module_splits_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([["one", "two"], *rows, ["end", "end"]])
    path = tmp_path_factory.getbasetemp() / "split.csv"
    path.write_text(stream.getvalue(), encoding="utf-8")
    table, refused = split_rows(read_csv_file(path))
    assert not refused
    expected = [tuple(cell or None for cell in row) for row in [*rows, ["end", "end"]]]
    assert table.select("one", "two").rows() == expected


@given(digits=st.integers(0, 10**18 - 1), places=st.integers(0, 3))
@settings(max_examples=examples(50))
def test_decimals_of_parquet_become_exact_text(digits: int, places: int) -> None:
    from decimal import Decimal

    value = Decimal(digits).scaleb(-places)
    column = pl.Series("amount", [value], dtype=pl.Decimal(38, places))
    buffer = io.BytesIO()
    column.to_frame().write_parquet(buffer)
    buffer.seek(0)
    assert Decimal(pl.read_parquet(buffer)["amount"].cast(pl.String)[0]) == value


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.name)
def test_documents_are_read_as_another_parser_reads_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert load_yaml(text) == yaml.safe_load(text)


def test_strict_validation_converts_nothing() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        number: int
        text: str

    assert Strict.model_validate({"number": 1, "text": "x"}).number == 1
    for number, text in ((True, "x"), (1.0, "x"), ("1", "x"), (None, "x"), (1, 1), (1, b"x")):
        with pytest.raises(ValidationError):
            Strict.model_validate({"number": number, "text": text})


def test_the_example_reads_alike_from_csv_and_parquet(tmp_path: Path) -> None:
    """Polars' own CSV reader and Parquet against ours, on the same payments."""
    folder = EXAMPLES / "three-banks"
    pl.read_csv(folder / "payments.csv", infer_schema=False).write_parquet(tmp_path / "p.parquet")
    one = read_scenario(folder).scenario.payments
    assert read_scenario(folder, payments=tmp_path / "p.parquet").scenario.payments.equals(one)

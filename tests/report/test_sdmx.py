"""Statistics as observations by hand, and in SDMX 3.0, read back by pysdmx and its schemas."""

from decimal import Decimal
from pathlib import Path

import pytest

import skontro as sk
from skontro.report.observations import Observation, observations
from skontro.testing import small_day

#: Value: a Kazakh and a Kyrgyz bank, in tenge and dollars, one payment each more than settles.
DAY = """
    ALFAKZKA KZT 100.00
    ALFAKZKA USD 50.00
    BETAKG22 KZT 0.00
    BETAKG22 USD 0.00
    09:00 ALFAKZKA > BETAKG22 KZT 70.05
    10:00 BETAKG22 > ALFAKZKA KZT 20.00
    11:00 ALFAKZKA > BETAKG22 USD 30.00
"""


def test_observations_are_exact_and_complete() -> None:
    found = list(observations(sk.settle(small_day(DAY))))
    interbank = [one for one in found if one.layer == "interbank"]
    there = ("interbank", "KAZ", "KGZ")
    assert interbank == [
        Observation(*there, "KZT", "PAYMENTS", "2026-10-26", "1", "PURE_NUMB"),
        Observation(*there, "KZT", "VALUE", "2026-10-26", "70.05", "USD"),
        Observation(*there, "KZT", "NATIONAL_BY_CORRIDOR", "2026-10-26", "70.05", "USD"),
        Observation(*there, "KZT", "NATIONAL_BY_MEMBER", "2026-10-26", "70.05", "USD"),
        Observation(*there, "USD", "PAYMENTS", "2026-10-26", "1", "PURE_NUMB"),
        Observation(*there, "USD", "VALUE", "2026-10-26", "30.00", "USD"),
        Observation(*there, "USD", "NATIONAL_BY_CORRIDOR", "2026-10-26", "0.00", "USD"),
        Observation(*there, "USD", "NATIONAL_BY_MEMBER", "2026-10-26", "0.00", "USD"),
        Observation("interbank", "KGZ", "KAZ", "KZT", "PAYMENTS", "2026-10-26", "1", "PURE_NUMB"),
        *(
            Observation("interbank", "KGZ", "KAZ", "KZT", name, "2026-10-26", "20.00", "USD")
            for name in ("VALUE", "NATIONAL_BY_CORRIDOR", "NATIONAL_BY_MEMBER")
        ),
    ]
    assert {one.layer for one in found} == {"instruction", "interbank"}


@pytest.mark.long
def test_structure_and_data_are_read_back(tmp_path: Path) -> None:
    from pysdmx.io import read_sdmx
    from pysdmx.model import Role

    from skontro.report.sdmx import write_sdmx_files

    large = DAY.replace("100.00", "90000000000000.07").replace("70.05", "90000000000000.07")
    settled = sk.settle(small_day(large))
    paths = write_sdmx_files(tmp_path, settled)
    assert [path.name for path in paths] == ["structure.xml", "data.xml"]
    # Reading checks both against the schemas of SDMX 3.0.
    structures = read_sdmx(paths[0], validate=True)
    message = read_sdmx(paths[1], validate=True)
    [definition] = structures.get_data_structure_definitions()
    assert (definition.agency, definition.id, definition.version) == (
        "SKONTRO",
        "NATIONAL_CURRENCY_SHARE",
        "1.0.0",
    )
    roles = {one.id: one.role for one in definition.components}
    [data] = message.data
    table = data.data
    assert list(table.columns) == list(roles)
    assert [name for name, role in roles.items() if role is Role.DIMENSION] == [
        "FREQ", "LAYER", "PAYER", "PAYEE", "CURRENCY", "INDICATOR", "TIME_PERIOD",
    ]  # fmt: skip
    assert (roles["OBS_VALUE"], roles["UNIT_MEASURE"]) == (Role.MEASURE, Role.ATTRIBUTE)
    [flow] = structures.get_dataflows()
    assert flow.id == definition.id
    codes = {one.id: {code.id for code in one.items} for one in structures.get_codelists()}
    for name in ("FREQ", "LAYER", "PAYER", "PAYEE", "CURRENCY", "INDICATOR", "UNIT_MEASURE"):
        assert set(table[name]) <= codes[f"CL_{name}"], name
    expected = [
        ("D", one.layer, one.payer, one.payee, one.currency, one.indicator, one.day, one.value,
         one.unit)
        for one in observations(settled)
    ]  # fmt: skip
    assert list(table.itertuples(index=False, name=None)) == expected
    # More digits than a float keeps.
    assert Decimal("90000000000000.07") in {Decimal(row[7]) for row in expected}
    again = tmp_path / "again"
    again.mkdir()
    for path, other in zip(paths, write_sdmx_files(again, settled), strict=True):
        assert path.read_bytes() == other.read_bytes()

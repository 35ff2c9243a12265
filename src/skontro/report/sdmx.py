"""Statistics of a settled period in SDMX 3.0: structure and data, as SDMX-ML, by pysdmx."""

import datetime
from pathlib import Path
from typing import Final

import pandas as pd
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.io.pd import PandasDataset
from pysdmx.model import (
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Organisation,
    Role,
)
from pysdmx.model.message import Header

from skontro.files.period import Results
from skontro.files.writing import write_text
from skontro.model import find_country
from skontro.report.observations import INDICATORS, PURE_NUMBER, Observation, observations
from skontro.statistics import Layer

#: Who maintains the structure, and the names of its parts.
AGENCY: Final = "SKONTRO"
STRUCTURE: Final = "NATIONAL_CURRENCY_SHARE"
CONCEPTS: Final = "CS_SKONTRO"
VERSION: Final = "1.0.0"

#: Dimensions in the order of keys, with their names; a code list each.
_DIMENSIONS: Final = {
    "FREQ": "Frequency",
    "LAYER": "Layer",
    "PAYER": "Country of the payer",
    "PAYEE": "Country of the payee",
    "CURRENCY": "Currency of the payments",
    "INDICATOR": "Indicator",
}
_OTHERS: Final = {
    "TIME_PERIOD": "Business day",
    "OBS_VALUE": "Observation",
    "UNIT_MEASURE": "Unit of measure",
}
_LAYERS: Final = {
    Layer.INSTRUCTION: "As customers instruct",
    Layer.INTERBANK: "As accounts move",
    Layer.RESIDUAL: "As net positions were paid",
}


def write_sdmx_files(folder: Path, results: Results) -> list[Path]:
    """Write the structure and the data of a period; the same results give the same bytes.

    Raises:
        InputError: a currency has no rate, or a file cannot be written.
    """
    found = list(observations(results))
    header = Header(
        id=f"{AGENCY}_{results.business_days[0].date:%Y%m%d}",
        # A time of the period, and not of this run.
        prepared=datetime.datetime.combine(
            results.business_days[-1].date, datetime.time(), datetime.UTC
        ),
        sender=Organisation(id=AGENCY),
    )
    lists = _code_lists(found)
    structure = _structure(_components(lists))
    flow = Dataflow(
        id=STRUCTURE, name=structure.name, agency=AGENCY, version=VERSION, structure=structure
    )
    parts = [*lists.values(), _concepts(), structure, flow]
    # To the writer observations are text: as decimals it would round them to floats.
    written = _structure(_components(lists, DataType.STRING)).to_schema()
    data = PandasDataset(structure=written, data=_table(found))
    texts = {
        "structure.xml": write_sdmx(parts, Format.STRUCTURE_SDMX_ML_3_0, header=header),
        "data.xml": write_sdmx(data, Format.DATA_SDMX_ML_3_0, header=header),
    }
    for name, text in texts.items():
        write_text(folder / name, text or "")
    return [folder / name for name in texts]


def _structure(components: Components) -> DataStructureDefinition:
    return DataStructureDefinition(
        id=STRUCTURE,
        name="Payments by corridor and currency",
        agency=AGENCY,
        version=VERSION,
        components=components,
    )


def _table(found: list[Observation]) -> pd.DataFrame:
    rows = [
        {
            "FREQ": "D",
            "LAYER": one.layer,
            "PAYER": one.payer,
            "PAYEE": one.payee,
            "CURRENCY": one.currency,
            "INDICATOR": one.indicator,
            "TIME_PERIOD": one.day,
            "OBS_VALUE": one.value,
            "UNIT_MEASURE": one.unit,
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=[*_DIMENSIONS, *_OTHERS], dtype="string")


def _code_lists(found: list[Observation]) -> dict[str, Codelist]:
    """A list for each dimension and for units; of countries and currencies, those that are used."""
    countries = sorted({code for one in found for code in (one.payer, one.payee)})
    currencies = sorted({one.currency for one in found})
    units = sorted({one.unit for one in found} - {PURE_NUMBER})
    named = {code: find_country(code).name for code in countries}
    codes = {
        "FREQ": {"D": "Daily"},
        "LAYER": {layer.value: name for layer, name in _LAYERS.items()},
        "PAYER": named,
        "PAYEE": named,
        "CURRENCY": {code: code for code in currencies},
        "INDICATOR": INDICATORS,
        "UNIT_MEASURE": {PURE_NUMBER: "Pure number"} | {code: code for code in units},
    }
    return {
        name: Codelist(
            id=f"CL_{name}",
            name=(_DIMENSIONS | _OTHERS)[name],
            agency=AGENCY,
            version=VERSION,
            items=[Code(id=code, name=text) for code, text in entries.items()],
        )
        for name, entries in codes.items()
    }


def _concepts() -> ConceptScheme:
    names = _DIMENSIONS | _OTHERS
    return ConceptScheme(
        id=CONCEPTS,
        name="Concepts of payments by corridor and currency",
        agency=AGENCY,
        version=VERSION,
        items=[Concept(id=name, name=text) for name, text in names.items()],
    )


def _components(lists: dict[str, Codelist], observation: DataType = DataType.DECIMAL) -> Components:
    return Components(
        [
            *(
                _component(name, Role.DIMENSION, DataType.STRING, lists[name])
                for name in _DIMENSIONS
            ),
            _component("TIME_PERIOD", Role.DIMENSION, DataType.PERIOD),
            _component("OBS_VALUE", Role.MEASURE, observation),
            _component("UNIT_MEASURE", Role.ATTRIBUTE, DataType.STRING, lists["UNIT_MEASURE"]),
        ]
    )


def _component(name: str, role: Role, kind: DataType, codes: Codelist | None = None) -> Component:
    return Component(
        id=name,
        required=True,
        role=role,
        concept=ItemReference(
            sdmx_type="Concept", agency=AGENCY, id=CONCEPTS, version=VERSION, item_id=name
        ),
        local_codes=codes,
        local_dtype=kind,
        attachment_level="O" if role is Role.ATTRIBUTE else None,
    )

"""Output options of commands, and default names of outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: Groups of countries as help lists them; in options they match in any case.
GROUPS = "CIS, EAEU, ASEAN, ECOWAS, WAEMU, EAC, SADC, CEMAC, BRICS, AfCFTA"

#: The report of a folder of results, in that folder; it goes with the results that it shows.
REPORT_FILE = "report.html"

#: The same for every command that writes.
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace files of the same names even if they are not an earlier output.",
    ),
]


def default_folder(source: Path, suffix: str) -> Path:
    """A subfolder of the working folder, named after the source of the output.

    Args:
        source: folder or file; the document of a folder counts as the folder.
        suffix: suffix of the name.
    """
    from skontro.files.reading import is_file

    absolute = source.absolute()
    named = absolute.parent if absolute.suffix in {".yaml", ".yml", ".toml"} else absolute
    name = named.stem if is_file(named) else named.name
    return Path(f"{name}-{suffix}" if name else suffix)


def countries_label(countries: str) -> str:
    """A group, or countries as in ``KAZ,KGZ``, for the name of a folder."""
    named = [code.strip().lower() for code in countries.split(",")]
    return "-".join(named) if len(named) <= 4 else f"{len(named)}-countries"

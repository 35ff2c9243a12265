"""Foreign payment files, read by a column map that is drafted from them."""

from skontro.imports.column_map import ImportMap, read_map
from skontro.imports.drafting import Draft, draft_for
from skontro.imports.importing import Import, import_sources
from skontro.imports.reading import Sources, read_sources

__all__ = [
    "Draft",
    "Import",
    "ImportMap",
    "Sources",
    "draft_for",
    "import_sources",
    "read_map",
    "read_sources",
]

"""Tables of results as lines of text, to be held beside approved ones."""

import attrs
import polars as pl

from skontro.files import Results


def table_lines(name: str, table: pl.DataFrame) -> list[str]:
    """A table without columns that are empty throughout."""
    kept = [column for column in table.columns if table[column].null_count() < table.height]
    return [f"--- {name}", *table.select(kept).write_csv().splitlines()]


def results_lines(results: Results) -> list[str]:
    fields = attrs.fields_dict(Results)
    tables = {name: getattr(results, name) for name in fields}
    return [
        line
        for name, table in tables.items()
        if isinstance(table, pl.DataFrame)
        for line in table_lines(name, table)
    ]

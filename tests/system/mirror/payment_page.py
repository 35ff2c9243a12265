"""The transitions of a payment as the pages show them; as a module, it renews links.md."""

from skontro.model import ReasonCode
from skontro.system.mirror.payment_table import PAYMENT_TABLE, If, PaymentRow, Side, Stage
from tests.system.links.protocol_page import PAGE

HEADER = "| stage | input | if | then | permits the order | statement |\n|---|---|---|---|---|---|"


def begin(side: Side) -> str:
    return f"<!-- payments in the {side} -->\n"


def end(side: Side) -> str:
    return f"\n<!-- end of payments in the {side} -->"


def _then(row: PaymentRow) -> str:
    if row.refusal != ReasonCode.NONE:
        return f"refused: `{row.refusal.name}`"
    return "-" if row.then == row.stage else f"**{row.then}**"


def _outputs(row: PaymentRow) -> tuple[str, ...]:
    return _then(row), "yes" if row.permit else "-", f"`{row.states}`" if row.states else "-"


def transitions(side: Side) -> str:
    """The rows of a side; adjacent ones that differ only in their input are one line."""
    lines: list[tuple[Stage, list[str], If, tuple[str, ...]]] = []
    for stage in Stage:
        for row in (one for one in PAYMENT_TABLE if (one.side, one.stage) == (side, stage)):
            outputs = _outputs(row)
            last = lines[-1] if lines else None
            if last is not None and (last[0], last[2], last[3]) == (stage, row.condition, outputs):
                last[1].append(f"`{row.cause}`")
            else:
                lines.append((stage, [f"`{row.cause}`"], row.condition, outputs))
    cells = (
        [str(stage), ", ".join(causes), str(condition), *outputs]
        for stage, causes, condition, outputs in lines
    )
    return "\n".join([HEADER, *(f"| {' | '.join(line)} |" for line in cells)])


def renewed(page: str) -> str:
    """The page with the tables as they are now."""
    for side in Side:
        before, _, rest = page.partition(begin(side))
        _, found, after = rest.partition(end(side))
        assert found, end(side)
        page = f"{before}{begin(side)}{transitions(side)}{end(side)}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

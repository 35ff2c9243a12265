"""The transition table as the pages show it; run as a module, it renews docs/reference/links.md."""

from pathlib import Path

from skontro.model import ReasonCode
from skontro.system.links.phases import Phase, Role
from skontro.system.links.protocol_table import TABLE, Row, Tell, When

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "links.md"
HEADER = "| phase | input | if | then | commands | statements |\n|---|---|---|---|---|---|"


def begin(role: Role) -> str:
    return f"<!-- transitions of the {role} -->\n"


def end(role: Role) -> str:
    return f"\n<!-- end of the {role}'s -->"


def _tell(tell: Tell) -> str:
    return f"`{tell.step}` to {tell.to}"


def _then(row: Row) -> str:
    if row.refusal != ReasonCode.NONE:
        return f"refused: `{row.refusal.name}`"
    return "-" if row.then == row.phase else f"**{row.then}**"


def _outputs(row: Row) -> tuple[str, ...]:
    commands = ", ".join(f"`{one}`" for one in row.commands) or "-"
    return (_then(row), commands, ", ".join(map(_tell, row.statements)) or "-")


def transitions(role: Role) -> str:
    """The rows of a role; adjacent ones that differ only in their input are one line."""
    lines: list[tuple[Phase, list[str], When, tuple[str, ...]]] = []
    for phase in Phase:
        for row in (one for one in TABLE if (one.role, one.phase) == (role, phase)):
            outputs = _outputs(row)
            last = lines[-1] if lines else None
            if last is not None and (last[0], last[2], last[3]) == (phase, row.when, outputs):
                last[1].append(f"`{row.cause}`")
            else:
                lines.append((phase, [f"`{row.cause}`"], row.when, outputs))
    cells = (
        [str(phase), ", ".join(causes), str(when), *outputs]
        for phase, causes, when, outputs in lines
    )
    return "\n".join([HEADER, *(f"| {' | '.join(line)} |" for line in cells)])


def renewed(page: str) -> str:
    """The page with the tables as they are now."""
    for role in Role:
        before, _, rest = page.partition(begin(role))
        _, _, after = rest.partition(end(role))
        page = f"{before}{begin(role)}{transitions(role)}{end(role)}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

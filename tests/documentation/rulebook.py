"""The settlement rules as numbered paragraphs, and the code that cites their numbers."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs

from tests.documentation.pages import DOCS, SOURCE

PAGE = DOCS / "reference" / "settlement-rules.md"
ENGINE = SOURCE / "engine"
#: Packages in which every public function is part of a rule.
PACKAGES_OF_RULES = "rules", "offsetting"
#: The solver: the package cites the rule for all its functions.
CITES_AS_A_WHOLE = "offsetting.maximum_value"

_PARAGRAPH = re.compile(r'<a id="r(\d+)"></a>\*\*R(\d+)\.\*\* ')
_NUMBER = re.compile(r"\bR(\d+)\b")
_CODE = re.compile(r"`([\w.]+)`")


@attrs.frozen
class Paragraph:
    """One numbered paragraph.

    Attributes:
        number: its number.
        anchor: the number in its anchor.
        code: what it names: functions, methods or packages, from `skontro.engine` down.
    """

    number: int
    anchor: int
    code: tuple[str, ...]


def blocks_of(page: str) -> list[str]:
    """What blank lines and headings divide, in the sections before the reason codes."""
    rules = page[page.index("\n## ") : page.index("\n## Reason codes")]
    blocks = re.split(r"\n{2,}", re.sub(r"^## .*$", "", rules, flags=re.MULTILINE).strip("\n"))
    return [block.strip("\n") for block in blocks]


def paragraphs(page: str) -> list[Paragraph]:
    """The numbered paragraphs in their order; the arrow names the code of the one before it."""
    found: list[Paragraph] = []
    for block in blocks_of(page):
        begins = _PARAGRAPH.match(block)
        if begins:
            found.append(Paragraph(int(begins[2]), int(begins[1]), ()))
        elif block.startswith("→ "):
            found[-1] = attrs.evolve(found[-1], code=(*found[-1].code, *_CODE.findall(block)))
    return found


def unnumbered(page: str) -> list[str]:
    """Text without a number: all but lists and tables, which belong to the paragraph above."""
    return [
        block
        for block in blocks_of(page)
        if not _PARAGRAPH.match(block) and not block.startswith(("→ ", "1. ", "|"))
    ]


def cited_in(text: str | None) -> frozenset[int]:
    """The numbers of rules in a docstring."""
    return frozenset(map(int, _NUMBER.findall(text or "")))


@cache
def citations() -> dict[str, frozenset[int]]:
    """Numbers that each docstring of a module, function or method cites, by dotted name."""
    texts = {_name_of(file): file.read_text("utf-8") for file in sorted(SOURCE.rglob("*.py"))}
    found = {
        name: cited_in(ast.get_docstring(node))
        for module, text in texts.items()
        if cited_in(text)
        for name, node in documented(module, ast.parse(text))
    }
    return {name: numbers for name, numbers in found.items() if numbers}


def _name_of(module: Path) -> str:
    """The dotted name of a module: from `skontro.engine` down, else from `skontro`."""
    inside = ENGINE in module.parents
    parts = module.relative_to(ENGINE if inside else SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documented(name: str, node: _Documented) -> Iterator[tuple[str, _Documented]]:
    """A module or class, and all functions and classes in it, by dotted name."""
    yield name, node
    for inner in node.body:
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from documented(f"{name}.{inner.name}" if name else inner.name, inner)


@cache
def public_functions() -> list[str]:
    """The public functions of modules of rules, by dotted name."""
    files = [
        file for package in PACKAGES_OF_RULES for file in sorted((ENGINE / package).rglob("*.py"))
    ]
    return [
        f"{_name_of(file)}.{node.name}"
        for file in files
        for node in ast.parse(file.read_bytes()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]

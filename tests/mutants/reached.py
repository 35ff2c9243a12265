"""Which tests run which line: found once, kept in `.mutants`, carried over to changed sources."""

import ast
import difflib
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from coverage import CoverageData

from tests.mutants.renumbering import renumber
from tests.mutants.trees import Tree

_SOURCE = Path("src/skontro")


class Reached:
    """The tests that reach a line, as they were when the tests were last traced."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder, self._root = folder, root
        self._data = CoverageData(str(folder / "lines"))
        self._data.read()
        self._traced_at = json.loads((folder / "traced_at.json").read_text())
        self.tests: dict[str, dict[str, Any]] = json.loads((folder / "tests.json").read_text())
        self._users: dict[str, set[str]] = {}
        for name, test in self.tests.items():
            for fixture in test["fixtures"]:
                self._users.setdefault(fixture, set()).add(name)
        self._lines = cache(self._read_lines)
        self._old_lines = cache(self._read_old_lines)

    def at_line(self, file: str, line: int) -> set[str]:
        """Tests that run a line: of one that is new, those of the function around it; of one
        that runs when the module is imported, those that run whatever uses its names.
        """
        text = (self._root / file).read_text()
        function = _function_around(text, line)
        if function is None:
            return self._of_names(file, text, line)
        old = self._old_lines(file).get(line)
        if old is not None:
            tests = self._named(contexts := self._lines(file).get(old, ()))
            # A function that builds what a module keeps is run by its import alone.
            return tests if tests or "" not in contexts else self._of_names(file, text, line)
        first, last = function
        known = {self._old_lines(file).get(one) for one in range(first, last + 1)}
        tests = self._of_lines(file, known)
        return tests or self.at_file(file)

    def runs_at_import(self, file: str, line: int) -> bool:
        """Whether it does, and so acts on what no test is seen to run: routes, tables, schemas."""
        return _function_around((self._root / file).read_text(), line) is None

    def is_run_by_import(self, file: str, line: int) -> bool:
        """Whether a module runs it when it is imported, though it may stand in a function."""
        old = self._old_lines(file).get(line)
        return self.runs_at_import(file, line) or "" in self._lines(file).get(old or 0, ())

    def at_file(self, file: str) -> set[str]:
        return self._of_lines(file, set(self._lines(file)))

    def _of_lines(self, file: str, lines: Iterable[int | None]) -> set[str]:
        tests: set[str] = set()
        for line in lines:
            tests |= self._named(self._lines(file).get(line, ())) if line is not None else set()
        return tests

    def _of_names(self, file: str, text: str, line: int) -> set[str]:
        """Tests that run a function which speaks of a name that comes of this line."""
        names, tests = _names_of(text, line), set()
        for source, words in _words(self._root):
            if not names & words:
                continue
            lines = (self._root / source).read_text().splitlines()
            new_lines = {old: new for new, old in self._old_lines(source).items()}
            for number in self._lines(source):
                new = new_lines.get(number)
                if new is not None and names & set(re.findall(r"\w+", lines[new - 1])):
                    first, last = _function_around("\n".join(lines), new) or (new, new)
                    known = {self._old_lines(source).get(one) for one in range(first, last + 1)}
                    tests |= self._of_lines(source, known)
        return tests or self.at_file(file)

    def _named(self, contexts: Iterable[str]) -> set[str]:
        """The tests of these contexts, each fixture for all that use it."""
        tests: set[str] = set()
        for context in contexts:
            tests |= self._users.get(context, set()) | {context} & self.tests.keys()
        return tests

    def _read_lines(self, file: str) -> dict[int, list[str]]:
        name = str(Path(self._traced_at["root"]) / file)
        self._data.set_query_contexts(None)
        return self._data.contexts_by_lineno(name)

    def _read_old_lines(self, file: str) -> dict[int, int]:
        """For each line of the file as it is, the same line when it was traced."""
        kept = self._folder / "source" / file
        if not kept.exists():
            return {}
        old, new = (one.read_text().splitlines() for one in (kept, self._root / file))
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        return {
            block.b + place + 1: block.a + place + 1
            for block in matcher.get_matching_blocks()
            for place in range(block.size)
        }


def _function_around(text: str, line: int) -> tuple[int, int] | None:
    """First and last line of the innermost function's body that a line stands in."""
    around = None
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            first, last = body[0].lineno, node.end_lineno or 0
            if isinstance(node, ast.Lambda):
                continue
            if first <= line <= last and (around is None or first >= around[0]):
                around = (first, last)
    return around


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _words(root: Path) -> list[tuple[str, set[str]]]:
    return [
        (path.relative_to(root).as_posix(), set(re.findall(r"\w+", path.read_text())))
        for path in sorted((root / _SOURCE).rglob("*.py"))
    ]


def _names_of(text: str, line: int) -> set[str]:
    """Names that a statement at import gives: its own, and those of the module that use it."""
    tree = _tree(text)
    names: set[str] = set()
    for statement in tree.body:
        if statement.lineno <= line <= (statement.end_lineno or 0):
            names |= _given(statement, line)
    before = -1
    while before != len(names):
        before = len(names)
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
                names |= _given(statement, line) if used & names else set()
    return names


def _given(statement: ast.stmt, line: int) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = {statement.name}
        for inner in getattr(statement, "body", []):
            if inner.lineno <= line <= (inner.end_lineno or 0):
                names |= _given(inner, line)
        return names
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


# ------------------------------------------------------------------------------ tracing


def trace(folder: Path, tree: Tree, workers: int, *, anew: bool = False) -> Reached:
    """Run the fast tests of a tree under the tracer: the changed ones; the first time, all."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((tree.path / "tests").rglob("*.py"))
    now = {file.relative_to(tree.path).as_posix(): _digest(file) for file in files}
    at = folder / "traced_at.json"
    before = json.loads(at.read_text()) if at.exists() else {"tests": {}}
    anew = anew or before.get("root") != str(tree.path)
    changed = [
        name
        for name, digest in now.items()
        if before["tests"].get(name) != digest and Path(name).name.startswith("test_")
    ]
    if anew:
        shutil.rmtree(folder)
        folder.mkdir()
        print("Tracing which test runs which line (some minutes, kept for next time) ...")
        _run_traced(folder, tree, workers, ["tests"])
        shutil.copytree(tree.path / _SOURCE, folder / "source" / _SOURCE)
    elif changed:
        print(f"Tracing {len(changed)} changed files of tests ...")
        renumber(folder / "lines", folder / "source", tree.path)
        _run_traced(folder, tree, workers if len(changed) > 4 else 1, changed)
    if anew or changed:
        at.write_text(json.dumps({"root": str(tree.path), "tests": now}))
    return Reached(folder, tree.path)


def _run_traced(folder: Path, tree: Tree, workers: int, what: list[str]) -> None:
    environment = tree.environment() | {
        "MUTANTS_FOLDER": str(folder.resolve()),
        "MUTANTS_SOURCE": str(tree.path / _SOURCE),
        "NUMBA_DISABLE_JIT": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.mutants.tracing", "-m", "not long"]
    command += ["-n", str(workers)] if workers > 1 else []
    command += ["-p", "no:cacheprovider", f"--basetemp={folder.resolve() / 'tmp'}"]
    subprocess.run([*command, *what], cwd=tree.path, env=environment, check=False)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    tests: dict[str, Any] = {}
    if (folder / "tests.json").exists():
        tests = json.loads((folder / "tests.json").read_text())
    data = CoverageData(str(folder / "lines"))
    data.read()
    for part in sorted(folder.glob("tests-*.json")):
        tests |= json.loads(part.read_text())
        part.unlink()
    for part in sorted(folder.glob("lines-*")):
        more = CoverageData(str(part))
        more.read()
        data.update(more)
        part.unlink()
    data.write()
    (folder / "tests.json").write_text(json.dumps(tests))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

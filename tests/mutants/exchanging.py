"""Put a fault into a process that has imported the right source already.

A fault in the body of a function is put in by giving the function other code. All else runs when a
module is imported: it is imported anew then, and with it all that may have used it.
"""

import ast
import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

_Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Where a function stands: its file, its full name, the line of its first decorator or its own.
_Place = tuple[str, str, int]


class Functions:
    """The functions of a package that exist in this process, by their places."""

    def __init__(self, package: Path) -> None:
        self._by_place: dict[_Place, list[FunctionType]] = {}
        self._caches: list[functools._lru_cache_wrapper[object]] = []
        for one in gc.get_objects():
            if isinstance(one, FunctionType):
                code = one.__code__
                place = (code.co_filename, code.co_qualname, code.co_firstlineno)
                if code.co_filename.startswith(str(package)):
                    self._by_place.setdefault(place, []).append(one)
            elif isinstance(one, functools._lru_cache_wrapper) and (
                one.__module__ or ""
            ).startswith(package.name):
                self._caches.append(one)

    def exchange(self, file: Path, right: str, faulty: str) -> bool:
        """Give the one function that differs its faulty code, if that is all that differs.

        Args:
            file: the file of the function, as it was imported.
            right: the text of that file.
            faulty: the same text with the fault.

        Returns:
            Whether it was; else the module must be imported anew.
        """
        found = changed_function(str(file), right, faulty)
        functions = self._by_place.get(found[0], []) if found else []
        if found is None or not functions:
            return False
        if any(len(f.__code__.co_freevars) != len(found[1].co_freevars) for f in functions):
            return False
        for function in functions:
            function.__code__ = found[1]
        for cache in self._caches:  # what the right code has answered
            cache.cache_clear()
        return True


def changed_function(file: str, right: str, faulty: str) -> tuple[_Place, CodeType] | None:
    """The place and the faulty code of the outermost function whose body alone differs, if any."""
    trees = ast.parse(right), ast.parse(faulty)
    before, after = (list(_outermost(tree, "")) for tree in trees)
    if len(before) != len(after):
        return None
    differ = [
        place
        for place, ((_, one), (_, other)) in enumerate(zip(before, after, strict=True))
        if _dump(one.body) != _dump(other.body)
    ]
    if len(differ) != 1:
        return None
    (name, old), (_, new) = before[differ[0]], after[differ[0]]
    code = _code_at(compile(trees[1], file, "exec", dont_inherit=True), name, _first_line(new))
    place = (file, name, _first_line(old))
    for _, function in (*before, *after):
        function.body = [ast.Pass()]
    return (place, code) if code and ast.dump(trees[0]) == ast.dump(trees[1]) else None


def _outermost(node: ast.AST, inside: str) -> Iterator[tuple[str, _Function]]:
    """Functions and methods that stand in no other function, each with its full name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            yield inside + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _outermost(child, f"{inside}{child.name}.")
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from _outermost(child, inside)


def _first_line(function: _Function) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _dump(body: Sequence[ast.stmt]) -> str:
    return ast.dump(ast.Module(list(body), []))


def _code_at(code: CodeType, name: str, line: int) -> CodeType | None:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if (inner.co_qualname, inner.co_firstlineno) == (name, line):
                return inner
            found = _code_at(inner, name, line)
            if found is not None:
                return found
    return None


class FaultySource(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with a fault, and leaves all others to those who import them else."""

    def __init__(self, module: str, file: Path, faulty: str) -> None:
        self._module, self._file, self._faulty = module, file, faulty

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        package = [str(self._file.parent)] if self._file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, self._file, loader=self, submodule_search_locations=package
        )

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        code = compile(self._faulty, str(self._file), "exec", dont_inherit=True)
        exec(code, module.__dict__)


def forget_modules(*packages: str, but: str) -> None:
    """Let all modules of these packages be imported anew, `but` those of one."""
    for name in list(sys.modules):
        if name.partition(".")[0] in packages and not f"{name}.".startswith(f"{but}."):
            del sys.modules[name]

"""The faults that are put into the source: each a change of one node of the syntax tree.

Only changes that a caller can observe are drawn. Docstrings, annotations, imports, texts of
messages and help, logging, sizes of caches and the looks of plots are left alone.
"""

import ast
import difflib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any"}
#: Arrays of one record.
_OF_ONE = {"counters", "rules", "step"}
#: Calls whose first two arguments may change places.
_SYMMETRIC = {
    "min", "max", "gcd", "lcm", "minimum", "maximum", "isclose", "array_equal", "union1d",
}  # fmt: skip
#: Arguments that nothing else can be taken for: an error at once, which shows nothing.
_OF_ANOTHER_KIND = {"state", "self", "cls", "system", "connection", "engine", "folder"}
_OF_TYPES = {"cast", "TypeVar", "NewType", "overload", "ParamSpec", "isinstance", "issubclass"}
_LOGS = {"_log", "log", "logger", "_logger"}
_CACHES = {"cache", "lru_cache", "cached_property"}
_WORDING = {
    "help", "description", "title", "summary", "metavar", "examples", "message", "name",
    "epilog", "rich_help_panel", "strict", "stacklevel", "doc",
}  # fmt: skip
#: Texts; and what tells the processes of one server from all others, before it ends them.
_NO_FAULT_IN = {"__repr__", "__str__", "_is_ours", "_end_orphans"}


@dataclass(frozen=True)
class Mutant:
    """One fault: which bytes of a file are replaced by what."""

    file: str
    line: int
    function: str
    start: int
    end: int
    text: str
    original: str

    @property
    def before(self) -> str:
        return " ".join(self._lines(self.original).split())

    @property
    def after(self) -> str:
        return " ".join(self._lines(self.changed()).split())

    def is_a_fault(self) -> bool:
        """Whether it is Python and means something else."""
        try:
            return ast.dump(ast.parse(self.changed())) != ast.dump(ast.parse(self.original))
        except SyntaxError:
            return False

    def changed(self) -> str:
        source = self.original.encode()
        return (source[: self.start] + self.text.encode() + source[self.end :]).decode()

    def diff(self) -> str:
        return "".join(
            difflib.unified_diff(
                self.original.splitlines(keepends=True),
                self.changed().splitlines(keepends=True),
                self.file,
                f"{self.file} in {self.function}",
                n=2,
            )
        )

    def _lines(self, text: str) -> str:
        """The whole lines that differ, of the one side or the other."""
        source = self.original.encode()
        begin = source.rfind(b"\n", 0, self.start) + 1
        after = source.find(b"\n", self.end)
        rest = len(source) - (after if after >= 0 else len(source))
        encoded = text.encode()
        return encoded[begin : len(encoded) - rest].decode()


class _Source:
    """The text of a file, with the way from places of the tree to places in bytes."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.starts = [0]
        for line in text.encode().split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def mutant(self, node: ast.expr | ast.stmt, function: str, text: str) -> Mutant:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        return Mutant(self.file, node.lineno, function, start, end, text, self.text)


def mutants_of(file: str, text: str) -> list[Mutant]:
    """All faults that can be put into a file, in the order of its lines."""
    source = _Source(file, text)
    found: dict[tuple[int, int, str], Mutant] = {}
    plots = "plot" in file or "palette" in file
    for node, function in _places(ast.parse(text), ""):
        for changed, replacement in _changes(node, plots):
            mutant = source.mutant(changed, function or "<module>", replacement)
            found.setdefault((mutant.start, mutant.end, mutant.text), mutant)
    return list(found.values())


def _places(node: ast.AST, function: str) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Nodes that may be changed, each with the function or class that it stands in."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        if node.name in _NO_FAULT_IN:
            return
        inside = f"{function}.{node.name}" if function else node.name
        for decorator in node.decorator_list:
            if _name_of(decorator) not in _CACHES:
                yield from _places(decorator, inside)
        if not isinstance(node, ast.ClassDef):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                yield from _places(default, inside)
        for statement in node.body:
            yield from _places(statement, inside)
        return
    if _is_left_alone(node):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node, function
    for child in _children(node):
        yield from _places(child, function)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AnnAssign | ast.arg):
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.value
    elif isinstance(node, ast.Call):
        yield node.func
        yield from node.args
        yield from (k.value for k in node.keywords if k.arg not in _WORDING)
    elif isinstance(node, ast.Subscript) and _is_the_one(node):
        yield node.value
    elif not isinstance(node, ast.Raise | ast.JoinedStr):
        yield from ast.iter_child_nodes(node)


def _is_the_one(node: ast.Subscript) -> bool:
    """Whether it takes the only record of some: -1 takes the same one."""
    first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
    return first and _name_of(node.value) in _OF_ONE


def _is_left_alone(node: ast.AST) -> bool:
    """Imports, texts, logging, what is there for types alone."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _root_of(node.value) in _LOGS
    if isinstance(node, ast.If):
        return _name_of(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.Call) and _name_of(node) in _OF_TYPES


def _changes(node: ast.expr | ast.stmt, plots: bool) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Texts that may stand in place of a node, or of a part of it."""
    if isinstance(node, ast.If):
        yield node.test, f"not ({ast.unparse(node.test)})"
    if isinstance(node, ast.stmt):
        changes = _of_statement(node)
    elif isinstance(node, ast.Constant | ast.Call) and plots:
        changes = iter(())
    else:
        changes = _of_expression(node)
    for text in changes:
        yield node, text


def _of_expression(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        yield from _of_comparison(node)
    elif isinstance(node, ast.BoolOp):
        yield from _of_and_or(node)
    elif isinstance(node, ast.BinOp):
        yield from _of_arithmetic(node)
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not | ast.USub) and not isinstance(node.operand, ast.Constant):
            yield f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.IfExp):
        yield f"({ast.unparse(ast.IfExp(node.test, node.orelse, node.body))})"
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        yield from _of_comprehension(node)


def _of_statement(node: ast.stmt) -> Iterator[str]:
    leaving = ast.Return | ast.Raise | ast.Continue | ast.Break
    if isinstance(node, ast.If):
        if isinstance(node.body[-1], leaving) and not node.orelse:
            yield "pass"
    elif isinstance(node, ast.Raise | ast.Break | ast.Continue | ast.Delete | ast.Expr):
        yield "pass"
    elif isinstance(node, ast.AugAssign):
        yield "pass"
        other = _ARITHMETIC.get(type(node.op))
        if other is not None:
            yield ast.unparse(ast.AugAssign(node.target, other(), node.value))
    elif isinstance(node, ast.Assign):
        if all(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets):
            yield "pass"
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Compare | ast.BoolOp):
        yield f"return not ({ast.unparse(node.value)})"


def _of_comparison(node: ast.Compare) -> Iterator[str]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            changed = deepcopy(node)
            changed.ops[place] = other()
            yield ast.unparse(changed)


def _of_and_or(node: ast.BoolOp) -> Iterator[str]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"({ast.unparse(ast.BoolOp(other, node.values))})"
    for place in range(len(node.values)):
        rest = node.values[:place] + node.values[place + 1 :]
        yield f"({ast.unparse(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))})"


def _of_arithmetic(node: ast.BinOp) -> Iterator[str]:
    other = _ARITHMETIC.get(type(node.op))
    for side in (node.left, node.right):
        if isinstance(side, ast.JoinedStr | ast.List | ast.Tuple):
            return  # of texts and lists: an error at once
        if isinstance(side, ast.Constant) and not isinstance(side.value, int):
            return
    if other is not None:
        yield f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})"


def _of_constant(node: ast.Constant) -> Iterator[str]:
    if isinstance(node.value, bool):
        yield str(not node.value)
    elif isinstance(node.value, int):
        yield str(node.value + 1)
        yield str(node.value - 1) if node.value else "(-1)"


def _of_call(node: ast.Call) -> Iterator[str]:
    name = _name_of(node.func)
    if isinstance(node.func, ast.Name) and name in _OTHER_NAME:
        changed = deepcopy(node)
        changed.func = ast.Name(_OTHER_NAME[name])
        yield ast.unparse(changed)
    if name not in _SYMMETRIC:
        for place in range(len(node.args) - 1):
            pair = node.args[place : place + 2]
            if all(isinstance(a, ast.Name | ast.Attribute) for a in pair) and not (
                {_name_of(a) for a in pair} & _OF_ANOTHER_KIND
            ):
                changed = deepcopy(node)
                changed.args[place : place + 2] = reversed(pair)
                yield ast.unparse(changed)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None and keyword.arg not in _WORDING:
            changed = deepcopy(node)
            del changed.keywords[place]
            yield ast.unparse(changed)


def _of_comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[str]:
    for place, generator in enumerate(node.generators):
        if generator.ifs:
            changed = deepcopy(node)
            changed.generators[place].ifs = generator.ifs[1:]
            yield ast.unparse(changed)


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _root_of(node: ast.AST) -> str:
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
